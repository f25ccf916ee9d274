//! The template engine: embedded files, those of a house style in their place, and the pages'
//! security policy.
//!
//! Nothing that a target sent is ever read as a template or written without escaping. What is
//! written raw comes from the templates' own folder only: the stylesheet and the script.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use handlebars::{Context, Handlebars, RenderError};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::files::{Files, HtmlError, TEXTS, file, paths};
use super::helpers;
use super::texts::Texts;

/// The template of a piece of the report, and where the page has its pieces.
const PIECE: &str = "evidence-chunk";
const PIECES: &str = "<!--pieces-->\n";

/// A page that templates make: its template, and the files that stand in it as they are.
#[derive(Debug, Clone, Copy)]
pub struct PageKind {
    template: &'static str,
    styles: &'static [&'static str],
    script: Option<&'static str>,
}

/// The report.
pub const REPORT: PageKind = PageKind {
    template: "report",
    styles: &["report.css"],
    script: Some("report.js"),
};

/// The evidence of a report whose parts lie apart.
pub const EVIDENCE: PageKind = PageKind {
    template: "evidence-page",
    ..REPORT
};

/// The Content-Security-Policy of pages whose stylesheet and script lie beside them.
pub const APART_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
                                img-src data:; base-uri 'none'; form-action 'none'";

/// The certification document of a dossier.
pub const DOCUMENT: PageKind = PageKind {
    template: "document",
    styles: &["dossier/document.css"],
    script: None,
};

/// The same as Markdown.
pub const DOCUMENT_MARKDOWN: PageKind = PageKind {
    template: "document.md",
    ..DOCUMENT
};

/// What is what in the folder of a dossier.
pub const README: PageKind = PageKind {
    template: "readme.md",
    ..DOCUMENT
};

/// The files in the archive of the document for Word, each with its template.
pub const DOCX: [(&str, PageKind); 6] = [
    ("[Content_Types].xml", part("content-types.xml")),
    ("_rels/.rels", part("package-rels.xml")),
    ("word/document.xml", part("document.xml")),
    ("word/_rels/document.xml.rels", part("document-rels.xml")),
    ("word/styles.xml", part("styles.xml")),
    ("word/numbering.xml", part("numbering.xml")),
];

const fn part(template: &'static str) -> PageKind {
    PageKind {
        template,
        ..DOCUMENT
    }
}

/// Several targets.
pub const INDEX: PageKind = PageKind {
    template: "index",
    styles: &["report.css", "index/index.css"],
    script: None,
};

/// The templates, ready to render.
pub struct Engine {
    registry: Handlebars<'static>,
    files: Arc<Files>,
}

impl Engine {
    /// The engine with the templates that are part of this crate.
    ///
    /// # Errors
    ///
    /// Where one of them is missing or broken.
    pub fn embedded() -> Result<Self, HtmlError> {
        Self::new(Files::default())
    }

    /// The engine with files of a house style in place of those of the same path below
    /// `templates/`.
    ///
    /// # Errors
    ///
    /// Where one is none of the templates' files, or is broken; the message names it and the line.
    pub fn with(own: BTreeMap<String, String>) -> Result<Self, HtmlError> {
        for (path, text) in &own {
            if file(path).is_err() {
                return Err(HtmlError::Unknown(path.clone()));
            }
            if path.ends_with(".hbs")
                && let Some(at) = text.lines().position(unescaped)
            {
                return Err(HtmlError::Unescaped {
                    name: path.clone(),
                    line: at + 1,
                });
            }
        }
        Self::new(Files(own))
    }

    fn new(files: Files) -> Result<Self, HtmlError> {
        let mut registry = Handlebars::new();
        // A typo in a template is an error, not an empty place in the report.
        registry.set_strict_mode(true);
        // Indenting a part would indent the bodies within it too.
        registry.set_prevent_indent(true);
        registry.register_escape_fn(helpers::escape);
        let texts =
            Texts::parse(files.text(TEXTS)?).map_err(|error| HtmlError::Texts(Arc::new(error)))?;
        let files = Arc::new(files);
        helpers::register(&mut registry, texts, Arc::clone(&files));
        for path in paths() {
            if let Some(name) = path.strip_suffix(".hbs") {
                // Parts are known by their names alone.
                let name = name.rsplit('/').next().unwrap_or(name);
                registry
                    .register_template_string(name, files.text(&path)?)
                    .map_err(|error| unreadable(&path, &error))?;
            }
        }
        Ok(Self { registry, files })
    }

    /// Renders a page from its view, and what is too large to be held as a view in whole piece by
    /// piece: a tree of values is made of each view.
    ///
    /// # Errors
    ///
    /// Where a template asks for what the view does not hold.
    pub fn render_in_pieces(
        &self,
        kind: PageKind,
        view: impl Serialize,
        pieces: impl Iterator<Item = impl Serialize>,
    ) -> Result<String, HtmlError> {
        let mut page = self.render(kind, view)?;
        // Text from outside is escaped: the mark can be the template's only.
        let Some(at) = page.find(PIECES) else {
            return Err(HtmlError::Missing(PIECES.to_owned()));
        };
        let rest = page.split_off(at);
        for piece in pieces {
            page += &self.write(PIECE, piece)?;
        }
        page += rest.trim_start_matches(PIECES);
        Ok(page)
    }

    /// Renders a page from its view.
    ///
    /// # Errors
    ///
    /// Where a template asks for what the view does not hold.
    pub fn render(&self, kind: PageKind, view: impl Serialize) -> Result<String, HtmlError> {
        self.write(kind.template, view)
    }

    fn write(&self, template: &str, view: impl Serialize) -> Result<String, HtmlError> {
        // Of a large view there need not be two: the engine would keep it beside its tree.
        let view = Context::wraps(view).map_err(unrendered)?;
        let page = self.registry.render_with_context(template, &view);
        page.map_err(unrendered)
    }

    /// A file of the templates as it is.
    ///
    /// # Errors
    ///
    /// Where there is no such file.
    pub fn asset(&self, path: &str) -> Result<&str, HtmlError> {
        self.files.text(path)
    }

    /// A page's Content-Security-Policy: nothing is loaded, and of style and script only what is
    /// ours, known by its hash, is used.
    ///
    /// # Errors
    ///
    /// Where the stylesheet or the script is missing.
    pub fn policy(&self, kind: PageKind) -> Result<String, HtmlError> {
        let hash = |name: &str| {
            let digest = Sha256::digest(self.files.text(name)?.as_bytes());
            Ok::<_, HtmlError>(format!("'sha256-{}'", STANDARD.encode(digest)))
        };
        let script = match kind.script {
            Some(script) => hash(script)?,
            None => "'none'".to_owned(),
        };
        let styles: Result<Vec<String>, _> = kind.styles.iter().map(|style| hash(style)).collect();
        Ok(format!(
            "default-src 'none'; style-src {}; script-src {script}; img-src data:; \
             base-uri 'none'; form-action 'none'",
            styles?.join(" ")
        ))
    }
}

/// The parser's message spans many lines and draws the place; its first words are enough.
fn unreadable(path: &str, error: &handlebars::TemplateError) -> HtmlError {
    let reason = error.reason().to_string();
    HtmlError::Template {
        name: path.to_owned(),
        line: error.pos().map_or(1, |(line, _)| line),
        reason: reason.lines().next().unwrap_or_default().to_owned(),
    }
}

fn unrendered(error: RenderError) -> HtmlError {
    HtmlError::Render {
        name: error.template_name.clone().unwrap_or_default(),
        line: error.line_no.unwrap_or(1),
        reason: error.reason().to_string(),
    }
}

/// Whether a line of a template writes something as it is.
fn unescaped(line: &str) -> bool {
    line.contains("{{{") || line.contains("{{&") || line.contains("{{~{") || line.contains("{{~&")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

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

    fn templates() -> Vec<(String, &'static str)> {
        let all = paths().into_iter();
        let templates = all.filter(|path| path.ends_with(".hbs"));
        templates
            .map(|path| {
                let text = file(&path).unwrap();
                (path, text)
            })
            .collect()
    }

    #[test]
    fn templates_write_nothing_raw_but_their_own_files() {
        let templates = templates();
        for (name, text) in &templates {
            assert!(!text.lines().any(unescaped), "{name}");
            assert!(!text.contains("style="), "{name}: the policy forbids it");
            assert!(!text.contains("onclick"), "{name}: the policy forbids it");
        }
        assert!(templates.len() > 5, "{}", templates.len());
        for kind in [REPORT, DOCUMENT, INDEX] {
            for style in kind.styles {
                assert!(!file(style).unwrap().contains("</style"));
            }
            let script = kind.script.map(|script| file(script).unwrap());
            assert!(!script.unwrap_or_default().contains("</script"));
        }
    }

    #[test]
    fn a_house_style_takes_the_place_of_files_and_its_mistakes_are_named() {
        let own = |path: &str, text: &str| {
            Engine::with(BTreeMap::from([(path.to_owned(), text.to_owned())]))
        };
        let engine = own("report.css", "b{}").unwrap();
        let page = engine
            .registry
            .render_template("{{asset \"report.css\"}}", &Value::Null);
        assert_eq!(page.unwrap(), "b{}");
        assert_ne!(
            engine.policy(REPORT).unwrap(),
            Engine::embedded().unwrap().policy(REPORT).unwrap()
        );
        let wrong = |path: &str, text: &str| own(path, text).err().unwrap().to_string();
        let error = wrong("parts/finding.hbs", "a\n{{#if x}}\n");
        assert!(
            error.contains("finding") && error.contains("line"),
            "{error}"
        );
        let error = wrong("parts/finding.hbs", "a\n{{{x}}}\n");
        assert!(
            error.contains("parts/finding.hbs") && error.contains("line 2"),
            "{error}"
        );
        let error = wrong("reprot.css", "");
        assert!(error.contains("`reprot.css` is not a file") && error.contains("report.css"));
        assert!(wrong("texts.json", "{").contains("texts.json"));
    }

    #[test]
    fn every_text_is_used_by_some_template() {
        let texts = Texts::parse(file(TEXTS).unwrap()).unwrap();
        let templates: String = templates().into_iter().map(|(_, text)| text).collect();
        let unused: Vec<&str> = texts
            .keys()
            .filter(|key| {
                let key = key
                    .strip_suffix(".one")
                    .or_else(|| key.strip_suffix(".other"))
                    .unwrap_or(key);
                // A table of words is asked by its first part: `{{t "status" status}}`.
                let table = key.split('.').next().unwrap_or(key);
                // These stand in the result already.
                let of_results = matches!(table, "cause-title" | "cause-advice");
                !of_results
                    && !templates.contains(&format!("\"{key}\""))
                    && !templates.contains(&format!("t \"{table}\" "))
            })
            .collect();
        assert!(unused.is_empty(), "{unused:?}");
    }
}
