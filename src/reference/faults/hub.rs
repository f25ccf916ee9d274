//! Faults in the hub: registering and unregistering listeners.

use serde_json::json;

use super::super::call::Operation::{Register, Unregister};
use super::super::effect::Effect::{Answer, Finish, Publish};
use super::super::reply::Reply;
use super::tools::{crash, edit, remove, replace};
use super::{FaultInfo, fault};

/// A row that changes the answer to a registration.
macro_rules! registered {
    ($name:literal, $requirement:literal, $description:literal, $change:expr) => {
        fault(
            $name,
            $requirement,
            $description,
            &[Finish(|call, reply| {
                if call.asks(Register) && reply.succeeded() {
                    let change: fn(&mut Reply) = $change;
                    change(reply);
                }
            })],
        )
    };
}

/// The table.
pub(super) static FAULTS: &[FaultInfo] = &[
    registered!(
        "hub-200",
        "TMF683-4-HUB-001",
        "a registration is answered 200",
        |reply| reply.status = 200
    ),
    registered!(
        "hub-202",
        "TMF683-4-HUB-001",
        "a registration is answered 202",
        |reply| reply.status = 202
    ),
    registered!(
        "hub-204",
        "TMF683-4-HUB-001",
        "a registration is answered 204",
        |reply| *reply = Reply::empty(204)
    ),
    registered!(
        "hub-without-id",
        "TMF683-4-HUB-001",
        "a subscription has no id",
        |reply| {
            reply.change_objects(|subscription| remove(subscription, "id"));
        }
    ),
    registered!(
        "hub-blank-id",
        "TMF683-4-HUB-001",
        "the id of a subscription is blank",
        |reply| {
            reply.change_objects(|subscription| replace(subscription, "id", ""));
        }
    ),
    registered!(
        "hub-numeric-id",
        "TMF683-4-HUB-001",
        "the id of a subscription is a number",
        |reply| {
            reply.change_objects(|subscription| replace(subscription, "id", 1));
        }
    ),
    registered!(
        "hub-without-callback",
        "TMF683-4-HUB-001",
        "a subscription does not tell its callback",
        |reply| {
            reply.change_objects(|subscription| remove(subscription, "callback"));
        }
    ),
    registered!(
        "hub-other-callback",
        "TMF683-4-HUB-001",
        "a subscription tells another callback",
        |reply| {
            reply.change_objects(|subscription| {
                edit(subscription, "callback", |url| format!("{url}/listener"))
            });
        }
    ),
    registered!(
        "hub-without-location",
        "TMF683-4-HUB-002",
        "a registration has no Location",
        |reply| {
            reply.drop_header("location");
        }
    ),
    registered!(
        "hub-other-location",
        "TMF683-4-HUB-002",
        "the Location of a registration is the hub itself",
        |reply| {
            reply.set("location", "/tmf-api/partyInteraction/v4/hub");
        }
    ),
    registered!(
        "hub-query-lost",
        "TMF683-4-HUB-003",
        "a subscription does not tell its query",
        |reply| {
            reply.change_objects(|subscription| remove(subscription, "query"));
        }
    ),
    fault(
        "hub-takes-no-callback",
        "TMF683-4-HUB-004",
        "a registration without callback is answered 201",
        &[Answer(|call, _| {
            let lacks = call.asks(Register) && call.json().get("callback").is_none();
            lacks.then(|| Reply::json(201, json!({"id": "none", "callback": ""})))
        })],
    ),
    fault(
        "hub-no-callback-500",
        "TMF683-4-HUB-004",
        "a registration without callback is answered 500",
        &[Answer(|call, _| {
            (call.asks(Register) && call.json().get("callback").is_none()).then(crash)
        })],
    ),
    fault(
        "hub-no-callback-html",
        "TMF683-4-HUB-004",
        "a registration without callback is refused with an HTML page",
        &[Finish(|call, reply| {
            if call.asks(Register) && reply.status == 400 {
                reply.show_html();
            }
        })],
    ),
    fault(
        "hub-takes-any-callback",
        "TMF683-4-HUB-005",
        "a callback that is no URL is taken",
        &[Finish(|call, reply| {
            if call.asks(Register) && reply.status == 400 && call.json()["callback"].is_string() {
                let callback = call.json()["callback"].take();
                *reply = Reply::json(201, json!({"id": "any", "callback": callback}));
            }
        })],
    ),
    fault(
        "hub-callback-500",
        "TMF683-4-HUB-005",
        "a callback that is no URL is answered 500",
        &[Finish(|call, reply| {
            if call.asks(Register) && reply.status == 400 && call.json()["callback"].is_string() {
                *reply = crash();
            }
        })],
    ),
    fault(
        "hub-second-500",
        "TMF683-4-HUB-006",
        "a second registration is answered 500",
        &[Answer(|call, store| {
            (call.asks(Register) && !store.subscriptions.is_empty()).then(crash)
        })],
    ),
    fault(
        "hub-second-400",
        "TMF683-4-HUB-006",
        "a second registration is refused with 400",
        &[Answer(|call, store| {
            let refusal = || Reply::error(400, "tooMany", "there is a listener already");
            (call.asks(Register) && !store.subscriptions.is_empty()).then(refusal)
        })],
    ),
    fault(
        "hub-same-id",
        "TMF683-4-HUB-006",
        "each registration gets the id of the first",
        &[Answer(|call, store| {
            let first = store
                .subscriptions
                .first()
                .filter(|_| call.asks(Register))?;
            let body = call.json();
            let callback = body.get("callback")?;
            Some(Reply::json(
                201,
                json!({"id": first.id, "callback": callback}),
            ))
        })],
    ),
    fault(
        "unregister-200",
        "TMF683-4-HUB-007",
        "unregistering is answered 200 with a body",
        &[Finish(|call, reply| {
            if call.asks(Unregister) && reply.succeeded() {
                *reply = Reply::json(200, json!({"deleted": true}));
            }
        })],
    ),
    fault(
        "unregister-500",
        "TMF683-4-HUB-007",
        "unregistering is answered 500",
        &[Finish(|call, reply| {
            if call.asks(Unregister) && reply.succeeded() {
                *reply = crash();
            }
        })],
    ),
    fault(
        "unregister-405",
        "TMF683-4-HUB-007",
        "unregistering is not offered",
        &[Answer(|call, _| {
            let refusal =
                || Reply::error(405, "methodNotAllowed", "listeners stay").with("allow", "");
            call.asks(Unregister).then(refusal)
        })],
    ),
    fault(
        "unregister-takes-all",
        "TMF683-4-EVT-001",
        "unregistering one listener removes all",
        &[Answer(|call, store| {
            let known = |id: &str| store.subscriptions.iter().any(|one| one.id == id);
            (call.asks(Unregister) && known(call.id())).then(|| {
                store.subscriptions.clear();
                Reply::empty(204)
            })
        })],
    ),
    fault(
        "unregister-takes-newest",
        "TMF683-4-EVT-001",
        "unregistering a listener removes the one that came last",
        &[Answer(|call, store| {
            let known = |id: &str| store.subscriptions.iter().any(|one| one.id == id);
            (call.asks(Unregister) && known(call.id())).then(|| {
                store.subscriptions.pop();
                Reply::empty(204)
            })
        })],
    ),
    fault(
        "unregister-unknown-204",
        "TMF683-4-HUB-008",
        "unregistering an unknown id is answered 204",
        &[Finish(|call, reply| {
            if call.asks(Unregister) && reply.status == 404 {
                *reply = Reply::empty(204);
            }
        })],
    ),
    fault(
        "unregister-unknown-500",
        "TMF683-4-HUB-008",
        "unregistering an unknown id is answered 500",
        &[Finish(|call, reply| {
            if call.asks(Unregister) && reply.status == 404 {
                *reply = crash();
            }
        })],
    ),
    fault(
        "unregister-unknown-empty",
        "TMF683-4-HUB-008",
        "unregistering an unknown id is answered 404 without a body",
        &[Finish(|call, reply| {
            if call.asks(Unregister) && reply.status == 404 {
                *reply = Reply::empty(404);
            }
        })],
    ),
    fault(
        "unregister-ignored",
        "TMF683-4-HUB-009",
        "a listener that has left still hears everything",
        &[Answer(|call, store| {
            let id = call.id().to_owned();
            let is_known = store
                .subscriptions
                .iter()
                .any(|subscription| subscription.id == id);
            let left = store.memory.contains_key(&format!("left {id}"));
            if !call.asks(Unregister) || !is_known || left {
                return call
                    .asks(Unregister)
                    .then(|| Reply::error(404, "notFound", "no such listener"));
            }
            store.memory.insert(format!("left {id}"), String::new());
            Some(Reply::empty(204))
        })],
    ),
    fault(
        "hub-query-ignored",
        "TMF683-4-HUB-010",
        "the query of a subscription is ignored",
        &[Publish(|notice, _| notice.copies = 1)],
    ),
    fault(
        "hub-query-refuses-all",
        "TMF683-4-HUB-010",
        "a subscription with a query hears nothing",
        &[Publish(|notice, subscription| {
            if subscription.query.is_some() {
                notice.copies = 0;
            }
        })],
    ),
    fault(
        "hub-missing-400",
        "TMF683-4-HUB-011",
        "the hub is not offered, and refused with 400",
        &[Answer(|call, _| {
            let refusal = || Reply::error(400, "invalidRequest", "what is a hub?");
            (call.asks(Register) || call.asks(Unregister)).then(refusal)
        })],
    ),
];
