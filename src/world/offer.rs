//! What is known of the optional operations.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::sync::OnceCell;

use crate::pack::OptionalOperation;

/// Whether the target offers an optional operation, and how the run knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The operation's name.
    pub name: String,
    /// Unknown where nothing can be said.
    pub offered: Option<bool>,
    /// One sentence.
    pub reason: String,
    /// The exchanges that show it.
    pub exchanges: Vec<usize>,
    /// The media type in which the target took its body; none where it took it in none.
    pub media_type: Option<String>,
    /// What a record has to have so that the target takes the operation.
    pub state: Map<String, Value>,
    /// Whether it is there, but refused to this client, or by a rule, for each record that was
    /// tried.
    pub is_refused_by_rule: bool,
}

impl Offer {
    pub(super) fn unasked(operation: &OptionalOperation, reason: String) -> Self {
        Self {
            name: operation.name.clone(),
            offered: None,
            reason,
            exchanges: Vec::new(),
            media_type: None,
            state: Map::new(),
            is_refused_by_rule: false,
        }
    }
}

/// The optional operations of the pack and what became of the question.
#[derive(Debug, Default)]
pub(super) struct Offers {
    pub(super) operations: Vec<(OptionalOperation, OnceCell<Arc<Offer>>)>,
    pub(super) before_deletions: OnceCell<BTreeMap<String, Value>>,
}

impl Offers {
    /// Nothing asked yet.
    ///
    /// `patch` is the configured body of a partial update.
    pub(super) fn new(
        operations: &[OptionalOperation],
        patch: Option<&Map<String, Value>>,
    ) -> Self {
        let unasked = |operation: &OptionalOperation| {
            let mut operation = operation.clone();
            if let Some(body) = patch.filter(|_| operation.method == "PATCH") {
                operation.body = Some(body.clone());
            }
            (operation, OnceCell::new())
        };
        Self {
            operations: operations.iter().map(unasked).collect(),
            before_deletions: OnceCell::new(),
        }
    }
}
