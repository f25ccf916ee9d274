//! Steps on the partial update that the configuration names.

use std::sync::Arc;

use serde_json::{Map, Value};
use tmfctk_step_macros::{given, when};

use super::{patching, text};
use crate::evidence::{Outcome, Stop};
use crate::world::World;

/// The configured patch, or a scenario that does not apply.
fn patch(world: &mut World) -> Result<Map<String, Value>, Stop> {
    let context = Arc::clone(&world.context);
    if let Some(patch) = context.configured_patch() {
        return Ok(patch.clone());
    }
    Err(Stop::NotApplicable(
        "`payloads.patch` is not configured".to_owned(),
    ))
}

/// `patch` below `[payloads]`, which the target permits; not applicable where there is none.
#[given("the configuration has a patch")]
async fn has_patch(world: &mut World) -> Outcome {
    patch(world).map(drop)
}

/// Reads the record, then sends that patch in the media type that the target was found to take.
#[when(
    regex = r#"^the record "([^"]+)" is patched as configured$"#,
    pattern = r#"the record "NAME" is patched as configured"#,
    example = r#"the record "X" is patched as configured"#
)]
async fn patched_as_configured(world: &mut World, name: String) -> Outcome {
    let patch = Value::Object(patch(world)?);
    let body = text::value(world, &patch.to_string());
    patching::send(world, &name, body.to_string(), body, None).await
}
