//! Plan and runs in, result out; pure.

mod compare;
mod decision;
mod existing;
mod finding;
mod judge;
mod kit;
mod levels;
mod redact;
mod result;
mod selection;
mod waived;
mod waiver;

pub use compare::{
    Comparison, Difference, Incomparable, LevelChange, Side, StatusChange, comparable, compare,
};
pub use decision::Decision;
pub use existing::{Existing, StoodIn};
pub use judge::{Judgement, Terms, judge};
pub use levels::run_verdict;
pub use redact::redact;
pub use result::*;
pub use selection::Selection;
pub use waiver::{Waiver, WaiverMark, WaiverState, check_waivers};
