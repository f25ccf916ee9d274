//! What arrived at the listener, as far as it can be reported: which subscription, which type of
//! event, which record. Pure.
//!
//! An event with one defect must not look like an event that never came: what its type fails to
//! say may stand in its path, and an id may stand at another place than it should.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::json_limits::long_id;
use crate::listener::Arrival;
use crate::pack::Notifications;

/// One arrival and what it is.
#[derive(Debug, Clone)]
pub struct ReceivedEvent {
    /// Its place among all arrivals.
    pub index: usize,
    /// As it came.
    pub arrival: Arc<Arrival>,
    /// The subscription whose callback it came to.
    pub subscription: Option<String>,
    /// The type of event of the pack that it is.
    pub kind: Option<String>,
    /// The id of the record that it is about.
    pub record: Option<String>,
    /// Whether it is about a record of this run.
    pub own: bool,
}

/// No name of a type is longer, nor nearly one.
const LONGEST_TYPE: usize = 256;

/// What looking for an event came to.
#[derive(Debug, Clone)]
pub enum EventSearch {
    /// It is there.
    Found(ReceivedEvent),
    /// Something is there that may be it, but is too broken to be reported.
    Unclear(ReceivedEvent),
    /// It came after that time, and that is more than an event may take.
    Late(ReceivedEvent, Duration),
    /// It is not there, but an event about the record whose type is none of the published ones, or
    /// that of another change.
    OtherType(ReceivedEvent),
    /// It is not there.
    Missing,
}

impl ReceivedEvent {
    /// What an arrival is; `owns` knows the records of the run, `marker` stands in each of them.
    pub fn new(
        index: usize,
        arrival: &Arc<Arrival>,
        subscription: Option<String>,
        events: &Notifications,
        owns: &dyn Fn(&str) -> bool,
        marker: &str,
    ) -> Self {
        let event = event(arrival);
        let record = event.and_then(|event| record_in(event, &events.record));
        let own = match &record {
            Some(id) => owns(id),
            // The marker is the same for the whole run, and so is the answer.
            None => {
                let marked = || !marker.is_empty() && mentions(arrival, marker);
                *arrival.marked.get_or_init(marked)
            }
        };
        Self {
            index,
            arrival: Arc::clone(arrival),
            subscription,
            kind: kind_of(arrival, event, events),
            record,
            own,
        }
    }

    /// The event: the body, or its one element where it is a list.
    pub fn event(&self) -> Option<&Value> {
        event(&self.arrival)
    }

    /// The record in it, where it stands where it should.
    pub fn payload<'a>(&'a self, events: &Notifications) -> Option<&'a Value> {
        self.event()?.pointer(&events.record)
    }

    /// What the event itself says of its type.
    pub fn stated_type(&self) -> Option<&str> {
        self.event()?.get("eventType")?.as_str()
    }

    /// Whether that text stands in the body.
    pub fn tells_of(&self, text: &str) -> bool {
        mentions(&self.arrival, text)
    }

    /// Whether it is about something else than the API, such as the health of the server: its type is
    /// not a published one, and it names no record.
    pub fn is_foreign(&self) -> bool {
        self.event().is_some() && self.kind.is_none() && self.record.is_none() && !self.own
    }

    /// How it is named in messages.
    pub fn line(&self) -> String {
        format!(
            "delivery {} ({} {})",
            self.index, self.arrival.method, self.arrival.path
        )
    }
}

/// Looks for the event of a type about a record that came to a subscription since an instant.
///
/// What came to the listener, but to no callback, may be it as well: that it went astray is a
/// defect of its own.
pub fn seek(
    all: &[ReceivedEvent],
    name: &str,
    kind: &str,
    record: &str,
    since: Instant,
) -> EventSearch {
    let at = |one: &&ReceivedEvent| one.subscription.as_deref() == Some(name);
    let stray = |one: &&ReceivedEvent| one.subscription.is_none();
    let late_enough = |one: &&ReceivedEvent| one.arrival.instant >= since;
    let is_it = |one: &&ReceivedEvent| {
        one.kind.as_deref() == Some(kind) && one.record.as_deref() == Some(record)
    };
    let candidates = || all.iter().filter(late_enough);
    let found = candidates()
        .filter(at)
        .find(is_it)
        .or_else(|| candidates().filter(stray).find(is_it));
    if let Some(found) = found {
        return EventSearch::Found(found.clone());
    }
    let may_be_it = |one: &&ReceivedEvent| {
        let kind_fits = one.kind.as_deref().is_none_or(|known| known == kind);
        let record_fits = one.record.as_deref().is_none_or(|known| known == record);
        kind_fits && record_fits
    };
    let may_be = |one: &&ReceivedEvent| may_be_it(one) && !one.is_foreign();
    if let Some(unclear) = candidates().filter(at).find(may_be) {
        return EventSearch::Unclear(unclear.clone());
    }
    // Another change of the record may have been reported by the others.
    let is_of_it = |one: &&ReceivedEvent| one.record.as_deref() == Some(record);
    let mut others = candidates().filter(at).filter(is_of_it);
    let stated = others.find(|one| one.stated_type().is_some_and(|stated| stated != kind));
    stated.map_or(EventSearch::Missing, |other| {
        EventSearch::OtherType(other.clone())
    })
}

fn event(arrival: &Arrival) -> Option<&Value> {
    match arrival.json.as_ref().ok()? {
        event @ Value::Object(_) => Some(event),
        Value::Array(events) if events.len() == 1 => events.first(),
        _ => None,
    }
}

fn mentions(arrival: &Arrival, text: &str) -> bool {
    let in_json = |value: &Value| value.to_string().contains(text);
    memchr::memmem::find(&arrival.body, text.as_bytes()).is_some()
        // The body as it came may spell a text with escapes.
        || (memchr::memchr(b'\\', &arrival.body).is_some()
            && arrival.json.as_ref().is_ok_and(in_json))
}

/// The type: what the event says where that is one of the published names, else what its path
/// says, else the published name that is nearly what the event says.
fn kind_of(arrival: &Arrival, event: Option<&Value>, events: &Notifications) -> Option<String> {
    let stated = event
        .and_then(|event| event.get("eventType"))
        .and_then(Value::as_str);
    let names = || events.types.iter().map(|kind| kind.name.as_str());
    let exact = stated.and_then(|stated| names().find(|name| *name == stated));
    let by_path = || {
        let last = arrival.below.trim_end_matches('/').rsplit('/').next()?;
        let last = last.split('?').next().unwrap_or(last);
        names().find(|name| name.eq_ignore_ascii_case(last))
    };
    let nearly = || {
        let stem = |text: &str| {
            let text = text.to_ascii_lowercase();
            let text = text.strip_suffix("notification").unwrap_or(&text);
            text.strip_suffix("event").unwrap_or(text).to_owned()
        };
        let stated = stated
            .filter(|stated| stated.len() <= LONGEST_TYPE)
            .map(stem);
        names().find(|name| Some(stem(name)) == stated)
    };
    exact.or_else(by_path).or_else(nearly).map(str::to_owned)
}

/// The id of the record that an event is about: at its place, or at a wrong one, or as the end of
/// its href.
fn record_in(event: &Value, place: &str) -> Option<String> {
    let payload = event.get("event");
    let places = [
        event.pointer(place),
        event.pointer(place).and_then(|list| list.get(0)),
        payload,
        payload
            .and_then(Value::as_object)
            .filter(|attributes| attributes.len() == 1)
            .and_then(|attributes| attributes.values().next()),
    ];
    let objects = || {
        places
            .into_iter()
            .flatten()
            .filter(|place| place.is_object())
    };
    // One that is too long is not a record of the run's.
    let id = |record: &Value| super::id_of(record).or_else(|| long_id(record));
    objects().find_map(id).or_else(|| {
        objects().find_map(|record| {
            let href = record.get("href")?.as_str()?;
            let path = href.split(['?', '#']).next()?.trim_end_matches('/');
            let last = path.rsplit('/').next().filter(|last| !last.is_empty())?;
            let decoded = percent_encoding::percent_decode_str(last);
            Some(decoded.decode_utf8().ok()?.into_owned())
        })
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::pack::EventType;

    fn events() -> Notifications {
        let kind = |name: &str| EventType {
            name: name.to_owned(),
            follows: "POST".to_owned(),
        };
        Notifications {
            record: "/event/thing".to_owned(),
            types: vec![kind("ThingCreateEvent"), kind("ThingDeleteEvent")],
            ..Notifications::default()
        }
    }

    fn arrived(below: &str, body: &Value) -> Arc<Arrival> {
        Arc::new(Arrival {
            key: Some("k".to_owned()),
            below: below.to_owned(),
            at: Timestamp::UNIX_EPOCH,
            instant: Instant::now(),
            method: "POST".to_owned(),
            path: format!("/k{below}"),
            headers: Vec::new(),
            body: Bytes::from(body.to_string()),
            size: 0,
            cut: None,
            json: Ok(body.clone()),
            answered: 201,
            marked: std::sync::OnceLock::new(),
        })
    }

    fn heard(below: &str, body: &Value) -> ReceivedEvent {
        let arrival = arrived(below, body);
        let subscription = Some("s".to_owned());
        ReceivedEvent::new(
            0,
            &arrival,
            subscription,
            &events(),
            &|id| id == "1",
            "mark",
        )
    }

    fn kind(below: &str, body: &Value) -> Option<String> {
        heard(below, body).kind
    }

    #[test]
    fn the_type_is_what_is_said_then_the_path_then_what_is_nearly_said() {
        let create = Some("ThingCreateEvent".to_owned());
        let said = json!({"eventType": "ThingCreateEvent"});
        assert_eq!(kind("/listener/thingDeleteEvent", &said), create);
        let said = json!({"eventType": "thingCreateEvent"});
        assert_eq!(kind("", &said), create);
        let said = json!({"eventType": "ThingCreateNotification"});
        assert_eq!(kind("", &said), create);
        assert_eq!(kind("/listener/thingCreateEvent", &json!({})), create);
        assert_eq!(kind("", &json!({"eventType": "Other"})), None);
    }

    #[test]
    fn the_record_is_found_at_wrong_places_too() {
        for body in [
            json!({"event": {"thing": {"id": "1"}}}),
            json!([{"event": {"thing": {"id": "1"}}}]),
            json!({"event": {"thing": [{"id": "1"}]}}),
            json!({"event": {"id": "1", "thing": 5}}),
            json!({"event": {"other": {"id": "1"}}}),
            json!({"event": {"thing": {"href": "http://h/thing/1?x"}}}),
        ] {
            let heard = heard("", &body);
            assert_eq!(heard.record.as_deref(), Some("1"), "{body}");
            assert!(heard.own);
        }
        let other = heard("", &json!({"event": {"thing": {"id": "2", "x": "mark"}}}));
        assert!(!other.own, "the id wins over what is mentioned");
        assert!(heard("", &json!({"event": {"thing": {"x": "mark"}}})).own);
        assert!(!heard("", &json!({})).own);
    }

    #[test]
    fn an_unreadable_event_is_not_missing() {
        let since = Instant::now();
        let seek = |body: &Value| {
            let all = [heard("/listener/thingCreateEvent", body)];
            super::seek(&all, "s", "ThingCreateEvent", "1", since)
        };
        let found = json!({"event": {"thing": {"id": "1"}}});
        assert!(matches!(seek(&found), EventSearch::Found(_)));
        assert!(matches!(seek(&json!({})), EventSearch::Unclear(_)));
        assert!(matches!(seek(&json!("x")), EventSearch::Unclear(_)));
        let others = json!({"event": {"thing": {"id": "2"}}});
        assert!(matches!(seek(&others), EventSearch::Missing));
        let other_type = json!({"eventType": "ThingDeleteEvent", "event": {"thing": {"id": "1"}}});
        assert!(matches!(seek(&other_type), EventSearch::OtherType(_)));
    }
}
