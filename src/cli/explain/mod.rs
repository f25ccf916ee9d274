//! `tmfctk explain`: one requirement, with all that one must know to keep it.
//!
//! The right and the wrong exchange are seen, not written: the reference implementation is judged
//! as it is, and with the fault that breaks the requirement.

mod example;
pub(super) mod text;

use clap::Args as ClapArgs;
use serde_json::{Value, json};

use self::example::Example;
use self::text::Explained;
use super::exit::{Exit, Failure};
use super::serve::ListFormat;
use super::style::Terminal;
use crate::config::{DEFAULT_PACK, Selection};
use crate::pack::{Catalogue, Pack, Requirement};
use crate::plan::{Plan, Planned, PlannedStep};
use crate::terms::Level;

/// Explain a requirement: the rule, why it matters, how it is tested, a right and a wrong exchange
#[derive(Debug, ClapArgs)]
#[command(
    long_about = "Explain a requirement: the rule and where it stands, what a violation costs and \
        why it matters, the scenarios that check it with their steps, a right and a wrong \
        exchange.\n\n\
        The exchanges are real: the reference implementation is judged as it is, and with a fault \
        that breaks the requirement.",
    after_help = "Examples:\n  \
        tmfctk explain TMF683-4-PRO-044\n  \
        tmfctk explain pro-044\n  \
        tmfctk explain CTK-001 --format json"
)]
pub(super) struct Args {
    /// The requirement's id; PRO-044 is enough of it
    #[arg(value_name = "REQUIREMENT")]
    requirement: String,
    /// The pack
    #[arg(long, value_name = "PACK", default_value = DEFAULT_PACK)]
    api: String,
    /// How to print it
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    format: ListFormat,
}

/// Explains one requirement.
pub(super) fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let pack = Pack::embedded(&args.api).map_err(Failure::usage)?;
    let catalogue = pack.catalogue().map_err(Failure::usage)?;
    let requirement = catalogue.find(&args.requirement).map_err(Failure::usage)?;
    let scenarios = scenarios(pack, catalogue, requirement)?;
    let example = if scenarios.is_empty() {
        Example::default()
    } else {
        example::find(&args.api, requirement, terminal)?
    };
    let explained = Explained {
        requirement,
        sources: catalogue.cited(&requirement.sources),
        scenarios,
        example,
    };
    match args.format {
        ListFormat::Json => terminal.product(&format!("{:#}", explained.as_json())),
        ListFormat::Table => text::print(terminal, &explained),
    }
    Ok(Exit::Conformant)
}

/// The scenarios that check a requirement.
fn scenarios(
    pack: &Pack,
    catalogue: &Catalogue,
    requirement: &Requirement,
) -> Result<Vec<Planned>, Failure> {
    if requirement.not_testable.is_some() {
        return Ok(Vec::new());
    }
    let highest = Level::Guideline;
    let features = pack.features(highest, None).map_err(Failure::usage)?;
    let mut plan = Plan::new(highest, &features);
    let selection = Selection {
        only: vec![requirement.id.clone()],
        ..Selection::default()
    };
    plan.select(&selection, catalogue, highest)
        .map_err(Failure::usage)?;
    Ok(plan.scenarios)
}

impl Explained<'_> {
    fn as_json(&self) -> Value {
        let requirement = self.requirement;
        let steps = |planned: &Planned| {
            let line = |step: &PlannedStep| format!("{} {}", step.keyword, step.text);
            planned.steps.iter().map(line).collect::<Vec<_>>()
        };
        let scenarios = self.scenarios.iter().map(|planned| {
            json!({
                "id": planned.spec.id,
                "name": planned.spec.name,
                "level": planned.spec.level,
                "steps": steps(planned),
            })
        });
        json!({
            "requirement": requirement,
            "sources": self.sources,
            "cost": text::cost(requirement),
            "why": text::why(requirement.level),
            "scenarios": scenarios.collect::<Vec<_>>(),
            "fault": self.example.fault.map(|fault| {
                json!({ "name": fault.name, "description": fault.description })
            }),
            "right": self.example.right,
            "wrong": self.example.wrong,
            "finding": self.example.finding,
        })
    }
}
