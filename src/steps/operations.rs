//! Steps on the operations that a target need not offer.

use std::sync::Arc;

use cucumber::gherkin::Step;
use cucumber::{given, then};

use super::StepDoc;
use super::answers::reply;
use super::target::check_refused;
use crate::evidence::{Outcome, Stop};
use crate::world::{Offer, World};

/// The steps of this file.
pub(super) const VOCABULARY: &[StepDoc] = &[
    StepDoc {
        pattern: "Given the target offers OPERATION",
        meaning: "an optional operation of the pack, asked for once per run; not applicable where \
                  it is answered 404 on its path, 405 or 501, inconclusive where that can't be told",
        example: "Given the target offers PATCH",
    },
    StepDoc {
        pattern: "Given the target does not offer OPERATION",
        meaning: "the opposite; not applicable where the operation is offered",
        example: "Given the target does not offer DELETE",
    },
    StepDoc {
        pattern: "Given a new record \"NAME\" like \"FIXTURE\"",
        meaning: "makes a record for this scenario alone, which may change and delete it; later \
                  steps call it by that name",
        example: "Given a new record \"X\" like \"disposable\"",
    },
    StepDoc {
        pattern: "Then it is refused as not offered",
        meaning: "405 or 501; another 4xx is a warning",
        example: "Then it is refused as not offered",
    },
];

/// Asks whether the operation is offered; its evidence becomes the scenario's.
async fn offer(world: &mut World, name: &str) -> Result<Arc<Offer>, Stop> {
    let context = Arc::clone(&world.context);
    let offer = match context.offer(name).await {
        Ok(offer) => offer,
        Err(stop) => {
            world.stop(stop.clone())?;
            return Err(stop);
        }
    };
    world.evidence.exchanges.extend(&offer.exchanges);
    if offer.offered.is_none() {
        let why = format!(
            "whether the target offers {name} is not known: {}",
            offer.reason
        );
        let stop = Stop::blocked(why, offer.exchanges.last().copied());
        world.stop(stop.clone())?;
        return Err(stop);
    }
    Ok(offer)
}

#[given(regex = r"^the target offers (\S+)$")]
async fn offers(world: &mut World, step: &Step, name: String) -> Outcome {
    let offer = offer(world.at(step), &name).await?;
    if offer.offered == Some(true) {
        return Ok(());
    }
    let why = format!("the target does not offer {name}: {}", offer.reason);
    world.stop(Stop::NotApplicable(why))
}

#[given(regex = r"^the target does not offer (\S+)$")]
async fn offers_not(world: &mut World, step: &Step, name: String) -> Outcome {
    let offer = offer(world.at(step), &name).await?;
    if offer.offered == Some(false) {
        return Ok(());
    }
    let why = format!("the target offers {name}: {}", offer.reason);
    world.stop(Stop::NotApplicable(why))
}

#[given(regex = r#"^a new record "([^"]+)" like "([^"]+)"$"#)]
async fn new_record(world: &mut World, step: &Step, name: String, fixture: String) -> Outcome {
    let context = Arc::clone(&world.at(step).context);
    match context.new_record(&fixture).await {
        Ok(record) => {
            world.evidence.exchanges.insert(record.exchange());
            world.records.insert(name, record);
            Ok(())
        }
        Err(stop) => {
            if let Stop::Blocked { exchange, .. } = &stop {
                world.evidence.exchanges.extend(*exchange);
            }
            world.stop(stop)
        }
    }
}

#[then("it is refused as not offered")]
async fn refused_as_not_offered(world: &mut World, step: &Step) -> Outcome {
    let reply = reply(world.at(step))?;
    let why = "where an operation that is not offered is answered 405 or 501";
    check_refused(world, &reply, why);
    world.conclude()
}
