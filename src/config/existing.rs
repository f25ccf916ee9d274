//! `--read-only` and `--existing`: a run on records that are there.

use super::file::FileConfig;
use super::{ConfigError, Settings};
use crate::terms::Level;

/// Which records a run looks at that it has not created, and whether it creates any.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Existing {
    /// Nothing is sent that changes the target.
    pub read_only: bool,
    /// Ids of records that stand in for the run's own.
    pub ids: Vec<String>,
}

impl Existing {
    /// The options, as a shell reads them.
    pub fn options(&self) -> impl Iterator<Item = String> {
        let read_only = self.read_only.then(|| "--read-only".to_owned());
        let ids = self.ids.iter();
        let ids = ids.map(|id| format!("--existing {}", super::selection::quoted(id)));
        read_only.into_iter().chain(ids)
    }
}

/// Settles what flags, environment and file say; ids that a flag names stand in place of the file's.
pub(super) fn resolve(given: Existing, file: &FileConfig) -> Result<Existing, ConfigError> {
    let settled = Existing {
        read_only: given.read_only || file.read_only.unwrap_or(false),
        ids: match given.ids.is_empty() {
            true => file.existing.clone().unwrap_or_default(),
            false => given.ids,
        },
    };
    let wrong = |id: &str, reason: &str| {
        let text = format!("--existing `{id}` can't be used: {reason}");
        Err(ConfigError::Existing(text))
    };
    for (place, id) in settled.ids.iter().enumerate() {
        if id.trim().is_empty() {
            return wrong(id, "it is no id; give that of a record at the target");
        }
        // A URL has no place for them: the request would go to the collection, or above it.
        if matches!(id.as_str(), "." | "..") {
            return wrong(id, "no URL can have it as the id of a record");
        }
        if settled.ids[..place].contains(id) {
            return wrong(id, "it is given twice; a record stands in once");
        }
    }
    Ok(settled)
}

/// Refuses what contradicts a run that changes nothing.
pub(super) fn check(settings: &Settings) -> Result<(), ConfigError> {
    if !settings.existing.read_only {
        return Ok(());
    }
    let reason = if settings.keep {
        "--read-only and --keep contradict each other: nothing is created that could be kept"
    } else if settings.level == Level::Certification {
        "--read-only leaves nothing of the level certification: the official kit creates records; \
         choose a higher level"
    } else {
        return Ok(());
    };
    Err(ConfigError::Existing(reason.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Overrides, resolve};

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
        let options: Vec<String> = settings.existing.options().collect();
        let shown = "--read-only --existing 7 --existing 'a/b c' --existing ...";
        assert_eq!(options.join(" "), shown);
        for id in ["", "  "] {
            assert!(refused(with(false, &["7", id])).contains("no id"), "{id:?}");
        }
        for id in [".", ".."] {
            assert!(refused(with(true, &[id])).contains("no URL"), "{id}");
        }
        assert!(
            refused(with(true, &["7", "8", "7"])).contains("`7` can't be used: it is given twice")
        );
    }

    #[test]
    fn what_a_run_that_changes_nothing_can_not_do_is_refused() {
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
