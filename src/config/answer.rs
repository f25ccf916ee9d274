//! What is taken of one answer: how long it may take to come, and how much may come.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::error::ConfigError;
use super::layer::layered;
use super::numbers;

/// Nested deeper than this, no reader of JSON here builds a tree of it: stacks are finite.
pub const DEEPEST_JSON: usize = 127;

/// The HTTP library reads no larger head.
const LARGEST_HEAD: usize = 256 * 1024;

/// The time and the size of one answer.
#[derive(Debug, Clone, PartialEq)]
pub struct AnswerLimits {
    /// Until the connection stands, TLS included.
    pub connect: Option<Duration>,
    /// Until status line and headers are there, connecting included.
    pub first_byte: Option<Duration>,
    /// Bytes that a compressed body may have when it is inflated.
    pub inflate_bytes: usize,
    /// Headers of an answer.
    pub max_headers: usize,
    /// Bytes of all names and values of its headers together.
    pub header_bytes: usize,
    /// Levels of arrays and objects within each other.
    pub json_depth: usize,
}

impl Default for AnswerLimits {
    fn default() -> Self {
        Self {
            connect: None,
            first_byte: None,
            inflate_bytes: 128 * 1024 * 1024,
            max_headers: 256,
            header_bytes: 64 * 1024,
            json_depth: DEEPEST_JSON,
        }
    }
}

layered! {
    /// How long an answer may take to come, and how much of it; in the file the table `[limits]`.
    #[derive(Debug, Default, Clone, clap::Args, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields, rename_all = "kebab-case")]
    pub struct GivenAnswerLimits {
        /// Seconds until the connection stands, TLS included; --timeout includes it [default: --timeout]
        #[arg(long, value_name = "SECONDS", env = "TMFCTK_CONNECT_TIMEOUT", value_parser = numbers::time)]
        pub connect_timeout: Option<f64>,
        /// Seconds until an answer begins, connecting included; --timeout includes it
        /// [default: --timeout]
        #[arg(long, value_name = "SECONDS", env = "TMFCTK_FIRST_BYTE_TIMEOUT", value_parser = numbers::time)]
        pub first_byte_timeout: Option<f64>,
        /// Bytes that a compressed body may have when it is inflated; the replay alone asks for
        /// compressed ones, as the official kit does [default: 134217728]
        #[arg(long, value_name = "BYTES", env = "TMFCTK_INFLATE_BYTES", value_parser = numbers::bytes)]
        pub inflate_bytes: Option<usize>,
        /// Headers that an answer may have [default: 256]
        #[arg(long, value_name = "N", env = "TMFCTK_MAX_HEADERS", value_parser = numbers::count)]
        pub max_headers: Option<usize>,
        /// Bytes that the headers of an answer may have [default: 65536]
        #[arg(long, value_name = "BYTES", env = "TMFCTK_HEADER_BYTES", value_parser = numbers::bytes)]
        pub header_bytes: Option<usize>,
        /// Levels of arrays and objects within each other that are judged [default: 127, the most]
        #[arg(
            long,
            value_name = "N",
            env = "TMFCTK_JSON_DEPTH",
            value_parser = numbers::read::<usize>("a number of levels from 1 to 127")
        )]
        pub json_depth: Option<usize>,
    }
}

/// Settles them within `timeout`, that of the whole exchange.
pub(super) fn resolve(
    given: &GivenAnswerLimits,
    timeout: Duration,
) -> Result<AnswerLimits, ConfigError> {
    let mut limits = AnswerLimits::default();
    let within = |name, time: Option<f64>| {
        let range = "a number of seconds above 0 and not above timeout, which includes it";
        let most = timeout.as_secs_f64();
        time.map(|time| numbers::seconds(name, time, most, range))
            .transpose()
    };
    limits.connect = within("connect-timeout", given.connect_timeout)?;
    limits.first_byte = within("first-byte-timeout", given.first_byte_timeout)?;
    let (given_count, limit) = (given.inflate_bytes, &mut limits.inflate_bytes);
    numbers::count_to("inflate-bytes", given_count, numbers::ABOVE_0, limit)?;
    let range = (10_000, "a number from 1 to 10000");
    let (given_count, limit) = (given.max_headers, &mut limits.max_headers);
    numbers::count_to("max-headers", given_count, range, limit)?;
    let range = (LARGEST_HEAD, "a number from 1 to 262144");
    let (given_count, limit) = (given.header_bytes, &mut limits.header_bytes);
    numbers::count_to("header-bytes", given_count, range, limit)?;
    let range = (DEEPEST_JSON, "a number from 1 to 127");
    let (given_count, limit) = (given.json_depth, &mut limits.json_depth);
    numbers::count_to("json-depth", given_count, range, limit)?;
    Ok(limits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::layer::Layer as _;

    fn resolved(given: GivenAnswerLimits) -> Result<AnswerLimits, String> {
        let file = GivenAnswerLimits {
            connect_timeout: Some(1.0),
            json_depth: Some(20),
            ..GivenAnswerLimits::default()
        };
        resolve(&given.over(file), Duration::from_secs(2)).map_err(|error| error.to_string())
    }

    #[test]
    fn options_win_over_the_file_and_the_file_over_the_defaults() {
        let limits = resolved(GivenAnswerLimits {
            json_depth: Some(10),
            ..GivenAnswerLimits::default()
        })
        .unwrap();
        assert_eq!(limits.connect, Some(Duration::from_secs(1)));
        assert_eq!((limits.json_depth, limits.max_headers), (10, 256));
        assert_eq!(limits.first_byte, None);
    }

    #[test]
    fn values_out_of_range_are_named() {
        let none = GivenAnswerLimits::default;
        for (given, words) in [
            (
                GivenAnswerLimits {
                    first_byte_timeout: Some(2.5),
                    ..none()
                },
                "first-byte-timeout must be a number of seconds above 0 and not above timeout",
            ),
            (
                GivenAnswerLimits {
                    connect_timeout: Some(0.0),
                    ..none()
                },
                "connect-timeout must be",
            ),
            (
                GivenAnswerLimits {
                    json_depth: Some(128),
                    ..none()
                },
                "json-depth must be a number from 1 to 127, not 128",
            ),
            (
                GivenAnswerLimits {
                    max_headers: Some(0),
                    ..none()
                },
                "max-headers must be a number from 1 to 10000, not 0",
            ),
        ] {
            let error = resolved(given).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }
}
