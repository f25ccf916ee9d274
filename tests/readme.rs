//! Is what the pages say true? Every command of the README runs, and every link leads somewhere.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The server that the README's commands check.
const ORIGIN: &str = "http://localhost:8080/";
/// Commands that are not run here, because they build or test the whole project.
const NOT_RUN: [&str; 2] = ["cargo install --locked --path .", "./check"];
/// The pages whose links are followed.
const PAGES: [&str; 5] = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/design.md",
    "docs/benchmarks.md",
];

/// A fenced block of a page.
#[derive(Debug)]
struct Block {
    language: String,
    text: String,
    line: usize,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn page(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for (number, line) in page.lines().enumerate() {
        match line.strip_prefix("```") {
            Some(_) if open => open = false,
            Some(language) => {
                open = true;
                blocks.push(Block {
                    language: language.to_owned(),
                    text: String::new(),
                    line: number + 1,
                });
            }
            None if open => {
                let last = blocks.last_mut().unwrap();
                last.text.push_str(line);
                last.text.push('\n');
            }
            None => {}
        }
    }
    blocks
}

/// The built binary in place of the one that the reader would build or have installed.
fn shell(text: &str, folder: &Path) -> Command {
    let binary = Path::new(env!("CARGO_BIN_EXE_tmfctk"));
    let path = format!(
        "{}:{}",
        binary.parent().unwrap().display(),
        std::env::var("PATH").unwrap()
    );
    let mut command = Command::new("sh");
    command
        .args(["-euc", &text.replace("cargo run --release -- ", "tmfctk ")])
        .current_dir(folder)
        .env("PATH", path)
        .env("TOKEN", "not-a-real-token");
    command
}

/// Ends its process when it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the server as the README does, on a free port; what the README calls [`ORIGIN`].
fn serve(block: &Block, folder: &Path) -> (Running, String) {
    let text = format!("exec {}", block.text.replace("--port 8080", "--port 0"));
    let child = shell(&text, folder).stdout(Stdio::piped()).spawn();
    let mut running = Running(child.unwrap());
    let mut first = String::new();
    BufReader::new(running.0.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    let path = first.find("/tmf-api").unwrap_or_else(|| panic!("{first}"));
    let origin = format!("{}/", &first[..path]);
    (running, origin)
}

#[test]
fn every_command_of_the_readme_runs() {
    let folder = tempfile::tempdir().unwrap();
    // The picture that the reader has.
    std::fs::write(folder.path().join("architecture.svg"), "<svg/>").unwrap();
    let blocks = blocks(&page("README.md"));
    let serves = |block: &&Block| block.text.starts_with("tmfctk serve");
    let (_server, origin) = serve(blocks.iter().find(serves).unwrap(), folder.path());
    let mut ran = 0;
    for block in blocks.iter().filter(|block| !serves(block)) {
        let text = block.text.replace(ORIGIN, &origin);
        match block.language.as_str() {
            "toml" => std::fs::write(folder.path().join("tmfctk.toml"), text).unwrap(),
            "gherkin" => {
                std::fs::create_dir_all(folder.path().join("features")).unwrap();
                std::fs::write(folder.path().join("features/own.feature"), text).unwrap();
            }
            "sh" if NOT_RUN.contains(&text.trim()) => {}
            "sh" => {
                let output = shell(&text, folder.path()).output().unwrap();
                assert!(
                    output.status.success(),
                    "README.md:{}: {}\n{}{}",
                    block.line,
                    block.text,
                    String::from_utf8_lossy(&output.stdout),
                    String::from_utf8_lossy(&output.stderr)
                );
                ran += 1;
            }
            other => panic!("README.md:{}: what is `{other}`?", block.line),
        }
    }
    assert!(ran >= 6, "only {ran} blocks ran");
    for report in ["report.html", "result.json", "junit.xml"] {
        let path = folder.path().join("reports/latest").join(report);
        assert!(path.is_file(), "{report} is not where the README says");
    }
}

#[test]
fn every_link_leads_somewhere() {
    let mut followed = 0;
    for name in PAGES {
        let text = page(name);
        let folder = root().join(name).parent().unwrap().to_owned();
        for link in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            if link.starts_with("https://") {
                continue;
            }
            let path = link.split('#').next().unwrap();
            assert!(folder.join(path).exists(), "{name}: {link} leads nowhere");
            followed += 1;
        }
    }
    assert!(followed > 10, "only {followed} links were found");
}
