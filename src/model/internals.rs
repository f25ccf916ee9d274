//! What a body says of the inside of the server: nothing that a client could use, and much that an
//! attacker can (OWASP, Improper Error Handling).

use std::sync::LazyLock;

use regex::Regex;

/// What is looked for, and by which pattern. Each is a form that no text for people has.
const FORMS: [(&str, &str); 7] = [
    (
        "a line of a stack trace",
        r"\bat [\w$.<>/]+\([\w$.-]+\.(?:java|kt|scala|groovy|cs):?(?:line )?\d*\)",
    ),
    (
        "a line of a stack trace",
        r"\bat (?:\S+ \()?(?:/|file:|[A-Z]:\\)[^\s()]+:\d+:\d+",
    ),
    (
        "a stack trace",
        r"Traceback \(most recent call last\)|goroutine \d+ \[|stack backtrace:",
    ),
    (
        "the name of a class",
        r"\b(?:java|javax|jakarta|kotlin|org|com|io|net|System|Microsoft)(?:\.\w+)+(?:Exception|Error)\b",
    ),
    (
        "an error of the database",
        r"\bSQLSTATE\b|\bORA-\d{5}\b|\bE11000 duplicate key\b",
    ),
    (
        "a statement of the database",
        r"(?is)\bselect\b.{1,300}\bfrom\b\s+\w.{1,300}\bwhere\b.{1,100}=|\binsert\s+into\s+\w+\s*\(|\bupdate\s+\w+\s+set\s+\w+\s*=",
    ),
    (
        "the path of a file",
        r"(?:/(?:usr|home|var|opt|app|srv)/|[A-Z]:\\)[\w./\\-]+\.(?:java|jar|py|js|ts|rb|php|cs|dll|go|rs)\b",
    ),
];

/// What the text of a body shows of the inside of the server: what it is, and the part that shows it.
pub fn internals(body: &str) -> Option<(&'static str, String)> {
    static PATTERNS: LazyLock<Vec<(&str, Regex)>> = LazyLock::new(|| {
        let forms = FORMS.iter();
        forms
            .filter_map(|(what, pattern)| Some((*what, Regex::new(pattern).ok()?)))
            .collect()
    });
    // As JSON writes what stands between the lines.
    let text = body
        .replace("\\r", " ")
        .replace("\\n", "\n")
        .replace("\\t", " ")
        .replace("\\/", "/")
        .replace("\\\\", "\\");
    PATTERNS.iter().find_map(|(what, pattern)| {
        let found = pattern.find(&text)?;
        Some((*what, found.as_str().to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn internals_are_told_from_texts_for_people() {
        assert_eq!(
            FORMS.len(),
            FORMS.iter().filter(|f| Regex::new(f.1).is_ok()).count()
        );
        for body in [
            r#"{"message":"boom\n\tat com.example.Store.find(Store.java:42)"}"#,
            r#"{"message":"TypeError\n    at list (/app/src/list.js:10:5)"}"#,
            r#"{"message":"Traceback (most recent call last):\n  File"}"#,
            r#"{"message":"org.springframework.dao.DataIntegrityViolationException"}"#,
            r#"{"message":"ORA-00001: unique constraint"}"#,
            r#"{"message":"could not run select id from party where id = 7"}"#,
            r#"{"message":"no such file /usr/src/app/store.js"}"#,
        ] {
            assert!(internals(body).is_some(), "{body}");
        }
        for body in [
            r#"{"code":"400","reason":"Bad Request","message":"reason is missing at /channel/0/id"}"#,
            r#"{"message":"select one of the values from the list, where status is opened"}"#,
            r#"{"message":"no record at http://host/tmf-api/partyInteraction/v4/partyInteraction/7"}"#,
            r#"{"code":"com.example.notFound","message":"Internal Server Error"}"#,
            r#"{"reason":"ValidationError","message":"update the record before you set it"}"#,
        ] {
            assert_eq!(internals(body), None, "{body}");
        }
    }
}
