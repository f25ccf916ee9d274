//! The kit's scripts: what they assert of one answer, and what of it fails.
//!
//! They are JavaScript and count as JavaScript does. An exception within an assertion fails it;
//! one outside ends the script, and what was counted so far stays.

use super::description::{Description, Request};
use super::interpreter::Run;
use super::state::{Evaluation, State};
use crate::evidence::Body;

/// An answer, as a script sees it.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// The status; `None` where no answer came.
    pub status: Option<u16>,
    /// The decoded body; empty where no answer came.
    pub body: &'a Body,
}

/// Runs the script of a request over an answer to it.
pub fn run_script(
    description: &Description,
    request: &Request,
    answer: Answer<'_>,
    state: &mut State,
) -> Evaluation {
    Run::new(description, request, answer, state).finish()
}

#[cfg(test)]
#[path = "script_tests.rs"]
mod tests;
