//! `tmfctk run`: check a target.

use std::cell::RefCell;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{ArgMatches, Args as ClapArgs};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use url::Url;

use super::output::Output;
use super::signals::Signals;
use super::style::Terminal;
use super::target::{Target, from_environment, with_target};
use super::{Exit, Failure, job, save_result, summary};
use crate::config::{self, Overrides, Selection, Settings, TargetSetting};
use crate::http::AuthError;
use crate::preflight::Outcome;
use crate::reference;
use crate::report::{self, Format};
use crate::session::{self, Observer, Session};
use crate::terms::Level;
use crate::verdict::RunResult;

/// Check a target and write the reports
#[derive(Debug, ClapArgs)]
#[command(
    long_about = "Check a target and write the reports.\n\n\
        The target is given by its base URL, as the official kit's configuration has it, with or \
        without a last slash. First the official kit's requests are replayed, to predict its \
        numbers; then each level is checked up to --level. Verdicts up to --gate decide the exit \
        code.",
    after_help = "Exit codes:\n  \
        0    conformant\n  \
        1    non-conformant, or a waiver matches nothing; with --baseline: something new fails\n  \
        2    the command line or the configuration is wrong; no request was sent\n  \
        3    inconclusive, an unreachable target among others\n  \
        4    the harness itself failed\n  \
        130  interrupted; created records and listeners were cleaned up, the reports hold what was done\n\n\
        Examples:\n  \
        tmfctk run http://localhost:8080/tmf-api/partyInteraction/v4\n  \
        tmfctk run --reference\n  \
        tmfctk run https://host/tmf-api/partyInteraction/v4 --level certification --payload create.json\n  \
        TMFCTK_BEARER=$TOKEN tmfctk run https://host/tmf-api/partyInteraction/v4 --ca issuer.pem\n  \
        tmfctk run http://localhost:8080/tmf-api/partyInteraction/v4 --listener-bind 0.0.0.0:8090 --listener-url http://host.docker.internal:8090\n  \
        tmfctk run http://localhost:8080/tmf-api/partyInteraction/v4 --only PRO-044\n  \
        tmfctk run https://host/tmf-api/partyInteraction/v4 --read-only\n  \
        tmfctk run http://localhost:8080/tmf-api/partyInteraction/v4 --rerun reports/latest\n\n\
        Several targets: with [[targets]] in the file, each with name and url and where it needs them \
        headers, payload, level, gate, waivers, baseline, listener-bind, listener-url, read-only and \
        existing, all are checked, each into the folder of its name below --out, with one page, index.html, for all. \
        The exit code is the worst: 130, 4, 2, 1, 3, 0.\n\n\
        Secrets: values of --header, --bearer and the like are seen in the process list; the \
        environment (TMFCTK_BEARER, TMFCTK_BASIC, TMFCTK_API_KEY, TMFCTK_OAUTH_CLIENT_SECRET; \
        TMFCTK_HEADER has one header a line) or the file is the better place. They never reach a report."
)]
pub(super) struct Args {
    /// The highest level to run: certification, profile, specification, operations or guideline
    /// [default: guideline]
    #[arg(long, value_name = "LEVEL", env = "TMFCTK_LEVEL")]
    level: Option<Level>,
    /// Verdicts up to this level decide the exit code [default: the lower of profile and --level]
    #[arg(long, value_name = "LEVEL", env = "TMFCTK_GATE")]
    gate: Option<Level>,
    /// Where the reports go, made if missing [default: reports/latest]
    #[arg(long, value_name = "DIR", env = "TMFCTK_OUT")]
    out: Option<PathBuf>,
    /// Which reports, separated by commas: html, json, junit, har (the exchanges for a browser's
    /// developer tools), markdown (for a pull request; where GITHUB_STEP_SUMMARY is set, it is added
    /// to the job's summary, too), or all [default: html,json,junit]
    #[arg(
        long,
        value_name = "LIST",
        env = "TMFCTK_FORMAT",
        value_delimiter = ','
    )]
    format: Option<Vec<String>>,
    /// Sign the manifest of the reports with this private key (PEM, see tmfctk keygen)
    #[arg(long, value_name = "KEY", env = "TMFCTK_SIGN")]
    sign: Option<PathBuf>,
    /// A folder with templates, stylesheet or texts of your own, each in place of the file of the
    /// same path below `templates/`
    #[arg(long, value_name = "DIR", env = "TMFCTK_TEMPLATE")]
    template: Option<PathBuf>,
    /// Warnings count as failures
    #[arg(long, env = "TMFCTK_STRICT", value_parser = clap::builder::FalseyValueParser::new())]
    strict: bool,
    /// Repeat the generated values of an earlier run [default: a new one for each run]
    #[arg(long, value_name = "SEED", env = "TMFCTK_SEED")]
    seed: Option<String>,
    /// Leave the records that the run created
    #[arg(long, env = "TMFCTK_KEEP", value_parser = clap::builder::FalseyValueParser::new())]
    keep: bool,
    #[command(flatten)]
    existing: super::existing::OnExisting,
    /// A folder with features of your own, run beside the pack's
    #[arg(long, value_name = "DIR", env = "TMFCTK_FEATURES")]
    features: Option<PathBuf>,
    /// Judge by an official API description (Swagger 2.0 or OpenAPI 3) instead of the pack's schemas
    #[arg(long, value_name = "FILE", env = "TMFCTK_SPEC")]
    spec: Option<PathBuf>,
    /// Keep the bodies of records that the run did not create in the reports
    #[arg(
        long,
        env = "TMFCTK_KEEP_FOREIGN_BODIES",
        value_parser = clap::builder::FalseyValueParser::new()
    )]
    keep_foreign_bodies: bool,
    /// Hide what matches this regular expression in all outputs, repeatable; of a pattern with a
    /// group named `secret` only that
    #[arg(long, value_name = "REGEX")]
    redact: Vec<String>,
    /// Hide the values at this JSON pointer in all bodies, repeatable; `*` stands for any member or
    /// element, and in a list it is looked for in each element: /relatedParty/*/name
    #[arg(long, value_name = "POINTER")]
    redact_pointer: Vec<String>,
    #[command(flatten)]
    accepted: super::accepted::Accepted,
    #[command(flatten)]
    several: super::several::Several,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    target: Target,
    // Last, since the heading of each would hold for what follows it.
    #[command(flatten)]
    selection: super::selection::Selected,
    /// The options that the environment gave, by the names of their flags
    #[arg(skip)]
    environment: Vec<&'static str>,
}

impl Args {
    /// Notes which of the values came from the environment.
    pub(super) fn note_environment(&mut self, matches: &ArgMatches) {
        self.environment = from_environment(matches, &["level", "gate"]);
        self.target.note_environment(matches);
    }
}

impl From<Args> for Overrides {
    fn from(args: Args) -> Self {
        let mut given = Self::from(args.target);
        given.environment.extend(args.environment);
        Self {
            level: args.level,
            gate: args.gate,
            out: args.out,
            formats: args.format,
            sign: args.sign,
            template: args.template,
            redact: args.redact,
            redact_pointer: args.redact_pointer,
            strict: args.strict,
            seed: args.seed,
            keep: args.keep,
            existing: args.existing.into(),
            keep_foreign_bodies: args.keep_foreign_bodies,
            features: args.features,
            spec: args.spec,
            accepted: args.accepted.into(),
            // Reading it can fail, which a conversion can't: see `overrides`.
            selection: Selection::default(),
            ..given
        }
    }
}

/// What the user wrote, the files read that it names.
fn overrides(args: Args) -> Result<Overrides, Failure> {
    let selection = args.selection.read()?;
    Ok(Overrides {
        selection,
        ..args.into()
    })
}

/// Checks a target: the exit code is the verdict.
pub(super) fn run(args: Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    terminal.quiet = args.quiet;
    let server = args.target.server();
    let (parallel, tied) = (args.several.parallel, args.several.tied);
    let given = overrides(args)?;
    if let Some(names) = config::target_names(&given).map_err(Failure::usage)? {
        return super::several::run(&given, &names, parallel, terminal);
    }
    let settings = config::resolve(given).map_err(Failure::usage)?;
    let mut output = Output::begin(
        &settings.out,
        &settings.formats,
        settings.sign.as_deref(),
        settings.template.as_deref(),
    )?;
    warm_up(
        &settings,
        output.has(Format::Html) && settings.template.is_none(),
    );
    let folder = settings.out.clone();
    let certify = settings.accepted.certify;
    let manner = Manner {
        journal: Some(&folder),
        output: Some(&mut output),
        tied,
    };
    let result = run_to_its_end(settings, server, manner, terminal)?;
    let written = output.write(&result);
    let lost = save_result::failure(&result, &written);
    // What is kept in no file is told even who asked for quiet.
    terminal.quiet &= lost.as_ref().is_none_or(|lost| lost.kept);
    summary::print(terminal, &result, &written.paths);
    if let Some(lost) = lost {
        return Err(lost.failure);
    }
    if output.has(Format::Markdown)
        && let Err(failure) = job::add_to_summary(&result)
    {
        // The reports are written: this is not worth losing the verdict.
        terminal.error(&failure.message);
    }
    match exit(&result) {
        ended @ (Exit::Interrupted | Exit::Internal) => Ok(ended),
        judged if certify && !summary::fit(terminal, &result) && judged == Exit::Conformant => {
            Ok(Exit::NonConformant)
        }
        judged => Ok(judged),
    }
}

/// How a run went whose reports are written.
fn exit(result: &RunResult) -> Exit {
    if result.run.interrupted {
        Exit::Interrupted
    } else if result.run.internal_errors.is_empty() {
        Exit::from(result.decision().verdict)
    } else {
        Exit::Internal
    }
}

/// Checks a target and gives what it came to, without a report. The configuration file of the folder
/// has no say.
pub(super) fn judge(args: Args, terminal: &mut Terminal) -> Result<RunResult, Failure> {
    terminal.quiet = args.quiet;
    let server = args.target.server();
    let given = Overrides {
        unconfigured: true,
        ..overrides(args)?
    };
    let settings = config::resolve(given).map_err(Failure::usage)?;
    warm_up(&settings, false);
    run_to_its_end(settings, server, Manner::default(), terminal)
}

/// Judges the embedded reference implementation, without a word and without a report.
pub(super) fn judge_reference(
    given: Overrides,
    server: reference::Options,
    terminal: &mut Terminal,
) -> Result<RunResult, Failure> {
    let settings = config::resolve(given).map_err(Failure::usage)?;
    let quiet = std::mem::replace(&mut terminal.quiet, true);
    let result = run_to_its_end(settings, server, Manner::default(), terminal);
    terminal.quiet = quiet;
    result
}

fn run_to_its_end(
    settings: Settings,
    server: reference::Options,
    manner: Manner<'_>,
    terminal: &mut Terminal,
) -> Result<RunResult, Failure> {
    with_target(settings, server, async |settings, base| {
        check(settings, base, manner, terminal).await
    })
}

/// How a run is led.
#[derive(Default)]
struct Manner<'a> {
    /// Where it keeps the journal of what it creates.
    journal: Option<&'a Path>,
    /// What is still to be tried before its first request.
    output: Option<&'a mut Output>,
    /// Whether it stops when standard input says so.
    tied: bool,
}

/// Makes what the run will need, in the order in which it will, beside its first requests.
fn warm_up(settings: &Settings, page: bool) {
    let (pack, level) = (settings.pack.clone(), settings.level);
    // Where no thread is to be had, the time is not saved, and that is all.
    let _ = std::thread::Builder::new().spawn(move || {
        session::warm_up(&pack, level);
        if page {
            report::html::warm_up();
        }
    });
}

async fn check(
    settings: Settings,
    base: Url,
    manner: Manner<'_>,
    terminal: &mut Terminal,
) -> Result<RunResult, Failure> {
    let session = Session::prepare(settings.clone(), base.clone());
    manner.output.map_or(Ok(()), Output::tried)?;
    let mut session = session.map_err(Failure::usage)?;
    if let Some(path) = &settings.accepted.baseline {
        let baseline = super::report::read_stored(path)?;
        session.hold_against(baseline).map_err(Failure::usage)?;
    }
    session.authenticate().await.map_err(without_token)?;
    summary::heading(terminal, session.pack(), &settings, &base);
    if settings.access.tls.insecure {
        terminal.warning("--insecure: certificates are not checked, whoever answers is believed");
    }
    if settings.target != TargetSetting::Reference {
        if let Some(folder) = manner.journal {
            session.keep_journal(folder);
        }
        let lines = session.reach().await;
        let told = lines.iter().filter(|line| line.outcome != Outcome::Good);
        told.for_each(|line| super::doctor::print(terminal, line));
    }
    let progress = Progress::new(terminal.interactive && !terminal.quiet);
    let mut signals = Signals::new(manner.tied);
    let result = session.run(&progress, async || signals.next().await).await;
    progress.bar.finish_and_clear();
    Ok(result)
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

/// Progress on standard error, only where it is a terminal.
struct Progress {
    bar: ProgressBar,
    part: RefCell<Part>,
}

/// A part of the run and how far it is. The bar draws itself whenever one of its own figures is
/// set, and would show those of two parts together: it gets one text.
#[derive(Debug, Default, Clone)]
struct Part {
    name: String,
    done: usize,
    steps: usize,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.name, self.done, self.steps)
    }
}

impl Progress {
    fn new(shown: bool) -> Self {
        let target = if shown {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}  {elapsed}") {
            bar.set_style(style);
        }
        if shown {
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        Self {
            bar,
            part: RefCell::default(),
        }
    }
}

impl Observer for Progress {
    fn phase(&self, name: &str, steps: usize) {
        let part = Part {
            name: name.to_owned(),
            done: 0,
            steps,
        };
        self.bar.set_message(part.to_string());
        self.part.replace(part);
    }

    fn step(&self) {
        let mut part = self.part.borrow_mut();
        part.done += 1;
        self.bar.set_message(part.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::Pack;
    use crate::session::Unobserved;
    use crate::terms::Verdict;

    /// What of a pack is read beside the replay can't stop the run before it any more.
    #[test]
    fn a_defect_of_the_pack_that_shows_late_is_told_as_one_in_a_whole_report() {
        let folder = tempfile::tempdir().unwrap();
        let formats = [super::super::output::ALL.to_owned()];
        let output = Output::prepare(folder.path(), &formats, None, None).unwrap();
        let given = Overrides {
            reference: true,
            unconfigured: true,
            ..Overrides::default()
        };
        let settings = config::resolve(given).unwrap();
        let server = reference::Options::default();
        let result = with_target(settings, server, async |settings, base| {
            let session = Session::prepare(settings, base).map_err(Failure::usage)?;
            let broken = session.with_pack(Pack::broken());
            Ok(broken
                .run(&Unobserved, async || std::future::pending().await)
                .await)
        })
        .unwrap();
        assert_eq!(exit(&result), Exit::Internal);
        let [error] = &result.run.internal_errors[..] else {
            panic!("{:?}", result.run.internal_errors);
        };
        assert!(
            error.starts_with("broken/certification/wrong.feature:1: "),
            "{error}"
        );
        assert!(
            result.notes.iter().any(|note| note.contains(error)),
            "{:?}",
            result.notes
        );
        assert_eq!(
            result.verdict,
            Verdict::Inconclusive,
            "it is none of the target's"
        );
        assert!(result.official_kit.is_some(), "the replay is kept");
        assert!(
            result.created.iter().all(|record| record.deleted),
            "and cleaned up"
        );
        let written = output.write(&result);
        assert!(written.failures.is_empty(), "{:?}", written.failures);
    }

    #[test]
    fn progress_never_shows_the_figures_of_two_parts_together() {
        let progress = Progress::new(false);
        progress.phase("creating", 18);
        (0..18).for_each(|_| progress.step());
        assert_eq!(progress.bar.message(), "creating 18/18");
        progress.phase("checking", 3);
        assert_eq!(progress.bar.message(), "checking 0/3");
        progress.step();
        assert_eq!(progress.bar.message(), "checking 1/3");
    }
}
