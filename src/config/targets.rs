//! Several targets in one file: `[[targets]]`, each with what it has of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use super::file::{self, FileConfig};
use super::given_auth::Place;
use super::{ConfigError, GivenAuth, GivenProxy, GivenTls, Overrides, target};
use crate::terms::Level;

/// A target of the file; what it does not say it has from the rest of the file.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TargetEntry {
    /// Its name, and that of the folder of its reports.
    pub name: String,
    /// Its base URL.
    pub url: String,
    /// Headers beside those of the file; of the same name in their place. Its own `Authorization`
    /// stands in the place of the file's `auth`, too.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// How its run proves who it is, in the place of the file's `auth` and `Authorization`; an empty
    /// table: not at all.
    pub auth: Option<GivenAuth>,
    /// Whom its run trusts and what it shows of itself, in the place of the file's whole table.
    pub tls: Option<GivenTls>,
    /// By which proxy its requests go, in the place of the file's whole table.
    pub proxy: Option<GivenProxy>,
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
    /// Paths of the file are relative to it.
    pub(super) fn below(&mut self, folder: &Path) {
        let files = [&mut self.payload, &mut self.waivers, &mut self.baseline];
        for file in files.into_iter().flatten() {
            *file = folder.join(&*file);
        }
        self.auth.iter_mut().for_each(|auth| auth.below(folder));
        self.tls.iter_mut().for_each(|tls| tls.below(folder));
    }

    /// Whether its run proves who it is in a way of its own: a table, or HTTP's own header.
    fn proves_itself(&self) -> bool {
        self.auth.is_some() || self.headers.keys().any(|name| is_authorization(name))
    }
}

fn is_authorization(header: &str) -> bool {
    header.eq_ignore_ascii_case("Authorization")
}

/// The names of the targets that are to be checked, where the file has several and nothing chooses
/// one.
pub fn target_names(given: &Overrides) -> Result<Option<Vec<String>>, ConfigError> {
    let chosen = given.target.is_some() || given.reference || given.named.is_some();
    if chosen || given.unconfigured {
        return Ok(None);
    }
    let file = file::load(given.source())?;
    check(&file)?;
    one_credential_each(given, &file)?;
    let names = file.targets.iter().map(|target| target.name.clone());
    Ok(Some(names.collect()).filter(|names: &Vec<String>| !names.is_empty()))
}

/// The name of the one among the `[[targets]]` of the file that has that base URL; none where the
/// file has no such list.
///
/// # Errors
/// Where the file can't be read, or has such a list and nothing in it fits: whose credentials are
/// meant can't be told then.
pub fn target_named_at(given: &Overrides, url: &str) -> Result<Option<String>, ConfigError> {
    let wanted = target::base_url(url)?;
    let targets = file::load(given.source())?.targets;
    if targets.is_empty() {
        return Ok(None);
    }
    let fits = |name: &String| {
        let given = Overrides {
            named: Some(name.clone()),
            ..given.clone()
        };
        // One whose variables are not set is not the one that is meant.
        let found = target::configured_target(&given).ok().flatten();
        found.is_some_and(|found| found.url() == wanted.url())
    };
    let named = targets.into_iter().map(|target| target.name).find(fits);
    named.map(Some).ok_or_else(|| {
        ConfigError::Targets(format!(
            "none has the base URL {url}; choose with --target whose credentials are for it"
        ))
    })
}

/// What options and environment say who the run is would go to all targets, also to those that are
/// to be told something else.
fn one_credential_each(given: &Overrides, file: &FileConfig) -> Result<(), ConfigError> {
    let kinds = given.access.auth.kinds(Place::Options);
    let own = file.targets.iter().find(|target| target.auth.is_some());
    match (kinds.first(), own) {
        (Some(kind), Some(own)) => Err(ConfigError::Targets(format!(
            "{kind}, or the TMFCTK_ variable for it, would go to all of them, but `{name}` has \
             `auth` of its own: leave one of these out, or check one target with --target",
            name = own.name
        ))),
        _ => Ok(()),
    }
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
    if own.proves_itself() {
        // What the file says who the run is was meant for other origins.
        file.auth = GivenAuth::default();
        file.headers.retain(|name, _| !is_authorization(name));
    }
    file.target = Some(own.url);
    file.auth = own.auth.unwrap_or_else(|| std::mem::take(&mut file.auth));
    file.tls = own.tls.unwrap_or_else(|| std::mem::take(&mut file.tls));
    file.proxy = own.proxy.unwrap_or_else(|| std::mem::take(&mut file.proxy));
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
            auth: None,
            tls: None,
            proxy: None,
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
    fn its_own_tables_stand_in_the_place_of_those_of_the_file() {
        let file = |own: TargetEntry| FileConfig {
            targets: vec![own],
            tls: GivenTls {
                client_cert: Some("all.pem".into()),
                insecure: Some(true),
                ..GivenTls::default()
            },
            proxy: GivenProxy {
                user: Some("all".into()),
                ..GivenProxy::default()
            },
            ..FileConfig::default()
        };
        let mut as_all = file(entry("blue"));
        choose(&mut as_all, "blue").unwrap();
        assert_eq!(as_all.tls.insecure, Some(true));
        assert_eq!(as_all.proxy.user.as_deref(), Some("all"));
        let mut own = entry("blue");
        own.tls = Some(GivenTls {
            ca: Some("own.pem".into()),
            ..GivenTls::default()
        });
        own.proxy = Some(GivenProxy::default());
        own.below(Path::new("there"));
        let mut file = file(own);
        choose(&mut file, "blue").unwrap();
        let wanted = GivenTls {
            ca: Some("there/own.pem".into()),
            ..GivenTls::default()
        };
        assert_eq!((file.tls, file.proxy), (wanted, GivenProxy::default()));
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
