//! Other people's records leave nothing but their ids, however they come.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use tmfctk::evidence::{Ownership, keep_body, keep_packed_body};

use super::near::{cases, compressed_body, corpus, json, nearly};

/// Stands in each record that is another's, and in nothing else.
const STORY: &str = "their-story";

/// A record of somebody else, with more or less in it.
fn theirs() -> impl Strategy<Value = Value> {
    (json(), any::<bool>()).prop_map(|(more, nested)| {
        let story = if nested {
            json!([{ "x": STORY }])
        } else {
            json!(STORY)
        };
        json!({"id": "theirs", "more": more, "reason": story, "id2": 1})
    })
}

fn kept(body: &[u8], cap: usize) -> String {
    let ownership = Ownership::default();
    ownership.add("mine");
    let kept = keep_body(&body.to_vec().into(), Some(&ownership), cap);
    let compressed_body = keep_body(&compressed_body(body), Some(&ownership), cap);
    assert_eq!(kept, compressed_body);
    kept.text.unwrap_or_default()
}

#[test]
fn the_corpus() {
    for body in corpus("bodies") {
        kept(&body, 64);
        kept(&body, 1 << 20);
    }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn a_list_that_is_whole_or_cut_gives_nothing_away(
        records in proptest::collection::vec(theirs(), 1..4),
        end in any::<Index>(),
        cap in 0_usize..400,
        mark in any::<bool>(),
    ) {
        let whole = Value::from(records).to_string();
        let mut cut = whole.into_bytes();
        cut.truncate(end.index(cut.len() + 1));
        let body = if mark { [b"\xef\xbb\xbf", &cut[..]].concat() } else { cut };
        let text = kept(&body, cap);
        prop_assert!(!text.contains(STORY), "{}", text);
        let alone = body.strip_prefix(b"[").unwrap_or(&body);
        let text = kept(alone, cap);
        prop_assert!(!text.contains(STORY), "{}", text);
    }

    #[test]
    fn own_records_are_kept_to_the_byte(more in json()) {
        let body = json!([{"id": "mine", "more": more}]).to_string();
        prop_assert_eq!(kept(body.as_bytes(), 1 << 20), body);
    }

    #[test]
    fn any_bytes_can_be_kept_within_the_cap(
        body in nearly("bodies"),
        encoding in proptest::sample::select(vec!["", "gzip", "br", "deflate", "gzip, br"]),
        cap in 0_usize..200,
    ) {
        let ownership = Ownership::default();
        let kept = keep_packed_body(&body.clone().into(), Some(encoding), Some(&ownership), cap);
        let again = keep_packed_body(&compressed_body(&body), Some(encoding), Some(&ownership), cap);
        prop_assert_eq!(&kept, &again);
        let text = kept.text.unwrap_or_default();
        // Base64 needs four characters for three bytes.
        prop_assert!(text.len() <= cap.div_ceil(3) * 4, "{} of {}", text.len(), cap);
    }
}
