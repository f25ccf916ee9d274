//! Evidence as plain data: exchanges, observations, and what may be kept of them.
//!
//! Nothing here sends or judges. An [`Exchange`] is what went over the wire, cut to a cap and
//! without other people's records; an [`Observation`] is one violation that a check saw.

mod body;
mod compare;
mod date_time;
pub mod decode;
mod delivery;
mod digest;
mod exchange;
mod json_array;
mod json_scan;
mod log;
mod mask;
mod merge;
mod observation;
mod packed;
mod redact;
mod run;
mod shorten;
mod tree;

pub use body::{BYTE_ORDER_MARK, Body, BodyReader, BodyWriter, LARGEST_VALUE};
pub use compare::{Difference, DifferenceKind, differences, same_scalar};
pub use date_time::{clock_ahead, date_time};
pub use delivery::Delivery;
pub use digest::sha256_hex;
pub use exchange::{BodyEncoding, Exchange, Message, Request, Response};
pub use json_array::{JsonArrayReader, ListError};
pub use json_scan::{JsonScan, text_end};
pub use log::{Draft, Log, Ownership};
pub use mask::{KeptBody, keep_body};
pub use merge::merged;
pub use observation::{LookedAt, Observation, Outcome, ScenarioEvidence, Stop};
pub use packed::keep_packed_body;
pub use redact::{Place as RedactedPlace, REDACTED, Redactor, change_texts};
pub use run::{Place, Runs, ScenarioRun, StepEnd};
pub use shorten::{LONGEST_SHOWN, cut_off, shortened};
pub use tree::{MOST_VALUES, TreeError, holds_too_many, tree};
