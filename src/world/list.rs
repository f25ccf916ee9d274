//! The elements of a list, however many: a long one is unpacked and read anew whenever it
//! is looked at, so that it never is a tree in memory.

use std::borrow::Cow;

use serde_json::Value;

use super::json_limits::{self, Refusal, id_of};
use crate::evidence::{Body, JsonArrayReader, tree};

/// Maximum number of bytes of the elements that are kept as trees: a list that shows one of them
/// again and again needs no memory for each.
const MOST_KEPT: usize = 8 << 20;

/// The elements of an answer that is a list.
#[derive(Debug, Clone, Copy)]
pub enum List<'a> {
    /// As trees.
    Here(&'a [Value]),
    /// Compressed.
    Long(&'a LongList),
}

/// A list that was read once, and found to be JSON.
#[derive(Debug)]
pub struct LongList {
    body: Body,
    length: usize,
    /// The elements that are worth keeping, with their places.
    kept: Vec<(usize, Value)>,
}

impl LongList {
    /// Reads a list through; `keeps` shows which elements will be asked for often. Gives its first
    /// element as well.
    pub(super) fn read(
        body: &Body,
        mut elements: JsonArrayReader<'_>,
        keeps: impl Fn(&Value) -> bool,
    ) -> Result<(Self, Option<Value>), Refusal> {
        let mut list = Self {
            body: body.clone(),
            length: 0,
            kept: Vec::new(),
        };
        let (mut first, mut room) = (None, MOST_KEPT);
        while let Some(text) = elements.next_element()? {
            let bytes = text.len();
            let element = match tree(text) {
                Ok(element) => element,
                Err(error) => match json_limits::without_large_numbers(text) {
                    Some(element) => element,
                    None => return Err(json_limits::in_element(&elements, &error)),
                },
            };
            json_limits::usable_id(&element)?;
            if bytes <= room && keeps(&element) {
                room -= bytes;
                list.kept.push((list.length, element.clone()));
            }
            if list.length == 0 {
                first = Some(element);
            }
            list.length += 1;
        }
        Ok((list, first))
    }
}

impl<'a> List<'a> {
    /// How many they are.
    pub const fn len(self) -> usize {
        match self {
            Self::Here(elements) => elements.len(),
            Self::Long(list) => list.length,
        }
    }

    /// Whether there are none.
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// All of them, in order.
    ///
    /// # Panics
    ///
    /// Where what was read before can't be read any more: that is not a finding, the harness
    /// itself fails then.
    pub fn iter(self) -> impl Iterator<Item = Cow<'a, Value>> {
        let (here, long) = match self {
            Self::Here(elements) => (elements, None),
            Self::Long(list) => (&[][..], Some(anew(list))),
        };
        here.iter()
            .map(Cow::Borrowed)
            .chain(long.into_iter().flatten().map(Cow::Owned))
    }

    /// The ids of those that have one.
    pub fn ids(self) -> impl Iterator<Item = String> {
        self.iter().filter_map(|element| id_of(&element))
    }

    /// The first element with that id, and its place.
    pub fn find(self, id: &str) -> Option<(usize, Cow<'a, Value>)> {
        let is_it = |element: &Value| id_of(element).as_deref() == Some(id);
        if let Self::Long(list) = self {
            let kept = list.kept.iter().find(|(_, element)| is_it(element));
            if let Some((place, element)) = kept {
                return Some((*place, Cow::Borrowed(element)));
            }
        }
        self.iter().enumerate().find(|(_, element)| is_it(element))
    }

    /// Those that may be the run's own, with their places.
    pub(super) fn kept(self) -> impl Iterator<Item = (usize, &'a Value)> {
        let (here, kept) = match self {
            Self::Here(elements) => (elements, &[][..]),
            Self::Long(list) => (&[][..], list.kept.as_slice()),
        };
        let kept = kept.iter().map(|(place, element)| (*place, element));
        here.iter().enumerate().chain(kept)
    }
}

fn anew(list: &LongList) -> impl Iterator<Item = Value> {
    let mut elements = JsonArrayReader::of(&list.body).ok().flatten();
    let mut next = move || {
        let element = elements.as_mut()?.next_element().ok()??;
        let read = tree(element).ok();
        read.or_else(|| json_limits::without_large_numbers(element))
    };
    (0..list.length).map(move |place| match next() {
        Some(element) => element,
        None => panic!("element {place} of a list can't be read again"),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::evidence::BodyWriter;

    fn long(text: &str) -> Result<(LongList, Option<Value>), Refusal> {
        let mut writer = BodyWriter::new(0, 0);
        writer.take(text.as_bytes());
        let body = writer.finish();
        let elements = JsonArrayReader::of(&body).unwrap().expect("a list");
        LongList::read(&body, elements, |element| element["id"] == "own")
    }

    #[test]
    fn a_long_list_says_what_a_tree_says() {
        let text = r#"[{"id":"a","n":[1]}, 5, {"id":"own"}, {"id":7}, {"id":"a"}, null,
            {"id":"b\ud800"}]"#;
        let (list, first) = long(text).unwrap();
        let here = tree(text.as_bytes()).unwrap();
        let here = here.as_array().unwrap().clone();
        assert_eq!(first.as_ref(), here.first());
        let (list, here) = (List::Long(&list), List::Here(&here));
        assert_eq!(list.len(), here.len());
        assert!(list.iter().eq(here.iter()));
        assert!(
            list.ids()
                .eq(["a", "own", "7", "a", "b\u{fffd}"].map(String::from))
        );
        for id in ["a", "own", "7", "b"] {
            assert_eq!(list.find(id), here.find(id));
        }
        let own = json!({"id": "own"});
        assert!(list.kept().eq([(2, &own)]));
        assert_eq!(here.kept().count(), here.len());
    }

    #[test]
    fn a_record_that_is_shown_again_and_again_is_kept_as_often_as_there_is_room() {
        let own = json!({"id": "own", "reason": "a".repeat(MOST_KEPT / 3)});
        let (list, _) = long(&Value::from(vec![own; 7]).to_string()).unwrap();
        let list = List::Long(&list);
        assert_eq!((list.len(), list.kept().count()), (7, 2));
    }

    #[test]
    fn errors_of_a_list_are_those_of_a_tree() {
        for text in [
            "[1, 2, {\"a\": \"\\udx\"}]",
            "[1, 2, {\"a\": \"\\udx\"}, ]",
            "[1, 1e999]",
            "[1, 1e999, ]",
            "[1 2]",
            "[[1}]",
            "[1] 2",
            "[",
            &format!("[{}{}]", "[".repeat(500), "]".repeat(500)),
        ] {
            let here = tree(text.as_bytes()).unwrap_err();
            let here = json_limits::refusal(text.as_bytes(), &here);
            assert_eq!(long(text).unwrap_err(), here, "{text:.30}");
        }
        assert!(List::Long(&long(" [ ] ").unwrap().0).is_empty());
    }
}
