//! Numbers of options: read from text, and held against their range.

use std::str::FromStr;
use std::time::Duration;

use super::error::ConfigError;

/// A parser for clap whose error says what the option takes.
pub(crate) fn read<T: FromStr>(
    expected: &'static str,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static {
    move |text| {
        let value = text.trim().parse();
        value.map_err(|_| format!("expected {expected}"))
    }
}

/// Reads seconds.
pub(super) fn time(text: &str) -> Result<f64, String> {
    read("a number of seconds, such as 10 or 2.5")(text)
}

/// Reads a size.
pub(super) fn bytes(text: &str) -> Result<usize, String> {
    read("a number of bytes, such as 65536")(text)
}

/// Reads how many there may be.
pub(super) fn count(text: &str) -> Result<usize, String> {
    read("a whole number, such as 200")(text)
}

/// Refuses a number out of its range.
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

/// Any number of things, but at least one.
pub(super) const ABOVE_0: (usize, &str) = (usize::MAX, "a number above 0");

/// Takes a whole number from 1 to `most` where one is given.
pub(super) fn count_to(
    name: &'static str,
    given: Option<usize>,
    (most, range): (usize, &'static str),
    limit: &mut usize,
) -> Result<(), ConfigError> {
    if let Some(count) = given {
        check(name, count, (1..=most).contains(&count), range)?;
        *limit = count;
    }
    Ok(())
}

/// A time in seconds, above 0 and at most `most`.
pub(super) fn seconds(
    name: &'static str,
    seconds: f64,
    most: f64,
    range: &'static str,
) -> Result<Duration, ConfigError> {
    check(name, seconds, seconds > 0.0 && seconds <= most, range)?;
    Ok(Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn an_error_says_what_is_expected() {
        let seconds = read::<f64>("a number of seconds, such as 10 or 2.5");
        assert_eq!(seconds(" 2.5"), Ok(2.5));
        assert_eq!(
            seconds("abc"),
            Err("expected a number of seconds, such as 10 or 2.5".to_owned())
        );
    }
}
