//! Targets whose ids are too long for any URL: they are copied nowhere, their URLs are not sent, and
//! that is not a fault of the target.

use serde_json::Value;

use crate::case::{Case, array};
use crate::server::{Asked, Hostile};

/// What no URL of that number of bytes is sent for.
const NOT_SENT: &str = "the URL is longer than 65534 bytes, the most that this harness sends";

/// What is not judged of an id.
const NOT_JUDGED: &str = "the JSON holds an id of more than 65534 bytes";

fn creates(asked: &Asked) -> bool {
    asked.method == "POST" && asked.path().ends_with("/partyInteraction")
}

/// A target that keeps records as a decent one does, and answers for those that it creates with this JSON
/// as their id.
fn answering(id: String) -> Hostile {
    Hostile::keeping(move |asked, reply| {
        if creates(asked) && reply.status == 201 {
            let mut record: Value = serde_json::from_slice(&reply.body).unwrap();
            record["id"] = "here".into();
            let record = record.to_string().replacen(r#""here""#, &id, 1);
            reply.body = record.into_bytes();
        }
    })
}

fn text(bytes: usize) -> String {
    format!(r#""{}""#, "i".repeat(bytes))
}

/// The records that were left, as text: id, URL and reason.
fn left_behind(result: &Value) -> Vec<String> {
    let left = array(&result["created"]).iter();
    left.filter(|record| record["deleted"] == false)
        .map(Value::to_string)
        .collect()
}

/// Linux alone keeps a process to an amount of memory.
#[cfg(target_os = "linux")]
#[test]
fn an_id_of_megabytes_fills_no_memory_and_is_no_fault_of_the_target() {
    let megabytes = Some(70);
    let replayed = Case {
        what: "replayed",
        megabytes,
        code: 3,
        says: &[NOT_SENT, "A limit acted on"],
        ..Case::default()
    };
    let left = replayed.against(&answering(text(6 << 20)));
    assert_eq!(left.findings("fail"), [""; 0], "no standard ends an id");
    assert_eq!(left_behind(&left.result).len(), 2, "the kit creates two");
    let checked = Case {
        what: "checked",
        level: "profile",
        options: &["--only", "PRO-021", "--only", "PRO-028"],
        megabytes,
        code: 3,
        says: &[NOT_JUDGED],
        ..Case::default()
    };
    let left = checked.against(&answering(text(6 << 20)));
    assert_eq!(left.findings("fail"), [""; 0], "it did create them");
    let behind = left_behind(&left.result);
    assert!(!behind.is_empty(), "what stays is reported");
    for record in behind {
        assert!(record.contains("bytes more)") && record.contains("nor deleted"));
        assert!(record.len() < 5000);
    }
    assert!(left.done.stdout.contains("left at the target"));
}

/// Linux alone keeps a process to an amount of memory.
#[cfg(target_os = "linux")]
#[test]
fn an_array_in_place_of_an_id_is_spelt_out_no_further_than_is_kept() {
    for (what, element) in [("zeros", "0"), ("objects", "{}")] {
        let count = (4 << 20) / (element.len() + 1);
        let array = format!("[{element}{}]", format!(",{element}").repeat(count));
        let case = Case {
            what,
            megabytes: Some(70),
            // What is wrong is found; what the kit would say of the rest is not known.
            code: 3,
            says: &[
                "`id` is of type array, not string",
                NOT_SENT,
                "The numbers are not exact: request 1 ",
            ],
            ..Case::default()
        };
        let left = case.against(&answering(array));
        assert_eq!(left.result["officialKit"]["exact"], false);
        let failed = left.findings("fail");
        let [finding] = failed.as_slice() else {
            panic!("{failed:?}");
        };
        assert!(finding.contains("`id` is of type array"), "{finding}");
    }
}

/// Linux alone keeps a process to an amount of memory.
#[cfg(target_os = "linux")]
#[test]
fn values_that_name_each_other_swell_to_no_url() {
    let case = Case {
        megabytes: Some(70),
        code: 3,
        says: &[NOT_SENT],
        ..Case::default()
    };
    let left = case.against(&answering(r#""{{IDPI01}}{{IDPI01}}{{IDPI02}}""#.to_owned()));
    assert_eq!(left.findings("fail"), [""; 0]);
}

#[test]
fn an_older_record_with_such_an_id_is_no_fault_and_not_shown() {
    let older = format!(r#"{{"id":{},"reason":"secret story"}},"#, text(1 << 20));
    let server = Hostile::keeping(move |asked, reply| {
        if asked.is_list() {
            reply.body = [b"[", older.as_bytes(), &reply.body[1..]].concat();
        }
    });
    let case = Case {
        level: "profile",
        options: &["--only", "PRO-031"],
        code: 3,
        says: &[NOT_JUDGED],
        ..Case::default()
    };
    let left = case.against(&server);
    assert_eq!(left.findings("fail"), [""; 0]);
    assert!(!left.page.contains("secret story"));
    assert_eq!(left_behind(&left.result), [""; 0], "the run's own are gone");
}

#[test]
fn a_subscription_with_such_an_id_is_said_to_be_left() {
    let server = Hostile::keeping(|asked, reply| {
        if asked.method == "POST" && asked.path().ends_with("/hub") {
            reply.status = 201;
            reply.body = format!(r#"{{"id":{},"callback":"c"}}"#, text(1 << 20)).into_bytes();
        }
    });
    let case = Case {
        level: "operations",
        options: &[
            "--only",
            "HUB-001",
            "--event-timeout",
            "0.2",
            "--event-quiet",
            "0.1",
        ],
        code: 3,
        says: &[NOT_JUDGED],
        ..Case::default()
    };
    let left = case.against(&server);
    let subscriptions = array(&left.result["subscriptions"]);
    assert!(!subscriptions.is_empty());
    for subscription in subscriptions {
        assert!(
            subscription["reason"].to_string().contains(NOT_JUDGED),
            "{subscription}"
        );
    }
}
