//! The vocabulary of the features: thin, it calls the rest and records what it saw.
//!
//! [`VOCABULARY`] documents every step; a test keeps it complete.

mod answers;
mod lists;
mod paging;
mod refusals;
mod replay;
mod requests;
mod review;
mod target;
mod text;

/// One step of the vocabulary, for people who write scenarios.
#[derive(Debug, Clone, Copy)]
pub struct StepDoc {
    /// The step with its parameters in capitals.
    pub pattern: &'static str,
    /// What it does or checks.
    pub meaning: &'static str,
    /// A line as it may stand in a feature.
    pub example: &'static str,
}

/// All steps, in the order in which a scenario would use them.
pub const VOCABULARY: &[&[StepDoc]] = &[
    replay::VOCABULARY,
    requests::VOCABULARY,
    answers::VOCABULARY,
    lists::VOCABULARY,
    paging::VOCABULARY,
    refusals::VOCABULARY,
    review::VOCABULARY,
    target::VOCABULARY,
];
