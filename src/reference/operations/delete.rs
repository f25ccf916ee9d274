//! DELETE on a member.

use super::super::reply::Reply;
use super::retrieve::unknown;
use super::{Context, Outcome};

/// Removes the party interaction of the id in the path.
pub(super) fn delete(context: &mut Context<'_>) -> Outcome {
    let id = context.call.id();
    if context.store.remove(id) {
        Ok(Reply::empty(204))
    } else {
        Err(unknown(id))
    }
}
