//! What the API promises of every answer, whichever scenario asked for it: pure functions of a
//! request, its answer and what the run has seen before.
//!
//! It knows the parameters and headers of the design guidelines (TMF630) and no attribute of an
//! API. What it finds in one answer is a [`Broken`] promise; what only several answers show,
//! [`History`] says at the end. Nothing here is a finding yet: other clients may write meanwhile,
//! so a check sends the same request once more and judges that answer as well.

mod answer;
mod history;
mod internals;
mod query;
mod rule;

pub use answer::{Broken, Seen};
pub use history::{Doubt, History, Page};
pub use internals::internals;
pub use query::Query;
pub use rule::Rule;
