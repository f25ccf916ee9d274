//! Does a target that means harm make the harness hang, die, lie or leak?
//!
//! For each trick: the run ends in time, its exit code is 1 or 3, all reports are whole and valid,
//! what happened is said, and neither is the harness blamed on the target nor the target on the
//! harness. And does anything else that is read from strangers make it panic, lie or leak
//! ([`fuzz`])?

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod case;
mod server;

mod breaking;
mod elsewhere;
mod flood;
mod fuzz;
mod ids;
mod limits;
mod silence;
mod size;
mod text;
mod tls;
