//! Is the reference implementation what it says it is?

mod bodies;
mod clean;
mod client;
mod faults;
mod listener;
mod operations;
mod probe;
mod variants;
