//! Does a run on records that exist judge rightly, change nothing, and give nothing away?

mod given;
mod judging;
mod moving;
mod privacy;
mod shelf;

use tmfctk::config::{Existing, Overrides};
use tmfctk::terms::{Severity, Status};
use tmfctk::verdict::RunResult;

/// A run that changes nothing, on these records or the first ones there are.
fn read_only(ids: &[&str]) -> Overrides {
    Overrides {
        existing: Existing {
            read_only: true,
            ids: ids.iter().map(|id| (*id).to_owned()).collect(),
        },
        ..Overrides::default()
    }
}

/// What was held against the target.
fn blamed(result: &RunResult) -> Vec<String> {
    let findings = result.findings.iter();
    let counted = findings.filter(|finding| finding.severity >= Severity::Warn);
    counted
        .map(|finding| format!("{}: {}", finding.requirement, finding.message))
        .collect()
}

fn passed(result: &RunResult) -> usize {
    let scenarios = result.scenarios.iter();
    scenarios
        .filter(|scenario| scenario.status == Status::Passed)
        .count()
}

/// The methods other than GET, HEAD and OPTIONS that were sent.
fn writes(result: &RunResult) -> Vec<String> {
    let methods = result.exchanges.iter().map(|one| &one.request.method);
    let reads = ["GET", "HEAD", "OPTIONS"];
    methods
        .filter(|method| !reads.contains(&method.as_str()))
        .cloned()
        .collect()
}
