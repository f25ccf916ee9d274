//! Older records, as in a server that has been in use for a while.

use super::call::{BASE_PATH, RESOURCE};
use super::store::{Store, uuid};

/// The first of the older records is this old, in seconds since the epoch: 2024-01-01.
const FIRST: i64 = 1_704_067_200;

const REASONS: &[&str] = &[
    "Question about an invoice",
    "The line was slow in the evening",
    "Wants to change the tariff",
    "Moves to another town",
    "Order has not arrived",
];

const CHANNELS: &[&str] = &["Phone", "Shop", "Chat", "Mail"];

const STATES: &[&str] = &["open", "inProgress", "completed"];

/// One record in this many violates the profile, if flawed ones are wanted.
const FLAWED: usize = 97;

/// Fills a store with records of about 400 bytes.
pub(super) fn fill(store: &mut Store, count: usize, flawed: bool, origin: &str) {
    for number in 0..count {
        let id = uuid(store.random.u128(..));
        let json = record(&id, number, flawed && number % FLAWED == FLAWED / 2, origin);
        store.put(&id, json);
    }
}

/// The text of one record, as a serialiser would write it. No value needs an escape.
fn record(id: &str, number: usize, is_flawed: bool, origin: &str) -> String {
    let reason = REASONS[number % REASONS.len()];
    let channel = number % CHANNELS.len();
    let name = CHANNELS[channel];
    let status = STATES[number % STATES.len()];
    let direction = match number % 2 {
        _ if is_flawed => "",
        0 => "inbound",
        _ => "outbound",
    };
    let age = i64::try_from(number % 1_000_000).unwrap_or(0) * 60;
    let date = jiff::Timestamp::from_second(FIRST + age).unwrap_or_default();
    format!(
        r#"{{"id":"{id}","href":"{origin}{BASE_PATH}{RESOURCE}/{id}","direction":"{direction}","reason":"{reason} ({number})","description":"Noted by an agent","status":"{status}","channel":[{{"id":"{channel}","href":"{origin}{BASE_PATH}channel/{channel}","name":"{name}"}}],"creationDate":"{date}","statusChangeDate":"{date}"}}"#
    )
}

#[cfg(test)]
mod tests {
    use super::super::model::{PARTY_INTERACTION, violations};
    use super::*;
    use serde_json::Value;

    #[test]
    fn older_records_are_sound_unless_asked_otherwise() {
        let mut store = Store::new(3);
        fill(&mut store, 200, false, "http://127.0.0.1:1");
        assert_eq!(store.records().count(), 200);
        for record in store.records() {
            let map = record.map();
            assert_eq!(violations(&map, &PARTY_INTERACTION), []);
            // Filters search the text, so it has to be what the serialiser writes.
            assert_eq!(Value::Object(map).to_string(), &*record.json);
        }
        let mut store = Store::new(3);
        fill(&mut store, 200, true, "http://127.0.0.1:1");
        let flawed = store
            .records()
            .filter(|record| !violations(&record.map(), &PARTY_INTERACTION).is_empty());
        assert_eq!(flawed.count(), 2);
    }
}
