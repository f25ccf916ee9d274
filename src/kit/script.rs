//! The kit's scripts: what they assert of one answer, and what of it fails.
//!
//! They are JavaScript and count as JavaScript does. An exception within an assertion fails it;
//! one outside ends the script, and what was counted so far stays.

use serde_json::json;

use super::description::{Description, JsonType, Request, Script};
use super::json::{self, Element, Shape};
use super::outcome::{Assertion, AssertionKind, Example, Origin};
use super::search::occur_in;
use super::url::{Globals, variables_in};
use super::value::Value;

/// Texts in messages and examples are cut behind so many characters.
const LONGEST_TEXT: usize = 200;

/// An answer, as a script sees it.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// The status; `None` where no answer came.
    pub status: Option<u16>,
    /// The decoded body; empty where no answer came.
    pub text: &'a str,
}

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
            let mut run = Run::new(description, request, &state.globals);
            run.status(answer.status, status);
            run.into_evaluation()
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
            let mut run = Run::new(description, request, &state.globals);
            run.status(answer.status, status);
            run.elements(answer.text, &names, state);
            run.into_evaluation()
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
    let mut run = Run::new(description, request, &state.globals);
    let mut values: Vec<Value<'static>> = vec![Value::Undefined; names.len()];
    // An element of an array is nothing to this script, it reads the members of the whole.
    let is_array = answer.text.trim_start().starts_with('[');
    let whole = Element::absent(
        if is_array {
            JsonType::Array
        } else {
            JsonType::Null
        },
        names.len(),
    );
    let mut pending = Vec::new();
    let shape = json::visit(answer.text, names, |index, element| {
        if index > 0 {
            return;
        }
        let element = if is_array { &whole } else { element };
        if is_array {
            run.not_array();
        }
        run.status(answer.status, status);
        run.block(element, Place::ANSWER, &mut pending);
        values = (0..names.len())
            .map(|place| element.value(place).into_owned())
            .collect();
    });
    let failed = match shape {
        Err(error) => Some(not_json(&error)),
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
    run.includes(answer.text, pending);
    let evaluation = run.into_evaluation();
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

fn not_json(error: &serde_json::Error) -> String {
    format!("the body is not JSON: {error}")
}

/// Where an element stands, and whose it is.
#[derive(Debug, Clone)]
struct Place {
    index: Option<usize>,
    origin: Origin,
}

impl Place {
    const ANSWER: Self = Self {
        index: None,
        origin: Origin::Answer,
    };
}

/// A value whose presence in the text of the body is not yet known.
struct Pending {
    kept: usize,
    text: String,
    escaped: bool,
    id: Option<String>,
    place: Place,
}

/// The assertions of one script, counted while it runs.
struct Run<'d> {
    description: &'d Description,
    request: &'d Request,
    /// Place in the attributes of those whose values are kept.
    kept: Vec<usize>,
    identifier: usize,
    assertions: Vec<Assertion>,
    seen: Vec<usize>,
    elements: Option<usize>,
    script_error: Option<String>,
}

// The places of the assertions in `Run::assertions`; those of the types follow.
const NOT_ARRAY: usize = 0;
const STATUS: usize = 1;
const MANDATORY: usize = 2;
const TYPES: usize = 3;

impl<'d> Run<'d> {
    fn new(description: &'d Description, request: &'d Request, globals: &Globals) -> Self {
        let attributes = &description.attributes;
        let kept: Vec<usize> = description
            .kept()
            .filter_map(|kept| attributes.iter().position(|known| known.name == kept.name))
            .collect();
        let ids = &request.requirements;
        let assertion = |kind, attribute: Option<&str>, name: String, ids: &[String]| Assertion {
            kind,
            attribute: attribute.map(str::to_owned),
            name,
            requirements: ids.to_vec(),
            executed: 0,
            failed: 0,
            failures: Vec::new(),
        };
        let status = match request.script {
            Script::Create { status, .. }
            | Script::List { status }
            | Script::Retrieve { status, .. }
            | Script::Unknown { status } => status,
            Script::Selection => 0,
        };
        let mut assertions = vec![
            assertion(
                AssertionKind::NotArray,
                None,
                "Array not expected as response".to_owned(),
                &ids.not_array,
            ),
            assertion(
                AssertionKind::Status,
                None,
                format!("Status code is {status}"),
                &ids.status,
            ),
            assertion(
                AssertionKind::Mandatory,
                None,
                "Instance has all mandatory attributes".to_owned(),
                &ids.mandatory,
            ),
        ];
        assertions.extend(attributes.iter().map(|attribute| {
            let name = attribute.name.as_str();
            assertion(
                AssertionKind::Type,
                Some(name),
                format!("Response has {name} attribute"),
                ids.types.get(name).map_or(&[], Vec::as_slice),
            )
        }));
        assertions.extend(kept.iter().map(|place| {
            let name = attributes[*place].name.as_str();
            assertion(
                AssertionKind::Includes,
                Some(name),
                format!("Body includes value held on {name}"),
                &ids.includes,
            )
        }));
        for record in &description.records {
            assertions.extend(kept.iter().map(|place| {
                let name = attributes[*place].name.as_str();
                let variable = record.variables.get(name).map_or("", String::as_str);
                let value = globals.get(variable).text();
                assertion(
                    AssertionKind::Equality,
                    Some(name),
                    format!("{name} is {value}"),
                    &[],
                )
            }));
        }
        for record in &description.records {
            let variable = record.variables.get(&description.identifier);
            assertions.push(assertion(
                AssertionKind::NotExpected,
                Some(&description.identifier),
                format!(
                    "{} not expected on this test",
                    variable.map_or("", String::as_str)
                ),
                &[],
            ));
        }
        Self {
            description,
            request,
            identifier: attributes
                .iter()
                .position(|attribute| attribute.name == description.identifier)
                .unwrap_or(0),
            kept,
            assertions,
            seen: Vec::new(),
            elements: None,
            script_error: None,
        }
    }

    fn first_includes(&self) -> usize {
        TYPES + self.description.attributes.len()
    }

    fn first_equality(&self, record: usize) -> usize {
        self.first_includes() + self.kept.len() * (1 + record)
    }

    fn not_expected(&self, record: usize) -> usize {
        self.first_equality(self.description.records.len()) + record
    }

    fn not_array(&mut self) {
        let assertion = &mut self.assertions[NOT_ARRAY];
        assertion.executed += 1;
        assertion.fail(
            Origin::Answer,
            false,
            || json!("object"),
            || {
                let message = "an array came where one object is expected".to_owned();
                (message, Place::ANSWER.example(None, json!("array")))
            },
        );
    }

    fn status(&mut self, actual: Option<u16>, expected: u16) {
        let assertion = &mut self.assertions[STATUS];
        assertion.executed += 1;
        if actual != Some(expected) {
            assertion.fail(
                Origin::Answer,
                false,
                || json!(expected),
                || {
                    let message = match actual {
                        Some(actual) => format!("the status is {actual}, not {expected}"),
                        None => format!("no answer came, and so no status {expected}"),
                    };
                    (message, Place::ANSWER.example(None, json!(actual)))
                },
            );
        }
    }

    /// The part of the script that goes over the elements of a list, or over the whole of
    /// anything else.
    fn elements(&mut self, text: &str, names: &[&str], state: &State) {
        let filter = self.filter();
        let ids: Vec<Value<'static>> = self
            .description
            .records
            .iter()
            .map(|record| {
                let variable = record.variables.get(&self.description.identifier);
                variable.map_or(Value::Undefined, |name| state.globals.get(name).clone())
            })
            .collect();
        let before = self.assertions.clone();
        let listed = text.trim_start().starts_with('[');
        let mut pending = Vec::new();
        let mut ended = None;
        let shape = json::visit(text, names, |index, element| {
            if ended.is_some() {
                return;
            }
            let place = Place {
                index: listed.then_some(index),
                origin: if listed {
                    self.origin(element, filter.as_ref(), state)
                } else {
                    Origin::Answer
                },
            };
            self.block(element, place, &mut pending);
            if element.json_type == JsonType::Null {
                ended = Some(format!("element {index} of the list is null"));
                return;
            }
            self.compare(element, &ids, state);
        });
        match shape {
            Err(error) => {
                // The script parses before it counts.
                self.assertions = before;
                self.seen.clear();
                self.script_error = Some(not_json(&error));
                return;
            }
            Ok(Shape::Null) => {
                self.script_error =
                    Some("the body is null where a list or record is expected".to_owned());
                return;
            }
            Ok(Shape::List(0)) => {
                self.elements = Some(0);
                self.blame_empty_list();
            }
            Ok(Shape::List(count)) => self.elements = Some(count),
            Ok(Shape::Single) => {}
        }
        self.script_error = ended;
        self.includes(text, pending);
    }

    /// The script takes an empty list for one record; what fails then is that the list is empty.
    fn blame_empty_list(&mut self) {
        let ids = &self.request.requirements.empty_list;
        if ids.is_empty() {
            return;
        }
        for assertion in &mut self.assertions[MANDATORY..] {
            assertion.requirements.clone_from(ids);
            for failure in &mut assertion.failures {
                failure.origin = Origin::Answer;
                "the list is empty".clone_into(&mut failure.message);
            }
        }
    }

    /// The mandatory attributes, their types, and their values in the text of the body.
    fn block(&mut self, element: &Element<'_>, place: Place, pending: &mut Vec<Pending>) {
        let attributes = &self.description.attributes;
        let id = || element_id(element, self.identifier);
        let mandatory = &mut self.assertions[MANDATORY];
        mandatory.executed += 1;
        if (0..attributes.len()).any(|at| element.raw(at).is_none()) {
            let names = |missing: bool| -> Vec<&str> {
                (0..attributes.len())
                    .filter(|at| !missing || element.raw(*at).is_none())
                    .map(|at| attributes[at].name.as_str())
                    .collect()
            };
            mandatory.fail(
                place.origin,
                false,
                || json!(names(false)),
                || {
                    let missing = names(true);
                    let message = if element.json_type == JsonType::Object {
                        format!("`{}` missing", missing.join("`, `"))
                    } else {
                        format!("{} in place of an object", element.json_type)
                    };
                    (message, place.example(id(), json!({ "missing": missing })))
                },
            );
        }
        for (at, attribute) in attributes.iter().enumerate() {
            let assertion = &mut self.assertions[TYPES + at];
            assertion.executed += 1;
            let actual = element.type_of(at);
            if actual != Some(attribute.json_type) {
                assertion.fail(
                    place.origin,
                    false,
                    || json!(attribute.json_type),
                    || {
                        let name = &attribute.name;
                        let message = match actual {
                            Some(actual) => {
                                format!("`{name}` is of type {actual}, not {}", attribute.json_type)
                            }
                            None => format!("`{name}` is missing"),
                        };
                        (message, place.example(id(), json!(actual)))
                    },
                );
            }
        }
        let first = self.first_includes();
        for (kept, at) in self.kept.iter().enumerate() {
            self.assertions[first + kept].executed += 1;
            let value = element.value(*at);
            // A text without escapes stands in the body as it is, a number often does.
            let inside = match &value {
                Value::Text(text) => element
                    .raw(*at)
                    .is_some_and(|raw| raw.len() == text.len() + 2),
                Value::Undefined | Value::List(_) | Value::Object => false,
                other => element.raw(*at).is_some_and(|raw| raw == other.text()),
            };
            if !inside {
                pending.push(Pending {
                    kept,
                    text: value.text().into_owned(),
                    escaped: matches!(value, Value::Text(_)),
                    id: element_id(element, self.identifier),
                    place: place.clone(),
                });
            }
        }
    }

    /// Looks for the values that were not found where they stand, anywhere in the body.
    fn includes(&mut self, body: &str, pending: Vec<Pending>) {
        let texts: Vec<&str> = pending
            .iter()
            .map(|pending| pending.text.as_str())
            .collect();
        let found = occur_in(body, &texts);
        let first = self.first_includes();
        for (pending, _) in pending.into_iter().zip(found).filter(|(_, found)| !found) {
            let name = &self.description.attributes[self.kept[pending.kept]].name;
            let text = cut(&pending.text);
            self.assertions[first + pending.kept].fail(
                pending.place.origin,
                pending.escaped,
                || json!(text),
                || {
                    let message = if pending.escaped {
                        format!("the value of `{name}` stands in the body with JSON escapes only")
                    } else {
                        format!("the body does not contain {text}, the value of `{name}` as text")
                    };
                    (
                        message,
                        pending.place.example(pending.id.clone(), json!(text)),
                    )
                },
            );
        }
    }

    /// The assertions that can't fail: the kit compares, and ignores what comes of it.
    fn compare(&mut self, element: &Element<'_>, ids: &[Value<'static>], state: &State) {
        let id = element.value(self.identifier);
        let about = self.request.script.record();
        for (at, (record, own)) in self.description.records.iter().zip(ids).enumerate() {
            if !id.loosely_equals(own) {
                continue;
            }
            if state
                .created
                .iter()
                .any(|(created, _)| *created == record.record)
                && !self.seen.contains(&record.record)
            {
                self.seen.push(record.record);
            }
            if about.is_none_or(|about| about == record.record) {
                let first = self.first_equality(at);
                for assertion in &mut self.assertions[first..first + self.kept.len()] {
                    assertion.executed += 1;
                }
            } else {
                let place = self.not_expected(at);
                self.assertions[place].executed += 1;
            }
        }
    }

    /// The attribute that the request filters on, with the value asked for.
    fn filter(&self) -> Option<Filter> {
        let (_, query) = self.request.url.split_once('?')?;
        let variable = variables_in(query).next()?;
        let (_, attribute) = self.description.held_by(variable)?;
        Some(Filter {
            place: self
                .description
                .attributes
                .iter()
                .position(|known| known.name == attribute)?,
            variable: variable.to_owned(),
        })
    }

    /// Whose record an element is. It is an older one only where that is certain: it has an id
    /// of its own, no record of this run is unknown, and it belongs into the list.
    fn origin(&self, element: &Element<'_>, filter: Option<&Filter>, state: &State) -> Origin {
        let id = element.value(self.identifier);
        if !matches!(id, Value::Text(_) | Value::Number(_)) {
            return Origin::Unclear;
        }
        if state.created.iter().any(|(_, own)| id.loosely_equals(own)) {
            return Origin::Own;
        }
        let belongs = match filter {
            Some(filter) => {
                element.value(filter.place).text() == state.globals.get(&filter.variable).text()
            }
            None => matches!(self.request.script, Script::List { .. }),
        };
        if belongs && !state.unknown_record {
            Origin::Older
        } else {
            Origin::Unclear
        }
    }

    fn into_evaluation(self) -> Evaluation {
        Evaluation {
            assertions: self
                .assertions
                .into_iter()
                .filter(|assertion| assertion.executed > 0)
                .collect(),
            script_error: self.script_error,
            elements: self.elements,
            seen: self.seen,
        }
    }
}

struct Filter {
    place: usize,
    variable: String,
}

impl Place {
    fn example(&self, id: Option<String>, actual: serde_json::Value) -> Example {
        Example {
            index: self.index,
            id,
            actual,
        }
    }
}

fn element_id(element: &Element<'_>, identifier: usize) -> Option<String> {
    let id = element.value(identifier);
    (!id.is_nil()).then(|| cut(&id.text()))
}

/// A text that may come from anywhere, short enough for a report.
fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
#[path = "script_tests.rs"]
mod tests;
