//! Every answer of the run is held against the pack's rules when it comes; scenarios tagged
//! `@review` ask at the end what was seen.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use serde_json::Value;

use crate::pack::{Pack, PackError, RuleSet};
use crate::schema::{Claims, Rules, SchemaError, SchemaSet, Violation};
use crate::terms::{Level, Severity};

/// A violation that the review saw, with all its repeats.
#[derive(Debug, Clone)]
pub struct Reviewed {
    /// The requirement that claims it.
    pub requirement: String,
    /// What the fair rules allow at most.
    pub at_most: Option<Severity>,
    /// Why they do.
    pub why: Option<String>,
    /// The first one seen.
    pub violation: Violation,
    /// JSON pointer into the whole body.
    pub pointer: String,
    /// The exchange that shows the first one.
    pub exchange: usize,
    /// How often it was seen.
    pub count: usize,
}

/// What the review needs to know of an answer as a whole.
#[derive(Debug, Clone)]
pub struct AnswerFacts {
    /// Index of the exchange.
    pub exchange: usize,
    /// `GET /path -> 200`.
    pub line: String,
    /// The status.
    pub status: u16,
    /// The Content-Type header.
    pub content_type: Option<String>,
    /// Whether a body came.
    pub has_body: bool,
    /// Why the body is not UTF-8, where it is none.
    pub not_utf8: Option<String>,
    /// What an error says of the inside of the server: what it is, and the part that shows it.
    pub internals: Option<(&'static str, String)>,
    /// What its form may cost at most, where that is less than the catalogue says: the harness also
    /// asks for what the API description does not know.
    pub at_most: Option<Severity>,
    /// The level of the scenario that asked.
    pub level: Option<Level>,
}

impl AnswerFacts {
    /// What its form may cost at most a requirement of that level: a request of a higher level can't
    /// make a lower one fail.
    pub fn at_most_for(&self, level: Option<Level>) -> Option<Severity> {
        let higher = self.level > level && level.is_some();
        let by_level = higher.then_some(Severity::Warn);
        self.at_most.into_iter().chain(by_level).min()
    }
}

/// What older records violate.
#[derive(Debug, Clone, Default)]
pub struct Audit {
    /// Older records seen.
    pub records: usize,
    /// Those that violate a rule.
    pub violating: usize,
    /// By requirement and place: a message, how many, and the ids of some.
    pub findings: BTreeMap<(String, String), (String, usize, Vec<String>)>,
}

/// The pack's rules and what was seen of them.
#[derive(Debug)]
pub(super) struct Review {
    pub(super) sets: Vec<(bool, Arc<Rules>)>,
    pub(super) representation: String,
    pub(super) error: String,
    pub(super) seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Places at which representations hold a value, array indices as `*`.
    pub(super) places: BTreeSet<String>,
    pub(super) representations: usize,
    /// The exchanges in which they came.
    pub(super) exchanges: BTreeSet<usize>,
    pub(super) violations: Vec<Reviewed>,
    pub(super) known: HashMap<String, usize>,
    pub(super) answers: Vec<Arc<AnswerFacts>>,
    pub(super) audit: Audit,
}

/// The rules that an input breaks: each by its place, array indices as `*`, and its keyword.
pub(super) type InputFlaws = BTreeSet<(String, String)>;

pub(super) fn flaw(claimed: &Claimed) -> (String, String) {
    let violation = &claimed.violation;
    (general(&violation.place()), violation.keyword.clone())
}

/// Reads the pack's own rules. Not needed, but on another thread it saves time.
pub fn warm_up(pack: &Pack) {
    // What is wrong with them is reported where it matters.
    let _ = Review::new(pack, None).is_ok();
}

/// A rule set of a pack with the pack's own schemas, read once in a process.
pub(super) fn own_rules(pack: &Pack, set: &RuleSet) -> Result<Arc<Rules>, ReviewError> {
    static READ: Mutex<BTreeMap<String, Arc<Rules>>> = Mutex::new(BTreeMap::new());
    let mut read = READ.lock();
    let name = pack.file_name(&in_folder(set, &set.claims));
    if let Some(rules) = read.get(&name) {
        return Ok(Arc::clone(rules));
    }
    let files = pack.schemas(set)?;
    let rules = Arc::new(Rules {
        schemas: SchemaSet::embedded(files.iter().map(|(name, text)| (name.as_str(), *text)))?,
        claims: claims(pack, set)?,
    });
    read.insert(name, Arc::clone(&rules));
    Ok(rules)
}

pub(super) fn claims(pack: &Pack, set: &RuleSet) -> Result<Claims, ReviewError> {
    let file = in_folder(set, &set.claims);
    Ok(Claims::parse(&pack.file_name(&file), pack.file(&file)?)?)
}

/// The path of a file in the folder of a rule set.
pub(super) fn in_folder(set: &RuleSet, file: &str) -> String {
    match set.folder.as_str() {
        "" => file.to_owned(),
        folder => format!("{folder}/{file}"),
    }
}

impl Review {
    /// Takes the pack's rule sets; `official` stands in place of those that allow it.
    pub(super) fn new(pack: &Pack, mut official: Option<SchemaSet>) -> Result<Self, ReviewError> {
        let mut sets = Vec::new();
        for set in &pack.manifest.rule_sets {
            let rules = match official.take_if(|_| set.official) {
                Some(schemas) => {
                    let claims = claims(pack, set)?;
                    Arc::new(Rules { schemas, claims })
                }
                None => own_rules(pack, set)?,
            };
            sets.push((set.whole_only, rules));
        }
        Ok(Self {
            sets,
            representation: pack.manifest.representation.clone(),
            error: pack.manifest.error.clone(),
            seen: Mutex::default(),
        })
    }

    pub(super) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock()
    }

    /// All violations of a value, over all rule sets that are about it.
    pub(super) fn judge(&self, schema: &str, value: &Value, whole: bool) -> Vec<Claimed> {
        let mut claimed = Vec::new();
        for (whole_only, rules) in &self.sets {
            if *whole_only && !whole {
                continue;
            }
            // A set without that schema says nothing about it.
            for (violation, claim) in rules.judge(schema, value).unwrap_or_default() {
                claimed.push(Claimed {
                    requirement: claim.requirement.to_owned(),
                    at_most: claim.at_most,
                    why: claim.why.map(str::to_owned),
                    violation,
                });
            }
        }
        claimed
    }
}

/// A violation with the requirement that claims it.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The requirement.
    pub requirement: String,
    /// What the fair rules allow at most.
    pub at_most: Option<Severity>,
    /// Why they do.
    pub why: Option<String>,
    /// What is violated.
    pub violation: Violation,
}

/// Why the pack's rules can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// A file of the pack.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// A schema or a table of claims.
    #[error(transparent)]
    Schema(#[from] SchemaError),
}

/// A pointer with `*` for array indices.
pub(crate) fn general(pointer: &str) -> String {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    pointer
        .split('/')
        .map(|part| if number(part) { "*" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}
