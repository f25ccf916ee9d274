//! One run of the binary against a hostile target, and what holds after each.

use serde_json::Value;

use crate::server::Hostile;
use crate::support::binary::{Done, Folder};

/// What is expected of a run.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The trick, for those who read a failure.
    pub what: &'a str,
    pub level: &'a str,
    /// Seconds for an exchange.
    pub timeout: &'a str,
    pub options: &'a [&'a str],
    /// How much memory the run may take for its data.
    pub megabytes: Option<u32>,
    pub code: i32,
    /// What findings, reasons or notes say.
    pub says: &'a [&'a str],
}

impl Default for Case<'_> {
    fn default() -> Self {
        Self {
            what: "",
            level: "certification",
            timeout: "20",
            options: &[],
            megabytes: None,
            code: 1,
            says: &[],
        }
    }
}

/// What a run left.
pub struct Left {
    pub folder: Folder,
    pub done: Done,
    pub result: Value,
    pub page: String,
}

impl Case<'_> {
    /// Runs against a target and checks what holds for all.
    #[track_caller]
    pub fn against(self, server: &Hostile) -> Left {
        self.run(&server.url(), &[])
    }

    /// The same with a URL and an environment.
    #[track_caller]
    pub fn run(self, url: &str, environment: &[(&str, &str)]) -> Left {
        let folder = Folder::default();
        let mut arguments = vec!["run", url, "--level", self.level, "--timeout", self.timeout];
        arguments.extend(["--kit-timeout", self.timeout]);
        arguments.extend(["--format", "all", "--seed", "hostile"]);
        arguments.extend(self.options);
        // One that does not end is killed, and has no code.
        let mut command = match self.megabytes {
            Some(megabytes) => folder.command_within(megabytes, &arguments),
            None => folder.command(&arguments),
        };
        command.envs(environment.iter().copied());
        let done = Done::from(command.output().expect("it can be started"));
        assert_eq!(done.code, Some(self.code), "{}: {done:#?}", self.what);
        assert!(
            !done.stderr.contains("panicked"),
            "{}: {done:#?}",
            self.what
        );
        let result = folder.result();
        let own = &result["run"]["internalErrors"];
        assert!(array(own).is_empty(), "{}: {own}", self.what);
        let read = |name: &str| {
            std::fs::read_to_string(folder.path("reports/latest").join(name)).expect("a report")
        };
        let page = read("report.html");
        assert!(
            page.trim_end().ends_with("</html>"),
            "{}: no whole page",
            self.what
        );
        assert!(
            read("junit.xml").trim_end().ends_with("</testsuites>"),
            "{}",
            self.what
        );
        let archive: Value = serde_json::from_str(&read("run.har")).expect("an archive");
        assert!(archive["log"]["entries"].is_array(), "{}", self.what);
        folder.run(&["verify", "reports/latest"]).assert_code(0);
        let left = Left {
            folder,
            done,
            result,
            page,
        };
        let said = left.said();
        for words in self.says {
            assert!(
                said.contains(words),
                "{}: `{words}` is not in {said}",
                self.what
            );
        }
        left
    }
}

impl Left {
    /// What is said to those who asks what was wrong: findings, reasons, notes.
    pub fn said(&self) -> String {
        let result = &self.result;
        let mut said = Vec::new();
        for finding in array(&result["findings"]) {
            said.push(format!(
                "{} {} {}",
                finding["severity"], finding["message"], finding["actual"]
            ));
        }
        for scenario in array(&result["scenarios"]) {
            said.push(scenario["reason"].to_string());
        }
        for note in array(&result["notes"])
            .iter()
            .chain(array(&result["officialKit"]["notes"]))
        {
            said.push(note.to_string());
        }
        said.sort();
        said.dedup();
        said.join("\n")
    }

    /// The findings of a severity, as text.
    pub fn findings(&self, severity: &str) -> Vec<String> {
        let of_it = array(&self.result["findings"])
            .iter()
            .filter(|finding| finding["severity"] == severity);
        of_it
            .map(|finding| format!("{} {}", finding["message"], finding["actual"]))
            .collect()
    }
}

pub fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
