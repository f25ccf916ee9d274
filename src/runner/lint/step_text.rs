//! What stands in the text of a step, as far as it can be wrong before anything runs: names of
//! records, JSON values, placeholders. And whether a step has an answer to look at.

use std::collections::BTreeSet;

use serde_json::Value;

/// What a quoted name of a record stands behind.
const BEFORE_A_RECORD: [&str; 5] = ["record", "records", "like", "create of", "was sent for"];

/// What stands before a name in quotes by which the scenario itself calls a record.
const NEW_RECORD: &str = "new record";

/// Beginnings of what is said of the last answer.
const ABOUT_AN_ANSWER: [&str; 10] = [
    "the status ",
    "the answer ",
    "the list ",
    "every element ",
    "the element of ",
    "it is refused",
    "no match is answered",
    "filtering by it ",
    "the header ",
    "the method is refused",
];

/// Beginnings of what is given and brings no answer.
const GIVES_NO_ANSWER: [&str; 5] = [
    "the record \"",
    "the records \"",
    "request ",
    "the representations ",
    "the error answers ",
];

/// What is before the values and bodies of a step: in these any text may stand.
fn words(step: &str) -> &str {
    let end = [" = ", "{", "["]
        .iter()
        .filter_map(|mark| step.find(mark))
        .min();
    match end {
        _ if step.starts_with("the text ") => "",
        Some(end) => &step[..end],
        None => step,
    }
}

/// The names of the records that a step needs, and of those that it makes.
pub(super) fn records(step: &str) -> (BTreeSet<&str>, BTreeSet<&str>) {
    let (mut needed, mut made) = (BTreeSet::new(), BTreeSet::new());
    let mut pieces = words(step).split('"');
    let mut before = pieces.next().unwrap_or_default().trim_end();
    let mut of_records = false;
    while let (Some(name), Some(behind)) = (pieces.next(), pieces.next()) {
        let goes_on = matches!(before.trim(), "," | "and");
        of_records = of_records && goes_on
            || BEFORE_A_RECORD.iter().any(|word| {
                let rest = before.strip_suffix(word);
                rest.is_some_and(|rest| rest.is_empty() || rest.ends_with(' '))
            });
        if before.ends_with(NEW_RECORD) {
            made.insert(name);
        } else if of_records {
            needed.insert(name);
        }
        before = behind.trim_end();
    }
    (needed, made)
}

/// The names between `${` and `}`, or the text behind a `${` that is not closed.
pub(super) fn placeholders(step: &str) -> Result<Vec<&str>, &str> {
    let opened = step.split("${").skip(1);
    opened
        .map(|rest| rest.split_once('}').map(|(name, _)| name).ok_or(rest))
        .collect()
}

/// What stands where a JSON value is asked for and is none, with the reason.
pub(super) fn no_json(step: &str) -> Option<(&str, String)> {
    let (before, value) = step.split_once(" = ")?;
    let mut before = before.rsplit(' ');
    let place = before.next()?;
    match before.next()? {
        "with" if place.starts_with('/') => {}
        "has" => {}
        _ => return None,
    }
    let value = [
        ", at most a warning",
        ", for information",
        ", if it has one",
    ]
    .iter()
    .find_map(|suffix| value.strip_suffix(suffix))
    .unwrap_or(value);
    let text = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    // Filled before it is read: what comes may have quotes of its own.
    if text.is_some_and(|text| text.contains("${")) {
        return None;
    }
    let problem = serde_json::from_str::<Value>(value).err()?;
    Some((value, problem.to_string()))
}

/// Whether a `Then` says something of the last answer.
pub(super) fn about_an_answer(step: &str) -> bool {
    ABOUT_AN_ANSWER.iter().any(|start| step.starts_with(start))
}

/// Whether a `Given` can leave an answer to look at.
pub(super) fn may_answer(step: &str) -> bool {
    step.contains("\" keeps ") || !GIVES_NO_ANSWER.iter().any(|start| step.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_told_from_other_quoted_words() {
        let needed = |step| records(step).0.into_iter().collect::<Vec<_>>().join("+");
        assert_eq!(needed(r#"the records "A", "B" and "page 1""#), "A+B+page 1");
        assert_eq!(
            needed(r#"a body like "A" is posted with /x = "like \"C\"""#),
            "A"
        );
        assert_eq!(
            needed(r#"the record "A" is patched with {"record": "C"}"#),
            "A"
        );
        assert_eq!(needed(r#"the create of "A" answered 201"#), "A");
        assert_eq!(needed(r#"the answer has what was sent for "A" in id"#), "A");
        assert_eq!(needed(r#"a listener "first" hears of the record "A""#), "A");
        assert_eq!(
            needed(r#"the text a record "C" is posted as text/plain"#),
            ""
        );
        assert_eq!(needed(r#"the discord "C""#), "");
        let (needed, made) = records(r#"a new record "mine" like "A""#);
        assert!(needed.contains("A") && made.contains("mine") && needed.len() == 1);
    }

    #[test]
    fn values_are_json_or_a_text_with_placeholders() {
        for step in [
            "the answer has /x = 5, at most a warning",
            r#"the answer has /x = "${A.reason}""#,
            r#"a body like "A" is posted with /x = [{"a":"${run}"}]"#,
            "the collection is requested with reason = x",
            "the text a = b is posted as text/plain",
        ] {
            assert_eq!(no_json(step), None);
        }
        for (step, value) in [
            ("the answer has /x = oops, for information", "oops"),
            ("the answer has /x = oops, if it has one", "oops"),
            ("every element has direction = {bad", "{bad"),
            (r#"a body like "A" is posted with /x = ${A.id}"#, "${A.id}"),
        ] {
            assert_eq!(no_json(step).unwrap().0, value);
        }
    }

    #[test]
    fn placeholders_are_found_and_must_end() {
        assert_eq!(placeholders("a=${A.id}&b=${run}"), Ok(vec!["A.id", "run"]));
        assert_eq!(placeholders("a=${A.id"), Err("A.id"));
    }
}
