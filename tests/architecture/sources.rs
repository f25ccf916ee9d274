//! What each source file uses, read from its tokens: comments and texts can't mislead.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};

/// A source file.
#[derive(Debug)]
pub(crate) struct Module {
    /// The file, relative to the project's root.
    pub(crate) file: String,
    /// The module's names from the crate's root, which itself has none.
    pub(crate) path: Vec<String>,
    /// What it uses.
    pub(crate) uses: Uses,
}

/// What a file uses.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    /// Modules at the crate's root.
    pub(crate) modules: BTreeSet<String>,
    /// First names of all other paths, foreign crates among them.
    pub(crate) crates: BTreeSet<String>,
    /// Modules declared in files of their own: name and `#[path]`.
    declared: Vec<(Vec<String>, Option<String>)>,
}

/// Reads the files of the binary and of the library, as `mod` declares them.
pub(crate) fn read(root: &Path) -> Vec<Module> {
    let mut modules = Vec::new();
    let mut open = vec![
        (PathBuf::from("src/lib.rs"), Vec::new()),
        (PathBuf::from("src/main.rs"), vec!["main".to_owned()]),
    ];
    while let Some((file, path)) = open.pop() {
        let text = std::fs::read_to_string(root.join(&file))
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let uses =
            Uses::of(&text, &path).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let folder = file.parent().unwrap().to_owned();
        let stem = file.file_stem().unwrap();
        let own = if ["mod", "lib", "main"].iter().any(|name| stem == *name) {
            folder.clone()
        } else {
            folder.join(stem)
        };
        for (name, at) in &uses.declared {
            let last = name.last().unwrap();
            let next = match at {
                Some(at) => folder.join(at),
                None => [
                    own.join(format!("{last}.rs")),
                    own.join(last).join("mod.rs"),
                ]
                .into_iter()
                .find(|file| root.join(file).is_file())
                .unwrap_or_else(|| panic!("{}: no file for {last}", file.display())),
            };
            open.push((next, name.clone()));
        }
        modules.push(Module {
            file: file.display().to_string(),
            path,
            uses,
        });
    }
    modules
}

impl Uses {
    /// Reads the text of the module with that path; the error says why it is not Rust.
    pub(crate) fn of(text: &str, path: &[String]) -> Result<Self, String> {
        let tokens: TokenStream = text.parse().map_err(|error| format!("{error}"))?;
        let mut uses = Self::default();
        uses.walk(tokens, &mut path.to_vec());
        Ok(uses)
    }

    fn walk(&mut self, tokens: TokenStream, path: &mut Vec<String>) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        let mut file_attribute = None;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Group(group) => {
                    if let Some(file) = path_attribute(group.stream()) {
                        file_attribute = Some(file);
                    }
                    // What stands in braces after `::` goes on with a path: its start was seen.
                    if !follows_colons(&tokens, at) {
                        self.walk(group.stream(), path);
                    }
                    at += 1;
                }
                TokenTree::Ident(word) if *word == "mod" => {
                    at = self.declaration(&tokens, at, path, file_attribute.take());
                }
                TokenTree::Ident(word) => {
                    let word = word.to_string();
                    if follows_colons(&tokens, at) && follows_name(&tokens, at) {
                        at += 1;
                    } else {
                        at = self.path_from(&tokens, at, &word, path);
                    }
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => at += 1,
            }
        }
    }

    /// `mod name;` or `mod name { … }`; the place behind it.
    fn declaration(
        &mut self,
        tokens: &[TokenTree],
        at: usize,
        path: &mut Vec<String>,
        file: Option<String>,
    ) -> usize {
        let Some(TokenTree::Ident(name)) = tokens.get(at + 1) else {
            return at + 1;
        };
        path.push(name.to_string());
        match tokens.get(at + 2) {
            Some(TokenTree::Group(body)) => self.walk(body.stream(), path),
            _ => self.declared.push((path.clone(), file)),
        }
        path.pop();
        at + 3
    }

    /// A path that begins here; the place behind what was read of it.
    fn path_from(
        &mut self,
        tokens: &[TokenTree],
        mut at: usize,
        word: &str,
        path: &[String],
    ) -> usize {
        let mut left = match word {
            "crate" => 0,
            "super" => path.len().saturating_sub(1),
            // The binary is a crate of its own and calls the library by its name.
            "tmfctk" if colons(tokens, at + 1) => 0,
            _ => {
                if colons(tokens, at + 1) || follows_use(tokens, at) {
                    self.crates.insert(word.to_owned());
                }
                return at + 1;
            }
        };
        loop {
            if !colons(tokens, at + 1) {
                return at + 1;
            }
            at += 3;
            match tokens.get(at) {
                Some(TokenTree::Ident(next)) if *next == "super" => left = left.saturating_sub(1),
                Some(TokenTree::Ident(next)) if left == 0 => {
                    self.modules.insert(next.to_string());
                    return at + 1;
                }
                Some(TokenTree::Group(group)) if left == 0 => {
                    self.listed(group.stream());
                    return at + 1;
                }
                _ => return at + 1,
            }
        }
    }

    /// The first names in `crate::{a::b, c}`.
    fn listed(&mut self, tokens: TokenStream) {
        let mut first = true;
        for token in tokens {
            match &token {
                TokenTree::Ident(name) if first => {
                    self.modules.insert(name.to_string());
                    first = false;
                }
                TokenTree::Punct(mark) => first = mark.as_char() == ',',
                _ => {}
            }
        }
    }
}

/// Whether `::` stands at this place.
fn colons(tokens: &[TokenTree], at: usize) -> bool {
    let colon =
        |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(mark)) if mark.as_char() == ':');
    colon(at) && colon(at + 1)
}

fn follows_colons(tokens: &[TokenTree], at: usize) -> bool {
    at >= 2 && colons(tokens, at - 2)
}

/// Whether the `::` before this place goes on with a path, rather than beginning one.
fn follows_name(tokens: &[TokenTree], at: usize) -> bool {
    let Some(before) = at.checked_sub(3).and_then(|before| tokens.get(before)) else {
        return false;
    };
    match before {
        TokenTree::Ident(word) => *word != "use",
        TokenTree::Punct(mark) => mark.as_char() == '>',
        TokenTree::Group(_) | TokenTree::Literal(_) => false,
    }
}

fn follows_use(tokens: &[TokenTree], at: usize) -> bool {
    matches!(at.checked_sub(1).and_then(|before| tokens.get(before)), Some(TokenTree::Ident(word)) if *word == "use")
}

/// The text of `path = "…"` in an attribute.
fn path_attribute(tokens: TokenStream) -> Option<String> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    match tokens.as_slice() {
        [
            TokenTree::Ident(name),
            TokenTree::Punct(_),
            TokenTree::Literal(text),
        ] if *name == "path" => Some(text.to_string().trim_matches('"').to_owned()),
        _ => None,
    }
}
