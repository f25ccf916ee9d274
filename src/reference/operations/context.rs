//! What the operations share: the context of a request, and refusals.

use serde_json::Value;

use crate::reference::call::{Call, Operation};
use crate::reference::effect::{Behaviour, Object, View};
use crate::reference::model::Violation;
use crate::reference::query::Selection;
use crate::reference::reply::Reply;
use crate::reference::settings::Settings;
use crate::reference::store::Store;

/// What an operation works with.
pub(in crate::reference) struct Context<'a> {
    /// The request.
    pub(in crate::reference) call: &'a Call,
    /// How this server behaves.
    pub(in crate::reference) behaviour: &'a Behaviour,
    /// What is set for this server.
    pub(in crate::reference) settings: &'a Settings,
    /// What it remembers.
    pub(in crate::reference) store: &'a mut Store,
}

/// The result of an operation; the error is an answer as well.
pub(in crate::reference) type OperationResult = Result<Reply, Box<Reply>>;

/// An error answer, boxed since it is large and rare.
pub(super) fn refused(status: u16, code: &str, message: impl Into<String>) -> Box<Reply> {
    Box::new(Reply::error(status, code, message))
}

impl Context<'_> {
    /// A representation as it is shown: changed by the faults, cut down by attribute selection.
    pub(super) fn shown(&self, view: View, mut full: Object) -> Object {
        self.behaviour.on_show(view, &mut full, self.call);
        let selection = match view {
            View::Retrieved | View::Listed => Selection::read(&self.call.query),
            _ => None,
        };
        let Some(selection) = selection else {
            return full;
        };
        let mut selected = selection.apply(&full);
        self.behaviour
            .on_select(view, &mut selected, &full, &selection);
        selected
    }

    /// Refuses a body in which something is wrong, as far as the faults see it.
    ///
    /// # Errors
    ///
    /// A 400 answer that names all of it.
    pub(super) fn check(
        &self,
        operation: Operation,
        mut wrong: Vec<Violation>,
        body: &Object,
    ) -> Result<(), Box<Reply>> {
        wrong.retain(|violation| !self.behaviour.overlooks(operation, violation, body));
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
    pub(super) fn acceptable(&self) -> Result<(), Box<Reply>> {
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
    /// A 415 answer for another media type, a 400 answer for anything but a JSON object.
    pub(super) fn object(&self, media_types: &[&str]) -> Result<Object, Box<Reply>> {
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
