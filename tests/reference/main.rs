//! Is the reference implementation what it says it is?

#![expect(
    clippy::expect_used,
    reason = "what a test expects is there, or the test fails"
)]

mod bodies;
mod clean;
mod client;
mod faults;
mod probe;
mod variants;
