//! What was judged while the target did not serve is taken back: its answers of that time say
//! nothing about its conformance.

use crate::evidence::{Runs, ScenarioEvidence, ScenarioRun, Stop};
use crate::http::Outage;
use crate::kit::Replay;
use crate::world::Offer;

/// The outage in which an exchange was sent.
fn outage_at(outages: &[Outage], exchange: usize) -> Option<&Outage> {
    outages.iter().find(|outage| outage.holds(exchange))
}

/// Takes back what scenarios saw in an outage and after it: they are undecided, with the outage as
/// the one cause. What they saw before stays.
pub(super) fn take_back(runs: &mut Runs, outages: &[Outage]) {
    for run in runs.values_mut() {
        if let Some(outage) = first_outage(&run.evidence, outages) {
            take_back_of(run, outage);
        }
    }
}

fn first_outage<'o>(evidence: &ScenarioEvidence, outages: &'o [Outage]) -> Option<&'o Outage> {
    let stopped_by = match &evidence.stop {
        Some((_, Stop::Blocked { exchange, .. })) => *exchange,
        _ => None,
    };
    let observed = evidence.observations.iter();
    let observed = observed.filter_map(|observation| observation.exchange);
    let all = evidence.exchanges.iter().copied();
    let mut all = all.chain(observed).chain(stopped_by);
    all.find_map(|exchange| outage_at(outages, exchange))
}

fn take_back_of(run: &mut ScenarioRun, outage: &Outage) {
    let evidence = &mut run.evidence;
    evidence
        .observations
        .retain(|seen| seen.exchange.is_some_and(|exchange| exchange < outage.from));
    evidence.held.clear();
    let line = match &evidence.stop {
        Some((line, _)) => *line,
        None => run.steps.keys().copied().max().unwrap_or_default(),
    };
    let exchange = Some(outage.from);
    let stop = Stop::blocked(outage.reason.clone(), exchange);
    evidence.stop = Some((line, stop));
}

/// Takes back the prediction of a replay that an outage befell: it was not run whole.
pub(super) fn take_back_prediction(replay: &mut Replay, outages: &[Outage]) {
    let mut exchanges = replay.requests.iter().flat_map(|one| &one.exchanges);
    if let Some(outage) = exchanges.find_map(|exchange| outage_at(outages, *exchange)) {
        replay.withdraw(format!(
            "It can't be predicted whether the target passes the official kit: {}.",
            outage.reason
        ));
    }
}

/// Takes back what an outage let an optional operation look like.
pub(super) fn take_back_offers(offers: &mut [Offer], outages: &[Outage]) {
    for offer in offers {
        let mut exchanges = offer.exchanges.iter();
        if let Some(outage) = exchanges.find_map(|exchange| outage_at(outages, *exchange)) {
            offer.offered = None;
            offer.reason.clone_from(&outage.reason);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::evidence::Observation;
    use crate::terms::Severity;

    fn seen(exchange: Option<usize>) -> Observation {
        Observation {
            requirement: "R".to_owned(),
            severity: Severity::Fail,
            message: String::new(),
            expected: Value::Null,
            actual: Value::Null,
            pointer: None,
            exchange,
            kit_induced: false,
            advice: None,
            key: String::new(),
            line: 3,
        }
    }

    fn scenario(exchanges: &[usize], observed: &[Option<usize>]) -> ScenarioRun {
        let mut run = ScenarioRun::default();
        run.evidence.exchanges.extend(exchanges);
        run.evidence.observations = observed.iter().copied().map(seen).collect();
        run.evidence.held.insert("R".to_owned());
        run
    }

    #[test]
    fn only_what_was_seen_before_an_outage_stays() {
        let outage = Outage {
            from: 5,
            until: Some(8),
            reason: "gone".to_owned(),
        };
        let place = |line| ("a.feature".to_owned(), line);
        let mut runs = Runs::from([
            (place(1), scenario(&[1, 5], &[Some(1), Some(5), None])),
            (place(2), scenario(&[9], &[Some(9)])),
        ]);
        take_back(&mut runs, &[outage]);
        let touched = &runs[&place(1)].evidence;
        assert_eq!(touched.observations, [seen(Some(1))]);
        assert!(touched.held.is_empty());
        assert_eq!(touched.stop, Some((0, Stop::blocked("gone", Some(5)))));
        let untouched = &runs[&place(2)].evidence;
        assert_eq!((untouched.observations.len(), &untouched.stop), (1, &None));
    }
}
