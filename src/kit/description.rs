//! An edition of the official kit, described as data.
//!
//! The kits of the TM Forum's v4 APIs share one shape: two creates, a list, retrievals by id,
//! attribute selection, filters, an unknown id. Another edition or API is another file.

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;

use super::url::variables_in;
use super::value::JsonType;

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
    /// The attribute that distinguishes records.
    pub identifier: String,
    /// The attributes that the kit holds mandatory, in the kit's order.
    pub attributes: Vec<Attribute>,
    /// The records that the kit creates.
    pub records: Vec<Record>,
    /// The requests in the kit's order.
    pub requests: Vec<Request>,
}

/// A mandatory attribute.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// Its name in the JSON object.
    pub name: String,
    /// The type that the kit asks of it.
    #[serde(rename = "type")]
    pub json_type: JsonType,
}

/// A record that the kit creates, and where it keeps the values of the answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Its number, from 1.
    pub record: usize,
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
    pub script: Script,
    /// The requirements that its assertions stand for.
    pub requirements: RequirementIds,
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

/// The kinds of script in the kit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Script {
    /// One object, the record just created; its values are kept.
    Create {
        /// Which record.
        record: usize,
        /// The status asked for.
        status: u16,
    },
    /// A list with all records.
    List {
        /// The status asked for.
        status: u16,
    },
    /// One record, by id or by filter.
    Retrieve {
        /// Which record.
        record: usize,
        /// The status asked for.
        status: u16,
    },
    /// No assertion.
    Selection,
    /// The status alone.
    Unknown {
        /// The status asked for.
        status: u16,
    },
}

impl Script {
    /// The record that the script is about, if it is about one.
    pub const fn record(self) -> Option<usize> {
        match self {
            Self::Create { record, .. } | Self::Retrieve { record, .. } => Some(record),
            Self::List { .. } | Self::Selection | Self::Unknown { .. } => None,
        }
    }
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
        let description: Self = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            DescriptionError::Malformed {
                pointer: error.path().to_string(),
                reason: error.inner().to_string(),
            }
        })?;
        reader.end().map_err(|error| DescriptionError::Malformed {
            pointer: "its end".to_owned(),
            reason: error.to_string(),
        })?;
        description.contradiction().map_or(Ok(description), |text| {
            Err(DescriptionError::Contradiction(text))
        })
    }

    /// The attributes whose values are kept and looked for in bodies, in the kit's order.
    pub fn kept(&self) -> impl Iterator<Item = &Attribute> {
        self.attributes
            .iter()
            .filter(|attribute| self.keeps(&attribute.name))
    }

    fn keeps(&self, attribute: &str) -> bool {
        self.records
            .iter()
            .any(|record| record.variables.contains_key(attribute))
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

    fn contradiction(&self) -> Option<String> {
        let is_attribute = |name: &str| self.attributes.iter().any(|known| known.name == name);
        if !is_attribute(&self.identifier) {
            return Some(format!(
                "`{}` is the identifier and no attribute",
                self.identifier
            ));
        }
        let mut names = HashSet::from([self.base_variable.as_str()]);
        for record in &self.records {
            for (attribute, variable) in &record.variables {
                if !is_attribute(attribute) {
                    return Some(format!(
                        "record {} keeps the unknown `{attribute}`",
                        record.record
                    ));
                }
                if !names.insert(variable) {
                    return Some(format!("the variable {variable} is used twice"));
                }
            }
            if let Some(missing) = self
                .kept()
                .find(|attribute| !record.variables.contains_key(&attribute.name))
            {
                return Some(format!(
                    "record {} does not keep `{}`",
                    record.record, missing.name
                ));
            }
        }
        if self
            .records
            .iter()
            .any(|record| !record.variables.contains_key(&self.identifier))
        {
            return Some(format!(
                "a record does not keep the identifier `{}`",
                self.identifier
            ));
        }
        self.requests
            .iter()
            .enumerate()
            .find_map(|(index, request)| self.contradiction_in(index, request, &names))
    }

    fn contradiction_in(
        &self,
        index: usize,
        request: &Request,
        variables: &HashSet<&str>,
    ) -> Option<String> {
        let number = request.number;
        if number != index + 1 {
            return Some(format!("request {number} stands at place {}", index + 1));
        }
        if let Some(unknown) = variables_in(&request.url).find(|name| !variables.contains(name)) {
            return Some(format!(
                "request {number} uses the unknown variable {unknown}"
            ));
        }
        if let Some(record) = request.script.record()
            && !self.records.iter().any(|known| known.record == record)
        {
            return Some(format!(
                "request {number} is about the unknown record {record}"
            ));
        }
        let created = matches!(request.script, Script::Create { .. });
        if created != request.payload.is_some() {
            return Some(format!(
                "request {number}: a create, and only a create, has a payload"
            ));
        }
        request
            .requirements
            .types
            .keys()
            .find(|name| !self.attributes.iter().any(|known| known.name == **name))
            .map(|unknown| format!("request {number} has requirements of the unknown `{unknown}`"))
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
        let kept: Vec<_> = description.kept().map(|kept| kept.name.as_str()).collect();
        assert_eq!(kept, ["direction", "href", "id", "reason"]);
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
            replaced(
                "/{{IDPI02}}\",\n      \"script",
                "/{{ID}}\",\n      \"script"
            )
            .contains("the unknown variable ID")
        );
        assert!(replaced("\"IDPI02\"", "\"IDPI01\"").contains("IDPI01 is used twice"));
        assert!(replaced("\"identifier\": \"id\"", "\"identifier\": \"key\"").contains("`key`"));
        assert!(
            replaced(
                "\"record\": 2, \"status\": 201",
                "\"record\": 3, \"status\": 201"
            )
            .contains("unknown record 3")
        );
        assert!(
            replaced("\"payload\": \"configured\",", "").contains("only a create, has a payload")
        );
    }
}
