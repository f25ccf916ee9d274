//! How fast are bodies judged by their schemas, and what does it cost to have them ready?

#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]
#![allow(
    missing_docs,
    reason = "the macros of criterion make undocumented functions"
)]

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde_json::{Value, json};
use tmfctk::evidence::{Body, JsonArrayReader};
use tmfctk::schema::{Claims, SchemaSet};

/// The schema files of the pack and the text of their claims.
fn pack() -> (Vec<(String, String)>, String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/tmf683/v4.0.0");
    let mut files = Vec::new();
    for folder in ["", "parts"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path
                .strip_prefix(&root)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            if name.ends_with(".schema.json") {
                files.push((name, std::fs::read_to_string(path).unwrap()));
            }
        }
    }
    (
        files,
        std::fs::read_to_string(root.join("claims.json")).unwrap(),
    )
}

fn set(files: &[(String, String)]) -> SchemaSet {
    SchemaSet::embedded(
        files
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str())),
    )
    .unwrap()
}

/// About 400 bytes.
fn record() -> Value {
    json!({
        "id": "8f14e45f-ceea-467f-a8f6-5d7c2ba1f0aa",
        "href": "http://127.0.0.1:8080/tmf-api/partyInteraction/v4/partyInteraction/8f14e45f-ceea-467f-a8f6-5d7c2ba1f0aa",
        "creationDate": "2020-10-02T11:36:00.123Z",
        "direction": "inbound",
        "reason": "to ask",
        "status": "opened",
        "channel": [{"id": "1", "href": "h", "name": "Phone"}],
        "note": [{"text": "hello"}],
        "relatedParty": [{"id": "p", "href": "h", "@referredType": "Individual", "role": "r"}],
    })
}

fn schemas(criterion: &mut Criterion) {
    let (files, claims) = pack();
    criterion.bench_function("schema/read the pack", |bench| {
        bench.iter(|| set(black_box(&files)))
    });
    criterion.bench_function("schema/read and compile one", |bench| {
        bench.iter(|| {
            set(black_box(&files))
                .validator("PartyInteraction")
                .map(drop)
        });
    });

    let set = set(&files);
    let validator = set.validator("PartyInteraction").unwrap();
    let claims = Claims::parse("claims.json", &claims).unwrap();
    let valid = record();
    let mut invalid = record();
    invalid["creationDate"] = json!("2020-10-02");
    invalid["channel"][0] = json!({"id": 1});

    let mut group = criterion.benchmark_group("schema/judge a record");
    group.throughput(Throughput::Elements(1));
    group.bench_function("valid", |bench| {
        bench.iter(|| validator.validate(black_box(&valid)));
    });
    group.bench_function("with three violations, claimed", |bench| {
        bench.iter(|| {
            let violations = validator.validate(black_box(&invalid));
            assert_eq!(violations.len(), 3);
            violations
                .iter()
                .filter(|it| claims.claim(it).is_some())
                .count()
        });
    });
    group.finish();
}

/// A list as it came over the wire, split, read and judged element by element.
fn long_list(criterion: &mut Criterion) {
    const RECORDS: usize = 100_000;
    let (files, _) = pack();
    let set = set(&files);
    let validator = set.validator("PartyInteraction").unwrap();
    let list = Value::Array(vec![record(); RECORDS]).to_string();
    let mut group = criterion.benchmark_group("schema/judge a list of 100,000 records");
    group.sample_size(10);
    group.throughput(Throughput::Bytes(list.len() as u64));
    let body = Body::from(list);
    group.bench_function("valid", |bench| {
        bench.iter(|| {
            let mut elements = JsonArrayReader::of(black_box(&body)).unwrap().unwrap();
            let mut valid = 0;
            while let Some(element) = elements.next_element().unwrap() {
                let record: Value = serde_json::from_slice(element).unwrap();
                valid += usize::from(validator.validate(&record).is_empty());
            }
            assert_eq!(valid, RECORDS);
        });
    });
    group.finish();
}

criterion_group!(benches, schemas, long_list);
criterion_main!(benches);
