//! Does the suite catch what it should? The results of runs against the reference implementation
//! with each fault and variant, compared with the committed table of what each makes fail.
//!
//! Pure: results in, differences out. The command runs them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::reference::{faults, variants};
use crate::terms::{Level, Severity, Status, Verdict};
use crate::verdict::{Finding, Run, RunResult};

/// The committed table: one line for each fault and variant.
pub const TABLE: &str = include_str!("../selftest/faults.toml");

/// The header of runs whose fault shows only where the server asks for credentials.
pub const CREDENTIAL: &str = "Authorization: Bearer of-nobody-but-the-reference";

/// What a case is judged by: a result without its evidence, which is most of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct CaseOutcome {
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
    /// The target's base URL.
    pub target: String,
    /// The answers that show a finding.
    pub answers: Vec<AnswerOutcome>,
}

/// An answer that shows a finding, without its body.
#[derive(Debug, Serialize, Deserialize)]
pub struct AnswerOutcome {
    /// The index of its exchange.
    pub exchange: usize,
    /// The method of the request.
    pub method: String,
    /// Its URL.
    pub url: String,
    /// The status; none where no answer came.
    pub status: Option<u16>,
}

/// The outcome of a scenario.
#[derive(Debug, Serialize, Deserialize)]
pub struct ScenarioOutcome {
    /// Its id.
    pub id: String,
    /// Its level.
    pub level: Level,
    /// The requirements that it checks.
    pub requirements: Vec<String>,
    /// Its status.
    pub status: Status,
    /// The reason for it, where there is one.
    pub reason: Option<String>,
}

impl From<&RunResult> for CaseOutcome {
    fn from(result: &RunResult) -> Self {
        let shown: BTreeSet<usize> = result
            .findings
            .iter()
            .filter_map(|finding| finding.exchange)
            .collect();
        let answers = result.exchanges.iter();
        Self {
            target: result.target.url.clone(),
            answers: answers
                .filter(|exchange| shown.contains(&exchange.index))
                .map(|exchange| AnswerOutcome {
                    exchange: exchange.index,
                    method: exchange.request.method.clone(),
                    url: exchange.request.url.clone(),
                    status: exchange.response.as_ref().map(|response| response.status),
                })
                .collect(),
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
                    requirements: scenario.requirements.clone(),
                    status: scenario.status,
                    reason: scenario.reason.clone(),
                })
                .collect(),
        }
    }
}

/// What a fault makes fail, exactly. Requirements are named without the API, as in `PRO-001`.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExpectedFailures {
    /// The requirement that the fault breaks; empty for a variant, which breaks none.
    pub breaks: String,
    /// The failures depend on the order of the requests: only that there is one is asked.
    pub unsteady: bool,
    /// The requirements that fail.
    pub fails: BTreeSet<String>,
    /// The requirements that warn.
    pub warns: BTreeSet<String>,
    /// The requirement that the fault breaks, where a violation of it is information only.
    pub informs: BTreeSet<String>,
    /// The scenarios of the broken requirement that fail or warn.
    pub scenarios: BTreeSet<String>,
}

/// The expected failures of each fault and variant, by its name.
pub type Table = BTreeMap<String, ExpectedFailures>;

/// Reads a table; the error names line and column.
pub fn read(text: &str) -> Result<Table, String> {
    toml::from_str(text).map_err(|error| error.to_string())
}

/// The requirement that each fault breaks, and what the server does wrong, by the fault's name.
pub fn faults_by_name() -> BTreeMap<&'static str, (&'static str, &'static str)> {
    let faults = faults().iter();
    faults
        .map(|fault| (fault.name, (fault.requirement, fault.description)))
        .collect()
}

/// The id of a requirement without the API: `PRO-001` of `TMF683-4-PRO-001`.
fn short(requirement: &str) -> &str {
    let mut hyphens = requirement.rmatch_indices('-');
    hyphens
        .nth(1)
        .map_or(requirement, |(at, _)| &requirement[at + 1..])
}

impl ExpectedFailures {
    /// The failures of a run against a server whose fault breaks a requirement, named by its full
    /// id.
    pub fn found(breaks: &str, result: &CaseOutcome) -> Self {
        let with = |status: Status| -> BTreeSet<String> {
            let requirements = result.requirements.iter();
            requirements
                .filter(|(_, found)| *found == status)
                .map(|(id, _)| short(id).to_owned())
                .collect()
        };
        let fails = with(Status::Failed);
        let warns = with(Status::Warned);
        let informs = result
            .findings
            .iter()
            .filter(|finding| finding.requirement == breaks)
            .map(|finding| short(&finding.requirement))
            .filter(|id| !fails.contains(*id) && !warns.contains(*id))
            .map(str::to_owned)
            .collect();
        let scenarios = result.scenarios.iter().filter(|scenario| {
            matches!(scenario.status, Status::Failed | Status::Warned)
                && scenario.requirements.iter().any(|id| id == breaks)
        });
        Self {
            breaks: short(breaks).to_owned(),
            unsteady: false,
            fails,
            warns,
            informs,
            scenarios: scenarios.map(|scenario| scenario.id.clone()).collect(),
        }
    }

    /// Whether the requirement that the fault breaks is among those that fail, warn or inform.
    pub fn catches(&self) -> bool {
        self.unsteady
            || self.breaks.is_empty()
            || self.fails.contains(&self.breaks)
            || self.warns.contains(&self.breaks)
            || self.informs.contains(&self.breaks)
    }

    /// The inside of its inline table.
    fn columns(&self) -> String {
        let mut columns = Vec::new();
        if !self.breaks.is_empty() {
            columns.push(format!("breaks = \"{}\"", self.breaks));
        }
        if self.unsteady {
            columns.push("unsteady = true".to_owned());
        }
        for (key, values) in [
            ("fails", &self.fails),
            ("warns", &self.warns),
            ("informs", &self.informs),
            ("scenarios", &self.scenarios),
        ] {
            if !values.is_empty() && !self.unsteady {
                // A debug representation of ids is a TOML array.
                columns.push(format!("{key} = {:?}", Vec::from_iter(values)));
            }
        }
        if columns.is_empty() {
            return String::new();
        }
        format!(" {} ", columns.join(", "))
    }

    /// The differences between what was found and what the table says, a clause each.
    pub fn differences(&self, found: &Self) -> Vec<String> {
        let mut parts = Vec::new();
        for (row, found, verb) in [
            (&self.fails, &found.fails, "fails"),
            (&self.warns, &found.warns, "warns"),
            (&self.informs, &found.informs, "informs"),
            (&self.scenarios, &found.scenarios, "fails"),
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
/// own flaws. Warnings do not blame; the table names those that a variant has.
pub fn blamed(result: &CaseOutcome) -> Vec<String> {
    blamed_up_to(result, Level::Guideline)
}

/// What a server is blamed for that refuses more than the profile asks for: above the profile its
/// verdict may stay undecided.
pub fn blamed_though_narrow(result: &CaseOutcome) -> Vec<String> {
    blamed_up_to(result, Level::Profile)
}

/// What a server is blamed for that the official kit fails, above that kit's level.
pub fn blamed_beside_kit(result: &CaseOutcome) -> Vec<String> {
    let mut blamed = failures(result, Level::Profile);
    blamed.extend(undecided(result, Level::Guideline));
    blamed
}

/// The failures from a level on.
fn failures(result: &CaseOutcome, from: Level) -> Vec<String> {
    let findings = result.findings.iter();
    findings
        .filter(|finding| finding.severity == Severity::Fail && !finding.kit_induced)
        .filter(|finding| finding.level >= from)
        .map(|finding| format!("{}: {}", finding.requirement, finding.message))
        .collect()
}

/// What a server is blamed for, scenarios that are undecided up to a level included.
fn blamed_up_to(result: &CaseOutcome, level: Level) -> Vec<String> {
    let mut blamed = failures(result, Level::Certification);
    let may_be_undecided = level < Level::Guideline && result.verdict == Verdict::Inconclusive;
    if result.verdict != Verdict::Conformant && !may_be_undecided {
        blamed.push(result.reason.clone());
    }
    blamed.extend(undecided(result, level));
    blamed
}

/// The scenarios above certification that are undecided up to a level.
fn undecided(result: &CaseOutcome, level: Level) -> Vec<String> {
    let undecided = result.scenarios.iter().filter(|scenario| {
        scenario.status == Status::Inconclusive
            && scenario.level > Level::Certification
            && scenario.level <= level
    });
    let blame = undecided.map(|scenario| {
        format!(
            "{} is inconclusive: {}",
            scenario.id,
            scenario.reason.as_deref().unwrap_or("")
        )
    });
    blame.collect()
}

/// The table as it is committed: a line each, in the order of the faults.
pub fn write(table: &Table) -> String {
    let mut text = "\
# What each fault of the reference implementation makes fail, a line each: the requirement that it
# breaks, those that fail or warn, and the scenarios of the broken one that do. A requirement whose
# violation is information only informs. The failures of an unsteady fault depend on the order of
# the requests. Variants may warn. Written by `tmfctk selftest --update FILE`; review each changed
# line: the fault's own requirement must be in it, and every other must fail unavoidably.
"
    .to_owned();
    let faults = faults().iter().map(|fault| (fault.level(), fault.name));
    let variants = variants().iter().map(|variant| ("variants", variant.name));
    let mut heading = "";
    for (group, name) in faults.chain(variants) {
        let Some(row) = table.get(name) else {
            continue;
        };
        if group != heading {
            text += &format!("\n# {group}\n");
            heading = group;
        }
        // A name with a dot would be two keys.
        let quote = if name.contains('.') { "\"" } else { "" };
        text += &format!("{quote}{name}{quote} = {{{}}}\n", row.columns());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_line_for_each_fault_of_its_levels_and_for_each_variant() {
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
            let breaks = short(fault.requirement);
            assert_eq!(table[fault.name].breaks, breaks, "{}", fault.name);
            assert!(table[fault.name].catches(), "{} is missed", fault.name);
        }
    }

    #[test]
    fn the_table_is_committed_as_it_is_written() {
        let table = read(TABLE).unwrap();
        assert_eq!(write(&table), TABLE);
        assert!(TABLE.lines().count() < 2_000);
    }

    #[test]
    fn differences_are_named_both_ways() {
        let set = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        let row = ExpectedFailures {
            fails: set(&["A", "B"]),
            ..ExpectedFailures::default()
        };
        let found = ExpectedFailures {
            fails: set(&["B", "C"]),
            ..ExpectedFailures::default()
        };
        assert_eq!(row.differences(&found), ["C fails, too", "A does not fail"]);
    }
}
