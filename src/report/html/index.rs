//! What the parts of the page share: who refers to whom, and how much is shown.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::Serialize;

use crate::evidence::Exchange;
use crate::report::text::short;
use crate::terms::{Level, Severity, Status};
use crate::verdict::{Comparison, Finding, RequirementResult, RunResult, ScenarioResult};

/// Findings shown; the rest stands in `result.json`.
pub const FINDINGS: usize = 500;
/// Exchanges shown.
const EXCHANGES: usize = 1_000;
/// Of those that passed, lines are shown as long as there are fewer in all.
const PASSED_EXCHANGES: usize = 400;
/// Scenarios shown.
pub const SCENARIOS: usize = 2_000;
/// Entries shown of any other list.
pub const ENTRIES: usize = 200;
/// Links shown behind one entry.
pub const LINKS: usize = 12;
/// The same behind a scenario that passed.
const FEW_LINKS: usize = 3;
/// Bytes shown of a path where it stands for its exchange.
const PATH: usize = 300;
/// Bytes shown of one line of text: a message, a URL, a header's value.
pub const LINE: usize = 2_000;

/// Whether a reader should see it without asking for it.
pub const fn needs_a_look(status: Status) -> bool {
    matches!(
        status,
        Status::Failed | Status::Warned | Status::Inconclusive
    )
}

/// How much of a list is shown.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Capped {
    /// Entries of the list.
    pub total: usize,
    /// Entries shown.
    pub shown: usize,
    /// Whether some are not shown.
    pub more: bool,
}

impl Capped {
    /// At most `max` of `total`.
    pub fn new(total: usize, max: usize) -> Self {
        Self {
            total,
            shown: total.min(max),
            more: total > max,
        }
    }
}

/// A reference to an exchange.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ExchangeLink {
    /// The exchange's index.
    pub index: usize,
    /// Whether the page shows it.
    pub shown: bool,
}

/// Who refers to whom.
pub struct Index<'a> {
    /// Exchanges by their index.
    pub exchanges: HashMap<usize, &'a Exchange>,
    /// The exchanges shown.
    pub shown: HashSet<usize>,
    /// Those of them shown in full: what a finding rests on, what a scenario did that needs a look,
    /// and what the official kit asks. All else passed, and is a line.
    full: HashSet<usize>,
    /// The gravest finding that each exchange shows.
    pub gravest: HashMap<usize, Severity>,
    /// The requirements that each exchange is evidence for.
    evidence: HashMap<usize, BTreeSet<&'a str>>,
    /// The target's base URL without its last slash.
    base: &'a str,
    /// Requirements and their places by id.
    pub requirements: HashMap<&'a str, (usize, &'a RequirementResult)>,
    /// Scenarios and their places by id.
    pub scenarios: HashMap<&'a str, (usize, &'a ScenarioResult)>,
    baseline: Option<&'a Comparison>,
}

impl<'a> Index<'a> {
    pub fn new(result: &'a RunResult) -> Self {
        let mut gravest = HashMap::new();
        for finding in result.findings.iter().filter(|it| !it.is_waived()) {
            if let Some(exchange) = finding.exchange {
                let severity = gravest.entry(exchange).or_insert(finding.severity);
                *severity = finding.severity.max(*severity);
            }
        }
        // What a shown finding rests on is shown first; then the run from its beginning.
        let behind = result
            .findings
            .iter()
            .take(FINDINGS)
            .filter_map(|finding| finding.exchange);
        let known: HashMap<usize, &Exchange> = result
            .exchanges
            .iter()
            .map(|exchange| (exchange.index, exchange))
            .collect();
        let mut evidence: HashMap<usize, BTreeSet<&str>> = HashMap::new();
        let mut full: HashSet<usize> = gravest.keys().copied().collect();
        for scenario in &result.scenarios {
            if needs_a_look(scenario.status) || scenario.level == Level::Certification {
                full.extend(&scenario.exchanges);
            }
            for exchange in &scenario.exchanges {
                let requirements = scenario.requirements.iter().map(String::as_str);
                evidence.entry(*exchange).or_default().extend(requirements);
            }
        }
        let mut shown = HashSet::new();
        for index in behind.chain(result.exchanges.iter().map(|exchange| exchange.index)) {
            let most = match full.contains(&index) {
                true => EXCHANGES,
                false => PASSED_EXCHANGES,
            };
            if shown.len() < most && known.contains_key(&index) {
                shown.insert(index);
            }
        }
        Self {
            exchanges: known,
            shown,
            full,
            gravest,
            evidence,
            base: result.target.url.trim_end_matches('/'),
            requirements: result
                .requirements
                .iter()
                .enumerate()
                .map(|(place, requirement)| (requirement.id.as_str(), (place, requirement)))
                .collect(),
            scenarios: result
                .scenarios
                .iter()
                .enumerate()
                .map(|(place, scenario)| (scenario.id.as_str(), (place, scenario)))
                .collect(),
            baseline: result.baseline.as_ref(),
        }
    }

    /// Whether a finding that counts is new against the baseline.
    pub fn fate(&self, finding: &Finding) -> Option<&'static str> {
        let comparison = self.baseline.filter(|_| finding.counts())?;
        Some(if comparison.knows(finding) {
            "still"
        } else {
            "new"
        })
    }

    /// What of a URL differs between the exchanges of a run: the part after the target's own.
    pub fn path(&self, url: &str) -> String {
        let path = url
            .strip_prefix(self.base)
            .filter(|rest| rest.starts_with(['/', '?']))
            .unwrap_or(url);
        short(path, PATH)
    }

    /// Whether an exchange is shown in full.
    pub fn is_full(&self, exchange: usize) -> bool {
        self.shown.contains(&exchange) && self.full.contains(&exchange)
    }

    /// The requirements that an exchange is evidence for, for the page's filter.
    pub fn evidence(&self, exchange: usize) -> String {
        let requirements = self.evidence.get(&exchange).into_iter().flatten();
        requirements.copied().collect::<Vec<_>>().join(" ")
    }

    /// A link to an exchange that the run holds.
    pub fn exchange(&self, index: usize) -> Option<ExchangeLink> {
        self.exchanges.get(&index).map(|_| ExchangeLink {
            index,
            shown: self.shown.contains(&index),
        })
    }

    /// Links to exchanges.
    pub fn exchange_links(&self, indices: &[usize]) -> Links<ExchangeLink> {
        self.first_exchange_links(indices, LINKS)
    }

    /// Links to the exchanges of a scenario: to few where it passed.
    pub fn exchange_links_of(&self, scenario: &ScenarioResult) -> Links<ExchangeLink> {
        let most = if needs_a_look(scenario.status) {
            LINKS
        } else {
            FEW_LINKS
        };
        self.first_exchange_links(&scenario.exchanges, most)
    }

    fn first_exchange_links(&self, indices: &[usize], most: usize) -> Links<ExchangeLink> {
        let links = indices.iter().take(most);
        Links {
            links: links.filter_map(|&index| self.exchange(index)).collect(),
            more: indices.len().saturating_sub(most),
        }
    }

    /// Links to requirements.
    pub fn requirement_links<'b>(&self, ids: &'b [String]) -> Links<Link<'b>> {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        Links::new(&ids, LINKS, |id| Link {
            id,
            label: id,
            place: self.requirements.get(id).map(|(place, _)| *place),
            status: self
                .requirements
                .get(id)
                .map(|(_, requirement)| requirement.status.name()),
        })
    }

    /// Links to scenarios, by their names.
    pub fn scenario_links<'b>(&self, ids: &'b [String]) -> Links<Link<'b>>
    where
        'a: 'b,
    {
        let needs_look = |id: &&str| {
            let known = self.scenarios.get(id);
            known.is_some_and(|(_, scenario)| needs_a_look(scenario.status))
        };
        // Few of those that passed: nobody looks for them one by one.
        let (mut first, rest): (Vec<&str>, Vec<&str>) =
            ids.iter().map(String::as_str).partition(needs_look);
        let most = first.len().clamp(FEW_LINKS, LINKS);
        first.extend(rest);
        Links::new(&first, most, |id| {
            let known = self.scenarios.get(id);
            Link {
                id,
                label: known.map_or(id, |(_, scenario)| scenario.name.as_str()),
                place: known
                    .map(|(place, _)| *place)
                    .filter(|place| *place < SCENARIOS),
                status: known.map(|(_, scenario)| scenario.status.name()),
            }
        })
    }
}

/// A few links, and how many more there would be.
#[derive(Serialize)]
pub struct Links<L> {
    /// The links shown.
    pub links: Vec<L>,
    /// How many are left out.
    pub more: usize,
}

impl<'b> Links<Link<'b>> {
    fn new(ids: &[&'b str], most: usize, link: impl Fn(&'b str) -> Link<'b>) -> Self {
        Self {
            links: ids.iter().take(most).map(|id| link(id)).collect(),
            more: ids.len().saturating_sub(most),
        }
    }
}

/// A link within the page; without a place it is text.
#[derive(Serialize)]
pub struct Link<'a> {
    id: &'a str,
    label: &'a str,
    place: Option<usize>,
    status: Option<&'static str>,
}
