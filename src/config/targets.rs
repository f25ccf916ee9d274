//! Several targets in one file: `[[targets]]`, each with what it has of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use super::file::{self, FileConfig};
use super::{ConfigError, Overrides, Source};
use crate::words::Level;

/// A target of the file; what it does not say it has from the rest of the file.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TargetEntry {
    /// Its name, and that of the folder of its reports.
    pub name: String,
    /// Its base URL.
    pub url: String,
    /// Headers beside those of the file; of the same name in their place.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body of the configured create, relative to the file.
    pub payload: Option<PathBuf>,
    /// The highest level to run.
    pub level: Option<Level>,
    /// The level up to which verdicts decide the exit code.
    pub gate: Option<Level>,
    /// Accepted deviations, relative to the file.
    pub waivers: Option<PathBuf>,
    /// The result that its run is held against, relative to the file.
    pub baseline: Option<PathBuf>,
    /// Where its run listens for events.
    pub listener_bind: Option<String>,
    /// The URL under which it reaches the listener.
    pub listener_url: Option<String>,
    /// Send it nothing that changes it.
    pub read_only: Option<bool>,
    /// Ids of its records that stand in for the run's own.
    pub existing: Option<Vec<String>>,
}

impl TargetEntry {
    /// The files that it names.
    pub(super) fn files(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let files = [&mut self.payload, &mut self.waivers, &mut self.baseline];
        files.into_iter().flatten()
    }
}

/// The names of the targets that are to be checked, where the file has several and nothing chooses
/// one.
pub fn target_names(given: &Overrides) -> Result<Option<Vec<String>>, ConfigError> {
    let chosen = given.target.is_some() || given.reference || given.named.is_some();
    if chosen || given.unconfigured {
        return Ok(None);
    }
    let file = file::load(Source {
        named: given.config.as_deref(),
        profile: given.profile.as_deref(),
        only: None,
    })?;
    check(&file)?;
    let names = file.targets.iter().map(|target| target.name.clone());
    Ok(Some(names.collect()).filter(|names: &Vec<String>| !names.is_empty()))
}

fn check(file: &FileConfig) -> Result<(), ConfigError> {
    let wrong = |reason: String| Err(ConfigError::Targets(reason));
    if let (Some(_), Some(first)) = (&file.target, file.targets.first()) {
        return wrong(format!(
            "`target` and `[[targets]]` exclude each other: give `{}` and the others, or one target",
            first.name
        ));
    }
    let mut known = BTreeSet::new();
    for target in &file.targets {
        let name = &target.name;
        let plain = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.');
        if name.is_empty() || name.starts_with('.') || !name.chars().all(plain) {
            return wrong(format!(
                "the name `{name}` can't be that of a folder: letters, digits, `-`, `_` and `.` can"
            ));
        }
        // Some file systems take both for one.
        if !known.insert(name.to_lowercase()) {
            return wrong(format!("the name `{name}` stands twice"));
        }
    }
    Ok(())
}

/// Puts what the chosen target has of its own in the place of what the file says for all.
pub(super) fn choose(file: &mut FileConfig, name: &str) -> Result<(), ConfigError> {
    check(file)?;
    let targets = std::mem::take(&mut file.targets);
    let names: Vec<String> = targets.iter().map(|target| target.name.clone()).collect();
    let Some(own) = targets.into_iter().find(|target| target.name == name) else {
        let names = match names.is_empty() {
            true => "there is no [[targets]] in it".to_owned(),
            false => format!("it has {}", names.join(", ")),
        };
        let reason = format!("there is no target `{name}`: {names}");
        return Err(ConfigError::Targets(reason));
    };
    file.target = Some(own.url);
    file.headers.retain(|known, _| {
        !own.headers
            .keys()
            .any(|name| name.eq_ignore_ascii_case(known))
    });
    file.headers.extend(own.headers);
    if let Some(payload) = own.payload {
        // Its own wins, however the file says the one for all.
        file.payloads.create = None;
        file.payload = Some(payload);
    }
    file.level = own.level.or(file.level);
    file.gate = own.gate.or(file.gate);
    file.waivers = own.waivers.or(file.waivers.take());
    file.baseline = own.baseline.or(file.baseline.take());
    file.listener_bind = own.listener_bind.or(file.listener_bind.take());
    file.listener_url = own.listener_url.or(file.listener_url.take());
    file.read_only = own.read_only.or(file.read_only);
    file.existing = own.existing.or(file.existing.take());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str) -> TargetEntry {
        TargetEntry {
            name: name.into(),
            url: "http://h/".into(),
            headers: BTreeMap::new(),
            payload: None,
            level: None,
            gate: None,
            waivers: None,
            baseline: None,
            listener_bind: None,
            listener_url: None,
            read_only: None,
            existing: None,
        }
    }

    #[test]
    fn what_a_target_has_of_its_own_wins_and_the_rest_is_for_all() {
        let mut own = entry("blue");
        own.gate = Some(Level::Certification);
        own.headers.insert("x-tenant".into(), "blue".into());
        let mut file = FileConfig {
            targets: vec![entry("green"), own],
            level: Some(Level::Profile),
            gate: Some(Level::Profile),
            headers: BTreeMap::from([
                ("X-Tenant".into(), "all".into()),
                ("X-Other".into(), "all".into()),
            ]),
            ..FileConfig::default()
        };
        choose(&mut file, "blue").unwrap();
        assert_eq!(file.target.as_deref(), Some("http://h/"));
        assert_eq!(
            (file.level, file.gate),
            (Some(Level::Profile), Some(Level::Certification))
        );
        let headers: Vec<&str> = file.headers.keys().map(String::as_str).collect();
        assert_eq!(headers, ["X-Other", "x-tenant"]);
    }

    #[test]
    fn names_are_those_of_folders_each_once() {
        let with = |names: &[&str]| {
            let file = FileConfig {
                targets: names.iter().map(|name| entry(name)).collect(),
                ..FileConfig::default()
            };
            check(&file).map_err(|error| error.to_string())
        };
        assert!(with(&["blue", "green-2.x_y"]).is_ok());
        assert!(with(&["blue", "Blue"]).unwrap_err().contains("twice"));
        for name in ["", "..", ".a", "a/b", "a b", "ä"] {
            assert!(with(&[name]).unwrap_err().contains("folder"), "{name}");
        }
    }
}
