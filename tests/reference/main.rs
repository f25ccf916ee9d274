//! Is the reference implementation what it says it is?

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]
#![expect(
    clippy::expect_used,
    reason = "what a test expects is there, or the test fails"
)]

mod bodies;
mod clean;
mod client;
mod faults;
mod listener;
mod operations;
mod probe;
mod variants;
