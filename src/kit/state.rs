//! What the kit remembers between its requests, and what came of one script.

use super::outcome::Assertion;
use super::url::Globals;
use super::value::Value;
use crate::evidence::{Body, ListError};

/// What the kit remembers from one request to the next, and what we know of its records.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// The kit's global variables.
    pub globals: Globals,
    /// The records that were created, with the ids that the answers gave them.
    pub created: Vec<(usize, Value<'static>)>,
    /// A create may have made a record whose id we don't know.
    pub unknown_record: bool,
}

/// An answer, as a script sees it.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// The status; `None` where no answer came.
    pub status: Option<u16>,
    /// The decoded body; empty where no answer came.
    pub body: &'a Body,
}

/// What came of a script.
#[derive(Debug, Clone, Default)]
pub struct Evaluation {
    /// The assertions that were executed, in the script's order.
    pub assertions: Vec<Assertion>,
    /// What ended it early.
    pub script_error: Option<String>,
    /// Elements of the list, where the body is one.
    pub elements: Option<usize>,
    /// The created records whose ids were seen in the answer.
    pub seen: Vec<usize>,
    /// Values that were not looked for in the text of the body, because there are too many of
    /// them or they are too long; they count as missing from it.
    pub not_looked_for: usize,
    /// Why the answer could not be judged: nothing else is said of it then.
    pub unread: Option<String>,
}

impl Evaluation {
    pub(super) fn unread(why: &ListError) -> Self {
        Self {
            unread: Some(why.to_string()),
            ..Self::default()
        }
    }
}
