//! The query of a list or a record, as the design guidelines read it.

use std::collections::{BTreeMap, BTreeSet};

use url::Url;

/// Parameters by which a list is cut into pages.
const PAGING: [&str; 2] = ["offset", "limit"];
/// Parameters that change neither what matches nor how much of it comes.
const SHOWING: [&str; 2] = ["fields", "sort"];

/// What a query asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// How many elements are skipped.
    pub offset: Option<usize>,
    /// How many elements come at most.
    pub limit: Option<usize>,
    /// The attributes that are selected, none where all are.
    pub fields: Vec<String>,
    /// Attributes and the one value that each has to have.
    pub criteria: BTreeMap<String, String>,
    /// Whether there are criteria of any kind.
    pub is_filtered: bool,
    /// Whether all of it is understood: no operator, no list of values, no unknown attribute. Of
    /// anything else it is open what a server makes of it.
    pub is_plain: bool,
}

impl Query {
    /// Reads the query of a URL; `described` are the attributes of the resource.
    pub fn read(url: &Url, described: &BTreeSet<String>) -> Self {
        let mut query = Self {
            is_plain: true,
            ..Self::default()
        };
        let mut seen = BTreeSet::new();
        for (name, value) in url.query_pairs() {
            let once = name == "fields" || seen.insert(name.clone().into_owned());
            query.is_plain &= once;
            match &*name {
                "offset" | "limit" => {
                    let number = value.parse().ok();
                    query.is_plain &= number.is_some();
                    match &*name {
                        "offset" => query.offset = number,
                        _ => query.limit = number,
                    }
                }
                "fields" => {
                    let names = value.split(',').map(str::trim);
                    let names = names.filter(|name| !name.is_empty());
                    query.fields.extend(names.map(str::to_owned));
                }
                "sort" => {}
                _ => {
                    let is_one = !value.is_empty() && !value.contains([',', ';']);
                    query.is_plain &= described.contains(&*name) && is_one;
                    query.is_filtered = true;
                    query.criteria.insert(name.into_owned(), value.into_owned());
                }
            }
        }
        query
    }

    /// Whether it selects whole attributes that have a name.
    pub fn selects(&self) -> bool {
        let is_name = |name: &String| {
            let known = |c: char| c.is_ascii_alphanumeric() || "@_-".contains(c);
            name.chars().all(known)
        };
        !self.fields.is_empty() && self.fields.iter().all(is_name)
    }
}

/// What two pages of one list have in common: all of the query that decides what matches.
pub(super) fn criteria_of(url: &Url) -> Vec<(String, String)> {
    let mut pairs: Vec<_> = url.query_pairs().into_owned().collect();
    pairs.retain(|(name, _)| !PAGING.contains(&name.as_str()) && !SHOWING.contains(&name.as_str()));
    pairs
}

/// The URL of the list that a page was cut from.
pub(super) fn without_page(url: &Url) -> Url {
    let parts: Vec<&str> = url.query().unwrap_or_default().split('&').collect();
    let kept = parts.into_iter().filter(|part| {
        let name = part.split('=').next().unwrap_or_default();
        !PAGING.contains(&name)
    });
    let query = kept.collect::<Vec<_>>().join("&");
    let mut whole = url.clone();
    whole.set_query((!query.is_empty()).then_some(&query));
    whole
}
