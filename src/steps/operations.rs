//! Steps on the operations that a target need not offer.

use std::sync::Arc;

use tmfctk_step_macros::{given, then};

use super::answers::reply;
use super::target::check_refused;
use super::text;
use crate::evidence::{Outcome, Stop};
use crate::world::{Offer, World};

/// Asks whether the operation is offered; its evidence becomes the scenario's.
async fn offer(world: &mut World, name: &str) -> Result<Arc<Offer>, Stop> {
    let context = Arc::clone(&world.context);
    let offer = context.offer(name).await?;
    world.evidence.exchanges.extend(&offer.exchanges);
    if offer.offered.is_none() {
        let why = format!(
            "whether the target offers {name} is not known: {}",
            offer.reason
        );
        return Err(Stop::blocked(why, offer.exchanges.last().copied()));
    }
    Ok(offer)
}

/// An optional operation of the pack, asked for once per run; not applicable where it is answered
/// 404 on its path, 405 or 501, or 403 or 409 with an Error body for a record in each state;
/// inconclusive where that can't be known. Records that the scenario makes are in a state in which
/// the target takes it.
#[given(
    regex = r"^the target offers (\S+)$",
    pattern = "the target offers OPERATION",
    example = "the target offers PATCH"
)]
async fn offers(world: &mut World, name: String) -> Outcome {
    let offer = offer(world, &name).await?;
    if offer.offered == Some(true) {
        world.state.extend(offer.state.clone());
        return Ok(());
    }
    let to_whom = if offer.is_refused_by_rule {
        " to this client"
    } else {
        ""
    };
    let why = format!(
        "the target does not offer {name}{to_whom}: {}",
        offer.reason
    );
    Err(Stop::NotApplicable(why))
}

/// The opposite; not applicable where the operation is offered.
#[given(
    regex = r"^the target does not offer (\S+)$",
    pattern = "the target does not offer OPERATION",
    example = "the target does not offer DELETE"
)]
async fn offers_not(world: &mut World, name: String) -> Outcome {
    let offer = offer(world, &name).await?;
    if offer.offered == Some(false) && !offer.is_refused_by_rule {
        return Ok(());
    }
    let why = format!("the target knows {name}: {}", offer.reason);
    Err(Stop::NotApplicable(why))
}

/// Makes a record for this scenario alone, which may change and delete it; later steps call it by
/// that name. With an attribute of its own it is not applicable where the target refuses that.
#[given(
    regex = r#"^a new record "([^"]+)" like "([^"]+)"(?: with ([^\s=]+) = (.+))?$"#,
    pattern = r#"a new record "NAME" like "FIXTURE" (with ATTRIBUTE = JSON)"#,
    example = r#"a new record "X" like "disposable" with description = "Of its own""#
)]
async fn new_record(
    world: &mut World,
    name: String,
    fixture: String,
    attribute: String,
    value: String,
) -> Outcome {
    let context = Arc::clone(&world.context);
    text::need(world, &value).await?;
    let state = world.state.clone();
    let made = if attribute.is_empty() {
        context.new_record_in(&fixture, &state).await
    } else {
        let value = text::value(world, &value);
        context.new_record_with(&fixture, attribute, value).await
    };
    match made {
        Ok(record) => {
            world.evidence.exchanges.insert(record.exchange());
            world.records.insert(name, record);
            Ok(())
        }
        Err(stop) => {
            if let Stop::Blocked { exchange, .. } = &stop {
                world.evidence.exchanges.extend(*exchange);
            }
            Err(stop)
        }
    }
}

/// 405 or 501; another 4xx is a warning.
#[then("it is refused as not offered")]
async fn refused_as_not_offered(world: &mut World) -> Outcome {
    let reply = reply(world)?;
    let why = "where an operation that is not offered is answered 405 or 501";
    check_refused(world, &reply, why);
    Ok(())
}
