//! The options of `run` that bound it.

use super::numbers;
use crate::config::GivenLimits;

/// How much and how fast.
#[derive(Debug, clap::Args)]
pub(super) struct Limits {
    /// Seconds for one exchange, connecting included [default: 10]
    #[arg(
        long,
        value_name = "SECONDS",
        env = "TMFCTK_TIMEOUT",
        value_parser = numbers::read::<f64>("a number of seconds, such as 10 or 2.5")
    )]
    timeout: Option<f64>,
    /// Seconds for one request of the replay; the official kit itself has no limit [default: 60]
    #[arg(
        long,
        value_name = "SECONDS",
        env = "TMFCTK_KIT_TIMEOUT",
        value_parser = numbers::read::<f64>("a number of seconds, such as 60 or 2.5")
    )]
    kit_timeout: Option<f64>,
    /// Scenarios at a time [default: 8]
    #[arg(
        long,
        value_name = "N",
        env = "TMFCTK_CONCURRENCY",
        value_parser = numbers::read::<usize>("a number from 1 to 64")
    )]
    concurrency: Option<usize>,
    /// Requests per second at most [default: no limit]
    #[arg(
        long,
        value_name = "N",
        env = "TMFCTK_RATE",
        value_parser = numbers::read::<f64>("a number of requests per second, such as 5 or 0.5")
    )]
    rate: Option<f64>,
    /// Seconds for the whole run; what it did not come to is inconclusive, and it still cleans up
    /// [default: 3600]
    #[arg(
        long,
        value_name = "SECONDS",
        env = "TMFCTK_MAX_TIME",
        value_parser = numbers::read::<f64>("a number of seconds, such as 600")
    )]
    max_time: Option<f64>,
    /// Requests that a run sends at most, without its cleaning up [default: 20000]
    #[arg(
        long,
        value_name = "N",
        env = "TMFCTK_MAX_EXCHANGES",
        value_parser = numbers::read::<usize>("a number of requests, such as 2000")
    )]
    max_exchanges: Option<usize>,
    /// Requests among them that may change something at the target [default: 5000]
    #[arg(
        long,
        value_name = "N",
        env = "TMFCTK_MAX_WRITES",
        value_parser = numbers::read::<usize>("a number of requests, such as 200")
    )]
    max_writes: Option<usize>,
    /// Bytes of each body kept as evidence [default: 65536]
    #[arg(
        long,
        value_name = "BYTES",
        env = "TMFCTK_KEEP_BYTES",
        value_parser = numbers::read::<usize>("a number of bytes, such as 65536")
    )]
    keep_bytes: Option<usize>,
    /// Bytes of each body read and judged; a longer one leaves its checks inconclusive
    /// [default: 536870912]
    #[arg(
        long,
        value_name = "BYTES",
        env = "TMFCTK_PARSE_BYTES",
        value_parser = numbers::read::<usize>("a number of bytes, such as 536870912")
    )]
    parse_bytes: Option<usize>,
    #[command(flatten)]
    answer: super::answer::AnswerLimits,
}

impl From<Limits> for GivenLimits {
    fn from(args: Limits) -> Self {
        Self {
            timeout: args.timeout,
            kit_timeout: args.kit_timeout,
            keep_bytes: args.keep_bytes,
            parse_bytes: args.parse_bytes,
            concurrency: args.concurrency,
            rate: args.rate,
            max_time: args.max_time,
            max_exchanges: args.max_exchanges,
            max_writes: args.max_writes,
            answer: args.answer.into(),
        }
    }
}
