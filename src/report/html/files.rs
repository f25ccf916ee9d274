//! The files that pages are made of, and what can be wrong with them.

use std::collections::BTreeMap;
use std::sync::Arc;

use include_dir::{Dir, include_dir};

static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// The words of all pages.
pub(super) const TEXTS: &str = "texts.json";

/// Why a page could not be rendered.
#[derive(Debug, Clone, thiserror::Error)]
pub enum HtmlError {
    /// A file that the page is made of is missing.
    #[error("template file `{0}` is missing or no text")]
    Missing(String),
    /// A file of a house style takes the place of none.
    #[error("`{0}` is not a file of the templates; they are: {all}", all = paths().join(", "))]
    Unknown(String),
    /// A template of a house style would write what a target sent without escaping.
    #[error(
        "template `{name}`, line {line}: `{{{{{{` and `{{{{&` write text unescaped, which no template may"
    )]
    Unescaped {
        /// The file.
        name: String,
        /// The line, from 1.
        line: usize,
    },
    /// A template can't be read.
    #[error("template `{name}`, line {line}: {reason}")]
    Template {
        /// The file.
        name: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
    /// The table of texts can't be read.
    #[error("{TEXTS}: {0}")]
    Texts(#[source] Arc<serde_json::Error>),
    /// A template asks for what is not there.
    #[error("template `{name}`, line {line}: {reason}")]
    Render {
        /// The template.
        name: String,
        /// The line, from 1.
        line: usize,
        /// What it asks for.
        reason: String,
    },
}

/// The files that pages are made of: those of this crate, some replaced by a house style's.
#[derive(Debug, Default)]
pub(super) struct Files(pub(super) BTreeMap<String, String>);

impl Files {
    pub(super) fn text(&self, path: &str) -> Result<&str, HtmlError> {
        match self.0.get(path) {
            Some(own) => Ok(own),
            None => file(path),
        }
    }
}

/// The paths of all files, below `templates/`.
pub(super) fn paths() -> Vec<String> {
    fn below(folder: &'static Dir<'static>, found: &mut Vec<String>) {
        let files = folder.files().map(|file| file.path());
        found.extend(files.map(|path| path.to_string_lossy().into_owned()));
        folder.dirs().for_each(|folder| below(folder, found));
    }
    let mut found = Vec::new();
    below(&TEMPLATES, &mut found);
    found.sort();
    found
}

/// The text of a file of this crate.
pub(super) fn file(path: &str) -> Result<&'static str, HtmlError> {
    TEMPLATES
        .get_file(path)
        .and_then(|file| file.contents_utf8())
        .ok_or_else(|| HtmlError::Missing(path.to_owned()))
}
