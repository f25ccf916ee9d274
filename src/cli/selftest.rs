//! `tmfctk selftest`: the suite against the reference implementation with each fault and variant.

use std::collections::{BTreeSet, VecDeque};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use clap::Args as ClapArgs;
use indicatif::ProgressBar;
use parking_lot::Mutex;

use super::exit::{Exit, Failure};
use super::style::{BAD, DIM, GOOD, Terminal, styled, visible};
use super::worker::{self, Answer, Worker};
use crate::causes::{Measured, Sum};
use crate::config::DEFAULT_PACK;
use crate::config::numbers;
use crate::pack::Pack;
use crate::reference::{FaultInfo, VariantInfo, faults, variants};
use crate::selftest::{
    self, CaseOutcome, ExpectedFailures, Table, blamed, blamed_beside_kit, blamed_though_narrow,
};
use crate::suggest::nearest;
use crate::terms::Level;

/// Check that the suite catches each fault of the reference implementation and blames no variant
#[derive(Debug, ClapArgs)]
#[command(
    long_about = "Run the suite against the reference implementation with each fault and variant.\n\n\
        Prints a matrix: the fault, the requirement that it breaks, what caught it. Fails (exit 1) \
        when a fault is missed, when something fails that the committed table does not name, or \
        when a conformant variant is blamed.",
    after_help = "Examples:\n  \
        tmfctk selftest\n  \
        tmfctk selftest --only post-200 --only slow\n  \
        tmfctk selftest --level specification --spec official.swagger.json"
)]
pub(super) struct Args {
    /// Only these faults and variants, repeatable
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Only the faults of this level, and no variants
    #[arg(long, value_name = "LEVEL")]
    level: Option<Level>,
    /// Processes at a time [default: three times the number of processors]
    #[arg(
        long,
        value_name = "N",
        value_parser = numbers::read::<NonZeroUsize>("a number of processes from 1")
    )]
    jobs: Option<NonZeroUsize>,
    /// Judge by an official API description instead of the pack's own schemas
    #[arg(long, value_name = "FILE")]
    spec: Option<PathBuf>,
    /// Write the table of expected failures to this file instead of comparing with it
    #[arg(long, value_name = "FILE")]
    update: Option<PathBuf>,
    /// Measure the diagnosis instead: for each fault the causes that are found where the fault itself
    /// is not in the dictionary
    #[arg(long, conflicts_with_all = ["update", "spec"])]
    causes: bool,
    /// Judge the cases that standard input names; this command starts itself so
    #[arg(long, hide = true)]
    worker: bool,
    /// Print only what is wrong, and the sum
    #[arg(long, short)]
    quiet: bool,
}

/// One server to judge.
#[derive(Debug, Clone, Copy)]
enum Case {
    Clean,
    Fault(&'static FaultInfo),
    Variant(&'static VariantInfo),
}

impl Case {
    const fn name(self) -> &'static str {
        match self {
            Self::Clean => "(no fault)",
            Self::Fault(fault) => fault.name,
            Self::Variant(variant) => variant.name,
        }
    }

    fn is_of(self, level: Level) -> bool {
        match self {
            Self::Clean => true,
            Self::Fault(fault) => fault.level() == level.name(),
            Self::Variant(_) => false,
        }
    }

    /// The arguments of its run.
    fn arguments(self, spec: Option<&Path>) -> Vec<String> {
        let mut arguments: Vec<String> = ["--reference", "--quiet", "--gate", "operations"]
            .into_iter()
            // The reference sends at once, or a second late.
            .chain(["--event-timeout", "1.5", "--event-quiet", "0.1"])
            // A list that lags does so for a third of a second.
            .chain(["--settle", "1"])
            .chain(["--seed", "selftest"])
            .map(str::to_owned)
            .collect();
        match self {
            Self::Clean => {}
            // What a fault makes fail may depend on the order of the requests, and the table is
            // exact: so they come one by one. The conformant servers show that a run with
            // concurrent requests invents no failure.
            Self::Fault(fault) => {
                let one_by_one = ["--concurrency", "1", "--reference-fault", fault.name];
                arguments.extend(one_by_one.map(str::to_owned));
                if fault.secured {
                    arguments.extend(["--header", selftest::CREDENTIAL].map(str::to_owned));
                }
            }
            Self::Variant(variant) => {
                arguments.extend(["--reference-variant", variant.name].map(str::to_owned));
            }
        }
        if let Some(spec) = spec {
            arguments.extend(["--spec".to_owned(), spec.display().to_string()]);
        }
        arguments
    }
}

/// Runs all cases, several at once, and prints the matrix in the order of the cases.
pub(super) fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    if args.worker {
        return worker::work(terminal);
    }
    let table = selftest::read(selftest::TABLE).map_err(Failure::internal)?;
    let mut cases = cases(&args.only)?;
    if let Some(level) = args.level {
        cases.retain(|case| case.is_of(level));
    }
    let jobs = args
        .jobs
        .or_else(|| {
            // A run waits for events more than it computes.
            let cores = std::thread::available_parallelism().ok()?;
            cores.checked_mul(NonZeroUsize::MIN.saturating_add(2))
        })
        .map_or(2, NonZeroUsize::get);
    let bar = if terminal.interactive && !args.quiet {
        ProgressBar::new(cases.len() as u64)
    } else {
        ProgressBar::hidden()
    };
    let results = run_cases(&cases, jobs.max(1), args.spec.as_deref(), &bar);
    bar.finish_and_clear();
    if args.causes {
        return measure(&cases, results, args.quiet, terminal);
    }
    let mut found = Table::new();
    let mut wrong = 0;
    for (case, result) in cases.iter().zip(results) {
        let mut result = result;
        let mut problems = verdict_on(*case, &result, &table, &mut found);
        if !problems.is_empty() && args.update.is_none() {
            // Several at once on a busy machine run into time limits: alone it has to hold.
            result = judge_case(&mut None, *case, args.spec.as_deref());
            problems = verdict_on(*case, &result, &table, &mut found);
        }
        wrong += usize::from(!problems.is_empty());
        print(terminal, *case, result.as_ref().ok(), &problems, args.quiet);
    }
    if let Some(path) = &args.update {
        // What did not run keeps its line.
        let mut rows = table.clone();
        rows.extend(found.clone());
        std::fs::write(path, selftest::write(&rows)).map_err(Failure::internal)?;
        terminal.product(&format!(
            "{} lines written to {}",
            found.len(),
            path.display()
        ));
        return Ok(Exit::Conformant);
    }
    terminal.product(&format!("{} passed, {wrong} failed", cases.len() - wrong));
    Ok(if wrong == 0 {
        Exit::Conformant
    } else {
        Exit::NonConformant
    })
}

/// Measures how well the causes of each fault are found where it is not in the dictionary.
fn measure(
    cases: &[Case],
    results: Vec<Result<CaseOutcome, String>>,
    quiet: bool,
    terminal: &mut Terminal,
) -> Result<Exit, Failure> {
    let pack = Pack::embedded(DEFAULT_PACK).map_err(Failure::internal)?;
    let catalogue = pack.catalogue().map_err(Failure::internal)?;
    let mut sum = Sum::default();
    for (case, result) in cases.iter().zip(results) {
        let Case::Fault(fault) = case else { continue };
        let outcome = result.map_err(|error| {
            Failure::internal(format!("{} can't be measured: {error}", fault.name))
        })?;
        let Some(measured) = Measured::of(&outcome, fault.name, fault.requirement, catalogue)
        else {
            continue;
        };
        sum.add(&measured);
        let good = measured.unknown.len() == 1 && measured.first;
        if good && quiet {
            continue;
        }
        let mark = if good {
            styled(GOOD, "one ")
        } else {
            styled(BAD, "more")
        };
        let named = if measured.named {
            "named"
        } else {
            "not named first"
        };
        terminal.product(&format!(
            "{mark} {:<36} {named} where it is known",
            fault.name
        ));
        for cause in &measured.unknown {
            let ids = cause.requirements.join(" ");
            let text = format!("       {:<36} {ids}", visible(&cause.id));
            terminal.product(&styled(DIM, &text));
        }
    }
    let percent = |count: usize| 100 * count / sum.faults.max(1);
    terminal.product(&format!(
        "{} faults that fail or warn. Named first where they are known: {} %. Where they are not: one \
         cause for {} %, at most {} causes, the broken requirement in the first for {} %",
        sum.faults,
        percent(sum.named),
        percent(sum.one),
        sum.most,
        percent(sum.first)
    ));
    Ok(if sum.holds() {
        Exit::Conformant
    } else {
        Exit::NonConformant
    })
}

fn cases(only: &[String]) -> Result<Vec<Case>, Failure> {
    let levels = levels_with_scenarios()?;
    let all: Vec<Case> = std::iter::once(Case::Clean)
        .chain(faults().iter().map(Case::Fault))
        .filter(|case| levels.iter().any(|level| case.is_of(*level)))
        .chain(variants().iter().map(Case::Variant))
        .collect();
    if only.is_empty() {
        return Ok(all);
    }
    for name in only {
        if !all.iter().any(|case| case.name() == name) {
            return Err(unknown(name, &all));
        }
    }
    Ok(all
        .into_iter()
        .filter(|case| only.iter().any(|name| name == case.name()))
        .collect())
}

/// The error for an unknown name, with the known one most like it.
fn unknown(name: &str, all: &[Case]) -> Failure {
    let near = nearest(name, all.iter().map(|case| case.name()));
    let hint = near.map_or_else(String::new, |known| format!(", did you mean {known}?"));
    Failure::usage(format!(
        "there is no fault or variant `{name}`{hint} (tmfctk serve --list-faults, --list-variants)"
    ))
}

/// The levels that the pack has scenarios of: a fault of another can't be caught yet.
fn levels_with_scenarios() -> Result<BTreeSet<Level>, Failure> {
    let pack = Pack::embedded(DEFAULT_PACK).map_err(Failure::internal)?;
    let features = pack
        .features(Level::Guideline, None)
        .map_err(Failure::internal)?;
    let scenarios = features.iter().flat_map(|file| &file.scenarios);
    Ok(scenarios.map(|scenario| scenario.level).collect())
}

fn run_cases(
    cases: &[Case],
    jobs: usize,
    spec: Option<&Path>,
    bar: &ProgressBar,
) -> Vec<Result<CaseOutcome, String>> {
    let queue = Mutex::new((0..cases.len()).collect::<VecDeque<_>>());
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            let sender = sender.clone();
            let queue = &queue;
            scope.spawn(move || {
                let mut worker = None;
                loop {
                    let next = queue.lock().pop_front();
                    let Some(place) = next else { break };
                    let result = judge_case(&mut worker, cases[place], spec);
                    if sender.send((place, result)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut results: Vec<_> = cases
            .iter()
            .map(|_| Err("the run did not end".to_owned()))
            .collect();
        for (place, result) in receiver {
            results[place] = result;
            bar.inc(1);
        }
        results
    })
}

/// One case; a worker that dies of it is replaced.
fn judge_case(
    worker: &mut Option<Worker>,
    case: Case,
    spec: Option<&Path>,
) -> Result<CaseOutcome, String> {
    let own = match worker {
        Some(own) => own,
        None => worker.insert(Worker::start().map_err(|error| error.to_string())?),
    };
    match own.judge(&case.arguments(spec)) {
        Answer::Outcome(outcome) => Ok(*outcome),
        Answer::Refused(reason) => Err(reason),
        Answer::Died(reason) => {
            *worker = None;
            Err(reason)
        }
    }
}

/// What is wrong with a case, also where its run did not come to a result.
fn verdict_on(
    case: Case,
    result: &Result<CaseOutcome, String>,
    table: &Table,
    found: &mut Table,
) -> Vec<String> {
    match result {
        Ok(result) => judge(case, result, table, found),
        Err(error) => vec![error.clone()],
    }
}

/// What is wrong with what a case came to.
fn judge(case: Case, result: &CaseOutcome, table: &Table, found: &mut Table) -> Vec<String> {
    let mut problems: Vec<String> = result
        .run
        .internal_errors
        .iter()
        .map(|error| format!("the harness itself failed at {error}"))
        .collect();
    let breaks = match case {
        Case::Clean => {
            problems.extend(blamed(result));
            problems.extend(
                ExpectedFailures::default().differences(&ExpectedFailures::found("", result)),
            );
            return problems;
        }
        Case::Fault(fault) => fault.requirement,
        Case::Variant(_) => "",
    };
    let mut failures = ExpectedFailures::found(breaks, result);
    let row = table.get(case.name());
    if row.is_some_and(|row| row.unsteady) {
        failures.unsteady = true;
        if blamed(result).is_empty() {
            problems.push("missed: the server is blamed for nothing".to_owned());
        }
        found.insert(case.name().to_owned(), failures);
        return problems;
    }
    if !failures.catches() {
        problems.push(format!("missed: {breaks} neither fails, warns nor informs"));
    }
    if let Case::Variant(variant) = case {
        problems.extend(if variant.narrow {
            blamed_though_narrow(result)
        } else if variant.fails_kit {
            blamed_beside_kit(result)
        } else {
            blamed(result)
        });
    }
    match row {
        Some(row) => problems.extend(row.differences(&failures)),
        None => problems.push("the table has no line for it".to_owned()),
    }
    found.insert(case.name().to_owned(), failures);
    problems
}

fn print(
    terminal: &mut Terminal,
    case: Case,
    result: Option<&CaseOutcome>,
    problems: &[String],
    quiet: bool,
) {
    let ok = problems.is_empty();
    if ok && quiet {
        return;
    }
    let mark = if ok {
        styled(GOOD, "ok  ")
    } else {
        styled(BAD, "FAIL")
    };
    let detail = match (case, result) {
        (Case::Fault(fault), Some(result)) => {
            let failures = ExpectedFailures::found(fault.requirement, result);
            let others: Vec<_> = failures
                .fails
                .union(&failures.warns)
                .filter(|id| **id != failures.breaks)
                .map(String::as_str)
                .collect();
            let also = if others.is_empty() {
                String::new()
            } else {
                styled(DIM, &format!("; also {}", others.join(", ")))
            };
            let caught = if failures.informs.is_empty() {
                format!("caught by {} scenarios", failures.scenarios.len())
            } else {
                "caught as information".to_owned()
            };
            format!("{} {caught}{also}", fault.requirement)
        }
        (Case::Variant(variant), _) => format!("conformant: {}", variant.description),
        (Case::Clean, _) => "conformant".to_owned(),
        (Case::Fault(fault), None) => fault.requirement.to_owned(),
    };
    terminal.product(&format!("{mark} {:<36} {detail}", case.name()));
    for problem in problems {
        terminal.product(&format!("       {}", visible(problem)));
    }
}
