//! The exit codes; other programs rely on them.

use std::process::ExitCode;

use crate::http::AuthError;
use crate::terms::Verdict;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// The verdict is `conformant`, or the command did what it was asked for.
    Conformant = 0,
    /// The verdict is `non-conformant`.
    NonConformant = 1,
    /// The command line or the configuration is wrong; no request was sent.
    Usage = 2,
    /// The verdict is `inconclusive`: an unreachable target, among others.
    Inconclusive = 3,
    /// The harness itself failed: a report could not be written, an internal error.
    Internal = 4,
    /// Interrupted by Ctrl-C or SIGTERM.
    Interrupted = 130,
}

impl Exit {
    /// The exit of a process that ended with that code.
    pub(super) const fn of_code(code: i32) -> Option<Self> {
        Some(match code {
            0 => Self::Conformant,
            1 => Self::NonConformant,
            2 => Self::Usage,
            3 => Self::Inconclusive,
            4 => Self::Internal,
            130 => Self::Interrupted,
            _ => return None,
        })
    }

    /// The worse of two: what says least of the target is worst.
    pub(super) const fn worse(self, other: Self) -> Self {
        const fn rank(exit: Exit) -> u8 {
            match exit {
                Exit::Conformant => 0,
                Exit::Inconclusive => 1,
                Exit::NonConformant => 2,
                Exit::Usage => 3,
                Exit::Internal => 4,
                Exit::Interrupted => 5,
            }
        }
        if rank(self) < rank(other) {
            other
        } else {
            self
        }
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Conformant => Self::Conformant,
            Verdict::NonConformant => Self::NonConformant,
            Verdict::Inconclusive => Self::Inconclusive,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command ended early.
#[derive(Debug)]
pub(super) struct Failure {
    /// How the process ends.
    pub(super) exit: Exit,
    /// What the user sees.
    pub(super) message: String,
}

impl Failure {
    /// The command line or the configuration is wrong.
    pub(super) fn usage(error: impl std::fmt::Display) -> Self {
        Self {
            exit: Exit::Usage,
            message: error.to_string(),
        }
    }

    /// The harness itself failed.
    pub(super) fn internal(error: impl std::fmt::Display) -> Self {
        Self {
            exit: Exit::Internal,
            message: error.to_string(),
        }
    }
}

/// No token, no run: somebody can't be reached, or the configuration is wrong.
pub(super) fn without_token(error: AuthError) -> Failure {
    Failure {
        exit: if error.is_unreachable() {
            Exit::Inconclusive
        } else {
            Exit::Usage
        },
        message: error.to_string(),
    }
}
