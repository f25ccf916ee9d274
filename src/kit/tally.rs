//! The assertions of one script over one answer, counted while it runs.

use std::io;

use serde_json::json;

use super::description::{Description, Request, Script};
use super::json::{self, Element, Shape};
use super::outcome::{Assertion, AssertionKind, Example, Origin};
use super::search::occur_in;
use super::state::{Evaluation, State};
use super::url::{Globals, variables_in};
use super::value::{JsonType, Value};
use crate::evidence::{Body, ListError};

/// Values that may not stand in the text of a body are kept until it is known, up to that number of
/// bytes.
const MOST_PENDING: usize = 96 << 20;

/// A longer value is not looked for: it and as much of the body would lie in memory at once.
const LONGEST_SOUGHT: usize = 4 << 20;

/// Texts in messages and examples are cut behind that number of characters.
const LONGEST_TEXT: usize = 200;

/// How a script's parser complains.
pub fn not_json(why: &str) -> String {
    format!("the body is not JSON: {why}")
}

/// Where an element stands, and whose it is.
#[derive(Debug, Clone)]
pub struct Place {
    index: Option<usize>,
    origin: Origin,
}

impl Place {
    /// The answer as a whole.
    pub const ANSWER: Self = Self {
        index: None,
        origin: Origin::Answer,
    };
}

/// A value whose presence in the text of the body is not yet known.
pub struct Pending {
    kept: usize,
    text: String,
    escaped: bool,
    id: Option<String>,
    place: Place,
}

impl Pending {
    /// What it takes to keep it.
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.text.len() + self.id.as_ref().map_or(0, String::len)
    }
}

/// The assertions of one script, counted while it runs.
pub struct Tally<'d> {
    description: &'d Description,
    request: &'d Request,
    /// Place in the attributes of those whose values are kept.
    kept: Vec<usize>,
    identifier: usize,
    assertions: Vec<Assertion>,
    seen: Vec<usize>,
    elements: Option<usize>,
    script_error: Option<String>,
    /// How many bytes more can be kept of values that are pending.
    pub(super) room: usize,
    not_looked_for: usize,
}

// The places of the assertions in `Tally::assertions`; those of the types follow.
const NOT_ARRAY: usize = 0;
const STATUS: usize = 1;
const MANDATORY: usize = 2;
const TYPES: usize = 3;

impl<'d> Tally<'d> {
    /// The assertions that the script of a request can execute, none of them executed yet.
    pub fn new(description: &'d Description, request: &'d Request, globals: &Globals) -> Self {
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
                let value = globals.get(variable).shown();
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
            room: MOST_PENDING,
            not_looked_for: 0,
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

    /// Counts the assertion that an array is not expected, which is made only where one came.
    pub fn not_array(&mut self) {
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

    /// Asserts the status.
    pub fn status(&mut self, actual: Option<u16>, expected: u16) {
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
    ///
    /// # Errors
    ///
    /// Where the body can't be judged; what is not JSON ends the script.
    pub fn elements(
        &mut self,
        body: &Body,
        names: &[&str],
        state: &State,
    ) -> Result<(), ListError> {
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
        let listed = body.first_byte() == Some(b'[');
        let mut pending = Vec::new();
        let mut ended = None;
        let shape = json::visit(body, names, |index, element| {
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
            self.check_record(element, place, &mut pending);
            if element.json_type == JsonType::Null {
                ended = Some(format!("element {index} of the list is null"));
                return;
            }
            self.compare(element, &ids, state);
        });
        match shape {
            Err(ListError::Malformed(why)) => {
                // The script parses before it counts.
                self.assertions = before;
                self.seen.clear();
                self.not_looked_for = 0;
                self.script_error = Some(not_json(&why));
                return Ok(());
            }
            Err(error) => return Err(error),
            Ok(Shape::Null) => {
                self.script_error =
                    Some("the body is null where a list or record is expected".to_owned());
                return Ok(());
            }
            Ok(Shape::List(0)) => {
                self.elements = Some(0);
                self.blame_empty_list();
            }
            Ok(Shape::List(count)) => self.elements = Some(count),
            Ok(Shape::Single) => {}
        }
        self.script_error = ended;
        self.includes(body, pending)?;
        Ok(())
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
    pub fn check_record(
        &mut self,
        element: &Element<'_>,
        place: Place,
        pending: &mut Vec<Pending>,
    ) {
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
        for kept in 0..self.kept.len() {
            let at = self.kept[kept];
            self.assertions[first + kept].executed += 1;
            let value = element.value(at);
            // A text without escapes stands in the body as it is, a number often does.
            let inside = match &value {
                Value::Text(text) => element
                    .raw(at)
                    .is_some_and(|raw| raw.len() == text.len() + 2),
                Value::Undefined | Value::List(_) | Value::Long(_) | Value::Object => false,
                other => element.raw(at).is_some_and(|raw| raw == other.text()),
            };
            if inside {
                continue;
            }
            let text = value.text();
            let sought = text.len() <= LONGEST_SOUGHT && !matches!(value, Value::Long(_));
            let value = Pending {
                kept,
                text: if sought {
                    text.into_owned()
                } else {
                    cut(&text)
                },
                escaped: matches!(value, Value::Text(_)),
                id: element_id(element, self.identifier),
                place: place.clone(),
            };
            match self.room.checked_sub(value.bytes()).filter(|_| sought) {
                Some(room) => {
                    self.room = room;
                    pending.push(value);
                }
                // Escapes hide it where it stands; that it stands elsewhere too is not likely.
                None => {
                    self.not_looked_for += 1;
                    self.not_included(&value);
                }
            }
        }
    }

    /// Looks for the values that were not found where they stand, anywhere in the body.
    ///
    /// # Errors
    ///
    /// Where the file of the body can't be read.
    pub fn includes(&mut self, body: &Body, pending: Vec<Pending>) -> io::Result<()> {
        let texts: Vec<&str> = pending
            .iter()
            .map(|pending| pending.text.as_str())
            .collect();
        let found = occur_in(body, &texts)?;
        for (pending, _) in pending.iter().zip(found).filter(|(_, found)| !found) {
            self.not_included(pending);
        }
        Ok(())
    }

    /// Counts that a value does not stand in the text of the body.
    fn not_included(&mut self, pending: &Pending) {
        let first = self.first_includes();
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
                let value = element.value(filter.place);
                value.same_text(state.globals.get(&filter.variable))
            }
            None => matches!(self.request.script, Script::List { .. }),
        };
        if belongs && !state.unknown_record {
            Origin::Older
        } else {
            Origin::Unclear
        }
    }

    /// The assertions that were executed, and how the script ended.
    pub fn into_evaluation(self) -> Evaluation {
        Evaluation {
            assertions: self
                .assertions
                .into_iter()
                .filter(|assertion| assertion.executed > 0)
                .collect(),
            script_error: self.script_error,
            elements: self.elements,
            seen: self.seen,
            not_looked_for: self.not_looked_for,
            unread: None,
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
