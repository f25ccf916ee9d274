//! What is looked at before a run: can the target be reached, does it answer like the API, is the
//! configuration what it should be? It only reads, and changes no verdict.

mod answer;
mod network;
mod paths;

use serde::Serialize;
use url::Url;

use self::answer::Collection;
pub use self::answer::clock;
pub use self::network::unreachable;
pub use self::paths::{LIKE_THE_API, meant_instead, tries};
use crate::config::Settings;
use crate::http::{Client, Outgoing};
use crate::listener::Listener;
use crate::pack::Pack;
use crate::schema::SchemaSet;

/// What a line of the preflight says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckOutcome {
    /// As it should be.
    Good,
    /// It works, but people should know.
    Advice,
    /// A run would not get far.
    Bad,
    /// It could not be looked at, since something before it failed.
    Unknown,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What.
    pub what: &'static str,
    /// What it came to.
    pub outcome: CheckOutcome,
    /// The same in words.
    pub result: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl Line {
    fn good(what: &'static str, result: impl Into<String>) -> Self {
        Self {
            what,
            outcome: CheckOutcome::Good,
            result: result.into(),
            advice: None,
        }
    }

    fn with(
        what: &'static str,
        outcome: CheckOutcome,
        result: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            what,
            outcome,
            result: result.into(),
            advice: Some(advice.into()),
        }
    }

    fn unknown(what: &'static str) -> Self {
        Self {
            what,
            outcome: CheckOutcome::Unknown,
            result: "not looked at: the target did not answer".to_owned(),
            advice: None,
        }
    }
}

/// All lines, and whether anything answered.
#[derive(Debug, Clone, Serialize)]
pub struct Preflight {
    /// Whether the target gave any HTTP answer.
    pub reachable: bool,
    /// In the order in which they were looked at.
    pub lines: Vec<Line>,
    /// The base URL that answers like the API, where the given one does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub right: Option<String>,
}

impl Preflight {
    /// Whether something stands in the way of a run.
    pub fn is_bad(&self) -> bool {
        self.lines
            .iter()
            .any(|line| line.outcome == CheckOutcome::Bad)
    }
}

/// What the preflight needs of a run that is sound.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The settings.
    pub settings: &'a Settings,
    /// The pack.
    pub pack: &'a Pack,
    /// The base URL, with its last slash.
    pub base: &'a Url,
    /// The URL of the collection.
    pub collection: &'a Url,
    /// Sends.
    pub client: &'a Client,
    /// The listener for events, where the run has one.
    pub listener: Option<&'a Listener>,
    /// The body of the first create.
    pub payload: &'a str,
}

/// Looks at everything, one after the other. Sends nothing that changes anything.
pub async fn examine(subject: Subject<'_>) -> Preflight {
    let mut lines = vec![configuration(subject.settings), payload(&subject)];
    let connected = network::examine(&subject, &mut lines).await;
    let mut reachable = false;
    let mut right = None;
    if connected {
        let asked = Outgoing::new("GET", subject.collection.clone());
        match subject.client.send(asked).await {
            Ok(answer) => {
                reachable = true;
                let collection = Collection::new(answer);
                network::tls(&subject, &mut lines);
                right = base_path(&subject, &collection, &mut lines).await;
                collection.examine(&mut lines);
                operations(&subject, &collection, &mut lines).await;
            }
            Err(failure) => network::no_answer(&subject, &failure, &mut lines),
        }
    }
    if !reachable {
        let names = ["base path", "authentication", "collection", "operations"];
        lines.extend(names.map(Line::unknown));
    }
    network::listener(&subject, &mut lines).await;
    Preflight {
        reachable,
        lines,
        right,
    }
}

/// The same before a run, as far as no request is needed: names and connections.
pub async fn reach(subject: Subject<'_>) -> Vec<Line> {
    let mut lines = Vec::new();
    network::examine(&subject, &mut lines).await;
    lines
}

fn configuration(settings: &Settings) -> Line {
    let file = match (&settings.config, &settings.profile) {
        (None, None) => "complete".to_owned(),
        (Some(file), None) => format!("complete, from {}", file.display()),
        (None, Some(profile)) => format!("complete, for the environment {profile}"),
        (Some(file), Some(profile)) => {
            let file = file.display();
            format!("complete, from {file}, for the environment {profile}")
        }
    };
    Line::good("configuration", file)
}

/// The configured body was held against what the official kit demands when the run was prepared.
fn payload(subject: &Subject) -> Line {
    const WHAT: &str = "payload";
    let Some(body) = &subject.settings.payloads.create else {
        return Line::good(WHAT, "the pack's own");
    };
    let pack = subject.pack;
    let described = pack.manifest.rule_sets.iter().find(|set| set.official);
    let violations = described
        .zip(pack.manifest.create.as_ref())
        .map(|(set, name)| {
            let files = pack.schemas(set).map_err(|error| error.to_string())?;
            let files = files.iter().map(|(name, text)| (name.as_str(), *text));
            let schemas = SchemaSet::embedded(files).map_err(|error| error.to_string())?;
            let validator = schemas.validator(name).map_err(|error| error.to_string())?;
            let value = serde_json::from_str(subject.payload).map_err(|error| error.to_string())?;
            Ok::<_, String>(validator.validate(&value))
        });
    match violations {
        None => Line::good(
            WHAT,
            format!("{body}: what the official kit demands is there"),
        ),
        Some(Ok(violations)) if violations.is_empty() => Line::good(
            WHAT,
            format!("{body}: valid, and what the official kit demands is there"),
        ),
        Some(Ok(violations)) => {
            let texts: Vec<_> = violations.iter().map(|one| one.message.as_str()).collect();
            Line::with(
                WHAT,
                CheckOutcome::Advice,
                format!("{body} violates the published schema: {}", texts.join("; ")),
                "the official kit would send it; a target that keeps to the published schema may \
                 refuse it",
            )
        }
        Some(Err(reason)) => Line::with(WHAT, CheckOutcome::Advice, reason, "please report this"),
    }
}

/// Whether the collection answers like the API; else which of the usual mistakes does, if any.
async fn base_path(
    subject: &Subject<'_>,
    collection: &Collection,
    lines: &mut Vec<Line>,
) -> Option<String> {
    const WHAT: &str = "base path";
    let path = subject.collection.path();
    if collection.is_list() {
        lines.push(Line::good(WHAT, format!("{path} {LIKE_THE_API}")));
        return None;
    }
    let answers = collection.in_words();
    if collection.is_refused() {
        let result = format!("{path} {answers}: whether it is right shows with credentials");
        lines.push(Line {
            what: WHAT,
            outcome: CheckOutcome::Unknown,
            result,
            advice: None,
        });
        return None;
    }
    let found = tries(subject.client, subject.pack, subject.base).await;
    let advice = match &found.right {
        Some(base) => format!("probably you mean: {base}"),
        None => format!(
            "this looks like configuration, not conformance; {}",
            found.said.join("; ")
        ),
    };
    let result = format!("{path} {answers}");
    lines.push(Line::with(WHAT, CheckOutcome::Bad, result, advice));
    found.right.map(String::from)
}

/// What OPTIONS says of the optional operations: asking them itself would change something.
async fn operations(subject: &Subject<'_>, collection: &Collection, lines: &mut Vec<Line>) {
    for operation in &subject.pack.manifest.operations {
        let url = match operation.path.split_once("/{id}") {
            Some((path, "")) => collection.first_id().and_then(|id| {
                let mut url = subject.base.join(path).ok()?;
                url.path_segments_mut().ok()?.push(&id);
                Some(url)
            }),
            _ => subject.base.join(&operation.path).ok(),
        };
        let allowed = match url {
            None => None,
            Some(url) => {
                let asked = subject.client.send(Outgoing::new("OPTIONS", url)).await;
                let answer = asked.ok().filter(|answer| answer.status < 300);
                answer.and_then(|answer| answer.header("allow").map(str::to_owned))
            }
        };
        let result = match allowed {
            Some(allow) => {
                let mut methods = allow.split(',').map(str::trim);
                if methods.any(|method| method.eq_ignore_ascii_case(&operation.method)) {
                    format!("{}: offered (Allow: {allow})", operation.name)
                } else {
                    format!("{}: not offered (Allow: {allow})", operation.name)
                }
            }
            None => format!(
                "{}: not named by OPTIONS; a run finds out by asking",
                operation.name
            ),
        };
        lines.push(Line::good("operations", result));
    }
}
