//! Plan and runs in, result out; pure.

mod finding;
mod judge;
mod kit;
mod redact;
mod result;

pub use judge::{Judgement, judge, run_verdict};
pub use redact::redact;
pub use result::*;
