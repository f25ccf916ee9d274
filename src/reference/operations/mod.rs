//! The operations of the server, one file for each.

mod context;
mod create;
mod delete;
mod hub;
mod list;
mod patch;
mod retrieve;

pub(super) use context::Context;

use super::call::{Call, Operation};
use super::reply::Reply;
use context::refused;

/// Carries out a request.
pub(super) fn perform(mut context: Context<'_>) -> Reply {
    let outcome = match context.call.operation() {
        Operation::Create => create::create(&mut context),
        Operation::List => list::list(&context),
        Operation::Retrieve => retrieve::retrieve(&context),
        Operation::Patch => patch::patch(&mut context),
        Operation::Delete => delete::delete(&mut context),
        Operation::Register => hub::register(&mut context),
        Operation::Unregister => hub::unregister(&mut context),
        Operation::Unknown => Err(refused(404, "notFound", "there is nothing at this path")),
        Operation::Undefined => Ok(not_allowed(context.call)),
    };
    outcome.unwrap_or_else(|refusal| *refusal)
}

/// The refusal of a method that is not defined on a path (RFC 9110, 15.5.6).
fn not_allowed(call: &Call) -> Reply {
    let message = format!("{} is not defined here", call.method);
    Reply::error(405, "methodNotAllowed", message).with("allow", call.route.methods())
}
