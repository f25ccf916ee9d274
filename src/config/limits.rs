//! How much and how fast: the limits of one exchange and of a run as a whole.

use std::time::Duration;

use super::ConfigError;
use super::answer::{self, AnswerLimits, GivenAnswerLimits};

/// How much and how fast.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// For one exchange, connecting included.
    pub timeout: Duration,
    /// For one request of the replay of the official kit, which has no limit of its own.
    pub kit_timeout: Duration,
    /// Bytes of a body kept as evidence.
    pub keep_bytes: usize,
    /// Bytes of a body read and parsed.
    pub parse_bytes: usize,
    /// Bytes of a body that lie in memory as they came; a longer one is compressed while it is
    /// judged. No user sets it.
    pub most_plain: usize,
    /// Scenarios at a time.
    pub concurrency: usize,
    /// Requests per second at most.
    pub rate: Option<f64>,
    /// For the whole run, without its cleaning up.
    pub max_time: Duration,
    /// Requests that a run sends at most, without its cleaning up.
    pub max_exchanges: usize,
    /// Requests among them that may change something at the target.
    pub max_writes: usize,
    /// Of one answer.
    pub answer: AnswerLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            kit_timeout: Duration::from_secs(60),
            keep_bytes: 64 * 1024,
            parse_bytes: 512 * 1024 * 1024,
            most_plain: 1024 * 1024,
            concurrency: 8,
            rate: None,
            max_time: Duration::from_secs(3600),
            max_exchanges: 20_000,
            max_writes: 5_000,
            answer: AnswerLimits::default(),
        }
    }
}

/// What flags and environment, or the file, say of them.
#[derive(Debug, Default, Clone)]
pub struct GivenLimits {
    /// Seconds for one exchange.
    pub timeout: Option<f64>,
    /// Seconds for one request of the replay.
    pub kit_timeout: Option<f64>,
    /// Bytes of a body kept as evidence.
    pub keep_bytes: Option<usize>,
    /// Bytes of a body read and parsed.
    pub parse_bytes: Option<usize>,
    /// Scenarios at a time.
    pub concurrency: Option<usize>,
    /// Requests per second at most.
    pub rate: Option<f64>,
    /// Seconds for the whole run.
    pub max_time: Option<f64>,
    /// Requests that a run sends at most.
    pub max_exchanges: Option<usize>,
    /// Requests that may change something.
    pub max_writes: Option<usize>,
    /// Of one answer.
    pub answer: GivenAnswerLimits,
}

/// The largest number of seconds that is taken for a time: a day.
const LONGEST: f64 = 86_400.0;

/// Settles the limits; `given` wins over the file.
pub(super) fn resolve(given: &GivenLimits, file: &GivenLimits) -> Result<Limits, ConfigError> {
    let mut limits = Limits::default();
    if let Some(seconds) = given.timeout.or(file.timeout) {
        let range = "a number of seconds above 0 and at most 3600";
        limits.timeout = seconds_below("timeout", seconds, 3600.0, range)?;
    }
    if let Some(seconds) = given.kit_timeout.or(file.kit_timeout) {
        let range = "a number of seconds above 0 and at most 3600";
        limits.kit_timeout = seconds_below("kit-timeout", seconds, 3600.0, range)?;
    }
    if let Some(seconds) = given.max_time.or(file.max_time) {
        let range = "a number of seconds above 0 and at most 86400";
        limits.max_time = seconds_below("max-time", seconds, LONGEST, range)?;
    }
    if let Some(scenarios) = given.concurrency.or(file.concurrency) {
        let range = "a number from 1 to 64";
        check(
            "concurrency",
            scenarios,
            (1..=64).contains(&scenarios),
            range,
        )?;
        limits.concurrency = scenarios;
    }
    if let Some(rate) = given.rate.or(file.rate) {
        let range = "a number of requests per second above 0";
        check("rate", rate, rate > 0.0 && rate.is_finite(), range)?;
        limits.rate = Some(rate);
    }
    let counts = [
        (
            "parse-bytes",
            given.parse_bytes.or(file.parse_bytes),
            &mut limits.parse_bytes,
        ),
        (
            "max-exchanges",
            given.max_exchanges.or(file.max_exchanges),
            &mut limits.max_exchanges,
        ),
        (
            "max-writes",
            given.max_writes.or(file.max_writes),
            &mut limits.max_writes,
        ),
    ];
    for (name, count, limit) in counts {
        if let Some(count) = count {
            check(name, count, count > 0, "a number above 0")?;
            *limit = count;
        }
    }
    if let Some(bytes) = given.keep_bytes.or(file.keep_bytes) {
        limits.keep_bytes = bytes;
    }
    limits.answer = answer::resolve(&given.answer, &file.answer, limits.timeout)?;
    Ok(limits)
}

fn seconds_below(
    name: &'static str,
    seconds: f64,
    most: f64,
    range: &'static str,
) -> Result<Duration, ConfigError> {
    check(name, seconds, seconds > 0.0 && seconds <= most, range)?;
    Ok(Duration::from_secs_f64(seconds))
}

pub(super) fn check(
    name: &'static str,
    given: impl ToString,
    allowed: bool,
    range: &'static str,
) -> Result<(), ConfigError> {
    if allowed {
        return Ok(());
    }
    Err(ConfigError::Number {
        name,
        range,
        given: given.to_string(),
    })
}
