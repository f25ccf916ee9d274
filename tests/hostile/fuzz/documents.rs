//! What a user hands in: API descriptions, features, results of newman and of earlier runs.

use proptest::prelude::*;
use tmfctk::newman::{self, KitRun};
use tmfctk::pack::{FeatureFile, Pack, PackError};
use tmfctk::report::{Format, json, render};
use tmfctk::schema::SchemaSet;

use super::near::{cases, corpus, nearly, nearly_text};

fn description_holds(text: &str) {
    match SchemaSet::official("own.json", text) {
        Ok(_) => {}
        Err(error) => {
            let told = error.to_string();
            assert!(told.starts_with("own.json"), "{told}");
        }
    }
}

fn feature_holds(text: &str) {
    let pack = Pack::embedded("tmf683@4.0.0").unwrap();
    if let Err(error) = FeatureFile::parse("own/one.feature", text, pack.catalogue().unwrap()) {
        let PackError::Feature { file, line, reason } = &error else {
            panic!("{error}");
        };
        assert_eq!(file, "own/one.feature");
        assert!(!reason.is_empty());
        // The end of a text may be said to be the line after its last one.
        let last = text.split('\n').count() + 1;
        assert!((1..=last).contains(line), "line {line} of {last}: {error}");
    }
}

fn newman_holds(bytes: &[u8]) {
    let Ok(document) = newman::document(bytes) else {
        return;
    };
    let _ = KitRun::read(&document);
    let before = document.to_string();
    let redacted = newman::redact(document);
    // Nothing but texts is replaced, and what was replaced once is replaced for good.
    let again = newman::redact(redacted.document.clone());
    assert_eq!(again.document, redacted.document, "{before}");
}

fn result_holds(bytes: &[u8]) {
    let Ok(result) = json::parse(bytes) else {
        return;
    };
    for format in Format::ALL {
        let _ = render(format, &result);
    }
}

#[test]
fn the_corpus() {
    let text = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
    for bytes in corpus("descriptions") {
        assert!(
            SchemaSet::official("own.json", &text(&bytes)).is_ok(),
            "{}",
            text(&bytes)
        );
    }
    corpus("features")
        .iter()
        .for_each(|bytes| feature_holds(&text(bytes)));
    for bytes in corpus("newman") {
        newman_holds(&bytes);
        let document = newman::document(&bytes).unwrap();
        assert_eq!(KitRun::read(&document).unwrap().requests.len(), 2);
        let redacted = newman::redact(document).document.to_string();
        assert!(!redacted.contains("hush"), "{redacted}");
    }
    for bytes in corpus("results") {
        assert!(json::parse(&bytes).is_ok());
        result_holds(&bytes);
    }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn a_description_is_read_or_its_error_names_the_file(text in nearly_text("descriptions")) {
        description_holds(&text);
    }

    #[test]
    fn a_feature_is_read_or_its_error_names_a_line_of_it(text in nearly_text("features")) {
        feature_holds(&text);
    }

    #[test]
    fn a_result_of_newman_is_read_or_refused(bytes in nearly("newman")) {
        newman_holds(&bytes);
    }
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn a_stored_result_is_rendered_or_refused(bytes in nearly("results")) {
        result_holds(&bytes);
    }
}
