//! Do the files for CI servers do what they say? Their scripts run here as the servers run them,
//! against a server of the test's own; `./check` holds the files against their schemas.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output};

use crate::support::binary::Folder;
use regex::Regex;
use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

fn yaml(path: &str) -> Value {
    serde_saphyr::from_str(&text(path)).unwrap()
}

/// The script of a step of the action.
fn step(action: &Value, name: &str) -> String {
    let mut steps = action["runs"]["steps"].as_array().unwrap().iter();
    let step = steps.find(|step| step["name"] == name).unwrap();
    assert_eq!(step["shell"], "bash");
    step["run"].as_str().unwrap().to_owned()
}

/// A reference implementation with a fault, and its base URL.
struct Served(Child, String);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(folder: &Folder, more: &[&str]) -> Served {
    let mut child = folder.start(&[&["serve", "--port", "0"], more].concat());
    let mut line = String::new();
    let stdout = child.stdout.take().unwrap();
    BufReader::new(stdout).read_line(&mut line).unwrap();
    Served(child, line.trim().to_owned())
}

/// Runs a script as GitHub's runner does, with the built binary on the PATH.
fn script(folder: &Folder, shell: &[&str], text: &str, environment: &[(&str, &str)]) -> Output {
    let binary = Path::new(env!("CARGO_BIN_EXE_tmfctk")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let file = folder.write("script.sh", text);
    let mut command = Command::new(shell[0]);
    command
        .args(&shell[1..])
        .arg(file)
        .current_dir(folder.path(""))
        .env("PATH", path);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TMFCTK_")) {
        command.env_remove(name);
    }
    command.envs(environment.iter().copied()).output().unwrap()
}

const BASH: [&str; 5] = ["bash", "--noprofile", "--norc", "-eo", "pipefail"];

#[test]
fn the_action_checks_a_target_and_tells_the_verdict() {
    let action = yaml("ci/github/action.yml");
    for (fault, code) in [(None, 0), (Some("post-200"), 1)] {
        let folder = Folder::default();
        let more: Vec<&str> = fault
            .into_iter()
            .flat_map(|name| ["--fault", name])
            .collect();
        let server = serve(&folder, &more);
        let (output, summary) = (folder.path("output"), folder.path("summary"));
        let environment = [
            ("TARGET", server.1.as_str()),
            (
                "ARGUMENTS",
                "--level=profile\n--seed\n$(touch broken) `touch broken`\n",
            ),
            ("OUT", "reports/latest"),
            ("GITHUB_OUTPUT", output.to_str().unwrap()),
            ("GITHUB_STEP_SUMMARY", summary.to_str().unwrap()),
            ("GITHUB_ACTIONS", "true"),
        ];
        // A binary that is there is not built again.
        let install = step(&action, "Install tmfctk");
        let done = script(&folder, &BASH, &install, &[("ROOT", "/nowhere")]);
        assert!(done.status.success(), "{done:?}");
        let done = script(
            &folder,
            &BASH,
            &step(&action, "Check the target"),
            &environment,
        );
        assert!(done.status.success(), "{done:?}");
        let told = std::fs::read_to_string(&output).unwrap();
        assert_eq!(told, format!("code={code}\n"), "{done:?}");
        let page = std::fs::read_to_string(&summary).unwrap();
        assert_eq!(page.matches("| profile (gate) |").count(), 1, "{page}");
        let output = String::from_utf8_lossy(&done.stdout);
        let errors = output.lines().filter(|line| line.starts_with("::error "));
        assert_eq!(errors.count() > 0, code == 1, "{output}");
        assert!(!folder.path("broken").exists(), "an input was run");
        let said = step(&action, "Say the verdict");
        let done = script(&folder, &BASH, &said, &[("CODE", &code.to_string())]);
        assert_eq!(done.status.code(), Some(code));
    }
}

#[test]
fn the_job_for_gitlab_writes_what_it_keeps() {
    let template = yaml("ci/gitlab/tmfctk.gitlab-ci.yml");
    let job = &template[".tmfctk"];
    let folder = Folder::default();
    let server = serve(&folder, &[]);
    let variables = job["variables"].as_object().unwrap();
    let mut environment: Vec<(&str, &str)> = variables
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
        .collect();
    environment.push(("TMFCTK_TARGET", &server.1));
    environment.push(("TMFCTK_LEVEL", "certification"));
    let lines = job["script"].as_array().unwrap().iter();
    let lines: Vec<_> = lines.map(|line| line.as_str().unwrap()).collect();
    let done = script(&folder, &["sh", "-eu"], &lines.join("\n"), &environment);
    assert!(done.status.success(), "{done:?}");
    let kept = job["artifacts"]["paths"][0].as_str().unwrap();
    assert!(folder.path(kept).join("report.html").is_file());
    let junit = job["artifacts"]["reports"]["junit"].as_str().unwrap();
    assert!(folder.path(junit).is_file());
}

#[test]
fn the_image_is_built_from_all_that_the_sources_read() {
    let docker = text("ci/docker/Dockerfile");
    let copied: BTreeSet<&str> = docker
        .lines()
        .filter_map(|line| line.strip_prefix("COPY ")?.split(' ').next())
        .filter(|first| !first.starts_with("--"))
        .collect();
    let ignored = text("ci/docker/Dockerfile.dockerignore");
    for name in copied.iter().chain(&["Cargo.lock"]) {
        assert!(root().join(name).exists(), "{name}");
        assert!(ignored.contains(&format!("!{name}\n")), "{name} is ignored");
    }
    let embedded = Regex::new(
        r#"include_(?:dir|str|bytes)!\(\s*"(?:\$CARGO_MANIFEST_DIR/|(?:\.\./)+)([^"/]+)"#,
    );
    let embedded = embedded.unwrap();
    let mut seen = 0;
    let mut folders = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = std::fs::read_to_string(&path).unwrap();
            for found in embedded.captures_iter(&source) {
                let name = &found[1];
                assert!(copied.contains(name), "{}: {name}", path.display());
                seen += 1;
            }
        }
    }
    assert!(seen > 2, "{seen}");
}
