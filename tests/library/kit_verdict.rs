//! Does a whole run say of a target what the official kit would say?
//!
//! Each recording of the official kit is served to a whole session at the certification level: its
//! numbers, its verdict, the findings behind each failure, and which of them the contract calls
//! induced by the kit's own flaws.

use std::collections::BTreeSet;

use crate::support::recording::Recording;
use crate::support::reference::Reference;
use crate::support::server::{Answer, between, relayed};
use crate::support::session;
use tempfile::TempDir;
use tmfctk::config::Overrides;
use tmfctk::terms::{Level, Severity, Status, Verdict};
use tmfctk::verdict::{OfficialKit, RunResult};

/// The recordings in which every failure is the kit's own doing: values behind JSON escapes, a
/// broken record that was there before, a refused second payload, values that are not encoded.
const INDUCED: [&str; 4] = [
    "older-record-broken",
    "second-create-400",
    "slash-escapes",
    "umlaut-values",
];

fn check(recording: &Recording, level: Level) -> RunResult {
    let folder = TempDir::new().expect("a folder for temporary files");
    let payload = folder.path().join("payload.json");
    std::fs::write(&payload, recording.payload()).expect("writable");
    let served = recording.serve();
    session::check(
        &served.base,
        Overrides {
            level: Some(level),
            payload: Some(payload),
            ..Overrides::default()
        },
    )
}

fn kit(result: &RunResult) -> &OfficialKit {
    result.official_kit.as_ref().expect("a replay")
}

/// The answer as another server would write its head.
fn written(answer: &[u8], change: impl Fn(&str) -> String) -> Answer {
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    let (head, body) = answer.split_at(end.expect("a head"));
    let mut written = change(std::str::from_utf8(head).expect("ASCII")).into_bytes();
    written.extend(body);
    Answer::Raw(written)
}

#[test]
fn what_the_parser_of_node_refuses_never_came_to_the_kit() {
    let reference = Reference::clean();
    let base = reference.base_url();
    let authority = url::Url::parse(base).unwrap().authority().to_owned();
    for (behind, is_flaw) in [
        ("", None),
        ("\r\nX-Tab: a\tb\t", None),
        ("\t", Some(true)),
        ("\r\ncontent-length: LENGTH", Some(false)),
    ] {
        let authority = authority.clone();
        let target = between(base, move |request| {
            let answer = relayed(&authority, request);
            Some(written(&answer, |head| {
                let lines = head.split("\r\n");
                let changed = lines.map(|line| match line.strip_prefix("content-length: ") {
                    Some(length) => format!("{line}{}", behind.replace("LENGTH", length)),
                    None => line.to_owned(),
                });
                changed.collect::<Vec<_>>().join("\r\n")
            }))
        });
        let result = session::check(
            &target.url(url::Url::parse(base).unwrap().path()),
            Overrides {
                level: Some(Level::Certification),
                ..Overrides::default()
            },
        );
        // The numbers of a kit that gets no answer at all (43), as it was measured.
        let failed = if is_flaw.is_some() { 43 } else { 0 };
        assert_eq!(kit(&result).failed, failed, "{behind:?}");
        assert_eq!(kit(&result).request_errors, failed.min(18), "{behind:?}");
        let mut findings = result.findings.iter();
        assert!(
            findings.all(|one| Some(one.kit_induced) == is_flaw),
            "{behind:?}"
        );
    }
}

#[test]
fn numbers_verdict_and_findings_are_those_of_every_recording() {
    let recordings = Recording::all();
    assert_eq!(recordings.len(), 51);
    for recording in &recordings {
        let name = recording.name.as_str();
        let result = check(recording, Level::Certification);
        numbers(name, recording, kit(&result));
        let verdict = match recording.would_pass() {
            Some(true) => Verdict::Conformant,
            Some(false) => Verdict::NonConformant,
            None => Verdict::Inconclusive,
        };
        assert_eq!(kit(&result).would_pass, recording.would_pass(), "{name}");
        assert_eq!(result.levels[0].verdict, verdict, "{name}");
        assert_eq!(result.verdict, verdict, "{name}: {}", result.reason);
        findings(name, verdict, &result);
        induced(name, &result);
    }
}

fn numbers(name: &str, recording: &Recording, kit: &OfficialKit) {
    let official = &recording.official;
    assert_eq!(kit.requests, official.requests, "{name}");
    assert_eq!(kit.assertions, official.assertions, "{name}");
    assert_eq!(kit.failed, official.failed, "{name}");
    assert_eq!(kit.failed_assertions, official.failed_assertions, "{name}");
    assert_eq!(kit.script_errors, official.script_errors, "{name}");
    assert_eq!(kit.request_errors, official.request_errors, "{name}");
}

/// A failure has a finding, a finding has its evidence, and what passed has neither.
fn findings(name: &str, verdict: Verdict, result: &RunResult) {
    let fails: Vec<_> = result
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Fail)
        .collect();
    assert_eq!(
        !fails.is_empty(),
        verdict == Verdict::NonConformant,
        "{name}: {fails:#?}"
    );
    for finding in &fails {
        let index = finding.exchange.expect("a failure shows its exchange");
        let known = result
            .exchanges
            .iter()
            .any(|exchange| exchange.index == index);
        assert!(known, "{name}: exchange {index} of {finding:#?}");
        assert!(!finding.message.is_empty() && finding.count > 0, "{name}");
    }
    let charged: BTreeSet<_> = fails.iter().map(|finding| &finding.requirement).collect();
    let failed: BTreeSet<_> = result
        .requirements
        .iter()
        .filter(|requirement| requirement.status == Status::Failed)
        .map(|requirement| &requirement.id)
        .collect();
    assert_eq!(charged, failed, "{name}");
    scenarios(name, verdict, result);
}

/// The scenario of a request with a failure failed, or names the create that kept it from asking;
/// no other scenario failed.
fn scenarios(name: &str, verdict: Verdict, result: &RunResult) {
    let failed = |number: usize| {
        let request = &kit(result).details[number - 1];
        request.failed_assertions > 0
            || request.script_error.is_some()
            || request.request_error.is_some()
    };
    for (request, scenario) in kit(result).details.iter().zip(by_request(result)) {
        let reason = scenario.reason.as_deref().unwrap_or_default();
        let told = format!(
            "{name}: request {} is {}: {reason}",
            request.number, scenario.status
        );
        match scenario.status {
            Status::Failed => assert!(failed(request.number), "{told}"),
            Status::Passed => assert!(!failed(request.number), "{told}"),
            Status::Inconclusive if verdict == Verdict::Inconclusive => {}
            Status::Inconclusive => assert!(failed(1) || failed(2), "{told}"),
            _ => panic!("{told}"),
        }
    }
}

/// The scenarios in the kit's order.
fn by_request(result: &RunResult) -> Vec<&tmfctk::verdict::ScenarioResult> {
    let number = |name: &str| -> usize {
        let word = name.split(' ').nth(1).expect("Request N …");
        word.parse().expect("a number")
    };
    let mut scenarios: Vec<_> = result.scenarios.iter().collect();
    scenarios.sort_by_key(|scenario| number(&scenario.name));
    assert_eq!(scenarios.len(), 18);
    scenarios
}

fn induced(name: &str, result: &RunResult) {
    for finding in &result.findings {
        let expected = INDUCED.contains(&name);
        assert_eq!(finding.kit_induced, expected, "{name}: {finding:#?}");
        if finding.kit_induced {
            let advice = finding.advice.as_deref().unwrap_or_default();
            assert!(advice.ends_with('.'), "{name}: {finding:#?}");
        }
    }
    assert_eq!(
        INDUCED.contains(&name),
        !result.findings.is_empty() && result.findings.iter().all(|finding| finding.kit_induced),
        "{name}"
    );
}
