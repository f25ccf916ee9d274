//! `tmfctk run`: check a target.

use std::cell::RefCell;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use clap::{ArgMatches, Args as ClapArgs};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use url::Url;

use super::exit::{Exit, Failure, without_token};
use super::job::Job;
use super::output::Output;
use super::signals::Signals;
use super::style::Terminal;
use super::target::{Target, with_target};
use super::{save_result, summary, watch};
use crate::config::{self, Overrides, ReportOptions, Settings, TargetSetting};
use crate::preflight::CheckOutcome;
use crate::reference;
use crate::report::{self, Format};
use crate::session::{self, Observer, Session};
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
    #[command(flatten)]
    reports: ReportOptions,
    #[command(flatten)]
    targets: super::several::MultiTarget,
    #[command(flatten)]
    watch: watch::Options,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    selection: super::selection::Selected,
}

impl Args {
    /// Adds what only the environment says.
    pub(super) fn complete(&mut self, matches: &ArgMatches) {
        self.target.complete(matches);
    }

    /// What the user wrote, the files read that it names.
    fn options(self) -> Result<Overrides, Failure> {
        Ok(Overrides {
            selection: self.selection.read()?,
            reports: self.reports,
            ..self.target.options
        })
    }
}

/// Checks a target: the exit code is the verdict.
pub(super) fn run(args: Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let mut job = Job::begin(terminal);
    let ended = run_in(&mut job, args, terminal);
    job.end(terminal);
    ended
}

fn run_in(job: &mut Job, args: Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    terminal.quiet = args.quiet;
    let server = args.target.server();
    let (parallel, tied) = (args.targets.parallel, args.targets.tied);
    let (watched, opened) = (args.watch.watched(), args.watch.open);
    let given = args.options()?;
    if let Some(rerun) = given.selection.rerun.as_ref()
        && rerun.scenarios.is_empty()
    {
        let from = &rerun.from;
        terminal.line(&format!(
            "nothing failed or stayed undecided in {from}: nothing is run again"
        ));
        return Ok(Exit::Conformant);
    }
    if let Some(names) = config::target_names(&given).map_err(Failure::usage)? {
        if watched.is_some() || opened {
            let text = "--watch and --open are for one target: choose it with --target";
            return Err(Failure::usage(text));
        }
        return super::several::run(&given, &names, parallel, terminal);
    }
    let settings = config::resolve(given).map_err(Failure::usage)?;
    if let Some(paths) = watched {
        return watch::run(&settings, &paths, terminal);
    }
    let mut output = Output::begin(
        &settings.out,
        &settings.formats,
        settings.sign.as_deref(),
        settings.template.as_deref(),
    )?;
    warm_up(
        &settings,
        output.formats().contains(&Format::Html) && settings.template.is_none(),
    );
    let folder = settings.out.clone();
    let certify = settings.accepted.certify;
    let mode = RunMode {
        journal: Some(&folder),
        output: Some(&mut output),
        tied,
    };
    let result = run_to_its_end(settings, server, mode, terminal)?;
    output.remove_others();
    let written = output.write(&result);
    let failed = save_result::failure(&result, &written);
    // What is kept in no file is printed in spite of --quiet.
    terminal.quiet &= failed.as_ref().is_none_or(|failed| failed.kept);
    summary::print(terminal, &result, &written.paths);
    if opened {
        watch::open(&written.paths, terminal);
    }
    if let Some(failed) = failed {
        return Err(failed.failure);
    }
    if let Err(failure) = job.tell(&result, output.formats()) {
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
        ..args.options()?
    };
    let settings = config::resolve(given).map_err(Failure::usage)?;
    warm_up(&settings, false);
    run_to_its_end(settings, server, RunMode::default(), terminal)
}

/// Judges the embedded reference implementation, without a word and without a report.
pub(super) fn judge_reference(
    given: Overrides,
    server: reference::Options,
    terminal: &mut Terminal,
) -> Result<RunResult, Failure> {
    let settings = config::resolve(given).map_err(Failure::usage)?;
    let quiet = std::mem::replace(&mut terminal.quiet, true);
    let result = run_to_its_end(settings, server, RunMode::default(), terminal);
    terminal.quiet = quiet;
    result
}

fn run_to_its_end(
    settings: Settings,
    server: reference::Options,
    mode: RunMode<'_>,
    terminal: &mut Terminal,
) -> Result<RunResult, Failure> {
    with_target(settings, server, async |settings, base| {
        check(settings, base, mode, terminal).await
    })
}

/// How a run is done.
#[derive(Default)]
struct RunMode<'a> {
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
    mode: RunMode<'_>,
    terminal: &mut Terminal,
) -> Result<RunResult, Failure> {
    let session = Session::prepare(settings.clone(), base.clone());
    mode.output.map_or(Ok(()), Output::tried)?;
    let mut session = session.map_err(Failure::usage)?;
    if let Some(path) = &settings.accepted.baseline {
        let baseline = super::report::read_stored(path)?;
        session.hold_against(baseline).map_err(Failure::usage)?;
    }
    session.authenticate().await.map_err(without_token)?;
    summary::heading(terminal, session.pack(), &settings, &base);
    if settings.access.tls.insecure {
        terminal.warning(
            "--insecure: certificates are not checked: the server may be another than the target",
        );
    }
    if settings.target != TargetSetting::Reference {
        if let Some(folder) = mode.journal {
            session.keep_journal(folder);
        }
        let lines = session.reach().await;
        let notable = lines
            .iter()
            .filter(|line| line.outcome != CheckOutcome::Good);
        notable.for_each(|line| super::doctor::print(terminal, line));
    }
    let shown = terminal.interactive && !terminal.quiet;
    let progress = Progress::new(shown, !shown && !terminal.quiet);
    let mut signals = Signals::new(mode.tied);
    let result = session.run(&progress, async || signals.next().await).await;
    progress.bar.finish_and_clear();
    Ok(result)
}

/// Progress on standard error, only where it is a terminal.
struct Progress {
    bar: ProgressBar,
    part: RefCell<Part>,
    /// Whether it is said on lines of their own that the run waits: there is no bar that shows it.
    lines: bool,
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
    fn new(shown: bool, lines: bool) -> Self {
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
            lines,
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

    fn waiting(&self, reason: Option<&str>) {
        let part = self.part.borrow();
        match reason {
            Some(reason) => self.bar.set_message(format!("{part}: {reason}")),
            None => self.bar.set_message(part.to_string()),
        }
        if let Some(reason) = reason.filter(|_| self.lines) {
            anstream::eprintln!("{reason}");
        }
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
            "it is not the target's fault"
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
        let progress = Progress::new(false, false);
        progress.phase("creating", 18);
        (0..18).for_each(|_| progress.step());
        assert_eq!(progress.bar.message(), "creating 18/18");
        progress.phase("checking", 3);
        assert_eq!(progress.bar.message(), "checking 0/3");
        progress.step();
        assert_eq!(progress.bar.message(), "checking 1/3");
    }
}
