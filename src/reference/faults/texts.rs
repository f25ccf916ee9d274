//! Faults that change the texts that a client sent.

use serde_json::Value;

use super::super::effect::Effect::Keep;
use super::super::effect::Object;
use super::{FaultInfo, fault};

/// A row for a change of the free texts that a client sends.
macro_rules! texts {
    ($name:literal, $description:literal, $change:expr) => {
        fault(
            $name,
            "TMF683-4-SPC-018",
            $description,
            &[Keep(|record, _, _| edit_free_texts(record, &$change))],
        )
    };
}

/// Attributes that hold free texts.
const FREE: &[&str] = &[
    "reason",
    "description",
    "resolution",
    "text",
    "author",
    "name",
];

/// The table.
pub(super) static FAULTS: &[FaultInfo] = &[
    texts!(
        "texts-cut-at-255",
        "texts are cut after 255 characters",
        |text| text.chars().take(255).collect()
    ),
    texts!(
        "texts-cut-at-4000",
        "texts are cut after 4000 characters",
        |text| text.chars().take(4000).collect()
    ),
    texts!(
        "texts-trimmed-of-markup",
        "markup is stripped from texts",
        without_markup
    ),
    texts!(
        "texts-escaped",
        "markup in texts is stored escaped",
        escaped
    ),
    texts!(
        "texts-without-umlauts",
        "characters beyond ASCII become question marks",
        |text| text
            .chars()
            .map(|c| if c.is_ascii() { c } else { '?' })
            .collect()
    ),
    texts!(
        "texts-mojibake",
        "characters beyond ASCII are read as Latin-1",
        |text| text.bytes().map(char::from).collect()
    ),
    texts!(
        "texts-without-emoji",
        "characters beyond the basic plane are lost",
        |text| text.chars().filter(|c| u32::from(*c) < 0x1_0000).collect()
    ),
    texts!(
        "texts-without-quotes",
        "quotes are lost from texts",
        |text| text.replace(['"', '\''], "")
    ),
    texts!(
        "texts-with-doubled-quotes",
        "quotes in texts are doubled",
        |text| text.replace('\'', "''")
    ),
    texts!(
        "texts-percent-decoded",
        "percent signs in texts are decoded",
        |text| {
            percent_encoding::percent_decode_str(text)
                .decode_utf8_lossy()
                .into_owned()
        }
    ),
    texts!(
        "texts-plus-to-blank",
        "plus signs in texts become blanks",
        |text| text.replace('+', " ")
    ),
    texts!(
        "texts-cut-at-ampersand",
        "texts are cut at the first ampersand",
        |text| { text.split('&').next().unwrap_or_default().to_owned() }
    ),
    texts!(
        "texts-without-backslash",
        "backslashes are lost from texts",
        |text| text.replace('\\', "")
    ),
    texts!(
        "texts-blanks-collapsed",
        "blanks in texts are collapsed and trimmed",
        |text| { text.split_whitespace().collect::<Vec<_>>().join(" ") }
    ),
    texts!(
        "texts-in-lower-case",
        "texts are stored in lower case",
        |text| text.to_lowercase()
    ),
];

/// Changes the free texts of an object and of its parts.
fn edit_free_texts(map: &mut Object, change: &dyn Fn(&str) -> String) {
    for (name, value) in map.iter_mut() {
        match value {
            Value::String(text) if FREE.contains(&name.as_str()) => *text = change(text),
            Value::Object(part) => edit_free_texts(part, change),
            Value::Array(items) => {
                let parts = items.iter_mut().filter_map(Value::as_object_mut);
                parts.for_each(|part| edit_free_texts(part, change));
            }
            _ => {}
        }
    }
}

fn without_markup(text: &str) -> String {
    let mut kept = String::new();
    let mut is_inside = false;
    for c in text.chars() {
        match c {
            '<' => is_inside = true,
            '>' if is_inside => is_inside = false,
            _ if is_inside => {}
            _ => kept.push(c),
        }
    }
    kept
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
