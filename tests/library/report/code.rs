//! `report.sarif` and `codequality.json`: what services that look at code read.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tmfctk::report::{Format, render};
use tmfctk::terms::{Level, Severity};
use tmfctk::verdict::RunResult;

use super::fixture;

fn read(format: Format, result: &RunResult) -> Value {
    serde_json::from_slice(&render(format, result).unwrap()).unwrap()
}

/// What SARIF 2.1.0 (sections 3.13, 3.14, 3.27, 3.49) demands of what is written here.
fn hold_to_sarif(log: &Value) {
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let driver = &run["tool"]["driver"];
    assert!(driver["name"].is_string());
    let rules = driver["rules"].as_array().unwrap();
    let ids: BTreeSet<&str> = rules.iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), rules.len(), "a rule stands once");
    for rule in rules {
        assert!(rule["help"]["text"].is_string() && rule["shortDescription"]["text"].is_string());
    }
    for result in run["results"].as_array().unwrap() {
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        assert!(
            result["message"]["text"]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        );
        let location = &result["locations"][0]["physicalLocation"]["artifactLocation"];
        assert!(location["uri"].is_string());
        if let Some(at) = result["ruleIndex"].as_u64() {
            assert_eq!(rules[usize::try_from(at).unwrap()]["id"], result["ruleId"]);
        }
    }
}

#[test]
fn code_scanning_reads_findings_as_results_of_rules() {
    for result in [
        fixture::failing(),
        fixture::conformant(),
        fixture::unreachable(),
        fixture::hostile(),
    ] {
        let log = read(Format::Sarif, &result);
        hold_to_sarif(&log);
        let results = log["runs"][0]["results"].as_array().unwrap();
        assert_eq!(results.len(), result.findings.len());
        for (written, finding) in results.iter().zip(&result.findings) {
            let level = match finding.severity {
                Severity::Fail if finding.level <= result.gate => "error",
                Severity::Info => "note",
                _ => "warning",
            };
            assert_eq!(written["level"], level, "{written}");
            assert_eq!(written["suppressions"].is_array(), finding.waiver.is_some());
        }
    }
    let log = read(Format::Sarif, &fixture::failing());
    let rule = &log["runs"][0]["tool"]["driver"]["rules"][0];
    let help = rule["help"]["text"].as_str().unwrap();
    assert!(
        help.contains("CP4: TMF683B") && help.contains("tmfctk explain TMF683-4-CTK-001"),
        "{help}"
    );
}

#[test]
fn merge_requests_of_gitlab_show_what_fails_or_warns() {
    let mut result = fixture::failing();
    for gate in [Level::Certification, Level::Guideline] {
        result.gate = gate;
        let issues = read(Format::CodeQuality, &result);
        let issues = issues.as_array().unwrap();
        let counting = |severity| {
            let findings = result.findings.iter().filter(|it| it.waiver.is_none());
            findings.filter(|it| it.severity == severity).count()
        };
        assert_eq!(
            issues.len(),
            counting(Severity::Fail) + counting(Severity::Warn)
        );
        for issue in issues {
            // GitLab shows only issues that have all of these, and each fingerprint once.
            for key in ["description", "check_name", "fingerprint"] {
                assert!(
                    issue[key].as_str().is_some_and(|text| !text.is_empty()),
                    "{issue}"
                );
            }
            let severities = ["info", "minor", "major", "critical", "blocker"];
            assert!(
                severities.contains(&issue["severity"].as_str().unwrap()),
                "{issue}"
            );
            let path = issue["location"]["path"].as_str().unwrap();
            assert!(!path.starts_with('/') && !path.contains("://"), "{path}");
            assert_eq!(issue["location"]["lines"], json!({"begin": 1}));
        }
        let grave = issues
            .iter()
            .filter(|it| it["severity"] == "critical")
            .count();
        assert_eq!(
            grave > 0,
            gate > Level::Certification,
            "the profile decides or does not"
        );
    }
}
