//! DELETE on a record.

use super::super::events::Happening;
use super::super::reply::Reply;
use super::context::{Context, OperationResult};
use super::retrieve::unknown;

/// Removes the party interaction of the id in the path.
pub(super) fn delete(context: &mut Context<'_>) -> OperationResult {
    let id = context.call.id();
    let Some(record) = context.store.get(id).map(|record| record.map()) else {
        return Err(unknown(id));
    };
    context.store.remove(id);
    context.publish(Happening::Deleted, &record, &[]);
    Ok(Reply::empty(204))
}
