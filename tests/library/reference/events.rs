//! What listeners hear while the server is used.

use std::time::Duration;

use serde_json::{Value, json};
use tmfctk::reference::Options;

use super::client::{COLLECTION, Target, minimal};
use super::listener::Listener;
use super::probe::timeless;

/// What each listener of a clean server heard.
pub type Heard = Vec<Vec<String>>;

/// How many events a listener to all, one to creates and one to deletions hear of a clean server.
const EXPECTED: [usize; 3] = [5, 2, 2];

/// How long nothing has to come for it to be quiet. Too short, and a fault seems to be heard:
/// no test fails for it.
const QUIET: Duration = Duration::from_millis(60);

/// What the listeners of a clean server hear.
pub async fn overheard(options: Options) -> Heard {
    let (target, mut listeners) = use_server(options).await;
    let mut heard = Vec::new();
    for (listener, count) in listeners.iter_mut().zip(EXPECTED) {
        let mut lines = Vec::new();
        for _ in 0..count {
            lines.push(line(listener, &target).await);
        }
        heard.push(lines);
    }
    target.stop().await;
    heard
}

/// What the listeners of another server hear, at least as far as it differs from the clean one.
pub async fn overheard_by(options: Options, clean: &Heard) -> Heard {
    let (target, mut listeners) = use_server(options).await;
    let mut heard = Vec::new();
    for (listener, expected) in listeners.iter_mut().zip(clean) {
        let mut lines = Vec::new();
        while let Ok(line) = tokio::time::timeout(QUIET, line(listener, &target)).await {
            let is_expected = expected.get(lines.len()) == Some(&line);
            lines.push(line);
            if !is_expected {
                heard.push(lines);
                return heard;
            }
        }
        heard.push(lines);
    }
    target.stop().await;
    heard
}

async fn line(listener: &mut Listener, target: &Target) -> String {
    let delivery = listener.next().await;
    timeless(&format!("{delivery:?}"), target.authority())
}

/// Does everything that makes events, and some things that do not.
async fn use_server(options: Options) -> (Target, Vec<Listener>) {
    let seed = Some(5);
    let target = Target::start(Options { seed, ..options }).await;
    let mut listeners = Vec::new();
    let mut first = String::new();
    for kind in ["", "Create", "Delete"] {
        let listener = Listener::start().await;
        let mut body = json!({"callback": listener.callback});
        if !kind.is_empty() {
            body["query"] = format!("eventType=PartyInteraction{kind}Event").into();
        }
        let answer = target.post("hub", &body.to_string()).await.json();
        if first.is_empty() {
            first = answer["id"].as_str().unwrap_or_default().to_owned();
        }
        listeners.push(listener);
    }
    let mut body = minimal();
    body["status"] = json!("open");
    for _ in 0..2 {
        let record = target.create(&body).await.json();
        let member = format!("{COLLECTION}/{}", record["id"].as_str().unwrap_or_default());
        change(&target, &member, json!({"reason": ""})).await;
        change(&target, &member, json!({"description": "new"})).await;
        change(&target, &member, json!({"reason": "another"})).await;
        change(&target, &member, json!({"status": "completed"})).await;
        target.create(&json!({})).await;
        for _ in 0..2 {
            target.send("DELETE", &member, &[], "").await;
        }
        // The second time nobody listens to everything any more.
        target
            .send("DELETE", &format!("hub/{first}"), &[], "")
            .await;
    }
    (target, listeners)
}

async fn change(target: &Target, member: &str, patch: Value) {
    let merge = [("Content-Type", "application/merge-patch+json")];
    target
        .send("PATCH", member, &merge, &patch.to_string())
        .await;
}
