//! The records, in memory and serialised: a hundred thousand of them are little more than their
//! text.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::events::Outbox;

/// One stored party interaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// Its id.
    pub(super) id: Arc<str>,
    /// Its full representation, serialised.
    pub(super) json: Arc<str>,
}

impl Record {
    /// The full representation.
    pub(super) fn map(&self) -> Map<String, Value> {
        serde_json::from_str(&self.json).unwrap_or_default()
    }
}

/// A registered listener.
#[derive(Debug, Clone)]
pub(super) struct Subscription {
    /// Its id.
    pub(super) id: String,
    /// Where events go.
    pub(super) callback: String,
    /// Which events are wanted, all where it is missing.
    pub(super) query: Option<String>,
    /// The way to it.
    pub(super) outbox: Outbox,
}

/// The state of the server.
#[derive(Debug, Default)]
pub(super) struct Store {
    /// The records by the order in which they were made.
    records: BTreeMap<u64, Arc<Record>>,
    /// Where each id is found.
    places: HashMap<Arc<str>, u64>,
    /// Places that the collection does not show.
    unlisted: BTreeSet<u64>,
    /// The place of the next record.
    next: u64,
    /// The listeners, in the order of their registration.
    pub(super) subscriptions: Vec<Subscription>,
    /// The last instant that was given out, in milliseconds since 1970.
    last_instant: i64,
    /// What some faults have to remember from one request to another.
    pub(super) memory: HashMap<String, String>,
    /// Where ids come from.
    pub(super) random: fastrand::Rng,
}

impl Store {
    /// An empty store whose ids follow from the seed.
    pub(super) fn new(seed: u64) -> Self {
        Self {
            random: fastrand::Rng::with_seed(seed),
            ..Self::default()
        }
    }

    /// Adds a record behind all others, or replaces the one of the same id in its place.
    pub(super) fn put(&mut self, id: &str, json: String) {
        let place = self.places.get(id).copied();
        let id: Arc<str> = id.into();
        let place = place.unwrap_or_else(|| {
            let place = self.next;
            self.next += 1;
            self.places.insert(id.clone(), place);
            place
        });
        let json = json.into();
        self.records.insert(place, Arc::new(Record { id, json }));
    }

    /// The record of an id.
    pub(super) fn get(&self, id: &str) -> Option<&Arc<Record>> {
        self.records.get(self.places.get(id)?)
    }

    /// Removes a record and says whether it was there.
    pub(super) fn remove(&mut self, id: &str) -> bool {
        let place = self.places.remove(id);
        place.is_some_and(|place| self.records.remove(&place).is_some())
    }

    /// Makes a record unreachable by its id, though it stays in the collection.
    pub(super) fn hide(&mut self, id: &str) -> bool {
        self.places.remove(id).is_some()
    }

    /// Takes a record out of the collection, though it stays reachable by its id.
    pub(super) fn unlist(&mut self, id: &str) -> bool {
        let place = self.places.get(id);
        place.is_some_and(|place| self.unlisted.insert(*place))
    }

    /// The records of the collection in the order in which they were made.
    pub(super) fn records(&self) -> impl DoubleEndedIterator<Item = &Arc<Record>> {
        let listed = |(place, _): &(&u64, &Arc<Record>)| !self.unlisted.contains(place);
        self.records.iter().filter(listed).map(|(_, record)| record)
    }

    /// Forgets everything but the listeners.
    pub(super) fn clear(&mut self) {
        self.records.clear();
        self.places.clear();
    }

    /// How many records were made so far.
    pub(super) fn made(&self) -> u64 {
        self.next
    }

    /// The current instant, in whole milliseconds and later than any before: two records
    /// differ in when they were made, however fast they come.
    pub(super) fn now(&mut self) -> String {
        self.last_instant = Timestamp::now().as_millisecond().max(self.last_instant + 1);
        let instant = Timestamp::from_millisecond(self.last_instant).unwrap_or(Timestamp::MAX);
        format!("{instant:.3}")
    }

    /// A new id in the form of a random UUID.
    pub(super) fn new_id(&mut self) -> String {
        uuid(self.random.u128(..))
    }
}

/// Writes a number as a version 4 UUID.
pub(super) fn uuid(number: u128) -> String {
    let number = number & !(0xf000 << 64) & !(0xc000 << 48) | (0x4000 << 64) | (0x8000 << 48);
    let hex = format!("{number:032x}");
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_keep_their_order_and_go_alone() {
        let mut store = Store::new(1);
        for id in ["a", "b", "c"] {
            store.put(id, format!("{{\"id\":\"{id}\"}}"));
        }
        store.put("a", "{}".to_owned());
        assert!(store.remove("b"));
        assert!(!store.remove("b"));
        let ids: Vec<_> = store.records().map(|record| &*record.id).collect();
        assert_eq!(ids, ["a", "c"]);
        assert!(store.get("a").is_some_and(|record| &*record.json == "{}"));
    }

    #[test]
    fn no_two_instants_are_the_same() {
        let mut store = Store::new(1);
        let instants: Vec<_> = (0..50).map(|_| store.now()).collect();
        assert!(
            instants.is_sorted_by(|one, next| one < next),
            "{instants:?}"
        );
    }

    #[test]
    fn ids_are_version_4_uuids() {
        assert_eq!(uuid(u128::MAX), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        let mut store = Store::new(7);
        assert_ne!(store.new_id(), store.new_id());
    }
}
