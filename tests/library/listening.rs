//! Does it listen rightly: is what listeners are notified judged, what others caused left alone,
//! and what can't be heard not held against the target?
//!
//! Each fault and variant of events is the matter of `tmfctk selftest`.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::support::reference::Reference;
use crate::support::server::{Answer, between};
use crate::support::session;
use serde_json::json;
use tmfctk::config::Overrides;
use tmfctk::reference::Options;
use tmfctk::terms::{Level, Status, Verdict};
use tmfctk::verdict::RunResult;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const SECRET: &str = "story of a neighbour";
const NOTHING_TOLD: [&str; 4] = [
    "event-create-missing",
    "event-change-missing",
    "event-status-missing",
    "event-delete-missing",
];

fn given() -> Overrides {
    Overrides {
        level: Some(Level::Operations),
        event_timeout: Some(0.5),
        event_quiet: Some(0.05),
        ..Overrides::default()
    }
}

fn with_faults(names: &[&str]) -> Options {
    Options {
        faults: names.iter().map(|name| name.parse().unwrap()).collect(),
        ..Options::default()
    }
}

fn statuses(result: &RunResult, part: &str) -> Vec<(String, Status)> {
    let requirements = result.requirements.iter();
    requirements
        .filter(|requirement| requirement.id.contains(part))
        .map(|requirement| (requirement.id.clone(), requirement.status))
        .collect()
}

fn level(result: &RunResult) -> Verdict {
    let mut levels = result.levels.iter();
    let level = levels.find(|level| level.level == Level::Operations);
    level.unwrap().verdict
}

#[test]
fn events_stand_in_the_result_and_all_listeners_are_removed() {
    let result = session::check_reference(Options::default(), given());
    assert_eq!(level(&result), Verdict::Conformant, "{}", result.reason);
    assert!(result.subscriptions.len() > 5);
    for subscription in &result.subscriptions {
        assert!(subscription.removed, "{subscription:?}");
    }
    assert!(result.deliveries.len() > 5);
    for delivery in &result.deliveries {
        assert!(delivery.own && delivery.delay_ms.is_some(), "{delivery:?}");
        let cause = &result.exchanges[delivery.cause.unwrap()];
        assert_ne!(cause.request.method, "GET");
        assert!(delivery.message.body.as_ref().unwrap().contains("eventId"));
    }
}

/// Makes records at the target as long as it is asked to.
async fn neighbour(base: String) {
    let authority = base.split('/').nth(2).unwrap().to_owned();
    let path = format!("/{}partyInteraction", base.splitn(4, '/').nth(3).unwrap());
    let body = format!(r#"{{"channel":[{{"id":"1"}}],"direction":"inbound","reason":"{SECRET}"}}"#);
    loop {
        let mut stream = TcpStream::connect(&authority).await.unwrap();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {authority}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
    }
}

#[test]
fn events_of_other_peoples_records_are_left_alone_and_not_kept() {
    let result = session::check_reference_beside(Options::default(), given(), neighbour);
    for part in ["-EVT-", "-HUB-"] {
        for (id, status) in statuses(&result, part) {
            assert_eq!(status, Status::Passed, "{id}");
        }
    }
    let (own, foreign): (Vec<_>, Vec<_>) = result.deliveries.iter().partition(|one| one.own);
    assert!(!own.is_empty() && !foreign.is_empty());
    for delivery in foreign {
        let body = delivery.message.body.as_ref().unwrap();
        assert!(!body.contains(SECRET), "{body}");
        assert!(body.contains(delivery.resource_id.as_ref().unwrap()));
        assert_eq!(delivery.message.masked_records, 1);
        assert!(delivery.event_type.is_some() && delivery.cause.is_none());
    }
}

#[test]
fn events_that_are_left_out_do_not_apply_and_the_rest_does() {
    let overrides = Overrides {
        no_events: true,
        ..given()
    };
    let result = session::check_reference(Options::default(), overrides);
    assert_eq!(level(&result), Verdict::Conformant, "{}", result.reason);
    for (id, status) in statuses(&result, "-EVT-") {
        assert_eq!(status, Status::NotApplicable, "{id}");
    }
    assert!(
        statuses(&result, "-HUB-001")
            .iter()
            .all(|(_, status)| *status == Status::Passed)
    );
    assert!(result.deliveries.is_empty());
    assert!(result.notes.iter().any(|note| note.contains("--no-events")));
}

#[test]
fn a_target_that_may_not_reach_us_is_not_blamed_for_silence() {
    let result = session::check_reference(with_faults(&NOTHING_TOLD), given());
    assert_eq!(level(&result), Verdict::Inconclusive, "{}", result.reason);
    for requirement in &result.requirements {
        if requirement.id.contains("-EVT-001") {
            let reason = requirement.reason.as_ref().unwrap();
            assert!(reason.contains("--listener-url"), "{reason}");
        }
    }
    for (id, status) in statuses(&result, "-HUB-00") {
        assert_ne!(status, Status::Failed, "{id}");
    }
}

#[test]
fn a_target_that_is_said_to_reach_us_is() {
    let bind = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap().to_string()
    };
    let overrides = Overrides {
        listener_url: Some(format!("http://{bind}/below")),
        listener_bind: Some(bind),
        ..given()
    };
    let result = session::check_reference(with_faults(&NOTHING_TOLD), overrides.clone());
    assert_eq!(level(&result), Verdict::NonConformant, "{}", result.reason);
    // Each type is one finding, however many scenarios miss it.
    let missed: Vec<_> = result
        .findings
        .iter()
        .filter(|finding| finding.requirement.contains("-EVT-"))
        .map(|finding| finding.requirement.as_str())
        .collect();
    let wanted: Vec<_> = (1..=4).map(|n| format!("TMF683-4-EVT-00{n}")).collect();
    assert_eq!(missed, wanted);
    let result = session::check_reference(Options::default(), overrides);
    assert_eq!(level(&result), Verdict::Conformant, "{}", result.reason);
    let below = |path: &str| path.starts_with("/below/");
    assert!(result.deliveries.iter().all(|one| below(&one.path)));
}

#[test]
fn a_listener_that_the_target_keeps_is_told() {
    let result = session::check_reference(with_faults(&["unregister-405"]), given());
    let left: Vec<_> = result
        .subscriptions
        .iter()
        .filter(|one| !one.removed)
        .collect();
    assert!(!left.is_empty());
    for subscription in left {
        assert_eq!(subscription.reason.as_deref(), Some("DELETE answers 405"));
    }
}

#[test]
fn a_listener_is_not_missed_what_was_not_done() {
    // Whoever asks for deletions hears of nothing, and nothing is deleted while it listens.
    let reference = Reference::with_fault("hub-query-refuses-all");
    let is_asked = AtomicBool::new(false);
    let target = between(reference.base_url(), move |request| {
        let body = String::from_utf8_lossy(&request.body);
        if body.contains("eventType=PartyInteractionDeleteEvent") {
            is_asked.store(true, Ordering::SeqCst);
        }
        if request.method != "DELETE" {
            return None;
        }
        if request.path().contains("/hub/") {
            is_asked.store(false, Ordering::SeqCst);
            return None;
        }
        let refusal = || Answer::json(409, &json!({ "code": "409", "reason": "not now" }));
        is_asked.load(Ordering::SeqCst).then(refusal)
    });
    let result = session::check(&target.url("/tmf-api/partyInteraction/v4/"), given());
    let statuses = statuses(&result, "-HUB-010");
    assert_ne!(statuses[0].1, Status::Failed, "{:?}", result.findings);
    let mut reasons = result
        .scenarios
        .iter()
        .filter_map(|one| one.reason.as_deref());
    assert!(
        reasons.any(|reason| reason.contains("was done while it listened")),
        "{:?}",
        result.scenarios
    );
}
