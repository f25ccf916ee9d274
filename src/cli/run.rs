//! `tmfctk run`: check a target.

use std::cell::RefCell;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use clap::parser::ValueSource;
use clap::{ArgMatches, Args as ClapArgs};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use url::Url;

use super::output::Output;
use super::signals::Signals;
use super::style::Terminal;
use super::{Exit, Failure, job, summary};
use crate::config::{self, Overrides, Settings, TargetSetting};
use crate::reference::{self, Fault, Variant};
use crate::report::{self, Format};
use crate::session::{self, Observer, Session};
use crate::verdict::RunResult;
use crate::words::Level;

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
        TMFCTK_HEADER=\"Authorization: Bearer $TOKEN\" tmfctk run https://host/tmf-api/partyInteraction/v4\n  \
        tmfctk run http://localhost:8080/tmf-api/partyInteraction/v4 --listener-bind 0.0.0.0:8090 --listener-url http://host.docker.internal:8090\n\n\
        Several targets: with [[targets]] in the file, each with name and url and where it needs them \
        headers, payload, level, gate, waivers, baseline, listener-bind and listener-url, all are \
        checked, each into the folder of its name below --out, with one page, index.html, for all. \
        The exit code is the worst: 130, 4, 2, 1, 3, 0.\n\n\
        Secrets: values of --header are seen in the process list; the environment (TMFCTK_HEADER, \
        one header a line) or the file is the better place. They never reach a report."
)]
pub(super) struct Args {
    /// The target's base URL [env: TMFCTK_TARGET]
    #[arg(value_name = "TARGET")]
    target: Option<String>,
    /// Check the embedded reference implementation instead of a target
    #[arg(long)]
    reference: bool,
    /// TOML configuration [default: tmfctk.toml where it exists]
    #[arg(long, value_name = "FILE", env = "TMFCTK_CONFIG")]
    config: Option<PathBuf>,
    /// The pack [default: tmf683@4.0.0]
    #[arg(long, value_name = "PACK", env = "TMFCTK_API")]
    api: Option<String>,
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
    /// JSON file with the body of the configured create, whose members the run's own records get,
    /// too [default: the pack's own]
    #[arg(long, value_name = "FILE", env = "TMFCTK_PAYLOAD")]
    payload: Option<PathBuf>,
    /// Sent with every request, repeatable; redacted wherever it is written
    #[arg(
        long,
        value_name = "'Name: value'",
        env = "TMFCTK_HEADER",
        hide_env_values = true
    )]
    header: Vec<String>,
    #[command(flatten)]
    limits: super::limits::Limits,
    /// Warnings count as failures
    #[arg(long, env = "TMFCTK_STRICT", value_parser = clap::builder::FalseyValueParser::new())]
    strict: bool,
    /// Repeat the generated values of an earlier run [default: a new one for each run]
    #[arg(long, value_name = "SEED", env = "TMFCTK_SEED")]
    seed: Option<String>,
    /// Leave the records that the run created
    #[arg(long, env = "TMFCTK_KEEP", value_parser = clap::builder::FalseyValueParser::new())]
    keep: bool,
    /// A folder with features of your own, run beside the pack's
    #[arg(long, value_name = "DIR", env = "TMFCTK_FEATURES")]
    features: Option<PathBuf>,
    /// Judge by an official API description (Swagger 2.0 or OpenAPI 3) instead of the pack's schemas
    #[arg(long, value_name = "FILE", env = "TMFCTK_SPEC")]
    spec: Option<PathBuf>,
    /// Where the run listens for events; a target on another machine can't reach loopback
    /// [default: 127.0.0.1, a free port]
    #[arg(long, value_name = "ADDR[:PORT]", env = "TMFCTK_LISTENER_BIND")]
    listener_bind: Option<String>,
    /// The URL under which the target reaches the listener, where it is another one than where it
    /// listens: behind NAT, an ingress, out of a container
    #[arg(long, value_name = "URL", env = "TMFCTK_LISTENER_URL")]
    listener_url: Option<String>,
    /// The status with which the listener takes an event [default: 201]
    #[arg(long, value_name = "CODE", env = "TMFCTK_LISTENER_STATUS")]
    listener_status: Option<u16>,
    /// Seconds that an event may take to arrive [default: 10]
    #[arg(long, value_name = "SECONDS", env = "TMFCTK_EVENT_TIMEOUT")]
    event_timeout: Option<f64>,
    /// Seconds of quiet until it is said that no event came; waited for once in a run [default: 1]
    #[arg(long, value_name = "SECONDS", env = "TMFCTK_EVENT_QUIET")]
    event_quiet: Option<f64>,
    /// Leave events out: nothing listens, and what needs events is not applicable
    #[arg(long, env = "TMFCTK_NO_EVENTS", value_parser = clap::builder::FalseyValueParser::new())]
    no_events: bool,
    /// A fault of the reference implementation, for --reference; repeatable
    #[arg(long, value_name = "NAME", requires = "reference", hide = true)]
    reference_fault: Vec<Fault>,
    /// A variant of the reference implementation, for --reference; repeatable
    #[arg(long, value_name = "NAME", requires = "reference", hide = true)]
    reference_variant: Vec<Variant>,
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
    /// The options that the environment gave, by the names of their flags
    #[arg(skip)]
    environment: Vec<&'static str>,
}

impl Args {
    /// Notes which of the values came from the environment.
    pub(super) fn note_environment(&mut self, matches: &ArgMatches) {
        let given = |name: &&str| matches.value_source(name) == Some(ValueSource::EnvVariable);
        self.environment = ["level", "gate", "header"]
            .into_iter()
            .filter(given)
            .collect();
    }

    /// The headers, each as it was given: in the environment one a line.
    fn headers(&self) -> Vec<String> {
        let lines: Vec<&str> = if self.environment.contains(&"header") {
            self.header.iter().flat_map(|text| text.lines()).collect()
        } else {
            self.header.iter().map(String::as_str).collect()
        };
        let given = lines.into_iter().filter(|text| !text.trim().is_empty());
        given.map(str::to_owned).collect()
    }
}

impl From<Args> for Overrides {
    fn from(args: Args) -> Self {
        let headers = args.headers();
        Self {
            target: args.target.or_else(|| {
                target_of_the_environment(args.reference || args.several.only.is_some())
            }),
            reference: args.reference,
            config: args.config,
            unconfigured: false,
            api: args.api,
            level: args.level,
            gate: args.gate,
            out: args.out,
            formats: args.format,
            sign: args.sign,
            template: args.template,
            payload: args.payload,
            headers,
            redact: args.redact,
            redact_pointer: args.redact_pointer,
            limits: args.limits.into(),
            strict: args.strict,
            seed: args.seed,
            keep: args.keep,
            keep_foreign_bodies: args.keep_foreign_bodies,
            features: args.features,
            spec: args.spec,
            listener_bind: args.listener_bind,
            listener_url: args.listener_url,
            listener_status: args.listener_status,
            event_timeout: args.event_timeout,
            event_quiet: args.event_quiet,
            no_events: args.no_events,
            accepted: args.accepted.into(),
            only: args.several.only,
            environment: args.environment,
        }
    }
}

/// The environment's target, unless a flag has `chosen` the reference or one of the file: that wins
/// over the environment, while both on one command line contradict each other.
fn target_of_the_environment(chosen: bool) -> Option<String> {
    let target = std::env::var("TMFCTK_TARGET").ok();
    target.filter(|target| !chosen && !target.trim().is_empty())
}

/// Checks a target: the exit code is the verdict.
pub(super) fn run(args: Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    terminal.quiet = args.quiet;
    let server = server(&args);
    let (parallel, tied) = (args.several.parallel, args.several.tied);
    let given: Overrides = args.into();
    if let Some(names) = config::target_names(&given).map_err(Failure::usage)? {
        return super::several::run(&given, &names, parallel, terminal);
    }
    let settings = config::resolve(given).map_err(Failure::usage)?;
    let output = Output::prepare(
        &settings.out,
        &settings.formats,
        settings.sign.as_deref(),
        settings.template.as_deref(),
    )?;
    warm_up(
        settings.level,
        output.has(Format::Html) && settings.template.is_none(),
    );
    let certify = settings.accepted.certify;
    let result = run_to_its_end(settings, server, tied, terminal)?;
    let written = output.write(&result)?;
    summary::print(terminal, &result, &written);
    if output.has(Format::Markdown)
        && let Err(failure) = job::add_to_summary(&result)
    {
        // The reports are written: this is not worth losing the verdict.
        terminal.error(&failure.message);
    }
    if result.run.interrupted {
        return Ok(Exit::Interrupted);
    }
    if !result.run.internal_errors.is_empty() {
        return Ok(Exit::Internal);
    }
    let exit = Exit::from(result.decision().verdict);
    if certify && !summary::fit(terminal, &result) && exit == Exit::Conformant {
        return Ok(Exit::NonConformant);
    }
    Ok(exit)
}

/// Checks a target and gives what it came to, without a report. The configuration file of the folder
/// has no say.
pub(super) fn judge(args: Args, terminal: &mut Terminal) -> Result<RunResult, Failure> {
    terminal.quiet = args.quiet;
    let server = server(&args);
    let given = Overrides {
        unconfigured: true,
        ..args.into()
    };
    let settings = config::resolve(given).map_err(Failure::usage)?;
    warm_up(settings.level, false);
    run_to_its_end(settings, server, false, terminal)
}

/// The embedded reference implementation as the command line wants it.
fn server(args: &Args) -> reference::Options {
    reference::Options {
        faults: args.reference_fault.clone(),
        variants: args.reference_variant.clone(),
        ..reference::Options::default()
    }
}

fn run_to_its_end(
    settings: Settings,
    server: reference::Options,
    tied: bool,
    terminal: &mut Terminal,
) -> Result<RunResult, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::internal)?;
    runtime.block_on(check(settings, server, tied, terminal))
}

/// Compiles what the run will need, in the order in which it will, beside it.
fn warm_up(level: Level, page: bool) {
    // Where no thread is to be had, the time is not saved, and that is all.
    let _ = std::thread::Builder::new().spawn(move || {
        // The certification level takes few of the steps, which are compiled sooner than asked for.
        if level > Level::Certification {
            session::warm_up();
        }
        if page {
            report::html::warm_up();
        }
    });
}

async fn check(
    settings: Settings,
    reference: reference::Options,
    tied: bool,
    terminal: &mut Terminal,
) -> Result<RunResult, Failure> {
    // Both live until the run has ended.
    let mut server = None;
    let base = match &settings.target {
        TargetSetting::Url { url, .. } => url.clone(),
        TargetSetting::Reference => {
            let started = reference::start(reference)
                .await
                .map_err(Failure::internal)?;
            let url = Url::parse(started.base_url()).map_err(Failure::internal)?;
            server = Some(started);
            url
        }
    };
    let mut session = Session::prepare(settings.clone(), base.clone()).map_err(Failure::usage)?;
    if let Some(path) = &settings.accepted.baseline {
        let baseline = super::report::read_stored(path)?;
        session.hold_against(baseline).map_err(Failure::usage)?;
    }
    summary::heading(terminal, session.pack(), &settings, &base);
    let progress = Progress::new(terminal.interactive && !terminal.quiet);
    let mut signals = Signals::new(tied);
    let result = session.run(&progress, async || signals.next().await).await;
    progress.bar.finish_and_clear();
    if let Some(server) = server {
        server.stop().await;
    }
    Ok(result)
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
