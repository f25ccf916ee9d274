//! What templates can say beside the values of their view: texts, files, glyphs, numbers for people.
//!
//! All of it is escaped but the templates' own files: nothing that a target sent is written raw.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, RenderContext, RenderError,
    RenderErrorReason, handlebars_helper,
};
use serde_json::Value;

use super::engine::Files;
use super::texts::Texts;
use crate::report::text::visible;

/// Makes all helpers known.
pub fn register(registry: &mut Handlebars<'static>, texts: Arc<Texts>, files: &Arc<Files>) {
    let say = |texts, escape| Say { texts, escape };
    registry.register_helper("t", Box::new(say(Arc::clone(&texts), escape)));
    registry.register_helper("say", Box::new(say(texts, str::to_owned)));
    registry.register_helper("md", Box::new(md));
    registry.register_helper("asset", Box::new(Asset(Arc::clone(files))));
    registry.register_helper("glyph", Box::new(glyph));
    registry.register_helper("number", Box::new(for_people));
    registry.register_helper("duration", Box::new(as_duration));
    registry.register_helper("bytes", Box::new(as_size));
}

/// Whether a name that stands alone calls a helper, one of these or of the engine's own, and is none
/// of the view's.
pub fn is_helper(name: &str) -> bool {
    matches!(
        name,
        "t" | "say" | "md" | "asset" | "glyph" | "number" | "duration" | "bytes"
    ) || matches!(
        name,
        "if" | "unless" | "each" | "with" | "lookup" | "raw" | "log" | "len"
    ) || matches!(
        name,
        "eq" | "ne" | "gt" | "gte" | "lt" | "lte" | "and" | "or" | "not"
    )
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

/// `{{t "findings.title" count=3}}`: a text of the table; several parameters are joined by dots.
/// `{{say …}}` is the same for Markdown, which needs no escaping of what is ours.
struct Say {
    texts: Arc<Texts>,
    escape: fn(&str) -> String,
}

impl HelperDef for Say {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let mut key = String::new();
        for (place, param) in helper.params().iter().enumerate() {
            if place > 0 {
                key.push('.');
            }
            key.push_str(&plain(param.value()));
        }
        let values = helper.hash().iter();
        let values: HashMap<&str, Cow<'_, str>> = values
            .map(|(name, value)| (*name, plain(value.value())))
            .collect();
        let text = self.texts.say(&key, &values).map_err(other)?;
        out.write(&(self.escape)(&text))?;
        Ok(())
    }
}

/// A value within a text: numbers with separators.
fn plain(value: &Value) -> Cow<'_, str> {
    Cow::Owned(match value {
        Value::String(text) => return Cow::Borrowed(text),
        Value::Number(number) => number.as_u64().map_or_else(|| number.to_string(), grouped),
        value => value.to_string(),
    })
}

/// `{{md text}}`: text that is no markup in Markdown, on one line.
fn md(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let text = helper.param(0).map(|param| plain(param.value()));
    out.write(&markdown_text(&text.unwrap_or_default()))?;
    Ok(())
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

/// `{{asset "report.css"}}`: a file of the templates as it is.
struct Asset(Arc<Files>);

impl HelperDef for Asset {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let name = helper.param(0).and_then(|param| param.value().as_str());
        out.write(self.0.text(name.unwrap_or_default()).map_err(other)?)?;
        Ok(())
    }
}

/// `{{glyph status}}`: the drawn sign of a status or verdict, in its colour.
fn glyph(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let name = helper.param(0).and_then(|param| param.value().as_str());
    let name = escape(name.unwrap_or_default());
    out.write(&format!(
        r##"<svg class="glyph s-{name}" aria-hidden="true"><use href="#glyph-{name}"/></svg>"##
    ))?;
    Ok(())
}

// `{{number 12345}}`: `12,345`.
handlebars_helper!(for_people: |number: u64| grouped(number));

// `{{duration 12345}}`: microseconds as `12 ms`.
handlebars_helper!(as_duration: |micros: u64| match micros {
    0..10_000 => format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100),
    10_000..1_000_000 => format!("{} ms", micros / 1_000),
    1_000_000..60_000_000 => {
        format!("{}.{} s", micros / 1_000_000, micros % 1_000_000 / 100_000)
    }
    _ => format!("{} min {} s", micros / 60_000_000, micros / 1_000_000 % 60),
});

// `{{bytes 12345}}`: `12.3 kB`.
handlebars_helper!(as_size: |bytes: u64| match bytes {
    0..1_000 => format!("{bytes} B"),
    1_000..1_000_000 => format!("{}.{} kB", bytes / 1_000, bytes % 1_000 / 100),
    _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
});

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

fn other(error: impl std::error::Error) -> RenderError {
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
