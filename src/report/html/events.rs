//! The timeline of events: what was changed when, and what arrived when.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::Serialize;

use super::exchange::MessageView;
use super::index::{Capped, ENTRIES, ExchangeLink, Index, LINE};
use crate::evidence::{Delivery, Exchange};
use crate::report::text::short;
use crate::verdict::{RunResult, SubscriptionResult};

/// Bytes shown of the body of an event.
const BODY: usize = 16 * 1024;

/// The section on events.
#[derive(Serialize)]
pub struct Events<'a> {
    listeners: Vec<ListenerRow>,
    listener_count: Capped,
    rows: Vec<EventRow>,
    count: Capped,
    deliveries: Vec<DeliveryView<'a>>,
    delivery_count: Capped,
}

#[derive(Serialize)]
struct ListenerRow {
    name: String,
    callback: String,
    query: Option<String>,
    exchange: Option<ExchangeLink>,
    removed: bool,
    reason: Option<String>,
}

/// One line of the timeline.
#[derive(Serialize)]
struct EventRow {
    /// Microseconds since the start of the run.
    micros: u64,
    /// What was done, where it is a request.
    done: Option<Done>,
    /// What arrived, where it is an event.
    came: Option<Came>,
}

#[derive(Serialize)]
struct Done {
    line: String,
    status: u16,
    exchange: ExchangeLink,
}

#[derive(Serialize)]
struct Came {
    index: usize,
    /// Whether it is shown in full below.
    shown: bool,
    event_type: Option<String>,
    listener: Option<String>,
    /// Microseconds since the request that caused it.
    delay: Option<u64>,
    cause: Option<ExchangeLink>,
    /// The key of what there is to say of whose record it is.
    whose: Option<&'static str>,
}

/// One delivery in full.
#[derive(Serialize)]
struct DeliveryView<'a> {
    index: usize,
    method: String,
    path: String,
    answered: u16,
    /// None where what it tells of passed.
    message: Option<MessageView<'a>>,
}

impl<'a> Events<'a> {
    /// The section, where the run registered a listener.
    pub fn new(result: &'a RunResult, index: &Index<'a>) -> Option<Self> {
        if result.subscriptions.is_empty() && result.deliveries.is_empty() {
            return None;
        }
        let mut rows = rows(result, index);
        rows.sort_by_key(|row| row.micros);
        let count = Capped::new(rows.len(), ENTRIES);
        rows.truncate(ENTRIES);
        // What was left is what the reader must act on: it comes first.
        let mut listeners: Vec<&SubscriptionResult> = result.subscriptions.iter().collect();
        listeners.sort_by_key(|one| one.removed);
        Some(Self {
            listener_count: Capped::new(listeners.len(), ENTRIES),
            listeners: listeners
                .into_iter()
                .take(ENTRIES)
                .map(|one| listener(one, index))
                .collect(),
            rows,
            count,
            delivery_count: Capped::new(result.deliveries.len(), ENTRIES),
            deliveries: result
                .deliveries
                .iter()
                .take(ENTRIES)
                .map(|one| delivery(one, index))
                .collect(),
        })
    }
}

fn listener(subscription: &SubscriptionResult, index: &Index<'_>) -> ListenerRow {
    let line = |text: &Option<String>| text.as_deref().map(|text| short(text, LINE));
    ListenerRow {
        name: short(&subscription.name, LINE),
        callback: short(&subscription.callback, LINE),
        query: line(&subscription.query),
        exchange: index.exchange(subscription.exchange),
        removed: subscription.removed,
        reason: line(&subscription.reason),
    }
}

fn delivery<'a>(delivery: &'a Delivery, index: &Index<'_>) -> DeliveryView<'a> {
    let is_full = delivery.cause.is_none_or(|cause| index.is_full(cause));
    DeliveryView {
        index: delivery.index,
        method: short(&delivery.method, LINE),
        path: short(&delivery.path, LINE),
        answered: delivery.answered,
        message: is_full.then(|| MessageView::new(&delivery.message, None, BODY)),
    }
}

/// Changes and arrivals, in no order yet.
fn rows(result: &RunResult, index: &Index<'_>) -> Vec<EventRow> {
    let began = micros(&result.run.started_at).unwrap_or_default();
    let since = |at: &str| {
        // Clocks may be set back while a run goes on.
        let passed = micros(at)?.saturating_sub(began).max(0);
        u64::try_from(passed).ok()
    };
    let requests = reported_requests(result)
        .into_iter()
        .filter_map(|exchange| {
            Some(EventRow {
                micros: since(&exchange.started_at)?,
                done: Some(Done {
                    line: format!(
                        "{} {}",
                        exchange.request.method,
                        index.path(&exchange.request.url)
                    ),
                    status: exchange.response.as_ref()?.status,
                    exchange: index.exchange(exchange.index)?,
                }),
                came: None,
            })
        });
    let arrivals = result.deliveries.iter().filter_map(|delivery| {
        let line = |text: &Option<String>| text.as_deref().map(|text| short(text, LINE));
        Some(EventRow {
            micros: since(&delivery.at)?,
            done: None,
            came: Some(Came {
                index: delivery.index,
                shown: delivery.index < ENTRIES,
                event_type: line(&delivery.event_type),
                listener: line(&delivery.subscription),
                delay: delivery.delay_ms.map(|delay| delay.saturating_mul(1_000)),
                cause: delivery.cause.and_then(|cause| index.exchange(cause)),
                whose: match (delivery.own, &delivery.resource_id) {
                    (true, _) => None,
                    (false, Some(_)) => Some("foreign"),
                    (false, None) => Some("unknown"),
                },
            }),
        })
    });
    requests.chain(arrivals).collect()
}

fn micros(rfc3339: &str) -> Option<i64> {
    let instant: Timestamp = rfc3339.parse().ok()?;
    Some(instant.as_microsecond())
}

/// The requests that events report, and those that should have been reported: what was done beside
/// a registration, in the scenarios that have one.
fn reported_requests(result: &RunResult) -> Vec<&Exchange> {
    let registrations: HashSet<usize> = result
        .subscriptions
        .iter()
        .map(|subscription| subscription.exchange)
        .collect();
    let mut told: HashSet<usize> = result
        .deliveries
        .iter()
        .filter_map(|one| one.cause)
        .collect();
    for scenario in &result.scenarios {
        if scenario
            .exchanges
            .iter()
            .any(|index| registrations.contains(index))
        {
            told.extend(&scenario.exchanges);
        }
    }
    let first = registrations.iter().min().copied().unwrap_or_default();
    let done = |exchange: &&Exchange| {
        let taken = exchange
            .response
            .as_ref()
            .is_some_and(|response| (200..300).contains(&response.status));
        let meant = exchange.index >= first && told.contains(&exchange.index);
        taken && meant && exchange.request.method != "GET"
    };
    result.exchanges.iter().filter(done).collect()
}
