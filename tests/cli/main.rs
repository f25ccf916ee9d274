//! Does the command line keep its contract: commands, exit codes, what is written where, and what
//! is said to whom.

#[path = "../support/mod.rs"]
mod support;

mod advice;
mod config;
mod files;
mod interrupt;
mod lists;
mod secrets;
mod usage;
mod verdict;
