//! The named faults: what each breaks, in tables, one file for each group of requirements.

#[macro_use]
mod row;

mod bodies;
mod certification;
mod deep;
mod deleting;
mod errors;
mod events;
mod families;
mod filtering;
mod guidelines;
mod histories;
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
mod together;
mod tools;
mod types;
mod values;
mod whole;
mod wire;

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use super::effect::Effect;
use super::names::UnknownName;

pub use row::FaultInfo;

/// The tables; faults of one requirement are listed in this order.
const TABLES: &[fn() -> Vec<FaultInfo>] = &[
    certification::faults,
    input::faults,
    bodies::faults,
    output::faults,
    readback::faults,
    types::faults,
    parts::faults,
    keeping::faults,
    texts::faults,
    protocol::faults,
    errors::faults,
    patching::faults,
    merging::faults,
    deleting::faults,
    hub::faults,
    events::faults,
    guidelines::faults,
    whole::faults,
    loose::faults,
    matching::faults,
    selection::by_attribute,
    selection::faults,
    filtering::by_attribute,
    filtering::faults,
    querying::faults,
    querying::by_operator,
    paging::faults,
    wire::faults,
    together::faults,
    histories::faults,
    values::faults,
    deep::faults,
];

static ALL: LazyLock<Vec<FaultInfo>> = LazyLock::new(|| {
    let mut all: Vec<FaultInfo> = TABLES.iter().flat_map(|table| table()).collect();
    all.sort_by_key(|info| (info.rank(), info.requirement));
    all
});

/// All faults, in the order of their levels and requirements.
pub fn faults() -> &'static [FaultInfo] {
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
        &self.0.effects
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
        found.map(Self).ok_or_else(|| {
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
