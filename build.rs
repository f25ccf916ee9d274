//! Tells the binary of which commit it was built, and how: `tmfctk --version`.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // Where there is no repository, as in an archive of the sources, there is no commit to name.
    let head = git(&["rev-parse", "--git-path", "logs/HEAD"]);
    if let Some(head) = head.filter(|path| Path::new(path).exists()) {
        println!("cargo:rerun-if-changed={head}");
    }
    let commit = git(&["rev-parse", "--short=12", "HEAD"]).unwrap_or_else(|| "unknown".to_owned());
    let variable = |name| env::var(name).unwrap_or_default();
    // Cargo gives it to what it runs, too, and variables that begin with TMFCTK_ are options.
    println!(
        "cargo:rustc-env=BUILT_AS=commit {commit}, profile {}, {}",
        variable("PROFILE"),
        variable("TARGET")
    );
}

fn git(arguments: &[&str]) -> Option<String> {
    let done = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(done.stdout).ok()?;
    (done.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
}
