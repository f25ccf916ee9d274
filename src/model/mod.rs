//! What the API promises of every answer, whoever asked for it: pure functions of a request, its
//! answer and what the run has seen before.
//!
//! It knows the parameters and headers of the design guidelines (TMF630) and no attribute of an
//! API. What it finds in one answer is a [`Broken`] promise; what only several answers show,
//! [`History`] tells at the end. Nothing here is a finding yet: other clients may write meanwhile,
//! so whoever asks sends the same request once more and judges that answer as well.

mod answer;
mod history;
mod internals;
mod query;

pub use answer::{Broken, Seen};
pub use history::{Doubt, History, Page};
pub use internals::internals;
pub use query::Query;

/// A promise that every answer keeps.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// X-Result-Count is the number of elements.
    ResultCount,
    /// X-Total-Count is the number of records that match, on every page.
    Total,
    /// A page that is not the last holds as many elements as limit says, the last one the rest.
    PageSize,
    /// No page holds more elements than limit says.
    Limit,
    /// No record stands twice in a filtered list.
    Unique,
    /// Each element matches the criteria on these attributes.
    Matches(Vec<String>),
    /// A list (or a member) that was asked for these attributes has no others.
    Selected {
        /// Whether it is a list.
        list: bool,
        /// The attributes that were asked for.
        names: Vec<String>,
    },
    /// A patch that is answered 200 is answered with the patched record.
    PatchAnswer,
    /// A success carries no Error.
    NoError,
}
