//! The built binary as a user runs it: in a folder of its own, with an environment that says
//! nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

use super::server::PATIENCE;

/// A user's folder.
pub struct Folder(TempDir);

/// What a run of the binary came to.
#[derive(Debug)]
pub struct Done {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Default for Folder {
    fn default() -> Self {
        Self(TempDir::new().expect("a folder for temporary files"))
    }
}

impl Folder {
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file, below folders that need not exist.
    pub fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("below the folder")).expect("writable");
        fs::write(&path, content).expect("writable");
        path
    }

    /// The binary, to be run here with those arguments.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.command_of(env!("CARGO_BIN_EXE_tmfctk"), arguments)
    }

    /// The same of another program, that may start the binary in turn.
    pub fn command_of(&self, program: &str, arguments: &[&str]) -> Command {
        self.prepared(Command::new(program), arguments)
    }

    /// The same with no more memory for its data.
    pub fn command_within(&self, megabytes: u32, arguments: &[&str]) -> Command {
        let mut shell = Command::new("sh");
        let limited = format!("ulimit -d {}; exec \"$0\" \"$@\"", megabytes << 10);
        shell.args(["-c", &limited, env!("CARGO_BIN_EXE_tmfctk")]);
        // The stacks of threads count as data; those of the tests are larger than a user's.
        shell.env_remove("RUST_MIN_STACK");
        self.prepared(shell, arguments)
    }

    fn prepared(&self, mut command: Command, arguments: &[&str]) -> Command {
        command
            .current_dir(self.0.path())
            .args(arguments)
            .timeout(PATIENCE);
        for (name, _) in silenced() {
            command.env_remove(name);
        }
        command
    }

    /// Runs the binary here to its end.
    pub fn run(&self, arguments: &[&str]) -> Done {
        Done::from(self.command(arguments).output().expect("it can be started"))
    }

    /// Starts the binary here and comes back at once.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.start_with(Stdio::null(), arguments)
    }

    /// The same with something on its standard input.
    pub fn start_with(&self, input: Stdio, arguments: &[&str]) -> Child {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tmfctk"));
        for (name, _) in silenced() {
            command.env_remove(name);
        }
        command
            .current_dir(self.0.path())
            .args(arguments)
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it can be started")
    }

    /// The result that a run has written to its default folder; it is valid against its schema.
    pub fn result(&self) -> Value {
        self.result_in("reports/latest")
    }

    /// The same in another folder.
    pub fn result_in(&self, out: &str) -> Value {
        let text = fs::read_to_string(self.path(out).join("result.json")).expect("a result");
        let result = serde_json::from_str(&text).expect("the result is JSON");
        super::assert_valid_result(&result);
        result
    }

    /// Every file below the folder, with its content.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        collect(self.0.path(), &mut found);
        found
    }
}

/// Waits for a child to end; one that does not is killed, and the test fails.
pub fn wait(mut child: Child) -> Done {
    use std::io::Read as _;
    use std::sync::mpsc;
    let (ended, ending) = mpsc::channel();
    let mut stdout = child.stdout.take().expect("piped");
    let mut stderr = child.stderr.take().expect("piped");
    std::thread::spawn(move || {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let _ = stdout.read_to_end(&mut out);
        let _ = stderr.read_to_end(&mut err);
        let _ = ended.send((out, err));
    });
    let Ok((stdout, stderr)) = ending.recv_timeout(PATIENCE) else {
        let _ = child.kill();
        panic!("the command does not end");
    };
    let status = child.wait().expect("it was started");
    Done::from(Output {
        status,
        stdout,
        stderr,
    })
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("the terminal gets UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("the terminal gets UTF-8"),
        }
    }
}

impl Done {
    /// Panics unless the command ended with that code.
    #[track_caller]
    pub fn assert_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// Panics unless all these words stand on standard error.
    #[track_caller]
    pub fn assert_error(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.stderr.contains(word), "`{word}` is missing: {self:#?}");
        }
        self
    }

    /// Panics unless all these words stand on standard output.
    #[track_caller]
    pub fn assert_output(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.stdout.contains(word), "`{word}` is missing: {self:#?}");
        }
        self
    }
}

/// Variables of the user who runs the tests that the binary would listen to.
fn silenced() -> impl Iterator<Item = (String, String)> {
    std::env::vars().filter(|(name, _)| {
        name.starts_with("TMFCTK_")
            || name.to_ascii_uppercase().ends_with("_PROXY")
            || name.starts_with("CLICOLOR")
            || name == "NO_COLOR"
            || name == "COLORTERM"
            || name == "GITHUB_STEP_SUMMARY"
            || name == "GITHUB_ACTIONS"
    })
}

fn collect(folder: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            collect(&path, found);
        } else {
            let content = fs::read(&path).expect("readable");
            found.push((path, content));
        }
    }
}
