//! Faults that change the texts that a client sent.

use serde_json::Value;

use crate::reference::effect::{Effect, Object, on_store};

/// Attributes that hold free texts.
const FREE: &[&str] = &[
    "reason",
    "description",
    "resolution",
    "text",
    "author",
    "name",
];

faults! {
    "texts-cut-at-255" breaks "SPC-018": "texts are cut after 255 characters"
        => stored_texts(|text| text.chars().take(255).collect());
    "texts-cut-at-4000" breaks "SPC-018": "texts are cut after 4000 characters"
        => stored_texts(|text| text.chars().take(4000).collect());
    "texts-trimmed-of-markup" breaks "SPC-018": "markup is stripped from texts"
        => stored_texts(without_markup);
    "texts-escaped" breaks "SPC-018": "markup in texts is stored escaped" => stored_texts(escaped);
    "texts-without-umlauts" breaks "SPC-018": "characters beyond ASCII become question marks"
        => stored_texts(|text| text.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect());
    "texts-mojibake" breaks "SPC-018": "characters beyond ASCII are read as Latin-1"
        => stored_texts(|text| text.bytes().map(char::from).collect());
    "texts-without-emoji" breaks "SPC-018": "characters beyond the basic plane are lost"
        => stored_texts(|text| text.chars().filter(|c| u32::from(*c) < 0x1_0000).collect());
    "texts-without-quotes" breaks "SPC-018": "quotes are lost from texts"
        => stored_texts(|text| text.replace(['"', '\''], ""));
    "texts-with-doubled-quotes" breaks "SPC-018": "quotes in texts are doubled"
        => stored_texts(|text| text.replace('\'', "''"));
    "texts-percent-decoded" breaks "SPC-018": "percent signs in texts are decoded"
        => stored_texts(|text| {
            percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
        });
    "texts-plus-to-blank" breaks "SPC-018": "plus signs in texts become blanks"
        => stored_texts(|text| text.replace('+', " "));
    "texts-cut-at-ampersand" breaks "SPC-018": "texts are cut at the first ampersand"
        => stored_texts(|text| text.split('&').next().unwrap_or_default().to_owned());
    "texts-without-backslash" breaks "SPC-018": "backslashes are lost from texts"
        => stored_texts(|text| text.replace('\\', ""));
    "texts-blanks-collapsed" breaks "SPC-018": "blanks in texts are collapsed and trimmed"
        => stored_texts(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    "texts-in-lower-case" breaks "SPC-018": "texts are stored in lower case"
        => stored_texts(|text| text.to_lowercase());
}

/// Changes the free texts of a record before it is stored.
fn stored_texts(change: impl Fn(&str) -> String + Send + Sync + 'static) -> Effect {
    on_store(move |record, _, _| edit_free_texts(record, &change))
}

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
