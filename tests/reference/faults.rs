//! Does each fault change what the server says?

use tmfctk::reference::{Fault, Options, faults};

use crate::probe::{differs, transcript};

/// Faults that do not show in what the server answers, each with another test.
const ELSEWHERE: &[&str] = &[];

async fn assert_each_is_heard(level: &str) {
    let clean = transcript(Options::default()).await;
    let chosen = faults().iter().filter(|info| info.level() == level);
    let mut silent = Vec::new();
    let mut count = 0;
    for info in chosen.filter(|info| !ELSEWHERE.contains(&info.name)) {
        let options = Options {
            faults: vec![Fault::from(*info)],
            ..Options::default()
        };
        if !differs(options, &clean).await {
            silent.push(info.name);
        }
        count += 1;
    }
    assert!(count > 0, "no fault of the level {level}");
    assert!(silent.is_empty(), "these change nothing: {silent:?}");
}

#[tokio::test]
async fn a_clean_server_always_says_the_same() {
    let first = transcript(Options::default()).await;
    assert!(!differs(Options::default(), &first).await);
}

#[tokio::test]
async fn each_certification_fault_is_heard() {
    assert_each_is_heard("certification").await;
}

#[tokio::test]
async fn each_profile_fault_is_heard() {
    assert_each_is_heard("profile").await;
}

#[tokio::test]
async fn each_specification_fault_is_heard() {
    assert_each_is_heard("specification").await;
}
