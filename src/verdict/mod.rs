//! Plan and runs in, result out; pure.

mod finding;
mod judge;
mod kit;
mod redact;
mod result;
mod selection;

pub use judge::{Judgement, judge, run_verdict};
pub use redact::redact;
pub use result::*;
pub use selection::Selection;
