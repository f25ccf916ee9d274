//! Values that a target looks up. One that knows its channels and parties refuses made-up ones: then
//! the run's own records are made of what it has taken before.

use std::collections::{BTreeMap, BTreeSet};

use parking_lot::Mutex;
use serde_json::{Map, Value};

/// Attributes that name what an element refers to; the others say something of the reference.
const NAMING: [&str; 3] = ["id", "href", "name"];

/// For which fixtures known values stand in, and which attributes take made-up ones.
#[derive(Debug, Default)]
pub(super) struct LookedUp {
    /// The names of the lists whose elements refer to something that a target may look up.
    pub(super) attributes: Vec<String>,
    pub(super) known: Mutex<Found>,
}

/// How a fixture is sent.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Form {
    /// The attributes with known values.
    pub(super) attributes: BTreeSet<String>,
    /// Whether a list with fewer known values than elements is cut, or else repeats them.
    pub(super) is_cut: bool,
}

#[derive(Debug, Default)]
pub(super) struct Found {
    /// Of each fixture that was made.
    pub(super) forms: BTreeMap<String, Form>,
    /// The attributes in which a made-up value was accepted.
    pub(super) free: BTreeSet<String>,
}

impl LookedUp {
    pub(super) fn new(attributes: Vec<String>) -> Self {
        Self {
            attributes,
            known: Mutex::default(),
        }
    }

    /// How a fixture is sent; one that was not made yet, as it stands.
    pub(super) fn form(&self, fixture: &str) -> Form {
        self.known
            .lock()
            .forms
            .get(fixture)
            .cloned()
            .unwrap_or_default()
    }

    /// Whether a fixture was made, or none needs known values.
    pub(super) fn is_settled(&self, fixture: &str) -> bool {
        let known = self.known.lock();
        let mut forms = known.forms.values();
        known.forms.contains_key(fixture) || forms.all(|form| form.attributes.is_empty())
    }

    /// Whether a fixture could be made only with known values there.
    pub(super) fn needs_known(&self, attribute: &str) -> bool {
        let known = self.known.lock();
        let mut forms = known.forms.values();
        forms.any(|form| form.attributes.contains(attribute))
    }

    /// Notes how a fixture was made, and in which attributes its made-up values were accepted.
    pub(super) fn settle(&self, fixture: &str, form: Form, free: BTreeSet<String>) {
        let mut known = self.known.lock();
        known.free.extend(free);
        known.forms.entry(fixture.to_owned()).or_insert(form);
    }

    /// Notes that a fixture was refused: it is sent as the others were made.
    pub(super) fn settle_refused(&self, fixture: &str) {
        let mut form = Form::default();
        for other in self.known.lock().forms.values() {
            form.attributes.extend(other.attributes.iter().cloned());
            form.is_cut |= other.is_cut;
        }
        self.settle(fixture, form, BTreeSet::new());
    }

    /// The forms to be tried for a body that was refused, those with the fewest known values first.
    pub(super) fn tries(&self, body: &Value) -> Vec<Form> {
        let free = self.known.lock().free.clone();
        let open = self.attributes.iter();
        let open: BTreeSet<String> = open
            .filter(|name| holds(body, name) && !free.contains(*name))
            .cloned()
            .collect();
        let mut tries: Vec<_> = open
            .iter()
            .map(|one| BTreeSet::from([one.clone()]))
            .collect();
        if open.len() > 1 {
            tries.push(open);
        }
        let forms = [false, true].into_iter().flat_map(|is_cut| {
            let with = move |attributes: &BTreeSet<String>| Form {
                attributes: attributes.clone(),
                is_cut,
            };
            tries.iter().map(with)
        });
        forms.collect()
    }
}

/// Whether a list of that name stands anywhere in a value.
pub(super) fn holds(value: &Value, name: &str) -> bool {
    match value {
        Value::Object(members) => members
            .iter()
            .any(|(member, value)| member == name && value.is_array() || holds(value, name)),
        Value::Array(items) => items.iter().any(|item| holds(item, name)),
        _ => false,
    }
}

/// The elements of all lists of that name, each id once.
pub(super) fn collect(value: &Value, name: &str, found: &mut Vec<Map<String, Value>>) {
    match value {
        Value::Object(members) => {
            for (member, value) in members {
                let elements = value.as_array().filter(|_| member == name);
                for element in elements.into_iter().flatten().filter_map(Value::as_object) {
                    let id = element.get("id").filter(|id| id.is_string());
                    if id.is_some() && !found.iter().any(|known| known.get("id") == id) {
                        found.push(element.clone());
                    }
                }
                collect(value, name, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, name, found)),
        _ => {}
    }
}

/// Puts known elements in the place of those of each list of that name. A longer list is cut, or
/// repeats them. Where none is known, the list goes.
pub(super) fn substitute(value: &mut Value, name: &str, known: &[Map<String, Value>], cut: bool) {
    match value {
        Value::Object(members) => {
            if known.is_empty() {
                members.shift_remove(name);
            }
            for (member, value) in members {
                match value {
                    Value::Array(elements) if member == name => {
                        if cut {
                            elements.truncate(known.len());
                        }
                        for (element, known) in elements.iter_mut().zip(known.iter().cycle()) {
                            if let Value::Object(element) = element {
                                element.retain(|member, _| !NAMING.contains(&member.as_str()));
                                element.extend(known.clone());
                            }
                        }
                    }
                    other => substitute(other, name, known, cut),
                }
            }
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| substitute(item, name, known, cut)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn known_elements_stand_in_for_made_up_ones_at_any_depth() {
        let mut known = Vec::new();
        collect(
            &json!({"channel": [{"id": "web", "role": "r"}, {"id": "web"}]}),
            "channel",
            &mut known,
        );
        let made_up = json!([{"id": "a", "href": "h", "@type": "T"}, {"id": "b"}]);
        let mut body = json!({"channel": made_up, "item": [{"channel": [{"id": "c"}]}]});
        substitute(&mut body, "channel", &known, false);
        let web = json!({"id": "web", "role": "r"});
        let both = json!([{"@type": "T", "id": "web", "role": "r"}, web]);
        let item = json!([{"channel": [web]}]);
        assert_eq!(body, json!({"channel": both, "item": item}));
        substitute(&mut body, "channel", &known, true);
        let expected = json!({
            "channel": [{"@type": "T", "id": "web", "role": "r"}],
            "item": [{"channel": [{"id": "web", "role": "r"}]}]
        });
        assert_eq!(body, expected);
        substitute(&mut body, "channel", &[], false);
        assert_eq!(body, json!({"item": [{}]}));
    }

    #[test]
    fn only_what_was_never_taken_as_made_up_is_tried_with_known_values() {
        let looked_up = LookedUp::new(vec!["channel".into(), "party".into()]);
        let body = json!({"channel": [], "party": []});
        assert_eq!(looked_up.tries(&body).len(), 6);
        let channel = BTreeSet::from(["channel".to_owned()]);
        looked_up.settle("A", Form::default(), channel);
        let party = Form {
            attributes: BTreeSet::from(["party".to_owned()]),
            is_cut: false,
        };
        let cut = Form {
            is_cut: true,
            ..party.clone()
        };
        assert_eq!(looked_up.tries(&body), [party.clone(), cut]);
        assert!(looked_up.is_settled("B"));
        looked_up.settle("full", party.clone(), BTreeSet::new());
        assert!(!looked_up.is_settled("B") && looked_up.needs_known("party"));
        looked_up.settle_refused("B");
        assert_eq!(looked_up.form("B"), party);
    }
}
