//! What only several answers together show.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use url::Url;

use super::answer::{Broken, Seen, judge};
use super::query::{criteria_of, without_page};
use super::{Query, Rule};

/// The most pages that are remembered.
const MOST_PAGES: usize = 5_000;
/// The most requests that are remembered for one broken promise.
const MOST_SHOWN: usize = 4;
/// The most doubts of a kind that are looked into. Most are lists that have grown meanwhile, so it is
/// more than are shown.
const MOST_DOUBTS: usize = 16;

/// An answer that was a list of the run's own records.
#[derive(Debug, Clone)]
pub struct Page {
    /// What was asked.
    pub url: Url,
    /// How many elements were skipped.
    pub offset: usize,
    /// How many were asked for at most.
    pub limit: Option<usize>,
    /// How many came.
    pub count: usize,
    /// How many there are, as X-Total-Count says.
    pub total: usize,
}

/// What looks like a broken promise: to be asked again.
#[derive(Debug, Clone)]
pub enum Doubt {
    /// One answer shows it.
    Answer(Url),
    /// Two pages of one list have different totals: the first is the one that more agree with.
    Totals(Url, Url),
    /// A page lacks elements that its total promises; the second is the list that it was cut from.
    Short(Url, Url),
    /// A page of this list was empty, where its total promises more.
    Empty(Url),
}

/// What the run has seen so far.
#[derive(Debug, Default)]
pub struct History {
    /// The rules by which answers were judged, each with their exchanges.
    judged: BTreeMap<Rule, BTreeSet<usize>>,
    broken: BTreeMap<Rule, Vec<(Broken, Url, usize)>>,
    pages: Vec<Page>,
    /// Lists, whosever records they hold, of which such a page was empty.
    empty: BTreeSet<Url>,
    /// The most elements that came at a time, and the most where no limit was given.
    largest: usize,
    largest_unlimited: usize,
    made: BTreeMap<String, Value>,
}

impl History {
    /// Takes an answer into account. `is_own` says whether only records of this run can match its
    /// query.
    pub fn see(&mut self, seen: &Seen<'_>, exchange: usize, is_own: bool) {
        let (rules, broken) = judge(seen, &self.made);
        for rule in rules {
            self.judged.entry(rule).or_default().insert(exchange);
        }
        for one in broken {
            let known = self.broken.entry(one.rule.clone()).or_default();
            if known.len() < MOST_SHOWN && known.iter().all(|(_, url, _)| url != seen.url) {
                known.push((one, seen.url.clone(), exchange));
            }
        }
        match (seen.method, seen.record_id, seen.body) {
            ("POST", None, Some(record)) if seen.status == 201 => {
                if let Some(id) = record.get("id").and_then(Value::as_str) {
                    self.made.insert(id.to_owned(), record.clone());
                }
            }
            ("GET", ..) => {}
            // Whatever it was, it may have changed the record.
            (_, Some(id), _) => {
                self.made.remove(id);
            }
            _ => {}
        }
        self.see_page(seen, exchange, is_own);
    }

    fn see_page(&mut self, seen: &Seen<'_>, exchange: usize, is_own: bool) {
        let is_list = seen.method == "GET" && seen.record_id.is_none();
        let Some(count) = seen.elements.filter(|_| is_list && seen.status < 300) else {
            return;
        };
        let query = Query::read(seen.url, seen.described);
        let number = |name: &str| seen.url.query_pairs().any(|(known, _)| known == name);
        let unread = |name: &str, value: Option<usize>| number(name) && value.is_none();
        if unread("offset", query.offset) || unread("limit", query.limit) {
            return;
        }
        let promised = seen.total.unwrap_or(0) > query.offset.unwrap_or(0);
        if count == 0 && promised && query.limit != Some(0) && self.empty.len() < MOST_SHOWN {
            self.empty.insert(without_page(seen.url));
        }
        self.largest = self.largest.max(count);
        if query.limit.is_none() {
            self.largest_unlimited = self.largest_unlimited.max(count);
        }
        if query.limit.is_some() && seen.total.is_some() && is_own {
            let judged = self.judged.entry(Rule::PageSize).or_default();
            judged.insert(exchange);
        }
        if let Some(total) = seen
            .total
            .filter(|_| is_own && self.pages.len() < MOST_PAGES)
        {
            self.pages.push(Page {
                url: seen.url.clone(),
                offset: query.offset.unwrap_or(0),
                limit: query.limit,
                count,
                total,
            });
        }
    }

    /// The rules by which answers were judged, each with their exchanges.
    pub const fn judged(&self) -> &BTreeMap<Rule, BTreeSet<usize>> {
        &self.judged
    }

    /// What an answer by itself does not keep.
    pub fn judge(&self, seen: &Seen<'_>) -> Vec<Broken> {
        judge(seen, &self.made).1
    }

    /// What can't be asked again: the broken promise and the exchange that shows it.
    pub fn broken(&self, rule: &Rule) -> Vec<(Broken, usize)> {
        let known = self.broken.get(rule).into_iter().flatten();
        known
            .map(|(broken, _, exchange)| (broken.clone(), *exchange))
            .collect()
    }

    /// What looks like a broken promise of this kind.
    pub fn doubts(&self, rule: &Rule) -> Vec<Doubt> {
        let known = self.broken.get(rule).into_iter().flatten();
        let mut doubts: Vec<_> = known
            .map(|(_, url, _)| Doubt::Answer(url.clone()))
            .collect();
        match rule {
            Rule::Total => {
                doubts.extend(self.different_totals());
                doubts.extend(self.short(false));
                doubts.extend(self.empty.iter().cloned().map(Doubt::Empty));
            }
            Rule::PageSize => doubts.extend(self.short(true)),
            _ => {}
        }
        doubts.truncate(MOST_DOUBTS);
        doubts
    }

    /// Pages whose total is another than that of the list that they are cut from.
    fn different_totals(&self) -> Vec<Doubt> {
        let mut lists: BTreeMap<Vec<(String, String)>, Vec<&Page>> = BTreeMap::new();
        for page in &self.pages {
            lists.entry(criteria_of(&page.url)).or_default().push(page);
        }
        let mut doubts = Vec::new();
        for pages in lists.values() {
            // The one with the most elements is the least likely to be wrong.
            let Some(first) = pages.iter().max_by_key(|page| page.count) else {
                continue;
            };
            let other = pages.iter().find(|page| page.total != first.total);
            if let Some(other) = other {
                doubts.push(Doubt::Totals(first.url.clone(), other.url.clone()));
            }
        }
        doubts
    }

    /// Pages with fewer elements than limit and total promise. A server may have a largest page
    /// and a default one: those are no smaller than what came at another time.
    fn short(&self, limited: bool) -> Vec<Doubt> {
        let is_short = |page: &&Page| {
            let left = page.total.saturating_sub(page.offset);
            match page.limit {
                // Where limit is the smaller one, it is judged by itself.
                Some(limit) => left < limit && page.count < left && page.count < self.largest,
                None => page.count < left && page.count < self.largest_unlimited,
            }
        };
        let pages = self.pages.iter();
        pages
            .filter(|page| page.limit.is_some() == limited)
            .filter(is_short)
            .map(|page| Doubt::Short(page.url.clone(), without_page(&page.url)))
            .collect()
    }
}
