//! Pages for people: the commands in them, run as a reader would run them.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The server that the pages' commands check.
const ORIGIN: &str = "http://localhost:8080/";
/// Commands that are not run here, because they build or test the whole project.
const NOT_RUN: [&str; 4] = [
    "cargo install --locked --path .",
    "./check",
    "docker build -f ci/docker/Dockerfile -t tmfctk .",
    "docker build -f ci/docker/Dockerfile --target ci -t tmfctk:ci .",
];

/// A fenced block of a page.
#[derive(Debug)]
pub struct Block {
    /// What stands behind the fence, such as `sh` or `sh,exit-1`.
    pub language: String,
    pub text: String,
    pub line: usize,
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn page(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub fn blocks(page: &str) -> Vec<Block> {
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
                let last = blocks.last_mut().expect("an open block");
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
        binary.parent().expect("a folder").display(),
        std::env::var("PATH").expect("a PATH")
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

/// Starts the server as the page does, on a free port; what the page calls [`ORIGIN`].
fn serve(block: &Block, folder: &Path) -> (Running, String) {
    let text = format!("exec {}", block.text.replace("--port 8080", "--port 0"));
    let child = shell(&text, folder).stdout(Stdio::piped()).spawn();
    let mut running = Running(child.expect("a shell"));
    let mut first = String::new();
    BufReader::new(running.0.stdout.take().expect("piped"))
        .read_line(&mut first)
        .expect("a line");
    let path = first.find("/tmf-api").unwrap_or_else(|| panic!("{first}"));
    let origin = format!("{}/", &first[..path]);
    (running, origin)
}

/// Runs every command of a page in a folder, where its files are written as it shows them; gives
/// how many blocks ran.
pub fn run(name: &str, folder: &Path) -> usize {
    let blocks = blocks(&page(name));
    let serves = |block: &Block| block.text.starts_with("tmfctk serve --port");
    let served = blocks
        .iter()
        .find(|block| serves(block))
        .map(|block| serve(block, folder));
    let mut ran = 0;
    for block in blocks.iter().filter(|block| !serves(block)) {
        let text = match &served {
            Some((_, origin)) => block.text.replace(ORIGIN, origin),
            None => block.text.clone(),
        };
        let (language, expected) = match block.language.split_once(",exit-") {
            Some((language, code)) => (language, code.parse().expect("an exit code")),
            None => (block.language.as_str(), 0),
        };
        match language {
            "toml" => std::fs::write(folder.join("tmfctk.toml"), text).expect("writable"),
            "json" => std::fs::write(folder.join("create.json"), text).expect("writable"),
            "gherkin" => {
                std::fs::create_dir_all(folder.join("features")).expect("writable");
                std::fs::write(folder.join("features/own.feature"), text).expect("writable");
            }
            "yaml" => {
                let read = serde_saphyr::from_str::<serde_json::Value>(&text);
                assert!(read.is_ok(), "{name}:{}: {read:?}", block.line);
            }
            "sh" => {
                let all = text.lines();
                let lines: Vec<_> = all.filter(|line| !NOT_RUN.contains(&line.trim())).collect();
                if lines.is_empty() {
                    continue;
                }
                let output = shell(&lines.join("\n"), folder).output().expect("a shell");
                assert!(
                    output.status.code() == Some(expected),
                    "{name}:{}: {}\n{}{}",
                    block.line,
                    block.text,
                    String::from_utf8_lossy(&output.stdout),
                    String::from_utf8_lossy(&output.stderr)
                );
                ran += 1;
            }
            other => panic!("{name}:{}: what is `{other}`?", block.line),
        }
    }
    ran
}

/// The targets of a page's links, as they are written.
pub fn links(page: &str) -> Vec<&str> {
    let links = page.split("](").skip(1);
    links.filter_map(|rest| rest.split(')').next()).collect()
}
