//! The result of a run: plain data, written as `result.json` and read back to render,
//! compares or verifies it later.
//!
//! Its keys are a published contract (`schemas/result.schema.json`, version [`SCHEMA_VERSION`]);
//! keys may be added, none renamed or removed within a version.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Comparison, Existing, Selection, Waiver, WaiverMark};
use crate::evidence::{Delivery, Exchange, LookedAt};
use crate::terms::{Level, Severity, Source, Status, Strength, Verdict};

/// The version of the result's format.
pub const SCHEMA_VERSION: u32 = 1;

/// All that one run found out.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunResult {
    /// The version of this format.
    pub schema_version: u32,
    /// What judged.
    pub kit: Harness,
    /// When and how it ran.
    pub run: Run,
    /// What was judged.
    pub target: Target,
    /// Whose product it is; null where the configuration does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// The machine that judged; null in results of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<Environment>,
    /// What the run was configured to do, defaults included; secrets are named, never shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub configuration: Vec<Setting>,
    /// The level up to which verdicts decide the exit code.
    pub gate: Level,
    /// Whether warnings counted as failures.
    pub strict: bool,
    /// The run's verdict.
    pub verdict: Verdict,
    /// One sentence that says why the verdict is what it is.
    pub reason: String,
    /// What the official kit's own report would say; null where the pack describes no kit.
    pub official_kit: Option<OfficialKit>,
    /// Whether the official kit would pass the target.
    #[serde(default)]
    pub certificate: Certificate,
    /// One entry for each level that ran, lowest first.
    pub levels: Vec<LevelResult>,
    /// Every requirement of the levels that ran, in the catalogue's order.
    pub requirements: Vec<RequirementResult>,
    /// The documents that the requirements cite, by their short names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sources: BTreeMap<String, Source>,
    /// Every violation seen, the gravest first, those that a waiver accepts last; repeats are
    /// grouped.
    pub findings: Vec<Finding>,
    /// What explains the findings, in the order in which it should be mended. Each fail and warn
    /// finding stands in exactly one.
    #[serde(default)]
    pub causes: Vec<Cause>,
    /// The accepted deviations that the run was given, and what became of each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<Waiver>,
    /// What is new against the baseline, where the run was given one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Comparison>,
    /// The optional operations, and whether the target offers them; empty where the level
    /// `operations` did not run.
    #[serde(default)]
    pub operations: Vec<OperationResult>,
    /// The verdict on records that the run did not create.
    pub existing_data: ExistingData,
    /// Every scenario that was planned, in the order of the features.
    pub scenarios: Vec<ScenarioResult>,
    /// Every request sent, with its answer, in the order of sending.
    pub exchanges: Vec<Exchange>,
    /// The listeners that the run registered at the target, and what became of them.
    #[serde(default)]
    pub subscriptions: Vec<SubscriptionResult>,
    /// Everything that arrived at the listener, in the order of arrival.
    #[serde(default)]
    pub deliveries: Vec<Delivery>,
    /// The records that the run created at the target, and what became of them.
    pub created: Vec<CreatedRecord>,
    /// Advice and limits that acted, as whole sentences for the reader.
    pub notes: Vec<String>,
}

/// The harness that judged.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Harness {
    /// Always `tmfctk`.
    pub name: String,
    /// The harness's version.
    pub version: String,
    /// The pack, for example `tmf683@4.0.0`.
    pub pack: String,
    /// The pack's title for people.
    pub pack_title: String,
    /// SHA-256 in hexadecimal over all files of the pack: what judged, down to the byte.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack_digest: Option<String>,
}

/// The setting that a run has which took any certificate.
pub const ANY_CERTIFICATE_KEY: &str = "tls.insecure";
/// What is to be known of such a run.
pub const ANY_CERTIFICATE: &str = "certificates were not checked (--insecure): whoever stood \
    between could read and change all that was sent and judged; the verdict is of whatever answered";

impl RunResult {
    /// What is to be known where the run took any certificate.
    pub fn trust_note(&self) -> Option<&'static str> {
        let took_any = self
            .configuration
            .iter()
            .any(|setting| setting.key == ANY_CERTIFICATE_KEY);
        took_any.then_some(ANY_CERTIFICATE)
    }
}

/// When and how the run took place.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// RFC 3339.
    pub started_at: String,
    /// Wall time in milliseconds.
    pub duration_ms: u64,
    /// The seed of all generated values.
    pub seed: String,
    /// Whether the run was stopped before its end.
    pub interrupted: bool,
    /// The highest level that was asked for.
    pub level: Level,
    /// The command that repeats the run, without secrets.
    pub repeat: String,
    /// Which part of the scenarios ran; null where all of the levels did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<Selection>,
    /// Whether only a part ran and no verdict follows from it: then the outcome of the selected
    /// scenarios decides the exit code.
    #[serde(default)]
    pub partial: bool,
    /// On which records it worked that were there before it; null where it created all of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub existing: Option<Existing>,
    /// What the run has left at the target: records and listeners that it created and that were
    /// seen not to be removed, or could not be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<Left>,
    /// What went wrong in the harness itself, never the target's fault. Where there is any, the
    /// exit code is 4.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub internal_errors: Vec<String>,
}

/// Something that the run has left at the target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Left {
    /// The resource, as the path of its collection calls it; `hub` for a listener.
    pub resource: String,
    /// The id that the target gave it; of a very long one the beginning.
    pub id: String,
    /// Why it is left, and what helps.
    pub why: String,
}

/// The implementation under test.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// The base URL, without credentials.
    pub url: String,
    /// True where the embedded reference implementation was judged.
    #[serde(default)]
    pub reference: bool,
}

/// The product under test, as a certification document names it. Each is null where the
/// configuration does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Subject {
    /// The company that offers the product.
    pub company: Option<String>,
    /// The product's name.
    pub product: Option<String>,
    /// The product's release.
    pub release: Option<String>,
    /// Who answers questions about it.
    pub contact: Option<String>,
}

/// Where the run took place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Environment {
    /// The operating system.
    pub os: String,
    /// The processor's architecture.
    pub architecture: String,
    /// How many processors there were; null where the system did not say.
    pub processors: Option<usize>,
}

/// One setting of the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Setting {
    /// Its name in the configuration file.
    pub key: String,
    /// Its value for people, with its unit.
    pub value: String,
}

/// The official kit's numbers for this target, predicted by replaying it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OfficialKit {
    /// The edition that was replayed.
    pub edition: String,
    /// Null when no request got an answer or the replay was not run whole.
    pub would_pass: Option<bool>,
    /// Requests of the kit that were sent.
    pub requests: usize,
    /// Assertions executed.
    pub assertions: usize,
    /// The sum of the three below.
    pub failed: usize,
    /// Assertions that failed.
    pub failed_assertions: usize,
    /// Scripts that ended in an exception.
    pub script_errors: usize,
    /// Requests without an answer.
    pub request_errors: usize,
    /// Whether these are the kit's numbers to the last one; only written where they are not, and a
    /// note says why then.
    #[serde(default = "known", skip_serializing_if = "Clone::clone")]
    pub exact: bool,
    /// The kit's own script time limit would probably end its run without a report.
    pub kit_limit_likely: bool,
    /// What the replay needed to do as the kit's runner does: redirects, cookies, compression, …
    pub notes: Vec<String>,
    /// The kit's requests in its order.
    pub details: Vec<KitRequest>,
}

impl OfficialKit {
    /// How many assertions the kit would execute, where that is known: the number of a replay that
    /// got no answer, or was not whole, says nothing.
    pub fn predicted_assertions(&self) -> Option<usize> {
        self.would_pass.map(|_| self.assertions)
    }
}

/// Numbers of which nothing else is said are exact.
const fn known() -> bool {
    true
}

/// One request of the official kit.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KitRequest {
    /// Its place in the kit, from 1.
    pub number: usize,
    /// The kit's folder, for example `N1`.
    pub folder: String,
    /// The kit's name for it.
    pub name: String,
    /// HTTP method.
    pub method: String,
    /// The URL as it was sent.
    pub url: String,
    /// The status of the final answer, null where none came.
    pub status: Option<u16>,
    /// Assertions executed in this request's script.
    pub assertions: usize,
    /// Assertions failed in this request's script.
    pub failed_assertions: usize,
    /// What ended the script early.
    pub script_error: Option<String>,
    /// Why no answer came.
    pub request_error: Option<String>,
    /// The assertions by name, repeats over list elements grouped.
    pub checks: Vec<KitAssertion>,
    /// Indices of the exchanges that belong to it.
    pub exchanges: Vec<usize>,
}

/// One assertion of the official kit, over all elements that it was executed on.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KitAssertion {
    /// The kit's name for it.
    pub name: String,
    /// How often it was executed.
    pub executed: usize,
    /// How often it failed.
    pub failed: usize,
    /// Whether every failure comes from a flaw of the kit alone.
    pub kit_induced: bool,
}

/// The verdict on one level.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LevelResult {
    /// The level.
    pub level: Level,
    /// Its verdict.
    pub verdict: Verdict,
    /// Requirements by status.
    pub counts: Counts,
}

/// Requirements by status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Requirements that hold.
    pub passed: usize,
    /// Requirements with a `fail` finding.
    pub failed: usize,
    /// Requirements with a `warn` finding and no worse.
    pub warned: usize,
    /// Requirements that could not be decided.
    pub inconclusive: usize,
    /// Requirements about what the target does not offer.
    pub not_applicable: usize,
    /// Requirements that can't be tested from outside.
    pub not_tested: usize,
    /// Requirements whose violation is accepted by a waiver.
    pub waived: usize,
}

impl Counts {
    /// Counts one more requirement of that status.
    pub const fn add(&mut self, status: Status) {
        let count = match status {
            Status::Passed => &mut self.passed,
            Status::Failed => &mut self.failed,
            Status::Warned => &mut self.warned,
            Status::Inconclusive => &mut self.inconclusive,
            Status::NotApplicable => &mut self.not_applicable,
            Status::NotTested => &mut self.not_tested,
            Status::Waived => &mut self.waived,
        };
        *count += 1;
    }

    /// All requirements counted.
    pub const fn total(&self) -> usize {
        self.passed
            + self.failed
            + self.warned
            + self.inconclusive
            + self.not_applicable
            + self.not_tested
            + self.waived
    }
}

/// What became of one requirement.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequirementResult {
    /// The stable id.
    pub id: String,
    /// Its level.
    pub level: Level,
    /// How strongly the sources put it.
    pub strength: Strength,
    /// What became of it.
    pub status: Status,
    /// Why, where the status is not `passed` or `failed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The rule in one or two sentences.
    pub statement: String,
    /// Where the rule stands.
    pub sources: Vec<String>,
    /// Ids of the scenarios that check it.
    pub scenarios: Vec<String>,
}

/// One violation seen, with all its repeats.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The requirement violated.
    pub requirement: String,
    /// The requirement's level.
    pub level: Level,
    /// What it costs.
    pub severity: Severity,
    /// One sentence.
    pub message: String,
    /// What was expected.
    pub expected: Value,
    /// What came.
    pub actual: Value,
    /// JSON pointer into the response body, where there is a place in it.
    pub pointer: Option<String>,
    /// Index of the exchange that shows it.
    pub exchange: Option<usize>,
    /// Whether only a flaw of the official kit causes it.
    pub kit_induced: bool,
    /// What to do about it, where there is advice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// The waiver that covers it, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiver: Option<WaiverMark>,
    /// Stable over runs: the same defect has the same fingerprint.
    pub fingerprint: String,
    /// How often it was seen.
    pub count: usize,
    /// Ids of the scenarios that saw it.
    pub scenarios: Vec<String>,
    /// Ids of the scenarios that could not be decided because of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocked: Vec<String>,
}

/// Whether the official kit would pass the target.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Certificate {
    /// It would.
    WouldPass,
    /// It would not.
    WouldNotPass,
    /// The replay did not run whole, or the pack knows no kit.
    #[default]
    CannotBePredicted,
}

/// What explains some findings, and is mended at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Cause {
    /// Stable over runs.
    pub id: String,
    /// What the server does wrong, in the words of people who mend servers.
    pub title: String,
    /// The fault of the reference implementation that it looks like; null where it is none of them.
    pub fault: Option<String>,
    /// How sure that is.
    pub confidence: Confidence,
    /// The kind of the violation, for advice and grouping.
    #[serde(default)]
    pub kind: String,
    /// What its gravest finding costs.
    pub severity: Severity,
    /// The lowest level that it decides.
    pub level: Level,
    /// The requirements violated, the one that is broken first.
    pub requirements: Vec<String>,
    /// The places of its findings in the result's `findings`.
    pub findings: Vec<usize>,
    /// The id of the cause that it follows from.
    pub follows: Option<String>,
    /// What to do about it.
    pub advice: String,
    /// What `--only` is given to check the repair.
    pub only: String,
}

/// How sure a diagnosis is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A known fault explains all of it, and no other does as well.
    Certain,
    /// It looks like a known fault.
    Likely,
    /// No known fault explains it; it is grouped by its kind.
    Guess,
}

/// Whether the target offers an optional operation, found out by asking for it once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OperationResult {
    /// What the features call it, for example `PATCH`.
    pub name: String,
    /// What it is, for people.
    pub about: String,
    /// Null where nothing can be said.
    pub offered: Option<bool>,
    /// How the run knows, or why it does not.
    pub reason: String,
    /// Indices of the exchanges that show it.
    pub exchanges: Vec<usize>,
    /// Ids of the requirements that are about it.
    pub requirements: Vec<String>,
}

/// The verdict on the target's older records: on its data, not on its implementation.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExistingData {
    /// Older records seen.
    pub records: usize,
    /// Older records that violate at least one rule.
    pub violating: usize,
    /// The rules violated, each with the records that violate it.
    pub findings: Vec<DataFinding>,
}

/// One rule that older records violate.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DataFinding {
    /// The requirement violated.
    pub requirement: String,
    /// The violated attribute as a JSON pointer.
    pub pointer: String,
    /// One sentence.
    pub message: String,
    /// How many records.
    pub count: usize,
    /// Ids of some of the records.
    pub records: Vec<String>,
}

/// What became of one scenario.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScenarioResult {
    /// Stable id: the feature's file name and the scenario's name, for example
    /// `retrieve/unknown-id`.
    pub id: String,
    /// The scenario's name.
    pub name: String,
    /// The feature's name.
    pub feature: String,
    /// Its level.
    pub level: Level,
    /// The requirements that it checks.
    pub requirements: Vec<String>,
    /// What became of it.
    pub status: Status,
    /// Why, where it did not pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Wall time in milliseconds.
    pub duration_ms: u64,
    /// Its steps.
    pub steps: Vec<StepResult>,
    /// Indices of the exchanges that it sent or read.
    pub exchanges: Vec<usize>,
    /// What it looked back at, where it judges what other scenarios received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looked_at: Option<LookedAt>,
    /// Of a walk that found something, a feature that shows it with the fewest steps, for
    /// `--features`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shortest: Option<String>,
}

/// What became of one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StepResult {
    /// `Given`, `When`, `Then`, `And`, `But`.
    pub keyword: String,
    /// The step's text.
    pub text: String,
    /// What became of it.
    pub status: StepStatus,
    /// Why, where it did not pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The step's data table, row by row, header first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub table: Vec<Vec<String>>,
}

/// What became of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StepStatus {
    /// It holds.
    Passed,
    /// It is violated at severity `fail`.
    Failed,
    /// It is violated at severity `warn`.
    Warned,
    /// It could not be decided.
    Inconclusive,
    /// It is about what the target does not offer.
    NotApplicable,
    /// It is violated, and a waiver accepts that.
    Waived,
    /// An earlier step ended the scenario.
    Skipped,
}

/// A listener that the run registered at the target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionResult {
    /// What the scenarios call it.
    pub name: String,
    /// The id that the target gave it; null where it gave none.
    pub id: Option<String>,
    /// The callback that was registered.
    pub callback: String,
    /// The query that was registered.
    pub query: Option<String>,
    /// The exchange that registered it.
    pub exchange: usize,
    /// Whether it was removed.
    pub removed: bool,
    /// Why it was left, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A record that the run created at the target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedRecord {
    /// The id that the target gave it; of a very long one the beginning.
    pub id: String,
    /// The record's URL; that of the collection where the id is longer than a URL may be.
    pub url: String,
    /// Whether it was gone at the end.
    pub deleted: bool,
    /// Why it was left, where it was; that another record has its id now, where that is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
