//! Faults in the hub: registering and unregistering listeners.

use serde_json::json;

use super::families::{on_status, on_success};
use super::tools::{crash, edit, remove, replace};
use crate::reference::call::Operation::{Register, Unregister};
use crate::reference::effect::{answer, on_publish, on_response};
use crate::reference::reply::Reply;

faults! {
    "hub-200" breaks "HUB-001": "a registration is answered 200"
        => on_success(Register, |_, reply| reply.status = 200);
    "hub-202" breaks "HUB-001": "a registration is answered 202"
        => on_success(Register, |_, reply| reply.status = 202);
    "hub-204" breaks "HUB-001": "a registration is answered 204"
        => on_success(Register, |_, reply| *reply = Reply::empty(204));
    "hub-without-id" breaks "HUB-001": "a subscription has no id"
        => on_success(Register, |_, reply| {
            reply.change_objects(|subscription| remove(subscription, "id"));
        });
    "hub-blank-id" breaks "HUB-001": "the id of a subscription is blank"
        => on_success(Register, |_, reply| {
            reply.change_objects(|subscription| replace(subscription, "id", ""));
        });
    "hub-numeric-id" breaks "HUB-001": "the id of a subscription is a number"
        => on_success(Register, |_, reply| {
            reply.change_objects(|subscription| replace(subscription, "id", 1));
        });
    "hub-without-callback" breaks "HUB-001": "a subscription does not show its callback"
        => on_success(Register, |_, reply| {
            reply.change_objects(|subscription| remove(subscription, "callback"));
        });
    "hub-other-callback" breaks "HUB-001": "a subscription shows another callback"
        => on_success(Register, |_, reply| {
            reply.change_objects(|subscription| {
                edit(subscription, "callback", |url| format!("{url}/listener"))
            });
        });
    "hub-without-location" breaks "HUB-002": "a registration has no Location"
        => on_success(Register, |_, reply| { reply.drop_header("location"); });
    "hub-other-location" breaks "HUB-002": "the Location of a registration is the hub itself"
        => on_success(Register, |_, reply| {
            reply.set("location", "/tmf-api/partyInteraction/v4/hub");
        });
    "hub-query-lost" breaks "HUB-003": "a subscription does not show its query"
        => on_success(Register, |_, reply| {
            reply.change_objects(|subscription| remove(subscription, "query"));
        });
    "hub-takes-no-callback" breaks "HUB-004": "a registration without callback is answered 201"
        => answer(|call, _| {
            let lacks = call.asks(Register) && call.json().get("callback").is_none();
            lacks.then(|| Reply::json(201, json!({"id": "none", "callback": ""})))
        });
    "hub-no-callback-500" breaks "HUB-004": "a registration without callback is answered 500"
        => answer(|call, _| {
            (call.asks(Register) && call.json().get("callback").is_none()).then(crash)
        });
    "hub-no-callback-html" breaks "HUB-004": "a registration without callback is refused with an HTML page"
        => on_status(Register, 400, |_, reply| reply.show_html());
    "hub-takes-any-callback" breaks "HUB-005": "a callback that is not a URL is taken"
        => on_response(|call, reply| {
            if call.asks(Register) && reply.status == 400 && call.json()["callback"].is_string() {
                let callback = call.json()["callback"].take();
                *reply = Reply::json(201, json!({"id": "any", "callback": callback}));
            }
        });
    "hub-callback-500" breaks "HUB-005": "a callback that is not a URL is answered 500"
        => on_response(|call, reply| {
            if call.asks(Register) && reply.status == 400 && call.json()["callback"].is_string() {
                *reply = crash();
            }
        });
    "hub-second-500" breaks "HUB-006": "a second registration is answered 500"
        => answer(|call, store| {
            (call.asks(Register) && !store.subscriptions.is_empty()).then(crash)
        });
    "hub-second-400" breaks "HUB-006": "a second registration is refused with 400"
        => answer(|call, store| {
            let refusal = || Reply::error(400, "tooMany", "there is a listener already");
            (call.asks(Register) && !store.subscriptions.is_empty()).then(refusal)
        });
    "hub-same-id" breaks "HUB-006": "each registration gets the id of the first"
        => answer(|call, store| {
            let first = store.subscriptions.first().filter(|_| call.asks(Register))?;
            let body = call.json();
            let callback = body.get("callback")?;
            Some(Reply::json(201, json!({"id": first.id, "callback": callback})))
        });
    "unregister-200" breaks "HUB-007": "unregistering is answered 200 with a body"
        => on_success(Unregister, |_, reply| *reply = Reply::json(200, json!({"deleted": true})));
    "unregister-500" breaks "HUB-007": "unregistering is answered 500"
        => on_success(Unregister, |_, reply| *reply = crash());
    "unregister-405" breaks "HUB-007": "unregistering is not offered"
        => answer(|call, _| {
            let refusal =
                || Reply::error(405, "methodNotAllowed", "listeners stay").with("allow", "");
            call.asks(Unregister).then(refusal)
        });
    "unregister-takes-all" breaks "EVT-001": "unregistering one listener removes all"
        => answer(|call, store| {
            let known = |id: &str| store.subscriptions.iter().any(|one| one.id == id);
            (call.asks(Unregister) && known(call.id())).then(|| {
                store.subscriptions.clear();
                Reply::empty(204)
            })
        });
    "unregister-takes-newest" breaks "EVT-001": "unregistering a listener removes the one that came last"
        => answer(|call, store| {
            let known = |id: &str| store.subscriptions.iter().any(|one| one.id == id);
            (call.asks(Unregister) && known(call.id())).then(|| {
                store.subscriptions.pop();
                Reply::empty(204)
            })
        });
    "unregister-unknown-204" breaks "HUB-008": "unregistering an unknown id is answered 204"
        => on_status(Unregister, 404, |_, reply| *reply = Reply::empty(204));
    "unregister-unknown-500" breaks "HUB-008": "unregistering an unknown id is answered 500"
        => on_status(Unregister, 404, |_, reply| *reply = crash());
    "unregister-unknown-empty" breaks "HUB-008": "unregistering an unknown id is answered 404 without a body"
        => on_status(Unregister, 404, |_, reply| *reply = Reply::empty(404));
    "unregister-ignored" breaks "HUB-009": "a listener that has left still hears everything"
        => answer(|call, store| {
            let id = call.id().to_owned();
            let is_known = store.subscriptions.iter().any(|subscription| subscription.id == id);
            let left = store.memory.contains_key(&format!("left {id}"));
            if !call.asks(Unregister) || !is_known || left {
                return call
                    .asks(Unregister)
                    .then(|| Reply::error(404, "notFound", "no such listener"));
            }
            store.memory.insert(format!("left {id}"), String::new());
            Some(Reply::empty(204))
        });
    "hub-query-ignored" breaks "HUB-010": "the query of a subscription is ignored"
        => on_publish(|notice, _| notice.copies = 1);
    "hub-query-refuses-all" breaks "HUB-010": "a subscription with a query hears nothing"
        => on_publish(|notice, subscription| if subscription.query.is_some() {
            notice.copies = 0;
        });
    "hub-missing-410" breaks "HUB-011": "the hub is not offered, and refused with 410"
        => answer(|call, _| {
            let refusal = || Reply::error(410, "gone", "what is a hub?");
            (call.asks(Register) || call.asks(Unregister)).then(refusal)
        });
}
