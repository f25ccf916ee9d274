//! A run on records that were there before it: what stood in for what, and what that leaves open.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a run on existing records looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Existing {
    /// Whether the run was to change nothing at the target.
    pub read_only: bool,
    /// The records that stood in for the run's own.
    pub records: Vec<StoodIn>,
    /// Scenarios that ran.
    pub scenarios: usize,
    /// Those among them that are inconclusive because they need a create or another change.
    pub withheld: usize,
}

/// A record that was there before the run, in the place of one of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StoodIn {
    /// The name by which scenarios call it.
    pub name: String,
    /// Its id.
    pub id: String,
}

impl Existing {
    /// What the run did, in a few words: `read-only: 2 records that exist were looked at`.
    pub fn manner(&self) -> String {
        let manner = match self.read_only {
            true => "read-only: nothing was changed, ",
            false => "",
        };
        match self.records.len() {
            0 => format!("{manner}no record that exists could be looked at"),
            1 => format!("{manner}one record that exists was looked at"),
            many => format!("{manner}{many} records that exist were looked at"),
        }
    }

    /// What that leaves open: `290 of 471 checks need a create or another change`.
    pub fn cost(&self) -> String {
        format!(
            "{} of {} checks need a create or another change, and are inconclusive",
            self.withheld, self.scenarios
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_once_what_was_done_and_what_is_open() {
        let name = |name: &str| StoodIn {
            name: name.to_owned(),
            id: "7".to_owned(),
        };
        let mut existing = Existing {
            read_only: true,
            records: vec![name("A"), name("B")],
            scenarios: 9,
            withheld: 4,
        };
        assert_eq!(
            existing.manner(),
            "read-only: nothing was changed, 2 records that exist were looked at"
        );
        assert!(existing.cost().starts_with("4 of 9 checks need a create"));
        existing.records.truncate(1);
        existing.read_only = false;
        assert_eq!(existing.manner(), "one record that exists was looked at");
        existing.records.clear();
        assert!(existing.manner().starts_with("no record"));
    }
}
