//! One compiled schema: the only place that knows the validating crate.

use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{Draft, ValidationError};
use serde_json::Value;

use super::pointer;
use super::violation::{Violation, expected_sentence, shown};
use crate::evidence::date_time;

/// A compiled schema.
#[derive(Debug)]
pub struct Validator {
    name: Arc<str>,
    inner: jsonschema::Validator,
}

/// Why a schema could not be compiled.
#[derive(Debug)]
pub(super) struct Fault {
    /// The definition that is wrong.
    pub definition: String,
    /// Where in it.
    pub at: String,
    /// What is wrong.
    pub problem: String,
}

impl Validator {
    /// Compiles a schema that has all it refers to in its own `$defs`.
    pub(super) fn compile(name: &str, bundle: &Value) -> Result<Self, Fault> {
        jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .should_ignore_unknown_formats(true)
            // `byte` is OpenAPI's name of it.
            .with_format("base64", is_base64)
            .with_format("byte", is_base64)
            .with_format("date-time", |text: &str| date_time(text).is_some())
            .offline()
            .build(bundle)
            .map(|inner| Self {
                name: name.into(),
                inner,
            })
            .map_err(|error| {
                let at = error.instance_path().as_str().to_owned();
                let (definition, at) =
                    split_definition(&at).unwrap_or_else(|| (name.to_owned(), at));
                Fault {
                    definition,
                    at,
                    problem: format!("no valid schema: {}", error.masked()),
                }
            })
    }

    /// The logical name of the schema.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the instance keeps to the schema; cheaper than asking for the violations.
    pub fn is_valid(&self, instance: &Value) -> bool {
        self.inner.is_valid(instance)
    }

    /// Every violation in the instance, each once, sorted by place and keyword.
    pub fn validate(&self, instance: &Value) -> Vec<Violation> {
        if self.is_valid(instance) {
            return Vec::new();
        }
        let mut violations: Vec<Violation> = self
            .inner
            .iter_errors(instance)
            .map(|error| self.violation(&error))
            .collect();
        violations.sort_by(|a, b| a.key().cmp(&b.key()));
        // The same rule may reach a place by several ways through the schema.
        violations.dedup_by(|later, first| later.is_repeat_of(first));
        violations
    }

    fn violation(&self, error: &ValidationError<'_>) -> Violation {
        let kind = error.kind();
        let (expected, attribute) = expected(kind);
        let pointer = error.instance_path().as_str().to_owned();
        let schema_path = error.schema_path().as_str();
        let schema_pointer = match split_definition(schema_path) {
            Some((definition, at)) => format!("{definition}#{at}"),
            None => format!("{}#{schema_path}", self.name),
        };
        let keyword = kind.keyword().to_owned();
        let actual = match attribute {
            Some(_) => Value::from("absent"),
            None => shown(error.instance()),
        };
        let mut violation = Violation {
            schema: Arc::clone(&self.name),
            pointer,
            attribute,
            keyword,
            schema_pointer,
            expected,
            actual,
            null: error.instance().is_null(),
            message: String::new(),
        };
        violation.message = expected_sentence(&violation);
        violation
    }
}

/// Takes `/$defs/NAME/rest` apart.
fn split_definition(pointer: &str) -> Option<(String, String)> {
    let mut tokens = pointer::tokens(pointer);
    if tokens.next()? != "$defs" {
        return None;
    }
    let name = tokens.next()?.into_owned();
    let rest = tokens.fold(String::new(), |rest, token| pointer::join(&rest, &token));
    Some((name, rest))
}

/// What the schema demands, and the attribute that is missing if it is that.
fn expected(kind: &ValidationErrorKind) -> (Value, Option<String>) {
    use ValidationErrorKind as Kind;
    let expected = match kind {
        Kind::Required { property } => {
            let attribute = property.as_str().unwrap_or_default().to_owned();
            return (property.clone(), Some(attribute));
        }
        Kind::Type {
            kind: TypeKind::Single(one),
        } => Value::from(one.as_str()),
        Kind::Type {
            kind: TypeKind::Multiple(several),
        } => Value::from(
            several
                .iter()
                .map(|one| one.as_str())
                .collect::<Vec<_>>()
                .join(" or "),
        ),
        Kind::Format { format } => Value::from(format.as_str()),
        Kind::Enum { options } => Value::clone(options),
        Kind::Constant { expected_value } => Value::clone(expected_value),
        Kind::Pattern { pattern } => Value::from(pattern.as_str()),
        Kind::MinItems { limit }
        | Kind::MaxItems { limit }
        | Kind::MinLength { limit }
        | Kind::MaxLength { limit }
        | Kind::MinProperties { limit }
        | Kind::MaxProperties { limit } => Value::from(*limit),
        Kind::Minimum { limit }
        | Kind::Maximum { limit }
        | Kind::ExclusiveMinimum { limit }
        | Kind::ExclusiveMaximum { limit } => limit.clone(),
        Kind::MultipleOf { multiple_of } => Value::from(*multiple_of),
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            Value::from(format!("no `{}`", unexpected.join("`, `")))
        }
        _ => Value::Null,
    };
    (expected, None)
}

/// Base64 as it is found: padded or not, of either alphabet, in one line or in several.
fn is_base64(text: &str) -> bool {
    const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    const ENGINES: [GeneralPurpose; 2] = [
        GeneralPurpose::new(&alphabet::STANDARD, CONFIG),
        GeneralPurpose::new(&alphabet::URL_SAFE, CONFIG),
    ];
    let text: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    ENGINES.iter().any(|engine| engine.decode(&text).is_ok())
}

#[cfg(test)]
mod tests;
