//! Bodies for reading: JSON is indented without being parsed, so that what a reader sees is what
//! was sent (a number's digits, a repeated key, an end that is cut off), only spread over lines.

use std::ops::Range;

use crate::evidence::text_end;

/// An indented text, and where in it the value stands that was looked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Pretty {
    /// The indented text.
    pub text: String,
    /// The bytes of `text` that the JSON pointer leads to.
    pub found: Option<Range<usize>>,
}

/// Whether a text looks like a JSON document with attributes worth indenting.
pub fn looks_like_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// Indents JSON, cut off or not. `pointer` is a JSON pointer (RFC 6901) to mark.
pub fn indent(json: &str, pointer: Option<&str>) -> Pretty {
    let mut printer = Printer {
        out: String::with_capacity(json.len() + json.len() / 4),
        path: Vec::new(),
        wanted: pointer.map(tokens),
        started: None,
        found: None,
    };
    printer.run(json);
    Pretty {
        text: printer.out,
        found: printer.found,
    }
}

/// The reference tokens of a JSON pointer, unescaped.
fn tokens(pointer: &str) -> Vec<String> {
    pointer
        .split('/')
        .skip(1)
        .map(|token| token.replace("~1", "/").replace("~0", "~"))
        .collect()
}

/// One open object or array.
enum Place<'j> {
    /// With the literal of the key whose value comes next, or is being written.
    Object {
        key: Option<&'j str>,
    },
    Array {
        index: usize,
    },
}

struct Printer<'j> {
    out: String,
    path: Vec<Place<'j>>,
    wanted: Option<Vec<String>>,
    /// Depth and offset of the wanted value while it is being written.
    started: Option<(usize, usize)>,
    found: Option<Range<usize>>,
}

impl<'j> Printer<'j> {
    fn run(&mut self, json: &'j str) {
        let mut rest = json.trim();
        while let Some(char) = rest.chars().next() {
            let mut length = char.len_utf8();
            match char {
                '{' | '[' => {
                    self.value_starts();
                    self.out.push(char);
                    let empty = rest[1..].trim_start();
                    if empty.starts_with(['}', ']']) {
                        self.out.extend(empty.chars().next());
                        length = rest.len() - empty.len() + 1;
                        self.value_ends();
                    } else {
                        self.path.push(if char == '{' {
                            Place::Object { key: None }
                        } else {
                            Place::Array { index: 0 }
                        });
                        self.line();
                    }
                }
                '}' | ']' => {
                    self.value_ends();
                    self.path.pop();
                    self.line();
                    self.out.push(char);
                    self.value_ends();
                }
                ',' => {
                    self.value_ends();
                    self.out.push(',');
                    match self.path.last_mut() {
                        Some(Place::Array { index }) => *index += 1,
                        Some(Place::Object { key }) => *key = None,
                        None => {}
                    }
                    self.line();
                }
                ':' => self.out.push_str(": "),
                char if char.is_ascii_whitespace() => {}
                '"' => {
                    // A text without an end is all of the rest.
                    length = text_end(rest.as_bytes(), 1).unwrap_or(rest.len());
                    self.string(&rest[..length]);
                }
                _ => {
                    length = rest
                        .find(|char: char| ",]}\"".contains(char) || char.is_ascii_whitespace())
                        .map_or(rest.len(), |at| at.max(length));
                    self.value_starts();
                    self.out.push_str(&rest[..length]);
                }
            }
            rest = &rest[length..];
        }
        self.value_ends();
    }

    /// A string is a key where its object still waits for one.
    fn string(&mut self, literal: &'j str) {
        if let Some(Place::Object { key: key @ None }) = self.path.last_mut() {
            *key = Some(literal);
        } else {
            self.value_starts();
        }
        self.out.push_str(literal);
    }

    fn line(&mut self) {
        self.out.push('\n');
        // An attack of a thousand opening brackets must not grow quadratically.
        for _ in 0..self.path.len().min(40) {
            self.out.push_str("  ");
        }
    }

    fn value_starts(&mut self) {
        if self.found.is_none() && self.started.is_none() && self.is_wanted() {
            self.started = Some((self.path.len(), self.out.len()));
        }
    }

    fn value_ends(&mut self) {
        if let Some((depth, start)) = self.started
            && depth == self.path.len()
        {
            self.found = Some(start..self.out.len());
            self.started = None;
        }
    }

    fn is_wanted(&self) -> bool {
        let Some(wanted) = &self.wanted else {
            return false;
        };
        wanted.len() == self.path.len()
            && wanted
                .iter()
                .zip(&self.path)
                .all(|(token, place)| match place {
                    Place::Object { key } => {
                        key.is_some_and(|literal| unescaped(literal) == *token)
                    }
                    Place::Array { index } => *token == index.to_string(),
                })
    }
}

/// What a key's literal says.
fn unescaped(literal: &str) -> String {
    serde_json::from_str(literal).unwrap_or_else(|_| literal.trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn marked(json: &str, pointer: &str) -> Option<String> {
        let pretty = indent(json, Some(pointer));
        pretty.found.map(|range| pretty.text[range].to_owned())
    }

    #[test]
    fn json_is_spread_over_lines_and_nothing_else_changes() {
        let pretty = indent(r#"{"a":[1.10,{"b":null}],"a":{},"c":[ ]}"#, None);
        assert_eq!(
            pretty.text,
            "{\n  \"a\": [\n    1.10,\n    {\n      \"b\": null\n    }\n  ],\n  \"a\": {},\n  \"c\": []\n}"
        );
    }

    #[test]
    fn a_pointer_leads_to_its_value() {
        let json = r#"{"a/b":[1,{"c":"x,y"}],"d":{"e":[]},"f":7}"#;
        assert_eq!(marked(json, "/a~1b/0").as_deref(), Some("1"));
        assert_eq!(marked(json, "/a~1b/1/c").as_deref(), Some("\"x,y\""));
        assert_eq!(marked(json, "/d/e").as_deref(), Some("[]"));
        assert_eq!(marked(json, "/f").as_deref(), Some("7"));
        assert_eq!(marked(json, "/d").as_deref(), Some("{\n    \"e\": []\n  }"));
        assert_eq!(marked(json, "/a~1b/7"), None);
        assert!(marked(json, "").is_some_and(|whole| whole.ends_with('}')));
    }

    #[test]
    fn a_cut_body_is_indented_as_far_as_it_goes() {
        assert_eq!(
            indent(r#"[{"id":"1"},{"id":"2"#, None).text,
            "[\n  {\n    \"id\": \"1\"\n  },\n  {\n    \"id\": \"2"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_kept_but_for_white_space(text in "[\\[\\]{},:\"a1\\\\ \u{e4}\n]{0,60}") {
            let squeeze = |text: &str| text.split_whitespace().collect::<String>();
            let pretty = indent(&text, Some("/a/1"));
            prop_assert_eq!(squeeze(&pretty.text), squeeze(&text));
            if let Some(range) = pretty.found {
                prop_assert!(pretty.text.get(range).is_some());
            }
        }
    }
}
