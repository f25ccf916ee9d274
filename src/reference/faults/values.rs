//! Faults that only some values show: those that are unusual, deep in a record, or in its second
//! parts.

use std::collections::HashSet;

use serde_json::{Number, Value};

use super::families::{each_stored, filter_takes};
use super::tools::{each, edit, edit_all, replace, text};
use crate::reference::call::Operation::List;
use crate::reference::effect::{Object, on_patch, on_request, on_store};
use crate::reference::model::instant;

faults! {
    "dates-cut-to-seconds" breaks "SPC-018": "milliseconds of date-times that were sent are cut off"
        => on_store(|record, _, _| edit_dates(record, &without_fraction));
    "negative-offset-read-positive" breaks "SPC-018": "a negative zone offset is read as a positive one"
        => on_store(|record, _, _| edit_dates(record, &|date| match date.rsplit_once('-') {
            Some((start, offset)) if offset.contains(':') && start.contains('T') => format!("{start}+{offset}"),
            _ => date.to_owned(),
        }));
    "note-dates-lose-zone-shift" breaks "SPC-018": "only in notes the zone offset of date is dropped in favour of Z"
        => each_stored("note", |note| edit(note, "date", |date| {
            format!("{}Z", date.get(..19).unwrap_or(date))
        }));
    "texts-composed" breaks "SPC-018": "decomposed characters are stored composed (NFC)"
        => on_store(|record, _, _| record.values_mut().for_each(|value| edit_all(value, &composed)));
    "note-text-cut-at-255" breaks "SPC-018": "only the text of notes is cut after 255 characters"
        => each_stored("note", |note| edit(note, "text", |text| text.chars().take(255).collect()));
    "content-wrapped-at-76" breaks "SPC-018": "the base64 content of attachments is broken into lines of 76 characters"
        => each_stored("attachment", |attachment| edit(attachment, "content", |content| {
            let lines = content.as_bytes().chunks(76).map(String::from_utf8_lossy);
            lines.collect::<Vec<_>>().join("\r\n")
        }));
    "digits-become-numbers" breaks "SPC-001": "a description or note of digits only comes back as a number"
        => on_store(|record, _, _| {
            number(record, "description");
            each(record, "note", |note| number(note, "text"));
        });
    "empty-array-null" breaks "SPC-003": "an empty array that was sent comes back as null"
        => on_store(|record, _, _| for value in record.values_mut() {
            if value.as_array().is_some_and(Vec::is_empty) {
                *value = Value::Null;
            }
        });
    "direction-normalised" breaks "PRO-028": "the direction inbounds is taken, but stored and answered as inbound"
        => on_store(|record, _, _| edit(record, "direction", |text| text.trim_end_matches('s').to_owned()));
    "same-id-stored-once" breaks "SPC-018": "of two channels or related parties with the same id only one is stored"
        => on_store(|record, _, _| for name in ["channel", "relatedParty"] {
            if let Some(Value::Array(elements)) = record.get_mut(name) {
                let mut known = HashSet::new();
                elements.retain(|one| known.insert(one.get("id").cloned()));
            }
        });
    "later-items-lose-parts" breaks "SPC-018": "of the second and later interaction items the notes, parties, channels and attachments are lost"
        => on_store(|record, _, _| {
            let mut is_later = false;
            each(record, "interactionItem", |item| {
                if is_later {
                    item.retain(|_, value| !value.is_array());
                }
                is_later = true;
            });
        });
    "filter-direction-any-case" breaks "PRO-044": "a filter on direction does not distinguish capitals from small letters"
        => filter_takes("direction", |found, given| found.to_lowercase() == given.to_lowercase());
    "filter-reason-pad-space" breaks "PRO-046": "a filter on reason does not regard blanks at the end (PAD SPACE)"
        => filter_takes("reason", |found, given| found.trim_end() == given.trim_end());
    "filter-reason-like" breaks "PRO-046": "in a filter on reason % and _ are wildcards (LIKE)"
        => filter_takes("reason", is_like);
    "filter-cut-at-equals" breaks "PRO-046": "the value of a filter ends at a second equals sign, encoded or not"
        => on_request(|call| if call.asks(List) {
            for (_, value) in &mut call.query {
                value.truncate(value.find('=').unwrap_or(value.len()));
            }
        });
    "filter-long-value-ignored" breaks "PRO-046": "a filter whose value has more than 100 characters is ignored"
        => on_request(|call| if call.asks(List) {
            call.query.retain(|(_, value)| value.chars().count() <= 100);
        });
    "patch-arrays-merged-by-id" breaks "PAT-007": "elements of an array in a patch are merged with those of the same id: members that are not sent stay"
        => on_patch(|after, before, patch| for name in patch.keys() {
            let old = before.get(name).and_then(Value::as_array);
            let (Some(Value::Array(new)), Some(old)) = (after.get_mut(name), old) else {
                continue;
            };
            for element in new.iter_mut().filter_map(Value::as_object_mut) {
                let same = |one: &&Object| one.get("id") == element.get("id");
                let known = old.iter().filter_map(Value::as_object).find(same).cloned();
                for (name, value) in known.into_iter().flatten() {
                    element.entry(name).or_insert(value);
                }
            }
        });
    "patch-empty-text-ignored" breaks "PAT-002": "an empty text in a patch changes nothing"
        => on_patch(|after, before, patch| for (name, value) in patch {
            if value == "" && let Some(old) = before.get(name) {
                replace(after, name, old.clone());
            }
        });
}

/// Changes every date-time in a record, at any depth.
fn edit_dates(record: &mut Object, change: &dyn Fn(&str) -> String) {
    let change = |text: &str| match instant(text) {
        Some(_) => change(text),
        None => text.to_owned(),
    };
    record
        .values_mut()
        .for_each(|value| edit_all(value, &change));
}

fn without_fraction(date: &str) -> String {
    let Some((start, rest)) = date.split_once('.') else {
        return date.to_owned();
    };
    format!(
        "{start}{}",
        rest.trim_start_matches(|c: char| c.is_ascii_digit())
    )
}

/// The letters that are mostly used with accents, composed.
fn composed(text: &str) -> String {
    let pairs = [
        ("e\u{301}", "é"),
        ("a\u{308}", "ä"),
        ("o\u{308}", "ö"),
        ("u\u{308}", "ü"),
        ("n\u{303}", "ñ"),
        ("c\u{327}", "ç"),
    ];
    let compose = |text: String, (apart, whole): &(&str, &str)| text.replace(apart, whole);
    pairs.iter().fold(text.to_owned(), compose)
}

/// Makes a number of a text of digits.
fn number(part: &mut Object, name: &str) {
    let digits = text(part, name);
    if !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && let Ok(number) = digits.parse::<u64>()
    {
        replace(part, name, Number::from(number));
    }
}

/// Whether a value matches a pattern as LIKE in SQL does.
fn is_like(found: &str, pattern: &str) -> bool {
    let wildcards = |c: char| match c {
        '%' => ".*".to_owned(),
        '_' => ".".to_owned(),
        c => regex::escape(&c.to_string()),
    };
    let pattern: String = pattern.chars().map(wildcards).collect();
    regex::Regex::new(&format!("(?s)^{pattern}$")).is_ok_and(|pattern| pattern.is_match(found))
}
