//! `tmfctk`, an independent conformance test harness for TM Forum Open APIs.
//!
//! The crate reads as its own run:
//!
//! ```text
//! cli -> config -> pack -> kit (the replay) and probes -> plan
//!     -> runner { world, steps -> http, schema, listener -> evidence }
//!     -> verdict -> report -> files and exit code
//! ```
//!
//! Everything that a release says about an API stands in a [`pack`], as data.
//! Rust code knows HTTP, schemas, steps and verdicts; it holds no requirement.
//! [`mod@reference`] alone knows the API: it is the other side.

pub mod advice;
pub mod causes;
pub mod cli;
pub mod config;
pub mod evidence;
pub mod http;
pub mod journal;
pub mod kit;
pub mod listener;
pub mod manifest;
pub mod model;
pub mod newman;
pub mod pack;
pub mod plan;
pub mod preflight;
pub mod reference;
pub mod report;
pub mod runner;
pub mod schema;
pub mod selftest;
pub mod session;
pub mod steps;
pub mod suggest;
pub mod terms;
pub mod verdict;
pub mod walk;
pub mod world;
