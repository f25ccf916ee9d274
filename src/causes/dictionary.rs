//! The fault dictionary: what each known fault makes fail, from the table of the self-test.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use super::evidence::{short, statuses, words};
use crate::selftest;

/// What is known of one fault.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// What the server does wrong.
    pub title: String,
    /// The requirement that it breaks.
    pub breaks: String,
    /// The requirements that fail.
    pub fails: BTreeSet<String>,
    /// The requirements that warn.
    pub warns: BTreeSet<String>,
    /// The scenarios of the broken requirement that fail or warn.
    pub scenarios: BTreeSet<String>,
    /// The status codes that the title names.
    pub statuses: BTreeSet<u16>,
    /// The words of the title.
    pub words: BTreeSet<String>,
}

impl Entry {
    /// The requirements that fail or warn.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.fails.iter().chain(&self.warns).map(String::as_str)
    }

    /// Whether the fault makes a requirement fail or warn.
    pub fn violates(&self, id: &str) -> bool {
        self.fails.contains(id) || self.warns.contains(id)
    }
}

/// All known faults, by name.
#[derive(Debug, Clone)]
pub struct Dictionary(Vec<Entry>);

impl Dictionary {
    /// The dictionary of this version. It is empty only where the table is broken, which a test
    /// excludes.
    pub fn embedded() -> &'static Self {
        static EMBEDDED: LazyLock<Dictionary> = LazyLock::new(|| {
            let table = selftest::read(selftest::TABLE).unwrap_or_default();
            Dictionary::new(&table)
        });
        &EMBEDDED
    }

    fn new(table: &selftest::Table) -> Self {
        let faults = selftest::faults_by_name();
        // The table names requirements without the API; the faults have whole ids.
        let apis: HashMap<&str, &str> = faults
            .values()
            .filter_map(|(requirement, _)| {
                let tail = short(requirement);
                let family = tail.split('-').next()?;
                Some((family, requirement.strip_suffix(tail)?))
            })
            .collect();
        let whole = |id: &String| {
            let family = id.split('-').next().unwrap_or_default();
            format!("{}{id}", apis.get(family).copied().unwrap_or_default())
        };
        let entries = table.iter().filter_map(|(name, row)| {
            let (breaks, title) = faults.get(name.as_str())?;
            // What an unsteady fault makes fail is not known, and one that only informs is not a
            // cause.
            let entry = Entry {
                name: name.clone(),
                title: (*title).to_owned(),
                breaks: (*breaks).to_owned(),
                fails: row.fails.iter().map(whole).collect(),
                warns: row.warns.iter().map(whole).collect(),
                scenarios: row.scenarios.clone(),
                statuses: statuses(title),
                words: words(title),
            };
            (!row.unsteady && entry.violates(&entry.breaks)).then_some(entry)
        });
        Self(entries.collect())
    }

    /// The dictionary without one fault: what does it say of a server that has a fault which it does
    /// not know?
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        let mut entries = self.0.clone();
        entries.retain(|entry| entry.name != name);
        Self(entries)
    }

    /// The faults.
    pub fn iter(&self) -> std::slice::Iter<'_, Entry> {
        self.0.iter()
    }
}
