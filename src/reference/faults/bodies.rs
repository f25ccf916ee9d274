//! Faults in what a create makes of bodies that are wrong or unusual.

use serde_json::{Value, json};

use super::families::{accepts, crashes_without};
use super::tools::{crash, insert, remove};
use crate::reference::call::Operation::Create;
use crate::reference::effect::{
    Object, answer, demand, on_request, on_response, on_store, overlook,
};
use crate::reference::model::{Flaw, Violation, is_known};
use crate::reference::reply::Reply;

faults! {
    "unknown-attribute-500" breaks "SPC-021": "a create with an unknown attribute is answered 500"
        => answer(|call, _| {
            let body = call.json();
            let is_unknown = |name: &String| !is_known(name);
            let has_unknown = body.as_object().is_some_and(|map| map.keys().any(is_unknown));
            (call.asks(Create) && has_unknown).then(crash)
        });
    "take-empty-channel" breaks "SPC-023": "a create whose channel is an empty list is accepted and stored"
        => accepts(Create, "channel", &[Flaw::Empty]);
    "refuse-interaction-date" breaks "SPC-024": "a create with an interactionDate is refused"
        => demand(Create, |body| unwanted(body, "interactionDate"));
    "refuse-status" breaks "SPC-024": "a create with a status is refused"
        => demand(Create, |body| unwanted(body, "status"));
    "refuse-channel-href" breaks "SPC-024": "a create with the href of a channel is refused"
        => demand(Create, |body| {
            let channels = body.get("channel")?.as_array()?;
            let index = channels.iter().position(|channel| channel.get("href").is_some())?;
            let pointer = format!("/channel/{index}/href");
            Some(Violation::new(pointer, Flaw::Unwanted))
        });
    "malformed-json-500" breaks "SPC-025": "a body that is not JSON is answered 500"
        => answer(|call, _| (call.asks(Create) && !is_json(&call.body)).then(crash));
    "malformed-json-201" breaks "SPC-025": "a body that is not JSON is answered 201"
        => answer(|call, _| {
            let answer = || Reply::json(201, json!({"id": "1", "href": "/1"}));
            (call.asks(Create) && !is_json(&call.body)).then(answer)
        });
    "malformed-json-200-error" breaks "SPC-025": "a body that is not JSON is answered 200 with an Error"
        => on_response(|call, reply| {
            if call.asks(Create) && reply.status == 400 && !is_json(&call.body) {
                reply.status = 200;
            }
        });
    "malformed-json-html" breaks "SPC-025": "a body that is not JSON is answered 400 with an HTML page"
        => on_response(|call, reply| {
            if call.asks(Create) && reply.status == 400 && !is_json(&call.body) {
                reply.show_html();
            }
        });
    "array-body-201" breaks "SPC-026": "of an array as the body the first element is created"
        => on_request(|call| {
            if call.asks(Create)
                && let Value::Array(items) = call.json()
            {
                let fallback =
                    json!({"channel": [{"id": "1"}], "direction": "inbound", "reason": "none"});
                let first = items.into_iter().next().unwrap_or(fallback);
                call.body = first.to_string().into();
            }
        });
    "array-body-500" breaks "SPC-026": "an array as the body is answered 500"
        => answer(|call, _| (call.asks(Create) && call.json().is_array()).then(crash));
    "text-body-500" breaks "SPC-026": "a JSON text as the body is answered 500"
        => answer(|call, _| (call.asks(Create) && call.json().is_string()).then(crash));
    "null-body-200" breaks "SPC-026": "null as the body is answered 200 with null"
        => answer(|call, _| {
            let is_null = is_json(&call.body) && call.json().is_null();
            (call.asks(Create) && is_null).then(|| Reply::json(200, Value::Null))
        });
    "number-body-204" breaks "SPC-026": "a number as the body is answered 204"
        => answer(|call, _| {
            (call.asks(Create) && call.json().is_number()).then(|| Reply::empty(204))
        });
    "accept-numeric-reason" breaks "SPC-027": "a number as reason is accepted and stored"
        => accepts(Create, "reason", &[Flaw::Type]);
    "accept-object-direction" breaks "SPC-027": "an object as direction is accepted and stored"
        => accepts(Create, "direction", &[Flaw::Type]);
    "accept-text-channel" breaks "SPC-027": "a text as channel is accepted and stored"
        => accepts(Create, "channel", &[Flaw::Type]);
    "accept-any-type" breaks "SPC-027": "values of any JSON type are accepted and stored"
        => overlook(Create, |violation, _| violation.flaw == Flaw::Type);
    "text-of-wrong-type" breaks "SPC-027": "values of a wrong type are accepted and stored as text"
        => overlook(Create, |violation, _| violation.flaw == Flaw::Type)
        => on_store(|record, _, _| {
            for name in ["reason", "direction", "status", "description", "@type"] {
                if let Some(value) = record.get_mut(name).filter(|value| !value.is_string()) {
                    *value = value.to_string().into();
                }
            }
            if record.get("channel").is_some_and(|channel| !channel.is_array())
            {
                insert(record, "channel", json!([{"id": "1", "href": "/1"}]));
            }
        });
    "wrong-type-500" breaks "SPC-027": "a value of a wrong type is answered 500"
        => on_response(|call, reply| {
            if call.asks(Create) && reply.status == 400 && has_wrong_type(&call.json()) {
                *reply = crash();
            }
        });
    "accept-invalid-date" breaks "SPC-028": "a date-time that is none is accepted, but not stored"
        => overlook(Create, |violation, _| violation.flaw == Flaw::Format)
        => on_store(|record, _, _| {
            remove(record, "interactionDate");
            if let Some(Value::String(date)) = record.get("creationDate")
                && date.parse::<jiff::Timestamp>().is_err()
            {
                remove(record, "creationDate");
            }
        });
    "invalid-date-500" breaks "SPC-028": "a date-time that is none is answered 500"
        => on_response(|call, reply| {
            let text = String::from_utf8_lossy(&reply.bytes()).into_owned();
            if call.asks(Create) && reply.status == 400 && text.contains("wrong format") {
                *reply = crash();
            }
        });
    "accept-party-without-type" breaks "SPC-029": "a related party without @referredType is accepted"
        => overlook(Create, |violation, _| {
            violation.concerns("relatedParty") && violation.ends_with("@referredType")
        });
    "accept-party-without-id" breaks "SPC-029": "a related party without id is accepted"
        => overlook(Create, |violation, _| {
            violation.concerns("relatedParty") && violation.ends_with("id")
        });
    "accept-party-without-role" breaks "SPC-029": "an individual without a role is accepted"
        => overlook(Create, |violation, _| {
            violation.concerns("relatedParty") && violation.ends_with("role")
        });
    "accept-item-without-role" breaks "SPC-030": "an item without role is accepted"
        => overlook(Create, |violation, _| violation.concerns("item") && violation.ends_with("role"));
    "accept-reference-without-type" breaks "SPC-029": "an entity by reference without @referredType is accepted"
        => overlook(Create, |violation, _| {
            violation.concerns("item") && violation.ends_with("@referredType")
        });
    "accept-end-before-start" breaks "SPC-005": "a period that ends before it starts is accepted"
        => overlook(Create, |violation, _| violation.flaw == Flaw::Order);
    "refuse-outbound" breaks "SPC-006": "the direction outbound is refused"
        => demand(Create, |body| {
            let is_outbound = body.get("direction")?.as_str()? == "outbound";
            is_outbound.then(|| Violation::new("/direction", Flaw::Unwanted))
        });
    "refuse-opened" breaks "SPC-007": "the status opened is refused"
        => demand(Create, |body| {
            let is_opened = body.get("status")?.as_str()? == "opened";
            is_opened.then(|| Violation::new("/status", Flaw::Unwanted))
        });
    "missing-channel-500" breaks "SPC-043": "a create without channel is answered 500"
        => crashes_without("channel");
    "missing-direction-500" breaks "SPC-043": "a create without direction is answered 500"
        => crashes_without("direction");
    "missing-reason-500" breaks "SPC-043": "a create without reason is answered 500"
        => crashes_without("reason");
    "invalid-body-502" breaks "SPC-043": "every refused create is answered 502 in place of 400"
        => on_response(|call, reply| if call.asks(Create) && reply.status == 400 {
            *reply = Reply::error(502, "badGateway", "no answer from the inventory");
        });
    "non-ascii-500" breaks "SPC-043": "a create with a text that is not ASCII is answered 500"
        => answer(|call, _| (call.asks(Create) && !call.body.is_ascii()).then(crash));
    "long-text-500" breaks "SPC-043": "a create with a text of more than 1000 bytes is answered 500"
        => answer(|call, _| {
            let is_long = |value: &Value| value.as_str().is_some_and(|text| text.len() > 1000);
            let body = call.json();
            let has_long = body.as_object().is_some_and(|map| map.values().any(is_long));
            (call.asks(Create) && has_long).then(crash)
        });
}

fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).is_ok()
}

fn has_wrong_type(body: &Value) -> bool {
    let wrong = |name: &str, fits: fn(&Value) -> bool| {
        body.get(name)
            .is_some_and(|value| !value.is_null() && !fits(value))
    };
    wrong("reason", Value::is_string)
        || wrong("direction", Value::is_string)
        || wrong("channel", Value::is_array)
}

fn unwanted(body: &Object, name: &str) -> Option<Violation> {
    let pointer = format!("/{name}");
    body.contains_key(name)
        .then_some(Violation::new(pointer, Flaw::Unwanted))
}
