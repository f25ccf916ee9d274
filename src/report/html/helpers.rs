//! What templates can say beside the values of their view: texts, files, glyphs, numbers for people.
//!
//! All of it is escaped but the templates' own files: nothing that a target sent is written raw.

use std::borrow::Cow;
use std::sync::Arc;

use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, RenderContext, RenderError,
    RenderErrorReason,
};
use serde_json::Value;

use super::engine::Files;
use super::texts::Texts;
use crate::report::text::visible;

/// The helpers, with the files that they speak from.
pub struct Helpers {
    texts: Texts,
    files: Arc<Files>,
}

/// The values that a tag gives to a helper.
#[derive(Debug)]
pub struct Given<'v> {
    /// By their places.
    pub values: Vec<&'v Value>,
    /// By their names.
    pub named: Vec<(&'v str, &'v Value)>,
}

/// The names by which templates call the helpers.
const NAMES: [&str; 8] = [
    "t", "say", "md", "asset", "glyph", "number", "duration", "bytes",
];

/// Whether a name calls a helper of ours.
pub fn is_ours(name: &str) -> bool {
    NAMES.contains(&name)
}

/// Whether a name that stands alone calls a helper, one of these or of the engine's own, and is none
/// of the view's.
pub fn is_helper(name: &str) -> bool {
    is_ours(name)
        || matches!(
            name,
            "if" | "unless" | "each" | "with" | "lookup" | "raw" | "log" | "len"
        )
        || matches!(
            name,
            "eq" | "ne" | "gt" | "gte" | "lt" | "lte" | "and" | "or" | "not"
        )
}

impl Helpers {
    /// The helpers, made known to the engine.
    pub fn register(
        registry: &mut Handlebars<'static>,
        texts: Texts,
        files: Arc<Files>,
    ) -> Arc<Self> {
        let helpers = Arc::new(Self { texts, files });
        for name in NAMES {
            let helpers = Arc::clone(&helpers);
            registry.register_helper(name, Box::new(Called { name, helpers }));
        }
        helpers
    }

    /// Writes what a helper says of the values that it is given:
    ///
    /// - `{{t "findings.title" count=3}}`: a text of the table; several values are joined by dots
    /// - `{{say …}}`: the same for Markdown, which needs no escaping of what is ours
    /// - `{{md text}}`: text that is no markup in Markdown, on one line
    /// - `{{asset "report.css"}}`: a file of the templates as it is
    /// - `{{glyph status}}`: the drawn sign of a status or verdict, in its colour
    /// - `{{number 12345}}`: `12,345`
    /// - `{{duration 12345}}`: microseconds as `12 ms`
    /// - `{{bytes 12345}}`: `12.3 kB`
    ///
    /// # Errors
    ///
    /// Where the table has no such text, the templates have no such file, or the value is none that
    /// the helper speaks of.
    pub fn write(
        &self,
        name: &str,
        given: &Given<'_>,
        page: &mut String,
    ) -> Result<(), RenderError> {
        let first = given.values.first();
        let word = || first.and_then(|value| value.as_str()).unwrap_or_default();
        let number = || {
            let number = first.and_then(|value| value.as_u64());
            number.ok_or_else(|| other(format!("`{name}` is given no whole number")))
        };
        match name {
            "t" => escape_into(&self.text(given)?, page),
            "say" => page.push_str(&self.text(given)?),
            "md" => {
                let text = first.map(|value| plain(value));
                page.push_str(&markdown_text(&text.unwrap_or_default()));
            }
            "asset" => page.push_str(self.files.text(word()).map_err(other)?),
            "glyph" => glyph(word(), page),
            "number" => page.push_str(&grouped(number()?)),
            "duration" => page.push_str(&duration(number()?)),
            "bytes" => page.push_str(&size(number()?)),
            _ => return Err(other(format!("`{name}` is no helper of ours"))),
        }
        Ok(())
    }

    fn text(&self, given: &Given<'_>) -> Result<Cow<'_, str>, RenderError> {
        let mut key = Cow::Borrowed("");
        for (place, value) in given.values.iter().enumerate() {
            let word = plain(value);
            if place == 0 {
                key = word;
            } else {
                key = Cow::Owned(format!("{key}.{word}"));
            }
        }
        let values = given.named.iter();
        let values: Vec<_> = values.map(|(name, value)| (*name, plain(value))).collect();
        self.texts.say(&key, &values).map_err(other)
    }
}

/// A helper as the engine calls it.
struct Called {
    name: &'static str,
    helpers: Arc<Helpers>,
}

impl HelperDef for Called {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let named = helper.hash().iter();
        let given = Given {
            values: helper.params().iter().map(|value| value.value()).collect(),
            named: named.map(|(name, value)| (*name, value.value())).collect(),
        };
        let mut text = String::new();
        self.helpers.write(self.name, &given, &mut text)?;
        out.write(&text)?;
        Ok(())
    }
}

/// Text for HTML, in an element or a quoted attribute.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    escape_into(text, &mut escaped);
    escaped
}

/// Appends text for HTML.
pub fn escape_into(text: &str, escaped: &mut String) {
    let text = visible(text);
    let mut rest = &*text;
    while let Some((at, entity)) = markup(rest) {
        escaped.push_str(&rest[..at]);
        escaped.push_str(entity);
        rest = &rest[at + 1..];
    }
    escaped.push_str(rest);
}

/// Where a text has its first character that is markup, and what stands for it.
fn markup(text: &str) -> Option<(usize, &'static str)> {
    text.bytes().enumerate().find_map(|(at, byte)| {
        let entity = match byte {
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'&' => "&amp;",
            b'\'' => "&#x27;",
            b'`' => "&#x60;",
            b'=' => "&#x3D;",
            _ => return None,
        };
        Some((at, entity))
    })
}

/// A value within a text: numbers with separators.
fn plain(value: &Value) -> Cow<'_, str> {
    Cow::Owned(match value {
        Value::String(text) => return Cow::Borrowed(text),
        Value::Number(number) => number.as_u64().map_or_else(|| number.to_string(), grouped),
        value => value.to_string(),
    })
}

/// Text without meaning for Markdown: what could be markup is escaped, a line break is a blank.
fn markdown_text(text: &str) -> String {
    let text = visible(text).replace(['\n', '\t'], " ");
    let mut escaped = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        if matches!(
            char,
            '\\' | '`'
                | '*'
                | '_'
                | '['
                | ']'
                | '<'
                | '>'
                | '&'
                | '|'
                | '~'
                | '#'
                | '!'
                | '@'
                | '$'
        ) {
            escaped.push('\\');
        }
        escaped.push(char);
    }
    // A list or the underline of a heading would begin here.
    let rest = escaped.trim_start_matches(|char: char| char.is_ascii_digit());
    let numbered = rest.len() < escaped.len();
    let begins = if numbered {
        let mut after = rest.chars();
        matches!(after.next(), Some('.' | ')')) && after.next().is_none_or(|char| char == ' ')
    } else {
        rest.starts_with(['-', '+', '='])
    };
    if begins {
        escaped.insert(escaped.len() - rest.len(), '\\');
    }
    escaped
}

/// The drawn sign of a status or verdict.
fn glyph(name: &str, page: &mut String) {
    page.push_str(r#"<svg class="glyph s-"#);
    escape_into(name, page);
    page.push_str(r##"" aria-hidden="true"><use href="#glyph-"##);
    escape_into(name, page);
    page.push_str(r#""/></svg>"#);
}

/// Microseconds in the unit that suits them.
fn duration(micros: u64) -> String {
    match micros {
        0..10_000 => format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100),
        10_000..1_000_000 => format!("{} ms", micros / 1_000),
        1_000_000..60_000_000 => {
            format!("{}.{} s", micros / 1_000_000, micros % 1_000_000 / 100_000)
        }
        _ => format!("{} min {} s", micros / 60_000_000, micros / 1_000_000 % 60),
    }
}

/// Bytes in the unit that suits them.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{}.{} kB", bytes / 1_000, bytes % 1_000 / 100),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// `12,345`
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn other(error: impl ToString) -> RenderError {
    RenderErrorReason::Other(error.to_string()).into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn text_is_escaped_as_the_engine_escapes_it(text in "[a<>\"&'`=\u{e4}\u{202e}\r\n]{0,12}") {
            prop_assert_eq!(escape(&text), handlebars::html_escape(&visible(&text)));
        }
    }

    #[test]
    fn a_value_is_no_markdown() {
        assert_eq!(
            markdown_text("# <b>a</b> *x* [y](z)\n@all"),
            "\\# \\<b\\>a\\</b\\> \\*x\\* \\[y\\](z) \\@all"
        );
        assert_eq!(markdown_text("1. a"), "1\\. a");
        assert_eq!(markdown_text("- a, v4.0.0-b"), "\\- a, v4.0.0-b");
        assert_eq!(markdown_text("7.2"), "7.2");
        assert_eq!(markdown_text("2026-11-25"), "2026-11-25");
    }
}
