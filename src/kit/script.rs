//! The kit's scripts: what they assert of one answer, and what of it fails.
//!
//! They are JavaScript and count as JavaScript does. An exception within an assertion fails it;
//! one outside ends the script, and what was counted so far stays.

use super::description::{Description, Request, Script};
use super::json::{self, Element, Shape};
use super::state::{Evaluation, State};
use super::tally::{Place, Tally, not_json};
use super::value::{JsonType, Value};
use crate::evidence::{Body, ListError};

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
    let names: Vec<&str> = description
        .attributes
        .iter()
        .map(|attribute| attribute.name.as_str())
        .collect();
    match request.script {
        Script::Selection => Evaluation::default(),
        Script::Unknown { status } => {
            let mut tally = Tally::new(description, request, &state.globals);
            tally.status(answer.status, status);
            tally.into_evaluation()
        }
        Script::Create { record, status } => create(
            description,
            request,
            answer,
            state,
            &names,
            (record, status),
        ),
        Script::List { status } | Script::Retrieve { status, .. } => {
            let mut tally = Tally::new(description, request, &state.globals);
            tally.status(answer.status, status);
            match tally.elements(answer.body, &names, state) {
                Ok(()) => tally.into_evaluation(),
                Err(error) => Evaluation::unread(&error),
            }
        }
    }
}

/// One object is expected; its values are kept in the global variables.
fn create(
    description: &Description,
    request: &Request,
    answer: Answer<'_>,
    state: &mut State,
    names: &[&str],
    (record, status): (usize, u16),
) -> Evaluation {
    let mut tally = Tally::new(description, request, &state.globals);
    let mut values: Vec<Value<'static>> = vec![Value::Undefined; names.len()];
    // An element of an array is nothing to this script, it reads the attributes of the whole.
    let is_array = answer.body.first_byte() == Some(b'[');
    let whole = Element::absent(
        if is_array {
            JsonType::Array
        } else {
            JsonType::Null
        },
        names.len(),
    );
    let mut pending = Vec::new();
    let shape = json::visit(answer.body, names, |index, element| {
        if index > 0 {
            return;
        }
        let element = if is_array { &whole } else { element };
        if is_array {
            tally.not_array();
        }
        tally.status(answer.status, status);
        tally.check_record(element, Place::ANSWER, &mut pending);
        values = (0..names.len())
            .map(|place| element.value(place).into_owned())
            .collect();
    });
    let failed = match shape {
        Err(ListError::Malformed(why)) => Some(not_json(&why)),
        Err(error) => {
            state.unknown_record = true;
            return Evaluation::unread(&error);
        }
        Ok(Shape::Null) => Some("the body is null where an object is expected".to_owned()),
        Ok(_) => None,
    };
    if let Some(message) = failed {
        if answer
            .status
            .is_none_or(|status| (200..300).contains(&status))
        {
            state.unknown_record = true;
        }
        return Evaluation {
            script_error: Some(message),
            ..Evaluation::default()
        };
    }
    if let Err(error) = tally.includes(answer.body, pending) {
        return Evaluation::unread(&error.into());
    }
    let evaluation = tally.into_evaluation();
    for (name, value) in names.iter().zip(values) {
        if *name == description.identifier
            && answer
                .status
                .is_some_and(|status| (200..300).contains(&status))
        {
            match value.json_type() {
                Some(JsonType::String | JsonType::Number) => {
                    state.created.push((record, value.clone()));
                }
                _ => state.unknown_record = true,
            }
        }
        if let Some(variable) = description.variable(record, name) {
            state.globals.set(variable, value);
        }
    }
    evaluation
}

#[cfg(test)]
#[path = "script_tests.rs"]
mod tests;
