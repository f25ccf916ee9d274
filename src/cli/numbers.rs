//! Values of options that are read from text: a wrong one is told what is expected.

use std::str::FromStr;

/// A parser for clap, whose complaint says what the option takes.
pub(super) fn read<T: FromStr>(
    expected: &'static str,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static {
    move |text| {
        let value = text.trim().parse();
        value.map_err(|_| format!("expected {expected}"))
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_wrong_value_is_told_what_is_expected() {
        let seconds = read::<f64>("a number of seconds, such as 10 or 2.5");
        assert_eq!(seconds(" 2.5"), Ok(2.5));
        assert_eq!(
            seconds("abc"),
            Err("expected a number of seconds, such as 10 or 2.5".to_owned())
        );
    }
}
