//! The options of `run` and `list` that select scenarios.

use std::path::{Path, PathBuf};

use super::exit::Failure;
use super::report;
use crate::config::{Rerun, Selection};
use crate::terms::Status;
use crate::verdict::RunResult;

/// Which scenarios of the levels; where several of these are given, a scenario has to meet each.
/// None of them can be set by the environment or the file: it would be forgotten there.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Selection")]
pub(super) struct Selected {
    /// Only what checks this requirement, repeatable or separated by commas; PRO-044 is enough of its
    /// id. A run of a part says so in all outputs, and no level is conformant by what was left out
    #[arg(long, value_name = "REQUIREMENT", value_delimiter = ',')]
    only: Vec<String>,
    /// Only scenarios whose tags fulfil this expression: "@profile and not (@events or @review)"
    #[arg(long, value_name = "EXPRESSION")]
    tags: Option<String>,
    /// Only scenarios whose name or id matches this regular expression
    #[arg(long, value_name = "REGEX")]
    name: Option<String>,
    /// Only what failed or could not be decided in an earlier run: its result.json, or the folder
    /// with it
    #[arg(long, value_name = "RESULT.JSON|DIR")]
    rerun: Option<PathBuf>,
}

impl Selected {
    /// The selection, the earlier result read.
    pub(super) fn read(&self) -> Result<Selection, Failure> {
        Ok(Selection {
            only: self.only.clone(),
            tags: self.tags.clone(),
            name: self.name.clone(),
            rerun: self.rerun.as_deref().map(rerun).transpose()?,
        })
    }
}

fn rerun(given: &Path) -> Result<Rerun, Failure> {
    let file = if given.is_dir() {
        given.join("result.json")
    } else {
        given.to_owned()
    };
    let result = report::read(&file)?;
    Ok(Rerun {
        from: given.display().to_string(),
        scenarios: unsettled(&result),
    })
}

/// The scenarios that keep the result from being conformant.
fn unsettled(result: &RunResult) -> Vec<String> {
    let unsettled = |status: Status| match status {
        Status::Failed | Status::Inconclusive => true,
        Status::Warned => result.strict,
        _ => false,
    };
    let scenarios = result.scenarios.iter();
    scenarios
        .filter(|scenario| unsettled(scenario.status))
        .map(|scenario| scenario.id.clone())
        .collect()
}
