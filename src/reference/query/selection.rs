//! Attribute selection: `fields=`.

use serde_json::{Map, Value};

/// The attributes that a client asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Selection {
    names: Vec<String>,
}

impl Selection {
    /// Reads all `fields` parameters, each a comma separated list. Nothing named, nothing
    /// selected.
    pub(in super::super) fn read(query: &[(String, String)]) -> Option<Self> {
        let names: Vec<String> = query
            .iter()
            .filter(|(name, _)| name == "fields")
            .flat_map(|(_, value)| value.split(','))
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty())
            .collect();
        (!names.is_empty()).then_some(Self { names })
    }

    /// Whether an attribute is wanted as a whole.
    pub(in super::super) fn wants(&self, name: &str) -> bool {
        self.names.iter().any(|wanted| wanted == name)
    }

    /// The wanted attributes, and id and href, which always belong to a representation
    /// (TMF630, part 1, 4.3). `none` selects only these; unknown names select nothing.
    pub(in super::super) fn apply(&self, full: &Map<String, Value>) -> Map<String, Value> {
        let mut selected = Map::new();
        for (name, value) in full {
            if name == "id" || name == "href" || self.wants(name) {
                selected.insert(name.clone(), value.clone());
                continue;
            }
            let below: Vec<&str> = self
                .names
                .iter()
                .filter_map(|wanted| wanted.strip_prefix(name.as_str())?.strip_prefix('.'))
                .collect();
            if !below.is_empty() {
                selected.insert(name.clone(), part(value, &below));
            }
        }
        selected
    }
}

/// The parts of a sub-resource that dotted names ask for.
fn part(value: &Value, names: &[&str]) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| part(item, names)).collect(),
        Value::Object(map) => {
            let wanted = |name: &String| names.contains(&name.as_str());
            let kept = map.iter().filter(|(name, _)| wanted(name));
            Value::Object(kept.map(|(n, v)| (n.clone(), v.clone())).collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn selected(fields: &str) -> Value {
        let query = vec![("fields".to_owned(), fields.to_owned())];
        let full =
            json!({"id": "1", "href": "h", "reason": "r", "channel": [{"id": "c", "name": "n"}]});
        let Value::Object(full) = full else {
            panic!("a record is an object");
        };
        let selection = Selection::read(&query).unwrap();
        Value::Object(selection.apply(&full))
    }

    #[test]
    fn selected_attributes_come_with_id_and_href() {
        assert_eq!(
            selected("reason"),
            json!({"id": "1", "href": "h", "reason": "r"})
        );
        assert_eq!(selected("none"), json!({"id": "1", "href": "h"}));
        assert_eq!(selected("nope,id"), json!({"id": "1", "href": "h"}));
        assert_eq!(
            selected("channel.id"),
            json!({"id": "1", "href": "h", "channel": [{"id": "c"}]})
        );
    }

    #[test]
    fn an_empty_parameter_selects_nothing() {
        assert_eq!(
            Selection::read(&[("fields".to_owned(), " ".to_owned())]),
            None
        );
    }
}
