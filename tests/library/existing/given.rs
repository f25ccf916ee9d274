//! Records that the user names: looked at in the place of the run's own, and never changed.

use serde_json::json;
use tmfctk::config::{Existing, Overrides};
use tmfctk::reference::Options;
use tmfctk::terms::{Status, Verdict};
use tmfctk::verdict::RunResult;

use super::shelf::{Shelf, record};
use super::{blamed, read_only, writes};
use crate::support::reference::Reference;
use crate::support::server::Answer;
use crate::support::{list, session};

fn on(ids: &[String]) -> Overrides {
    Overrides {
        existing: Existing {
            read_only: false,
            ids: ids.to_vec(),
        },
        ..Overrides::default()
    }
}

/// The methods that were sent to these records.
fn methods_at(result: &RunResult, ids: &[String]) -> Vec<String> {
    let at = |url: &str| {
        let path = url.split('?').next().unwrap_or_default();
        ids.iter().any(|id| path.contains(id.as_str()))
    };
    let exchanges = result.exchanges.iter();
    exchanges
        .filter(|exchange| at(&exchange.request.url))
        .map(|exchange| exchange.request.method.clone())
        .collect()
}

#[test]
fn they_stand_in_for_what_they_can_and_all_else_is_created_as_ever() {
    let server = Reference::start(Options {
        preload: 2,
        seed: Some(1),
        ..Options::default()
    });
    let ids = list(server.base_url());
    let result = session::check(server.base_url(), on(&ids));
    assert_eq!(list(server.base_url()), ids, "what was created is gone");
    assert_eq!(blamed(&result), Vec::<String>::new());
    let methods = methods_at(&result, &ids);
    assert!(methods.len() > 10, "{methods:?}");
    assert!(methods.iter().all(|method| method == "GET"), "{methods:?}");
    let existing = result.run.existing.as_ref().unwrap();
    assert_eq!(existing.records.len(), 2);
    assert!(!existing.read_only && !result.created.is_empty());
    assert!(result.official_kit.as_ref().unwrap().would_pass == Some(true));
    let status = |id: &str| {
        let found = result.scenarios.iter().find(|one| one.id == id);
        found.unwrap().status
    };
    // What a create answers is not known of them; what is asked of others is.
    assert_eq!(status("create/a-record-is-created"), Status::Inconclusive);
    assert_eq!(
        status("create/nothing-more-than-the-four-inputs-of-the-profile-is-demanded"),
        Status::Passed
    );
    assert_eq!(result.verdict, Verdict::Inconclusive);
}

#[test]
fn one_that_fits_no_place_leaves_the_place_to_a_new_record() {
    let server = Reference::start(Options {
        preload: 1,
        seed: Some(1),
        ..Options::default()
    });
    let ids = list(server.base_url());
    let result = session::check(server.base_url(), on(&ids));
    let existing = result.run.existing.as_ref().unwrap();
    assert_eq!(existing.records.len(), 1, "{existing:?}");
    assert_eq!(blamed(&result), Vec::<String>::new());
    // Nothing else is looked at where nothing else may be.
    let alone = session::check(server.base_url(), read_only(&[&ids[0]]));
    let existing = alone.run.existing.as_ref().unwrap();
    assert_eq!(existing.records.len(), 1, "{existing:?}");
    let note = alone.notes.iter().find(|note| note.contains("\"B\""));
    assert!(
        note.unwrap()
            .contains("differs from \"A\" in direction and reason")
    );
    assert_eq!(blamed(&alone), Vec::<String>::new());
}

#[test]
fn a_target_that_calls_them_new_can_not_have_them_deleted() {
    // Whatever is posted, it answers that the record 7 was created.
    let shelf = Shelf::new([
        record("7", "inbound", "Seventh"),
        record("8", "outbound", "Eighth"),
    ]);
    let lying = shelf.clone();
    let server = shelf.serve(move |request| {
        (request.method == "POST").then(|| Answer::json(201, &lying.records()[0]))
    });
    let ids = ["7".to_owned(), "8".to_owned()];
    let result = session::check(&server.url("/api/"), on(&ids));
    let requests = server.requests();
    let hit = requests.iter().filter(|request| {
        let path = request.path();
        path.ends_with("Interaction/7") || path.ends_with("Interaction/8")
    });
    let methods: Vec<_> = hit.map(|request| request.method.clone()).collect();
    assert!(
        !methods.is_empty() && methods.iter().all(|method| method == "GET"),
        "{methods:?}"
    );
    let left = result.created.iter().find(|one| one.id == "7").unwrap();
    assert!(!left.deleted && left.reason.as_ref().unwrap().contains("has not created"));
}

#[test]
fn one_that_is_not_there_is_named_and_nothing_is_held_against_the_target() {
    let shelf = Shelf::new([record("7", "inbound", "Seventh")]);
    let server = shelf.serve(|_| None);
    let result = session::check(&server.url("/api/"), read_only(&["7", "gone"]));
    assert_eq!(blamed(&result), Vec::<String>::new());
    assert_eq!(result.verdict, Verdict::Inconclusive);
    let note = result
        .notes
        .iter()
        .find(|note| note.contains("--existing gone"));
    assert!(note.unwrap().contains("404"), "{:?}", result.notes);
    assert_eq!(writes(&result), Vec::<String>::new());
}

#[test]
fn another_record_in_its_place_is_a_failure_by_the_right_name() {
    let shelf = Shelf::new([
        record("7", "inbound", "Seventh"),
        record("8", "outbound", "Eighth"),
    ]);
    let other = shelf.clone();
    let server = shelf.serve(move |request| {
        let wrong = request.path().ends_with("/7");
        wrong.then(|| Answer::json(200, &other.records()[1]))
    });
    let result = session::check(&server.url("/api/"), read_only(&["7", "8"]));
    let failed = result.requirements.iter();
    let failed: Vec<_> = failed
        .filter(|one| one.status == Status::Failed)
        .map(|one| one.id.as_str())
        .collect();
    assert!(failed.contains(&"TMF683-4-PRO-029"), "{failed:?}");
    // Values that are another record's are asked for by no filter.
    assert!(
        !failed.iter().any(|id| id.ends_with("PRO-046")),
        "{failed:?}"
    );
    let all = json!(result.exchanges).to_string();
    assert!(!all.contains("Eighth"), "it is masked all the same");
}
