//! Which requirement a violation belongs to, and how severe it may be at most.
//!
//! A schema says what is wrong at a place; it is the catalogue that says which rule is broken and
//! what that costs. The table between them is data of the pack: places and requirements, and the
//! fair rules where the sources contradict each other.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use serde::Deserialize;

use super::place::{Pattern, Tokens};
use super::{SchemaError, Violation};
use crate::terms::Severity;

/// The table of a pack that says which requirement claims which violation.
#[derive(Debug, Clone)]
pub struct Claims {
    tables: Vec<Table>,
}

/// The requirement that claims a violation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim<'a> {
    /// The id of the requirement.
    pub requirement: &'a str,
    /// What the fair rules allow at most; the catalogue decides where this is `None`.
    pub at_most: Option<Severity>,
    /// Why it may not be more, or why it is this requirement.
    pub why: Option<&'a str>,
    /// Whether no entry of the table names the place, so that the fallback claims it.
    pub fallback: bool,
}

impl Claim<'_> {
    /// What the violation costs, given what the catalogue lets a violation of the requirement cost.
    pub fn severity(&self, on_violation: Severity) -> Severity {
        self.at_most
            .map_or(on_violation, |most| on_violation.min(most))
    }
}

/// The claims for some schemas.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    schemas: Vec<String>,
    /// Claims what no entry names, which only documents other than ours can show.
    fallback: String,
    claims: Vec<Entry>,
    #[serde(default)]
    tolerances: Vec<Tolerance>,
}

/// The places that one requirement claims.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Entry {
    requirement: String,
    places: Vec<Pattern>,
    /// Only violations of these keywords; of all where absent.
    keywords: Option<Vec<String>>,
    at_most: Option<Severity>,
    why: Option<String>,
}

/// A fair rule that holds across requirements.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Tolerance {
    places: Vec<Pattern>,
    #[serde(default)]
    except: Vec<Pattern>,
    keywords: Option<Vec<String>>,
    /// Only where `null` came.
    #[serde(default)]
    null: bool,
    at_most: Severity,
    why: String,
}

impl Claims {
    /// Reads the table of a pack from its JSON.
    ///
    /// # Errors
    /// A text that is not JSON or of another shape; a schema with two tables; an entry without
    /// places; two entries that claim the same places.
    pub fn parse(file: &str, text: &str) -> Result<Self, SchemaError> {
        let tables: Vec<Table> =
            serde_json::from_str(text).map_err(|error| SchemaError::json(file, &error))?;
        let claims = Self { tables };
        claims.lint(file)?;
        Ok(claims)
    }

    /// The requirement that claims a violation: of the entries that name its place the one that
    /// says most of it, and of two on the same places the one that names the keyword.
    ///
    /// `None` where the table knows nothing of the schema, as for request bodies.
    pub fn claim(&self, violation: &Violation) -> Option<Claim<'_>> {
        let table = self.table(&violation.schema)?;
        let place = violation.place();
        let place = Tokens::of(&place);
        let entry = table
            .matching(&place, &violation.keyword)
            .max_by(|a, b| a.cmp_weight(b))
            .map(|found| found.entry);
        let tolerance = table
            .tolerances
            .iter()
            .filter(|tolerance| tolerance.holds(&place, violation))
            .min_by_key(|tolerance| tolerance.at_most);
        let claim = entry.map_or(
            Claim {
                requirement: &table.fallback,
                at_most: None,
                why: None,
                fallback: true,
            },
            |entry| Claim {
                requirement: &entry.requirement,
                at_most: entry.at_most,
                why: entry.why.as_deref(),
                fallback: false,
            },
        );
        Some(match tolerance {
            Some(tolerance) if claim.at_most.is_none_or(|most| tolerance.at_most < most) => Claim {
                at_most: Some(tolerance.at_most),
                why: Some(&tolerance.why),
                ..claim
            },
            _ => claim,
        })
    }

    /// The names of the schemas that the table knows, in its order.
    pub fn schemas(&self) -> impl Iterator<Item = &str> {
        self.tables
            .iter()
            .flat_map(|table| &table.schemas)
            .map(String::as_str)
    }

    /// The ids of all requirements in the table, sorted: each must be in the catalogue.
    pub fn requirements(&self) -> BTreeSet<&str> {
        let entries = self.tables.iter().flat_map(|table| &table.claims);
        entries
            .map(|entry| entry.requirement.as_str())
            .chain(self.tables.iter().map(|table| table.fallback.as_str()))
            .collect()
    }

    fn table(&self, schema: &str) -> Option<&Table> {
        self.tables
            .iter()
            .find(|table| table.schemas.iter().any(|name| name == schema))
    }

    fn lint(&self, file: &str) -> Result<(), SchemaError> {
        let mut known = BTreeSet::new();
        for (index, table) in self.tables.iter().enumerate() {
            for (name, schema) in table.schemas.iter().enumerate() {
                if !known.insert(schema) {
                    let at = format!("/{index}/schemas/{name}");
                    let problem = format!("`{schema}` has a table already");
                    return Err(SchemaError::at(file, at, problem));
                }
            }
            let mut claimed = BTreeSet::new();
            for (entry_index, entry) in table.claims.iter().enumerate() {
                let at = format!("/{index}/claims/{entry_index}");
                if entry.places.is_empty() {
                    return Err(SchemaError::at(file, at, "no places are claimed"));
                }
                for pattern in &entry.places {
                    if !claimed.insert((pattern.as_str(), &entry.keywords)) {
                        let problem = format!("`{}` is claimed twice", pattern.as_str());
                        return Err(SchemaError::at(file, at, problem));
                    }
                }
            }
        }
        Ok(())
    }

    /// The requirements of all entries that say most of a place; of one, if the table is sound.
    #[cfg(test)]
    fn winners(&self, violation: &Violation) -> BTreeSet<&str> {
        let place = violation.place();
        let place = Tokens::of(&place);
        let table = self.table(&violation.schema);
        let matching: Vec<Match<'_>> = table
            .into_iter()
            .flat_map(|table| table.matching(&place, &violation.keyword))
            .collect();
        matching
            .iter()
            .filter(|one| matching.iter().all(|other| other.cmp_weight(one).is_le()))
            .map(|one| one.entry.requirement.as_str())
            .collect()
    }
}

/// An entry with that of its patterns which names the place.
struct Match<'a> {
    entry: &'a Entry,
    pattern: &'a Pattern,
}

impl Match<'_> {
    /// Which of two says more: by place, and of two on the same places by keyword.
    fn cmp_weight(&self, other: &Self) -> Ordering {
        self.pattern.cmp_weight(other.pattern).then(
            self.entry
                .keywords
                .is_some()
                .cmp(&other.entry.keywords.is_some()),
        )
    }
}

impl Table {
    /// The entries that name a place and a keyword.
    fn matching<'a>(
        &'a self,
        place: &Tokens<'_>,
        keyword: &str,
    ) -> impl Iterator<Item = Match<'a>> {
        self.claims
            .iter()
            .filter(move |entry| names(entry.keywords.as_deref(), keyword))
            .flat_map(|entry| {
                entry
                    .places
                    .iter()
                    .map(move |pattern| Match { entry, pattern })
            })
            .filter(move |found| found.pattern.matches(place))
    }
}

impl Tolerance {
    fn holds(&self, place: &Tokens<'_>, violation: &Violation) -> bool {
        (!self.null || violation.null)
            && names(self.keywords.as_deref(), &violation.keyword)
            && self.places.iter().any(|pattern| pattern.matches(place))
            && !self.except.iter().any(|pattern| pattern.matches(place))
    }
}

/// Whether the keyword is among those named, if any are.
fn names(keywords: Option<&[String]>, keyword: &str) -> bool {
    keywords.is_none_or(|keywords| keywords.iter().any(|name| name == keyword))
}

#[cfg(test)]
mod tests;
