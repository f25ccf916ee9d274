//! One violation of a schema, reported without showing the whole instance.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::pointer;

/// How many characters of a value are shown.
const SHOWN: usize = 80;

/// One place where an instance does not keep to its schema.
#[derive(Debug, Clone, PartialEq)]
pub struct Violation {
    /// The logical name of the schema that was asked.
    pub schema: Arc<str>,
    /// JSON pointer into the instance. Where an attribute is missing, that of the object lacking
    /// it.
    pub pointer: String,
    /// The attribute that is missing, if it is that.
    pub attribute: Option<String>,
    /// The keyword of JSON Schema that is violated: `type`, `format`, `required`, `minItems` ...
    pub keyword: String,
    /// Where the keyword stands: definition, `#`, JSON pointer.
    pub schema_pointer: String,
    /// What the keyword demands: the type, the format, the allowed values, the least number ...
    pub expected: Value,
    /// What came. Scalars stand for themselves, cut to 80 characters; arrays and objects are
    /// only described; `"absent"` stands for a missing attribute.
    pub actual: Value,
    /// Whether what came is `null`; the fair rules are milder on it.
    pub null: bool,
    /// One sentence.
    pub message: String,
}

impl Violation {
    /// The place that the violation is about: its pointer, or that of the missing attribute.
    pub fn place(&self) -> String {
        match &self.attribute {
            Some(attribute) => pointer::join(&self.pointer, attribute),
            None => self.pointer.clone(),
        }
    }

    /// What violations are sorted by. The way through the schema comes last.
    pub(super) fn key(&self) -> impl Ord + '_ {
        (
            natural(&self.pointer),
            &self.attribute,
            &self.keyword,
            &self.schema_pointer,
        )
    }

    /// Whether the same keyword demands the same at the same place.
    pub(super) fn is_repeat_of(&self, other: &Self) -> bool {
        self.pointer == other.pointer
            && self.attribute == other.attribute
            && self.keyword == other.keyword
            && self.expected == other.expected
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// The tokens of a pointer, sorted so that `/note/2` comes before `/note/10`.
fn natural(pointer: &str) -> Vec<(usize, &str)> {
    pointer
        .split('/')
        .map(|token| (token.parse().unwrap_or(usize::MAX), token))
        .collect()
}

/// A value as evidence shows it: short, and never a whole object.
pub(super) fn shown(value: &Value) -> Value {
    match value {
        Value::String(text) if text.chars().count() > SHOWN => {
            let cut: String = text.chars().take(SHOWN - 1).collect();
            Value::from(format!("{cut}…"))
        }
        Value::Array(items) => Value::from(format!("an array of {}", count(items.len(), "item"))),
        Value::Object(attributes) => Value::from(format!(
            "an object with {}",
            count(attributes.len(), "member")
        )),
        scalar => scalar.clone(),
    }
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// The sentence that states a violation; the values are in `expected` and `actual`.
pub(super) fn expected_sentence(violation: &Violation) -> String {
    let subject = match violation.pointer.as_str() {
        "" => "the document".to_owned(),
        pointer => format!("`{pointer}`"),
    };
    let expected = plain(&violation.expected);
    match violation.keyword.as_str() {
        "required" => format!("{subject} lacks the member `{expected}`"),
        "type" => format!("{subject} is not of the type {expected}"),
        "format" => format!("{subject} is no {}", format_name(&expected)),
        "enum" => format!("{subject} is none of the values {expected}"),
        "const" => format!("{subject} is not {expected}"),
        "pattern" if expected == NOT_BLANK => format!("{subject} is blank"),
        "pattern" => format!("{subject} does not match the pattern {expected}"),
        "minItems" => format!("{subject} has fewer items than {expected}"),
        "maxItems" => format!("{subject} has more items than {expected}"),
        "minLength" => format!("{subject} is shorter than {expected} characters"),
        "maxLength" => format!("{subject} is longer than {expected} characters"),
        "minProperties" => format!("{subject} has fewer members than {expected}"),
        "maxProperties" => format!("{subject} has more members than {expected}"),
        "minimum" => format!("{subject} is less than {expected}"),
        "maximum" => format!("{subject} is more than {expected}"),
        "exclusiveMinimum" => format!("{subject} is not more than {expected}"),
        "exclusiveMaximum" => format!("{subject} is not less than {expected}"),
        "multipleOf" => format!("{subject} is not a multiple of {expected}"),
        "falseSchema" => format!("{subject} must not be there"),
        "uniqueItems" => format!("{subject} has the same item twice"),
        "anyOf" | "oneOf" => format!("{subject} has none of the forms that the schema allows"),
        keyword => format!("{subject} violates the keyword `{keyword}` of its schema"),
    }
}

/// The pattern of a text with something in it.
const NOT_BLANK: &str = r"\S";

fn format_name(format: &str) -> &str {
    match format {
        "date-time" => "RFC 3339 date-time with a time and a zone offset",
        "date" => "RFC 3339 date",
        "uri" => "absolute URI",
        "uri-reference" => "URI reference",
        "byte" | "base64" => "base64",
        other => other,
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", "),
        other => other.to_string(),
    }
}
