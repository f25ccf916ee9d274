//! What the self-test does not show of the faults: each of them is caught there.

use serde_json::json;
use tmfctk::reference::{Fault, Options};

use super::client::{Target, minimal};
use super::listener::Listener;

#[tokio::test]
async fn a_create_fails_once_a_listener_has_refused_an_event() {
    let faults = vec![
        "event-refusal-breaks-create"
            .parse::<Fault>()
            .expect("a fault"),
    ];
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
