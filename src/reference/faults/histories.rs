//! Faults that show by what was asked before only.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde_json::Value;

use super::tools::{named, text};
use crate::reference::call::Call;
use crate::reference::call::Operation::{Delete, List, Patch, Retrieve};
use crate::reference::effect::{Effect, answer, on_matches, on_response};
use crate::reference::reply::Reply;
use crate::reference::store::{Record, Store};

/// For how long a list is kept by its URL.
const KEPT: Duration = Duration::from_secs(3);

faults! {
    "delete-leaves-cache" breaks "DEL-002": "a record that was retrieved before its deletion is still retrieved after it"
        => answer(|call, store| {
            if !call.asks(Retrieve) {
                return None;
            }
            let key = format!("read {}", call.id());
            if let Some(record) = named(call, store) {
                store.memory.insert(key, Value::Object(record).to_string());
                return None;
            }
            let kept = serde_json::from_str(store.memory.get(&key)?).ok()?;
            Some(Reply::json(200, kept))
        });
    "delete-leaves-selection" breaks "DEL-002": "attributes that were selected from a record before its deletion are still answered after it"
        => answer(|call, store| {
            let fields = call.parameter("fields").filter(|_| call.asks(Retrieve))?;
            let key = format!("selected {}", call.target);
            if let Some(mut record) = named(call, store) {
                let is_shown = |name: &str| fields.split(',').chain(["id", "href"]).any(|it| it == name);
                record.retain(|name, _| is_shown(name));
                store.memory.insert(key, Value::Object(record).to_string());
                return None;
            }
            let kept = serde_json::from_str(store.memory.get(&key)?).ok()?;
            Some(Reply::json(200, kept))
        });
    "delete-found-by-reason" breaks "DEL-003": "a deleted record is still found by a filter on its reason"
        => answer(|call, store| {
            let record = store.get(call.id()).filter(|_| call.asks(Delete))?.clone();
            let key = format!("deleted {}", record.id);
            store.memory.insert(key, record.json.to_string());
            None
        })
        => on_matches(|call, found, all| if let Some(reason) = call.parameter("reason") {
            let deleted = all.memory.iter().filter_map(|(key, json)| {
                let id = key.strip_prefix("deleted ")?.into();
                let json = json.as_str().into();
                Some(Arc::new(Record { id, json }))
            });
            found.extend(deleted.filter(|record| text(&record.map(), "reason") == reason));
        });
    "list-kept-by-url" breaks "PRO-031": "the answer to a list request is kept by its URL for 3 seconds: what was created in between is not in it"
        => kept_by_url(|call| call.asks(List));
    "selection-kept-by-url" breaks "PAT-002": "a record that attributes were selected from is kept by its URL for 3 seconds: what was patched in between is not in it"
        => kept_by_url(|call| call.asks(Retrieve) && call.parameter("fields").is_some());
    "delete-cascades" breaks "DEL-005": "a deletion deletes the records to which interactionRelationship leads"
        => answer(|call, store| {
            let record = named(call, store).filter(|_| call.asks(Delete))?;
            let related = record.get("interactionRelationship")?.as_array()?;
            for id in related.iter().filter_map(|one| one.get("id")?.as_str()) {
                store.remove(id);
            }
            None
        });
    "patched-twice-not-found" breaks "PAT-002": "a record that was patched twice is not found by the reason that the second patch gave it"
        => answer(|call, store| {
            let patch: Value = serde_json::from_slice(&call.body).ok().filter(|_| call.asks(Patch))?;
            patch.get("reason")?;
            count(store, &format!("reasons {}", call.id()));
            None
        })
        => on_matches(|call, found, all| if call.parameter("reason").is_some() {
            let patched = |record: &Record| all.memory.get(&format!("reasons {}", record.id));
            found.retain(|record| patched(record).is_none_or(|times| times == "1"));
        });
    "third-patch-lost" breaks "PAT-002": "the third patch of a record is answered, but not stored"
        => answer(|call, store| {
            if !call.asks(Patch) {
                return None;
            }
            let before = store.get(call.id())?.json.to_string();
            if count(store, &format!("patches {}", call.id())) == 3 {
                store.memory.insert(format!("undo {}", call.id()), before);
            }
            None
        })
        => answer(|call, store| {
            // Before whatever is asked next.
            let key = format!("undo {}", call.id());
            if !call.asks(Patch) && let Some(before) = store.memory.remove(&key) {
                store.put(call.id(), before);
            }
            None
        });
    "patch-after-list-not-shown" breaks "PAT-002": "after a list that was filtered by its reason, a record is retrieved as it was then, whatever is patched"
        => answer(|call, store| {
            if let Some(reason) = call.parameter("reason").filter(|_| call.asks(List)) {
                let listed = store.records().filter(|record| text(&record.map(), "reason") == reason);
                let kept: Vec<_> = listed.map(|record| (format!("listed {}", record.id), record.json.to_string())).collect();
                store.memory.extend(kept);
            }
            let kept = store.memory.get(&format!("listed {}", call.id())).filter(|_| call.asks(Retrieve) && call.query.is_empty())?;
            store.get(call.id())?;
            Some(Reply::json(200, serde_json::from_str(kept).ok()?))
        });
    "create-fiftieth-lost" breaks "PRO-033": "every 50th create is answered 201, but not stored"
        => answer(|_, store| {
            // Before whatever is asked next.
            let made = store.made();
            let key = format!("lost {made}");
            if made > 0 && made.is_multiple_of(50) && !store.memory.contains_key(&key) {
                store.memory.insert(key, String::new());
                let last = store.records().next_back()?.id.clone();
                store.remove(&last);
            }
            None
        });
}

/// Counts one more of something, and says how often it was.
fn count(store: &mut Store, key: &str) -> u64 {
    let before = store.memory.get(key).and_then(|times| times.parse().ok());
    let times = before.unwrap_or(0) + 1;
    store.memory.insert(key.to_owned(), times.to_string());
    times
}

fn kept_by_url(is_kept: impl Fn(&Call) -> bool + Send + Sync + 'static) -> Effect {
    let kept: Mutex<HashMap<String, (Instant, Reply)>> = Mutex::default();
    on_response(move |call, reply| {
        if !is_kept(call) {
            return;
        }
        let mut kept = kept.lock();
        kept.retain(|_, (since, _)| since.elapsed() < KEPT);
        let url = format!("{}{}", call.origin, call.target);
        let (_, answered) = kept
            .entry(url)
            .or_insert_with(|| (Instant::now(), reply.clone()));
        *reply = answered.clone();
    })
}
