//! What `tmfctk selftest` does not show of faults: that the server is steady without one, and what a
//! fault does between requests. That each fault is seen is proved there.

use serde_json::json;
use tmfctk::reference::{Fault, Options};

use crate::client::{Target, minimal};
use crate::listener::Listener;
use crate::probe::{differs, transcript};

/// Shows itself only where a listener answers an event with an error.
const NEEDS_A_REFUSAL: &str = "event-refusal-breaks-create";

#[tokio::test]
async fn a_clean_server_always_says_the_same() {
    let first = transcript(Options::default()).await;
    assert!(!differs(Options::default(), &first).await);
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
