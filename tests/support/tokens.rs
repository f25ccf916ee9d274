//! What hands out tokens as an OAuth 2 server does, by a script; and a target that asks for them.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use super::server::{Answer, Request, Server, between};

/// A token endpoint that hands out `token-one-0001`, `token-one-0002`, …, each good for so many
/// seconds.
pub fn endpoint(seconds: u64) -> Server {
    let given = AtomicUsize::new(0);
    Server::start(move |_, _| {
        let number = given.fetch_add(1, Ordering::SeqCst) + 1;
        let token = format!("token-one-{number:04}");
        Answer::json(
            200,
            &json!({ "access_token": token, "token_type": "Bearer", "expires_in": seconds }),
        )
    })
}

/// A target that answers 401 to those who `knows` does not know, and an empty list to others.
pub fn guarded(knows: impl Fn(&Request) -> bool + Send + Sync + 'static) -> Server {
    Server::start(move |request, _| match knows(request) {
        true => Answer::json(200, &json!([])),
        false => Answer::json(401, &json!({ "code": "401", "reason": "who?" })),
    })
}

/// A target that hands on what comes with the right header to the server at `base`, and refuses
/// the rest.
pub fn gate(base: &str, knows: impl Fn(&Request) -> bool + Send + Sync + 'static) -> Server {
    between(base, move |request| {
        let refusal = || Answer::json(401, &json!({ "code": "401", "reason": "who?" }));
        (!knows(request)).then(refusal)
    })
}
