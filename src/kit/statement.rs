//! The statements that the kits' test scripts are made of.
//!
//! They are what the scripts of the TM Forum's v4 kits consist of, in words of our own. A script
//! that does anything else is not described.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// The attribute that distinguishes records.
pub const IDENTIFIER: &str = "id";

/// One statement of a script.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged, rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Statement {
    /// An assertion.
    Test(Test),
    /// Reads the body as JSON; what is not JSON ends the script.
    Parse {
        /// Into which variable.
        parse: Variable,
    },
    /// Done where the body is an array.
    IfArray {
        /// What is done.
        if_data_is_array: Vec<Statement>,
    },
    /// Done where the body is an array with elements.
    IfNonEmptyArray {
        /// What is done.
        if_data_is_non_empty_array: Vec<Statement>,
        /// What is done with any other body.
        #[serde(default, rename = "else", skip_serializing_if = "Vec::is_empty")]
        otherwise: Vec<Statement>,
    },
    /// Done for each element of the body, which is the instance then.
    ForEach {
        /// What is done.
        for_each_instance: Vec<Statement>,
    },
    /// Ends the script with an error.
    Fails {
        /// Always true.
        script_fails: bool,
    },
    /// Sets the list of required attributes.
    Required {
        /// Their names.
        required_attributes: Vec<String>,
    },
    /// Adds to the list of required attributes.
    AlsoRequired {
        /// The name.
        also_required: String,
    },
    /// Keeps a value.
    Set {
        /// The global variable.
        set: String,
        /// Where the value stands.
        path: Path,
    },
    /// Done where the id of the instance loosely equals a global variable.
    IfId {
        /// The variable.
        if_id_equals: String,
        /// What is done.
        r#do: Vec<Statement>,
    },
    /// Done depending on an attribute of the instance.
    IfAttribute {
        /// The attribute.
        if_attribute: String,
        /// Whether it is to be there.
        present: bool,
        /// How both conditions are joined.
        join: Join,
        /// What its value is to equal loosely.
        loosely_equals: Json,
        /// What is done.
        r#do: Vec<Statement>,
    },
    /// Changes the counter.
    Count {
        /// How.
        count: Count,
    },
    /// Done where the counter has this value.
    IfCount {
        /// The value.
        if_count: u64,
        /// What is done.
        r#do: Vec<Statement>,
    },
    /// Sets the JSON Schema that is validated with.
    Schema {
        /// The schema.
        schema: Json,
    },
}

/// An assertion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "test",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Test {
    /// The status is one of these.
    Status {
        /// The statuses.
        one_of: Vec<u16>,
    },
    /// Always fails.
    Fail {},
    /// Always passes.
    Pass {},
    /// Its function stands outside of it, so that it passes.
    #[serde(rename = "without function")]
    WithoutFunction {},
    /// The instance has all required attributes.
    KeysIncludeRequired {},
    /// The instance has no other attributes than the required ones.
    RequiredIncludeKeys {},
    /// A value has this JavaScript type.
    Type {
        /// Where the value stands.
        path: Path,
        /// The type, as chai names it.
        r#type: String,
    },
    /// The text of the body holds a value.
    TextIncludes {
        /// Where the value stands.
        path: Path,
    },
    /// The value can be read; nothing is compared.
    Readable {
        /// Where the value stands.
        path: Path,
    },
    /// An attribute strictly equals a text.
    Equals {
        /// The attribute.
        attribute: String,
        /// The text.
        value: String,
    },
    /// The schema holds.
    Schema {
        /// For what.
        of: Subject,
        /// Each error that the validator lists is one more failed assertion.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        each_error_fails: bool,
    },
}

/// A variable of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Variable {
    /// The body.
    Data,
    /// What is asserted about.
    Instance,
}

/// What a schema is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Subject {
    /// The whole body.
    Response,
    /// The instance.
    Instance,
}

/// How two conditions are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Join {
    /// Both hold.
    And,
    /// One holds.
    Or,
}

/// What is done with the counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Count {
    /// Set to 0.
    #[serde(rename = "zero")]
    Zero,
    /// Increased by 1.
    #[serde(rename = "one more")]
    OneMore,
}

/// Where a value stands in the instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Path(pub Vec<Part>);

/// One part of a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Part {
    /// An attribute.
    Name(String),
    /// An element.
    Index(usize),
}

impl Path {
    /// The attribute of the instance that it begins with.
    pub fn head(&self) -> &str {
        match self.0.first() {
            Some(Part::Name(name)) => name,
            _ => "",
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, part) in self.0.iter().enumerate() {
            match part {
                Part::Name(name) if place == 0 => f.write_str(name)?,
                Part::Name(name) => write!(f, ".{name}")?,
                Part::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

impl Statement {
    /// The statements within, one block after the other.
    fn blocks(&self) -> [&[Self]; 2] {
        match self {
            Self::IfArray {
                if_data_is_array: block,
            }
            | Self::ForEach {
                for_each_instance: block,
            }
            | Self::IfId { r#do: block, .. }
            | Self::IfAttribute { r#do: block, .. }
            | Self::IfCount { r#do: block, .. } => [block, &[]],
            Self::IfNonEmptyArray {
                if_data_is_non_empty_array,
                otherwise,
            } => [if_data_is_non_empty_array, otherwise],
            _ => [&[], &[]],
        }
    }

    /// Whether a script goes over the elements of a list.
    pub fn walks_a_list(script: &[Self]) -> bool {
        script.iter().any(|statement| {
            matches!(statement, Self::ForEach { .. })
                || statement.blocks().into_iter().any(Self::walks_a_list)
        })
    }

    /// The attributes of an instance that a script reads, the identifier first.
    pub fn attributes(script: &[Self]) -> Vec<&str> {
        let mut names = vec![IDENTIFIER];
        Self::collect(script, &mut names);
        let mut seen = HashSet::new();
        names.retain(|name| seen.insert(*name));
        names
    }

    fn collect<'s>(script: &'s [Self], names: &mut Vec<&'s str>) {
        for statement in script {
            match statement {
                Self::Test(
                    Test::Type { path, .. } | Test::TextIncludes { path } | Test::Readable { path },
                )
                | Self::Set { path, .. } => names.push(path.head()),
                Self::Test(Test::Equals { attribute, .. }) => names.push(attribute),
                Self::Required {
                    required_attributes,
                } => names.extend(required_attributes.iter().map(String::as_str)),
                Self::AlsoRequired { also_required } => names.push(also_required),
                Self::IfAttribute { if_attribute, .. } => names.push(if_attribute),
                _ => {}
            }
            for block in statement.blocks() {
                Self::collect(block, names);
            }
        }
    }
}

/// The values that a script keeps of the whole answer: attribute to variable.
pub fn sets(script: &[Statement]) -> BTreeMap<String, String> {
    let kept = script.iter().filter_map(|statement| match statement {
        Statement::Set { set, path } if path.0.len() == 1 => {
            Some((path.head().to_owned(), set.clone()))
        }
        _ => None,
    });
    kept.collect()
}
