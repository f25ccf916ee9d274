//! One script over one answer, statement by statement, with its assertions counted.
//!
//! A list of any length is read element by element: the script's own statements are run on each
//! while it is in memory, and what has to be looked for in the whole body is looked for at the end.

use std::collections::HashMap;

use serde_json::{Value as Json, json};

use super::ajv;
use super::description::{Description, Request};
use super::json::{self, Element, Shape};
use super::outcome::{Assertion, AssertionKind, Example, Origin};
use super::search::occur_in;
use super::state::{Answer, Evaluation, State};
use super::statement::{Count, IDENTIFIER, Join, Path, Statement, Subject, Test, Variable};
use super::url::variables_in;
use super::value::{JsonType, Value};
use crate::evidence::ListError;

/// Values that may not stand in the text of a body are kept until it is known, up to that number of
/// bytes.
const MOST_PENDING: usize = 96 << 20;

/// A longer value is not looked for: it and as much of the body would lie in memory at once.
const LONGEST_SOUGHT: usize = 4 << 20;

/// Texts in messages and examples are cut behind that number of characters.
const LONGEST_TEXT: usize = 200;

/// Where an element stands, and whose it is.
#[derive(Debug, Clone, Copy)]
struct ElementPlace {
    index: Option<usize>,
    origin: Origin,
}

/// The answer as a whole.
const ANSWER: ElementPlace = ElementPlace {
    index: None,
    origin: Origin::Answer,
};

/// A value whose presence in the text of the body is not yet known.
struct Pending {
    slot: usize,
    text: String,
    escaped: bool,
    id: Option<String>,
    place: ElementPlace,
}

impl Pending {
    /// What it takes to keep it.
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.text.len() + self.id.as_ref().map_or(0, String::len)
    }
}

/// What the statements of a block see.
#[derive(Clone, Copy)]
struct Frame<'e, 'd> {
    /// The instance; `None` where it is undefined.
    instance: Option<&'e Element<'e>>,
    place: ElementPlace,
    /// The variable that the id of the instance was found to equal.
    id_of: Option<&'d str>,
    in_array: bool,
}

/// What a script came to before it parsed a list. A script parses the list to its end before it
/// does anything else; here its elements are read once, while the script goes over them, and all
/// of that is undone where the end turns out not to be JSON.
struct BeforeList {
    assertions: Vec<Assertion>,
    state: State,
}

/// What ends a script early.
enum Ended {
    /// An exception.
    Script(String),
    /// The body can't be judged.
    Unread(ListError),
}

impl From<ListError> for Ended {
    fn from(error: ListError) -> Self {
        match error {
            ListError::Malformed(why) => Self::Script(format!("the body is not JSON: {why}")),
            other => Self::Unread(other),
        }
    }
}

/// A script under way.
pub struct Run<'d, 's> {
    description: &'d Description,
    request: &'d Request,
    answer: Answer<'d>,
    state: &'s mut State,
    wanted: Vec<&'d str>,
    assertions: Vec<Assertion>,
    /// The place in `assertions` of what a statement asserts, by its address.
    slots: HashMap<usize, usize>,
    shape: Option<Shape>,
    /// What was there before a list of which only the beginning was read.
    before_list: Option<BeforeList>,
    required: Vec<&'d str>,
    schema: Option<&'d Json>,
    count: u64,
    pending: Vec<Pending>,
    seen: Vec<usize>,
    elements: Option<usize>,
    /// How many bytes more can be kept of values that are pending.
    pub(super) room: usize,
    not_looked_for: usize,
}

impl<'d, 's> Run<'d, 's> {
    /// Of a request's script; nothing is done yet.
    pub fn new(
        description: &'d Description,
        request: &'d Request,
        answer: Answer<'d>,
        state: &'s mut State,
    ) -> Self {
        Self {
            description,
            request,
            answer,
            state,
            wanted: Statement::attributes(&request.script),
            assertions: Vec::new(),
            slots: HashMap::new(),
            shape: None,
            before_list: None,
            required: Vec::new(),
            schema: None,
            count: 0,
            pending: Vec::new(),
            seen: Vec::new(),
            elements: None,
            room: MOST_PENDING,
            not_looked_for: 0,
        }
    }

    /// Runs it to its end.
    pub fn finish(mut self) -> Evaluation {
        let known = self.state.created.len();
        let whole = Frame {
            instance: None,
            place: ANSWER,
            id_of: None,
            in_array: false,
        };
        let mut ended = self.block(&self.request.script, whole);
        if let Err(error) = self.read_rest() {
            ended = Err(error);
        }
        let accepted = self
            .answer
            .status
            .is_none_or(|status| (200..300).contains(&status));
        let (script_error, unread) = match ended {
            Ok(()) => (None, None),
            Err(Ended::Script(message)) => (Some(message), None),
            Err(Ended::Unread(error)) => (None, Some(error)),
        };
        if self.request.creates()
            && (unread.is_some() || accepted && self.state.created.len() == known)
        {
            self.state.unknown_record = true;
        }
        if let Some(error) = unread {
            return Evaluation::unread(&error);
        }
        if self.elements == Some(0) {
            self.blame_empty_list();
        }
        if let Err(error) = self.includes() {
            return Evaluation::unread(&error.into());
        }
        Evaluation {
            assertions: self.assertions,
            script_error,
            elements: self.elements,
            seen: self.seen,
            not_looked_for: self.not_looked_for,
            unread: None,
        }
    }

    fn block(&mut self, block: &'d [Statement], frame: Frame<'_, 'd>) -> Result<(), Ended> {
        for (place, statement) in block.iter().enumerate() {
            match statement {
                Statement::Test(test) => self.test(test, &frame),
                Statement::Parse { parse } => {
                    let shape = self.parse()?;
                    if *parse == Variable::Instance {
                        return self.with_instance(shape, &block[place + 1..], frame);
                    }
                }
                Statement::IfArray { if_data_is_array } => {
                    if matches!(self.shape, Some(Shape::List(_))) {
                        let frame = Frame {
                            in_array: true,
                            ..frame
                        };
                        self.block(if_data_is_array, frame)?;
                    }
                }
                Statement::IfNonEmptyArray {
                    if_data_is_non_empty_array,
                    otherwise,
                } => {
                    if let Some(Shape::List(count)) = self.shape {
                        self.elements = Some(count);
                    }
                    if matches!(self.elements, Some(1..)) {
                        self.block(if_data_is_non_empty_array, frame)?;
                    } else {
                        self.block(otherwise, frame)?;
                    }
                }
                Statement::ForEach { for_each_instance } => {
                    self.for_each(for_each_instance, frame)?
                }
                Statement::Fails { .. } => {
                    let text = "the script of the kit fails here, whatever was answered";
                    return Err(Ended::Script(text.to_owned()));
                }
                Statement::Required {
                    required_attributes,
                } => {
                    self.required.clear();
                    self.required
                        .extend(required_attributes.iter().map(String::as_str));
                }
                Statement::AlsoRequired { also_required } => self.required.push(also_required),
                Statement::Set { set, path } => {
                    let instance = readable(&frame)?;
                    let Ok(raw) = self.value_at(instance, path) else {
                        let text =
                            format!("`{path}` can't be read: what it stands in is null or missing");
                        return Err(Ended::Script(text));
                    };
                    let value = raw.map_or(Value::Undefined, Value::read).into_owned();
                    self.keep(set, path, value);
                }
                Statement::IfId { if_id_equals, r#do } => {
                    let instance = readable(&frame)?;
                    if self.is_record(instance, if_id_equals) {
                        let frame = Frame {
                            id_of: Some(if_id_equals),
                            ..frame
                        };
                        self.block(r#do, frame)?;
                    }
                }
                Statement::IfAttribute {
                    if_attribute,
                    present,
                    join,
                    loosely_equals,
                    r#do,
                } => {
                    let instance = readable(&frame)?;
                    let value = self.attribute(instance, if_attribute);
                    let there = (value != Value::Undefined) == *present;
                    let text = loosely_equals.to_string();
                    let equal = value.loosely_equals(&Value::read(&text));
                    let holds = match join {
                        Join::And => there && equal,
                        Join::Or => there || equal,
                    };
                    if holds {
                        self.block(r#do, frame)?;
                    }
                }
                Statement::Count { count: Count::Zero } => self.count = 0,
                Statement::Count {
                    count: Count::OneMore,
                } => self.count += 1,
                Statement::IfCount { if_count, r#do } => {
                    if self.count == *if_count {
                        self.block(r#do, frame)?;
                    }
                }
                Statement::Schema { schema } => self.schema = Some(schema),
            }
        }
        Ok(())
    }

    /// Parses the body. Of a list only the beginning is read, the rest when a script goes over it.
    fn parse(&mut self) -> Result<Shape, Ended> {
        let shape = match self.shape {
            Some(shape) => shape,
            None if json::begins_a_list(self.answer.body)? => {
                self.before_list = Some(BeforeList {
                    assertions: self.assertions.clone(),
                    state: self.state.clone(),
                });
                Shape::List(1)
            }
            None => json::visit(self.answer.body, &[], |_, _| {})?,
        };
        self.shape = Some(shape);
        if shape == Shape::Null {
            let text = "the body is null where a list or record is expected";
            return Err(Ended::Script(text.to_owned()));
        }
        Ok(shape)
    }

    /// Reads a list to its end, where no statement went over it.
    fn read_rest(&mut self) -> Result<(), Ended> {
        if self.before_list.is_none() {
            return Ok(());
        }
        self.walk(&[], |_, _, _| {})
    }

    /// Goes over the elements of a list, for the first time to find out whether it is one.
    fn walk(
        &mut self,
        wanted: &[&str],
        mut visitor: impl FnMut(&mut Self, usize, &Element<'_>),
    ) -> Result<(), Ended> {
        let body = self.answer.body;
        let walked = json::visit(body, wanted, |index, element| visitor(self, index, element));
        let before = self.before_list.take();
        match walked {
            Ok(shape) => {
                self.shape = Some(shape);
                if let (Shape::List(count), Some(_)) = (shape, self.elements) {
                    self.elements = Some(count);
                }
                Ok(())
            }
            Err(error) => {
                if let Some(before) = before {
                    self.assertions = before.assertions;
                    *self.state = before.state;
                    self.pending.clear();
                    self.seen.clear();
                    self.elements = None;
                    self.not_looked_for = 0;
                }
                Err(error.into())
            }
        }
    }

    /// Runs the rest of a block with the whole body as its instance.
    fn with_instance(
        &mut self,
        shape: Shape,
        rest: &'d [Statement],
        frame: Frame<'_, 'd>,
    ) -> Result<(), Ended> {
        // To a script that reads attributes, an array is a value without any.
        if matches!(shape, Shape::List(_)) {
            let array = Element::absent(JsonType::Array, self.wanted.len());
            let instance = Some(&array);
            return self.block(rest, Frame { instance, ..frame });
        }
        let (body, wanted) = (self.answer.body, self.wanted.clone());
        let mut ended = Ok(());
        json::visit(body, &wanted, |_, element| {
            let frame = Frame {
                instance: Some(element),
                place: frame.place,
                id_of: frame.id_of,
                in_array: frame.in_array,
            };
            ended = self.block(rest, frame);
        })?;
        ended
    }

    fn for_each(&mut self, block: &'d [Statement], frame: Frame<'_, 'd>) -> Result<(), Ended> {
        match self.shape {
            Some(Shape::List(0)) => return Ok(()),
            Some(Shape::List(_)) => {}
            _ => {
                let text = "the body is not a list, whose elements the script goes over";
                return Err(Ended::Script(text.to_owned()));
            }
        }
        let filter = self.filter();
        let wanted = self.wanted.clone();
        let mut ended = Ok(());
        self.walk(&wanted, |run, index, element| {
            if ended.is_err() {
                return;
            }
            let place = ElementPlace {
                index: Some(index),
                origin: run.origin(element, filter),
            };
            let frame = Frame {
                instance: Some(element),
                place,
                id_of: frame.id_of,
                in_array: frame.in_array,
            };
            ended = run.block(block, frame);
        })?;
        ended
    }

    fn place_of(&self, name: &str) -> Option<usize> {
        self.wanted.iter().position(|wanted| *wanted == name)
    }

    fn attribute<'e>(&self, instance: &Element<'e>, name: &str) -> Value<'e> {
        let place = self.place_of(name);
        place.map_or(Value::Undefined, |place| instance.value(place))
    }

    /// The raw text of a value, `None` where it is undefined; an error where it stands in what is
    /// null or undefined.
    fn value_at<'e>(&self, instance: &Element<'e>, path: &Path) -> Result<Option<&'e str>, ()> {
        if instance.json_type == JsonType::Null {
            return Err(());
        }
        let mut value = self
            .place_of(path.head())
            .and_then(|place| instance.raw(place));
        for part in path.0.iter().skip(1) {
            let raw = value
                .filter(|raw| JsonType::of(raw) != JsonType::Null)
                .ok_or(())?;
            value = json::member(raw, part);
        }
        Ok(value)
    }

    /// Keeps a value; the id of a record that was created is known from it.
    fn keep(&mut self, variable: &str, path: &Path, value: Value<'static>) {
        let accepted = self
            .answer
            .status
            .is_some_and(|status| (200..300).contains(&status));
        if self.request.creates()
            && accepted
            && path.to_string() == IDENTIFIER
            && let Some(record) = self.request.record
        {
            match value.json_type() {
                Some(JsonType::String | JsonType::Number) => {
                    self.state.created.push((record, value.clone()));
                }
                _ => self.state.unknown_record = true,
            }
        }
        self.state.globals.set(variable, value);
    }

    /// Whether the id of the instance loosely equals a variable; a created record is seen then.
    fn is_record(&mut self, instance: &Element<'_>, variable: &str) -> bool {
        let id = self.attribute(instance, IDENTIFIER);
        if !id.loosely_equals(self.state.globals.get(variable)) {
            return false;
        }
        if let Some((record, _)) = self.description.held_by(variable)
            && self
                .state
                .created
                .iter()
                .any(|(created, _)| *created == record)
            && !self.seen.contains(&record)
        {
            self.seen.push(record);
        }
        true
    }

    /// Counts that the assertion of a statement was executed, and returns its place.
    fn executed(
        &mut self,
        test: &Test,
        describe: impl FnOnce(&Self) -> (AssertionKind, Option<String>, String),
    ) -> usize {
        let address = std::ptr::from_ref(test).addr();
        let slot = if let Some(slot) = self.slots.get(&address) {
            *slot
        } else {
            let (kind, attribute, name) = describe(self);
            let known = self.assertions.iter().position(|known| {
                known.kind == kind && known.attribute == attribute && known.name == name
            });
            let slot = known.unwrap_or_else(|| {
                self.assertions.push(Assertion {
                    kind,
                    requirements: self.requirements(kind, attribute.as_deref()),
                    attribute,
                    name,
                    executed: 0,
                    failed: 0,
                    failures: Vec::new(),
                });
                self.assertions.len() - 1
            });
            self.slots.insert(address, slot);
            slot
        };
        self.assertions[slot].executed += 1;
        slot
    }

    fn requirements(&self, kind: AssertionKind, attribute: Option<&str>) -> Vec<String> {
        let ids = &self.request.requirements;
        match kind {
            AssertionKind::NotArray => ids.not_array.clone(),
            AssertionKind::Status => ids.status.clone(),
            AssertionKind::Mandatory => ids.mandatory.clone(),
            AssertionKind::Type => attribute
                .and_then(|name| ids.types.get(name))
                .cloned()
                .unwrap_or_default(),
            AssertionKind::Includes => ids.includes.clone(),
            AssertionKind::Equality | AssertionKind::NotExpected | AssertionKind::Other => {
                Vec::new()
            }
        }
    }

    /// Counts a failure of the assertion at a place.
    fn fail(
        &mut self,
        slot: usize,
        frame: &Frame<'_, '_>,
        expected: impl FnOnce() -> Json,
        describe: impl FnOnce() -> (String, Json),
    ) {
        let id = || {
            let id = frame.instance?.value(0);
            (!id.is_nil()).then(|| cut(&id.text()))
        };
        self.assertions[slot].fail(frame.place.origin, false, expected, || {
            let (message, actual) = describe();
            let index = frame.place.index;
            (
                message,
                Example {
                    index,
                    id: id(),
                    actual,
                },
            )
        });
    }

    fn test(&mut self, test: &'d Test, frame: &Frame<'_, 'd>) {
        match test {
            Test::Status { one_of } => self.status(test, one_of),
            Test::Fail {} if frame.in_array => {
                let slot = self.executed(test, |_| {
                    let name = "Array not expected as response".to_owned();
                    (AssertionKind::NotArray, None, name)
                });
                self.fail(
                    slot,
                    frame,
                    || json!("object"),
                    || {
                        let message = "an array came where one object is expected".to_owned();
                        (message, json!("array"))
                    },
                );
            }
            Test::Fail {} => {
                let slot = self.other(test, None, "fails".to_owned());
                self.fail(
                    slot,
                    frame,
                    || json!("another answer"),
                    || ("the kit fails such an answer".to_owned(), Json::Null),
                );
            }
            Test::WithoutFunction {} => {
                self.other(test, None, "asserts nothing".to_owned());
            }
            Test::Pass {} => {
                let variable = frame.id_of;
                self.executed(test, |_| match variable {
                    Some(variable) => (
                        AssertionKind::NotExpected,
                        Some(IDENTIFIER.to_owned()),
                        format!("{variable} not expected on this test"),
                    ),
                    None => (AssertionKind::Other, None, "always passes".to_owned()),
                });
            }
            Test::KeysIncludeRequired {} => self.mandatory(test, frame),
            Test::RequiredIncludeKeys {} => self.nothing_else(test, frame),
            Test::Type { path, r#type } => self.json_type(test, path, r#type, frame),
            Test::TextIncludes { path } => self.text_includes(test, path, frame),
            Test::Readable { path } => {
                let id_of = frame.id_of;
                let slot = self.executed(test, |run| {
                    let held = id_of.and_then(|variable| run.description.held_by(variable));
                    let variable =
                        held.and_then(|(record, _)| run.description.variable(record, path.head()));
                    let name = variable.map_or_else(
                        || format!("{path} can be read"),
                        |variable| format!("{path} is {}", run.state.globals.get(variable).shown()),
                    );
                    (AssertionKind::Equality, Some(path.to_string()), name)
                });
                if self.at(frame, path).is_err() {
                    self.fail(
                        slot,
                        frame,
                        || json!("a value that can be read"),
                        || (format!("`{path}` can't be read"), Json::Null),
                    );
                }
            }
            Test::Equals { attribute, value } => {
                let name = format!("{attribute} equals {value}");
                let slot = self.other(test, Some(attribute.clone()), name);
                let actual = frame.instance.map_or(Value::Undefined, |instance| {
                    self.attribute(instance, attribute)
                });
                if actual != Value::Text(value.into()) {
                    self.fail(
                        slot,
                        frame,
                        || json!(value),
                        || {
                            let shown = cut(&actual.text());
                            (
                                format!("`{attribute}` is {shown}, not {value}"),
                                json!(shown),
                            )
                        },
                    );
                }
            }
            Test::Schema {
                of,
                each_error_fails,
            } => self.schema(test, *of, *each_error_fails, frame),
        }
    }

    fn other(&mut self, test: &Test, attribute: Option<String>, name: String) -> usize {
        self.executed(test, |_| (AssertionKind::Other, attribute, name))
    }

    /// The value at a path of the instance.
    fn at<'e>(&self, frame: &Frame<'e, '_>, path: &Path) -> Result<Option<&'e str>, ()> {
        self.value_at(frame.instance.ok_or(())?, path)
    }

    fn status(&mut self, test: &Test, expected: &[u16]) {
        let list: Vec<String> = expected.iter().map(u16::to_string).collect();
        let list = list.join(" or ");
        let slot = self.executed(test, |_| {
            (
                AssertionKind::Status,
                None,
                format!("Status code is {list}"),
            )
        });
        let actual = self.answer.status;
        if actual.is_some_and(|actual| expected.contains(&actual)) {
            return;
        }
        let wanted = match expected {
            [one] => json!(one),
            several => json!(several),
        };
        let whole = Frame {
            instance: None,
            place: ANSWER,
            id_of: None,
            in_array: false,
        };
        self.fail(
            slot,
            &whole,
            || wanted,
            || {
                let message = match actual {
                    Some(actual) => format!("the status is {actual}, not {list}"),
                    None => format!("no answer came, and so no status {list}"),
                };
                (message, json!(actual))
            },
        );
    }

    fn mandatory(&mut self, test: &Test, frame: &Frame<'_, '_>) {
        let slot = self.executed(test, |_| {
            let name = "Instance has all mandatory attributes".to_owned();
            (AssertionKind::Mandatory, None, name)
        });
        let missing: Vec<&str> = match frame.instance {
            // What is not an object has no keys, and null can't even be asked for them.
            Some(instance) if instance.json_type != JsonType::Null => {
                let there = |name: &str| {
                    self.place_of(name)
                        .is_some_and(|place| instance.raw(place).is_some())
                };
                let names = self.required.iter().copied();
                names.filter(|name| !there(name)).collect()
            }
            _ => self.required.clone(),
        };
        let null = frame
            .instance
            .is_none_or(|instance| instance.json_type == JsonType::Null);
        if missing.is_empty() && !null {
            return;
        }
        let required = self.required.clone();
        let json_type = frame.instance.map(|instance| instance.json_type);
        self.fail(
            slot,
            frame,
            || json!(required),
            || {
                let message = match json_type {
                    Some(JsonType::Object) => format!("`{}` missing", missing.join("`, `")),
                    Some(other) => format!("{other} in place of an object"),
                    None => "nothing in place of an object".to_owned(),
                };
                (message, json!({ "missing": missing }))
            },
        );
    }

    /// Asserts that the instance has no other attributes than the required ones.
    fn nothing_else(&mut self, test: &Test, frame: &Frame<'_, '_>) {
        let slot = self.other(test, None, "Instance has no other attributes".to_owned());
        let holds = frame.instance.is_some_and(|instance| {
            let mut wanted = self.wanted.iter().enumerate();
            let other = wanted.any(|(place, name)| {
                instance.raw(place).is_some() && !self.required.contains(name)
            });
            // The elements of an array and the characters of a text have keys of their own.
            let keyless = match instance.json_type {
                JsonType::Null => false,
                JsonType::Array => {
                    self.shape == Some(Shape::List(0)) || instance.text == Some("[]")
                }
                JsonType::String => instance.text == Some("\"\""),
                _ => true,
            };
            keyless && !instance.more && !other
        });
        if !holds {
            let required = self.required.clone();
            self.fail(
                slot,
                frame,
                || json!(required),
                || ("it has other attributes, too".to_owned(), Json::Null),
            );
        }
    }

    fn json_type(&mut self, test: &Test, path: &Path, expected: &str, frame: &Frame<'_, '_>) {
        let slot = self.executed(test, |_| {
            let name = format!("Response has {path} attribute");
            (AssertionKind::Type, Some(path.to_string()), name)
        });
        let found = self.at(frame, path);
        let actual = found.map(|raw| raw.map(JsonType::of));
        if actual.is_ok_and(|actual| actual.map_or("undefined", JsonType::name) == expected) {
            return;
        }
        let actual = actual.ok().flatten();
        self.fail(
            slot,
            frame,
            || json!(expected),
            || {
                let message = match actual {
                    Some(actual) => format!("`{path}` is of type {actual}, not {expected}"),
                    None => format!("`{path}` is missing"),
                };
                (message, json!(actual))
            },
        );
    }

    fn text_includes(&mut self, test: &Test, path: &Path, frame: &Frame<'_, '_>) {
        let slot = self.executed(test, |_| {
            let name = format!("Body includes value held on {path}");
            (AssertionKind::Includes, Some(path.to_string()), name)
        });
        let null = frame
            .instance
            .is_none_or(|instance| instance.json_type == JsonType::Null);
        let found = match self.at(frame, path) {
            Ok(found) => found,
            // A list has ten failed assertions for an element that is null.
            Err(()) => {
                let message =
                    format!("`{path}` can't be read: it stands in what is null or missing");
                let actual = if null {
                    json!(null)
                } else {
                    json!(path.to_string())
                };
                self.fail(slot, frame, || json!("a value"), || (message, actual));
                return;
            }
        };
        let value = found.map_or(Value::Undefined, Value::read);
        // A text without escapes stands in the body as it is, a number often does.
        let inside = match &value {
            Value::Text(text) => found.is_some_and(|raw| raw.len() == text.len() + 2),
            Value::Undefined | Value::List(_) | Value::Long(_) | Value::Object => false,
            other => found.is_some_and(|raw| raw == other.text()),
        };
        if inside {
            return;
        }
        let text = value.text();
        let sought = text.len() <= LONGEST_SOUGHT && !matches!(value, Value::Long(_));
        let id = frame
            .instance
            .map_or(Value::Undefined, |instance| instance.value(0));
        let value = Pending {
            slot,
            text: if sought {
                text.into_owned()
            } else {
                cut(&text)
            },
            escaped: matches!(value, Value::Text(_)),
            id: (!id.is_nil()).then(|| cut(&id.text())),
            place: frame.place,
        };
        match self.room.checked_sub(value.bytes()).filter(|_| sought) {
            Some(room) => {
                self.room = room;
                self.pending.push(value);
            }
            // Escapes hide it where it stands; that it stands elsewhere too is not likely.
            None => {
                self.not_looked_for += 1;
                self.not_included(&value);
            }
        }
    }

    /// Looks for the values that were not found where they stand, anywhere in the body.
    fn includes(&mut self) -> std::io::Result<()> {
        let pending = std::mem::take(&mut self.pending);
        let texts: Vec<&str> = pending
            .iter()
            .map(|pending| pending.text.as_str())
            .collect();
        let found = occur_in(self.answer.body, &texts)?;
        for (pending, _) in pending.iter().zip(found).filter(|(_, found)| !found) {
            self.not_included(pending);
        }
        Ok(())
    }

    /// Counts that a value does not stand in the text of the body.
    fn not_included(&mut self, pending: &Pending) {
        let assertion = &mut self.assertions[pending.slot];
        let name = assertion.attribute.clone().unwrap_or_default();
        let text = cut(&pending.text);
        assertion.fail(
            pending.place.origin,
            pending.escaped,
            || json!(text),
            || {
                let message = if pending.escaped {
                    format!("the value of `{name}` stands in the body with JSON escapes only")
                } else {
                    format!("the body does not contain {text}, the value of `{name}` as text")
                };
                let example = Example {
                    index: pending.place.index,
                    id: pending.id.clone(),
                    actual: json!(text),
                };
                (message, example)
            },
        );
    }

    fn schema(&mut self, test: &Test, of: Subject, each: bool, frame: &Frame<'_, '_>) {
        let name = "the schema holds".to_owned();
        let slot = self.other(test, None, name);
        let text = match (of, frame.instance) {
            (Subject::Instance, Some(instance)) if instance.text.is_some() => {
                instance.text.map(str::to_owned)
            }
            (Subject::Instance, None) => None,
            _ => self
                .answer
                .body
                .whole()
                .ok()
                .map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        };
        let value = text.and_then(|text| {
            serde_json::from_str::<Json>(text.trim_start_matches('\u{feff}')).ok()
        });
        let found = match (self.schema, &value) {
            (Some(schema), Some(value)) => ajv::errors(schema, value),
            _ => 1,
        };
        let failures = match (found, each) {
            (0, _) => 0,
            (found, true) => found + 1,
            (_, false) => 1,
        };
        self.assertions[slot].executed += failures.saturating_sub(1);
        for _ in 0..failures {
            self.fail(
                slot,
                frame,
                || json!("a body that keeps to the kit's schema"),
                || ("the kit's schema does not hold".to_owned(), Json::Null),
            );
        }
    }

    /// The script takes an empty list for one record; what fails then is that the list is empty.
    fn blame_empty_list(&mut self) {
        let ids = &self.request.requirements.empty_list;
        if ids.is_empty() {
            return;
        }
        let whole = [AssertionKind::Status, AssertionKind::NotArray];
        for assertion in self
            .assertions
            .iter_mut()
            .filter(|one| !whole.contains(&one.kind))
        {
            assertion.requirements.clone_from(ids);
            for failure in &mut assertion.failures {
                failure.origin = Origin::Answer;
                "the list is empty".clone_into(&mut failure.message);
            }
        }
    }

    /// The attribute that the request filters on, with the variable that holds the value asked for.
    fn filter(&self) -> Option<(&'d str, &'d str)> {
        let (_, query) = self.request.url.split_once('?')?;
        let variable = variables_in(query).next()?;
        let (_, attribute) = self.description.held_by(variable)?;
        Some((attribute, variable))
    }

    /// Whose record an element is. It is an older one only where that is certain: it has an id
    /// of its own, no record of this run is unknown, and it belongs into the list.
    fn origin(&self, element: &Element<'_>, filter: Option<(&str, &str)>) -> Origin {
        let id = element.value(0);
        if !matches!(id, Value::Text(_) | Value::Number(_)) {
            return Origin::Unclear;
        }
        let mut created = self.state.created.iter();
        if created.any(|(_, own)| id.loosely_equals(own)) {
            return Origin::Own;
        }
        let belongs = match filter {
            Some((attribute, variable)) => self
                .attribute(element, attribute)
                .same_text(self.state.globals.get(variable)),
            None => self.request.lists(),
        };
        if belongs && !self.state.unknown_record {
            Origin::Older
        } else {
            Origin::Unclear
        }
    }
}

/// The instance; null and undefined have no attributes to read.
fn readable<'e>(frame: &Frame<'e, '_>) -> Result<&'e Element<'e>, Ended> {
    let instance = frame
        .instance
        .filter(|instance| instance.json_type != JsonType::Null);
    instance.ok_or_else(|| {
        Ended::Script(match frame.place.index {
            Some(index) => format!("element {index} of the list is null"),
            None => "the body is null where a record is expected".to_owned(),
        })
    })
}

/// A text that may come from anywhere, short enough for a report.
fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
