//! Does the command line keep its contract: commands, exit codes, what is written where, and what
//! is said to whom.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod advice;
mod compare;
mod config;
mod dossier;
mod files;
mod interrupt;
mod kit;
mod lists;
mod payload;
mod secrets;
mod selftest;
mod several;
mod silent;
mod stored;
mod usage;
mod verdict;
mod waivers;
