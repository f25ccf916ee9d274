//! What is taken of one answer: how long it may take to come, and how much may come.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::ConfigError;
use super::limits::check;

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

/// What flags and environment, or the section `[limits]` of the file, say of them.
#[derive(Debug, Default, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GivenAnswerLimits {
    /// Seconds until the connection stands.
    pub connect_timeout: Option<f64>,
    /// Seconds until the answer begins.
    pub first_byte_timeout: Option<f64>,
    /// Bytes of an inflated body.
    pub inflate_bytes: Option<usize>,
    /// Headers of an answer.
    pub max_headers: Option<usize>,
    /// Bytes of its headers.
    pub header_bytes: Option<usize>,
    /// Levels of nested JSON.
    pub json_depth: Option<usize>,
}

/// Settles them within `timeout`, that of the whole exchange; `given` wins over the file.
pub(super) fn resolve(
    given: &GivenAnswerLimits,
    file: &GivenAnswerLimits,
    timeout: Duration,
) -> Result<AnswerLimits, ConfigError> {
    let mut limits = AnswerLimits::default();
    let within = |name, seconds: Option<f64>| {
        let range = "a number of seconds above 0 and not above timeout, which includes it";
        let Some(seconds) = seconds else {
            return Ok(None);
        };
        let allowed = seconds > 0.0 && seconds <= timeout.as_secs_f64();
        check(name, seconds, allowed, range)?;
        Ok::<_, ConfigError>(Some(Duration::from_secs_f64(seconds)))
    };
    limits.connect = within(
        "connect-timeout",
        given.connect_timeout.or(file.connect_timeout),
    )?;
    limits.first_byte = within(
        "first-byte-timeout",
        given.first_byte_timeout.or(file.first_byte_timeout),
    )?;
    let counts = [
        (
            "inflate-bytes",
            given.inflate_bytes.or(file.inflate_bytes),
            usize::MAX,
            "a number above 0",
            &mut limits.inflate_bytes,
        ),
        (
            "max-headers",
            given.max_headers.or(file.max_headers),
            10_000,
            "a number from 1 to 10000",
            &mut limits.max_headers,
        ),
        (
            "header-bytes",
            given.header_bytes.or(file.header_bytes),
            LARGEST_HEAD,
            "a number from 1 to 262144",
            &mut limits.header_bytes,
        ),
        (
            "json-depth",
            given.json_depth.or(file.json_depth),
            DEEPEST_JSON,
            "a number from 1 to 127",
            &mut limits.json_depth,
        ),
    ];
    for (name, count, most, range, limit) in counts {
        if let Some(count) = count {
            check(name, count, (1..=most).contains(&count), range)?;
            *limit = count;
        }
    }
    Ok(limits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(given: GivenAnswerLimits) -> Result<AnswerLimits, String> {
        let file = GivenAnswerLimits {
            connect_timeout: Some(1.0),
            json_depth: Some(20),
            ..GivenAnswerLimits::default()
        };
        resolve(&given, &file, Duration::from_secs(2)).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_given_wins_over_the_file_and_that_over_the_defaults() {
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
    fn what_is_out_of_range_is_named() {
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
