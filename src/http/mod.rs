//! The one place that sends. It records every exchange, caps what it reads and keeps, and times.
//!
//! It follows no redirect, sends no referer and asks for an identity encoding, so that what is
//! judged is what came over the wire. A request passes these layers, each of which owns the next:
//!
//! | layer | does |
//! | --- | --- |
//! | `permit` | sends only what may be changed at the target |
//! | `circuit_breaker` | ends the run where the target has stopped serving |
//! | `retry_after` | waits where the target asks to come back later, and sends again |
//! | `authorized` | adds credentials, and renews them where they are refused |
//! | `reconnect` | sends again what met the end of a connection |
//! | `pace` | waits for the request's turn, and counts it |
//! | `record` | times and records the exchange |
//! | `transport` | connects, sends, and reads within the limits |

mod authorized;
mod body_collector;
mod cache;
mod circuit_breaker;
mod client;
mod connections;
mod content_coding;
mod credentials;
mod failure;
mod limit_log;
mod message;
mod pace;
mod permit;
mod query;
mod raw_connection;
mod reach;
mod reconnect;
mod record;
mod retry_after;
mod routes;
mod run_limits;
mod tls;
mod token;
mod transport;

pub use self::circuit_breaker::Outage;
pub use self::client::Client;
pub use self::credentials::AuthError;
pub use self::failure::{ClientError, Failure, FailureKind};
pub use self::limit_log::{KIT_TIMEOUT, LONGEST_URL};
pub use self::message::{Answer, Outgoing, Repeat, Truncation, path_and_query};
pub use self::reach::{Reached, addresses, connect};
pub use self::token::TokenError;
