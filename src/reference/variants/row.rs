//! One variant, and the kinds of rows in the tables of them.

use crate::reference::effect::Effect;
use crate::reference::settings::Settings;

/// A named way of being conformant.
#[derive(Debug)]
pub struct VariantInfo {
    /// Its name, in words joined by hyphens.
    pub name: &'static str,
    /// What the server does in its own way, as a clause without a full stop.
    pub description: &'static str,
    /// Whether it refuses records that have more than the profile asks for, or gives ids again:
    /// above the profile, what becomes of these records may stay undecided then.
    pub narrow: bool,
    /// Whether the official kit fails it, though it is conformant: only the levels above are judged.
    pub fails_kit: bool,
    /// What it sets.
    pub(super) set: fn(&mut Settings),
    /// What it does differently.
    pub(super) effects: Vec<Effect>,
}

/// A row that changes nothing but the behaviour.
pub(super) fn behaves(
    name: &'static str,
    description: &'static str,
    effects: impl Into<Vec<Effect>>,
) -> VariantInfo {
    VariantInfo {
        name,
        description,
        narrow: false,
        fails_kit: false,
        set: |_| {},
        effects: effects.into(),
    }
}

/// A row that refuses records which have more than the profile asks for.
pub(super) fn narrows(
    name: &'static str,
    description: &'static str,
    effects: impl Into<Vec<Effect>>,
) -> VariantInfo {
    VariantInfo {
        narrow: true,
        ..behaves(name, description, effects)
    }
}

/// A row that the official kit fails for what the API description permits.
pub(super) fn fails_kit(
    name: &'static str,
    description: &'static str,
    effects: impl Into<Vec<Effect>>,
) -> VariantInfo {
    VariantInfo {
        fails_kit: true,
        ..behaves(name, description, effects)
    }
}

/// A row that changes nothing but the settings.
pub(super) fn sets(
    name: &'static str,
    description: &'static str,
    [set]: [fn(&mut Settings); 1],
) -> VariantInfo {
    VariantInfo {
        set,
        ..behaves(name, description, Vec::new())
    }
}

/// Defines the function `variants` of a file from its table. A row is its kind, the variant's name,
/// what the server does in its own way, and each effect or the settings behind an arrow.
macro_rules! variants {
    ($($kind:ident $name:literal: $description:literal $(=> $does:expr)+;)*) => {
        /// The table.
        pub(super) fn variants() -> Vec<super::row::VariantInfo> {
            vec![$(super::row::$kind($name, $description, [$($does),+]),)*]
        }
    };
}
