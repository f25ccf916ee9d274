//! How much and how fast: the limits of one exchange and of a run as a whole.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::answer::{self, AnswerLimits, GivenAnswerLimits};
use super::error::ConfigError;
use super::layer::layered;
use super::numbers;

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
    /// How long a list may take to show what was created or deleted.
    pub settle: Duration,
    /// Steps of the random walk; 0 for none.
    pub walk: usize,
    /// What the choices of the random walk follow from.
    pub walk_seed: String,
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
            settle: Duration::from_secs(5),
            walk: 20,
            walk_seed: "3".to_owned(),
            answer: AnswerLimits::default(),
        }
    }
}

layered! {
    /// How much and how fast.
    #[derive(Debug, Default, Clone, clap::Args, Deserialize, JsonSchema)]
    #[serde(rename_all = "kebab-case")]
    pub struct GivenLimits {
        /// Seconds for one exchange, connecting included [default: 10]
        #[arg(long, value_name = "SECONDS", env = "TMFCTK_TIMEOUT", value_parser = numbers::time)]
        pub timeout: Option<f64>,
        /// Seconds for one request of the replay; the official kit itself has no limit [default: 60]
        #[arg(long, value_name = "SECONDS", env = "TMFCTK_KIT_TIMEOUT", value_parser = numbers::time)]
        pub kit_timeout: Option<f64>,
        /// Scenarios at a time [default: 8]
        #[arg(
            long,
            value_name = "N",
            env = "TMFCTK_CONCURRENCY",
            value_parser = numbers::read::<usize>("a number from 1 to 64")
        )]
        pub concurrency: Option<usize>,
        /// Requests per second at most [default: no limit]
        #[arg(
            long,
            value_name = "N",
            env = "TMFCTK_RATE",
            value_parser = numbers::read::<f64>("a number of requests per second, such as 5 or 0.5")
        )]
        pub rate: Option<f64>,
        /// Seconds for the whole run; what it did not come to is inconclusive, and it still cleans up
        /// [default: 3600]
        #[arg(long, value_name = "SECONDS", env = "TMFCTK_MAX_TIME", value_parser = numbers::time)]
        pub max_time: Option<f64>,
        /// Requests that a run sends at most, without its cleaning up [default: 20000]
        #[arg(long, value_name = "N", env = "TMFCTK_MAX_EXCHANGES", value_parser = numbers::count)]
        pub max_exchanges: Option<usize>,
        /// Requests among them that may change something at the target [default: 5000]
        #[arg(long, value_name = "N", env = "TMFCTK_MAX_WRITES", value_parser = numbers::count)]
        pub max_writes: Option<usize>,
        /// Bytes of each body kept as evidence [default: 65536]
        #[arg(long, value_name = "BYTES", env = "TMFCTK_KEEP_BYTES", value_parser = numbers::bytes)]
        pub keep_bytes: Option<usize>,
        /// Bytes of each body read and judged; a longer one leaves its checks inconclusive
        /// [default: 536870912]
        #[arg(long, value_name = "BYTES", env = "TMFCTK_PARSE_BYTES", value_parser = numbers::bytes)]
        pub parse_bytes: Option<usize>,
        /// Seconds for which a list is asked for again that lacks what was created, or still holds what
        /// was deleted [default: 5]
        #[arg(long, value_name = "SECONDS", env = "TMFCTK_SETTLE", value_parser = numbers::time)]
        pub settle: Option<f64>,
        /// Steps of the random walk whose answers are compared with what the steps before promise; 0
        /// for none. There is none where the run may change nothing, or uses existing records
        /// [default: 20]
        #[arg(long, value_name = "N", env = "TMFCTK_WALK", value_parser = numbers::count)]
        pub walk: Option<usize>,
        /// Choose other steps for the random walk: each seed gives the same ones in each run
        /// [default: 3]
        #[arg(long, value_name = "SEED", env = "TMFCTK_WALK_SEED")]
        pub walk_seed: Option<String>,
        /// Of one answer.
        #[command(flatten)]
        #[serde(default, rename = "limits")]
        pub answer: GivenAnswerLimits,
    }
}

/// The largest number of seconds for a run: a day.
const LONGEST: f64 = 86_400.0;

/// Settles the limits.
pub(super) fn resolve(given: &GivenLimits) -> Result<Limits, ConfigError> {
    let mut limits = Limits::default();
    if let Some(time) = given.timeout {
        let range = "a number of seconds above 0 and at most 3600";
        limits.timeout = numbers::seconds("timeout", time, 3600.0, range)?;
    }
    if let Some(time) = given.kit_timeout {
        let range = "a number of seconds above 0 and at most 3600";
        limits.kit_timeout = numbers::seconds("kit-timeout", time, 3600.0, range)?;
    }
    if let Some(time) = given.max_time {
        let range = "a number of seconds above 0 and at most 86400";
        limits.max_time = numbers::seconds("max-time", time, LONGEST, range)?;
    }
    if let Some(time) = given.settle {
        let range = "a number of seconds from 0 to 3600";
        numbers::check("settle", time, (0.0..=3600.0).contains(&time), range)?;
        limits.settle = Duration::from_secs_f64(time);
    }
    if let Some(rate) = given.rate {
        let range = "a number of requests per second above 0";
        numbers::check("rate", rate, rate > 0.0 && rate.is_finite(), range)?;
        limits.rate = Some(rate);
    }
    let range = (64, "a number from 1 to 64");
    let (given_count, limit) = (given.concurrency, &mut limits.concurrency);
    numbers::count_to("concurrency", given_count, range, limit)?;
    let (given_count, limit) = (given.parse_bytes, &mut limits.parse_bytes);
    numbers::count_to("parse-bytes", given_count, numbers::ABOVE_0, limit)?;
    let (given_count, limit) = (given.max_exchanges, &mut limits.max_exchanges);
    numbers::count_to("max-exchanges", given_count, numbers::ABOVE_0, limit)?;
    let (given_count, limit) = (given.max_writes, &mut limits.max_writes);
    numbers::count_to("max-writes", given_count, numbers::ABOVE_0, limit)?;
    if let Some(bytes) = given.keep_bytes {
        limits.keep_bytes = bytes;
    }
    if let Some(walk) = given.walk {
        let range = "a number from 0 to 3000";
        numbers::check("walk", walk, walk <= 3000, range)?;
        limits.walk = walk;
    }
    if let Some(seed) = &given.walk_seed {
        limits.walk_seed.clone_from(seed);
    }
    limits.answer = answer::resolve(&given.answer, limits.timeout)?;
    Ok(limits)
}
