//! Faults in what a create takes and refuses.

use serde_json::json;

use super::super::call::Operation::Create;
use super::super::effect::Effect::{Answer, Demand, Keep, Overlook};
use super::super::effect::Object;
use super::super::model::{Flaw, Violation};
use super::tools::{is, not_offered};
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

/// The table.
pub(super) static FAULTS: &[FaultInfo] = &[
    fault(
        "create-405",
        "TMF683-4-PRO-021",
        "creating is not offered: 405",
        &[Answer(|call, _| {
            call.asks(Create).then(|| not_offered(405))
        })],
    ),
    fault(
        "create-501",
        "TMF683-4-PRO-021",
        "creating is not offered: 501",
        &[Answer(|call, _| {
            call.asks(Create).then(|| not_offered(501))
        })],
    ),
    accepts!(
        "accept-missing-channel",
        "TMF683-4-PRO-022",
        "channel",
        Missing,
        "missing"
    ),
    fault(
        "repair-missing-channel",
        "TMF683-4-PRO-022",
        "a create without channel is accepted and stored with a channel of the server's choice",
        &[
            Overlook(Create, |violation| {
                is(violation, "channel", &[Flaw::Missing])
            }),
            Keep(|record, _, _| {
                let entry = record.entry("channel");
                entry.or_insert_with(|| json!([{"id": "default", "href": "/channel/default"}]));
            }),
        ],
    ),
    accepts!(
        "accept-null-channel",
        "TMF683-4-PRO-023",
        "channel",
        Null,
        "null"
    ),
    accepts!(
        "accept-empty-channel",
        "TMF683-4-PRO-023",
        "channel",
        Empty,
        "empty"
    ),
    accepts!(
        "accept-channel-without-id",
        "TMF683-4-PRO-024",
        "channel/0/id",
        Missing,
        "missing"
    ),
    accepts!(
        "accept-blank-channel-id",
        "TMF683-4-PRO-024",
        "channel/0/id",
        Blank,
        "blank"
    ),
    accepts!(
        "accept-null-channel-id",
        "TMF683-4-PRO-024",
        "channel/0/id",
        Null,
        "null"
    ),
    accepts!(
        "accept-missing-direction",
        "TMF683-4-PRO-025",
        "direction",
        Missing,
        "missing"
    ),
    accepts!(
        "accept-null-direction",
        "TMF683-4-PRO-025",
        "direction",
        Null,
        "null"
    ),
    accepts!(
        "accept-blank-direction",
        "TMF683-4-PRO-025",
        "direction",
        Blank,
        "blank"
    ),
    fault(
        "repair-missing-direction",
        "TMF683-4-PRO-025",
        "a create without direction is accepted and stored as inbound",
        &[
            Overlook(Create, |violation| {
                is(violation, "direction", &[Flaw::Missing])
            }),
            Keep(|record, _, _| {
                record
                    .entry("direction")
                    .or_insert_with(|| "inbound".into());
            }),
        ],
    ),
    accepts!(
        "accept-missing-reason",
        "TMF683-4-PRO-026",
        "reason",
        Missing,
        "missing"
    ),
    accepts!(
        "accept-null-reason",
        "TMF683-4-PRO-026",
        "reason",
        Null,
        "null"
    ),
    accepts!(
        "accept-blank-reason",
        "TMF683-4-PRO-026",
        "reason",
        Blank,
        "blank"
    ),
    fault(
        "drop-null-reason",
        "TMF683-4-PRO-026",
        "a create whose reason is null is accepted and stored without a reason",
        &[
            Overlook(Create, |violation| is(violation, "reason", &[Flaw::Null])),
            Keep(|record, _, _| record.retain(|_, value| !value.is_null())),
        ],
    ),
    fault(
        "demand-interaction-date",
        "TMF683-4-PRO-027",
        "a create without interactionDate is refused",
        &[Demand(Create, |body| lacking(body, "interactionDate"))],
    ),
    fault(
        "demand-status",
        "TMF683-4-PRO-027",
        "a create without status is refused",
        &[Demand(Create, |body| lacking(body, "status"))],
    ),
    fault(
        "demand-description",
        "TMF683-4-PRO-027",
        "a create without description is refused",
        &[Demand(Create, |body| lacking(body, "description"))],
    ),
    fault(
        "demand-party",
        "TMF683-4-PRO-027",
        "a create without relatedParty is refused",
        &[Demand(Create, |body| lacking(body, "relatedParty"))],
    ),
    fault(
        "demand-type",
        "TMF683-4-PRO-027",
        "a create without @type is refused",
        &[Demand(Create, |body| lacking(body, "@type"))],
    ),
    fault(
        "demand-channel-href",
        "TMF683-4-PRO-027",
        "a create with a channel without href is refused",
        &[Demand(Create, |body| {
            let channels = body.get("channel")?.as_array()?;
            let index = channels
                .iter()
                .position(|channel| channel.get("href").is_none())?;
            let pointer = format!("/channel/{index}/href");
            Some(Violation {
                pointer,
                flaw: Flaw::Missing,
            })
        })],
    ),
];

fn lacking(body: &Object, name: &str) -> Option<Violation> {
    let pointer = format!("/{name}");
    (!body.contains_key(name)).then_some(Violation {
        pointer,
        flaw: Flaw::Missing,
    })
}
