//! Does each fault change what the server says?

use serde_json::json;
use tmfctk::reference::{Fault, FaultInfo, Options, faults};

use super::client::{Target, minimal};
use super::events::{overheard, overheard_by};
use super::listener::Listener;
use super::probe::{Topic, differs, transcript};

/// Shows itself only where a listener answers an event with an error.
const NEEDS_A_REFUSAL: &str = "event-refusal-breaks-create";

/// Requirements of what the server says to listeners, and not in its answers.
fn is_about_events(info: &FaultInfo) -> bool {
    ["-EVT-", "-HUB-009", "-HUB-010"]
        .iter()
        .any(|part| info.requirement.contains(part))
}

async fn assert_each_is_heard(level: &str, topic: Topic) {
    let clean = transcript(Options::default(), topic).await;
    let chosen = faults().iter().filter(|info| info.level() == level);
    let mut silent = Vec::new();
    let mut count = 0;
    for info in chosen.filter(|info| !is_about_events(info) && !info.secured) {
        let options = Options {
            faults: vec![Fault::from(*info)],
            ..Options::default()
        };
        if !differs(options, topic, &clean).await {
            silent.push(info.name);
        }
        count += 1;
    }
    assert!(count > 0, "no fault of the level {level}");
    assert!(silent.is_empty(), "these change nothing: {silent:?}");
}

#[tokio::test]
async fn a_clean_server_always_says_the_same() {
    let first = transcript(Options::default(), Topic::All).await;
    assert!(!differs(Options::default(), Topic::All, &first).await);
}

#[tokio::test]
async fn each_certification_fault_is_heard() {
    assert_each_is_heard("certification", Topic::Records).await;
}

#[tokio::test]
async fn each_profile_fault_is_heard() {
    assert_each_is_heard("profile", Topic::Records).await;
}

#[tokio::test]
async fn each_specification_fault_is_heard() {
    assert_each_is_heard("specification", Topic::All).await;
}

#[tokio::test]
async fn each_operations_fault_is_heard() {
    assert_each_is_heard("operations", Topic::Operations).await;
}

#[tokio::test]
async fn each_guideline_fault_is_heard() {
    assert_each_is_heard("guideline", Topic::All).await;
}

#[tokio::test]
async fn each_fault_about_credentials_is_heard_where_some_are_asked_for() {
    let asking = || Options {
        credential: Some("authorization".to_owned()),
        ..Options::default()
    };
    let topic = Topic::Records;
    let clean = transcript(asking(), topic).await;
    assert!(differs(Options::default(), topic, &clean).await);
    for info in faults().iter().filter(|info| info.secured) {
        let options = Options {
            faults: vec![Fault::from(*info)],
            ..asking()
        };
        assert!(differs(options, topic, &clean).await, "{}", info.name);
    }
}

#[tokio::test]
async fn each_event_fault_reaches_the_listeners() {
    let clean = overheard(Options::default()).await;
    assert_eq!(overheard_by(Options::default(), &clean).await, clean);
    let mut silent = Vec::new();
    let about_events = faults().iter().filter(|info| is_about_events(info));
    for info in about_events.filter(|info| info.name != NEEDS_A_REFUSAL) {
        let options = Options {
            faults: vec![Fault::from(*info)],
            ..Options::default()
        };
        if overheard_by(options, &clean).await == clean {
            silent.push(info.name);
        }
    }
    assert!(silent.is_empty(), "these change nothing: {silent:?}");
}

#[tokio::test]
async fn a_create_fails_once_a_listener_has_refused_an_event() {
    let faults = vec![NEEDS_A_REFUSAL.parse::<Fault>().expect("a fault")];
    let options = Options {
        faults,
        ..Options::default()
    };
    let target = Target::start(options).await;
    let mut listener = Listener::answering("500 Internal Server Error").await;
    let body = json!({"callback": listener.callback});
    target.post("hub", &body.to_string()).await;
    assert_eq!(target.create(&minimal()).await.status, 201);
    listener.next().await;
    // The answer to the event is on its way.
    let mut statuses = Vec::new();
    while statuses.last() != Some(&503) && statuses.len() < 200 {
        statuses.push(target.create(&minimal()).await.status);
    }
    assert_eq!(statuses.last(), Some(&503), "{statuses:?}");
    target.stop().await;
}
