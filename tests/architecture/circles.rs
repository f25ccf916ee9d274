//! Files that need each other: neither can be understood, tested or taken away alone.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A module's names from the crate's root.
type Names = Vec<String>;

/// What the files say of each other.
#[derive(Debug, Default)]
pub(crate) struct Files {
    /// The paths that each file uses, from the crate's root.
    used: BTreeMap<Names, BTreeSet<Names>>,
    /// What each file hands on under a name of its own, and from where.
    exports: BTreeMap<Names, BTreeMap<String, Names>>,
}

impl Files {
    /// Reads the text of the file of this module.
    pub(crate) fn read(&mut self, module: &[String], text: &str) {
        let tokens: TokenStream = text.parse().unwrap();
        self.used.entry(module.to_vec()).or_default();
        self.walk(tokens, module, module);
    }

    /// Groups of modules each of which needs all others of its group.
    pub(crate) fn circles(&self) -> BTreeSet<BTreeSet<String>> {
        let needs: BTreeMap<&Names, BTreeSet<&Names>> = self
            .used
            .iter()
            .map(|(file, used)| {
                let needed = used.iter().filter_map(|path| self.file_of(path, 0));
                (file, needed.filter(|needed| *needed != file).collect())
            })
            .collect();
        let reached: BTreeMap<&Names, BTreeSet<&Names>> = needs
            .keys()
            .map(|file| (*file, behind(file, &needs)))
            .collect();
        let circles = reached
            .iter()
            .filter(|(file, behind)| behind.contains(*file));
        circles
            .map(|(file, behind)| {
                let circle = behind
                    .iter()
                    .filter(|other| reached[**other].contains(file));
                circle.map(|other| other.join("/")).collect()
            })
            .collect()
    }

    /// The module whose file has what a path leads to.
    fn file_of(&self, path: &[String], steps: usize) -> Option<&Names> {
        let length = (1..=path.len()).rev();
        let file = length
            .filter_map(|length| self.used.get_key_value(&path[..length]))
            .map(|(file, _)| file)
            .next()?;
        let rest = &path[file.len()..];
        let handed_on = rest.first().zip(self.exports.get(file));
        let handed_on = handed_on.and_then(|(name, exports)| exports.get(name));
        match handed_on {
            // A module may hand on what it has by a circle of names, such as `pub use a::a`.
            Some(from) if steps < 8 => {
                let path: Names = from.iter().chain(&rest[1..]).cloned().collect();
                self.file_of(&path, steps + 1)
            }
            _ => Some(file),
        }
    }

    fn walk(&mut self, tokens: TokenStream, file: &[String], module: &[String]) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let (mut at, mut public) = (0, false);
        while let Some(token) = tokens.get(at) {
            at += 1;
            match token {
                TokenTree::Ident(word) if *word == "pub" => {
                    public = true;
                    continue;
                }
                // `pub(super)`
                TokenTree::Group(group)
                    if public && group.delimiter() == Delimiter::Parenthesis =>
                {
                    continue;
                }
                TokenTree::Ident(word) if *word == "mod" => {
                    if let (Some(TokenTree::Ident(name)), Some(TokenTree::Group(body))) =
                        (tokens.get(at), tokens.get(at + 1))
                    {
                        // Tests may use whatever they like.
                        if *name != "tests" {
                            let inner = [module, &[name.to_string()]].concat();
                            self.walk(body.stream(), file, &inner);
                        }
                        at += 2;
                    }
                }
                TokenTree::Ident(word) if *word == "use" => {
                    let end = tokens[at..].iter().position(|token| is(token, ';'));
                    let end = at + end.unwrap_or(tokens.len() - at);
                    let mut paths = Vec::new();
                    tree(&tokens[at..end], &[], &mut paths);
                    for (path, name) in paths {
                        self.note(path, file, module, public.then_some(name));
                    }
                    at = end;
                }
                TokenTree::Ident(word) => {
                    let mut path = vec![word.to_string()];
                    while let [a, b, TokenTree::Ident(next), ..] = &tokens[at..]
                        && is(a, ':')
                        && is(b, ':')
                    {
                        path.push(next.to_string());
                        at += 3;
                    }
                    if path.len() > 1 {
                        self.note(path, file, module, None);
                    }
                }
                TokenTree::Group(group) => self.walk(group.stream(), file, module),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            public = false;
        }
    }

    /// Notes a path as it is written in a module; what begins with neither `crate`, `self` nor
    /// `super` leads to a module below it, or nowhere that counts.
    fn note(&mut self, path: Names, file: &[String], module: &[String], handed_on: Option<String>) {
        let mut names = path.into_iter().peekable();
        let mut full = match names.peek().map(String::as_str) {
            Some("crate") => Vec::new(),
            _ => module.to_vec(),
        };
        names.next_if(|name| name == "crate" || name == "self");
        while names.next_if(|name| name == "super").is_some() {
            full.pop();
        }
        full.extend(names);
        match handed_on {
            // What a file hands on it need not need.
            Some(name) => {
                let exports = self.exports.entry(file.to_vec()).or_default();
                exports.insert(name, full);
            }
            None => {
                self.used.entry(file.to_vec()).or_default().insert(full);
            }
        }
    }
}

/// All that a file needs, and what that needs.
fn behind<'n>(
    file: &'n Names,
    needs: &BTreeMap<&'n Names, BTreeSet<&'n Names>>,
) -> BTreeSet<&'n Names> {
    let (mut seen, mut open) = (BTreeSet::new(), vec![file]);
    while let Some(file) = open.pop() {
        let next = needs[file].iter().copied();
        open.extend(next.filter(|next| seen.insert(*next)));
    }
    seen
}

/// The paths of what stands between `use` and `;`, each with the name by which it is known there.
fn tree(tokens: &[TokenTree], before: &[String], paths: &mut Vec<(Names, String)>) {
    let mut path = before.to_vec();
    let mut name = None;
    for token in tokens {
        match token {
            TokenTree::Ident(word) if *word == "as" => name = Some(String::new()),
            TokenTree::Ident(word) if name.is_some() => name = Some(word.to_string()),
            TokenTree::Ident(word) => path.push(word.to_string()),
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                for part in inner.split(|token| is(token, ',')) {
                    if !part.is_empty() {
                        tree(part, &path, paths);
                    }
                }
                return;
            }
            _ => {}
        }
    }
    if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
        path.pop();
    }
    let name = name.or_else(|| path.last().cloned()).unwrap_or_default();
    paths.push((path, name));
}

fn is(token: &TokenTree, mark: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark)
}
