//! Does the library judge rightly, replay the official kit exactly, and write right reports?
//!
//! No test here starts the binary: whole runs are sessions in this process.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod catalogue;
mod causes;
mod determinism;
mod existing;
mod fair_records;
mod guideline;
mod judge;
mod kit_recordings;
mod kit_verdict;
mod large;
mod listening;
mod official_documents;
mod operations;
mod reference;
mod report;
mod schema_compare;
