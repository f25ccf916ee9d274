//! The TOML configuration file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::defaults::DEFAULT_FILE;
use super::document::{self, Document};
use super::error::ConfigError;
use super::given_auth::GivenAuth;
use super::options::Overrides;
use super::payloads::FilePayloads;
use super::proxy::GivenProxy;
use super::secret::is_authorization;
use super::subject::{Dossier, Subject};
use super::tls::GivenTls;
use crate::terms::Level;

/// What the file says; every key is optional, an unknown one is an error.
#[derive(Debug, Default, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(title = "tmfctk.toml")]
pub struct FileConfig {
    /// What flags and environment can say as well; paths are relative to the file, but for `out`.
    #[serde(flatten)]
    pub options: Overrides,
    /// What the run sends, by operation; `payload` is short for its `create`.
    #[serde(default)]
    pub payloads: FilePayloads,
    /// Sent with every request.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The product under test.
    #[serde(default)]
    pub subject: Subject,
    /// What a dossier demands.
    #[serde(default)]
    pub dossier: Dossier,
    /// The names of its profiles, for messages.
    #[serde(skip)]
    pub profiles: Vec<String>,
    /// Where all that comes from, for messages.
    #[serde(skip)]
    pub(super) origin: Option<Origin>,
    /// Several targets, each with what it has of its own.
    #[serde(default)]
    pub targets: Vec<TargetEntry>,
}

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
    /// Ids of its records that are used instead of the run's own.
    pub existing: Option<Vec<String>>,
}

impl TargetEntry {
    /// Paths of the file are relative to it.
    fn below(&mut self, folder: &Path) {
        let files = [&mut self.payload, &mut self.waivers, &mut self.baseline];
        for file in files.into_iter().flatten() {
            *file = folder.join(&*file);
        }
        self.auth.iter_mut().for_each(|auth| auth.below(folder));
        self.tls.iter_mut().for_each(|tls| tls.below(folder));
    }

    /// Whether its run proves who it is in a way of its own: a table, or HTTP's own header.
    pub(super) fn proves_itself(&self) -> bool {
        self.auth.is_some() || self.headers.keys().any(|name| is_authorization(name))
    }
}

/// The file that a configuration was read from.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    path: PathBuf,
    text: String,
    profile: Option<String>,
    chosen: Option<String>,
}

impl FileConfig {
    /// An error in the value of a key of this file, with its line.
    pub(super) fn located(&self, error: ConfigError) -> ConfigError {
        let place = error
            .key()
            .zip(self.origin.as_ref())
            .and_then(|(key, origin)| {
                let document = Document::parse(&origin.text).ok()?;
                let (profile, chosen) = (origin.profile.as_deref(), origin.chosen.as_deref());
                Some((origin, document.position_of(key, profile, chosen)?))
            });
        match place {
            Some((origin, at)) => ConfigError::Malformed {
                path: origin.path.clone(),
                reason: format!("{at}{error}"),
            },
            None => error,
        }
    }
}

/// The JSON Schema of the file, for editors. A text may hold environment variables; other values
/// may be given as a text that is a variable alone.
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(FileConfig).to_value();
    schema["additionalProperties"] = json!(false);
    schema["properties"][document::PROFILES] = json!({
        "description": "Environments by name: with --env NAME the keys of its table lie over the \
            others.",
        "type": "object",
        "additionalProperties": { "$ref": "#" },
    });
    schema
}

/// Where a file is looked for, and what of it counts.
#[derive(Debug, Default, Clone, Copy)]
pub struct Source<'a> {
    /// The file; without it the default one, where it exists.
    pub named: Option<&'a Path>,
    /// The profile that lies over the rest.
    pub profile: Option<&'a str>,
    /// The only keys that matter; all where there is none. What is not asked for demands no
    /// environment variable.
    pub only: Option<&'a [&'a str]>,
    /// The name of the one among the `[[targets]]` whose environment variables are filled in; what
    /// others say may stand for secrets that are not at hand.
    pub chosen: Option<&'a str>,
}

/// Reads the file.
///
/// # Errors
/// Where it can't be read, or says something that can't be; with its line.
pub fn load(source: Source) -> Result<FileConfig, ConfigError> {
    let path = match source.named {
        Some(path) => path,
        None if Path::new(DEFAULT_FILE).is_file() => Path::new(DEFAULT_FILE),
        None => {
            return match source.profile {
                None => Ok(FileConfig::default()),
                Some(name) => Err(ConfigError::NoProfiles(name.to_owned())),
            };
        }
    };
    let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    let variables = |name: &str| std::env::var(name).ok();
    let read = || -> Result<FileConfig, String> {
        let mut document = Document::parse(&text)?;
        if let Some(keys) = source.only {
            document.only(keys);
        }
        document.only_target(source.chosen);
        let mut config: FileConfig = document.read(source.profile, &variables)?;
        config.profiles = document.profiles();
        Ok(config)
    };
    let mut config = read().map_err(|reason| ConfigError::Malformed {
        path: path.to_owned(),
        reason,
    })?;
    config.origin = Some(Origin {
        path: path.to_owned(),
        text: text.clone(),
        profile: source.profile.map(str::to_owned),
        chosen: source.chosen.map(str::to_owned),
    });
    let folder = path.parent().unwrap_or(Path::new(""));
    let options = &mut config.options;
    let files = [
        &mut options.payload,
        &mut options.features,
        &mut options.spec,
        &mut options.reports.sign,
        &mut options.reports.template,
        &mut options.accepted.waivers,
        &mut options.accepted.baseline,
        &mut config.subject.architecture_picture,
    ];
    let payloads = config.payloads.files();
    for file in files.into_iter().flatten().chain(payloads) {
        *file = folder.join(&*file);
    }
    options.access.auth.below(folder);
    options.access.tls.below(folder);
    config.targets.iter_mut().for_each(|own| own.below(folder));
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(name: &str) -> Option<String> {
        match name {
            "TOKEN" => Some("s3cr3t".to_owned()),
            "SECONDS" => Some("7".to_owned()),
            "NONE" => Some(String::new()),
            _ => None,
        }
    }

    fn read(text: &str, profile: Option<&str>) -> Result<FileConfig, String> {
        Document::parse(text)?.read(profile, &variables)
    }

    #[test]
    fn an_unknown_key_is_named_with_line_and_the_likely_one() {
        for (text, error) in [
            (
                "level = \"profile\"\ntimout = 3\n",
                "line 2, column 1: unknown key `timout`, did you mean `timeout`?",
            ),
            (
                "[subject]\nproduct = \"p\"\ncompani = 'x'",
                "line 3, column 1: unknown key `compani`, did you mean `company`?",
            ),
            (
                "[env.a]\n[env.b]\nlevl = 'profile'",
                "line 3, column 1: unknown key `levl`, did you mean `level`?",
            ),
        ] {
            assert_eq!(read(text, None).unwrap_err(), error);
        }
    }

    #[test]
    fn a_malformed_file_never_shows_its_values() {
        let error = read("[headers]\nAuthorization = \"Bearer s3cr3t\n", None).unwrap_err();
        assert!(error.starts_with("line 2"), "{error}");
        assert!(!error.contains("s3cr3t"), "{error}");
    }

    #[test]
    fn a_value_of_the_wrong_type_is_told_by_its_key() {
        assert_eq!(
            read("level = \"profile\"\ntimeout = \"hunter22\"", None).unwrap_err(),
            "line 2, column 11: `timeout` must be a number, not of type string"
        );
        assert_eq!(
            read("timeout = \"${TOKEN}\"", None).unwrap_err(),
            "line 1, column 11: `timeout` must be a number, not of type string"
        );
        let error = read("[headers]\nX-Pin = 4711", None).unwrap_err();
        assert!(
            error.contains("headers.X-Pin") && !error.contains("4711"),
            "{error}"
        );
    }

    #[test]
    fn a_wrong_level_lists_the_right_ones() {
        let error = read("level = \"profil\"", None).unwrap_err();
        assert!(
            error.contains("profile") && error.contains("line 1"),
            "{error}"
        );
    }

    #[test]
    fn a_profile_lies_over_the_rest() {
        let text = "timeout = 3\nlevel = 'profile'\n[headers]\nA = 'a'\nB = 'b'\n\
                    [env.staging]\ntimeout = 4\n[env.staging.headers]\nB = 'of staging'\n";
        let plain = read(text, None).unwrap();
        assert_eq!(
            (plain.options.limits.timeout, plain.headers["B"].as_str()),
            (Some(3.0), "b")
        );
        let staging = read(text, Some("staging")).unwrap();
        assert_eq!(staging.options.limits.timeout, Some(4.0));
        assert!(staging.options.level.is_some());
        assert_eq!(staging.headers["A"], "a");
        assert_eq!(staging.headers["B"], "of staging");
        let error = read(text, Some("stagin")).unwrap_err();
        assert!(error.contains("did you mean `staging`"), "{error}");
        let error = read("env = 3", None).unwrap_err();
        assert!(
            error.contains("line 1") && error.contains("[env.staging]"),
            "{error}"
        );
    }

    #[test]
    fn variables_stand_in_values_and_a_missing_one_is_named() {
        let config = read(
            "timeout = '${SECONDS}'\nseed = 'a$${b}${NONE:-c}'\n[headers]\nAuthorization = 'Bearer ${TOKEN}'",
            None,
        )
        .unwrap();
        assert_eq!(config.headers["Authorization"], "Bearer s3cr3t");
        assert_eq!(config.options.limits.timeout, Some(7.0));
        assert_eq!(config.options.seed.as_deref(), Some("a${b}c"));
        for (text, words) in [
            ("x", ["line 2, column 7", "MISSING", "`headers.A`"]),
            (
                "\nlevel = 'profile'",
                ["line 2, column 7", "MISSING", "is not set"],
            ),
        ] {
            let text = format!("[headers]\nA   = 'x${{MISSING}}'\n[env.x]\n# {text}");
            let error = read(&text, None).unwrap_err();
            assert!(words.iter().all(|word| error.contains(word)), "{error}");
        }
        for wrong in [
            "seed = '${'",
            "seed = '${}'",
            "seed = '${A B}'",
            "seed = '${1}'",
        ] {
            let error = read(wrong, None).unwrap_err();
            assert!(error.contains("$${") && error.contains("line 1"), "{error}");
        }
    }

    #[test]
    fn a_profile_that_is_not_used_demands_no_variable() {
        let text = "[env.live]\ntarget = 'https://${MISSING}/'\nlevel = '${MISSING}'\n[env.live.headers]\nA = '${MISSING}'";
        assert!(read(text, None).is_ok());
        let error = read(text, Some("live")).unwrap_err();
        assert!(
            error.contains("MISSING") && error.starts_with("line"),
            "{error}"
        );
    }
}
