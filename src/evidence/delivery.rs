//! One event as it arrived at the listener, as it is stored.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Message;

/// One request that the listener received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Its place among the deliveries, from 0.
    pub index: usize,
    /// The name of the subscription whose callback it came to; null where it came to none.
    pub subscription: Option<String>,
    /// When it arrived, RFC 3339.
    pub at: String,
    /// The exchange that changed the record; null where none of this run is known to have.
    pub cause: Option<usize>,
    /// From the start of that request to the arrival, in milliseconds.
    pub delay_ms: Option<u64>,
    /// HTTP method.
    pub method: String,
    /// Path and query as they came.
    pub path: String,
    /// Headers and body.
    #[serde(flatten)]
    pub message: Message,
    /// The status that the listener answered.
    pub answered: u16,
    /// What the event says of its type.
    pub event_type: Option<String>,
    /// The id of the record that it is about.
    pub resource_id: Option<String>,
    /// Whether that record is one of the run's own; of others only id and type are kept.
    pub own: bool,
}
