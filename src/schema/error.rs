//! What can be wrong with a schema, a claim table or an official document.

use std::fmt;

/// A schema, claim table or official document that cannot be used, with the place of the fault.
///
/// Shown as `file:line:column: problem` or `file#pointer: problem`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}{place}: {problem}")]
pub struct SchemaError {
    /// The file as the user or the pack names it.
    pub file: String,
    /// Where in the file.
    pub place: Place,
    /// What is wrong, a lower-case fragment.
    pub problem: String,
}

/// A place in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The document as a whole.
    Whole,
    /// A line and a column, both from 1: the text itself is malformed.
    Line {
        /// From 1.
        line: usize,
        /// From 1, in characters.
        column: usize,
    },
    /// A JSON pointer: the text is well-formed, its content is wrong.
    Pointer(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Line { line, column } => write!(f, ":{line}:{column}"),
            Self::Pointer(pointer) => write!(f, "#{pointer}"),
        }
    }
}

impl SchemaError {
    /// A fault of the document as a whole.
    pub(super) fn whole(file: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            place: Place::Whole,
            problem: problem.into(),
        }
    }

    /// A fault at a JSON pointer.
    pub(super) fn at(
        file: impl Into<String>,
        pointer: impl Into<String>,
        problem: impl Into<String>,
    ) -> Self {
        Self {
            file: file.into(),
            place: Place::Pointer(pointer.into()),
            problem: problem.into(),
        }
    }

    /// A text that is not JSON, or JSON of another shape than expected.
    pub(super) fn json(file: impl Into<String>, error: &serde_json::Error) -> Self {
        let text = error.to_string();
        // The position is reported by `place`; serde_json appends it to the text as well.
        let problem = text.split(" at line ").next().unwrap_or(&text).to_owned();
        let place = Place::Line {
            line: error.line(),
            column: error.column(),
        };
        Self {
            file: file.into(),
            place,
            problem,
        }
    }
}
