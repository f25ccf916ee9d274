//! `--read-only` and `--existing`: a run on records that are there.

use clap::builder::FalseyValueParser;
use schemars::JsonSchema;
use serde::Deserialize;

use super::error::ConfigError;
use super::layer::Layer;

/// A run on records that it has not created.
#[derive(Debug, Default, Clone, PartialEq, Eq, clap::Args, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Existing {
    /// Send nothing that changes the target: check records that are there, the first ones of the
    /// collection or those of --existing. What needs a create is inconclusive, the official kit
    /// among it
    #[arg(long, env = "TMFCTK_READ_ONLY", value_parser = FalseyValueParser::new())]
    #[serde(default)]
    pub read_only: bool,
    /// The id of an existing record that is used instead of one of the run's own, repeatable; it is
    /// looked at, and never changed
    #[arg(id = "existing", long = "existing", value_name = "ID")]
    #[serde(default, rename = "existing")]
    pub ids: Vec<String>,
}

impl Layer for Existing {
    fn over(self, below: Self) -> Self {
        Self {
            read_only: self.read_only || below.read_only,
            ids: match self.ids.is_empty() {
                true => below.ids,
                false => self.ids,
            },
        }
    }
}

/// Refuses ids that no URL can have, and those that are given twice.
pub(super) fn check(existing: &Existing) -> Result<(), ConfigError> {
    let wrong = |id: &str, reason: &str| {
        let text = format!("--existing `{id}` can't be used: {reason}");
        Err(ConfigError::Existing(text))
    };
    for (place, id) in existing.ids.iter().enumerate() {
        if id.trim().is_empty() {
            return wrong(id, "it is not an id; give that of a record at the target");
        }
        // A URL has no place for them: the request would go to the collection, or above it.
        if matches!(id.as_str(), "." | "..") {
            return wrong(id, "no URL can have it as the id of a record");
        }
        if existing.ids[..place].contains(id) {
            return wrong(id, "it is given twice; a record is used once");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Overrides, resolve};
    use crate::terms::Level;

    fn with(read_only: bool, ids: &[&str]) -> Overrides {
        Overrides {
            unconfigured: true,
            target: Some("http://h/".into()),
            existing: Existing {
                read_only,
                ids: ids.iter().map(|id| (*id).to_owned()).collect(),
            },
            ..Overrides::default()
        }
    }

    fn refused(given: Overrides) -> String {
        resolve(given).unwrap_err().to_string()
    }

    #[test]
    fn ids_are_those_of_records_each_once() {
        let settings = resolve(with(true, &["7", "a/b c", "..."])).unwrap();
        assert_eq!(settings.existing.ids, ["7", "a/b c", "..."]);
        for id in ["", "  "] {
            assert!(
                refused(with(false, &["7", id])).contains("not an id"),
                "{id:?}"
            );
        }
        for id in [".", ".."] {
            assert!(refused(with(true, &[id])).contains("no URL"), "{id}");
        }
        assert!(
            refused(with(true, &["7", "8", "7"])).contains("`7` can't be used: it is given twice")
        );
    }

    #[test]
    fn a_read_only_run_refuses_options_that_need_changes() {
        let keep = Overrides {
            keep: true,
            ..with(true, &[])
        };
        assert!(refused(keep).contains("--keep"));
        let certification = Overrides {
            level: Some(Level::Certification),
            ..with(true, &[])
        };
        assert!(refused(certification).contains("higher level"));
        let kept = Overrides {
            keep: true,
            ..with(false, &["7"])
        };
        assert!(resolve(kept).is_ok(), "what is created can be kept");
    }
}
