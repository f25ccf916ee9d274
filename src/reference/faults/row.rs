//! One fault, and the macro by which tables of them are written.

use crate::reference::effect::Effect;

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
    pub(super) effects: Vec<Effect>,
}

impl FaultInfo {
    /// The level of the requirement that it breaks.
    pub fn level(&self) -> &'static str {
        LEVELS[self.rank()]
    }

    /// The place of its level among the levels.
    pub(super) fn rank(&self) -> usize {
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

/// A row of a table; the requirement is named without the API, as in `PRO-001`.
pub(super) fn fault(
    name: &'static str,
    requirement: &str,
    description: &'static str,
    effects: Vec<Effect>,
) -> FaultInfo {
    // The guidelines are those of several versions of the API.
    let api = if requirement.starts_with("GDL") {
        "TMF683-45"
    } else {
        "TMF683-4"
    };
    FaultInfo {
        name,
        // The faults are made once, and stay as long as the process.
        requirement: format!("{api}-{requirement}").leak(),
        description,
        secured: false,
        effects,
    }
}

/// Defines the function `faults` of a file from its table. A row is the fault's name, the
/// requirement that it breaks, what the server does wrong, and each effect behind an arrow:
///
/// ```text
/// "post-200" breaks "CTK-001": "a create is answered 200"
///     => on_success(Create, |_, reply| reply.status = 200);
/// ```
///
/// `, secured` behind the requirement marks a fault that shows only where the server asks for
/// credentials.
macro_rules! faults {
    ($(
        $name:literal breaks $requirement:literal $(, $secured:ident)?: $description:literal
        $(=> $effect:expr)+;
    )*) => {
        /// The table.
        pub(super) fn faults() -> Vec<super::row::FaultInfo> {
            vec![$(
                super::row::FaultInfo {
                    $($secured: true,)?
                    ..super::row::fault($name, $requirement, $description, vec![$($effect),+])
                },
            )*]
        }
    };
}
