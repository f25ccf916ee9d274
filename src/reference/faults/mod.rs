//! The named faults: what each breaks, in tables, one file for each group of requirements.

mod bodies;
mod certification;
mod deleting;
mod errors;
mod events;
mod filtering;
mod guidelines;
mod hub;
mod input;
mod keeping;
mod loose;
mod matching;
mod merging;
mod output;
mod paging;
mod parts;
mod patching;
mod protocol;
mod querying;
mod readback;
mod selection;
mod texts;
mod tools;
mod types;
mod whole;

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use super::effect::Effect;
use super::names::UnknownName;

/// A named way in which the server can break a requirement.
#[derive(Debug)]
pub struct FaultInfo {
    /// Its name, in words joined by hyphens.
    pub name: &'static str,
    /// The id of the requirement that it breaks.
    pub requirement: &'static str,
    /// What the server does wrong, as a clause without a full stop.
    pub description: &'static str,
    /// Whether it shows only where the server asks for credentials.
    pub secured: bool,
    /// What it does differently.
    effects: &'static [Effect],
}

impl FaultInfo {
    /// The level of the requirement that it breaks.
    pub fn level(&self) -> &'static str {
        LEVELS[self.rank()]
    }

    /// The place of its level among the levels.
    fn rank(&self) -> usize {
        match self.requirement.split('-').nth(2).unwrap_or_default() {
            "CTK" => 0,
            "PRO" => 1,
            "SPC" => 2,
            "GDL" => 4,
            _ => 3,
        }
    }
}

/// The levels in their order.
const LEVELS: [&str; 5] = [
    "certification",
    "profile",
    "specification",
    "operations",
    "guideline",
];

/// A row of a table.
const fn fault(
    name: &'static str,
    requirement: &'static str,
    description: &'static str,
    effects: &'static [Effect],
) -> FaultInfo {
    FaultInfo {
        name,
        requirement,
        description,
        secured: false,
        effects,
    }
}

/// A row that shows only where the server asks for credentials.
const fn secured(row: FaultInfo) -> FaultInfo {
    FaultInfo {
        secured: true,
        ..row
    }
}

static TABLES: &[&[&[FaultInfo]]] = &[
    &[
        certification::FAULTS,
        input::FAULTS,
        bodies::FAULTS,
        output::FAULTS,
        readback::FAULTS,
        types::FAULTS,
        parts::FAULTS,
        keeping::FAULTS,
        texts::FAULTS,
        protocol::FAULTS,
        errors::FAULTS,
        patching::FAULTS,
        merging::FAULTS,
        deleting::FAULTS,
        hub::FAULTS,
        events::FAULTS,
        guidelines::FAULTS,
        whole::FAULTS,
        loose::FAULTS,
        matching::FAULTS,
    ],
    selection::FAULTS,
    filtering::FAULTS,
    querying::FAULTS,
    paging::FAULTS,
];

static ALL: LazyLock<Vec<&'static FaultInfo>> = LazyLock::new(|| {
    let tables = TABLES.iter().copied().flatten().copied();
    let mut all: Vec<&'static FaultInfo> = tables.flatten().collect();
    all.sort_by_key(|info| (info.rank(), info.requirement));
    all
});

/// All faults, in the order of their levels and requirements.
pub fn faults() -> &'static [&'static FaultInfo] {
    &ALL
}

/// A fault, chosen by its name.
#[derive(Debug, Clone, Copy)]
pub struct Fault(&'static FaultInfo);

impl Fault {
    /// What is known about it.
    pub fn info(self) -> &'static FaultInfo {
        self.0
    }

    /// What it does differently.
    pub(super) fn effects(self) -> &'static [Effect] {
        self.0.effects
    }
}

impl From<&'static FaultInfo> for Fault {
    fn from(info: &'static FaultInfo) -> Self {
        Self(info)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}

impl FromStr for Fault {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let found = faults().iter().find(|info| info.name == name);
        found.map(|info| Self(info)).ok_or_else(|| {
            let names = faults().iter().map(|info| info.name);
            UnknownName::new("fault", name, names)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_unique_and_speak() {
        let mut seen = HashSet::new();
        for info in faults() {
            let is_kebab = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            assert!(info.name.bytes().all(is_kebab), "{}", info.name);
            assert!(seen.insert(info.name), "{} is there twice", info.name);
            assert!(!info.description.ends_with('.'), "{}", info.name);
            assert!(!info.effects.is_empty(), "{}", info.name);
        }
    }

    #[test]
    fn requirements_have_the_form_of_the_catalogue() {
        let form =
            regex::Regex::new(r"^TMF683-(4-(CTK|PRO|SPC|PAT|DEL|HUB|EVT)|45-GDL)-\d{3}$").unwrap();
        for info in faults() {
            assert!(form.is_match(info.requirement), "{}", info.requirement);
        }
    }

    #[test]
    fn a_wrong_name_gets_near_ones() {
        let fault: Fault = "post-200".parse().unwrap();
        assert_eq!(fault.to_string(), "post-200");
        assert_eq!(fault.info().level(), "certification");
        let error = "post-20".parse::<Fault>().unwrap_err();
        assert_eq!(error.near.first(), Some(&"post-200"));
        assert!(error.to_string().contains("did you mean post-200"));
    }
}
