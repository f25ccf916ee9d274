//! Values that a target looks up. One that knows its channels and parties refuses made-up ones: then
//! the run's own records are made of what it has taken before.

use std::collections::{BTreeMap, BTreeSet};

use parking_lot::Mutex;
use serde_json::{Map, Value};

use super::Context;

/// Members that name what an element refers to; the others say something of the reference.
const NAMING: [&str; 3] = ["id", "href", "name"];

/// For which fixtures known values stand in, and which attributes take made-up ones.
#[derive(Debug, Default)]
pub(super) struct LookedUp {
    /// The names of the lists whose elements refer to something that a target may look up.
    attributes: Vec<String>,
    known: Mutex<Found>,
}

/// How a fixture is sent.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Form {
    /// The attributes with known values.
    pub(super) attributes: BTreeSet<String>,
    /// Whether a list with fewer known values than elements is cut, or else repeats them.
    is_cut: bool,
}

#[derive(Debug, Default)]
struct Found {
    /// Of each fixture that was made.
    forms: BTreeMap<String, Form>,
    /// The attributes in which a made-up value was accepted.
    free: BTreeSet<String>,
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
    fn settle(&self, fixture: &str, form: Form, free: BTreeSet<String>) {
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
fn holds(value: &Value, name: &str) -> bool {
    match value {
        Value::Object(members) => members
            .iter()
            .any(|(member, value)| member == name && value.is_array() || holds(value, name)),
        Value::Array(items) => items.iter().any(|item| holds(item, name)),
        _ => false,
    }
}

/// The elements of all lists of that name, each id once.
fn collect(value: &Value, name: &str, found: &mut Vec<Map<String, Value>>) {
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
fn substitute(value: &mut Value, name: &str, known: &[Map<String, Value>], cut: bool) {
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

impl Context {
    /// The elements that the target has taken in lists of that name: in the replay, and in what the
    /// user wants sent.
    fn taken(&self, name: &str) -> Vec<Map<String, Value>> {
        let mut found = Vec::new();
        let creates = self.replay.iter().flat_map(|replay| &replay.requests);
        let accepted = creates.filter(|one| {
            let accepted = one
                .status
                .is_some_and(|status| (200..300).contains(&status));
            one.method == "POST" && accepted
        });
        for index in accepted.flat_map(|one| &one.exchanges) {
            let exchange = self.client.log().get(*index);
            let sent = exchange.and_then(|exchange| exchange.request.message.body.clone());
            if let Some(body) = sent.and_then(|body| serde_json::from_str(&body).ok()) {
                collect(&body, name, &mut found);
            }
        }
        for body in self.configured_bodies() {
            collect(&Value::Object(body), name, &mut found);
        }
        found
    }

    /// Notes that a fixture was accepted with this body, in which known values stand in for those of
    /// `form`.
    pub(super) fn settle_accepted(&self, fixture: &str, form: Form, body: &Value) {
        let looked_up = &self.records.looked_up;
        let is_made_up = |name: &&String| {
            let mut known = body.clone();
            substitute(&mut known, name, &self.taken(name), false);
            known != *body
        };
        let free = looked_up.attributes.iter().filter(is_made_up);
        let free = free.filter(|name| !form.attributes.contains(*name));
        let free = free.cloned().collect();
        looked_up.settle(fixture, form, free);
    }

    /// Why a check of an attribute can't be made, where the target looks its values up and has taken
    /// none before.
    pub fn knows_none(&self, attribute: &str) -> Option<String> {
        let looks_up = self.records.looked_up.needs_known(attribute);
        (looks_up && self.taken(attribute).is_empty()).then(|| {
            format!(
                "the target takes no {attribute} that the run makes up; name one that it knows with \
                 --payload"
            )
        })
    }

    /// Puts known values in the place of made-up ones.
    pub(super) fn with_known(&self, body: &Value, form: &Form) -> Value {
        let mut body = body.clone();
        for name in &form.attributes {
            substitute(&mut body, name, &self.taken(name), form.is_cut);
        }
        body
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
