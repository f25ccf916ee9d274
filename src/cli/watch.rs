//! `tmfctk run --watch`: the same run again, each time something has changed.
//!
//! Each run is a process of its own, tied to this one by its standard input as those of several
//! targets are: the engine that runs the steps is one for a process.

use std::ffi::{OsStr, OsString};
use std::io::BufRead as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, SystemTime};

use tokio::io::AsyncWriteExt as _;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use url::Url;

use super::exit::{Exit, Failure};
use super::platform::in_own_group;
use super::report::read_stored;
use super::signals::Signals;
use super::style::{DIM, HEAD, Terminal, styled};
use crate::config::{Settings, TargetSetting};
use crate::report::Format;
use crate::session::Session;
use crate::verdict::{self, RunResult};

/// How often files and the target are looked at.
const LOOK: Duration = Duration::from_millis(500);

/// The options of `run` for the loop of repair.
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Run again on Enter, when the target has been restarted or answers a request for one record
    /// otherwise, and when a file changes that is given as --watch=PATH, or one in such a folder;
    /// repeatable
    #[arg(
        long,
        value_name = "PATH",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = ""
    )]
    watch: Option<Vec<String>>,
    /// Open the HTML report when the run has ended
    #[arg(long)]
    pub(super) open: bool,
}

impl Options {
    /// What is watched, where anything is.
    pub(super) fn watched(&self) -> Option<Vec<PathBuf>> {
        let paths = self.watch.as_ref()?.iter();
        Some(
            paths
                .filter(|path| !path.is_empty())
                .map(PathBuf::from)
                .collect(),
        )
    }
}

/// Opens the report in the program that the system has for it.
pub(super) fn open(written: &[PathBuf], terminal: &mut Terminal) {
    let pages = [Format::Html, Format::HtmlMulti].map(|format| OsStr::new(format.file_name()));
    let page = written
        .iter()
        .find(|path| path.file_name().is_some_and(|name| pages.contains(&name)));
    match page {
        None => terminal.error("there is no page to open: add html to --format"),
        Some(page) => {
            if let Err(error) = open::that_detached(page) {
                terminal.error(&format!("can't open {}: {error}", page.display()));
            }
        }
    }
}

/// Why there is another run, or none.
enum Event {
    Enter,
    File,
    Target,
    Stop,
}

/// Runs until the user ends it; the exit code is that of the last run.
pub(super) fn run(
    settings: &Settings,
    paths: &[PathBuf],
    terminal: &mut Terminal,
) -> Result<Exit, Failure> {
    for path in paths {
        if let Err(error) = path.metadata() {
            let text = format!("can't watch {}: {error}", path.display());
            return Err(Failure::usage(text));
        }
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::internal)?;
    runtime.block_on(watch(settings, paths, terminal))
}

async fn watch(
    settings: &Settings,
    paths: &[PathBuf],
    terminal: &mut Terminal,
) -> Result<Exit, Failure> {
    let mut signals = Signals::new(false);
    let mut enter = lines_of_input();
    let mut target = WatchedTarget::new(settings);
    let mut before: Option<RunResult> = None;
    let mut is_first = true;
    loop {
        let files = newest(paths);
        let exit = one_run(is_first, &mut signals).await?;
        let Some(exit) = exit else {
            return Ok(Exit::Interrupted);
        };
        is_first = false;
        // A run that was refused wrote none; what lies there is an earlier one's.
        let result = read_stored(&settings.out).ok();
        if let (Some(before), Some(after)) = (&before, &result)
            && before.run.started_at != after.run.started_at
        {
            let counts = verdict::compare(before, after).counts();
            terminal.line(&format!("{} {counts}", styled(HEAD, "SINCE THE LAST RUN")));
        }
        before = result.or(before);
        target.settle().await;
        terminal.line(&styled(DIM, &what_is_watched(paths, &target)));
        match next(paths, files, &mut target, &mut enter, &mut signals).await {
            Event::Stop => return Ok(exit),
            Event::Enter => {}
            Event::File => terminal.line("a file has changed"),
            Event::Target => terminal.line("the target answers otherwise"),
        }
    }
}

fn what_is_watched(paths: &[PathBuf], target: &WatchedTarget) -> String {
    let mut events = vec!["on Enter".to_owned()];
    match target.state {
        _ if target.url.is_none() => {}
        State::Unsteady => {}
        State::Silent => events.push("when the target answers".to_owned()),
        State::Answers(_) => events.push("when the target has changed".to_owned()),
    }
    if !paths.is_empty() {
        let paths: Vec<String> = paths
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        events.push(format!("when {} has changed", paths.join(" or ")));
    }
    format!("runs again {}; Ctrl-C ends", events.join(", "))
}

/// Waits for the next event.
async fn next(
    paths: &[PathBuf],
    files: Option<SystemTime>,
    target: &mut WatchedTarget,
    enter: &mut UnboundedReceiver<()>,
    signals: &mut Signals,
) -> Event {
    // What was typed during the run is no wish for another one.
    while enter.try_recv().is_ok() {}
    loop {
        tokio::select! {
            () = signals.next() => return Event::Stop,
            Some(()) = enter.recv() => return Event::Enter,
            () = tokio::time::sleep(LOOK) => {}
        }
        if newest(paths) != files {
            return Event::File;
        }
        tokio::select! {
            () = signals.next() => return Event::Stop,
            changed = target.has_changed() => if changed {
                return Event::Target;
            }
        }
    }
}

/// The line ends of standard input; without a terminal there are none, and no end either.
fn lines_of_input() -> UnboundedReceiver<()> {
    let (sender, receiver) = unbounded_channel();
    // Where no thread is to be had, the other events are left.
    let _ = thread::Builder::new().spawn(move || {
        for line in std::io::stdin().lock().lines() {
            if line.is_err() || sender.send(()).is_err() {
                return;
            }
        }
    });
    receiver
}

/// When what lies at these paths was changed last; hidden files are not looked at.
fn newest(paths: &[PathBuf]) -> Option<SystemTime> {
    fn below(path: &Path) -> Option<SystemTime> {
        let known = path.metadata().ok()?;
        let own = known.modified().ok();
        if !known.is_dir() {
            return own;
        }
        let entries = std::fs::read_dir(path).ok()?.flatten();
        let shown = entries.filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
        shown
            .filter_map(|entry| below(&entry.path()))
            .max()
            .max(own)
    }
    paths.iter().filter_map(|path| below(path)).max()
}

/// This very command without --watch, to its end; none where the user stopped it.
async fn one_run(is_first: bool, signals: &mut Signals) -> Result<Option<Exit>, Failure> {
    let is_own = |argument: &OsString| {
        let text = argument.to_string_lossy();
        text == "--watch" || text.starts_with("--watch=") || text == "--open" && !is_first
    };
    let mut command = Command::new(std::env::current_exe().map_err(Failure::internal)?);
    command
        .args(std::env::args_os().skip(1).filter(|it| !is_own(it)))
        .arg("--tied")
        .stdin(Stdio::piped());
    in_own_group(&mut command);
    let mut child = tokio::process::Command::from(command)
        .spawn()
        .map_err(Failure::internal)?;
    let mut stdin = child.stdin.take();
    let mut is_stopped = false;
    loop {
        tokio::select! {
            ended = child.wait() => {
                let code = ended.map_err(Failure::internal)?.code();
                let exit = code.and_then(Exit::of_code).unwrap_or(Exit::Internal);
                return Ok((!is_stopped).then_some(exit));
            }
            () = signals.next() => {
                is_stopped = true;
                if let Some(stdin) = &mut stdin {
                    // One that has ended need not stop.
                    let _ = stdin.write_all(b"\n").await;
                }
            }
        }
    }
}

/// The target, by its answer to a request that costs it little.
struct WatchedTarget {
    settings: Settings,
    /// None for the reference implementation, which each run starts anew.
    url: Option<Url>,
    session: Option<Session>,
    state: State,
}

/// What the target answers.
enum State {
    Silent,
    Answers(String),
    /// It answers the same request otherwise each time.
    Unsteady,
}

impl WatchedTarget {
    fn new(settings: &Settings) -> Self {
        Self {
            settings: settings.clone(),
            url: match &settings.target {
                TargetSetting::Url { url, .. } => Some(url.clone()),
                TargetSetting::Reference => None,
            },
            session: None,
            state: State::Silent,
        }
    }

    /// Takes what it answers now for unchanged.
    async fn settle(&mut self) {
        self.state = match (self.answer().await, self.answer().await) {
            (Some(first), Some(second)) if first == second => State::Answers(first),
            (Some(_), Some(_)) => State::Unsteady,
            _ => State::Silent,
        };
    }

    /// Whether it answers otherwise than when it was settled, or anew after a silence.
    async fn has_changed(&mut self) -> bool {
        if matches!(self.state, State::Unsteady) {
            return false;
        }
        match (self.answer().await, &self.state) {
            (None, _) => {
                self.state = State::Silent;
                false
            }
            (Some(answer), State::Answers(known)) => answer != *known,
            (Some(_), _) => true,
        }
    }

    async fn answer(&mut self) -> Option<String> {
        let url = self.url.clone()?;
        if self.session.is_none() {
            let session = Session::prepare(self.settings.clone(), url).ok()?;
            session.authenticate().await.ok()?;
            self.session = Some(session);
        }
        let answer = match &self.session {
            Some(session) => session.sample().await,
            None => None,
        };
        // Where it is silent, the circuit breaker of the session would stay open.
        if answer.is_none() {
            self.session = None;
        }
        answer
    }
}
