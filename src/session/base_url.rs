//! A base URL at which nothing of the API is found ends a run before anything is judged.

use crate::kit::RequestOutcome;
use crate::preflight;
use crate::world::Context;

/// Whether the base URL ends as the API publishes it. Then the replay needs no look before its first
/// create, since nothing but the API, or nothing at all, is expected there.
pub(super) fn is_as_published(context: &Context) -> bool {
    let path = context.base.path().trim_end_matches('/');
    path.ends_with(context.pack.manifest.base_path.trim_end_matches('/'))
}

/// Whether the first create of the replay may have been answered by something that is not the API.
pub(super) fn is_suspect(first: &RequestOutcome) -> bool {
    match first.status {
        Some(404 | 405 | 410) => true,
        Some(_) => first.script_error.is_some(),
        None => false,
    }
}

/// Ends the run where nothing of the API is found at its base URL, and something at another path of
/// the same host. Only reads. Whether it did.
pub(super) async fn ends_the_run(context: &Context) -> bool {
    let (client, collection) = (&context.client, context.collection());
    let meant = preflight::meant_instead(client, context.pack, &context.base, &collection).await;
    let Some(meant) = meant else {
        return false;
    };
    client.end(format!(
        "nothing of the API is found at {}: probably you mean: tmfctk run {meant}",
        context.base
    ));
    true
}
