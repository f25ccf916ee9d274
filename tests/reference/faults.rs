//! Does each fault change what the server says?

use tmfctk::reference::{Fault, FaultInfo, Options, faults};

use crate::events::{overheard, overheard_by};
use crate::probe::{Topic, differs, transcript};

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
    for info in chosen.filter(|info| !is_about_events(info)) {
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
async fn each_event_fault_reaches_the_listeners() {
    let clean = overheard(Options::default()).await;
    assert_eq!(overheard_by(Options::default(), &clean).await, clean);
    let mut silent = Vec::new();
    for info in faults().iter().filter(|info| is_about_events(info)) {
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
