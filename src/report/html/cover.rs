//! The first screen: subject, verdict, levels, the findings that matter most, and what was left
//! out.

use std::cmp::Reverse;
use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;

use super::index::LINE;
use crate::report::text::short;
use crate::terms::{Level, Severity, Status};
use crate::verdict::{
    Cause, Confidence, Counts, Finding, LevelResult, OfficialKit, RunResult, Subject,
};

/// Findings named on the first screen.
const HIGHLIGHTS: usize = 5;
/// Reasons named on the first screen why requirements were left out.
const REASONS: usize = 6;
/// The width of a level's bar in its own units.
const BAR: usize = 1_000;
/// The narrowest segment that can still be seen.
const NARROWEST: usize = 14;

/// The first screen.
#[derive(Serialize)]
pub struct Cover<'a> {
    title: &'a str,
    pack: &'a str,
    version: &'a str,
    url: String,
    /// The target's URL where it is safe to follow.
    link: Option<&'a str>,
    reference: bool,
    subject: Option<&'a Subject>,
    date: String,
    duration_micros: u64,
    seed: &'a str,
    level: Level,
    gate: Level,
    strict: bool,
    interrupted: bool,
    selection: Option<Selected>,
    existing: Option<OnExisting>,
    verdict: &'static str,
    reason: String,
    /// What decides the exit code, where it is not the verdict alone.
    decision: Option<String>,
    /// Requirements whose violation is accepted.
    waived: usize,
    strip: Vec<Mini>,
    kit: Option<KitWord>,
    certificate: &'static str,
    certificate_verdict: &'static str,
    conformance: Mend,
    /// What it means for a submission, where the two disagree.
    submission: Option<String>,
    causes: Vec<First<'a>>,
    more_causes: usize,
    highlights: Vec<Highlight>,
    more: usize,
    left_out: Vec<LeftOut>,
    more_left_out: usize,
}

/// What the run looked at that it had not created.
#[derive(Serialize)]
struct OnExisting {
    read_only: bool,
    records: usize,
    withheld: usize,
    scenarios: usize,
}

/// A cause on the first screen.
#[derive(Serialize)]
struct First<'a> {
    id: &'a str,
    likely: bool,
    title: &'a str,
    status: &'static str,
    level: Level,
    count: usize,
}

impl<'a> First<'a> {
    fn new(cause: &'a Cause) -> Self {
        Self {
            id: &cause.id,
            likely: cause.confidence == Confidence::Likely,
            title: &cause.title,
            status: severity_status(cause.severity),
            level: cause.level,
            count: cause.findings.len(),
        }
    }
}

/// What is to be mended for conformance.
#[derive(Serialize, Debug, Clone)]
pub struct Mend {
    verdict: &'static str,
    mend: usize,
    beyond: usize,
}

impl Mend {
    /// That of a result.
    pub fn new(result: &RunResult) -> Self {
        let conformance = result.conformance();
        Self {
            verdict: conformance.verdict.name(),
            mend: conformance.mend,
            beyond: conformance.beyond,
        }
    }
}

/// Which part of the scenarios ran.
#[derive(Serialize)]
struct Selected {
    options: String,
    selected: usize,
    all: usize,
}

/// A level with its verdict and how much of it is met, in the row of small seals.
#[derive(Serialize)]
struct Mini {
    level: Level,
    verdict: &'static str,
    passed: usize,
    total: usize,
    segments: Vec<Segment>,
}

/// What the official kit would say, in one line.
#[derive(Serialize)]
struct KitWord {
    verdict: &'static str,
    /// Where they are predicted.
    assertions: Option<usize>,
    failed: usize,
}

/// One of the requirements named on the first screen that are violated: the rule in its own words,
/// then what was seen.
#[derive(Serialize)]
struct Highlight {
    place: usize,
    status: &'static str,
    level: Level,
    requirement: String,
    /// None where the catalogue does not know it.
    statement: Option<String>,
    message: String,
    /// Further findings about the same requirement.
    others: usize,
    kit_induced: bool,
}

/// Requirements that say nothing about the target, for one reason.
#[derive(Serialize)]
struct LeftOut {
    status: Status,
    reason: String,
    count: usize,
}

impl<'a> Cover<'a> {
    /// The cover of a result.
    pub fn new(result: &'a RunResult) -> Self {
        let (highlights, more) = highlights(result);
        let (left_out, more_left_out) = left_out(result);
        Self {
            title: &result.kit.pack_title,
            pack: &result.kit.pack,
            version: &result.kit.version,
            url: short(&result.target.url, LINE),
            link: safe_link(&result.target.url),
            reference: result.target.reference,
            subject: result.subject.as_ref(),
            date: date(&result.run.started_at),
            duration_micros: result.run.duration_ms.saturating_mul(1_000),
            seed: &result.run.seed,
            level: result.run.level,
            gate: result.gate,
            strict: result.strict,
            interrupted: result.run.interrupted,
            selection: result.run.selection.as_ref().map(|selection| Selected {
                options: short(&selection.options.join(" "), LINE),
                selected: selection.scenarios,
                all: selection.scenarios + selection.left_out,
            }),
            existing: result.run.existing.as_ref().map(|existing| OnExisting {
                read_only: existing.read_only,
                records: existing.records.len(),
                withheld: existing.withheld,
                scenarios: existing.scenarios,
            }),
            verdict: result.verdict.name(),
            reason: short(&result.reason, LINE),
            decision: result.decision().reason,
            waived: result.levels.iter().map(|level| level.counts.waived).sum(),
            strip: Level::ALL
                .into_iter()
                .map(|level| Mini::new(level, result))
                .collect(),
            kit: result.official_kit.as_ref().map(|kit| KitWord {
                verdict: kit_verdict(kit),
                assertions: kit.predicted_assertions(),
                failed: kit.failed,
            }),
            // Where there are causes, they matter more than single findings.
            highlights: if result.causes.is_empty() {
                highlights
            } else {
                Vec::new()
            },
            more,
            causes: result
                .causes
                .iter()
                .take(HIGHLIGHTS)
                .map(First::new)
                .collect(),
            more_causes: result.causes.len().saturating_sub(HIGHLIGHTS),
            certificate: result.certificate().name(),
            certificate_verdict: result.certificate().verdict().name(),
            conformance: Mend::new(result),
            submission: result.submission(),
            left_out,
            more_left_out,
        }
    }
}

impl Mini {
    fn new(level: Level, result: &RunResult) -> Self {
        let card = LevelCard::new(level, result);
        Self {
            level,
            verdict: card.verdict,
            passed: result
                .levels
                .iter()
                .find(|ran| ran.level == level)
                .map_or(0, |ran| ran.counts.passed),
            total: card.total,
            segments: card.segments,
        }
    }
}

/// The gravest violated requirements, each once, and how many more are violated.
fn highlights(result: &RunResult) -> (Vec<Highlight>, usize) {
    let mut seen: Vec<(&str, usize, usize)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    let grave = result.findings.iter().enumerate();
    for (place, finding) in grave.filter(|(_, finding)| finding.counts()) {
        let id = finding.requirement.as_str();
        let at = *places.entry(id).or_insert_with(|| {
            seen.push((id, place, 0));
            seen.len() - 1
        });
        seen[at].2 += 1;
    }
    let shown = seen.iter().take(HIGHLIGHTS).map(|&(id, place, count)| {
        let finding = &result.findings[place];
        let mut catalogue = result.requirements.iter();
        let known = catalogue.find(|requirement| requirement.id == id);
        Highlight {
            place,
            status: finding_status(finding),
            level: finding.level,
            requirement: short(id, LINE),
            statement: known.map(|requirement| short(&requirement.statement, LINE)),
            message: short(&finding.message, LINE),
            others: count - 1,
            kit_induced: finding.kit_induced,
        }
    });
    (shown.collect(), seen.len().saturating_sub(HIGHLIGHTS))
}

/// Why requirements say nothing about the target, the most frequent reason first, and how many
/// requirements have reasons that are not among those shown.
fn left_out(result: &RunResult) -> (Vec<LeftOut>, usize) {
    let mut reasons: Vec<LeftOut> = Vec::new();
    for requirement in &result.requirements {
        let status = requirement.status;
        if !matches!(status, Status::NotApplicable | Status::NotTested) {
            continue;
        }
        let reason = short(requirement.reason.as_deref().unwrap_or_default(), LINE);
        let mut known = reasons.iter_mut();
        match known.find(|known| known.status == status && known.reason == reason) {
            Some(known) => known.count += 1,
            None => reasons.push(LeftOut {
                status,
                reason,
                count: 1,
            }),
        }
    }
    reasons.sort_by_key(|reason| Reverse(reason.count));
    let rest = reasons.split_off(reasons.len().min(REASONS));
    (reasons, rest.iter().map(|reason| reason.count).sum())
}

/// The status that a finding gives to its requirement; information gives none.
pub fn finding_status(finding: &Finding) -> &'static str {
    if finding.is_waived() {
        return "waived";
    }
    severity_status(finding.severity)
}

/// The status that a finding's severity gives to a requirement where no waiver accepts it.
pub const fn severity_status(severity: Severity) -> &'static str {
    match severity {
        Severity::Fail => "failed",
        Severity::Warn => "warned",
        Severity::Info => "info",
    }
}

fn level_verdict(result: &RunResult, level: Level) -> &'static str {
    let ran = result.levels.iter().find(|ran| ran.level == level);
    ran.map_or("not-run", |ran| ran.verdict.name())
}

/// The prediction of the official kit as a verdict.
pub const fn kit_verdict(kit: &OfficialKit) -> &'static str {
    match kit.would_pass {
        Some(true) => "conformant",
        Some(false) => "non-conformant",
        None => "inconclusive",
    }
}

/// The URL, where following it only opens a page: `javascript:` and `data:` do more.
fn safe_link(text: &str) -> Option<&str> {
    let url = url::Url::parse(text).ok()?;
    (matches!(url.scheme(), "http" | "https") && text.len() <= LINE).then_some(text)
}

/// `2026-07-29 14:03:05 UTC`, or the text as it is where it is not a timestamp.
pub fn date(rfc3339: &str) -> String {
    rfc3339.parse::<Timestamp>().map_or_else(
        |_| short(rfc3339, LINE),
        |timestamp| timestamp.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
    )
}

/// One level with its seal.
#[derive(Serialize)]
pub struct LevelCard {
    level: Level,
    verdict: &'static str,
    ran: bool,
    gated: bool,
    counts: Vec<Count>,
    total: usize,
    segments: Vec<Segment>,
}

/// How many requirements have one status.
#[derive(Serialize)]
pub struct Count {
    status: &'static str,
    count: usize,
}

/// A piece of a level's bar.
#[derive(Serialize)]
struct Segment {
    status: &'static str,
    x: usize,
    width: usize,
}

impl LevelCard {
    /// Every level, also those that did not run: their absence is part of the report.
    pub fn all(result: &RunResult) -> Vec<Self> {
        Level::ALL
            .into_iter()
            .map(|level| Self::new(level, result))
            .collect()
    }

    fn new(level: Level, result: &RunResult) -> Self {
        let ran: Option<&LevelResult> = result.levels.iter().find(|ran| ran.level == level);
        let counts = ran.map(|ran| counts(&ran.counts)).unwrap_or_default();
        Self {
            level,
            verdict: level_verdict(result, level),
            ran: ran.is_some(),
            gated: level <= result.gate,
            total: ran.map_or(0, |ran| ran.counts.total()),
            segments: segments(&counts),
            counts,
        }
    }
}

/// The counts that are not zero, the best first.
pub fn counts(counts: &Counts) -> Vec<Count> {
    [
        ("passed", counts.passed),
        ("failed", counts.failed),
        ("warned", counts.warned),
        ("inconclusive", counts.inconclusive),
        ("waived", counts.waived),
        ("not-applicable", counts.not_applicable),
        ("not-tested", counts.not_tested),
    ]
    .into_iter()
    .filter(|(_, count)| *count > 0)
    .map(|(status, count)| Count { status, count })
    .collect()
}

/// Pieces in proportion, but none too narrow to be seen: one failure among a hundred must show.
fn segments(counts: &[Count]) -> Vec<Segment> {
    let total: usize = counts.iter().map(|count| count.count).sum();
    let widths: Vec<usize> = counts
        .iter()
        .map(|count| (count.count * BAR / total.max(1)).max(NARROWEST))
        .collect();
    let wide: usize = widths.iter().sum();
    let mut x = 0;
    counts
        .iter()
        .zip(widths)
        .map(|(count, width)| {
            let width = width * BAR / wide.max(1);
            let segment = Segment {
                status: count.status,
                x,
                width,
            };
            x += width;
            segment
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_pages_are_linked() {
        assert!(safe_link("https://h/x").is_some());
        for unsafe_url in [
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc",
            "//h",
        ] {
            assert_eq!(safe_link(unsafe_url), None, "{unsafe_url}");
        }
    }

    #[test]
    fn one_failure_among_hundreds_is_still_seen() {
        let counts = counts(&Counts {
            passed: 900,
            failed: 1,
            ..Counts::default()
        });
        let segments = segments(&counts);
        assert!(segments[1].width >= NARROWEST - 1);
        assert!(segments[1].x + segments[1].width <= BAR);
    }

    #[test]
    fn dates_read_as_dates() {
        assert_eq!(date("2026-07-29T14:03:05.123Z"), "2026-07-29 14:03:05 UTC");
        assert_eq!(date("yesterday"), "yesterday");
    }
}
