//! The body of an answer, read record by record, so that a list of any length needs little memory.

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use super::statement::Part;
use super::value::{JsonType, Value, decode_text};
use crate::evidence::{BYTE_ORDER_MARK, Body, JsonArrayReader, ListError};

/// What a body is as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// JSON null.
    Null,
    /// A list with that number of elements, each of which was visited.
    List(usize),
    /// Anything else; it was visited as one.
    Single,
}

/// One element of a list, or a whole body that is none.
#[derive(Debug)]
pub struct Element<'a> {
    /// Its JSON type.
    pub json_type: JsonType,
    /// The raw text of the wanted attributes, in the order of asking; always `None` in what is not
    /// an object.
    attributes: Vec<Option<&'a str>>,
    /// Whether it has attributes that are not wanted.
    pub more: bool,
    /// The whole of it, where it was read.
    pub text: Option<&'a str>,
}

impl<'a> Element<'a> {
    /// Reads one value from its own text, without blanks around it.
    fn read(text: &'a str, wanted: &[&str]) -> Result<Self, serde_json::Error> {
        let raw: &'a RawValue = serde_json::from_str(text)?;
        let mut element = Self::absent(JsonType::of(raw.get()), wanted.len());
        element.text = Some(raw.get());
        if element.json_type == JsonType::Object {
            serde_json::Deserializer::from_str(raw.get()).deserialize_map(Attributes {
                attributes: &mut element.attributes,
                more: &mut element.more,
                wanted,
            })?;
        }
        Ok(element)
    }

    /// What has no attributes at all.
    pub fn absent(json_type: JsonType, wanted: usize) -> Self {
        Self {
            json_type,
            attributes: vec![None; wanted],
            more: false,
            text: None,
        }
    }

    /// The value of the wanted attribute with that place.
    pub fn value(&self, place: usize) -> Value<'a> {
        self.raw(place).map_or(Value::Undefined, Value::read)
    }

    /// Its raw text, escapes and all.
    pub fn raw(&self, place: usize) -> Option<&'a str> {
        self.attributes.get(place).copied().flatten()
    }
}

/// Whether a body begins as a list with an element; what follows may still not be JSON.
///
/// # Errors
///
/// As for [`visit`].
pub fn begins_a_list(body: &Body) -> Result<bool, ListError> {
    let Some(mut list) = JsonArrayReader::of(body)? else {
        return Ok(false);
    };
    Ok(list.next_element()?.is_some())
}

/// Visits the elements of a list, or the whole of any other body but null.
///
/// A list without elements is visited as a whole, and so is everything in it that follows JSON's
/// grammar however deep it is nested. A byte order mark is skipped, and bytes that are not UTF-8 are
/// replaced, as the runner does.
///
/// # Errors
///
/// Where the body is not JSON, at its very end too: what was visited until then does not count.
/// Where a value in it is too long to be judged, or its file can't be read.
pub fn visit(
    body: &Body,
    wanted: &[&str],
    mut visitor: impl FnMut(usize, &Element<'_>),
) -> Result<Shape, ListError> {
    if let Some(mut list) = JsonArrayReader::of(body)? {
        let mut count = 0;
        while let Some(element) = list.next_element()? {
            let text = String::from_utf8_lossy(element);
            let Ok(element) = Element::read(&text, wanted) else {
                drop(text);
                return Err(list.malformed());
            };
            visitor(count, &element);
            count += 1;
        }
        if count == 0 {
            visitor(0, &Element::absent(JsonType::Array, wanted.len()));
        }
        return Ok(Shape::List(count));
    }
    let bytes = body.whole()?;
    let text = String::from_utf8_lossy(bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes));
    let element = serde_json::from_str::<&RawValue>(&text)
        .and_then(|raw| Element::read(raw.get(), wanted))
        .map_err(|error| ListError::Malformed(error.to_string()))?;
    if element.json_type == JsonType::Null {
        return Ok(Shape::Null);
    }
    visitor(0, &element);
    Ok(Shape::Single)
}

/// The raw text of a member of a value, `None` where it has none.
pub fn member<'a>(raw: &'a str, part: &Part) -> Option<&'a str> {
    match part {
        Part::Name(name) => Element::read(raw, &[name]).ok()?.raw(0),
        Part::Index(index) if JsonType::of(raw) == JsonType::Array => {
            let elements: Vec<&'a RawValue> = serde_json::from_str(raw).ok()?;
            elements.get(*index).map(|element| element.get())
        }
        Part::Index(_) => None,
    }
}

/// Keeps the raw text of the wanted attributes; of a name given twice the last one, as scripts do.
struct Attributes<'e, 'a, 'w> {
    attributes: &'e mut Vec<Option<&'a str>>,
    more: &'e mut bool,
    wanted: &'w [&'w str],
}

impl<'a> Visitor<'a> for Attributes<'_, 'a, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((name, value)) = map.next_entry::<&'a RawValue, &'a RawValue>()? {
            let name = decode_text(name.get());
            if let Some(place) = self.wanted.iter().position(|wanted| *wanted == name) {
                self.attributes[place] = Some(value.get());
            } else {
                *self.more = true;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Result<(Shape, Vec<String>), ListError> {
        let mut ids = Vec::new();
        let shape = visit(&text.to_owned().into(), &["id"], |index, element| {
            ids.push(format!("{index}:{}", element.value(0).text()));
        })?;
        Ok((shape, ids))
    }

    #[test]
    fn elements_are_visited_in_order() {
        let (shape, seen) =
            ids(r#" [{"id":"a"}, null, 5, {"i\u0064":7,"id":[8]}, "id", [1]] "#).expect("JSON");
        assert_eq!(shape, Shape::List(6));
        assert_eq!(
            seen,
            [
                "0:a",
                "1:undefined",
                "2:undefined",
                "3:8",
                "4:undefined",
                "5:undefined"
            ]
        );
    }

    #[test]
    fn objects_and_empty_bodies_are_visited_as_one_element() {
        assert_eq!(
            ids("[]").expect("JSON"),
            (Shape::List(0), vec!["0:undefined".into()])
        );
        assert_eq!(
            ids("{\"id\":1}").expect("JSON"),
            (Shape::Single, vec!["0:1".into()])
        );
        assert_eq!(
            ids("\"id\"").expect("JSON"),
            (Shape::Single, vec!["0:undefined".into()])
        );
        assert_eq!(ids("null").expect("JSON"), (Shape::Null, vec![]));
    }

    #[test]
    fn invalid_json_is_an_error_wherever_it_breaks() {
        for text in [
            "",
            " ",
            "<html>",
            "[1,]",
            "[1] x",
            "{\"id\":1}}",
            "[{\"id\":01}]",
            "nul",
            "[\"\u{1}\"]",
        ] {
            assert!(ids(text).is_err(), "{text}");
        }
    }

    #[test]
    fn one_byte_order_mark_is_skipped_and_odd_bytes_are_replaced() {
        for text in ["[{\"id\":1}]", "{\"id\":1}"] {
            assert!(ids(&format!("\u{feff}{text}")).is_ok(), "{text}");
            assert!(ids(&format!("\u{feff}\u{feff}{text}")).is_err(), "{text}");
        }
        for body in [&b"[{\"id\":\"\xff\"}]"[..], b"{\"id\":\"\xff\"}"] {
            let mut seen = String::new();
            visit(&body.into(), &["id"], |_, element| {
                seen = element.value(0).text().into_owned();
            })
            .expect("JSON");
            assert_eq!(seen, "\u{fffd}");
        }
    }

    #[test]
    fn depth_and_lone_surrogates_are_no_obstacle() {
        let deep = format!("[{}{}]", "[".repeat(20_000), "]".repeat(20_000));
        assert_eq!(ids(&deep).expect("JSON").0, Shape::List(1));
        let (_, seen) = ids(r#"{"\ud800":1,"id":"x"}"#).expect("JSON");
        assert_eq!(seen, ["0:x"]);
    }
}
