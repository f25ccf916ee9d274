//! Is the report right? Each format from hand-made results.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that can't go on has failed"
)]

mod compare;
mod fixture;
mod har;
mod html;
mod index;
mod json;
mod junit;
mod markdown;
mod redaction;
#[path = "../support/mod.rs"]
mod support;
