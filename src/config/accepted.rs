//! What is known and accepted: waivers, the baseline, and whether the run is to be submitted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::builder::FalseyValueParser;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::document;
use super::error::ConfigError;
use super::layer::layered;

layered! {
    /// What is known and accepted; paths of the file are relative to it.
    #[derive(Debug, Default, Clone, clap::Args, Deserialize, JsonSchema)]
    pub struct GivenAccepted {
        /// TOML file of accepted deviations, each a [[waiver]] with requirement, reason, owner and
        /// expires (its last day), and where it is narrower pointer or fingerprint. What they accept
        /// decides no level; one that matches nothing any more ends the run with 1, so that it is removed
        #[arg(long, value_name = "FILE", env = "TMFCTK_WAIVERS")]
        pub waivers: Option<PathBuf>,
        /// A result.json, or its folder, of an earlier run: only what is new against it decides the exit
        /// code, and the reports show what is new, still there and fixed
        #[arg(long, value_name = "RESULT", env = "TMFCTK_BASELINE")]
        pub baseline: Option<PathBuf>,
        /// Refuse everything that makes a run unfit to be submitted: waivers, the profile left out,
        /// features of your own, among others
        #[arg(long, env = "TMFCTK_CERTIFY", value_parser = FalseyValueParser::new())]
        #[serde(skip)]
        pub certify: bool,
    }
}

/// What is known and accepted.
#[derive(Debug, Default, Clone)]
pub struct Accepted {
    /// Accepted deviations.
    pub waivers: Option<Waivers>,
    /// The result that the run is held against.
    pub baseline: Option<PathBuf>,
    /// The run is to be submitted.
    pub certify: bool,
}

/// A file of accepted deviations.
#[derive(Debug, Clone)]
pub struct Waivers {
    /// The file.
    pub file: PathBuf,
    /// Its entries.
    pub entries: Vec<Waiver>,
}

/// An accepted deviation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// The requirement whose violation is accepted.
    pub requirement: String,
    /// Why.
    pub reason: String,
    /// Who accepted it.
    pub owner: String,
    /// The last day on which it counts.
    pub expires: Date,
    /// Only violations at this JSON pointer.
    pub pointer: Option<String>,
    /// Only the violation with this fingerprint.
    pub fingerprint: Option<String>,
}

/// Reads the waivers.
pub(super) fn resolve(given: GivenAccepted) -> Result<Accepted, ConfigError> {
    Ok(Accepted {
        waivers: given.waivers.as_deref().map(read).transpose()?,
        baseline: given.baseline,
        certify: given.certify,
    })
}

fn read(path: &Path) -> Result<Waivers, ConfigError> {
    let wrong = |reasons| ConfigError::Waivers {
        path: path.to_owned(),
        reasons,
    };
    let text = std::fs::read_to_string(path)
        .map_err(|error| wrong(vec![format!("it can't be read: {error}")]))?;
    Ok(Waivers {
        file: path.to_owned(),
        entries: parse(&text).map_err(wrong)?,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    #[serde(default)]
    waiver: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    requirement: Option<String>,
    reason: Option<String>,
    owner: Option<String>,
    expires: Option<toml::Value>,
    pointer: Option<String>,
    fingerprint: Option<String>,
}

/// Reads the text; the error lists all that is wrong, each with its line.
fn parse(text: &str) -> Result<Vec<Waiver>, Vec<String>> {
    let listed: Listed =
        toml::from_str(text).map_err(|error| vec![document::described(text, &error)])?;
    let mut waivers = Vec::new();
    let mut wrong = Vec::new();
    for entry in listed.waiver {
        let before = text.get(..entry.span().start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        match settle(entry.into_inner()) {
            Ok(waiver) => waivers.push(waiver),
            Err(reasons) => {
                wrong.extend(
                    reasons
                        .iter()
                        .map(|reason| format!("line {line}: {reason}")),
                );
            }
        }
    }
    if wrong.is_empty() {
        Ok(waivers)
    } else {
        Err(wrong)
    }
}

fn settle(entry: Entry) -> Result<Waiver, Vec<String>> {
    let mut wrong = Vec::new();
    let demanded = BTreeMap::from([
        (
            "requirement",
            (&entry.requirement, "the id of a requirement"),
        ),
        ("reason", (&entry.reason, "why the violation is accepted")),
        ("owner", (&entry.owner, "who accepted it")),
    ]);
    let of = match &entry.requirement {
        Some(id) => format!("the waiver of {id}"),
        None => "a waiver".to_owned(),
    };
    for (key, (value, what)) in demanded {
        if value.as_deref().is_none_or(|text| text.trim().is_empty()) {
            wrong.push(format!("{of} has no `{key}`: {what}"));
        }
    }
    let expires = match &entry.expires {
        None => {
            wrong.push(format!(
                "{of} has no `expires`: the last day on which it counts, such as 2027-03-31"
            ));
            None
        }
        Some(value) => {
            let date = day(value);
            if date.is_none() {
                wrong.push(format!(
                    "`expires` of {of} is not a day of the form YYYY-MM-DD"
                ));
            }
            date
        }
    };
    if entry
        .pointer
        .as_deref()
        .is_some_and(|it| !it.starts_with('/'))
    {
        wrong.push(format!(
            "`pointer` of {of} is not a JSON pointer: it begins with a slash, such as /channel/*/id"
        ));
    }
    match (entry, expires) {
        (
            Entry {
                requirement: Some(requirement),
                reason: Some(reason),
                owner: Some(owner),
                pointer,
                fingerprint,
                ..
            },
            Some(expires),
        ) if wrong.is_empty() => Ok(Waiver {
            requirement,
            reason,
            owner,
            expires,
            pointer,
            fingerprint,
        }),
        _ => Err(wrong),
    }
}

/// A day, written as TOML's own or as text.
fn day(value: &toml::Value) -> Option<Date> {
    let text = match value {
        toml::Value::Datetime(day) => day.to_string(),
        toml::Value::String(text) => text.clone(),
        _ => return None,
    };
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiver_says_what_why_who_and_until_when() {
        let waivers = parse(
            "[[waiver]]\nrequirement = \"R-1\"\nreason = \"why\"\nowner = \"who\"\n\
             expires = 2027-03-31\n\n[[waiver]]\nrequirement = \"R-2\"\nreason = \"why\"\n\
             owner = \"who\"\nexpires = \"2027-04-01\"\npointer = \"/a\"\n",
        )
        .unwrap();
        assert_eq!(waivers[0].expires, jiff::civil::date(2027, 3, 31));
        assert_eq!(waivers[1].expires, jiff::civil::date(2027, 4, 1));
        assert_eq!(waivers[1].pointer.as_deref(), Some("/a"));
    }

    #[test]
    fn all_that_is_missing_is_said_with_its_line() {
        let wrong = parse(
            "[[waiver]]\nrequirement = \"R-1\"\nowner = \" \"\n\n[[waiver]]\nrequirement = \"R-2\"\n\
             reason = \"why\"\nowner = \"who\"\nexpires = \"soon\"\npointer = \"a\"\n",
        )
        .unwrap_err();
        let all = wrong.join("\n");
        assert_eq!(wrong.len(), 5, "{all}");
        for words in [
            "line 1: the waiver of R-1 has no `reason`",
            "line 1: the waiver of R-1 has no `owner`",
            "line 1: the waiver of R-1 has no `expires`",
            "line 5: `expires` of the waiver of R-2 is not a day",
            "line 5: `pointer` of the waiver of R-2",
        ] {
            assert!(all.contains(words), "{words}: {all}");
        }
    }

    #[test]
    fn a_misspelt_key_is_named_with_the_likely_one() {
        let wrong = parse("[[waiver]]\nrequirment = \"R-1\"\n").unwrap_err();
        assert_eq!(
            wrong,
            ["line 2, column 1: unknown key `requirment`, did you mean `requirement`?"]
        );
    }
}
