//! How long do the parts of a run take: reading a pack, judging a long list, writing the reports?

#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]
#![allow(
    missing_docs,
    reason = "the macros of criterion make undocumented functions"
)]

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tmfctk::config::{self, DEFAULT_PACK, Overrides, TargetSetting};
use tmfctk::evidence::{Body, BodyWriter, Ownership, Redactor, keep_body};
use tmfctk::kit::{Answer, Description, State, run_script};
use tmfctk::pack::{Catalogue, FeatureFile, Pack};
use tmfctk::report::{Format, json, render};
use tmfctk::session::Session;
use tmfctk::terms::Level;

const CATALOGUE: &str = include_str!("../schemas/tmf683/v4.0.0/requirements.json");
const KIT: &str = include_str!("../schemas/tmf683/v4.0.0/official-kit-2021-04-15.json");

/// Records in the long list.
const RECORDS: usize = 100_000;

/// A list as a server with many older records answers it, about 40 MB.
fn long_list() -> String {
    let records: Vec<String> = (0..RECORDS)
        .map(|number| {
            format!(
                r#"{{"id":"{number}","href":"http://localhost/tmf-api/partyInteraction/v4/partyInteraction/{number}","direction":"inbound","reason":"question {number}","status":"opened","creationDate":"2020-10-02T10:00:00Z","description":"{}","channel":[{{"id":"{number}","name":"phone","@type":"ChannelRef"}}],"relatedParty":[{{"id":"{number}","role":"customer","@referredType":"Individual"}}]}}"#,
                "an older record ".repeat(4)
            )
        })
        .collect();
    format!("[{}]", records.join(","))
}

fn start_up(criterion: &mut Criterion) {
    criterion.bench_function("pack/read the catalogue", |bench| {
        bench.iter(|| Catalogue::parse(black_box(CATALOGUE)).unwrap());
    });
    // A process reads each feature once, so that they are read here by hand.
    let pack = Pack::embedded(DEFAULT_PACK).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("features");
    let files = pack.features(Level::Guideline, None).unwrap();
    let catalogue = pack.catalogue().unwrap();
    let texts = files.iter().map(|file| {
        let text = std::fs::read_to_string(folder.join(&file.path)).unwrap();
        (file.path.as_str(), text)
    });
    let texts: Vec<_> = texts.collect();
    criterion.bench_function("pack/parse and lint the features", |bench| {
        bench.iter(|| {
            for (path, text) in &texts {
                FeatureFile::parse(path, black_box(text), catalogue).unwrap();
            }
        });
    });
    criterion.bench_function("kit/read the description", |bench| {
        bench.iter(|| Description::read(black_box(KIT)).unwrap());
    });
    for level in ["certification", "guideline"] {
        let settings = config::resolve(Overrides {
            target: Some("http://localhost:1/".to_owned()),
            level: Some(level.parse().unwrap()),
            gate: Some("certification".parse().unwrap()),
            ..Overrides::default()
        })
        .unwrap();
        let TargetSetting::Url { url, .. } = settings.target.clone() else {
            unreachable!("a target was given");
        };
        criterion.bench_function(&format!("session/prepare, level {level}"), |bench| {
            bench.iter(|| Session::prepare(settings.clone(), url.clone()).unwrap());
        });
    }
}

fn long_lists(criterion: &mut Criterion) {
    let list = long_list();
    let kit = Description::read(KIT).unwrap();
    let lists = |request: &&tmfctk::kit::Request| request.lists();
    let request = kit.requests.iter().find(lists).unwrap();
    let mut group = criterion.benchmark_group("a list of 100,000 records");
    group.sample_size(10);
    group.throughput(Throughput::Bytes(list.len() as u64));
    let list = Body::from(list);
    group.bench_function("kit/run its script", |bench| {
        bench.iter(|| {
            let answer = Answer {
                status: Some(200),
                body: black_box(&list),
            };
            let evaluation = run_script(&kit, request, answer, &mut State::default());
            assert_eq!(evaluation.elements, Some(RECORDS));
            evaluation
        });
    });
    // As a large one is read.
    let compressed = {
        let mut writer = BodyWriter::new(0, 0);
        std::io::copy(&mut list.reader(), &mut writer).unwrap();
        writer.finish()
    };
    group.bench_function("kit/run its script, compressed", |bench| {
        bench.iter(|| {
            let answer = Answer {
                status: Some(200),
                body: black_box(&compressed),
            };
            run_script(&kit, request, answer, &mut State::default())
        });
    });
    let ownership = Ownership::default();
    group.bench_function("evidence/keep what is the run's own", |bench| {
        bench.iter(|| keep_body(black_box(&list), Some(&ownership), 64 * 1024));
    });
    group.finish();
}

fn reports(criterion: &mut Criterion) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/conformant/result.json");
    let stored = std::fs::read(path).unwrap();
    criterion.bench_function("report/read a result", |bench| {
        bench.iter(|| json::parse(black_box(&stored)).unwrap());
    });
    let result = json::parse(&stored).unwrap();
    for format in Format::ALL {
        criterion.bench_function(&format!("report/render {format}"), |bench| {
            bench.iter(|| render(format, black_box(&result)).unwrap());
        });
    }
}

/// A run of 10,000 findings and as many exchanges, made of those of the committed sample.
fn large_reports(criterion: &mut Criterion) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/broken/result.json");
    let mut result = json::parse(&std::fs::read(path).unwrap()).unwrap();
    let findings = std::mem::take(&mut result.findings);
    let exchanges = std::mem::take(&mut result.exchanges);
    for (index, (finding, exchange)) in findings
        .iter()
        .cycle()
        .zip(exchanges.iter().cycle())
        .take(10_000)
        .enumerate()
    {
        let mut finding = finding.clone();
        finding.exchange = Some(index);
        result.findings.push(finding);
        let mut exchange = exchange.clone();
        exchange.index = index;
        result.exchanges.push(exchange);
    }
    let mut group = criterion.benchmark_group("10,000 findings and exchanges");
    group.sample_size(10);
    for format in Format::ALL {
        group.bench_function(format!("render {format}"), |bench| {
            bench.iter(|| render(format, black_box(&result)).unwrap());
        });
    }
    group.finish();
}

/// A target that sets a new cookie with each of 10,000 answers: each is a secret.
fn many_secrets(criterion: &mut Criterion) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/broken/result.json");
    let result = json::parse(&std::fs::read(path).unwrap()).unwrap();
    let mut group = criterion.benchmark_group("secrets and as many exchanges");
    group.sample_size(10);
    for count in [2_500, 5_000, 10_000] {
        let cookies: Vec<String> = (0..count)
            .map(|number| format!("sid={number:08x}-of-a-session-of-somebody; Path=/; HttpOnly"))
            .collect();
        let exchanges: Vec<_> = result.exchanges.iter().cycle().take(count).collect();
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(format!("evidence/mask {count}"), |bench| {
            bench.iter(|| {
                let cookies = cookies.iter().map(|cookie| ("Set-Cookie", cookie.as_str()));
                let redactor = Redactor::new(cookies);
                for exchange in &exchanges {
                    redactor.exchange(&mut black_box((*exchange).clone()));
                }
            });
        });
    }
    group.finish();
}

criterion_group!(
    benches,
    start_up,
    long_lists,
    reports,
    large_reports,
    many_secrets
);
criterion_main!(benches);
