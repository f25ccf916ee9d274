//! Several targets in one file: `[[targets]]`, each with what it has of its own.

use std::collections::BTreeSet;
use std::mem;

use super::error::ConfigError;
use super::file::{self, FileConfig, Source};
use super::given_auth::{AuthSource, GivenAuth};
use super::options::Overrides;
use super::secret::is_authorization;
use super::target::{TargetSetting, base_url};

/// The names of the targets that are to be checked, where the file has several and nothing chooses
/// one.
pub fn target_names(given: &Overrides) -> Result<Option<Vec<String>>, ConfigError> {
    let chosen = given.target.is_some() || given.reference || given.choice.named.is_some();
    if chosen || given.unconfigured {
        return Ok(None);
    }
    let file = file::load(source(given))?;
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
/// meant is not known then.
pub fn target_named_at(given: &Overrides, url: &str) -> Result<Option<String>, ConfigError> {
    let wanted = base_url(url)?;
    let targets = file::load(source(given))?.targets;
    if targets.is_empty() {
        return Ok(None);
    }
    let fits = |name: &String| {
        let mut given = given.clone();
        given.choice.named = Some(name.clone());
        // One whose variables are not set is not the one that is meant.
        let found = configured_target(&given).ok().flatten();
        found.is_some_and(|found| found.url() == wanted.url())
    };
    let named = targets.into_iter().map(|target| target.name).find(fits);
    named.map(Some).ok_or_else(|| {
        ConfigError::Targets(format!(
            "none has the base URL {url}; choose with --target whose credentials are for it"
        ))
    })
}

/// Credentials of options and environment would go to all targets, also to those that have their own.
fn one_credential_each(given: &Overrides, file: &FileConfig) -> Result<(), ConfigError> {
    let kinds = given.access.auth.kinds(AuthSource::Options);
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
    if let (Some(_), Some(first)) = (&file.options.target, file.targets.first()) {
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
    let targets = mem::take(&mut file.targets);
    let names: Vec<String> = targets.iter().map(|target| target.name.clone()).collect();
    let Some(own) = targets.into_iter().find(|target| target.name == name) else {
        let names = match names.is_empty() {
            true => "there is no [[targets]] in it".to_owned(),
            false => format!("it has {}", names.join(", ")),
        };
        let reason = format!("there is no target `{name}`: {names}");
        return Err(ConfigError::Targets(reason));
    };
    let options = &mut file.options;
    if own.proves_itself() {
        // The credentials of the file were meant for other origins.
        options.access.auth = GivenAuth::default();
        file.headers.retain(|name, _| !is_authorization(name));
    }
    options.target = Some(own.url);
    let access = &mut options.access;
    access.auth = own.auth.unwrap_or_else(|| mem::take(&mut access.auth));
    access.tls = own.tls.unwrap_or_else(|| mem::take(&mut access.tls));
    access.proxy = own.proxy.unwrap_or_else(|| mem::take(&mut access.proxy));
    file.headers.retain(|known, _| {
        !own.headers
            .keys()
            .any(|name| name.eq_ignore_ascii_case(known))
    });
    file.headers.extend(own.headers);
    if let Some(payload) = own.payload {
        // Its own wins, however the file says the one for all.
        file.payloads.create = None;
        options.payload = Some(payload);
    }
    options.level = own.level.or(options.level);
    options.gate = own.gate.or(options.gate);
    options.listener_bind = own.listener_bind.or(options.listener_bind.take());
    options.listener_url = own.listener_url.or(options.listener_url.take());
    let accepted = &mut options.accepted;
    accepted.waivers = own.waivers.or(accepted.waivers.take());
    accepted.baseline = own.baseline.or(accepted.baseline.take());
    let existing = &mut options.existing;
    existing.read_only = own.read_only.unwrap_or(existing.read_only);
    existing.ids = own.existing.unwrap_or_else(|| mem::take(&mut existing.ids));
    Ok(())
}

/// The target that options, environment and file settle on.
pub(super) fn judged(given: &Overrides, file: &FileConfig) -> Result<TargetSetting, ConfigError> {
    match (&given.target, given.reference) {
        (Some(text), true) => Err(ConfigError::TwoTargets(text.clone())),
        (None, true) => Ok(TargetSetting::Reference),
        (Some(text), false) => base_url(text),
        (None, false) => match &file.options.target {
            Some(text) => base_url(text),
            None if given.choice.profile.is_none() && !file.profiles.is_empty() => {
                Err(ConfigError::ChooseProfile(file.profiles.join(", ")))
            }
            None if !file.targets.is_empty() => {
                let names: Vec<&str> = file.targets.iter().map(|it| it.name.as_str()).collect();
                Err(ConfigError::ChooseTarget(names.join(", ")))
            }
            None => Err(ConfigError::NoTarget),
        },
    }
}

/// The target that the configuration file names, or the one of its `[[targets]]` that was chosen;
/// none where there is none.
///
/// # Errors
/// Where the file can't be read, or its target is not a usable URL.
pub fn configured_target(given: &Overrides) -> Result<Option<TargetSetting>, ConfigError> {
    if given.unconfigured {
        return Ok(None);
    }
    let mut file = file::load(Source {
        only: Some(&["target", "targets"]),
        ..source(given)
    })?;
    if let Some(name) = &given.choice.named {
        choose(&mut file, name)?;
    }
    file.options.target.as_deref().map(base_url).transpose()
}

/// The file that the options name, and what of it counts.
pub(super) fn source(given: &Overrides) -> Source<'_> {
    Source {
        named: given.choice.config.as_deref(),
        profile: given.choice.profile.as_deref(),
        only: None,
        chosen: given.choice.named.as_deref(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::{GivenAccess, GivenProxy, GivenTls, TargetEntry};
    use crate::terms::Level;

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
    fn settings_of_one_target_win_and_the_rest_is_for_all() {
        let mut own = entry("blue");
        own.gate = Some(Level::Certification);
        own.headers.insert("x-tenant".into(), "blue".into());
        let mut file = FileConfig {
            targets: vec![entry("green"), own],
            options: Overrides {
                level: Some(Level::Profile),
                gate: Some(Level::Profile),
                ..Overrides::default()
            },
            headers: BTreeMap::from([
                ("X-Tenant".into(), "all".into()),
                ("X-Other".into(), "all".into()),
            ]),
            ..FileConfig::default()
        };
        choose(&mut file, "blue").unwrap();
        assert_eq!(file.options.target.as_deref(), Some("http://h/"));
        assert_eq!(
            (file.options.level, file.options.gate),
            (Some(Level::Profile), Some(Level::Certification))
        );
        let headers: Vec<&str> = file.headers.keys().map(String::as_str).collect();
        assert_eq!(headers, ["X-Other", "x-tenant"]);
    }

    #[test]
    fn its_own_tables_stand_in_the_place_of_those_of_the_file() {
        let file = |own: TargetEntry| FileConfig {
            targets: vec![own],
            options: Overrides {
                access: GivenAccess {
                    tls: GivenTls {
                        client_cert: Some("all.pem".into()),
                        insecure: true,
                        ..GivenTls::default()
                    },
                    proxy: GivenProxy {
                        user: Some("all".into()),
                        ..GivenProxy::default()
                    },
                    ..GivenAccess::default()
                },
                ..Overrides::default()
            },
            ..FileConfig::default()
        };
        let mut as_all = file(entry("blue"));
        choose(&mut as_all, "blue").unwrap();
        assert!(as_all.options.access.tls.insecure);
        assert_eq!(as_all.options.access.proxy.user.as_deref(), Some("all"));
        let mut own = entry("blue");
        own.tls = Some(GivenTls {
            ca: Some("own.pem".into()),
            ..GivenTls::default()
        });
        own.proxy = Some(GivenProxy::default());
        let mut file = file(own);
        choose(&mut file, "blue").unwrap();
        let wanted = GivenTls {
            ca: Some("own.pem".into()),
            ..GivenTls::default()
        };
        let access = file.options.access;
        assert_eq!((access.tls, access.proxy), (wanted, GivenProxy::default()));
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
