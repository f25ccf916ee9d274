//! What a replay found out: plain data.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// Maximum number of examples that are kept of failures of one kind; their number is exact all the
/// same.
const MOST_EXAMPLES: usize = 20;

/// A replay of the official kit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Replay {
    /// The edition that was replayed.
    pub edition: String,
    /// The requests that were sent, in the kit's order.
    pub requests: Vec<RequestOutcome>,
    /// The numbers of the kit's own report.
    pub totals: Totals,
    /// Whether they are those numbers to the last one; a note says why they are not.
    pub exact: bool,
    /// Whether the kit would report no failure; `None` where no request got an answer or the
    /// replay is not whole.
    pub would_pass: Option<bool>,
    /// A list is so long that the kit's own time limit would probably end its run without a
    /// report.
    pub kit_limit_likely: bool,
    /// What the replay had to do to speak as the kit's runner does, a sentence each.
    pub notes: Vec<String>,
    /// The records that the creates are known to have made.
    pub created: Vec<Created>,
    /// Exchanges beyond the kit's own: failed requests sent again with encoded values.
    pub resent: Vec<usize>,
}

impl Replay {
    /// The outcome of a request of the kit, by its number.
    pub fn request(&self, number: usize) -> Option<&RequestOutcome> {
        self.requests
            .iter()
            .find(|request| request.number == number)
    }

    /// Whether an answer lacked a record that had been created before, which may be a matter of time.
    pub fn lacks_created(&self) -> bool {
        let lacks = |request: &RequestOutcome| {
            let seen = |created: &Created| request.seen.contains(&created.record);
            let mut created = self.created.iter();
            match request.elements {
                Some(_) if request.url.contains('?') => request.seen.is_empty(),
                Some(_) => !created.all(seen),
                None => created.any(|one| request.url.contains(&one.id) && !seen(one)),
            }
        };
        let mut reads = self.requests.iter().filter(|request| {
            request.method == "GET" && matches!(request.status, Some(200 | 206 | 404))
        });
        !self.exact || reads.any(lacks)
    }

    /// Takes the prediction back, for a reason that is noted: the replay did not meet the target as
    /// the official kit would.
    pub fn withdraw(&mut self, reason: String) {
        self.would_pass = None;
        self.exact = false;
        self.notes.push(reason);
    }
}

/// The numbers of the kit's own report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Requests sent.
    pub requests: usize,
    /// Assertions executed.
    pub assertions: usize,
    /// The sum of the three below; it may exceed `assertions`.
    pub failed: usize,
    /// Assertions failed.
    pub failed_assertions: usize,
    /// Scripts that ended in an exception.
    pub script_errors: usize,
    /// Requests without an answer.
    pub request_errors: usize,
}

/// A record that a create made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created {
    /// Which of the kit's records.
    pub record: usize,
    /// Its id, as text.
    pub id: String,
}

/// One request of the kit, its answer and what was asserted of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestOutcome {
    /// Its place in the kit, from 1.
    pub number: usize,
    /// The kit's folder.
    pub folder: String,
    /// The kit's name for it.
    pub name: String,
    /// HTTP method.
    pub method: String,
    /// The URL as it was sent first.
    pub url: String,
    /// The status of the final answer; `None` where none came.
    pub status: Option<u16>,
    /// Elements of the list that came; `None` where the body is none or was not read.
    pub elements: Option<usize>,
    /// The assertions that were executed, by name, in the kit's order.
    pub assertions: Vec<Assertion>,
    /// A value that its URL needs and that no create gave.
    pub lacks: Option<Lack>,
    /// What ended the script early.
    pub script_error: Option<Trouble>,
    /// Why no answer came.
    pub request_error: Option<Trouble>,
    /// Why its answer could not be judged; the replay is not whole then.
    pub unread: Option<String>,
    /// Values that count as missing from the text of the body although they were not looked for in
    /// it: there are too many of them, or they are too long.
    pub not_looked_for: usize,
    /// The created records that were seen in its answer.
    #[serde(skip)]
    pub seen: Vec<usize>,
    /// Indices of its exchanges, redirects included.
    pub exchanges: Vec<usize>,
}

impl RequestOutcome {
    /// How many assertions were executed.
    pub fn executed(&self) -> usize {
        self.assertions
            .iter()
            .map(|assertion| assertion.executed)
            .sum()
    }

    /// How many assertions failed.
    pub fn failed_assertions(&self) -> usize {
        self.assertions
            .iter()
            .map(|assertion| assertion.failed)
            .sum()
    }

    /// Whether anything in it counts as failed in the kit's report.
    pub fn failed(&self) -> bool {
        self.failed_assertions() > 0 || self.script_error.is_some() || self.request_error.is_some()
    }
}

/// A value that a request needs and does not have: it can't ask what it was made for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lack {
    /// The attribute that the value is of.
    pub attribute: String,
    /// The number of the create whose answer should have given it.
    pub create: usize,
}

/// A request without an answer, or a script that ended in an exception.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trouble {
    /// What happened.
    pub message: String,
    /// The requirements that it violates.
    pub requirements: Vec<String>,
    /// What to do about it, where only a flaw of the kit causes it: it is kit-induced then.
    pub advice: Option<String>,
}

/// The kinds of assertion in the kit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AssertionKind {
    /// One object is expected and an array came; exists only where it fails.
    NotArray,
    /// The status.
    Status,
    /// All mandatory attributes are there, whatever their values.
    Mandatory,
    /// An attribute has its JSON type.
    Type,
    /// The value of an attribute stands in the text of the body.
    Includes,
    /// A value is the one that the create answered with; it can't fail.
    Equality,
    /// The other record is not expected; it can't fail.
    NotExpected,
    /// Anything else that a kit asserts.
    Other,
}

/// One assertion of the kit, over all elements that it was executed on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assertion {
    /// What it asserts.
    pub kind: AssertionKind,
    /// The attribute that it is about.
    pub attribute: Option<String>,
    /// The kit's name for it.
    pub name: String,
    /// The requirements that it stands for.
    pub requirements: Vec<String>,
    /// How often it was executed.
    pub executed: usize,
    /// How often it failed.
    pub failed: usize,
    /// Its failures, those of one origin in one.
    pub failures: Vec<Failure>,
}

impl Assertion {
    /// Whether it failed, and only flaws of the kit cause that.
    pub fn kit_induced(&self) -> bool {
        self.failed > 0 && self.failures.iter().all(Failure::kit_induced)
    }

    /// Counts a failure; details are made only while there is room for an example.
    pub(super) fn fail(
        &mut self,
        origin: Origin,
        escaped: bool,
        expected: impl FnOnce() -> Json,
        example: impl FnOnce() -> (String, Example),
    ) {
        self.failed += 1;
        let known = self
            .failures
            .iter_mut()
            .find(|known| known.origin == origin && known.escaped == escaped);
        if let Some(known) = known {
            known.count += 1;
            if known.examples.len() < MOST_EXAMPLES {
                known.examples.push(example().1);
            }
            return;
        }
        let (message, example) = example();
        self.failures.push(Failure {
            origin,
            escaped,
            message,
            expected: expected(),
            count: 1,
            examples: vec![example],
            advice: None,
        });
    }
}

/// Whose data an assertion failed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The answer as a whole: its status, or a body that is not a list.
    Answer,
    /// An element of a list with the id of a record of this run.
    Own,
    /// An element with an id of its own, of a record that this run did not create.
    Older,
    /// An element that is neither for certain.
    Unclear,
}

/// Failures of one assertion that have the same origin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// Whose data failed.
    pub origin: Origin,
    /// Only JSON escapes hide the value in the text of the body.
    pub escaped: bool,
    /// What is wrong with the first example.
    pub message: String,
    /// What the kit expected.
    pub expected: Json,
    /// How many failures these are.
    pub count: usize,
    /// Some of them.
    pub examples: Vec<Example>,
    /// What to do about it, where only a flaw of the kit causes it.
    pub advice: Option<String>,
}

impl Failure {
    /// Whether only a flaw of the kit causes it; it carries advice then.
    pub const fn kit_induced(&self) -> bool {
        self.advice.is_some()
    }
}

/// One place where an assertion failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Example {
    /// The place in the list, from 0.
    pub index: Option<usize>,
    /// The id of the element, as text.
    pub id: Option<String>,
    /// What came.
    pub actual: Json,
}
