//! Records that exist are other people's: they may change or go while they are looked at.

use serde_json::json;
use tmfctk::terms::Status;

use super::shelf::{Shelf, record};
use super::{blamed, read_only};
use crate::support::server::Server;
use crate::support::session;

/// A target on which somebody does something to its records when a reason is asked for first.
fn disturbed(by: impl Fn(&Shelf) + Send + Sync + 'static) -> Server {
    let shelf = Shelf::new([
        record("7", "inbound", "The seventh reason"),
        record("8", "outbound", "The eighth reason"),
        record("9", "inbound", "The ninth reason"),
    ]);
    let others = shelf.clone();
    shelf.serve(move |request| {
        if request.target.contains("reason=") {
            by(&others);
        }
        None
    })
}

fn taken_back(server: &Server, ids: &[&str]) {
    let result = session::check(&server.url("/api/"), read_only(ids));
    assert_eq!(blamed(&result), Vec::<String>::new());
    let moved = result.scenarios.iter().filter(|scenario| {
        let reason = scenario.reason.as_deref().unwrap_or_default();
        reason.contains("somebody else uses it")
    });
    let moved: Vec<_> = moved.map(|scenario| scenario.status).collect();
    assert!(!moved.is_empty());
    assert!(moved.iter().all(|status| *status == Status::Inconclusive));
}

#[test]
fn a_record_that_somebody_changes_meanwhile_is_no_finding() {
    let change = |shelf: &Shelf| shelf.records()[0]["reason"] = json!("Another reason");
    taken_back(&disturbed(change), &[]);
    taken_back(&disturbed(change), &["7", "8"]);
}

#[test]
fn a_record_that_somebody_removes_meanwhile_is_no_finding() {
    let remove = |shelf: &Shelf| shelf.records().retain(|record| record["id"] != "7");
    taken_back(&disturbed(remove), &[]);
    taken_back(&disturbed(remove), &["7", "8"]);
}

#[test]
fn counters_of_the_target_excuse_nothing() {
    // A counter changes with each request; the filter by reason finds nothing.
    let shelf = Shelf::new([
        record("7", "inbound", "The seventh reason"),
        record("8", "outbound", "The eighth reason"),
    ]);
    let others = shelf.clone();
    let server = shelf.serve(move |request| {
        for record in others.records().iter_mut() {
            record["x-reads"] = json!(record["x-reads"].as_u64().unwrap_or(0) + 1);
        }
        let mut asked = request.clone();
        asked.target = asked.target.replace("reason=", "reason=no-");
        Some(others.answer(&asked))
    });
    for ids in [&[][..], &["7", "8"]] {
        let result = session::check(&server.url("/api/"), read_only(ids));
        let blamed = blamed(&result);
        let caught = blamed
            .iter()
            .any(|text| text.starts_with("TMF683-4-PRO-046"));
        assert!(caught, "{blamed:#?}");
    }
}
