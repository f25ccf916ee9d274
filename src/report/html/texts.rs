//! Every word that the page itself says, from one table: a translation is one file.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::Value;

/// The texts by their dotted key, such as `findings.title`.
#[derive(Debug)]
pub struct Texts(HashMap<String, String>);

/// Why a text could not be said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// The table holds no such key.
    #[error("no text `{0}`")]
    Missing(String),
    /// The text asks for a value that the template does not give.
    #[error("the text `{key}` needs a value for `{{{name}}}`")]
    Unfilled {
        /// The text.
        key: String,
        /// Its placeholder.
        name: String,
    },
}

impl Texts {
    /// Reads the table.
    ///
    /// # Errors
    ///
    /// Where it is not JSON.
    pub fn parse(json: &str) -> Result<Self, serde_json::Error> {
        let table: Value = serde_json::from_str(json)?;
        let mut texts = HashMap::new();
        flatten(&table, String::new(), &mut texts);
        Ok(Self(texts))
    }

    /// The keys, for the test that every text is used.
    #[cfg(test)]
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The text of a key, its `{name}` placeholders filled. Where the table has a `key.one` and a
    /// `key.other`, the value of `count` chooses between them.
    ///
    /// # Errors
    ///
    /// Where the key or the value of a placeholder is missing.
    pub fn say(
        &self,
        key: &str,
        values: &[(&str, Cow<'_, str>)],
    ) -> Result<Cow<'_, str>, TextError> {
        let value = |name: &str| {
            let found = values.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value)
        };
        let plural = value("count")
            .map(|count| format!("{key}.{}", if count == "1" { "one" } else { "other" }));
        let text = plural
            .and_then(|plural| self.0.get(&plural))
            .or_else(|| self.0.get(key))
            .ok_or_else(|| TextError::Missing(key.to_owned()))?;
        if !text.contains('{') {
            return Ok(Cow::Borrowed(text));
        }
        let mut said = String::with_capacity(text.len() + 32);
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else {
                break;
            };
            let value = value(name).ok_or_else(|| TextError::Unfilled {
                key: key.to_owned(),
                name: name.to_owned(),
            })?;
            said.push_str(before);
            said.push_str(value);
            rest = after;
        }
        said.push_str(rest);
        Ok(Cow::Owned(said))
    }
}

fn flatten(table: &Value, key: String, texts: &mut HashMap<String, String>) {
    match table {
        Value::String(text) => {
            texts.insert(key, text.clone());
        }
        Value::Object(attributes) => {
            for (name, attribute) in attributes {
                let key = if key.is_empty() {
                    name.clone()
                } else {
                    format!("{key}.{name}")
                };
                flatten(attribute, key, texts);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_filled_counted_and_missed() {
        let texts =
            Texts::parse(r#"{"a":{"b":"of {x}","c":{"one":"one row","other":"{count} rows"}}}"#)
                .unwrap();
        let values = |pairs: &[(&'static str, &str)]| {
            pairs
                .iter()
                .map(|(name, value)| (*name, Cow::from((*value).to_owned())))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            texts.say("a.b", &values(&[("x", "{x}")])).unwrap(),
            "of {x}"
        );
        assert_eq!(
            texts.say("a.c", &values(&[("count", "1")])).unwrap(),
            "one row"
        );
        assert_eq!(
            texts.say("a.c", &values(&[("count", "2")])).unwrap(),
            "2 rows"
        );
        assert_eq!(
            texts.say("a.b", &values(&[])).unwrap_err().to_string(),
            "the text `a.b` needs a value for `{x}`"
        );
        assert!(texts.say("a", &values(&[])).is_err());
    }
}
