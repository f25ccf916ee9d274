//! Compares our schemas with an official document, fact by fact.
//!
//! How a schema is put together does not count: `allOf` and references are followed, texts are left
//! out. What counts is what the schemas say: names, types, formats, required attributes, enums,
//! items, least and greatest numbers, and whatever other keyword demands something.

mod shape;

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use super::SchemaSet;
use shape::{Node, Shape};

/// One fact that our schemas and the official document state differently.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The definition and the way into it: `PartyInteraction.channel[].href`.
    pub place: String,
    /// What differs: `definition`, `property`, `required`, `enum`, `schema` for a reference to
    /// another definition, or the keyword.
    pub aspect: String,
    /// What our schemas say; `None` where they say nothing.
    pub ours: Option<Value>,
    /// What the official document says; `None` where it says nothing.
    pub official: Option<Value>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            place,
            aspect,
            ours,
            official,
        } = self;
        match (ours, official) {
            (Some(ours), Some(official)) => {
                write!(f, "{place}: {aspect}: ours {ours}, official {official}")
            }
            (Some(Value::Null), None) => write!(f, "{place}: {aspect} only in ours"),
            (Some(ours), None) => write!(f, "{place}: {aspect} {ours} only in ours"),
            (None, Some(Value::Null)) => write!(f, "{place}: {aspect} only in the official one"),
            (None, Some(official)) => {
                write!(f, "{place}: {aspect} {official} only in the official one")
            }
            (None, None) => write!(f, "{place}: {aspect}"),
        }
    }
}

/// Every fact in which the two sets differ, sorted by place; empty where they say the same.
pub fn compare(ours: &SchemaSet, official: &SchemaSet) -> Vec<Difference> {
    let mut comparison = Comparison {
        ours,
        official,
        open: Vec::new(),
        found: Vec::new(),
    };
    let names: BTreeSet<&str> = ours.names().chain(official.names()).collect();
    for name in names {
        match (ours.schema(name), official.schema(name)) {
            (Some(our), Some(their)) => {
                comparison.nodes(name, &Node::of(our), &Node::of(their));
            }
            (our, their) => comparison.one_sided(
                name,
                "definition",
                &Value::Null,
                our.is_some(),
                their.is_some(),
            ),
        }
    }
    let mut found = comparison.found;
    found.sort_by_cached_key(|it| (it.place.clone(), it.aspect.clone(), it.to_string()));
    found
}

struct Comparison<'a> {
    ours: &'a SchemaSet,
    official: &'a SchemaSet,
    /// The references that are being compared further up, so that recursive schemas come to an end.
    open: Vec<(&'a str, &'a str)>,
    found: Vec<Difference>,
}

impl<'a> Comparison<'a> {
    fn nodes(&mut self, place: &str, ours: &Node<'a>, official: &Node<'a>) {
        let names = ours
            .reference(self.ours)
            .zip(official.reference(self.official));
        let Some(names) = names else {
            return self.shapes(
                place,
                &ours.shape(self.ours),
                &official.shape(self.official),
            );
        };
        // A definition of that name is compared by itself.
        if names.0 == names.1 || self.open.contains(&names) {
            return;
        }
        // Another name is not a difference as long as it stands for the same.
        let before = self.found.len();
        self.open.push(names);
        self.shapes(
            place,
            &ours.shape(self.ours),
            &official.shape(self.official),
        );
        self.open.pop();
        if self.found.len() > before {
            self.found.truncate(before);
            self.add(place, "schema", Some(names.0.into()), Some(names.1.into()));
        }
    }

    fn shapes(&mut self, place: &str, ours: &Shape<'a>, official: &Shape<'a>) {
        self.values(place, "required", &ours.required, &official.required);
        self.values(place, "enum", &ours.values, &official.values);
        let keywords: BTreeSet<&String> = ours.facts.keys().chain(official.facts.keys()).collect();
        for keyword in keywords {
            let (our, their) = (ours.facts.get(keyword), official.facts.get(keyword));
            if our != their {
                self.add(place, keyword, our.cloned(), their.cloned());
            }
        }
        let names: BTreeSet<&str> = ours
            .properties
            .keys()
            .chain(official.properties.keys())
            .copied()
            .collect();
        for name in names {
            let place = format!("{place}.{name}");
            self.attributes(
                &place,
                "property",
                ours.properties.get(name),
                official.properties.get(name),
            );
        }
        self.attributes(
            &format!("{place}[]"),
            "items",
            ours.items.as_ref(),
            official.items.as_ref(),
        );
    }

    fn attributes(
        &mut self,
        place: &str,
        aspect: &str,
        ours: Option<&Node<'a>>,
        official: Option<&Node<'a>>,
    ) {
        match (ours, official) {
            (Some(ours), Some(official)) => self.nodes(place, ours, official),
            (ours, official) => {
                self.one_sided(
                    place,
                    aspect,
                    &Value::Null,
                    ours.is_some(),
                    official.is_some(),
                );
            }
        }
    }

    fn values(&mut self, place: &str, aspect: &str, ours: &[Value], official: &[Value]) {
        for value in ours.iter().filter(|value| !official.contains(value)) {
            self.one_sided(place, aspect, value, true, false);
        }
        for value in official.iter().filter(|value| !ours.contains(value)) {
            self.one_sided(place, aspect, value, false, true);
        }
    }

    /// Notes what only one side has; what neither has is not a difference.
    fn one_sided(&mut self, place: &str, aspect: &str, value: &Value, ours: bool, official: bool) {
        if ours != official {
            self.add(
                place,
                aspect,
                ours.then(|| value.clone()),
                official.then(|| value.clone()),
            );
        }
    }

    fn add(&mut self, place: &str, aspect: &str, ours: Option<Value>, official: Option<Value>) {
        self.found.push(Difference {
            place: place.to_owned(),
            aspect: aspect.to_owned(),
            ours,
            official,
        });
    }
}
