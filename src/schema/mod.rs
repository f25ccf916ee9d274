//! JSON Schemas compiled into validators that answer with violations.
//!
//! A [`SchemaSet`] is read from the files of a pack. Its [`Validator`]s are compiled
//! when they are first asked for, and list each [`Violation`] with its JSON pointer, keyword,
//! what was expected and what came. [`Claims`] name the requirement that each belongs to.
//!
//! An official Swagger or OpenAPI document is read into the same kind of set
//! ([`SchemaSet::official`]), either to judge by it or to [`compare`] it with ours.

mod claims;
mod compare;
mod error;
mod official;
mod place;
mod pointer;
mod rules;
mod set;
#[cfg(test)]
mod testing;
mod validator;
mod violation;
mod walk;

pub use claims::{Claim, Claims};
pub use compare::{Difference, compare};
pub use error::{Place, SchemaError};
pub use rules::Rules;
pub use set::{DRAFT, SchemaSet};
pub use validator::Validator;
pub use violation::Violation;
