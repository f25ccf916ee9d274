//! How long the target took, by operation: a chart and its figures.

use std::collections::BTreeMap;

use serde::Serialize;

use super::index::{Capped, Index};
use crate::verdict::RunResult;

/// Operations shown.
const OPERATIONS: usize = 40;
/// The width of the chart in its own units.
const WIDTH: u64 = 1_000;
/// The narrowest bar that can still be seen.
const NARROWEST: u64 = 6;

/// The latency section.
#[derive(Serialize)]
pub struct Latency {
    count: Capped,
    ticks: Vec<Tick>,
    rows: Vec<Row>,
}

/// A line of the chart's scale.
#[derive(Serialize)]
struct Tick {
    x: u64,
    micros: u64,
}

/// One operation.
#[derive(Serialize)]
struct Row {
    operation: String,
    exchanges: usize,
    minimum: u64,
    median: u64,
    p95: u64,
    maximum: u64,
    /// Where the line from minimum to maximum begins, and how long it is.
    line: (u64, u64),
    /// The same of the bar from median to 95th percentile.
    bar: (u64, u64),
}

impl Latency {
    /// The chart of a run; none where no answer came.
    pub fn new(result: &RunResult, index: &Index<'_>) -> Option<Self> {
        let mut times: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for exchange in &result.exchanges {
            // What broke off shows how long the harness waited, not how fast the target is.
            if exchange.response.is_some() && exchange.error.is_none() {
                let path = operation(&index.path(&exchange.request.url));
                let name = format!("{} {path}", exchange.request.method);
                times
                    .entry(name)
                    .or_default()
                    .push(exchange.duration_micros);
            }
        }
        times.values_mut().for_each(|times| times.sort_unstable());
        let all = || times.values().flatten().copied();
        let scale = Scale::new(all().min()?, all().max()?);
        // The slowest first: that is what one looks for.
        let mut operations: Vec<(&String, &Vec<u64>)> = times.iter().collect();
        operations.sort_by_key(|(_, times)| std::cmp::Reverse(percentile(times, 95)));
        Some(Self {
            count: Capped::new(operations.len(), OPERATIONS),
            ticks: scale.ticks(),
            rows: operations
                .into_iter()
                .take(OPERATIONS)
                .map(|(operation, times)| Row::new(operation, times, &scale))
                .collect(),
        })
    }
}

impl Row {
    /// `times` are sorted, and there is one at least.
    fn new(operation: &str, times: &[u64], scale: &Scale) -> Self {
        let minimum = percentile(times, 0);
        let median = percentile(times, 50);
        let p95 = percentile(times, 95);
        let maximum = percentile(times, 100);
        Self {
            operation: operation.to_owned(),
            exchanges: times.len(),
            minimum,
            median,
            p95,
            maximum,
            line: scale.span(minimum, maximum),
            bar: scale.span(median, p95),
        }
    }
}

/// The operation behind a path: what follows its first segment is an id, what follows `?` chooses.
fn operation(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut segments = path.trim_start_matches('/').splitn(2, '/');
    let first = segments.next().unwrap_or_default();
    match segments.next() {
        Some(rest) if !rest.is_empty() => format!("/{first}/{{id}}"),
        _ => format!("/{first}"),
    }
}

/// The nearest rank: a time that was really measured. Zero where there is none.
fn percentile(sorted: &[u64], percent: usize) -> u64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

/// Times on a logarithmic scale: a hundredth and a tenfold of the usual can both be read.
struct Scale {
    from: f64,
    decades: f64,
}

impl Scale {
    /// The whole decades around the shortest and the longest time.
    fn new(shortest: u64, longest: u64) -> Self {
        let from = logarithm(shortest).floor();
        let to = logarithm(longest).ceil().max(from + 1.0);
        Self {
            from,
            decades: to - from,
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place between 0 and the width"
    )]
    fn x(&self, micros: u64) -> u64 {
        let share = ((logarithm(micros) - self.from) / self.decades).clamp(0.0, 1.0);
        (share * WIDTH as f64).round() as u64
    }

    /// Where a span begins, and how long it is drawn.
    fn span(&self, from: u64, to: u64) -> (u64, u64) {
        let width = (self.x(to) - self.x(from)).max(NARROWEST);
        (self.x(from).min(WIDTH - width), width)
    }

    fn ticks(&self) -> Vec<Tick> {
        // Ten to the 18th microseconds is longer than any run.
        (0..=18)
            .map(|power| 10_u64.pow(power))
            .filter(|micros| {
                let at = logarithm(*micros);
                at >= self.from && at <= self.from + self.decades
            })
            .map(|micros| Tick {
                x: self.x(micros),
                micros,
            })
            .collect()
    }
}

#[expect(clippy::cast_precision_loss, reason = "a place in a picture")]
fn logarithm(micros: u64) -> f64 {
    (micros.max(1) as f64).log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_queries_are_one_operation() {
        assert_eq!(operation("/hub/4711"), "/hub/{id}");
        assert_eq!(operation("/thing?fields=a&x=/y"), "/thing");
        assert_eq!(operation("/thing/"), "/thing");
        assert_eq!(operation(""), "/");
    }

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let times: Vec<u64> = (1..=40).collect();
        assert_eq!(percentile(&times, 0), 1);
        assert_eq!(percentile(&times, 50), 20);
        assert_eq!(percentile(&times, 95), 38);
        assert_eq!(percentile(&times, 100), 40);
        assert_eq!(percentile(&[7], 95), 7);
    }

    #[test]
    fn the_scale_holds_whole_decades_and_what_is_measured() {
        let scale = Scale::new(350, 42_000);
        let ticks: Vec<_> = scale
            .ticks()
            .iter()
            .map(|tick| (tick.x, tick.micros))
            .collect();
        assert_eq!(
            ticks,
            [(0, 100), (333, 1_000), (667, 10_000), (1_000, 100_000)]
        );
        assert_eq!(scale.span(100_000, 100_000), (994, 6));
    }
}
