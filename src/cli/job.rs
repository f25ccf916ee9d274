//! The CI job that a run is part of, where the CI server has a place for what it came to: GitHub's
//! summary of a job, and its annotations.

use std::fs::OpenOptions;
use std::io::Write as _;

use super::exit::Failure;
use super::style::{Terminal, visible};
use crate::report::{Format, markdown};
use crate::terms::Severity;
use crate::verdict::{Cause, RunResult};

/// GitHub names here the file whose Markdown it shows on the job's page.
const SUMMARY: &str = "GITHUB_STEP_SUMMARY";
/// GitHub's runners set it to `true`.
const ACTIONS: &str = "GITHUB_ACTIONS";
/// Annotations of each kind that GitHub shows of one step.
const MOST: usize = 10;

/// The job of a run.
pub(super) struct Job {
    /// What lets GitHub read commands in the output again; none where it does not.
    token: Option<String>,
    annotations: Vec<String>,
}

impl Job {
    /// From here on nothing in the output is a command: a target may answer with one.
    pub(super) fn begin(terminal: &mut Terminal) -> Self {
        let reads = std::env::var_os(ACTIONS).is_some_and(|value| value == "true");
        let token = reads.then(|| format!("tmfctk-{:032x}", fastrand::u128(..)));
        if let Some(token) = &token {
            terminal.product(&format!("::stop-commands::{token}"));
        }
        Self {
            token,
            annotations: Vec::new(),
        }
    }

    /// Notes what is to be mended, and adds the short report to the job's summary where that was
    /// asked for, or the job is one of GitHub's. What others wrote there stays.
    ///
    /// # Errors
    ///
    /// Where the file that the CI server names can't be written.
    pub(super) fn tell(&mut self, result: &RunResult, formats: &[Format]) -> Result<(), Failure> {
        if self.token.is_some() {
            self.annotations = annotations(result);
        }
        match self.token.is_some() || formats.contains(&Format::Markdown) {
            true => add_to_summary(result),
            false => Ok(()),
        }
    }

    /// The output may hold commands again: the annotations.
    pub(super) fn end(self, terminal: &mut Terminal) {
        if let Some(token) = self.token {
            terminal.product(&format!("::{token}::"));
            for line in self.annotations {
                terminal.product(&line);
            }
        }
    }
}

/// An error for each cause that fails up to the gate, a warning for each that warns there; what is
/// more than GitHub shows is counted.
fn annotations(result: &RunResult) -> Vec<String> {
    let mut lines = Vec::new();
    for (command, severity) in [("error", Severity::Fail), ("warning", Severity::Warn)] {
        let causes = result.causes.iter();
        let causes: Vec<&Cause> = causes
            .filter(|cause| cause.severity == severity && cause.level <= result.gate)
            .collect();
        // The last one stands for the others.
        let shown = if causes.len() > MOST { MOST - 1 } else { MOST };
        for cause in causes.iter().take(shown) {
            let requirement = cause.requirements.first().map_or("", String::as_str);
            let text = format!(
                "{}\n{}\nCheck the repair: tmfctk run {} --only {}",
                cause.headline(),
                cause.advice,
                result.target.url,
                cause.only
            );
            lines.push(annotation(command, requirement, &text));
        }
        if causes.len() > shown {
            let text = format!("{} more causes, see the report", causes.len() - shown);
            lines.push(annotation(command, "tmfctk", &text));
        }
    }
    lines
}

/// A command of GitHub's runners, its text escaped as they read it.
fn annotation(command: &str, title: &str, text: &str) -> String {
    let escaped = |text: &str| {
        let text = visible(text).replace('%', "%25");
        text.replace('\r', "%0D").replace('\n', "%0A")
    };
    let title = escaped(title).replace(':', "%3A").replace(',', "%2C");
    format!("::{command} title={title}::{}", escaped(text))
}

fn add_to_summary(result: &RunResult) -> Result<(), Failure> {
    let Some(path) = std::env::var_os(SUMMARY).filter(|path| !path.is_empty()) else {
        return Ok(());
    };
    let mut text = markdown::render(result).map_err(Failure::internal)?;
    text.push(b'\n');
    // In one piece: several runs may write at a time.
    let written = OpenOptions::new()
        .append(true)
        .create(true)
        .open(&path)
        .and_then(|mut file| file.write_all(&text));
    written.map_err(|error| {
        let path = path.to_string_lossy();
        Failure::internal(format!(
            "the job's summary {path} ({SUMMARY}) can't be written: {error}"
        ))
    })
}
