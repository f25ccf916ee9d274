//! What the server does: one file for each operation.

mod create;
mod delete;
mod hub;
mod list;
mod patch;
mod retrieve;

use serde_json::Value;

use super::call::{Call, Operation};
use super::effect::{Behaviour, Object, View};
use super::model::Violation;
use super::query::Selection;
use super::reply::Reply;
use super::settings::Settings;
use super::store::Store;

/// What an operation has in hand.
pub(super) struct Context<'a> {
    /// The request.
    pub(super) call: &'a Call,
    /// How this server behaves.
    pub(super) behaviour: &'a Behaviour,
    /// What is set for this server.
    pub(super) settings: &'a Settings,
    /// What it remembers.
    pub(super) store: &'a mut Store,
}

/// The result of an operation; the error is an answer as well.
pub(super) type Outcome = Result<Reply, Box<Reply>>;

/// Does what a request asks.
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

/// An error answer, boxed since it is large and rare.
fn refused(status: u16, code: &str, message: impl Into<String>) -> Box<Reply> {
    Box::new(Reply::error(status, code, message))
}

/// The refusal of a method that is not defined on a path (RFC 9110, 15.5.6).
fn not_allowed(call: &Call) -> Reply {
    let message = format!("{} is not defined here", call.method);
    Reply::error(405, "methodNotAllowed", message).with("allow", call.route.methods())
}

impl Context<'_> {
    /// A representation as it is shown: changed by the faults, cut down by attribute selection.
    fn shown(&self, view: View, mut full: Object) -> Object {
        self.behaviour.show(view, &mut full, self.call);
        let selection = match view {
            View::Retrieved | View::Listed => Selection::read(&self.call.query),
            _ => None,
        };
        let Some(selection) = selection else {
            return full;
        };
        let mut selected = selection.of(&full);
        self.behaviour
            .select(view, &mut selected, &full, &selection);
        selected
    }

    /// Refuses a body in which something is wrong, as far as the faults see it.
    ///
    /// # Errors
    ///
    /// A 400 answer that names all of it.
    fn check(
        &self,
        operation: Operation,
        mut wrong: Vec<Violation>,
        body: &Object,
    ) -> Result<(), Box<Reply>> {
        wrong.retain(|violation| !self.behaviour.overlooks(operation, violation));
        wrong.extend(self.behaviour.demands(operation, body));
        if wrong.is_empty() {
            return Ok(());
        }
        let messages: Vec<String> = wrong.iter().map(|violation| violation.message()).collect();
        Err(refused(400, "invalidBody", messages.join("; ")))
    }

    /// Whether the client takes what the server can send.
    ///
    /// # Errors
    ///
    /// A 406 answer where it does not take JSON.
    fn acceptable(&self) -> Result<(), Box<Reply>> {
        if self.call.accepts_json() {
            return Ok(());
        }
        Err(refused(
            406,
            "notAcceptable",
            "only application/json can be sent",
        ))
    }

    /// The body as a JSON object.
    ///
    /// # Errors
    ///
    /// A 415 answer for another media type, a 400 answer for what is no JSON object.
    fn object(&self, media_types: &[&str]) -> Result<Object, Box<Reply>> {
        let media_type = self.call.media_type();
        if !media_type.is_empty() && !media_types.contains(&media_type.as_str()) {
            let message = format!("the body has to be sent as {}", media_types.join(" or "));
            return Err(refused(415, "unsupportedMediaType", message));
        }
        let body = serde_json::from_slice(&self.call.body)
            .map_err(|error| refused(400, "malformedBody", format!("no JSON: {error}")))?;
        match body {
            Value::Object(map) => Ok(map),
            _ => Err(refused(
                400,
                "malformedBody",
                "the body has to be a JSON object",
            )),
        }
    }
}
