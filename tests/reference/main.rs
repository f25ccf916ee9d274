//! Is the reference implementation what it says it is?

#![expect(
    clippy::expect_used,
    reason = "what a test expects is there, or the test fails"
)]

mod bodies;
mod clean;
mod client;
mod events;
mod faults;
mod listener;
mod operations;
mod probe;
mod variants;
