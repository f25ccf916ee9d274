//! Both directions: what only the kit causes is marked, what the target causes is not.
//!
//! A small target stands in memory; each test bends it in one way and runs a whole replay.

use std::cell::RefCell;

use percent_encoding::percent_decode;
use serde_json::{Value as Json, json};

use super::super::description::tests::EDITION;
use super::super::outcome::Replay;
use super::super::replay::{Replayer, Settings};
use super::super::transport::{Incoming, Outgoing, SendError, Transport};
use super::*;

/// The kit's built-in payload.
const BUILT_IN: &str = r#"{"channel":[{"id":"555"}],"direction":"inbounds","reason":"The user wanted to buy TV and internet plan"}"#;

/// Changes a record before it is shown: whether in a list, and the record.
type Show = fn(bool, &mut Json);

struct Target {
    records: RefCell<Vec<Json>>,
    /// Gives the id of the n-th record.
    id: fn(usize) -> String,
    /// A status for a payload that is refused.
    refuse: fn(&Json, usize) -> Option<u16>,
    show: Show,
    /// Changes the text of every body.
    write: fn(String) -> String,
    /// Whether a filter finds anything at all.
    filters: bool,
    /// The status of a list.
    list_status: u16,
    /// A filter that is ignored.
    ignored: &'static str,
    /// A filter on anything but an attribute is a 400.
    strict: bool,
}

impl Default for Target {
    fn default() -> Self {
        Self {
            records: RefCell::default(),
            id: |n| format!("own-{n}"),
            refuse: |_, _| None,
            show: |_, _| {},
            write: |text| text,
            filters: true,
            list_status: 200,
            ignored: "",
            strict: false,
        }
    }
}

const BASE: &str = "http://h/v4/";

impl Target {
    fn with(older: Json) -> Self {
        let target = Self::default();
        target.records.borrow_mut().push(older);
        target
    }

    fn create(&self, body: &str) -> (u16, Json) {
        let mut record: Json = serde_json::from_str(body).expect("JSON");
        let mut records = self.records.borrow_mut();
        if let Some(status) = (self.refuse)(&record, records.len()) {
            return (status, json!({ "code": "1", "reason": "refused" }));
        }
        let id = (self.id)(records.len() + 1);
        record["id"] = json!(id);
        record["href"] = json!(format!("{BASE}partyInteraction/{id}"));
        records.push(record.clone());
        (201, record)
    }

    fn shown(&self, listed: bool, mut record: Json) -> Json {
        (self.show)(listed, &mut record);
        record
    }

    fn read(&self, target: &[u8]) -> (u16, Json) {
        let cut = target.iter().position(|byte| *byte == b'?');
        let (path, query) = target.split_at(cut.unwrap_or(target.len()));
        let records = self.records.borrow();
        let mut found: Vec<Json> = records.clone();
        if let Some(id) = path.strip_prefix(b"/v4/partyInteraction/") {
            let id = decoded(id);
            let record = found.into_iter().find(|record| record["id"] == id);
            // An id with a slash in it is another path.
            return match record {
                Some(record) if !path[21..].contains(&b'/') => (200, self.shown(false, record)),
                _ => (404, json!({ "code": "404", "reason": "not found" })),
            };
        }
        for pair in query
            .split(|byte| matches!(byte, b'&' | b'?'))
            .filter(|pair| !pair.is_empty())
        {
            let cut = pair
                .iter()
                .position(|byte| *byte == b'=')
                .unwrap_or(pair.len());
            let name = decoded(&pair[..cut]);
            if name == "fields" {
                continue;
            }
            if name == self.ignored {
                continue;
            }
            if records.iter().all(|record| record.get(&name).is_none()) {
                if self.strict {
                    return (400, json!({ "code": "400", "reason": "no such attribute" }));
                }
                continue;
            }
            let plus = pair.get(cut + 1..).unwrap_or_default().to_vec();
            let blank: Vec<u8> = plus
                .iter()
                .map(|byte| if *byte == b'+' { b' ' } else { *byte })
                .collect();
            let value = decoded(&blank);
            found.retain(|record| self.filters && record[&name] == value);
        }
        let list = found
            .into_iter()
            .map(|record| self.shown(true, record))
            .collect();
        (self.list_status, Json::Array(list))
    }
}

fn decoded(bytes: &[u8]) -> String {
    percent_decode(bytes).decode_utf8_lossy().into_owned()
}

impl Transport for Target {
    async fn send(&self, outgoing: Outgoing<'_>) -> Result<Incoming, SendError> {
        let (status, body) = match outgoing.body {
            Some(body) => self.create(body),
            None => self.read(outgoing.url.target()),
        };
        Ok(Incoming {
            status,
            headers: Vec::new(),
            body: (self.write)(body.to_string()).into_bytes().into(),
            truncated: false,
            exchange: 7,
        })
    }
}

async fn replay_with(target: &Target, payload: &str) -> Replay {
    let description = Description::read(EDITION).expect("readable");
    let settings = Settings {
        most_plain: 1 << 20,
        base: BASE.to_owned(),
        payload: payload.to_owned(),
        decoded_limit: 1 << 20,
    };
    let mut replayer = Replayer::new(&description, &settings).expect("a base URL");
    while replayer.step(target).await.is_some() {}
    replayer.examine(target).await;
    replayer.finish()
}

async fn replay(target: &Target) -> Replay {
    replay_with(target, BUILT_IN).await
}

/// The numbers of the requests with failures, split: those of the target, those of the kit.
fn blamed(replay: &Replay) -> (Vec<usize>, Vec<usize>) {
    let failed: Vec<&RequestOutcome> = replay
        .requests
        .iter()
        .filter(|request| request.failed())
        .collect();
    let numbers = |of_target: bool| {
        let wanted = failed.iter().filter(|request| open(request) == of_target);
        wanted.map(|request| request.number).collect()
    };
    (numbers(true), numbers(false))
}

fn nobody() -> Vec<usize> {
    Vec::new()
}

fn assertion(
    replay: &Replay,
    number: usize,
    kind: AssertionKind,
    attribute: Option<&str>,
) -> Assertion {
    let request = replay.request(number).expect("a request");
    let found = request
        .assertions
        .iter()
        .find(|assertion| assertion.kind == kind && assertion.attribute.as_deref() == attribute);
    found.expect("an assertion").clone()
}

fn old(without: &str) -> Json {
    let mut record: Json = serde_json::from_str(BUILT_IN).expect("JSON");
    record["id"] = json!("old-1");
    record["href"] = json!("/old-1");
    record.as_object_mut().expect("an object").remove(without);
    record
}

#[tokio::test]
async fn a_clean_target_has_no_failure_and_nothing_is_sent_again() {
    let replay = replay(&Target::default()).await;
    assert_eq!((replay.totals.assertions, replay.totals.failed), (246, 0));
    assert_eq!((replay.would_pass, replay.resent.len()), (Some(true), 0));
}

#[tokio::test]
async fn escapes_are_the_kits_flaw() {
    let target = Target {
        write: |text| text.replace('/', "\\/"),
        ..Target::default()
    };
    let replay = replay(&target).await;
    assert_eq!(replay.totals.failed, 18);
    let (of_target, of_kit) = blamed(&replay);
    assert_eq!((of_target, of_kit.len()), (nobody(), 13));
    let includes = assertion(&replay, 1, AssertionKind::Includes, Some("href"));
    assert!(
        includes.failures[0]
            .advice
            .as_ref()
            .is_some_and(|advice| advice.contains("escapes"))
    );
}

#[tokio::test]
async fn escapes_excuse_no_other_defect() {
    let target = Target {
        write: |text| text.replace('/', "\\/"),
        show: |_, record| record["reason"] = json!(5),
        ..Target::default()
    };
    let replay = replay(&target).await;
    assert!(!assertion(&replay, 4, AssertionKind::Type, Some("reason")).kit_induced());
    assert!(assertion(&replay, 4, AssertionKind::Includes, Some("href")).kit_induced());
    assert!(open(replay.request(4).expect("a request")));
}

#[tokio::test]
async fn a_missing_value_is_not_an_escaped_one() {
    let target = Target {
        show: |_, record| {
            record.as_object_mut().expect("an object").remove("href");
        },
        ..Target::default()
    };
    let replay = replay(&target).await;
    let includes = assertion(&replay, 4, AssertionKind::Includes, Some("href"));
    assert_eq!((includes.failed, includes.kit_induced()), (1, false));
}

#[tokio::test]
async fn older_records_are_not_the_targets_fault() {
    let replay = replay(&Target::with(old("reason"))).await;
    assert_eq!(replay.would_pass, Some(false));
    let (of_target, of_kit) = blamed(&replay);
    assert_eq!((of_target, of_kit), (nobody(), vec![3, 7, 8]));
    let mandatory = assertion(&replay, 3, AssertionKind::Mandatory, None);
    let failure = &mandatory.failures[0];
    assert_eq!((failure.origin, failure.count), (Origin::Older, 1));
    assert_eq!(failure.examples[0].id.as_deref(), Some("old-1"));
}

#[tokio::test]
async fn own_records_next_to_older_ones_are() {
    let target = Target {
        show: |listed, record| {
            if listed {
                record.as_object_mut().expect("an object").remove("reason");
            }
        },
        ..Target::with(old(""))
    };
    let replay = replay(&target).await;
    let mandatory = assertion(&replay, 3, AssertionKind::Mandatory, None);
    assert_eq!((mandatory.failed, mandatory.kit_induced()), (3, false));
    let marked: Vec<_> = mandatory
        .failures
        .iter()
        .map(|failure| (failure.origin, failure.count, failure.kit_induced()))
        .collect();
    assert_eq!(marked, [(Origin::Older, 1, true), (Origin::Own, 2, false)]);
}

#[tokio::test]
async fn a_record_under_another_id_than_it_was_given_is_not_an_older_one() {
    let target = Target {
        show: |_, record| {
            let id = record["id"].as_str().unwrap_or_default();
            *record = json!({ "id": format!("x{id}"), "direction": "inbounds" });
        },
        ..Target::default()
    };
    let (of_target, of_kit) = blamed(&replay(&target).await);
    assert_eq!(of_kit, nobody());
    assert!(of_target.contains(&3));
}

#[tokio::test]
async fn an_element_without_an_id_is_not_an_older_one() {
    let (of_target, of_kit) = blamed(&replay(&Target::with(old("id"))).await);
    assert_eq!((of_target, of_kit), (vec![3, 7, 8, 16, 17], nobody()));
}

#[tokio::test]
async fn a_foreign_record_in_a_filtered_list_has_no_excuse_unless_it_belongs_there() {
    let mut other = old("channel");
    other["direction"] = json!("outbound");
    let (of_target, of_kit) = blamed(&replay(&Target::with(other.clone())).await);
    // The filter on the reason finds it rightly, all others leave it out.
    assert_eq!((of_target, of_kit), (nobody(), vec![3, 16, 17]));
    let target = Target {
        ignored: "direction",
        ..Target::with(other)
    };
    let (of_target, of_kit) = blamed(&replay(&target).await);
    assert_eq!((of_target, of_kit), (vec![7, 8], vec![3, 16, 17]));
}

/// A payload with what acts in a URL or needs care in one.
fn odd(reason: &str) -> String {
    let mut payload: Json = serde_json::from_str(BUILT_IN).expect("JSON");
    payload["reason"] = json!(reason);
    payload.to_string()
}

#[tokio::test]
async fn values_that_the_kit_does_not_encode_are_the_kits_flaw() {
    for reason in [
        "R&D",
        "a #1",
        "1 + 1",
        "%41",
        "Müller & Söhne #1 100% + \"more\"",
    ] {
        let target = Target::default();
        let replay = replay_with(&target, &odd(reason)).await;
        assert!(replay.totals.failed >= 10, "{reason}: {:?}", replay.totals);
        let (of_target, of_kit) = blamed(&replay);
        assert_eq!(of_target, nobody(), "{reason}");
        assert!(of_kit.contains(&16), "{reason}");
        assert_eq!(replay.resent, [7], "{reason}");
        assert_eq!(replay.requests.len(), 18);
    }
}

#[tokio::test]
async fn a_refusal_of_the_unencoded_value_is_the_kits_flaw_too() {
    let target = Target {
        strict: true,
        ..Target::default()
    };
    let replay = replay_with(&target, &odd("R&D")).await;
    assert_eq!(
        replay.request(16).and_then(|request| request.status),
        Some(400)
    );
    assert_eq!(blamed(&replay), (nobody(), vec![16]));
}

#[tokio::test]
async fn a_filter_that_finds_nothing_encoded_either_is_the_targets_fault() {
    let target = Target {
        filters: false,
        ..Target::default()
    };
    let replay = replay_with(&target, &odd("R&D")).await;
    let (of_target, of_kit) = blamed(&replay);
    assert_eq!(
        (of_target, of_kit),
        (vec![7, 8, 10, 11, 13, 14, 16, 17], nobody())
    );
    assert!(!replay.resent.is_empty());
}

#[tokio::test]
async fn an_encoded_request_excuses_no_other_assertion() {
    let target = Target {
        list_status: 206,
        ..Target::default()
    };
    let replay = replay_with(&target, &odd("R&D")).await;
    assert!(!assertion(&replay, 16, AssertionKind::Status, None).kit_induced());
    assert!(assertion(&replay, 16, AssertionKind::Mandatory, None).kit_induced());
}

#[tokio::test]
async fn ids_that_need_encoding_are_the_kits_flaw() {
    for id in [
        |n| format!("a/{n}"),
        |n| format!("ü-{n}"),
        |n| format!("日本-{n}"),
    ] {
        let target = Target {
            id,
            ..Target::default()
        };
        let replay = replay(&target).await;
        let (of_target, of_kit) = blamed(&replay);
        assert_eq!((of_target, of_kit), (nobody(), vec![4, 5]));
        assert_eq!(replay.would_pass, Some(false));
    }
}

#[tokio::test]
async fn a_record_that_can_not_be_read_at_all_is_the_targets_fault() {
    let target = Target {
        id: |n| format!("a/{n}"),
        show: |listed, record| {
            if !listed {
                record["href"] = Json::Null;
            }
        },
        ..Target::default()
    };
    let replay = replay(&target).await;
    assert!(assertion(&replay, 4, AssertionKind::Status, None).kit_induced());
    assert!(!assertion(&replay, 4, AssertionKind::Type, Some("href")).kit_induced());
}

/// Refuses what has no `interactionDate`, with the status given by the constant.
fn strict<const STATUS: u16>(payload: &Json, _: usize) -> Option<u16> {
    payload.get("interactionDate").is_none().then_some(STATUS)
}

fn dated() -> String {
    let mut payload: Json = serde_json::from_str(BUILT_IN).expect("JSON");
    payload["interactionDate"] = json!({ "startDateTime": "2026-01-01T10:00:00Z" });
    payload.to_string()
}

#[tokio::test]
async fn the_refusal_of_the_built_in_payload_is_the_kits_flaw_with_all_that_follows() {
    let target = Target {
        refuse: strict::<422>,
        ..Target::default()
    };
    let replay = replay_with(&target, &dated()).await;
    let (of_target, of_kit) = blamed(&replay);
    assert_eq!((of_target, of_kit), (nobody(), vec![2, 5, 8, 11, 14, 17]));
}

#[tokio::test]
async fn a_refusal_for_another_reason_is_not() {
    let refusals: [fn(&Json, usize) -> Option<u16>; 4] =
        [strict::<401>, strict::<429>, strict::<500>, strict::<302>];
    for refuse in refusals {
        let target = Target {
            refuse,
            ..Target::default()
        };
        let (of_target, of_kit) = blamed(&replay_with(&target, &dated()).await);
        assert_eq!(of_kit, nobody());
        assert!(of_target.contains(&2) && of_target.contains(&5));
    }
}

#[tokio::test]
async fn the_same_payload_refused_the_second_time_is_the_targets_fault() {
    let target = Target {
        refuse: |_, records| (records > 0).then_some(409),
        ..Target::default()
    };
    let (of_target, of_kit) = blamed(&replay(&target).await);
    assert_eq!(of_kit, nobody());
    assert_eq!(of_target, [2, 5, 8, 11, 14, 17]);
}

#[tokio::test]
async fn a_target_that_refuses_both_payloads_is_at_fault() {
    let target = Target {
        refuse: |_, _| Some(400),
        ..Target::default()
    };
    let (of_target, of_kit) = blamed(&replay_with(&target, &dated()).await);
    assert_eq!(of_kit, nobody());
    assert!(of_target.contains(&1) && of_target.contains(&2));
}

#[tokio::test]
async fn failures_with_the_accepted_record_do_not_follow_from_the_refusal() {
    let target = Target {
        refuse: strict::<400>,
        list_status: 206,
        ..Target::default()
    };
    let replay = replay_with(&target, &dated()).await;
    assert!(!assertion(&replay, 8, AssertionKind::Status, None).kit_induced());
    assert!(assertion(&replay, 8, AssertionKind::Mandatory, None).kit_induced());
    assert!(assertion(&replay, 5, AssertionKind::Status, None).kit_induced());
}
