//! An edition of the official kit, described as data.
//!
//! The kits of the TM Forum's v4 APIs are requests, one after the other, each with a test script
//! made of few kinds of statement. Another edition or API is another file.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::statement::{Statement, sets};
use super::url::variables_in;

/// What one edition of the official kit sends and asserts.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Description {
    /// The edition, by its date.
    pub edition: String,
    /// The variable that holds the base URL.
    pub base_variable: String,
    /// Sent with every request, name and value.
    pub headers: Vec<(String, String)>,
    /// From about this many elements in one list on, the kit's own time limit ends its run.
    pub list_limit: usize,
    /// The requests in the kit's order.
    pub requests: Vec<Request>,
    /// Whether it is all that the kit asserts.
    #[serde(default = "yes")]
    pub exact: bool,
    /// What could not be read of the kit; its numbers are a guess then.
    #[serde(default)]
    pub unread: Vec<String>,
    /// The records that the kit creates: one for each POST that keeps values of its answer.
    #[serde(skip)]
    pub records: Vec<Record>,
}

const fn yes() -> bool {
    true
}

/// A record that the kit creates, and where it keeps the values of the answer.
#[derive(Debug, Clone)]
pub struct Record {
    /// Its number, from 1.
    pub record: usize,
    /// The number of the request that creates it.
    pub create: usize,
    /// Attribute to the name of the global variable that holds its value.
    pub variables: BTreeMap<String, String>,
}

/// One request of the kit.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Its place in the kit, from 1.
    pub number: usize,
    /// The kit's folder.
    pub folder: String,
    /// The kit's name for it, with its variables.
    pub name: String,
    /// HTTP method.
    pub method: String,
    /// The URL with its variables in double braces.
    pub url: String,
    /// The body, where it has one.
    #[serde(default)]
    pub payload: Option<Payload>,
    /// What is asserted of the answer.
    pub script: Vec<Statement>,
    /// The requirements that its assertions stand for.
    #[serde(default)]
    pub requirements: RequirementIds,
    /// The record that it creates, or reads by a value that was kept of it.
    #[serde(skip)]
    pub record: Option<usize>,
}

impl Request {
    /// Whether it creates a record.
    pub fn creates(&self) -> bool {
        self.method == "POST"
    }

    /// Whether it reads the whole collection.
    pub fn lists(&self) -> bool {
        self.method == "GET"
            && !self.url.contains('?')
            && self.record.is_none()
            && Statement::walks_a_list(&self.script)
    }
}

/// The body of a create.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Payload {
    /// The one that the kit's user configures.
    Configured,
    /// One that is built into the kit, as it goes over the wire.
    BuiltIn(String),
}

/// Requirement ids of a request, by what is violated.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct RequirementIds {
    /// No answer came.
    pub answer: Vec<String>,
    /// The script ended in an exception: no JSON, or null where a record is expected.
    pub script: Vec<String>,
    /// An array came where one object is expected.
    pub not_array: Vec<String>,
    /// The status.
    pub status: Vec<String>,
    /// The presence of the mandatory attributes.
    pub mandatory: Vec<String>,
    /// All that fails because a list is empty; without it the assertion's own ones.
    pub empty_list: Vec<String>,
    /// The JSON type, by attribute.
    pub types: BTreeMap<String, Vec<String>>,
    /// The value in the text of the body.
    pub includes: Vec<String>,
}

/// Why a description can't be used.
#[derive(Debug, thiserror::Error)]
pub enum DescriptionError {
    /// It is not JSON, or not of this shape.
    #[error("the description of the official kit is malformed at {pointer}: {reason}")]
    Malformed {
        /// Where, as a path of attributes.
        pointer: String,
        /// What is wrong, with line and column.
        reason: String,
    },
    /// Its parts contradict each other.
    #[error("the description of the official kit contradicts itself: {0}")]
    Contradiction(String),
}

impl Description {
    /// Reads and checks a description.
    ///
    /// # Errors
    ///
    /// Names the place that is malformed, or the contradiction.
    pub fn read(json: &str) -> Result<Self, DescriptionError> {
        let mut reader = serde_json::Deserializer::from_str(json);
        let mut description: Self =
            serde_path_to_error::deserialize(&mut reader).map_err(|error| {
                DescriptionError::Malformed {
                    pointer: error.path().to_string(),
                    reason: error.inner().to_string(),
                }
            })?;
        reader.end().map_err(|error| DescriptionError::Malformed {
            pointer: "its end".to_owned(),
            reason: error.to_string(),
        })?;
        if let Some(text) = description.contradiction() {
            return Err(DescriptionError::Contradiction(text));
        }
        description.find_records();
        Ok(description)
    }

    /// The variable that holds an attribute of a record.
    pub fn variable(&self, record: usize, attribute: &str) -> Option<&str> {
        self.records
            .iter()
            .find(|candidate| candidate.record == record)?
            .variables
            .get(attribute)
            .map(String::as_str)
    }

    /// Which attribute of which record a variable holds.
    pub fn held_by(&self, variable: &str) -> Option<(usize, &str)> {
        self.records.iter().find_map(|record| {
            let (attribute, _) = record
                .variables
                .iter()
                .find(|(_, name)| *name == variable)?;
            Some((record.record, attribute.as_str()))
        })
    }

    /// Finds the records that are created, and what each request has to do with them.
    fn find_records(&mut self) {
        for request in &mut self.requests {
            let variables = sets(&request.script);
            if request.creates() && !variables.is_empty() {
                request.record = Some(self.records.len() + 1);
                self.records.push(Record {
                    record: self.records.len() + 1,
                    create: request.number,
                    variables,
                });
            }
        }
        let about: Vec<_> = self
            .requests
            .iter()
            .map(|request| {
                let held = variables_in(&request.url).find_map(|name| self.held_by(name));
                request.record.or(held.map(|(record, _)| record))
            })
            .collect();
        for (request, about) in self.requests.iter_mut().zip(about) {
            request.record = about;
        }
    }

    fn contradiction(&self) -> Option<String> {
        let mut places = self.requests.iter().zip(1..);
        places.find_map(|(request, place)| {
            let number = request.number;
            if number != place {
                return Some(format!("request {number} stands at place {place}"));
            }
            let configured = request.payload == Some(Payload::Configured);
            (configured && !request.creates())
                .then(|| format!("request {number}: only a create has a configured payload"))
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The edition of the pack, as the tests of this folder use it.
    pub const EDITION: &str =
        include_str!("../../schemas/tmf683/v4.0.0/official-kit-2021-04-15.json");

    fn error_of(json: &str) -> String {
        Description::read(json)
            .expect_err("must be refused")
            .to_string()
    }

    #[test]
    fn the_edition_of_the_pack_has_18_requests() {
        let description = Description::read(EDITION).expect("readable");
        assert_eq!(description.requests.len(), 18);
        assert_eq!(description.variable(2, "href"), Some("HREFPI02"));
        assert_eq!(description.held_by("REASONPI01"), Some((1, "reason")));
        assert!(description.requests[2].lists() && !description.requests[5].lists());
        assert_eq!(description.requests[7].record, Some(2));
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        let broken = EDITION.replacen("\"number\": 3", "\"number\": \"3\"", 1);
        let error = error_of(&broken);
        assert!(
            error.contains("requests[2].number") && error.contains("line"),
            "{error}"
        );
        let unknown = EDITION.replacen("\"listLimit\"", "\"listlimit\"", 1);
        assert!(error_of(&unknown).contains("listlimit"));
        assert!(error_of("").contains("malformed"));
        assert!(error_of(&format!("{EDITION} x")).contains("its end"));
    }

    #[test]
    fn contradictions_are_found() {
        let replaced = |from, to| error_of(&EDITION.replacen(from, to, 1));
        assert!(replaced("\"number\": 2", "\"number\": 7").contains("request 7 stands at place 2"));
        assert!(
            replaced("\"method\": \"POST\"", "\"method\": \"PUT\"")
                .contains("only a create has a configured payload")
        );
    }
}
