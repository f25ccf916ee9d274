//! What identifies a record of the run from another that has its id.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::evidence::sha256_hex;

/// What the target itself gives a record, whatever was sent.
const GIVEN_BY_THE_TARGET: [&str; 2] = ["/id", "/href"];

/// Hexadecimal digits that are kept of a digest.
const DIGITS: usize = 16;

/// What a record has to show to be taken for one that the run created: the run's marker, else the
/// values that were sent.
///
/// Values are held as digests: a claim stands in a journal on disk, and a body may hold what no
/// output shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Claim {
    /// The text that the run has put into the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
    /// The record has one value of each group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    values: Vec<BTreeSet<String>>,
    /// It has no others, but for date-times.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    only: bool,
}

impl Claim {
    /// A record that carries this marker.
    pub fn marked(marker: &str) -> Self {
        Self {
            marker: Some(marker.to_owned()),
            ..Self::default()
        }
    }

    /// A record that was made of `sent`, and that the answer to the create showed as `answered`.
    ///
    /// What the target normalises may have the value that was sent or the one that was answered.
    /// What it drops, where it answers with the record, is not asked for. Of the date-times that it
    /// added one has to be there still: the same body may have been sent by others.
    pub fn created(marker: Option<String>, sent: &Value, answered: Option<&Value>) -> Self {
        let sent = leaves(sent);
        let shown = answered.map(leaves).unwrap_or_default();
        let echoed = sent.keys().filter(|place| shown.contains_key(*place));
        // An answer that shows little of the record says nothing of what the target drops.
        let echoed = echoed.count() * 2 > sent.len();
        let mut values = Vec::new();
        for (place, texts) in &sent {
            let seen = shown.get(place);
            if echoed && seen.is_none() {
                continue;
            }
            let added = seen.into_iter().flatten();
            let added: Vec<_> = added.filter(|text| !texts.contains(*text)).collect();
            for text in texts {
                let kept = seen.is_none_or(|seen| seen.contains(text));
                let others = added
                    .iter()
                    .filter(|_| !kept)
                    .map(|other| digest(place, other));
                values.push(others.chain([digest(place, text)]).collect());
            }
        }
        let times = shown.iter().filter(|(place, _)| !sent.contains_key(*place));
        let times: BTreeSet<String> = times
            .flat_map(|(place, texts)| texts.iter().map(move |text| (place, text)))
            .filter(|(_, text)| is_date_time(text))
            .map(|(place, text)| digest(place, text))
            .collect();
        if !values.is_empty() && !times.is_empty() {
            values.push(times);
        }
        Self {
            marker,
            values,
            only: false,
        }
    }

    /// A record that shows just what this one does, date-times aside: one from which the run has
    /// removed its marker, or the target has with the run's change.
    pub fn changed(record: &Value) -> Self {
        let all = leaves(record).into_iter();
        let all = all.flat_map(|(place, texts)| {
            let kept = texts.into_iter().filter(|text| !is_date_time(text));
            kept.map(move |text| BTreeSet::from([digest(&place, &text)]))
                .collect::<Vec<_>>()
        });
        Self {
            marker: None,
            values: all.collect(),
            only: true,
        }
    }

    /// The marker, where the record was created with one.
    pub fn marker(&self) -> Option<&str> {
        self.marker.as_deref()
    }

    /// Whether a record is the one that the claim is about.
    pub fn fits(&self, record: &Value) -> bool {
        let marker = self.marker.as_deref();
        marker.is_some_and(|marker| holds_marker(record, marker)) || self.has_values(record)
    }

    fn has_values(&self, record: &Value) -> bool {
        if self.values.is_empty() {
            return false;
        }
        let mut shown = BTreeSet::new();
        for (place, texts) in leaves(record) {
            for text in texts {
                let digest = digest(&place, &text);
                let known = || self.values.iter().any(|group| group.contains(&digest));
                if self.only && !is_date_time(&text) && !known() {
                    return false;
                }
                shown.insert(digest);
            }
        }
        self.values.iter().all(|group| !group.is_disjoint(&shown))
    }
}

/// Whether a marker stands anywhere in a record, and not a longer one that begins with it: that is
/// another run's.
pub fn holds_marker(record: &Value, marker: &str) -> bool {
    match record {
        Value::String(text) => text.match_indices(marker).any(|(at, _)| {
            let next = text[at + marker.len()..].chars().next();
            next.is_none_or(|next| !next.is_alphanumeric() && !matches!(next, '-' | '_'))
        }),
        Value::Array(items) => items.iter().any(|item| holds_marker(item, marker)),
        Value::Object(attributes) => attributes
            .values()
            .any(|attribute| holds_marker(attribute, marker)),
        _ => false,
    }
}

/// The values of a record by their places, array indices as `*`: a target may reorder a list. What
/// is null or empty is as good as absent.
fn leaves(record: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    gather(record, String::new(), &mut found);
    found
}

fn gather(value: &Value, place: String, found: &mut BTreeMap<String, BTreeSet<String>>) {
    let text = match value {
        Value::Object(attributes) => {
            for (name, attribute) in attributes {
                gather(attribute, format!("{place}/{name}"), found);
            }
            return;
        }
        Value::Array(items) => {
            for item in items {
                gather(item, format!("{place}/*"), found);
            }
            return;
        }
        Value::Null => return,
        Value::String(text) => match text.parse::<Timestamp>() {
            // Zones and fractions of a second are a matter of spelling.
            Ok(instant) => format!("{}Z", instant.as_second()),
            Err(_) => text.trim().to_owned(),
        },
        Value::Number(number) => match number.as_f64() {
            Some(number) => number.to_string(),
            None => number.to_string(),
        },
        Value::Bool(flag) => flag.to_string(),
    };
    if !GIVEN_BY_THE_TARGET.contains(&place.as_str()) {
        found.entry(place).or_default().insert(text);
    }
}

/// Whether a value was a date-time, in the spelling of [`leaves`].
fn is_date_time(text: &str) -> bool {
    let seconds = text.strip_suffix('Z');
    seconds.is_some_and(|seconds| seconds.parse::<i64>().is_ok())
}

fn digest(place: &str, text: &str) -> String {
    let mut digest = sha256_hex(format!("{place}={text}").as_bytes());
    digest.truncate(DIGITS);
    digest
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_longer_marker_is_of_another_run() {
        let holds = |record: Value| holds_marker(&record, "tmfctk-1");
        assert!(holds(json!({"reason": "x tmfctk-1 y"})));
        assert!(holds(json!({"channel": [{"id": "shop-tmfctk-1"}]})));
        for other in ["tmfctk-12", "tmfctk-1-2", "tmfctk-1_x", "tmfctk-"] {
            assert!(!holds(json!({"reason": other})), "{other}");
        }
    }

    #[test]
    fn a_record_without_a_marker_has_all_that_was_sent_and_the_date_of_its_create() {
        let sent = json!({
            "id": "mine", "reason": "r", "channel": [{"id": "1"}, {"id": "2"}], "note": "dropped",
            "at": "2026-01-01T10:00:00Z", "direction": "IN",
        });
        let stored = json!({
            "id": "7", "href": "/7", "reason": "r", "channel": [{"id": "2", "name": "n"}, {"id": "1"}],
            "at": "2026-01-01T11:00:00.250+01:00", "direction": "in",
            "creationDate": "2026-02-02T10:00:00.5Z", "statusDate": "2026-02-02T10:00:00.5Z",
        });
        let claim = Claim::created(None, &sent, Some(&stored));
        assert!(claim.fits(&stored));
        let with = |name: &str, value: Value| {
            let mut other = stored.clone();
            other[name] = value;
            claim.fits(&other)
        };
        assert!(
            with("statusDate", json!("2026-03-03T10:00:00Z")),
            "that may change"
        );
        assert!(with("direction", json!("IN")), "as it was sent");
        assert!(with("status", json!("new")), "what is added");
        assert!(!with("reason", json!("another")));
        assert!(!with("reason", Value::Null));
        assert!(!with("channel", json!([{"id": "1"}])));
        let mut later = stored.clone();
        later["creationDate"] = json!("2026-02-03T10:00:00Z");
        later["statusDate"] = json!("2026-02-03T10:00:00Z");
        assert!(!claim.fits(&later), "the same body, sent by others");
        // An answer that shows nothing of the record takes nothing back of what was sent.
        let blind = Claim::created(None, &sent, Some(&json!({"id": "7"})));
        assert!(!blind.fits(&json!({"id": "7", "reason": "r"})) && blind.fits(&sent));
        let terse = Claim::created(None, &sent, Some(&json!({"id": "7", "direction": "in"})));
        assert!(!terse.fits(&json!({"id": "7", "direction": "in", "reason": "another's"})));
        assert!(!Claim::created(None, &json!({}), None).fits(&json!({})));
    }

    #[test]
    fn a_record_that_lost_its_marker_shows_just_what_it_did_then() {
        let claim =
            Claim::changed(&json!({"id": "7", "status": "done", "at": "2026-01-01T10:00:00Z"}));
        assert!(claim.fits(&json!({"id": "7", "status": "done", "at": "2026-01-02T10:00:00Z"})));
        assert!(!claim.fits(&json!({"id": "7", "status": "done", "reason": "another's"})));
        assert!(!claim.fits(&json!({"id": "7"})));
    }

    #[test]
    fn the_journal_on_disk_shows_no_value() {
        let claim = Claim::created(Some("m".into()), &json!({"name": "Jane Roe"}), None);
        let text = serde_json::to_string(&claim).unwrap();
        assert!(!text.contains("Jane") && !text.contains("name"), "{text}");
        assert_eq!(serde_json::from_str::<Claim>(&text).unwrap(), claim);
    }
}
