//! The smaller sections: the requirements matrix, the data that was there before, and the record
//! of the run.

use serde::Serialize;

use super::index::{Capped, ENTRIES, Index, LINE, LINKS, Link, Links, needs_a_look};
use crate::report::text::short;
use crate::terms::{Level, Status, Strength};
use crate::verdict::{CreatedRecord, DataFinding, Environment, ExistingData, RunResult};

/// One line of the requirements matrix.
#[derive(Serialize)]
struct RequirementRow<'a> {
    id: &'a str,
    level: Level,
    strength: Strength,
    status: Status,
    reason: Option<&'a str>,
    statement: &'a str,
    sources: &'a [String],
    scenarios: Links<Link<'a>>,
    /// What explains that it failed.
    cause: Option<CauseLink<'a>>,
}

/// A link to a cause.
#[derive(Serialize)]
struct CauseLink<'a> {
    id: &'a str,
    title: String,
}

/// The first cause that a requirement has a part in.
fn cause_of<'a>(result: &'a RunResult, requirement: &str) -> Option<CauseLink<'a>> {
    let mut causes = result.causes.iter();
    let cause = causes.find(|cause| cause.requirements.iter().any(|id| id == requirement))?;
    Some(CauseLink {
        id: &cause.id,
        title: short(&cause.title, LINE),
    })
}

/// The requirements of one level.
#[derive(Serialize)]
pub struct RequirementGroup<'a> {
    level: Level,
    /// Whether something in it is worth being seen at once.
    open: bool,
    rows: Vec<RequirementRow<'a>>,
}

/// The matrix: by level, within a level in the catalogue's order.
pub fn requirement_groups<'a>(
    result: &'a RunResult,
    index: &Index<'a>,
) -> Vec<RequirementGroup<'a>> {
    let mut groups: Vec<RequirementGroup<'a>> = Vec::new();
    for level in Level::ALL {
        let rows: Vec<RequirementRow<'a>> = result
            .requirements
            .iter()
            .filter(|requirement| requirement.level == level)
            .map(|requirement| RequirementRow {
                id: &requirement.id,
                level,
                strength: requirement.strength,
                status: requirement.status,
                reason: requirement.reason.as_deref(),
                statement: &requirement.statement,
                sources: &requirement.sources,
                scenarios: index.scenario_links(&requirement.scenarios),
                cause: cause_of(result, &requirement.id),
            })
            .collect();
        if !rows.is_empty() {
            let open = rows.iter().any(|row| needs_a_look(row.status));
            groups.push(RequirementGroup { level, open, rows });
        }
    }
    groups
}

/// The verdict on older records.
#[derive(Serialize)]
pub struct Data<'a> {
    records: usize,
    violating: usize,
    count: Capped,
    findings: Vec<DataRow<'a>>,
}

#[derive(Serialize)]
struct DataRow<'a> {
    requirement: &'a str,
    pointer: String,
    message: String,
    count: usize,
    records: Vec<String>,
    more: usize,
}

impl<'a> Data<'a> {
    /// The section on older records.
    pub fn new(data: &'a ExistingData) -> Self {
        Self {
            records: data.records,
            violating: data.violating,
            count: Capped::new(data.findings.len(), ENTRIES),
            findings: data.findings.iter().take(ENTRIES).map(row).collect(),
        }
    }
}

fn row(finding: &DataFinding) -> DataRow<'_> {
    let records: Vec<String> = finding
        .records
        .iter()
        .take(LINKS)
        .map(|id| short(id, LINE))
        .collect();
    DataRow {
        requirement: &finding.requirement,
        pointer: short(&finding.pointer, LINE),
        message: short(&finding.message, LINE),
        count: finding.count,
        more: finding.count.saturating_sub(records.len()),
        records,
    }
}

/// What the run left behind, what it has to say besides, and how to repeat it.
#[derive(Serialize)]
pub struct Record<'a> {
    created: Vec<CreatedRow<'a>>,
    count: Capped,
    left: usize,
    notes: Vec<String>,
    repeat: &'a str,
    judge: Judge<'a>,
    configuration: Vec<SettingRow<'a>>,
}

/// What judged, down to the byte, and where.
#[derive(Serialize)]
struct Judge<'a> {
    version: &'a str,
    pack: &'a str,
    pack_digest: Option<&'a str>,
    environment: Option<&'a Environment>,
}

#[derive(Serialize)]
struct SettingRow<'a> {
    key: &'a str,
    value: String,
}

#[derive(Serialize)]
struct CreatedRow<'a> {
    id: String,
    url: String,
    deleted: bool,
    reason: Option<&'a str>,
}

impl<'a> Record<'a> {
    /// The record of a run.
    pub fn new(result: &'a RunResult) -> Self {
        // What was left is what the reader must act on: it comes first.
        let mut created: Vec<&CreatedRecord> = result.created.iter().collect();
        created.sort_by_key(|record| (record.deleted, record.reason.is_none()));
        Self {
            count: Capped::new(created.len(), ENTRIES),
            left: created.iter().filter(|record| !record.deleted).count(),
            created: created
                .into_iter()
                .take(ENTRIES)
                .map(|record| CreatedRow {
                    id: short(&record.id, LINE),
                    url: short(&record.url, LINE),
                    deleted: record.deleted,
                    reason: record.reason.as_deref(),
                })
                .collect(),
            notes: result
                .notes
                .iter()
                .take(ENTRIES)
                .map(|note| short(note, LINE))
                .collect(),
            repeat: &result.run.repeat,
            judge: Judge {
                version: &result.kit.version,
                pack: &result.kit.pack,
                pack_digest: result.kit.pack_digest.as_deref(),
                environment: result.environment.as_ref(),
            },
            configuration: result
                .configuration
                .iter()
                .take(ENTRIES)
                .map(|setting| SettingRow {
                    key: &setting.key,
                    value: short(&setting.value, LINE),
                })
                .collect(),
        }
    }
}
