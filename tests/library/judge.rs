//! Does it judge rightly: is a conformant server judged conformant, and has each requirement a fault
//! that breaks it?
//!
//! That each fault is caught and no variant is blamed, at all levels, is shown by `tmfctk selftest`.

use std::collections::BTreeSet;
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::support::server::{Answer, Server};
use crate::support::session;
use tmfctk::config::{DEFAULT_PACK, GivenLimits, Overrides};
use tmfctk::pack::Pack;
use tmfctk::reference::{self, Options, Variant};
use tmfctk::selftest::{CaseOutcome, blamed, blamed_though_narrow};
use tmfctk::terms::{Level, Severity, Status, Verdict};

#[test]
fn a_conformant_server_is_blamed_for_nothing() {
    let result = session::check_reference(Options::default(), Overrides::default());
    assert_eq!(result.verdict, Verdict::Conformant, "{}", result.reason);
    for level in &result.levels {
        assert_eq!(level.verdict, Verdict::Conformant, "{level:?}");
    }
    let blamed: Vec<_> = result
        .findings
        .iter()
        .filter(|finding| finding.severity > Severity::Info)
        .collect();
    assert!(blamed.is_empty(), "{blamed:#?}");
    for scenario in &result.scenarios {
        let decided = matches!(scenario.status, Status::Passed | Status::NotApplicable);
        assert!(decided, "{}: {:?}", scenario.id, scenario.reason);
    }
    let kit = result.official_kit.expect("a replay");
    assert_eq!((kit.would_pass, kit.assertions), (Some(true), 246));
    // What it made is gone.
    assert!(result.created.len() > 2);
    for record in &result.created {
        assert!(record.deleted, "{record:?}");
    }
}

/// A list that does not come to its end within the time limit may be right in all that is missing.
#[test]
fn a_list_that_is_not_read_whole_blocks_and_is_no_violation() {
    let records = Mutex::new(Vec::<Value>::new());
    let server = Server::start(move |request, number| {
        let mut records = records.lock().expect("no handler panics");
        let id = request.path().rsplit("/partyInteraction/").next();
        let known = records.iter().find(|record| record["id"].as_str() == id);
        match (request.method.as_str(), known) {
            ("POST", _) => {
                let Ok(mut body) = serde_json::from_slice::<Value>(&request.body) else {
                    return Answer::json(400, &json!({"code": "400", "reason": "no JSON"}));
                };
                body["id"] = json!(format!("r{number}"));
                body["href"] = json!(format!("/v4/partyInteraction/r{number}"));
                records.push(body.clone());
                Answer::json(201, &body)
            }
            ("GET", Some(record)) => Answer::json(200, record),
            ("GET", None) if request.path().ends_with("/partyInteraction") => Answer::Stall(
                b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n[{\"\xc3"
                    .to_vec(),
            ),
            _ => Answer::json(404, &json!({"code": "404", "reason": "unknown"})),
        }
    });
    let result = session::check(
        &server.url("/v4/"),
        Overrides {
            level: Some(Level::Profile),
            limits: GivenLimits {
                timeout: Some(0.05),
                concurrency: Some(64),
                ..GivenLimits::default()
            },
            ..Overrides::default()
        },
    );
    let lists = result.findings.iter().filter(|finding| {
        let exchange = finding.exchange.and_then(|index| {
            let mut all = result.exchanges.iter();
            all.find(|exchange| exchange.index == index)
        });
        finding.level > Level::Certification
            && exchange.is_some_and(|exchange| {
                exchange.request.method == "GET" && exchange.error.is_some()
            })
    });
    assert_eq!(lists.count(), 0);
    let listed = result.requirements.iter();
    let listed: Vec<_> = listed
        .filter(|requirement| requirement.id == "TMF683-4-PRO-031")
        .map(|requirement| requirement.status)
        .collect();
    assert_eq!(listed, [Status::Inconclusive]);
}

/// Where nothing can be deleted, a run that is repeated meets its own values.
#[test]
fn a_run_that_is_repeated_with_its_seed_is_not_confused_by_what_it_left() {
    let options = || Options {
        variants: vec!["get-and-post-405".parse::<Variant>().expect("a variant")],
        ..Options::default()
    };
    let again = || Overrides {
        seed: Some("again".to_owned()),
        gate: Some(Level::Specification),
        ..Overrides::default()
    };
    let runs = session::check_reference_often(options(), [again(), again(), again()]);
    for (result, number) in runs.iter().zip(1..) {
        assert_eq!(
            blamed(&CaseOutcome::from(result)),
            Vec::<String>::new(),
            "run {number}"
        );
        let told = result.notes.iter().any(|note| note.contains("earlier run"));
        assert_eq!(told, number > 1, "run {number}: {:?}", result.notes);
    }
}

/// Whoever runs the official kit afterwards must not fail for what this harness has left.
#[test]
fn remaining_records_do_not_make_the_official_kit_fail() {
    for variant in ["ascii-json", "pretty-json"] {
        let options = Options {
            variants: ["get-and-post-405", variant]
                .map(|name| name.parse::<Variant>().expect("a variant"))
                .to_vec(),
            ..Options::default()
        };
        let runs = [Overrides::default(), Overrides::default()];
        for result in session::check_reference_often(options, runs) {
            let kit = result.official_kit.as_ref().expect("a replay");
            assert_eq!(kit.would_pass, Some(true), "{variant}: {kit:?}");
        }
    }
}

/// Any HTTP answer is judged: a target that only sends elsewhere is there, and is broken.
#[test]
fn a_target_that_redirects_for_ever_is_judged() {
    let server = Server::start(|request, _| {
        Answer::new(302, "text/plain", "").with_header("Location", &request.target)
    });
    let result = session::check(&server.url("/v4/"), Overrides::default());
    let kit = result.official_kit.as_ref().expect("a replay");
    assert_eq!(kit.would_pass, Some(false));
    assert_eq!(result.levels[0].verdict, Verdict::NonConformant);
    assert_eq!(result.verdict, Verdict::NonConformant);
    assert!(!result.notes.iter().any(|note| note.contains("reached")));
    assert!(result.notes.iter().any(|note| note.contains("302")));
}

#[test]
fn a_target_with_get_and_post_only_is_not_blamed() {
    let options = Options {
        variants: vec!["get-and-post-405".parse::<Variant>().expect("a variant")],
        ..Options::default()
    };
    let result = session::check_reference(options, Overrides::default());
    assert_eq!(blamed(&CaseOutcome::from(&result)), Vec::<String>::new());
    // What it made is reported, as it can't be deleted.
    assert!(result.created.len() > 2);
    for record in &result.created {
        assert!(!record.deleted && record.reason.is_some(), "{record:?}");
    }
}

/// A target may refuse what is more than the profile asks for: the profile is kept, and what would
/// become of the rest stays open.
#[test]
fn partial_support_is_undecided_above_the_profile() {
    let name = "items-by-reference";
    let options = Options {
        variants: vec![name.parse::<Variant>().expect("a variant")],
        ..Options::default()
    };
    let result = session::check_reference(options, Overrides::default());
    assert_eq!(
        blamed_though_narrow(&CaseOutcome::from(&result)),
        Vec::<String>::new(),
        "{name}"
    );
    let verdict = |wanted: Level| {
        let mut levels = result.levels.iter();
        levels
            .find(|level| level.level == wanted)
            .map(|level| level.verdict)
    };
    assert_eq!(verdict(Level::Profile), Some(Verdict::Conformant), "{name}");
    assert_eq!(
        verdict(Level::Specification),
        Some(Verdict::Inconclusive),
        "{name}"
    );
    assert!(!blamed(&CaseOutcome::from(&result)).is_empty(), "{name}");
}

#[test]
fn every_requirement_whose_violation_fails_has_a_fault() {
    let pack = Pack::embedded(DEFAULT_PACK).expect("a sound pack");
    let broken: BTreeSet<_> = reference::faults()
        .iter()
        .map(|fault| fault.requirement)
        .collect();
    let unbroken: Vec<_> = pack
        .catalogue()
        .expect("a sound catalogue")
        .iter()
        .filter(|known| known.on_violation == Severity::Fail && known.not_testable.is_none())
        .map(|known| known.id.as_str())
        .filter(|id| !broken.contains(id))
        .collect();
    assert!(unbroken.is_empty(), "no fault breaks {unbroken:?}");
}
