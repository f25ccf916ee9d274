//! The kit's scripts: what they assert of one answer, and what of it fails.
//!
//! They are JavaScript and count as JavaScript does. An exception within an assertion fails it;
//! one outside ends the script, and what was counted so far stays.

use super::description::{Description, Request};
use super::interpreter::Run;
use super::state::{Answer, Evaluation, State};

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
