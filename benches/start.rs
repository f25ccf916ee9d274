//! How long does it take from the start of the process to its first request?
//!
//! `TMFCTK_BINARY` names a binary that is built already, to compare two; it needs no optimised build
//! of this: `cargo bench --profile dev --bench start`.

#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]
#![allow(clippy::print_stdout, reason = "that is what it is for")]

use std::ffi::OsString;
use std::io::Read as _;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Starts of the process for each figure.
const ROUNDS: usize = 51;

fn main() {
    let own = || env!("CARGO_BIN_EXE_tmfctk").into();
    let binary = std::env::var_os("TMFCTK_BINARY").unwrap_or_else(own);
    for level in ["certification", "guideline"] {
        let mut times: Vec<Duration> = (0..ROUNDS).map(|_| first_request(&binary, level)).collect();
        times.sort();
        let (least, median) = (times[0].as_secs_f64(), times[ROUNDS / 2].as_secs_f64());
        println!(
            "start to first request, {level}: median {:.1} ms, least {:.1} ms of {ROUNDS}",
            median * 1000.0,
            least * 1000.0
        );
    }
}

fn first_request(binary: &OsString, level: &str) -> Duration {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v4/", listener.local_addr().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(binary);
    command
        .current_dir(folder.path())
        .args(["run", &url, "--level", level])
        .env("NO_PROXY", "*")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let began = Instant::now();
    let mut child = command.spawn().unwrap();
    // Whether somebody listens is looked at before: that sends nothing.
    while listener.accept().unwrap().0.read(&mut [0]).unwrap_or(0) == 0 {}
    let time = began.elapsed();
    child.kill().unwrap();
    child.wait().unwrap();
    time
}
