//! The parameters of a list or a retrieval.

mod criteria;
mod selection;
mod sorting;

pub(super) use criteria::{Criterion, DIRECTIVES, Operator, Test, criteria};
pub(super) use selection::Selection;
pub(super) use sorting::Sorting;

use super::reply::Reply;

/// The part of the matches that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    /// How many matches come before it.
    pub(super) offset: usize,
    /// How many it holds at most, all where it is missing.
    pub(super) limit: Option<usize>,
    /// Whether the client asked for a page at all.
    pub(super) asked: bool,
}

impl Page {
    /// Reads offset and limit.
    ///
    /// # Errors
    ///
    /// A 400 answer where one of them is not a non-negative integer.
    pub(super) fn read(offset: Option<&str>, limit: Option<&str>) -> Result<Self, Box<Reply>> {
        Ok(Self {
            offset: number("offset", offset)?.unwrap_or(0),
            limit: number("limit", limit)?,
            asked: offset.is_some() || limit.is_some(),
        })
    }

    /// Cuts the page out of all matches.
    pub(super) fn cut<T>(&self, matches: Vec<T>) -> Vec<T> {
        let limit = self.limit.unwrap_or(usize::MAX);
        matches.into_iter().skip(self.offset).take(limit).collect()
    }
}

fn number(name: &str, value: Option<&str>) -> Result<Option<usize>, Box<Reply>> {
    let Some(text) = value else { return Ok(None) };
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let parsed = if digits { text.parse().ok() } else { None };
    parsed.map(Some).ok_or_else(|| {
        let message = format!("{name} has to be a non-negative integer");
        Box::new(Reply::error(400, "invalidParameter", message))
    })
}

/// The Link header of a page (RFC 8288), all other parameters kept as they came.
pub(super) fn links(origin: &str, target: &str, page: &Page, shown: usize, total: usize) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let kept: Vec<&str> = query
        .split('&')
        .filter(|part| {
            let name = part.split('=').next().unwrap_or_default();
            !part.is_empty() && name != "offset" && name != "limit"
        })
        .collect();
    let size = page.limit.unwrap_or(shown).max(1);
    let link = |rel: &str, offset: usize| {
        let mut parts = kept.clone();
        let place = format!("offset={offset}");
        let limit = format!("limit={size}");
        parts.extend([place.as_str(), limit.as_str()]);
        format!("<{origin}{path}?{}>; rel=\"{rel}\"", parts.join("&"))
    };
    let mut links = vec![link("self", page.offset), link("first", 0)];
    if page.offset > 0 {
        links.push(link("prev", page.offset.saturating_sub(size)));
    }
    if page.offset + shown < total && shown > 0 {
        links.push(link("next", page.offset + shown));
    }
    links.push(link("last", total.saturating_sub(1) / size * size));
    links.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_cut_and_bad_numbers_refused() {
        let page = Page::read(Some("1"), Some("2")).unwrap();
        assert_eq!(page.cut(vec![1, 2, 3, 4]), [2, 3]);
        for text in ["-1", "x", "", "1.5", "+1"] {
            assert!(Page::read(Some(text), None).is_err(), "{text}");
        }
        assert!(!Page::read(None, None).unwrap().asked);
    }

    #[test]
    fn links_keep_filters_and_end_on_the_last_page() {
        let page = Page::read(Some("1"), Some("1")).unwrap();
        let middle = links("http://h", "/p?reason=a%20b&offset=1&limit=1", &page, 1, 3);
        assert!(middle.contains("<http://h/p?reason=a%20b&offset=2&limit=1>; rel=\"next\""));
        assert!(middle.contains("rel=\"prev\""));
        let page = Page::read(Some("2"), Some("1")).unwrap();
        let last = links("http://h", "/p?offset=2&limit=1", &page, 1, 3);
        assert!(!last.contains("rel=\"next\""));
    }
}
