//! The promises, each by its name.

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
    /// A list (or an attribute) that was asked for these attributes has no others.
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
