//! The corpus, and what is nearly like it.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, FileFailurePersistence};
use tmfctk::evidence::{Body, BodyWriter};

/// Number of cases, unless the environment wants another number.
pub fn cases(usual: u32) -> Config {
    let wished = std::env::var("PROPTEST_CASES").ok();
    Config {
        cases: wished.and_then(|text| text.parse().ok()).unwrap_or(usual),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
            "tests/hostile/fuzz/regressions",
        ))),
        ..Config::default()
    }
}

/// The files of a folder of the corpus.
pub fn corpus(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new("tests/hostile/fuzz/corpus").join(folder);
    let mut paths: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} is empty", folder.display());
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// The same bytes as a body that is so large that it is compressed.
pub fn compressed_body(bytes: &[u8]) -> Body {
    let mut writer = BodyWriter::new(0, 0);
    writer.take(bytes);
    writer.finish()
}

/// What is put into a text: what means something to one reader or another.
const PIECES: [&str; 34] = [
    "\"", "'", "\\", "{", "}", "[", "]", ":", ",", "#", "@", "=", "\n", "\r\n", "\t", " ", "\0",
    "\u{feff}", "\u{1b}", "\u{d7ff}", "ä", "1e999", "-0", "null", "\\ud800", "|", "$ref", "${x}",
    "<x>", "&a", "*a", "- ", "[[", "\"\"\"",
];

#[derive(Debug, Clone)]
enum Change {
    Insert(Index, &'static str),
    Byte(Index, u8),
    Remove(Index, usize),
    Repeat(Index, usize),
    Cut(Index),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let at = |index: &Index| index.index(bytes.len() + 1);
        match self {
            Self::Insert(index, piece) => {
                let at = at(index);
                bytes.splice(at..at, piece.bytes());
            }
            Self::Byte(index, byte) => {
                let at = at(index);
                let end = (at + 1).min(bytes.len());
                bytes.splice(at..end, [*byte]);
            }
            Self::Remove(index, count) => {
                let at = at(index);
                let end = (at + count).min(bytes.len());
                bytes.drain(at..end);
            }
            Self::Repeat(index, count) => {
                let at = at(index);
                let part = bytes[at..(at + count).min(bytes.len())].to_vec();
                bytes.splice(at..at, part);
            }
            Self::Cut(index) => bytes.truncate(at(index)),
        }
    }
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => (any::<Index>(), select(&PIECES[..])).prop_map(|(at, piece)| Change::Insert(at, piece)),
        2 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        4 => (any::<Index>(), 1_usize..12).prop_map(|(at, count)| Change::Remove(at, count)),
        2 => (any::<Index>(), 1_usize..60).prop_map(|(at, count)| Change::Repeat(at, count)),
        1 => any::<Index>().prop_map(Change::Cut),
    ]
}

/// A file of the corpus with some changes.
pub fn nearly(folder: &str) -> impl Strategy<Value = Vec<u8>> {
    let changes = proptest::collection::vec(change(), 1..5);
    (select(corpus(folder)), changes).prop_map(|(mut bytes, changes)| {
        for change in &changes {
            change.apply(&mut bytes);
        }
        bytes
    })
}

/// The same as text.
pub fn nearly_text(folder: &str) -> impl Strategy<Value = String> {
    nearly(folder).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// JSON of some depth, with odd texts and numbers.
pub fn json() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((".{0,6}", inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}
