//! The variants: servers that are conformant in a way of their own.

#[macro_use]
mod row;

mod changes;
mod guidelines;
mod records;
mod rules;
mod table;

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use super::effect::Effect;
use super::names::UnknownName;
use super::settings::Settings;

pub use row::VariantInfo;

static ALL: LazyLock<Vec<VariantInfo>> = LazyLock::new(|| {
    let mut all = table::variants();
    all.extend(guidelines::variants());
    all.extend(records::variants());
    all.extend(rules::variants());
    all
});

/// All variants.
pub fn variants() -> &'static [VariantInfo] {
    &ALL
}

/// A variant, chosen by its name.
#[derive(Debug, Clone, Copy)]
pub struct Variant(&'static VariantInfo);

impl Variant {
    /// What is known about it.
    pub fn info(self) -> &'static VariantInfo {
        self.0
    }

    /// Sets what it sets.
    pub(super) fn apply(self, settings: &mut Settings) {
        (self.0.set)(settings);
    }

    /// What it does differently.
    pub(super) fn effects(self) -> &'static [Effect] {
        &self.0.effects
    }
}

impl From<&'static VariantInfo> for Variant {
    fn from(info: &'static VariantInfo) -> Self {
        Self(info)
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}

impl FromStr for Variant {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let found = variants().iter().find(|info| info.name == name);
        found.map(Self).ok_or_else(|| {
            let names = variants().iter().map(|info| info.name);
            UnknownName::new("variant", name, names)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_unique_and_found() {
        let mut seen = HashSet::new();
        for info in variants() {
            assert!(seen.insert(info.name), "{} is there twice", info.name);
            let found: Variant = info.name.parse().unwrap();
            assert_eq!(found.to_string(), info.name);
        }
        let error = "slwo".parse::<Variant>().unwrap_err();
        assert_eq!(error.near, ["slow"]);
    }
}
