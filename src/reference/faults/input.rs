//! Faults in what a create takes and refuses.

use serde_json::json;

use super::families::{accepts, refuses};
use super::tools::insert_missing;
use crate::reference::call::Operation::Create;
use crate::reference::effect::{Object, demand, on_store};
use crate::reference::model::{Flaw, Violation};

faults! {
    "create-405" breaks "PRO-021": "creating is not offered: 405" => refuses(Create, 405);
    "create-501" breaks "PRO-021": "creating is not offered: 501" => refuses(Create, 501);
    "accept-missing-channel" breaks "PRO-022": "a create whose channel is missing is accepted and stored"
        => accepts(Create, "channel", &[Flaw::Missing]);
    "repair-missing-channel" breaks "PRO-022": "a create without channel is accepted and stored with a channel of the server's choice"
        => accepts(Create, "channel", &[Flaw::Missing])
        => on_store(|record, _, _| {
            let entry = record.entry("channel");
            entry.or_insert_with(|| json!([{"id": "default", "href": "/channel/default"}]));
        });
    "accept-null-channel" breaks "PRO-023": "a create whose channel is null is accepted and stored"
        => accepts(Create, "channel", &[Flaw::Null]);
    "accept-empty-channel" breaks "PRO-023": "a create whose channel is empty is accepted and stored"
        => accepts(Create, "channel", &[Flaw::Empty]);
    "accept-channel-without-id" breaks "PRO-024": "a create whose channel/0/id is missing is accepted and stored"
        => accepts(Create, "channel/0/id", &[Flaw::Missing]);
    "accept-blank-channel-id" breaks "PRO-024": "a create whose channel/0/id is blank is accepted and stored"
        => accepts(Create, "channel/0/id", &[Flaw::Blank]);
    "accept-null-channel-id" breaks "PRO-024": "a create whose channel/0/id is null is accepted and stored"
        => accepts(Create, "channel/0/id", &[Flaw::Null]);
    "accept-missing-direction" breaks "PRO-025": "a create whose direction is missing is accepted and stored"
        => accepts(Create, "direction", &[Flaw::Missing]);
    "accept-null-direction" breaks "PRO-025": "a create whose direction is null is accepted and stored"
        => accepts(Create, "direction", &[Flaw::Null]);
    "accept-blank-direction" breaks "PRO-025": "a create whose direction is blank is accepted and stored"
        => accepts(Create, "direction", &[Flaw::Blank]);
    "repair-missing-direction" breaks "PRO-025": "a create without direction is accepted and stored as inbound"
        => accepts(Create, "direction", &[Flaw::Missing])
        => on_store(|record, _, _| insert_missing(record, "direction", "inbound"));
    "accept-missing-reason" breaks "PRO-026": "a create whose reason is missing is accepted and stored"
        => accepts(Create, "reason", &[Flaw::Missing]);
    "accept-null-reason" breaks "PRO-026": "a create whose reason is null is accepted and stored"
        => accepts(Create, "reason", &[Flaw::Null]);
    "accept-blank-reason" breaks "PRO-026": "a create whose reason is blank is accepted and stored"
        => accepts(Create, "reason", &[Flaw::Blank]);
    "drop-null-reason" breaks "PRO-026": "a create whose reason is null is accepted and stored without a reason"
        => accepts(Create, "reason", &[Flaw::Null])
        => on_store(|record, _, _| record.retain(|_, value| !value.is_null()));
    "demand-interaction-date" breaks "PRO-027": "a create without interactionDate is refused"
        => demand(Create, |body| lacking(body, "interactionDate"));
    "demand-status" breaks "PRO-027": "a create without status is refused"
        => demand(Create, |body| lacking(body, "status"));
    "demand-description" breaks "PRO-027": "a create without description is refused"
        => demand(Create, |body| lacking(body, "description"));
    "demand-party" breaks "PRO-027": "a create without relatedParty is refused"
        => demand(Create, |body| lacking(body, "relatedParty"));
    "demand-type" breaks "PRO-027": "a create without @type is refused"
        => demand(Create, |body| lacking(body, "@type"));
    "demand-channel-href" breaks "PRO-027": "a create with a channel without href is refused"
        => demand(Create, |body| {
            let channels = body.get("channel")?.as_array()?;
            let index = channels.iter().position(|channel| channel.get("href").is_none())?;
            let pointer = format!("/channel/{index}/href");
            Some(Violation::new(pointer, Flaw::Missing))
        });
}

fn lacking(body: &Object, name: &str) -> Option<Violation> {
    let pointer = format!("/{name}");
    (!body.contains_key(name)).then_some(Violation::new(pointer, Flaw::Missing))
}
