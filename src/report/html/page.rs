//! The view of the whole page.

use std::collections::BTreeMap;

use serde::Serialize;

use super::baseline::Baseline;
use super::causes::{CauseView, causes};
use super::cover::{Cover, LevelCard};
use super::events::Events;
use super::exchange::Evidence;
use super::findings::Findings;
use super::index::Index;
use super::kit::KitSection;
use super::latency::Latency;
use super::operations::Operations;
use super::rest::{Data, Record, RequirementGroup, requirement_groups};
use super::scenarios::Scenarios;
use super::waivers::Waivers;
use crate::terms::Source;
use crate::verdict::RunResult;

/// The whole page. Each part of the template gets its own field and no more: the engine copies
/// what it hands to a part.
#[derive(Serialize)]
pub struct Page<'a> {
    policy: String,
    /// Whether stylesheet, script and evidence are files of their own.
    apart: bool,
    contents: Contents,
    cover: Cover<'a>,
    causes: Vec<CauseView<'a>>,
    levels: Vec<LevelCard>,
    kit: Option<KitSection<'a>>,
    operations: Option<Operations<'a>>,
    events: Option<Events<'a>>,
    latency: Option<Latency>,
    findings: Findings<'a>,
    waivers: Option<Waivers<'a>>,
    baseline: Option<Baseline>,
    requirements: Vec<RequirementGroup<'a>>,
    sources: BTreeMap<&'a str, Source>,
    data: Data<'a>,
    record: Record<'a>,
    scenarios: Scenarios<'a>,
    /// None where it is a page of its own.
    evidence: Option<Evidence>,
}

/// The evidence as a page of its own.
#[derive(Serialize)]
pub struct EvidencePage {
    policy: String,
    title: String,
    version: String,
    evidence: Evidence,
}

impl EvidencePage {
    /// The view of a result's exchanges.
    pub fn new(result: &RunResult, index: &Index<'_>, policy: String) -> Self {
        Self {
            policy,
            title: result.kit.pack_title.clone(),
            version: result.kit.version.clone(),
            evidence: Evidence::new(result, index),
        }
    }
}

/// The table of contents.
#[derive(Serialize)]
struct Contents {
    verdict: &'static str,
    apart: bool,
    baseline: bool,
    kit: bool,
    operations: bool,
    events: bool,
    latency: bool,
    causes: usize,
    findings: usize,
    waivers: usize,
    requirements: usize,
    scenarios: usize,
    exchanges: usize,
}

impl<'a> Page<'a> {
    /// The view of a result; `policy` is the page's Content-Security-Policy; `apart`
    /// where stylesheet, script and evidence are files of their own.
    pub fn new(result: &'a RunResult, index: &Index<'a>, policy: String, apart: bool) -> Self {
        let latency = Latency::new(result, index);
        let causes = causes(result, index);
        Self {
            policy,
            apart,
            contents: Contents {
                verdict: result.verdict.name(),
                apart,
                baseline: result.baseline.is_some(),
                kit: result.official_kit.is_some(),
                operations: !result.operations.is_empty(),
                events: !(result.subscriptions.is_empty() && result.deliveries.is_empty()),
                latency: latency.is_some(),
                causes: result.causes.len(),
                findings: result.findings.len(),
                waivers: result.waivers.len(),
                requirements: result.requirements.len(),
                scenarios: result.scenarios.len(),
                exchanges: result.exchanges.len(),
            },
            cover: Cover::new(result),
            causes,
            levels: LevelCard::all(result),
            kit: result
                .official_kit
                .as_ref()
                .map(|kit| KitSection::new(kit, result, index)),
            operations: Operations::new(result, index),
            events: Events::new(result, index),
            latency,
            findings: Findings::new(result, index),
            waivers: Waivers::new(result, index),
            baseline: result
                .baseline
                .as_ref()
                .map(|comparison| Baseline::new(comparison, index)),
            requirements: requirement_groups(result, index),
            sources: sources(result),
            data: Data::new(&result.existing_data),
            record: Record::new(result),
            scenarios: Scenarios::new(result, index),
            evidence: (!apart).then(|| Evidence::new(result, index)),
        }
    }
}

/// The documents cited. A stored result may hold any URL: only one that a browser opens as a page
/// becomes a link.
fn sources(result: &RunResult) -> BTreeMap<&str, Source> {
    let sources = result.sources.iter();
    sources
        .map(|(name, source)| {
            let url = source.url.clone().filter(|url| url.starts_with("https://"));
            (
                name.as_str(),
                Source {
                    url,
                    ..source.clone()
                },
            )
        })
        .collect()
}
