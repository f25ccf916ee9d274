//! `tmfctk list`: what a run would do, without a request.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args as ClapArgs;
use serde_json::{Value, json};
use url::Url;

use super::exit::{Exit, Failure};
use super::serve::ListFormat;
use super::style::{DIM, HEAD, Terminal, styled};
use crate::config::{self, DEFAULT_PACK, Overrides};
use crate::plan::{Phase, Plan, Planned};
use crate::session::Session;
use crate::terms::Level;

/// Print the scenarios that a run would check, in its phases, without a request
#[derive(Debug, ClapArgs)]
#[command(
    long_about = "Print the scenarios that a run would check, in its phases, without a request.\n\n\
        For each: its id, its level, its tags, and the requirements that it checks. The options \
        that select scenarios are those of tmfctk run.",
    after_help = "Examples:\n  \
        tmfctk list\n  \
        tmfctk list --level certification\n  \
        tmfctk list --only PRO-044 --format json\n  \
        tmfctk list --tags \"@operations and not @events\"\n  \
        tmfctk list --rerun reports/latest"
)]
pub(super) struct Args {
    /// The pack
    #[arg(long, value_name = "PACK", default_value = DEFAULT_PACK)]
    api: String,
    /// The highest level: certification, profile, specification, operations or guideline
    #[arg(long, value_name = "LEVEL", default_value_t = Level::Guideline)]
    level: Level,
    /// A folder with features of your own, listed beside the pack's
    #[arg(long, value_name = "DIR")]
    features: Option<PathBuf>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    format: ListFormat,
    #[command(flatten)]
    selection: super::selection::Selected,
}

/// Prints the plan.
pub(super) fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let plan = planned(args)?;
    if args.format == ListFormat::Json {
        let list: Vec<_> = in_order(&plan).map(as_json).collect();
        terminal.product(&format!("{:#}", Value::from(list)));
        return Ok(Exit::Conformant);
    }
    print(terminal, &plan);
    Ok(Exit::Conformant)
}

/// What a run with these options would do; what it would refuse is refused.
fn planned(args: &Args) -> Result<Plan, Failure> {
    let settings = config::resolve(Overrides {
        unconfigured: true,
        reference: true,
        api: Some(args.api.clone()),
        level: Some(args.level),
        features: args.features.clone(),
        selection: args.selection.read()?,
        ..Overrides::default()
    });
    let settings = settings.map_err(Failure::usage)?;
    let nowhere = Url::parse("http://127.0.0.1/").map_err(Failure::internal)?;
    let session = Session::prepare(settings, nowhere).map_err(Failure::usage)?;
    session.plan().map_err(Failure::usage)
}

/// The scenarios phase by phase.
fn in_order(plan: &Plan) -> impl Iterator<Item = &Planned> {
    Phase::ALL
        .into_iter()
        .flat_map(|phase| of_phase(plan, phase))
}

fn of_phase(plan: &Plan, phase: Phase) -> impl Iterator<Item = &Planned> {
    let scenarios = plan.scenarios.iter();
    scenarios.filter(move |planned| planned.phase == phase)
}

fn as_json(planned: &Planned) -> Value {
    let spec = &planned.spec;
    json!({
        "id": spec.id,
        "name": spec.name,
        "feature": planned.feature,
        "file": planned.path,
        "line": spec.line,
        "level": spec.level,
        "phase": planned.phase.name(),
        "requirements": spec.requirements,
        "tags": spec.tag_names().map(|tag| format!("@{tag}")).collect::<Vec<_>>(),
    })
}

fn print(terminal: &mut Terminal, plan: &Plan) {
    if plan.replays() {
        terminal.product(&styled(HEAD, "replaying the official kit"));
    }
    for phase in Phase::ALL {
        let many = of_phase(plan, phase).count();
        if many == 0 {
            continue;
        }
        let heading = format!("{} ({})", phase.name(), scenarios(many));
        terminal.product(&styled(HEAD, &heading));
        for planned in of_phase(plan, phase) {
            let spec = &planned.spec;
            terminal.product(&format!("  {:<14} {}", spec.level, spec.id));
            let when = spec.tag_names().skip(1);
            let when: Vec<_> = when.map(|tag| format!("@{tag}")).collect();
            terminal.product(&styled(DIM, &format!("  {:<14} {}", "", when.join(" "))));
        }
    }
    let requirements = plan.scenarios.iter();
    let requirements: BTreeSet<_> = requirements
        .flat_map(|planned| &planned.spec.requirements)
        .collect();
    let left_out = if plan.left_out.is_empty() {
        String::new()
    } else {
        format!(", {} left out", plan.left_out.len())
    };
    terminal.product(&format!(
        "{}{left_out}; requirements: {}",
        scenarios(plan.scenarios.len()),
        requirements.len()
    ));
}

fn scenarios(count: usize) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} scenario{plural}")
}
