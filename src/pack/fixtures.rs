//! The records that a run creates for itself, as templates.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

/// A record that the run creates, as a template.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixture {
    /// What it is for.
    pub about: String,
    /// Nothing of the user's configuration is merged into it.
    #[serde(default)]
    pub strict: bool,
    /// The configured second create goes into it, in the place of the first.
    #[serde(default)]
    pub second: bool,
    /// Attributes that stand in for those of the body where the target keeps what the run creates:
    /// the official kit looks for values of every record in the raw text of its list, and whoever
    /// runs it later must not fail for characters that JSON may escape.
    #[serde(default, rename = "whereRecordsStay")]
    pub where_records_stay: Map<String, Value>,
    /// It is made anew for each scenario that asks for one, which may change and delete it.
    #[serde(default)]
    pub disposable: bool,
    /// It is made also where the target refuses the one that is the proof: what a target demands
    /// beyond that is what it is about.
    #[serde(default)]
    pub independent: bool,
    /// The fixture that stands in for it where a target refuses it: with less in it.
    pub otherwise: Option<String>,
    /// Which record that was there before the run may stand in for it; where this is missing, none:
    /// what scenarios ask of it only a record has that was made for that.
    #[serde(default)]
    pub existing: Option<StandIn>,
    /// The record whose values its own were made to go with. Where one that was there before stands
    /// in for that, it is not made.
    #[serde(default, rename = "goesWith")]
    pub goes_with: Option<String>,
    /// The attributes that a configured payload does not replace, since records have to differ in
    /// them. Where this is missing they all are.
    #[serde(default)]
    pub own: Option<Vec<String>>,
    /// The body, with `${…}` where values of the run go.
    pub body: Map<String, Value>,
}

/// Which record may stand in for a fixture: one that has the attributes of its body.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandIn {
    /// The fixture from whose stand-in it has to differ in all of its own attributes.
    pub unlike: Option<String>,
}

/// All fixtures of a pack, by name.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixtures {
    /// The name of the record that shows whether a target creates any at all. Where it takes none,
    /// the refusal of this one is the finding, and all that needs a record is blocked by it.
    pub proof: Option<String>,
    /// The one that does in its place where records that were there before the run stand in for it.
    #[serde(default, rename = "otherProof")]
    pub other_proof: Option<String>,
    /// The one that has all that the API description makes mandatory: what it has besides is tried
    /// where the target refuses the proof.
    #[serde(default)]
    pub complete: Option<String>,
    /// The lists whose elements refer to something that a target may look up: where it refuses what
    /// the run makes up, known values stand in for it.
    #[serde(default, rename = "lookedUp")]
    pub looked_up: Vec<String>,
    /// The names of attributes that hold free texts, at any depth.
    #[serde(default)]
    pub texts: Vec<String>,
    /// The names of attributes that hold a short name, such as a role, which no schema restricts.
    #[serde(default)]
    pub codes: Vec<String>,
    /// The attribute that holds the state of a record, and those that go with it. A target may begin
    /// with a state of its own: then none of them counts as sent.
    #[serde(default)]
    pub state: Vec<String>,
    /// The media types of a create, in the order in which they are tried.
    #[serde(default, rename = "mediaTypes")]
    pub media_types: Vec<String>,
    /// By the name that the features use.
    pub records: BTreeMap<String, Fixture>,
}

impl Fixtures {
    /// The first name of another fixture that none has.
    pub fn unknown(&self) -> Option<&str> {
        let proofs = self
            .proof
            .iter()
            .chain(&self.other_proof)
            .chain(&self.complete);
        let others = self.records.values().flat_map(|fixture| {
            let unlike = fixture.existing.iter().filter_map(|it| it.unlike.as_ref());
            unlike.chain(&fixture.goes_with).chain(&fixture.otherwise)
        });
        let mut named = proofs.chain(others).map(String::as_str);
        named.find(|name| !self.records.contains_key(*name))
    }
}

impl Fixture {
    /// The names of other records whose values stand in the body: `A` of `${A.id}`.
    pub fn needs(&self) -> Vec<String> {
        let mut names = Vec::new();
        placeholders(&Value::Object(self.body.clone()), &mut |placeholder| {
            if let Some((name, _)) = placeholder.split_once('.')
                && !names.iter().any(|known| known == name)
            {
                names.push(name.to_owned());
            }
        });
        names
    }

    /// The same with what stands in for its attributes where the target keeps what the run creates.
    #[must_use]
    pub fn to_stay(&self) -> Self {
        let mut fixture = self.clone();
        fixture.body.extend(self.where_records_stay.clone());
        fixture
    }

    /// The body with every placeholder replaced; `value` gives what stands for it.
    pub fn body(&self, value: &dyn Fn(&str) -> Option<String>) -> Map<String, Value> {
        let mut body = self.body.clone();
        fill_text_in(&mut body, value);
        body
    }
}

fn placeholders(value: &Value, found: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => {
            for part in text.split("${").skip(1) {
                if let Some((placeholder, _)) = part.split_once('}') {
                    found(placeholder);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| placeholders(item, found)),
        Value::Object(attributes) => attributes
            .values()
            .for_each(|item| placeholders(item, found)),
        _ => {}
    }
}

fn fill(value: &mut Value, with: &dyn Fn(&str) -> Option<String>) {
    match value {
        Value::String(text) => *text = fill_text(text, with),
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, with)),
        Value::Object(attributes) => attributes.iter_mut().for_each(|(_, item)| fill(item, with)),
        _ => {}
    }
}

/// Replaces every `${…}` in the texts of an object.
pub fn fill_text_in(body: &mut Map<String, Value>, with: &dyn Fn(&str) -> Option<String>) {
    body.iter_mut()
        .for_each(|(_, attribute)| fill(attribute, with));
}

/// The text with every `${…}` replaced; one that is not known stays as it stands.
pub fn fill_text(text: &str, with: &dyn Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, placeholder) = rest.split_at(start);
        filled.push_str(before);
        match placeholder.find('}') {
            Some(end) => {
                let name = &placeholder[2..end];
                match with(name) {
                    Some(value) => filled.push_str(&value),
                    None => filled.push_str(&placeholder[..=end]),
                }
                rest = &placeholder[end + 1..];
            }
            None => {
                filled.push_str(placeholder);
                rest = "";
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_found_and_filled_wherever_they_stand() {
        let fixture: Fixture = serde_json::from_str(
            r#"{"about": "x", "body": {"a": "${run} b ${A.id}", "l": [{"x": "${no}$"}]}}"#,
        )
        .unwrap();
        assert_eq!(fixture.needs(), ["A"]);
        let body = fixture.body(&|name| (name != "no").then(|| name.to_uppercase()));
        assert_eq!(body["a"], "RUN b A.ID");
        assert_eq!(body["l"][0]["x"], "${no}$");
    }
}
