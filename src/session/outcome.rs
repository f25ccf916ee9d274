//! What a run came to: all that it saw, judged, and without a secret.

use std::collections::BTreeSet;
use std::time::Instant;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{events, outages, provenance, selection};
use crate::causes;
use crate::config::{self, TargetSetting};
use crate::evidence::{RedactedPlace, Redactor, Runs, ScenarioRun, Stop};
use crate::http::Outage;
use crate::pack::Catalogue;
use crate::plan::Plan;
use crate::terms::{Level, Verdict};
use crate::verdict::{
    self, CreatedRecord, DataFinding, Existing, ExistingData, Left, OfficialKit, OperationResult,
    RunResult, StoodIn, Waiver,
};
use crate::world::Context;

/// Whether anything answered so far: a target that is down is not asked for each record again.
pub(super) fn reachable(context: &Context) -> bool {
    let all = context.client.log().all();
    all.is_empty() || all.iter().any(|exchange| exchange.response.is_some())
}

/// Which optional operations the target offers, as the result shows it.
fn operations(
    context: &Context,
    catalogue: &Catalogue,
    outages: &[Outage],
) -> Vec<OperationResult> {
    let settings = &context.settings;
    if settings.level < Level::Operations {
        return Vec::new();
    }
    let described = context.pack.manifest.operations.iter();
    // Of a part that did not come to ask for an operation, nothing is missing.
    let whole = settings.selection.is_empty();
    let mut offers = context.offers();
    outages::take_back_offers(&mut offers, outages);
    described
        .zip(offers)
        .filter(|(_, offer)| whole || offer.offered.is_some() || !offer.exchanges.is_empty())
        .map(|(operation, offer)| OperationResult {
            name: offer.name,
            about: operation.about.clone(),
            offered: offer.offered,
            reason: offer.reason,
            exchanges: offer.exchanges,
            requirements: requirements_in(catalogue, settings.level, &operation.areas),
        })
        .collect()
}

/// The ids of the requirements that ran in some areas of the catalogue.
fn requirements_in(catalogue: &Catalogue, highest: Level, areas: &[String]) -> Vec<String> {
    let requirements = catalogue.iter();
    requirements
        .filter(|known| known.level <= highest && areas.contains(&known.area))
        .map(|known| known.id.clone())
        .collect()
}

/// What is left at the target of what the run made there.
fn left(context: &Context, created: &[CreatedRecord]) -> Vec<Left> {
    let why = |reason: Option<String>| reason.unwrap_or_else(|| "no reason is known".to_owned());
    let records = created.iter().filter(|record| !record.deleted);
    let records = records.map(|record| Left {
        resource: context.pack.manifest.resource.clone(),
        id: record.id.clone(),
        why: why(record.reason.clone()),
    });
    let listeners = events::subscriptions(context).into_iter();
    let listeners = listeners.filter(|one| !one.removed).map(|one| Left {
        resource: "hub".to_owned(),
        id: one.id.unwrap_or_default(),
        why: why(one.reason),
    });
    records.chain(listeners).collect()
}

/// What older records violate, as the result shows it.
fn existing_data(context: &Context) -> ExistingData {
    let audit = context.audit();
    let findings = audit.findings.into_iter();
    ExistingData {
        records: audit.records,
        violating: audit.violating,
        findings: findings
            .map(
                |((requirement, pointer), (message, count, records))| DataFinding {
                    requirement,
                    pointer,
                    message,
                    count,
                    records,
                },
            )
            .collect(),
    }
}

/// On which records the run worked that were there before it.
fn existing(context: &Context, plan: &Plan, runs: &Runs) -> Option<Existing> {
    let asked = &context.settings.existing;
    if *asked == config::Existing::default() {
        return None;
    }
    let withheld = |run: &&ScenarioRun| matches!(run.evidence.stop, Some((_, Stop::Withheld(_))));
    let records = context.stood_in().into_iter();
    Some(Existing {
        read_only: asked.read_only,
        records: records.map(|(name, id)| StoodIn { name, id }).collect(),
        scenarios: plan.scenarios.len(),
        withheld: runs.values().filter(withheld).count(),
    })
}

/// What the run itself, and no scenario, knows.
pub(super) struct Facts {
    pub(super) started_at: Timestamp,
    pub(super) started: Instant,
    pub(super) interrupted: bool,
    pub(super) halted: Option<String>,
    /// When the target did not serve.
    pub(super) outages: Vec<Outage>,
    /// What was wrong with the pack, so that nothing behind the replay could run.
    pub(super) defect: Option<String>,
    pub(super) created: Vec<CreatedRecord>,
    pub(super) notes: Vec<String>,
    pub(super) waivers: Vec<Waiver>,
    pub(super) baseline: Option<RunResult>,
}

/// Judges, and takes every secret out of what will be written.
pub(super) fn result(context: &Context, plan: &Plan, runs: &Runs, facts: Facts) -> RunResult {
    let settings = &context.settings;
    let unfinished = if facts.interrupted {
        "the run was interrupted before it came to this"
    } else if !reachable(context) {
        "no request got an answer: the target can't be reached, nothing is said about it"
    } else if let Some(reason) = &facts.halted {
        reason
    } else {
        "the scenario did not come to its end"
    };
    // What is wrong with it is the defect that nothing could run for.
    let none = Catalogue::default();
    let catalogue = context.pack.catalogue().unwrap_or(&none);
    let judgement = verdict::judge(
        plan,
        catalogue,
        runs,
        context.replay.as_ref(),
        &verdict::JudgeOptions {
            highest: settings.level,
            strict: settings.strict,
            unfinished,
            waivers: &facts.waivers,
            today: TimeZone::UTC.to_datetime(facts.started_at).date(),
        },
    );
    let selection = selection::of(settings, plan, &judgement.levels);
    let (verdict, reason) = verdict::run_verdict(
        &judgement.levels,
        &judgement.findings,
        settings.gate,
        selection.as_ref(),
    );
    let mut notes = facts.notes;
    notes.extend(judgement.waivers.iter().filter_map(Waiver::complaint));
    let internal_errors: Vec<_> = facts
        .defect
        .into_iter()
        .chain(judgement.internal_errors)
        .collect();
    notes.extend(internal_errors.iter().map(|error| {
        format!(
            "the harness itself failed at {error}; please report it, it is not the target's fault"
        )
    }));
    let mut result = RunResult {
        schema_version: verdict::SCHEMA_VERSION,
        kit: verdict::Harness {
            name: "tmfctk".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pack: context.pack.manifest.name.clone(),
            pack_title: context.pack.manifest.title.clone(),
            pack_digest: Some(context.pack.digest()),
        },
        run: verdict::Run {
            started_at: facts.started_at.to_string(),
            duration_ms: u64::try_from(facts.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            seed: settings.seed.clone(),
            interrupted: facts.interrupted,
            level: settings.level,
            repeat: provenance::repeat(settings, &context.base),
            partial: selection.is_some() && verdict == Verdict::Inconclusive,
            selection,
            existing: existing(context, plan, runs),
            left: left(context, &facts.created),
            internal_errors,
        },
        target: verdict::Target {
            url: context.base.to_string(),
            reference: settings.target == TargetSetting::Reference,
        },
        subject: subject(&settings.subject),
        environment: Some(provenance::environment()),
        configuration: provenance::configuration(settings),
        gate: settings.gate,
        strict: settings.strict,
        verdict,
        reason,
        official_kit: context.replay.as_ref().map(OfficialKit::from),
        certificate: verdict::certificate(context.replay.as_ref().map(|it| it.would_pass)),
        levels: judgement.levels,
        sources: catalogue.cited(judgement.requirements.iter().flat_map(|one| &one.sources)),
        requirements: judgement.requirements,
        findings: judgement.findings,
        causes: Vec::new(),
        waivers: judgement.waivers,
        baseline: None,
        operations: operations(context, catalogue, &facts.outages),
        subscriptions: events::subscriptions(context),
        deliveries: events::deliveries(context),
        existing_data: existing_data(context),
        scenarios: judgement.scenarios,
        exchanges: context.client.log().take_all(),
        created: facts.created,
        notes,
    };
    result.causes = causes::of(&result, catalogue);
    result.baseline = facts
        .baseline
        .map(|before| verdict::compare(&before, &result));
    redact(context, &mut result);
    result
}

/// Whose product was judged, where the configuration says anything of it.
fn subject(known: &config::Subject) -> Option<verdict::Subject> {
    let subject = verdict::Subject {
        company: known.company.clone(),
        product: known.product.clone(),
        release: known.release.clone(),
        contact: known.contact.clone(),
    };
    (subject != verdict::Subject::default()).then_some(subject)
}

/// Secrets are the user's headers, the run's credentials and whatever cookies went either way.
fn redact(context: &Context, result: &mut RunResult) {
    let all = &result.exchanges;
    let cookies = all.iter().flat_map(|exchange| {
        let received = exchange
            .response
            .iter()
            .flat_map(|response| &response.message.headers);
        received.chain(&exchange.request.message.headers)
    });
    let cookies = cookies
        .filter(|(name, _)| {
            name.eq_ignore_ascii_case("set-cookie") || name.eq_ignore_ascii_case("cookie")
        })
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let headers = context
        .settings
        .headers
        .iter()
        .map(|header| (header.name.as_str(), header.value.expose()));
    let used = context.client.secrets();
    let used = used
        .iter()
        .map(|(name, value)| (name.as_str(), value.expose()));
    let hidden = &context.settings.redaction;
    let places: Vec<RedactedPlace> = hidden
        .pointers
        .iter()
        .filter_map(|pointer| RedactedPlace::parse(pointer))
        .collect();
    // What stands in a body may be quoted in a finding.
    let requests = all.iter().map(|exchange| &exchange.request.message);
    let responses = all.iter().filter_map(|exchange| exchange.response.as_ref());
    let deliveries = result.deliveries.iter().map(|delivery| &delivery.message);
    let texts: BTreeSet<String> = requests
        .chain(responses.map(|response| &response.message))
        .chain(deliveries)
        .filter_map(|message| message.body.as_ref())
        .flat_map(|body| RedactedPlace::texts(&places, body))
        .chain(context.existing_texts())
        .collect();
    let redactor =
        Redactor::new(headers.chain(cookies).chain(used)).hiding(&hidden.patterns, &places, &texts);
    verdict::redact(result, &redactor);
}
