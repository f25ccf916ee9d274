//! The result file of the official kit's runner, newman: read, held against the prediction, and
//! written again without what must not be handed in.
//!
//! It is what newman's JSON reporter writes (`jsonResults.json`): the executions with requests,
//! responses and assertions. The kit's own tokens stand in it as they were sent.

mod compare;
mod redact;

use serde_json::Value;

use crate::evidence::BYTE_ORDER_MARK;

pub use self::compare::{Comparison, Difference, Total, compare};
pub use self::redact::{Redacted, redact};

/// What the official kit's own run reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KitRun {
    /// Assertions executed.
    pub assertions: usize,
    /// Assertions that failed.
    pub failed_assertions: usize,
    /// Scripts that ended in an exception.
    pub script_errors: usize,
    /// Requests without an answer.
    pub request_errors: usize,
    /// The requests in their order.
    pub requests: Vec<KitExecution>,
}

/// One request of the official kit's own run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KitExecution {
    /// The kit's name for it.
    pub name: String,
    /// HTTP method.
    pub method: String,
    /// The status of the answer; none where there was none.
    pub status: Option<u64>,
    /// The assertions in the order of their execution, and whether each failed.
    pub assertions: Vec<(String, bool)>,
    /// What ended the script early.
    pub script_error: Option<String>,
    /// Why no answer came.
    pub request_error: Option<String>,
}

/// Why a file can't be taken for a result of newman.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NewmanError {
    /// It is not JSON.
    #[error("it is not JSON: {0}")]
    Json(String),
    /// It is something else.
    #[error("it is not a result of newman's JSON reporter: it has no list `run.executions`")]
    Foreign,
    /// It holds no request.
    #[error("the kit sent no request: `run.executions` is empty")]
    Empty,
}

/// Reads the file's document.
///
/// # Errors
///
/// Where it is not JSON.
pub fn document(bytes: &[u8]) -> Result<Value, NewmanError> {
    let json = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    serde_json::from_slice(json).map_err(|error| NewmanError::Json(error.to_string()))
}

impl KitRun {
    /// Reads the numbers from a document.
    ///
    /// # Errors
    ///
    /// Where it is none of newman's, or holds no request.
    pub fn read(document: &Value) -> Result<Self, NewmanError> {
        let executions = document
            .pointer("/run/executions")
            .and_then(Value::as_array)
            .ok_or(NewmanError::Foreign)?;
        let first = |execution: &&Value| {
            let iteration = execution.pointer("/cursor/iteration");
            iteration.and_then(Value::as_u64).unwrap_or(0) == 0
        };
        let requests: Vec<_> = executions
            .iter()
            .filter(first)
            .map(KitExecution::read)
            .collect();
        if requests.is_empty() {
            return Err(NewmanError::Empty);
        }
        let count = |of: &dyn Fn(&KitExecution) -> usize| requests.iter().map(of).sum();
        Ok(Self {
            assertions: count(&|one| one.assertions.len()),
            failed_assertions: count(&KitExecution::failed),
            script_errors: count(&|one| usize::from(one.script_error.is_some())),
            request_errors: count(&|one| usize::from(one.request_error.is_some())),
            requests,
        })
    }

    /// All that failed, as the kit's own report adds it up.
    pub const fn failed(&self) -> usize {
        self.failed_assertions + self.script_errors + self.request_errors
    }
}

impl KitExecution {
    fn read(execution: &Value) -> Self {
        let text = |pointer: &str| {
            let found = execution.pointer(pointer).and_then(Value::as_str);
            found.unwrap_or_default().to_owned()
        };
        let asserted = execution.get("assertions").and_then(Value::as_array);
        let asserted = asserted.into_iter().flatten().map(|one| {
            let name = one.get("assertion").and_then(Value::as_str);
            let failed = one.get("error").is_some_and(|error| !error.is_null());
            (name.unwrap_or_default().to_owned(), failed)
        });
        let scripts = execution.get("testScript").and_then(Value::as_array);
        let script_error = scripts.into_iter().flatten().find_map(|script| {
            let error = script.get("error")?;
            Some(said(error, "message"))
        });
        let request_error = execution
            .get("requestError")
            .filter(|error| !error.is_null())
            .map(|error| said(error, "code"));
        Self {
            name: text("/item/name"),
            method: text("/request/method"),
            status: execution.pointer("/response/code").and_then(Value::as_u64),
            assertions: asserted.collect(),
            script_error,
            request_error,
        }
    }

    /// How many of its assertions failed.
    pub fn failed(&self) -> usize {
        self.assertions.iter().filter(|(_, failed)| *failed).count()
    }
}

/// The first line of an error's text, or its code.
fn said(error: &Value, key: &str) -> String {
    let text = error
        .get(key)
        .or_else(|| error.get("message"))
        .and_then(Value::as_str)
        .unwrap_or("an error");
    text.lines().next().unwrap_or_default().to_owned()
}
