//! What was probably meant by a misspelt name.

use std::cmp::Reverse;

/// The part of a name that has to be right for it to have been meant.
const LEAST: f64 = 0.6;

/// How like a known name is to the one that was given, for comparison with others; none where it
/// can't have been meant.
pub fn likeness(given: &str, known: &str) -> Option<impl Ord + Copy + use<>> {
    let likeness = strsim::normalized_damerau_levenshtein(given, known);
    // Of two numbers between 0 and 1 the greater one has the greater bits.
    (likeness > LEAST).then(|| likeness.to_bits())
}

/// The known name that was probably meant.
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let known = known.into_iter();
    known
        .filter_map(|known| Some((likeness(given, known)?, known)))
        .min_by_key(|(likeness, _)| Reverse(*likeness))
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_leads_to_the_name_that_was_meant_and_nothing_else_does() {
        let known = ["timeout", "target", "level"];
        assert_eq!(nearest("timout", known), Some("timeout"));
        assert_eq!(nearest("taregt", known), Some("target"));
        assert_eq!(nearest("url", known), None);
        assert_eq!(nearest("b2", ["a1", "b1", "b2"]), Some("b2"));
    }
}
