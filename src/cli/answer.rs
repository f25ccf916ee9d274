//! The options of `run` that bound one answer.

use super::numbers;
use crate::config::GivenAnswerLimits;

/// How long an answer may take to come, and how much of it.
#[derive(Debug, clap::Args)]
pub(super) struct AnswerLimits {
    /// Seconds until the connection stands, TLS included; --timeout includes it [default: --timeout]
    #[arg(
        long,
        value_name = "SECONDS",
        env = "TMFCTK_CONNECT_TIMEOUT",
        value_parser = numbers::read::<f64>("a number of seconds, such as 3 or 0.5")
    )]
    connect_timeout: Option<f64>,
    /// Seconds until an answer begins, connecting included; --timeout includes it
    /// [default: --timeout]
    #[arg(
        long,
        value_name = "SECONDS",
        env = "TMFCTK_FIRST_BYTE_TIMEOUT",
        value_parser = numbers::read::<f64>("a number of seconds, such as 5 or 0.5")
    )]
    first_byte_timeout: Option<f64>,
    /// Bytes that a compressed body may have when it is inflated; the replay alone asks for
    /// compressed ones, as the official kit does [default: 134217728]
    #[arg(
        long,
        value_name = "BYTES",
        env = "TMFCTK_INFLATE_BYTES",
        value_parser = numbers::read::<usize>("a number of bytes, such as 134217728")
    )]
    inflate_bytes: Option<usize>,
    /// Headers that an answer may have [default: 256]
    #[arg(
        long,
        value_name = "N",
        env = "TMFCTK_MAX_HEADERS",
        value_parser = numbers::read::<usize>("a number of headers, such as 256")
    )]
    max_headers: Option<usize>,
    /// Bytes that the headers of an answer may have [default: 65536]
    #[arg(
        long,
        value_name = "BYTES",
        env = "TMFCTK_HEADER_BYTES",
        value_parser = numbers::read::<usize>("a number of bytes, such as 65536")
    )]
    header_bytes: Option<usize>,
    /// Levels of arrays and objects within each other that are judged [default: 127, the most]
    #[arg(
        long,
        value_name = "N",
        env = "TMFCTK_JSON_DEPTH",
        value_parser = numbers::read::<usize>("a number of levels from 1 to 127")
    )]
    json_depth: Option<usize>,
}

impl From<AnswerLimits> for GivenAnswerLimits {
    fn from(args: AnswerLimits) -> Self {
        Self {
            connect_timeout: args.connect_timeout,
            first_byte_timeout: args.first_byte_timeout,
            inflate_bytes: args.inflate_bytes,
            max_headers: args.max_headers,
            header_bytes: args.header_bytes,
            json_depth: args.json_depth,
        }
    }
}
