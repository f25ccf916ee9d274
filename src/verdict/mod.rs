//! Plan and runs in, result out; pure.

mod compare;
mod comparison;
mod decision;
mod existing;
mod finding;
mod headlines;
mod judge;
mod kit;
mod levels;
mod redact;
mod result;
mod selection;
mod waived;
mod waiver;
mod waiving;

pub use compare::{Incomparable, comparable, compare};
pub use comparison::{Comparison, Difference, LevelChange, Side, StatusChange};
pub use decision::Decision;
pub use existing::{Existing, StoodIn};
pub use headlines::{Conformance, certificate};
pub use judge::{JudgeOptions, Judgement, judge};
pub use levels::run_verdict;
pub use redact::{OWN_TEXTS, redact};
pub use result::*;
pub use selection::Selection;
pub use waiver::{Waiver, WaiverMark, WaiverState};
pub use waiving::check_waivers;
