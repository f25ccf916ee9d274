//! Faults in what a create makes of bodies that are wrong or unusual.

use serde_json::{Value, json};

use super::super::call::Operation::Create;
use super::super::effect::Effect::{Answer, Demand, Finish, Keep, Misread, Overlook};
use super::super::effect::Object;
use super::super::model::{Flaw, Violation, is_known};
use super::super::reply::Reply;
use super::tools::{crash, is, remove};
use super::{FaultInfo, fault};

/// A row for a mandatory attribute that may be wrong in one way, and is stored as it came.
macro_rules! accepts {
    ($name:literal, $requirement:literal, $attribute:literal, $flaw:ident, $what:literal) => {
        fault(
            $name,
            $requirement,
            concat!(
                "a create whose ",
                $attribute,
                " is ",
                $what,
                " is accepted and stored"
            ),
            &[Overlook(Create, |violation| {
                is(violation, $attribute, &[Flaw::$flaw])
            })],
        )
    };
}

/// A row for a mandatory attribute whose absence ends in an error of the server.
macro_rules! crashes_without {
    ($name:literal, $attribute:literal) => {
        fault(
            $name,
            "TMF683-4-SPC-043",
            concat!("a create without ", $attribute, " is answered 500"),
            &[Answer(|call, _| {
                let body = call.json();
                let lacks = body
                    .as_object()
                    .is_some_and(|map| !map.contains_key($attribute));
                (call.asks(Create) && lacks).then(crash)
            })],
        )
    };
}

/// The table.
pub(super) static FAULTS: &[FaultInfo] = &[
    fault(
        "unknown-attribute-500",
        "TMF683-4-SPC-021",
        "a create with an unknown attribute is answered 500",
        &[Answer(|call, _| {
            let body = call.json();
            let is_unknown = |name: &String| !is_known(name);
            let has_unknown = body
                .as_object()
                .is_some_and(|map| map.keys().any(is_unknown));
            (call.asks(Create) && has_unknown).then(crash)
        })],
    ),
    accepts!(
        "take-empty-channel",
        "TMF683-4-SPC-023",
        "channel",
        Empty,
        "an empty list"
    ),
    fault(
        "refuse-interaction-date",
        "TMF683-4-SPC-024",
        "a create with an interactionDate is refused",
        &[Demand(Create, |body| unwanted(body, "interactionDate"))],
    ),
    fault(
        "refuse-status",
        "TMF683-4-SPC-024",
        "a create with a status is refused",
        &[Demand(Create, |body| unwanted(body, "status"))],
    ),
    fault(
        "refuse-channel-href",
        "TMF683-4-SPC-024",
        "a create with the href of a channel is refused",
        &[Demand(Create, |body| {
            let channels = body.get("channel")?.as_array()?;
            let index = channels
                .iter()
                .position(|channel| channel.get("href").is_some())?;
            let pointer = format!("/channel/{index}/href");
            Some(Violation {
                pointer,
                flaw: Flaw::Unwanted,
            })
        })],
    ),
    fault(
        "malformed-json-500",
        "TMF683-4-SPC-025",
        "a body that is no JSON is answered 500",
        &[Answer(|call, _| {
            (call.asks(Create) && !is_json(&call.body)).then(crash)
        })],
    ),
    fault(
        "malformed-json-201",
        "TMF683-4-SPC-025",
        "a body that is no JSON is answered 201",
        &[Answer(|call, _| {
            let answer = || Reply::json(201, json!({"id": "1", "href": "/1"}));
            (call.asks(Create) && !is_json(&call.body)).then(answer)
        })],
    ),
    fault(
        "malformed-json-200-error",
        "TMF683-4-SPC-025",
        "a body that is no JSON is answered 200 with an Error",
        &[Finish(|call, reply| {
            if call.asks(Create) && reply.status == 400 && !is_json(&call.body) {
                reply.status = 200;
            }
        })],
    ),
    fault(
        "malformed-json-html",
        "TMF683-4-SPC-025",
        "a body that is no JSON is answered 400 with an HTML page",
        &[Finish(|call, reply| {
            if call.asks(Create) && reply.status == 400 && !is_json(&call.body) {
                reply.show_html();
            }
        })],
    ),
    fault(
        "array-body-201",
        "TMF683-4-SPC-026",
        "of an array as the body the first element is created",
        &[Misread(|call| {
            if call.asks(Create)
                && let Value::Array(items) = call.json()
            {
                let fallback =
                    json!({"channel": [{"id": "1"}], "direction": "inbound", "reason": "none"});
                let first = items.into_iter().next().unwrap_or(fallback);
                call.body = first.to_string().into();
            }
        })],
    ),
    fault(
        "array-body-500",
        "TMF683-4-SPC-026",
        "an array as the body is answered 500",
        &[Answer(|call, _| {
            (call.asks(Create) && call.json().is_array()).then(crash)
        })],
    ),
    fault(
        "text-body-500",
        "TMF683-4-SPC-026",
        "a JSON text as the body is answered 500",
        &[Answer(|call, _| {
            (call.asks(Create) && call.json().is_string()).then(crash)
        })],
    ),
    fault(
        "null-body-200",
        "TMF683-4-SPC-026",
        "null as the body is answered 200 with null",
        &[Answer(|call, _| {
            let is_null = is_json(&call.body) && call.json().is_null();
            (call.asks(Create) && is_null).then(|| Reply::json(200, Value::Null))
        })],
    ),
    fault(
        "number-body-204",
        "TMF683-4-SPC-026",
        "a number as the body is answered 204",
        &[Answer(|call, _| {
            (call.asks(Create) && call.json().is_number()).then(|| Reply::empty(204))
        })],
    ),
    fault(
        "accept-numeric-reason",
        "TMF683-4-SPC-027",
        "a number as reason is accepted and stored",
        &[Overlook(Create, |violation| {
            is(violation, "reason", &[Flaw::Type])
        })],
    ),
    fault(
        "accept-object-direction",
        "TMF683-4-SPC-027",
        "an object as direction is accepted and stored",
        &[Overlook(Create, |violation| {
            is(violation, "direction", &[Flaw::Type])
        })],
    ),
    fault(
        "accept-text-channel",
        "TMF683-4-SPC-027",
        "a text as channel is accepted and stored",
        &[Overlook(Create, |violation| {
            is(violation, "channel", &[Flaw::Type])
        })],
    ),
    fault(
        "accept-any-type",
        "TMF683-4-SPC-027",
        "values of any JSON type are accepted and stored",
        &[Overlook(Create, |violation| violation.flaw == Flaw::Type)],
    ),
    fault(
        "text-of-wrong-type",
        "TMF683-4-SPC-027",
        "values of a wrong type are accepted and stored as text",
        &[
            Overlook(Create, |violation| violation.flaw == Flaw::Type),
            Keep(|record, _, _| {
                for name in ["reason", "direction", "status", "description", "@type"] {
                    if let Some(value) = record.get_mut(name).filter(|value| !value.is_string()) {
                        *value = value.to_string().into();
                    }
                }
                if record
                    .get("channel")
                    .is_some_and(|channel| !channel.is_array())
                {
                    record.insert("channel".to_owned(), json!([{"id": "1", "href": "/1"}]));
                }
            }),
        ],
    ),
    fault(
        "wrong-type-500",
        "TMF683-4-SPC-027",
        "a value of a wrong type is answered 500",
        &[Finish(|call, reply| {
            if call.asks(Create) && reply.status == 400 && has_wrong_type(&call.json()) {
                *reply = crash();
            }
        })],
    ),
    fault(
        "accept-invalid-date",
        "TMF683-4-SPC-028",
        "a date-time that is none is accepted, but not stored",
        &[
            Overlook(Create, |violation| violation.flaw == Flaw::Format),
            Keep(|record, _, _| {
                remove(record, "interactionDate");
                if let Some(Value::String(date)) = record.get("creationDate")
                    && date.parse::<jiff::Timestamp>().is_err()
                {
                    remove(record, "creationDate");
                }
            }),
        ],
    ),
    fault(
        "invalid-date-500",
        "TMF683-4-SPC-028",
        "a date-time that is none is answered 500",
        &[Finish(|call, reply| {
            let text = String::from_utf8_lossy(&reply.bytes()).into_owned();
            if call.asks(Create) && reply.status == 400 && text.contains("wrong format") {
                *reply = crash();
            }
        })],
    ),
    fault(
        "accept-party-without-type",
        "TMF683-4-SPC-029",
        "a related party without @referredType is accepted",
        &[Overlook(Create, |violation| {
            violation.concerns("relatedParty") && violation.ends_with("@referredType")
        })],
    ),
    fault(
        "accept-party-without-id",
        "TMF683-4-SPC-029",
        "a related party without id is accepted",
        &[Overlook(Create, |violation| {
            violation.concerns("relatedParty") && violation.ends_with("id")
        })],
    ),
    fault(
        "accept-party-without-role",
        "TMF683-4-PRO-009",
        "an individual without a role is accepted",
        &[Overlook(Create, |violation| {
            violation.concerns("relatedParty") && violation.ends_with("role")
        })],
    ),
    fault(
        "accept-item-without-role",
        "TMF683-4-SPC-030",
        "an item without role is accepted",
        &[Overlook(Create, |violation| {
            violation.concerns("item") && violation.ends_with("role")
        })],
    ),
    fault(
        "accept-reference-without-type",
        "TMF683-4-PRO-014",
        "an entity by reference without @referredType is accepted",
        &[Overlook(Create, |violation| {
            violation.concerns("item") && violation.ends_with("@referredType")
        })],
    ),
    fault(
        "accept-end-before-start",
        "TMF683-4-SPC-005",
        "a period that ends before it starts is accepted",
        &[Overlook(Create, |violation| violation.flaw == Flaw::Order)],
    ),
    fault(
        "refuse-outbound",
        "TMF683-4-SPC-006",
        "the direction outbound is refused",
        &[Demand(Create, |body| {
            let is_outbound = body.get("direction")?.as_str()? == "outbound";
            is_outbound.then(|| Violation {
                pointer: "/direction".to_owned(),
                flaw: Flaw::Unwanted,
            })
        })],
    ),
    fault(
        "refuse-opened",
        "TMF683-4-SPC-007",
        "the status opened is refused",
        &[Demand(Create, |body| {
            let is_opened = body.get("status")?.as_str()? == "opened";
            is_opened.then(|| Violation {
                pointer: "/status".to_owned(),
                flaw: Flaw::Unwanted,
            })
        })],
    ),
    crashes_without!("missing-channel-500", "channel"),
    crashes_without!("missing-direction-500", "direction"),
    crashes_without!("missing-reason-500", "reason"),
    fault(
        "invalid-body-502",
        "TMF683-4-SPC-043",
        "every refused create is answered 502 in place of 400",
        &[Finish(|call, reply| {
            if call.asks(Create) && reply.status == 400 {
                *reply = Reply::error(502, "badGateway", "no answer from the inventory");
            }
        })],
    ),
    fault(
        "non-ascii-500",
        "TMF683-4-SPC-043",
        "a create with a text that is not ASCII is answered 500",
        &[Answer(|call, _| {
            (call.asks(Create) && !call.body.is_ascii()).then(crash)
        })],
    ),
    fault(
        "long-text-500",
        "TMF683-4-SPC-043",
        "a create with a text of more than 1000 bytes is answered 500",
        &[Answer(|call, _| {
            let is_long = |value: &Value| value.as_str().is_some_and(|text| text.len() > 1000);
            let body = call.json();
            let has_long = body
                .as_object()
                .is_some_and(|map| map.values().any(is_long));
            (call.asks(Create) && has_long).then(crash)
        })],
    ),
];

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
    body.contains_key(name).then_some(Violation {
        pointer,
        flaw: Flaw::Unwanted,
    })
}
