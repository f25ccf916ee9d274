//! Date-times as RFC 3339 has them: the one place that reads those of others.

use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};

/// The digits of a fraction of a second that an instant keeps.
const MOST_DIGITS: usize = 9;

/// The instant of an RFC 3339 date-time; none where the text is not one. ISO 8601 allows more: a
/// zone without its colon or minutes, the basic form, a comma, no seconds.
pub fn date_time(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_at_checked(19)?;
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    let fits = |(place, byte): (usize, u8)| match marks.iter().find(|(at, _)| *at == place) {
        Some((_, mark)) => byte.to_ascii_uppercase() == *mark,
        None => byte.is_ascii_digit(),
    };
    if !date.bytes().enumerate().all(fits) {
        return None;
    }
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (fraction, zone) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(Some(digits(rest)).filter(|count| *count > 0)?),
        None => ("", rest),
    };
    let is_zone = match zone.as_bytes() {
        [b'Z' | b'z'] => true,
        [b'+' | b'-', a, b, b':', c, d] => {
            let digits = [a, b, c, d].iter().all(|byte| byte.is_ascii_digit());
            digits && [*a, *b] <= *b"23" && [*c, *d] <= *b"59"
        }
        _ => false,
    };
    if !is_zone {
        return None;
    }
    let fraction = &fraction[..fraction.len().min(MOST_DIGITS)];
    let dot = if fraction.is_empty() { "" } else { "." };
    let text = format!("{date}{dot}{fraction}{zone}");
    text.to_ascii_uppercase().parse().ok()
}

/// Seconds that clocks may differ before it is said.
const SAME_CLOCK: i64 = 30;

/// How far the clock that an HTTP date shows is ahead of the time at which it was asked for; zero
/// where that is as good as nothing, none where it is not an HTTP date.
pub fn clock_ahead(date: &str, asked: Timestamp) -> Option<SignedDuration> {
    let date = DateTimeParser::new().parse_timestamp(date).ok()?;
    let ahead = date.as_second() - asked.as_second();
    let differs = ahead.abs() > SAME_CLOCK;
    Some(SignedDuration::from_secs(if differs { ahead } else { 0 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_rfc_3339_allows_is_a_date_time() {
        let ten = date_time("2024-02-03T04:05:06Z").unwrap();
        for text in [
            "2024-02-03T04:05:06.0Z",
            "2024-02-03t04:05:06z",
            "2024-02-03T04:05:06+00:00",
            "2024-02-03T04:05:06-00:00",
            "2024-02-03T05:05:06+01:00",
            "2024-02-03T04:05:06.0000000001Z",
        ] {
            assert_eq!(date_time(text), Some(ten), "{text}");
        }
        assert!(date_time("2024-02-03T04:05:06.1234567891+02:00").is_some());
        assert!(date_time("2016-12-31T23:59:60Z").is_some());
        for text in [
            "2024-02-03T04:05:06+0000",
            "2024-02-03T04:05:06+00",
            "20240203T040506Z",
            "2024-02-03T04:05:06,5Z",
            "2024-02-03T04:05Z",
            "2024-02-03 04:05:06Z",
            "2024-02-03T04:05:06",
            "2024-02-03T04:05:06.Z",
            "2024-02-03T04:05:06Z[UTC]",
            "2024-02-30T04:05:06Z",
            "2024-02-03T24:00:00Z",
            "2024-02-03T04:05:06+24:00",
            "2024-02-03",
            "",
            "ä024-02-03T04:05:06Z",
        ] {
            assert_eq!(date_time(text), None, "{text}");
        }
    }
}
