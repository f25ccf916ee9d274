//! `tmfctk run` with several targets of one file: a process for each, at most --parallel of them at
//! a time, and one page for all.
//!
//! The engine that runs the steps is one for a process, and a harness that dies takes no other with
//! it: hence the processes. Each is tied to this one by its standard input: a byte on it asks it to
//! stop and clean up, its end does so as well, also where this process is killed.

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::thread;

use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use url::Url;

use super::exit::{Exit, Failure};
use super::files::OutFolder;
use super::merge;
use super::output::house_style;
use super::platform::in_own_group;
use super::signals::Signals;
use super::style::{BAD, GOOD, HEAD, Terminal, UNSURE, styled, visible};
use crate::config::{self, Overrides, Settings, TargetSetting, numbers};
use crate::report::Format;
use crate::report::index::Row;
use crate::session::Session;
use crate::terms::Verdict;
use crate::verdict::RunResult;

/// The options of `run` on several targets of one file.
#[derive(Debug, clap::Args)]
pub(super) struct MultiTarget {
    /// How many of the [[targets]] are checked at a time [default: 2]
    #[arg(
        long,
        value_name = "N",
        env = "TMFCTK_PARALLEL",
        value_parser = numbers::read::<usize>("a number from 1 to 32")
    )]
    pub(super) parallel: Option<usize>,
    /// Stop and clean up when standard input says a byte, or ends
    #[arg(long, hide = true)]
    pub(super) tied: bool,
}

/// How many targets at a time where nothing is said.
const PARALLEL: usize = 2;

/// What became of a target's process.
struct Ended {
    place: usize,
    code: Option<i32>,
    said: String,
}

/// The processes that run, each by its standard input, and whether more may be started.
#[derive(Default)]
struct Processes {
    stopped: bool,
    open: Vec<(usize, ChildStdin)>,
}

/// Checks all targets, at most `parallel` at a time; the exit code is the worst of theirs.
pub(super) fn run(
    given: &Overrides,
    names: &[String],
    parallel: Option<usize>,
    terminal: &mut Terminal,
) -> Result<Exit, Failure> {
    let parallel = parallel.unwrap_or(PARALLEL);
    if !(1..=32).contains(&parallel) {
        let text = format!("parallel must be a number from 1 to 32, not {parallel}");
        return Err(Failure::usage(text));
    }
    let mut all = Vec::new();
    for name in names {
        all.push(settle(given, name)?);
    }
    distinct_listeners(names, &all, parallel)?;
    let Some(first) = all.first().and_then(|settings| settings.out.parent()) else {
        return Err(Failure::usage("there is no target"));
    };
    let folder = first.to_owned();
    let style = all[0].template.as_deref().map(house_style).transpose()?;
    let out = OutFolder::prepare(&folder).map_err(Failure::usage)?;
    let began = Timestamp::now();
    terminal.line(&format!(
        "{} {} targets, {} at a time, into {}",
        styled(HEAD, &format!("tmfctk {}", env!("CARGO_PKG_VERSION"))),
        names.len(),
        parallel.min(names.len()),
        folder.display()
    ));
    let mut rows: Vec<Option<Row>> = names.iter().map(|_| None).collect();
    let mut worst = Exit::Conformant;
    let interrupted = supervise(names, parallel, |ended| {
        let (name, settings) = (&names[ended.place], &all[ended.place]);
        let (row, exit) = outcome(name, settings, &ended, began);
        print_outcome(terminal, name, &row, exit, &ended.said);
        worst = worst.worse(exit);
        rows[ended.place] = Some(match row {
            Ok(result) => Row::new(name, &result, merge::link(&folder, &settings.out)),
            Err(why) => Row::without_result(name, &why),
        });
    })?;
    let rows: Vec<Row> = rows
        .into_iter()
        .zip(names)
        .map(|(row, name)| {
            row.unwrap_or_else(|| Row::without_result(name, "the run was interrupted before"))
        })
        .collect();
    terminal.line("");
    merge::write(&out, &rows, style.as_ref(), terminal)?;
    Ok(if interrupted {
        Exit::Interrupted
    } else {
        worst
    })
}

/// The settings of one target, shown to be sound before any target is asked.
fn settle(given: &Overrides, name: &str) -> Result<Settings, Failure> {
    let wrong = |error: String| Failure::usage(format!("target {name}: {error}"));
    let mut given = given.clone();
    given.choice.named = Some(name.to_owned());
    let settings = config::resolve(given).map_err(|error| wrong(error.to_string()))?;
    let json = [Format::Json.name(), super::output::ALL];
    if !settings.formats.iter().any(|it| json.contains(&it.trim())) {
        return Err(Failure::usage(
            "several targets need their result.json for the page of all: add json to --format",
        ));
    }
    if let TargetSetting::Url { url, .. } = &settings.target {
        prepare(&settings, url).map_err(|failure| wrong(failure.message))?;
    }
    Ok(settings)
}

fn prepare(settings: &Settings, url: &Url) -> Result<(), Failure> {
    let mut session = Session::prepare(settings.clone(), url.clone()).map_err(Failure::usage)?;
    if let Some(path) = &settings.accepted.baseline {
        let baseline = super::report::read_stored(path)?;
        session.hold_against(baseline).map_err(Failure::usage)?;
    }
    Ok(())
}

/// Two runs at a time can't listen at one port.
fn distinct_listeners(names: &[String], all: &[Settings], parallel: usize) -> Result<(), Failure> {
    let fixed = |settings: &Settings| settings.events.bind.map(|bind| bind.port());
    for (place, settings) in all.iter().enumerate() {
        let Some(port) = fixed(settings).filter(|port| *port != 0 && parallel > 1) else {
            continue;
        };
        if let Some(other) = all[..place].iter().position(|it| fixed(it) == Some(port)) {
            return Err(Failure::usage(format!(
                "the runs of {} and {} would listen at the same port {port}: give each target its \
                 own listener-bind, or --parallel 1",
                names[other], names[place]
            )));
        }
    }
    Ok(())
}

/// Runs the processes; true where the user or the system ended that.
fn supervise(
    names: &[String],
    parallel: usize,
    mut ended: impl FnMut(Ended),
) -> Result<bool, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::internal)?;
    let processes = Arc::new(Mutex::new(Processes::default()));
    let (sender, mut endings) = unbounded_channel();
    let queue = Arc::new(Mutex::new(
        names.iter().cloned().enumerate().rev().collect::<Vec<_>>(),
    ));
    for _ in 0..parallel.min(names.len()) {
        let (queue, processes, sender) = (queue.clone(), processes.clone(), sender.clone());
        thread::Builder::new()
            .spawn(move || work(&queue, &processes, &sender))
            .map_err(Failure::internal)?;
    }
    drop(sender);
    Ok(runtime.block_on(watch(&processes, &mut endings, &mut ended)))
}

/// Hands on what ended, and every wish to stop to the processes.
async fn watch(
    processes: &Mutex<Processes>,
    endings: &mut UnboundedReceiver<Ended>,
    ended: &mut impl FnMut(Ended),
) -> bool {
    let mut signals = Signals::new(false);
    let mut stops = 0;
    loop {
        tokio::select! {
            ending = endings.recv() => match ending {
                Some(ending) => ended(ending),
                None => return stops > 0,
            },
            () = signals.next() => {
                stops += 1;
                let mut processes = processes.lock();
                processes.stopped = true;
                for (_, stdin) in &mut processes.open {
                    // One that has ended need not stop.
                    let _ = stdin.write_all(b"\n").and_then(|()| stdin.flush());
                }
            }
        }
    }
}

/// Takes target after target until none is left.
fn work(
    queue: &Mutex<Vec<(usize, String)>>,
    processes: &Mutex<Processes>,
    ended: &UnboundedSender<Ended>,
) {
    loop {
        let next = queue.lock().pop();
        let Some((place, name)) = next else { return };
        let started = {
            let mut processes = processes.lock();
            if processes.stopped {
                return;
            }
            start(&name).map(|mut child| {
                processes
                    .open
                    .extend(child.stdin.take().map(|stdin| (place, stdin)));
                child
            })
        };
        let ending = match started {
            Ok(child) => follow(place, child),
            Err(error) => Ended {
                place,
                code: None,
                said: format!("it can't be started: {error}"),
            },
        };
        let mut processes = processes.lock();
        processes.open.retain(|(open, _)| *open != place);
        drop(processes);
        // Where nobody listens any more, the process ends anyway.
        let _ = ended.send(ending);
    }
}

/// This very command, for one target.
fn start(name: &str) -> std::io::Result<Child> {
    let mut arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let own = ["--target", name, "--tied"].map(OsString::from);
    let place = arguments.len().min(1);
    arguments.splice(place..place, own);
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(arguments)
        // What chose no target here must choose none there.
        .env_remove("TMFCTK_TARGET")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    in_own_group(&mut command).spawn()
}

/// Waits for a process and reads what it has to say.
fn follow(place: usize, mut child: Child) -> Ended {
    let mut said = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        // What can't be read is not said.
        let _ = stderr.read_to_string(&mut said);
    }
    let code = child.wait().ok().and_then(|status| status.code());
    Ended { place, code, said }
}

/// What a process came to: its result, or why there is none, and its exit code.
fn outcome(
    name: &str,
    settings: &Settings,
    ended: &Ended,
    began: Timestamp,
) -> (Result<RunResult, String>, Exit) {
    let exit = ended.code.and_then(Exit::of_code).unwrap_or(Exit::Internal);
    let stored = super::report::read_stored(&settings.out);
    // What an earlier run left there is not this run's.
    let own = stored.ok().filter(|result| {
        let started = result.run.started_at.parse::<Timestamp>();
        started.is_ok_and(|started| started >= began)
    });
    let why = || {
        let said = ended.said.trim().trim_start_matches("error:").trim();
        if said.is_empty() {
            format!("the harness ended without a result of {name}")
        } else {
            said.to_owned()
        }
    };
    (own.ok_or_else(why), exit)
}

fn print_outcome(
    terminal: &mut Terminal,
    name: &str,
    result: &Result<RunResult, String>,
    exit: Exit,
    said: &str,
) {
    match result {
        Ok(result) => {
            let style = match result.verdict {
                Verdict::Conformant => GOOD,
                Verdict::NonConformant => BAD,
                Verdict::Inconclusive => UNSURE,
            };
            let word = format!("{:<14}", result.verdict.name().to_uppercase());
            let reason = result.decision().reason;
            terminal.line(&format!(
                "  {name:<16} {} {} (exit code {})",
                styled(style, &word),
                visible(reason.as_deref().unwrap_or(&result.reason)),
                exit as u8
            ));
        }
        Err(why) => {
            let word = styled(BAD, &format!("{:<14}", "NO RESULT"));
            terminal.line(&format!("  {name:<16} {word} {}", visible(why)));
        }
    }
    if exit == Exit::Internal && !said.trim().is_empty() {
        terminal.error(&format!("target {name}: {}", said.trim()));
    }
}
