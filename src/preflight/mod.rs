//! What is looked at before a run: can the target be reached, does it answer like the API, is the
//! configuration what it should be? It only reads, and changes no verdict.

mod answer;
mod line;
mod network;
mod paths;

use serde::Serialize;

use self::answer::Collection;
pub use self::answer::{LIKE_THE_API, clock};
pub use self::line::{CheckOutcome, Line, Subject};
pub use self::network::unreachable;
pub use self::paths::{meant_instead, tries};
use crate::config::Settings;
use crate::http::Outgoing;
use crate::schema::SchemaSet;

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
