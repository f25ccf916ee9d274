//! The text of a new configuration file: what is known, and what else people set, as comments.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use toml::Value;

/// What a new configuration says.
#[derive(Debug, Default)]
pub struct Draft {
    /// The base URL of the target.
    pub target: String,
    /// The file with the body of the first create.
    pub payload: Option<String>,
    /// Headers by name, each with the environment variable that holds its value.
    pub headers: BTreeMap<String, String>,
    /// The keys of the product that are known.
    pub subject: Vec<(&'static str, String)>,
}

/// The keys of `[subject]`, in their order, each with an example.
const SUBJECT: [(&str, &str); 4] = [
    ("company", "Example Telecom"),
    ("product", "Contact Hub"),
    ("release", "7.2"),
    ("contact", "api@example.com"),
];

impl Draft {
    /// The text of the file.
    pub fn text(&self) -> String {
        let mut text = String::from(
            "# The configuration of tmfctk. All of its keys: tmfctk schemas config. Flags and TMFCTK_\n\
         # variables win over it; ${NAME} in a text stands for an environment variable.\n\n\
         # The base URL of the target, as the official kit's configuration has it.\n",
        );
        let _ = writeln!(text, "target = {}\n", quoted(&self.target));
        text.push_str(
            "# The highest level to run, and the one up to which verdicts decide the exit code.\n\
         #level = \"guideline\"\n\
         #gate = \"profile\"\n\n\
         # The body of the first create, as the official kit would send it.\n",
        );
        match &self.payload {
            Some(file) => {
                let _ = writeln!(text, "payload = {}", quoted(file));
            }
            None => text.push_str("#payload = \"payload.json\"\n"),
        }
        text.push_str(
        "\n# Seconds for one exchange, and scenarios at a time.\n#timeout = 10\n#concurrency = 8\n",
    );
        text.push_str(
            "\n# Where the target on another machine reaches the listener for events.\n\
         #listener-bind = \"0.0.0.0:8090\"\n\
         #listener-url = \"http://ci-runner.example:8090\"\n",
        );
        text.push_str("\n# Sent with every request, and shown in no report.\n[headers]\n");
        if self.headers.is_empty() {
            text.push_str("#Authorization = \"Bearer ${TOKEN}\"\n");
        }
        for (name, variable) in &self.headers {
            let value = quoted(&format!("${{{variable}}}"));
            let _ = writeln!(text, "{} = {value}", quoted(name));
        }
        text.push_str(
            "\n# Or credentials that the run gets and renews itself.\n\
         #[auth.oauth2]\n\
         #token-url = \"https://login.example/oauth2/token\"\n\
         #client-id = \"tmfctk\"\n\
         #client-secret = \"${CLIENT_SECRET}\"\n",
        );
        text.push_str("\n# What a target demands in creates beyond what the API asks for.\n#[payloads.extra]\n#\"@type\" = \"Special\"\n");
        text.push_str("\n# The product, for the report and the dossier (tmfctk dossier --check shows what is missing).\n[subject]\n");
        for (key, example) in SUBJECT {
            match self.subject.iter().find(|(name, _)| *name == key) {
                Some((_, value)) => {
                    let _ = writeln!(text, "{key} = {}", quoted(value));
                }
                None => {
                    let _ = writeln!(text, "#{key} = {}", quoted(example));
                }
            }
        }
        text.push_str(
        "\n# Other environments: the keys of its table lie over the others with --env staging.\n\
         #[env.staging]\n\
         #target = \"https://staging.example/tmf-api/\"\n",
    );
        text
    }
}

/// A text as TOML has it.
fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

/// The name of the environment variable that stands for a header's value in a draft.
pub fn variable(header: &str) -> String {
    let name: String = header
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_uppercase()
            } else {
                '_'
            }
        })
        .collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("_{name}")
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_commented_out_is_sound_as_well() {
        let known = Draft {
            target: "http://h/".to_owned(),
            headers: BTreeMap::from([("X \"q\"".to_owned(), variable("X \"q\""))]),
            subject: vec![("product", "a \"b\" \\ c".to_owned())],
            ..Draft::default()
        };
        let text = known.text();
        let table: toml::Table = toml::from_str(&text).unwrap();
        assert_eq!(table["headers"]["X \"q\""].as_str(), Some("${X__Q_}"));
        assert_eq!(table["subject"]["product"].as_str(), Some("a \"b\" \\ c"));
        let open: String = text
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(code) if !code.starts_with(' ') => format!("{code}\n"),
                _ => format!("{line}\n"),
            })
            .collect();
        let all: toml::Table = toml::from_str(&open).unwrap();
        for key in [
            "payload",
            "timeout",
            "auth",
            "payloads",
            "env",
            "listener-url",
        ] {
            assert!(all.contains_key(key), "{key} in {open}");
        }
    }
}
