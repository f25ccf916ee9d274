//! GET on a record.

use serde_json::Value;

use super::super::effect::View;
use super::super::reply::Reply;
use super::context::{Context, OperationResult, refused};

/// Answers with the party interaction of the id in the path.
pub(super) fn retrieve(context: &Context<'_>) -> OperationResult {
    context.acceptable()?;
    let id = context.call.id();
    let Some(record) = context.store.get(id) else {
        return Err(unknown(id));
    };
    let shown = context.shown(View::Retrieved, record.map());
    Ok(Reply::json(200, Value::Object(shown)))
}

/// The answer where no party interaction has this id.
pub(super) fn unknown(id: &str) -> Box<Reply> {
    refused(
        404,
        "notFound",
        format!("no party interaction has the id {id:?}"),
    )
}
