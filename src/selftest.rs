//! Does the suite catch what it should? The reference implementation with each fault and variant,
//! against the committed table of what falls for each.
//!
//! Pure: results in, differences out. Running them is the command's business.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::reference::{faults, variants};
use crate::terms::{Level, Severity, Status, Verdict};
use crate::verdict::{Finding, Run, RunResult};

/// The committed table.
pub const TABLE: &str = include_str!("../selftest/faults.toml");

/// The header of runs whose fault shows only where the server asks for credentials.
pub const CREDENTIAL: &str = "Authorization: Bearer of-nobody-but-the-reference";

/// What a case is judged by: a result without its evidence, which is most of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Outcome {
    /// How the run went.
    pub run: Run,
    /// The run's verdict.
    pub verdict: Verdict,
    /// Why it is that.
    pub reason: String,
    /// The status of every requirement of the levels that ran, by its id.
    pub requirements: Vec<(String, Status)>,
    /// Every violation seen.
    pub findings: Vec<Finding>,
    /// Every scenario that was planned.
    pub scenarios: Vec<ScenarioOutcome>,
}

/// What became of a scenario.
#[derive(Debug, Serialize, Deserialize)]
pub struct ScenarioOutcome {
    /// Its id.
    pub id: String,
    /// Its level.
    pub level: Level,
    /// What it came to.
    pub status: Status,
    /// Why, where that is said.
    pub reason: Option<String>,
}

impl From<&RunResult> for Outcome {
    fn from(result: &RunResult) -> Self {
        Self {
            run: result.run.clone(),
            verdict: result.verdict,
            reason: result.reason.clone(),
            requirements: result
                .requirements
                .iter()
                .map(|requirement| (requirement.id.clone(), requirement.status))
                .collect(),
            findings: result.findings.clone(),
            scenarios: result
                .scenarios
                .iter()
                .map(|scenario| ScenarioOutcome {
                    id: scenario.id.clone(),
                    level: scenario.level,
                    status: scenario.status,
                    reason: scenario.reason.clone(),
                })
                .collect(),
        }
    }
}

/// What falls where a fault is.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fallen {
    /// The requirement that the fault breaks; empty for a variant, which breaks none.
    #[serde(default)]
    pub breaks: String,
    /// What falls depends on the order of the requests: only that the server is caught is asked.
    #[serde(default)]
    pub unsteady: bool,
    /// The requirements that fail.
    #[serde(default)]
    pub fails: BTreeSet<String>,
    /// The requirements that warn.
    #[serde(default)]
    pub warns: BTreeSet<String>,
    /// The requirement that the fault breaks, where a violation of it is information only.
    #[serde(default)]
    pub informs: BTreeSet<String>,
    /// The scenarios that fail or warn.
    #[serde(default)]
    pub scenarios: BTreeSet<String>,
}

/// What falls for each fault, by name.
pub type Table = BTreeMap<String, Fallen>;

/// Reads a table; the error names line and column.
pub fn read(text: &str) -> Result<Table, String> {
    toml::from_str(text).map_err(|error| error.to_string())
}

impl Fallen {
    /// What fell in a run against a server whose fault breaks that requirement.
    pub fn of(breaks: &str, result: &Outcome) -> Self {
        let with = |status: Status| {
            let requirements = result.requirements.iter();
            requirements
                .filter(move |(_, found)| *found == status)
                .map(|(id, _)| id.clone())
                .collect()
        };
        let scenarios = result.scenarios.iter();
        let fails: BTreeSet<String> = with(Status::Failed);
        let warns: BTreeSet<String> = with(Status::Warned);
        let informs = result
            .findings
            .iter()
            .map(|finding| &finding.requirement)
            .filter(|id| *id == breaks && !fails.contains(*id) && !warns.contains(*id))
            .cloned()
            .collect();
        Self {
            breaks: breaks.to_owned(),
            unsteady: false,
            fails,
            warns,
            informs,
            scenarios: scenarios
                .filter(|scenario| matches!(scenario.status, Status::Failed | Status::Warned))
                .map(|scenario| scenario.id.clone())
                .collect(),
        }
    }

    /// Whether the fault's own requirement is among what falls, or is told of.
    pub fn catches(&self) -> bool {
        self.unsteady
            || self.breaks.is_empty()
            || self.fails.contains(&self.breaks)
            || self.warns.contains(&self.breaks)
            || self.informs.contains(&self.breaks)
    }

    /// How what fell differs from what the table says, a clause each.
    pub fn differences(&self, found: &Self) -> Vec<String> {
        let mut parts = Vec::new();
        for (row, found, verb) in [
            (&self.fails, &found.fails, "fails"),
            (&self.warns, &found.warns, "warns"),
            (&self.informs, &found.informs, "informs"),
            (&self.scenarios, &found.scenarios, "falls"),
        ] {
            parts.extend(found.difference(row).map(|id| format!("{id} {verb}, too")));
            let verb = verb.trim_end_matches('s');
            parts.extend(
                row.difference(found)
                    .map(|id| format!("{id} does not {verb}")),
            );
        }
        parts
    }
}

/// What a conformant server is blamed for: nothing, unless the official kit would fail it for its
/// own flaws. Warnings are no blame; the table tells which a variant has.
pub fn blamed(result: &Outcome) -> Vec<String> {
    blamed_up_to(result, Level::Guideline)
}

/// Why a server that refuses what is more than the profile asks for is blamed: above the profile
/// it may stay undecided what becomes of that.
pub fn blamed_though_narrow(result: &Outcome) -> Vec<String> {
    blamed_up_to(result, Level::Profile)
}

/// What blames a server, what is undecided up to a level.
fn blamed_up_to(result: &Outcome, level: Level) -> Vec<String> {
    let mut blamed: Vec<String> = result
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Fail && !finding.kit_induced)
        .map(|finding| format!("{}: {}", finding.requirement, finding.message))
        .collect();
    let may_be_undecided = level < Level::Guideline && result.verdict == Verdict::Inconclusive;
    if result.verdict != Verdict::Conformant && !may_be_undecided {
        blamed.push(result.reason.clone());
    }
    let undecided = result.scenarios.iter().filter(|scenario| {
        scenario.status == Status::Inconclusive
            && scenario.level > Level::Certification
            && scenario.level <= level
    });
    blamed.extend(undecided.map(|scenario| {
        format!(
            "{} is inconclusive: {}",
            scenario.id,
            scenario.reason.as_deref().unwrap_or("")
        )
    }));
    blamed
}

/// The table as it is committed, in the order of the faults.
pub fn write(table: &Table) -> String {
    let mut text = "\
# What falls for each fault of the reference implementation: the requirements that fail or warn, and
# the scenarios that do; where a violation of the fault's own requirement is information only, that
# it informs. Written by `tmfctk selftest --update FILE`; review every changed row: the
# fault's own requirement must be among them, and every other must fall unavoidably.
"
    .to_owned();
    let faults = faults().iter().map(|fault| (fault.name, fault.description));
    let variants = variants()
        .iter()
        .map(|variant| (variant.name, variant.description));
    for (name, description) in faults.chain(variants) {
        let Some(fallen) = table.get(name) else {
            continue;
        };
        // Quoted: a name may hold a dot.
        text += &format!("\n# {description}\n[\"{name}\"]\n");
        if !fallen.breaks.is_empty() {
            text += &format!("breaks = \"{}\"\n", fallen.breaks);
        }
        if fallen.unsteady {
            text += "unsteady = true\n";
            continue;
        }
        for (key, values) in [
            ("fails", &fallen.fails),
            ("warns", &fallen.warns),
            ("informs", &fallen.informs),
            ("scenarios", &fallen.scenarios),
        ] {
            if values.is_empty() {
                continue;
            }
            text += &format!("{key} = [\n");
            values
                .iter()
                .for_each(|value| text += &format!("  \"{value}\",\n"));
            text += "]\n";
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_row_for_each_fault_of_its_levels_and_for_each_variant() {
        let table = read(TABLE).unwrap();
        let levels: BTreeSet<_> = faults()
            .iter()
            .filter(|fault| table.contains_key(fault.name))
            .map(|fault| fault.level())
            .collect();
        let rows: BTreeSet<_> = table.keys().map(String::as_str).collect();
        let of_the_levels = faults()
            .iter()
            .filter(|fault| levels.contains(fault.level()));
        let known: BTreeSet<_> = of_the_levels
            .map(|fault| fault.name)
            .chain(variants().iter().map(|variant| variant.name))
            .collect();
        assert_eq!(rows, known);
        for fault in faults().iter().filter(|fault| rows.contains(fault.name)) {
            assert_eq!(
                table[fault.name].breaks, fault.requirement,
                "{}",
                fault.name
            );
            assert!(table[fault.name].catches(), "{} is missed", fault.name);
        }
    }

    #[test]
    fn a_written_table_reads_back() {
        let table = read(TABLE).unwrap();
        assert_eq!(read(&write(&table)).unwrap(), table);
    }

    #[test]
    fn differences_are_told_both_ways() {
        let set = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        let row = Fallen {
            fails: set(&["A", "B"]),
            ..Fallen::default()
        };
        let found = Fallen {
            fails: set(&["B", "C"]),
            ..Fallen::default()
        };
        assert_eq!(row.differences(&found), ["C fails, too", "A does not fail"]);
    }
}
