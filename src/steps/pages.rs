//! A list that a target cuts into pages though none was asked for: what lies behind the first page is
//! asked for before anything is said to be missing.

use std::collections::HashSet;
use std::sync::Arc;

use url::Url;

use super::links::{at_home, links};
use crate::evidence::Stop;
use crate::http::Outgoing;
use crate::world::{Context, Reply, World};

/// Maximum number of pages to follow.
pub(super) const MOST_PAGES: usize = 25;

/// A list with the pages behind its first one.
#[derive(Debug)]
pub(super) struct Pages {
    /// The pages, the first one included.
    pub(super) pages: Vec<Arc<Reply>>,
    /// Whether all came that the request asked for.
    pub(super) are_whole: bool,
}

impl Pages {
    /// The ids of all elements, in order.
    pub(super) fn ids(&self) -> Vec<String> {
        let pages = self.pages.iter();
        pages.flat_map(|page| page.elements().ids()).collect()
    }

    /// How many elements they have.
    pub(super) fn len(&self) -> usize {
        self.pages.iter().map(|page| page.elements().len()).sum()
    }
}

/// The number that a query gives a parameter.
pub(super) fn number_in(url: &Url, name: &str) -> Option<usize> {
    let mut parameters = url.query_pairs();
    let (_, value) = parameters.find(|(parameter, _)| parameter == name)?;
    value.parse().ok()
}

/// The total that an answer gives.
pub(super) fn total(reply: &Reply) -> Option<usize> {
    reply.answer.header("x-total-count")?.trim().parse().ok()
}

/// Whether an answer says that there is more behind its page, which begins behind `offset` elements.
pub(super) fn says_more(page: &Reply, offset: usize) -> bool {
    let end = offset + page.elements().len();
    match total(page) {
        Some(total) => total > end,
        None => page.answer.status == 206 || links(page).contains_key("next"),
    }
}

/// The URL of the page behind `offset` elements: the link of relation next, else by offset.
pub(super) fn behind(context: &Context, page: &Reply, first: &Url, offset: usize) -> Url {
    let link = links(page).remove("next");
    link.and_then(|link| at_home(context, &page.answer.url, &link))
        .unwrap_or_else(|| by_offset(first, offset))
}

/// The URL of a list with another offset, all else as it was asked for.
fn by_offset(first: &Url, offset: usize) -> Url {
    let mut url = first.clone();
    let query = first.query().unwrap_or_default();
    let kept = query
        .split('&')
        .filter(|part| !part.is_empty() && !part.starts_with("offset="));
    let place = format!("offset={offset}");
    let query: Vec<&str> = kept.chain([place.as_str()]).collect();
    url.set_query(Some(&query.join("&")));
    url
}

/// The pages behind the first one, until `enough` elements came, or as many as the request names as
/// its limit. The steps go on to talk about the first page.
pub(super) async fn pages(
    world: &mut World,
    first: &Arc<Reply>,
    enough: usize,
) -> Result<Pages, Stop> {
    let url = first.answer.url.clone();
    let start = number_in(&url, "offset").unwrap_or(0);
    let limit = number_in(&url, "limit").unwrap_or(usize::MAX);
    let mut found = Pages {
        pages: vec![Arc::clone(first)],
        are_whole: true,
    };
    let mut known: HashSet<String> = first.elements().ids().collect();
    let mut count = first.elements().len();
    let mut last = Arc::clone(first);
    let mut begins = start;
    while count > 0 && count < limit && says_more(&last, begins) {
        let followed = found.pages.len();
        if count >= enough || followed > MOST_PAGES {
            found.are_whole = false;
            break;
        }
        begins = start + count;
        let next = behind(&world.context, &last, &url, begins);
        let page = world.send(Outgoing::new("GET", next)).await?;
        let new = page.elements().ids().filter(|id| known.insert(id.clone()));
        if new.count() == 0 {
            // It says that there is more, and shows nothing of it.
            found.are_whole = false;
            break;
        }
        count += page.elements().len();
        found.pages.push(Arc::clone(&page));
        last = page;
    }
    world.reply = Some(Arc::clone(first));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_takes_the_place_of_another() {
        let url = Url::parse("http://h/p?a=1%202&offset=1&limit=2").unwrap();
        assert_eq!(number_in(&url, "offset"), Some(1));
        let next = by_offset(&url, 3);
        assert_eq!(next.as_str(), "http://h/p?a=1%202&limit=2&offset=3");
        let bare = by_offset(&Url::parse("http://h/p").unwrap(), 2);
        assert_eq!(bare.as_str(), "http://h/p?offset=2");
    }
}
