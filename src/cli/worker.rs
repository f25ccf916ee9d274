//! The processes that judge for the self-test, case after case: what is compiled once in a process
//! need not be compiled for each case, and a harness that dies takes no other with it.
//!
//! A case is a line of JSON, the arguments of `tmfctk run`; the answer is one, too.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use clap::Parser;

use super::exit::{Exit, Failure};
use super::run;
use super::style::Terminal;
use crate::selftest::CaseOutcome;

/// The flag of `selftest` that makes a worker of it.
pub(super) const FLAG: &str = "--worker";

/// A worker, as its master sees it. It ends when it is dropped.
pub(super) struct Worker {
    child: Child,
    cases: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Worker {
    /// Starts one.
    ///
    /// # Errors
    /// The process can't be started.
    pub(super) fn start() -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["selftest", FLAG])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // The user's own settings have no say here.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("TMFCTK_") {
                command.env_remove(name);
            }
        }
        let mut child = command.spawn()?;
        let pipe = || io::Error::other("the worker has no pipe");
        Ok(Self {
            cases: Some(child.stdin.take().ok_or_else(pipe)?),
            answers: BufReader::new(child.stdout.take().ok_or_else(pipe)?),
            child,
        })
    }

    /// What a run with these arguments comes to. After [`Answer::Died`] the worker is of no more use.
    pub(super) fn judge(&mut self, arguments: &[String]) -> Answer {
        match self.ask(arguments) {
            Ok(Ok(outcome)) => Answer::Outcome(Box::new(outcome)),
            Ok(Err(reason)) => Answer::Refused(reason),
            Err(error) => Answer::Died(self.last_words(&error)),
        }
    }

    fn ask(&mut self, arguments: &[String]) -> io::Result<Result<CaseOutcome, String>> {
        let mut line = serde_json::to_vec(arguments)?;
        line.push(b'\n');
        let cases = self.cases.as_mut();
        cases
            .ok_or_else(|| io::Error::other("the worker is gone"))?
            .write_all(&line)?;
        let mut answer = String::new();
        if self.answers.read_line(&mut answer)? == 0 {
            return Err(io::Error::other("the harness ended without a word"));
        }
        Ok(serde_json::from_str(&answer)?)
    }

    /// What it wrote to standard error, where it died with some words.
    fn last_words(&mut self, error: &io::Error) -> String {
        self.cases = None;
        let mut said = String::new();
        if let Some(mut stderr) = self.child.stderr.take() {
            // What can't be read is not said.
            let _ = stderr.read_to_string(&mut said);
        }
        format!("no result: {error}: {}", said.trim())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Without further cases it ends by itself; its exit says nothing any more.
        self.cases = None;
        let _ = self.child.wait();
    }
}

/// What a worker answered.
pub(super) enum Answer {
    /// The run came to this.
    Outcome(Box<CaseOutcome>),
    /// The run was not begun.
    Refused(String),
    /// The worker is gone.
    Died(String),
}

/// The arguments of a case.
#[derive(Parser)]
struct Case {
    #[command(flatten)]
    run: run::Args,
}

/// Judges the cases of standard input until it ends.
pub(super) fn work(terminal: &mut Terminal) -> Result<Exit, Failure> {
    for line in io::stdin().lines() {
        let line = line.map_err(Failure::internal)?;
        let arguments: Vec<String> = serde_json::from_str(&line).map_err(Failure::internal)?;
        let answer = judge(arguments, terminal);
        let text = serde_json::to_string(&answer).map_err(Failure::internal)?;
        terminal.product(&text);
    }
    Ok(Exit::Conformant)
}

fn judge(arguments: Vec<String>, terminal: &mut Terminal) -> Result<CaseOutcome, String> {
    let line = std::iter::once("run".to_owned()).chain(arguments);
    let case = Case::try_parse_from(line).map_err(|error| error.to_string())?;
    let result = run::judge(case.run, terminal).map_err(|failure| failure.message)?;
    Ok(CaseOutcome::from(&result))
}
