//! An explanation as text for the terminal.

use std::collections::BTreeMap;

use serde_json::Value;

use super::example::Example;
use crate::cli::style::{BAD, DIM, GOOD, HEAD, Terminal, styled, visible};
use crate::evidence::{BodyEncoding, Exchange, Message};
use crate::pack::Requirement;
use crate::plan::Planned;
use crate::terms::{Level, Severity, Source};

/// What there is to say about a requirement.
pub(super) struct Explained<'a> {
    pub(super) requirement: &'a Requirement,
    /// The documents that it cites.
    pub(super) sources: BTreeMap<String, Source>,
    pub(super) scenarios: Vec<Planned>,
    pub(super) example: Example,
}

/// Maximum number of scenarios shown with their steps.
const SCENARIOS: usize = 5;
/// Maximum number of lines of a body.
const LINES: usize = 24;
/// Maximum number of characters of an element of a list.
const WIDTH: usize = 220;
/// The headers that say something about conformance; the others are there in any exchange.
const HEADERS: [&str; 9] = [
    "content-type",
    "accept",
    "location",
    "link",
    "allow",
    "etag",
    "if-match",
    "x-total-count",
    "x-result-count",
];

/// What a violation costs.
pub(in crate::cli) fn cost(requirement: &Requirement) -> String {
    let level = requirement.level;
    match requirement.on_violation {
        Severity::Fail => format!(
            "a failure: the level {level} is non-conformant, and a run with that gate or a higher \
             one ends with exit code 1"
        ),
        Severity::Warn => {
            "a warning: no level is non-conformant by it, unless --strict is given".into()
        }
        Severity::Info => "nothing: it is information, and never counts".into(),
    }
}

/// Why the rules of a level matter.
pub(in crate::cli) const fn why(level: Level) -> &'static str {
    match level {
        Level::Certification => {
            "the official kit asserts it: a target that breaks it does not pass the kit"
        }
        Level::Profile => {
            "the conformance profile asks for it of every implementation, so clients rely on it \
             whoever made the server"
        }
        Level::Specification => {
            "the published API description says so, and clients are written and generated from it"
        }
        Level::Operations => {
            "the operation is optional, but clients rely on how it works where it is offered"
        }
        Level::Guideline => {
            "the design guidelines make APIs alike, so that what a client learnt of one holds for \
             the others"
        }
    }
}

/// Prints an explanation.
pub(super) fn print(terminal: &mut Terminal, explained: &Explained<'_>) {
    let requirement = explained.requirement;
    terminal.product(&format!(
        "{}  {}, {}",
        styled(HEAD, &requirement.id),
        requirement.level,
        requirement.strength
    ));
    terminal.product(&format!("\n{}\n", requirement.statement));
    for (name, value) in [
        ("rule", requirement.sources.join("; ").as_str()),
        ("applies", &requirement.applicability),
        ("costs", &cost(requirement)),
        ("matters", why(requirement.level)),
    ] {
        terminal.product(&format!("  {name:<8} {value}"));
    }
    for (name, source) in &explained.sources {
        let version = source
            .version
            .as_deref()
            .map_or_else(String::new, |it| format!(" {it}"));
        let url = source
            .url
            .as_deref()
            .map_or_else(String::new, |it| format!(", {it}"));
        terminal.product(&format!("  {name:<8} {}{version}{url}", source.title));
    }
    terminal.product("");
    if let Some(why) = &requirement.not_testable {
        terminal.product(&format!("It can't be tested from outside: {why}"));
        return;
    }
    scenarios(terminal, requirement, &explained.scenarios);
    examples(terminal, explained);
}

fn scenarios(terminal: &mut Terminal, requirement: &Requirement, scenarios: &[Planned]) {
    terminal.product(&styled(HEAD, "How it is tested"));
    for planned in scenarios.iter().take(SCENARIOS) {
        let spec = &planned.spec;
        terminal.product(&format!("\n  {} {}", spec.name, styled(DIM, &spec.id)));
        for step in &planned.steps {
            terminal.product(&format!("    {} {}", step.keyword, step.text));
            for row in &step.table {
                terminal.product(&format!("      | {} |", row.join(" | ")));
            }
        }
    }
    if scenarios.len() > SCENARIOS {
        let more = scenarios.len() - SCENARIOS;
        terminal.product(&format!(
            "\n  and {more} more: tmfctk list --only {}",
            requirement.id
        ));
    }
    terminal.product("");
}

fn examples(terminal: &mut Terminal, explained: &Explained<'_>) {
    let example = &explained.example;
    if let Some(right) = &example.right {
        let heading = styled(GOOD, "Right");
        terminal.product(&format!("{heading}: the reference implementation"));
        exchange(terminal, right);
    }
    let Some(fault) = example.fault else {
        terminal.product("No fault of the reference implementation shows a wrong exchange.");
        return;
    };
    terminal.product(&format!(
        "{}: {} (tmfctk serve --fault {})",
        styled(BAD, "Wrong"),
        fault.description,
        fault.name
    ));
    if let Some(wrong) = &example.wrong {
        exchange(terminal, wrong);
    }
    if let Some(finding) = &example.finding {
        terminal.product(&format!(
            "  {} {}",
            styled(BAD, &finding.severity.name().to_uppercase()),
            visible(&finding.message)
        ));
        terminal.product(&format!(
            "       expected {}, got {}",
            visible(&finding.expected.to_string()),
            visible(&finding.actual.to_string())
        ));
    }
}

fn exchange(terminal: &mut Terminal, exchange: &Exchange) {
    let request = &exchange.request;
    terminal.product(&format!(
        "\n  {}",
        visible(&format!("{} {}", request.method, path(&request.url)))
    ));
    let asked = asked_for(&request.url);
    message(terminal, &request.message, &asked);
    match &exchange.response {
        Some(response) => {
            terminal.product(&format!("  -> {}", response.status));
            message(terminal, &response.message, &asked);
        }
        None => terminal.product("  -> no answer"),
    }
    terminal.product("");
}

/// The URL without its scheme and host, which differ from run to run.
fn path(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    url[host..].find('/').map_or(url, |at| &url[host + at..])
}

/// The attributes that the query of a URL names: those that matter in what comes back.
fn asked_for(url: &str) -> Vec<String> {
    let Ok(url) = url::Url::parse(url) else {
        return Vec::new();
    };
    let names = url.query_pairs().flat_map(|(name, value)| {
        let listed = matches!(&*name, "fields" | "sort");
        let text = if listed { value } else { name };
        text.split(',')
            .map(|name| name.trim_start_matches(['-', '+']))
            .map(|name| name.split('.').next().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    });
    names.collect()
}

fn message(terminal: &mut Terminal, message: &Message, asked: &[String]) {
    for (name, value) in &message.headers {
        if HEADERS.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            let line = visible(&format!("{name}: {value}"));
            terminal.product(&styled(DIM, &format!("     {line}")));
        }
    }
    let Some(body) = message.body.as_deref().filter(|body| !body.is_empty()) else {
        return;
    };
    if message.body_encoding == BodyEncoding::Base64 {
        let bytes = format!("     ({} bytes that are not text)", message.body_bytes);
        return terminal.product(&styled(DIM, &bytes));
    }
    let lines = lines(body, asked);
    for line in lines.iter().take(LINES) {
        terminal.product(&format!("     {}", visible(line)));
    }
    if lines.len() > LINES {
        let more = lines.len() - LINES;
        terminal.product(&styled(DIM, &format!("     … and {more} more lines")));
    }
}

/// An element of a list on one line; of a long one the id and what was asked for.
fn element_line(element: &Value, asked: &[String]) -> String {
    let whole = element.to_string();
    let Some(attributes) = element.as_object().filter(|_| whole.len() > WIDTH) else {
        return short(&whole, WIDTH);
    };
    let shown: Vec<String> = attributes
        .iter()
        .filter(|(name, _)| *name == "id" || asked.contains(name))
        .map(|(name, value)| format!("{}:{value}", Value::from(name.as_str())))
        .collect();
    if shown.len() < 2 {
        return short(&whole, WIDTH);
    }
    short(&format!("{{{}, …}}", shown.join(",")), WIDTH)
}

/// A body as lines: a list by its elements, so that many of them are seen.
fn lines(body: &str, asked: &[String]) -> Vec<String> {
    match serde_json::from_str(body) {
        Ok(Value::Array(elements)) if !elements.is_empty() => {
            let last = elements.len() - 1;
            let elements = elements.iter().enumerate().map(|(place, element)| {
                let comma = if place == last { "" } else { "," };
                format!("  {}{comma}", element_line(element, asked))
            });
            let brackets = |text: &str| std::iter::once(text.to_owned());
            brackets("[").chain(elements).chain(brackets("]")).collect()
        }
        Ok(value) => format!("{value:#}").lines().map(str::to_owned).collect(),
        Err(_) => body.lines().map(|line| short(line, WIDTH)).collect(),
    }
}

/// At most `most` characters; a cut shows.
fn short(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_shown_by_its_elements() {
        assert_eq!(
            lines(r#"[{"a":1},{"b":2}]"#, &[]),
            ["[", r#"  {"a":1},"#, r#"  {"b":2}"#, "]"]
        );
        assert_eq!(lines("[]", &[]), ["[]"]);
        assert_eq!(lines(r#"{"a":1}"#, &[]).len(), 3);
        assert_eq!(lines("no JSON", &[]), ["no JSON"]);
        let long = format!("[\"{}\"]", "ä".repeat(WIDTH * 2));
        assert!(lines(&long, &[])[1].ends_with('…'));
    }

    #[test]
    fn of_a_long_element_the_attribute_in_question_is_shown() {
        let note = "x".repeat(WIDTH);
        let list = format!(r#"[{{"id":"7","note":"{note}","state":"open"}}]"#);
        let asked = asked_for("http://h/things?state=open&sort=-date");
        assert_eq!(asked, ["state", "date"]);
        assert_eq!(lines(&list, &asked)[1], r#"  {"id":"7","state":"open", …}"#);
    }

    #[test]
    fn a_url_is_shown_without_what_differs_from_run_to_run() {
        assert_eq!(path("http://127.0.0.1:4/a/b?c=d"), "/a/b?c=d");
        assert_eq!(path("http://h"), "http://h");
    }
}
