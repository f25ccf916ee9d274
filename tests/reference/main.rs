//! Is the reference implementation what it says it is?

mod clean;
mod client;
