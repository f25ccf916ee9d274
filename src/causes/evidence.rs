//! What a run saw, as far as a diagnosis needs it: per violated requirement its findings, the kind
//! of the violation, and what was asked and answered.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use url::Url;

use crate::pack::Catalogue;
use crate::selftest::CaseOutcome;
use crate::terms::{Severity, Status};
use crate::verdict::{Finding, RunResult};

/// The kind of what only flaws of the official kit cause.
pub const KIT_FLAW: &str = "kit-flaw";
/// The kind of bodies that are accepted and should be refused.
const UNCHECKED: &str = "unchecked-input";
/// The kind of error answers that are not as described.
const ERRORS: &str = "errors";
/// The kind of what no kind is known of.
const OTHER: &str = "other";

/// A requirement that is violated.
#[derive(Debug, Default)]
pub struct Violated {
    /// What the gravest violation costs.
    pub severity: Option<Severity>,
    /// The places of its findings.
    pub findings: Vec<usize>,
    /// What kind of violation most of them are.
    pub kind: String,
    /// What was asked for where it showed: `GET partyInteraction/* fields`.
    pub operations: BTreeSet<String>,
    /// The statuses of the answers that show it.
    pub statuses: BTreeSet<u16>,
    /// The scenarios that saw it.
    pub scenarios: BTreeSet<String>,
    /// The words of its findings.
    pub words: BTreeSet<String>,
    kinds: BTreeMap<String, usize>,
}

/// What a run saw.
#[derive(Debug)]
pub struct Evidence<'a> {
    violated: BTreeMap<&'a str, Violated>,
    requirements: HashMap<&'a str, Status>,
    scenarios: HashMap<&'a str, Status>,
    checked: BTreeSet<&'a str>,
    statements: HashMap<&'a str, &'a str>,
}

/// An answer that shows a finding.
struct SeenAnswer {
    operation: String,
    status: Option<u16>,
}

impl<'a> Evidence<'a> {
    /// That of a result.
    pub fn of(result: &'a RunResult, catalogue: &Catalogue) -> Self {
        let answers = result.exchanges.iter().map(|exchange| {
            let status = exchange.response.as_ref().map(|response| response.status);
            let request = &exchange.request;
            let operation = operation(&result.target.url, &request.method, &request.url);
            (exchange.index, SeenAnswer { operation, status })
        });
        let requirements = result.requirements.iter();
        let scenarios = result.scenarios.iter();
        Self {
            violated: violated(&result.findings, &answers.collect(), catalogue),
            requirements: requirements
                .clone()
                .map(|requirement| (requirement.id.as_str(), requirement.status))
                .collect(),
            checked: scenarios
                .clone()
                .flat_map(|scenario| scenario.requirements.iter().map(String::as_str))
                .collect(),
            scenarios: scenarios
                .map(|scenario| (scenario.id.as_str(), scenario.status))
                .collect(),
            statements: requirements
                .map(|known| (known.id.as_str(), known.statement.as_str()))
                .collect(),
        }
    }

    /// That of a case of the self-test.
    pub fn of_case(outcome: &'a CaseOutcome, catalogue: &Catalogue) -> Self {
        let answers = outcome.answers.iter().map(|answer| {
            let operation = operation(&outcome.target, &answer.method, &answer.url);
            let status = answer.status;
            (answer.exchange, SeenAnswer { operation, status })
        });
        let scenarios = outcome.scenarios.iter();
        Self {
            violated: violated(&outcome.findings, &answers.collect(), catalogue),
            requirements: outcome
                .requirements
                .iter()
                .map(|(id, status)| (id.as_str(), *status))
                .collect(),
            checked: scenarios
                .clone()
                .flat_map(|scenario| scenario.requirements.iter().map(String::as_str))
                .collect(),
            scenarios: scenarios
                .map(|scenario| (scenario.id.as_str(), scenario.status))
                .collect(),
            statements: HashMap::new(),
        }
    }

    /// The violated requirements by their ids.
    pub const fn violated(&self) -> &BTreeMap<&'a str, Violated> {
        &self.violated
    }

    /// Whether a requirement was looked at and holds.
    pub fn holds(&self, id: &str) -> bool {
        !self.violated.contains_key(id) && self.requirements.get(id) == Some(&Status::Passed)
    }

    /// Whether a scenario came to a violation; none where it did not come to anything.
    pub fn failed(&self, scenario: &str) -> Option<bool> {
        match self.scenarios.get(scenario)? {
            Status::Failed | Status::Warned | Status::Waived => Some(true),
            Status::Passed => Some(false),
            Status::Inconclusive | Status::NotApplicable | Status::NotTested => None,
        }
    }

    /// The places of a requirement's findings.
    pub fn findings_of(&self, id: &str) -> impl Iterator<Item = usize> {
        let known = self.violated.get(id);
        known.into_iter().flat_map(|it| it.findings.iter().copied())
    }

    /// The ids of all requirements of the run.
    pub fn ids(&self) -> impl Iterator<Item = &'a str> {
        self.requirements.keys().copied()
    }

    /// Whether a scenario of the run names the requirement.
    pub fn is_checked(&self, id: &str) -> bool {
        self.checked.contains(id)
    }

    /// The rule in its own words.
    pub fn statement(&self, id: &'a str) -> &'a str {
        self.statements.get(id).copied().unwrap_or(id)
    }
}

fn violated<'a>(
    findings: &'a [Finding],
    answers: &HashMap<usize, SeenAnswer>,
    catalogue: &Catalogue,
) -> BTreeMap<&'a str, Violated> {
    let mut violated: BTreeMap<&str, Violated> = BTreeMap::new();
    for (place, finding) in findings.iter().enumerate() {
        if finding.severity == Severity::Info {
            continue;
        }
        let known = violated.entry(&finding.requirement).or_default();
        known.severity = known.severity.max(Some(finding.severity));
        known.findings.push(place);
        known.scenarios.extend(finding.scenarios.iter().cloned());
        let answer = finding.exchange.and_then(|at| answers.get(&at));
        if let Some(answer) = answer {
            known.operations.insert(answer.operation.clone());
            known.statuses.extend(answer.status);
        }
        known.words.extend(words(&finding.message));
        known
            .words
            .extend(words(finding.pointer.as_deref().unwrap_or_default()));
        known.words.extend(words(&finding.actual.to_string()));
        let area = catalogue
            .get(&finding.requirement)
            .map_or(OTHER, |known| known.area.as_str());
        *known.kinds.entry(kind(finding, answer, area)).or_default() += 1;
    }
    for known in violated.values_mut() {
        let most = known.kinds.iter().max_by_key(|(_, count)| **count);
        known.kind = most.map(|(kind, _)| kind.clone()).unwrap_or_default();
    }
    violated
}

/// What kind of violation a finding is: what only shows in error answers and what is accepted instead
/// of refused is of one kind, whatever the rule is about; else the rule's area is the kind.
fn kind(finding: &Finding, answer: Option<&SeenAnswer>, area: &str) -> String {
    if finding.kit_induced {
        return KIT_FLAW.to_owned();
    }
    let status = answer.and_then(|answer| answer.status);
    let asked = statuses(&finding.expected.to_string());
    let refusal_expected = !asked.is_empty() && asked.iter().all(|code| (400..500).contains(code));
    let creates = answer.is_some_and(|answer| answer.operation.starts_with("POST "));
    match status {
        Some(200..300) if creates && refusal_expected => UNCHECKED.to_owned(),
        // The status is right, and what comes with it is not.
        Some(400..500) if asked.is_empty() => ERRORS.to_owned(),
        _ => area.to_owned(),
    }
}

/// What was asked for, without ids and values: `GET partyInteraction/* fields`.
fn operation(base: &str, method: &str, url: &str) -> String {
    let Ok(url) = Url::parse(url) else {
        return method.to_owned();
    };
    let base = Url::parse(base).map_or_else(|_| String::new(), |base| base.path().to_owned());
    let path = url.path();
    let path = path
        .strip_prefix(base.trim_end_matches('/'))
        .unwrap_or(path);
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let first = parts.next().unwrap_or_default();
    let member = if parts.next().is_some() { "/*" } else { "" };
    let query = match url.query_pairs().next() {
        None => "",
        Some(_) if url.query_pairs().any(|(name, _)| name == "fields") => " fields",
        Some(_) => " query",
    };
    format!("{method} {first}{member}{query}")
}

/// The id of a requirement without the API: `PRO-001` of `TMF683-4-PRO-001`.
pub fn short(requirement: &str) -> &str {
    let mut hyphens = requirement.rmatch_indices('-');
    hyphens
        .nth(1)
        .map_or(requirement, |(at, _)| &requirement[at + 1..])
}

/// The status codes that a text names.
pub fn statuses(text: &str) -> BTreeSet<u16> {
    let parts = text.split(|char: char| !char.is_ascii_alphanumeric());
    parts
        .filter(|part| part.len() == 3)
        .filter_map(|part| part.parse().ok())
        .filter(|code| (100..600).contains(code))
        .collect()
}

/// The words of a text that say what it is about.
pub fn words(text: &str) -> BTreeSet<String> {
    let parts = text.split(|char: char| !char.is_alphanumeric());
    parts
        .filter(|part| part.len() > 2)
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_has_no_ids_and_values() {
        let base = "http://h/tmf-api/partyInteraction/v4/";
        let of = |method, path: &str| operation(base, method, &format!("{base}{path}"));
        assert_eq!(
            of("GET", "partyInteraction/7?fields=id"),
            "GET partyInteraction/* fields"
        );
        assert_eq!(
            of("GET", "partyInteraction?a=b"),
            "GET partyInteraction query"
        );
        assert_eq!(of("POST", "partyInteraction"), "POST partyInteraction");
        assert_eq!(of("DELETE", "hub/7"), "DELETE hub/*");
    }

    #[test]
    fn status_codes_are_numbers_of_three_digits() {
        assert_eq!(statuses("[400,422] of 2000, 7 or 999"), [400, 422].into());
    }
}
