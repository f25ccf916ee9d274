//! What templates can say beside the values of their view: texts, files, glyphs, numbers for people.
//!
//! All of it is escaped but the templates' own files: nothing that a target sent is written raw.

use std::borrow::Cow;
use std::sync::Arc;

use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, PathAndJson, RenderContext,
    RenderError, RenderErrorReason,
};
use serde_json::Value;

use super::files::Files;
use super::texts::Texts;
use crate::report::text::visible;

/// The names by which templates call the helpers.
const NAMES: [&str; 8] = [
    "t", "say", "md", "asset", "glyph", "number", "duration", "bytes",
];

/// A helper, with the files that it speaks from.
struct Called {
    name: &'static str,
    texts: Arc<Texts>,
    files: Arc<Files>,
}

/// Makes the helpers known to the engine:
///
/// - `{{t "findings.title" count=3}}`: a text of the table; several values are joined by dots
/// - `{{say …}}`: the same for Markdown, which needs no escaping of what is ours
/// - `{{md text}}`: text that is not markup in Markdown, on one line
/// - `{{asset "report.css"}}`: a file of the templates as it is
/// - `{{glyph status}}`: the drawn sign of a status or verdict, in its colour
/// - `{{number 12345}}`: `12,345`
/// - `{{duration 12345}}`: microseconds as `12 ms`
/// - `{{bytes 12345}}`: `12.3 kB`
///
/// A page fails to render where the table has no such text, the templates have no such file, or the
/// value is not of the kind that the helper speaks of.
pub fn register(registry: &mut Handlebars<'static>, texts: Texts, files: Arc<Files>) {
    let texts = Arc::new(texts);
    for name in NAMES {
        let (texts, files) = (Arc::clone(&texts), Arc::clone(&files));
        registry.register_helper(name, Box::new(Called { name, texts, files }));
    }
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
        let first = helper.param(0).map(PathAndJson::value);
        let word = || first.and_then(Value::as_str).unwrap_or_default();
        let number = || {
            let number = first.and_then(Value::as_u64);
            number.ok_or_else(|| other(format!("`{}` needs a whole number", self.name)))
        };
        let text = match self.name {
            "t" => Cow::Owned(escape(&self.text(helper)?)),
            "say" => self.text(helper)?,
            "md" => markdown_text(&first.map(plain).unwrap_or_default()).into(),
            "asset" => self.files.text(word()).map_err(other)?.into(),
            "glyph" => glyph(word()).into(),
            "number" => grouped(number()?).into(),
            "duration" => duration(number()?).into(),
            "bytes" => size(number()?).into(),
            name => return Err(other(format!("there is no helper `{name}`"))),
        };
        out.write(&text)?;
        Ok(())
    }
}

impl Called {
    fn text(&self, helper: &Helper<'_>) -> Result<Cow<'_, str>, RenderError> {
        let parts: Vec<_> = helper.params().iter().map(|it| plain(it.value())).collect();
        let values = helper.hash().iter();
        let values: Vec<_> = values
            .map(|(name, it)| (*name, plain(it.value())))
            .collect();
        self.texts.say(&parts.join("."), &values).map_err(other)
    }
}

/// Text for HTML, in an element or a quoted attribute.
pub fn escape(text: &str) -> String {
    handlebars::html_escape(&visible(text))
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
fn glyph(name: &str) -> String {
    let name = escape(name);
    format!(
        r##"<svg class="glyph s-{name}" width="16" height="16" aria-hidden="true"><use href="#glyph-{name}"/></svg>"##
    )
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
    use super::*;

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
