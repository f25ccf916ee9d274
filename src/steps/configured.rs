//! Steps on the partial update that the configuration names.

use std::sync::Arc;

use cucumber::gherkin::Step;
use cucumber::{given, when};
use serde_json::{Map, Value};

use super::{StepDoc, patching, text};
use crate::evidence::{Outcome, Stop};
use crate::world::World;

/// The steps of this file.
pub(super) const VOCABULARY: &[StepDoc] = &[
    StepDoc {
        pattern: "Given the configuration has a patch",
        meaning: "`patch` below `[payloads]`, which the target permits; not applicable where there \
                  is none",
        example: "Given the configuration has a patch",
    },
    StepDoc {
        pattern: "When the record \"NAME\" is patched as configured",
        meaning: "reads the record, then sends that patch in the media type that the target was \
                  found to take",
        example: "When the record \"X\" is patched as configured",
    },
];

/// The configured patch, or a scenario that does not apply.
fn patch(world: &mut World) -> Result<Map<String, Value>, Stop> {
    let context = Arc::clone(&world.context);
    if let Some(patch) = context.configured_patch() {
        return Ok(patch.clone());
    }
    let stop = Stop::NotApplicable("`payloads.patch` is not configured".to_owned());
    world.stop(stop.clone())?;
    Err(stop)
}

#[given("the configuration has a patch")]
async fn has_patch(world: &mut World, step: &Step) -> Outcome {
    patch(world.at(step)).map(drop)
}

#[when(regex = r#"^the record "([^"]+)" is patched as configured$"#)]
async fn patched_as_configured(world: &mut World, step: &Step, name: String) -> Outcome {
    let patch = Value::Object(patch(world.at(step))?);
    let body = text::value(world, &patch.to_string());
    patching::send(world, &name, body.to_string(), body, None).await
}
