//! How shapes are described, and what can be wrong with a value.

use jiff::Timestamp;
use serde_json::{Map, Value};

/// The type of an attribute.
#[derive(Debug, Clone, Copy)]
pub(in crate::reference) enum Kind {
    /// Any string.
    Text,
    /// A string that is an absolute URI.
    Uri,
    /// A string that is base64.
    Base64,
    /// An RFC 3339 date-time with a zone.
    DateTime,
    /// Any number.
    Number,
    /// An object of a shape.
    One(&'static Shape),
    /// An array of objects of a shape.
    Many(&'static Shape),
}

/// A rule over several attributes of an object: the attribute that breaks it, and how.
pub(in crate::reference) type Rule = fn(&Map<String, Value>) -> Option<(&'static str, Flaw)>;

/// An object with the attributes that the API description gives it. Others are allowed.
#[derive(Debug)]
pub(in crate::reference) struct Shape {
    /// Name and type of each known attribute.
    pub(in crate::reference) attributes: &'static [(&'static str, Kind)],
    /// Attributes that have to be there and may not be blank.
    pub(in crate::reference) mandatory: &'static [&'static str],
    /// The rule over several attributes.
    pub(in crate::reference) rule: Rule,
}

/// What is wrong with an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::reference) enum Flaw {
    /// Not there.
    Missing,
    /// Null.
    Null,
    /// An empty or blank string.
    Blank,
    /// An empty array where at least one element is needed.
    Empty,
    /// Another JSON type than the one described.
    Type,
    /// A string that does not have its format.
    Format,
    /// An end before its start.
    Order,
    /// Not wanted here.
    Unwanted,
}

/// One thing wrong with a body, where it is and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::reference) struct Violation {
    /// JSON pointer of the attribute.
    pub(in crate::reference) pointer: String,
    /// What is wrong with it.
    pub(in crate::reference) flaw: Flaw,
}

impl Violation {
    /// What is wrong at a pointer.
    pub(in crate::reference) fn new(pointer: impl Into<String>, flaw: Flaw) -> Self {
        let pointer = pointer.into();
        Self { pointer, flaw }
    }

    /// Whether it is about this attribute, at the top or below.
    pub(in crate::reference) fn concerns(&self, attribute: &str) -> bool {
        self.pointer.split('/').any(|step| step == attribute)
    }

    /// Whether the attribute at fault has this name.
    pub(in crate::reference) fn ends_with(&self, attribute: &str) -> bool {
        self.pointer.rsplit('/').next() == Some(attribute)
    }

    /// The sentence for the error body.
    pub(in crate::reference) fn message(&self) -> String {
        let what = match self.flaw {
            Flaw::Missing => "is missing",
            Flaw::Null => "must not be null",
            Flaw::Blank => "must not be blank",
            Flaw::Empty => "needs at least one element",
            Flaw::Type => "has the wrong type",
            Flaw::Format => "has the wrong format",
            Flaw::Order => "must not be before the start",
            Flaw::Unwanted => "is not accepted",
        };
        format!("{} {what}", self.pointer)
    }
}

/// The instant that a date-time stands for.
pub(in crate::reference) fn instant(text: &str) -> Option<Timestamp> {
    // Everything shorter than 2020-01-01T00:00:00Z can't be one: this keeps filters fast.
    (text.len() >= 20).then(|| text.parse().ok()).flatten()
}
