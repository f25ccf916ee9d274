//! The template engine: embedded files, helpers, escaping, and the page's security policy.
//!
//! Nothing that a target sent is ever read as a template or written without escaping. What is
//! written raw comes from the templates' own folder only: the stylesheet and the script.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, RenderContext, RenderError,
    RenderErrorReason, html_escape,
};
use include_dir::{Dir, include_dir};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::texts::Texts;
use crate::report::text::visible;

static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// The template that is the whole page.
const PAGE: &str = "report";
/// The template of a piece, and where the page has its pieces.
const PIECE: &str = "evidence-chunk";
const PIECES: &str = "<!--pieces-->\n";
/// The files that stand in the page as they are.
const STYLE: &str = "report.css";
const SCRIPT: &str = "report.js";
const TEXTS: &str = "texts.json";

/// Why a page could not be rendered.
#[derive(Debug, Clone, thiserror::Error)]
pub enum HtmlError {
    /// A file that the page is made of is missing.
    #[error("template file `{0}` is missing or no text")]
    Missing(String),
    /// A template can't be read; the message holds its name, line and column.
    #[error("{0}")]
    Template(#[from] Arc<handlebars::TemplateError>),
    /// The table of texts can't be read.
    #[error("{TEXTS}: {0}")]
    Texts(#[source] Arc<serde_json::Error>),
    /// A template asks for what is not there; the message holds its name, line and column.
    #[error("{0}")]
    Render(#[from] Arc<handlebars::RenderError>),
}

/// The templates, ready to render.
pub struct Engine {
    registry: Handlebars<'static>,
}

impl Engine {
    /// The engine with the templates that are part of this crate.
    ///
    /// # Errors
    ///
    /// Where one of them is missing or broken.
    pub fn embedded() -> Result<Self, HtmlError> {
        let mut registry = Handlebars::new();
        // A typo in a template is an error, not an empty place in the report.
        registry.set_strict_mode(true);
        // Indenting a part would indent the bodies within it too.
        registry.set_prevent_indent(true);
        registry.register_escape_fn(escape);
        let texts =
            Texts::parse(file(TEXTS)?).map_err(|error| HtmlError::Texts(Arc::new(error)))?;
        registry.register_helper("t", Box::new(Say(Arc::new(texts))));
        registry.register_helper("asset", Box::new(asset));
        registry.register_helper("glyph", Box::new(glyph));
        registry.register_helper("number", Box::new(number));
        registry.register_helper("duration", Box::new(duration));
        registry.register_helper("bytes", Box::new(bytes));
        let files = [
            TEMPLATES.files().collect::<Vec<_>>(),
            TEMPLATES
                .get_dir("parts")
                .map(|parts| parts.files().collect())
                .unwrap_or_default(),
        ]
        .concat();
        for template in files {
            let path = template.path();
            if path.extension().is_some_and(|extension| extension == "hbs") {
                let name = path.file_stem().and_then(|name| name.to_str());
                let name = name.ok_or_else(|| HtmlError::Missing(path.display().to_string()))?;
                let text = file(&path.to_string_lossy())?;
                registry
                    .register_template_string(name, text)
                    .map_err(Arc::new)?;
            }
        }
        Ok(Self { registry })
    }

    /// Renders the page from its view, and what is too large to be held as a view in whole piece by
    /// piece: the engine copies each view that it renders.
    ///
    /// # Errors
    ///
    /// Where a template asks for what the view does not hold.
    pub fn render(
        &self,
        view: &impl Serialize,
        pieces: impl Iterator<Item = impl Serialize>,
    ) -> Result<String, HtmlError> {
        let mut page = self.registry.render(PAGE, view).map_err(Arc::new)?;
        // Text from outside is escaped: the mark can be the template's only.
        let Some(at) = page.find(PIECES) else {
            return Err(HtmlError::Missing(PIECES.to_owned()));
        };
        let rest = page.split_off(at);
        for piece in pieces {
            page += &self.registry.render(PIECE, &piece).map_err(Arc::new)?;
        }
        page += rest.trim_start_matches(PIECES);
        Ok(page)
    }

    /// The page's Content-Security-Policy: nothing is loaded, and of style and script only what is
    /// ours, known by its hash, is used.
    ///
    /// # Errors
    ///
    /// Where the stylesheet or the script is missing.
    pub fn policy(&self) -> Result<String, HtmlError> {
        let hash = |name| {
            let digest = Sha256::digest(file(name)?.as_bytes());
            Ok::<_, HtmlError>(format!("'sha256-{}'", STANDARD.encode(digest)))
        };
        Ok(format!(
            "default-src 'none'; style-src {}; script-src {}; img-src data:; \
             base-uri 'none'; form-action 'none'",
            hash(STYLE)?,
            hash(SCRIPT)?
        ))
    }
}

fn file(path: &str) -> Result<&'static str, HtmlError> {
    TEMPLATES
        .get_file(path)
        .and_then(|file| file.contents_utf8())
        .ok_or_else(|| HtmlError::Missing(path.to_owned()))
}

/// Text for HTML, in an element or a quoted attribute.
fn escape(text: &str) -> String {
    html_escape(&visible(text))
}

/// `{{t "findings.title" count=3}}`: a text of the table; several parameters are joined by dots.
struct Say(Arc<Texts>);

impl HelperDef for Say {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let key = helper
            .params()
            .iter()
            .map(|param| plain(param.value()))
            .collect::<Vec<_>>()
            .join(".");
        let values: HashMap<&str, String> = helper
            .hash()
            .iter()
            .map(|(name, value)| (*name, plain(value.value())))
            .collect();
        let text = self.0.say(&key, &values).map_err(other)?;
        out.write(&escape(&text))?;
        Ok(())
    }
}

/// A value within a text: numbers with separators.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_u64().map_or_else(|| number.to_string(), grouped),
        value => value.to_string(),
    }
}

/// `{{asset "report.css"}}`: a file of the templates as it is.
fn asset(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let name = helper.param(0).and_then(|param| param.value().as_str());
    out.write(file(name.unwrap_or_default()).map_err(other)?)?;
    Ok(())
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

/// `{{number 12345}}`: `12,345`.
fn number(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    out.write(&grouped(natural(helper)?))?;
    Ok(())
}

/// `{{duration 12345}}`: microseconds as `12 ms`.
fn duration(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let micros = natural(helper)?;
    let text = match micros {
        0..10_000 => format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100),
        10_000..1_000_000 => format!("{} ms", micros / 1_000),
        1_000_000..60_000_000 => {
            format!("{}.{} s", micros / 1_000_000, micros % 1_000_000 / 100_000)
        }
        _ => format!("{} min {} s", micros / 60_000_000, micros / 1_000_000 % 60),
    };
    out.write(&text)?;
    Ok(())
}

/// `{{bytes 12345}}`: `12.3 kB`.
fn bytes(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let bytes = natural(helper)?;
    let text = match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{}.{} kB", bytes / 1_000, bytes % 1_000 / 100),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    };
    out.write(&text)?;
    Ok(())
}

fn natural(helper: &Helper<'_>) -> Result<u64, RenderError> {
    helper
        .param(0)
        .and_then(|param| param.value().as_u64())
        .ok_or_else(|| {
            RenderErrorReason::Other(format!("`{}` needs a natural number", helper.name())).into()
        })
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

fn other(error: impl std::error::Error) -> RenderError {
    RenderErrorReason::Other(error.to_string()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(template: &str, view: &Value) -> String {
        let engine = Engine::embedded().unwrap();
        engine.registry.render_template(template, view).unwrap()
    }

    #[test]
    fn numbers_durations_and_sizes_are_for_people() {
        let view = serde_json::json!({"a": 1_234_567, "b": 999, "c": 61_000_000});
        assert_eq!(render("{{number a}} {{number b}}", &view), "1,234,567 999");
        assert_eq!(
            render("{{duration a}}|{{duration b}}|{{duration c}}", &view),
            "1.2 s|0.9 ms|1 min 1 s"
        );
        assert_eq!(render("{{bytes a}}|{{bytes b}}", &view), "1.2 MB|999 B");
    }

    #[test]
    fn a_value_is_neither_markup_nor_a_template() {
        let view = serde_json::json!({"a": "{{b}}<b a='\"'>\u{202e}\0"});
        assert_eq!(
            render("{{a}}", &view),
            "{{b}}&lt;b a&#x3D;&#x27;&quot;&#x27;&gt;\\u{202e}\\u{0}"
        );
    }

    #[test]
    fn a_typo_in_a_template_is_an_error() {
        let engine = Engine::embedded().unwrap();
        let render = |template| engine.registry.render_template(template, &Value::Null);
        assert!(render("{{targett}}").is_err());
        assert!(render("{{t \"no.such.text\"}}").is_err());
    }

    #[test]
    fn templates_write_nothing_raw_but_their_own_files() {
        let mut seen = 0;
        for folder in [&TEMPLATES, TEMPLATES.get_dir("parts").unwrap()] {
            for file in folder.files() {
                if file
                    .path()
                    .extension()
                    .is_some_and(|extension| extension == "hbs")
                {
                    let text = file.contents_utf8().unwrap();
                    let name = file.path().display();
                    assert!(!text.contains("{{{") && !text.contains("{{&"), "{name}");
                    assert!(!text.contains("style="), "{name}: the policy forbids it");
                    assert!(!text.contains("onclick"), "{name}: the policy forbids it");
                    seen += 1;
                }
            }
        }
        assert!(seen > 5, "{seen}");
        assert!(!file(SCRIPT).unwrap().contains("</script"));
        assert!(!file(STYLE).unwrap().contains("</style"));
    }

    #[test]
    fn every_text_is_used_by_some_template() {
        let texts = Texts::parse(file(TEXTS).unwrap()).unwrap();
        let mut templates = String::new();
        for folder in [&TEMPLATES, TEMPLATES.get_dir("parts").unwrap()] {
            for file in folder.files() {
                templates.push_str(file.contents_utf8().unwrap());
            }
        }
        let unused: Vec<&str> = texts
            .keys()
            .filter(|key| {
                let key = key
                    .strip_suffix(".one")
                    .or_else(|| key.strip_suffix(".other"))
                    .unwrap_or(key);
                // A table of words is asked by its first part: `{{t "status" status}}`.
                let table = key.split('.').next().unwrap_or(key);
                !templates.contains(&format!("\"{key}\""))
                    && !templates.contains(&format!("t \"{table}\" "))
            })
            .collect();
        assert!(unused.is_empty(), "{unused:?}");
    }
}
