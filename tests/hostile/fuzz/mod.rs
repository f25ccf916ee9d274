//! Does anything that is read from strangers make the harness panic, lie or leak?
//!
//! Each property holds for the files of `corpus/`, for what is nearly like them, and for what is
//! made up. The number of cases is fixed; `PROPTEST_CASES` gives another. What once failed stands
//! in `regressions` and is tried first.

mod answers;
mod archive;
mod config;
mod documents;
mod folder;
mod kit;
mod masking;
mod near;
mod redaction;
