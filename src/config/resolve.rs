//! Flags, environment and file laid over each other and settled.

use std::path::{Path, PathBuf};

use super::defaults::{DEFAULT_FILE, DEFAULT_FORMATS, DEFAULT_OUT, DEFAULT_PACK};
use super::error::ConfigError;
use super::file::{self, FileConfig};
use super::given_auth::AuthSource;
use super::goal::Goal;
use super::layer::Layer as _;
use super::options::Overrides;
use super::payloads::Body;
use super::secret::Header;
use super::settings::Settings;
use super::{accepted, access, auth, certify, events, existing, limits, redaction, targets};
use crate::terms::Level;

/// Settles what a run uses: flags and environment win over the file, the file over the defaults.
pub fn resolve(given: Overrides) -> Result<Settings, ConfigError> {
    if given.unconfigured {
        return settle(given, FileConfig::default());
    }
    let file = file::load(targets::source(&given))?;
    settle(given.clone(), file.clone()).map_err(|error| match caused_by_flags(given, &error) {
        true => error,
        false => file.located(error),
    })
}

/// Whether the flags make a mistake: then it is there without the file, too.
fn caused_by_flags(mut given: Overrides, error: &ConfigError) -> bool {
    if let ConfigError::Target { .. } = error {
        return given.target.is_some();
    }
    given.choice.named = None;
    given.target = (!given.reference).then(|| "http://localhost/".to_owned());
    settle(given, FileConfig::default()).is_err_and(|own| own.to_string() == error.to_string())
}

fn settle(given: Overrides, mut file: FileConfig) -> Result<Settings, ConfigError> {
    if let Some(name) = &given.choice.named {
        targets::choose(&mut file, name)?;
    }
    let target = targets::judged(&given, &file)?;
    auth::check(&given.access.auth, AuthSource::Options)?;
    auth::check(&file.options.access.auth, AuthSource::File)?;
    if file.options.payload.is_some() && file.payloads.create.is_some() {
        return Err(ConfigError::TwoPayloads);
    }
    let headers = headers(file.headers, &given.access.headers)?;
    let flags = given.clone();
    let options = given.over(file.options);
    let level = options.level.unwrap_or(Level::Guideline);
    // A goal on the command line wins over a gate in the file.
    let goal = |goal: Option<Goal>| goal.map(|goal| level.min(goal.gate()));
    let gate = flags
        .gate
        .or_else(|| goal(flags.goal))
        .or(options.gate)
        .or_else(|| goal(options.goal))
        .unwrap_or_else(|| level.min(Level::Profile));
    if gate > level {
        return Err(ConfigError::Gate {
            gate: written(&flags, "gate", flags.gate, gate),
            level: written(&flags, "level", flags.level, level),
        });
    }
    let mut payloads = file.payloads;
    if let Some(path) = &options.payload {
        payloads.create = Some(Body::File(path.clone()));
    }
    existing::check(&options.existing)?;
    let settings = Settings {
        access: access::resolve(&options.access, &options.proxies, &headers, &target)?,
        target,
        level,
        gate,
        payloads,
        headers,
        events: events::resolve(&options)?,
        redaction: redaction::resolve(&options)?,
        limits: limits::resolve(&options.limits)?,
        accepted: accepted::resolve(options.accepted)?,
        pack: options.api.unwrap_or_else(|| DEFAULT_PACK.to_owned()),
        strict: options.strict,
        out: out(options.reports.out, options.choice.named.as_deref()),
        formats: options
            .reports
            .formats
            .unwrap_or_else(|| DEFAULT_FORMATS.map(str::to_owned).to_vec()),
        sign: options.reports.sign,
        template: options.reports.template,
        config: options.choice.config,
        profile: options.choice.profile,
        named: options.choice.named,
        seed: options.seed.unwrap_or_else(fresh_seed),
        keep: options.keep,
        existing: options.existing,
        keep_foreign_bodies: options.keep_foreign_bodies,
        features: options.features,
        spec: options.spec,
        selection: options.selection,
        subject: file.subject,
    };
    settings.check_read_only()?;
    certify::check(&settings)?;
    Ok(settings)
}

/// The headers of the file with those of the flags in place of those of the same name.
fn headers(
    file: impl IntoIterator<Item = (String, String)>,
    flags: &[String],
) -> Result<Vec<Header>, ConfigError> {
    let mut headers: Vec<Header> = file.into_iter().map(Header::from).collect();
    for Header { name, .. } in &headers {
        Header::check_name(name).map_err(|reason| ConfigError::HeaderName {
            name: name.clone(),
            reason,
        })?;
    }
    for (position, text) in (1..).zip(flags) {
        if text.trim().contains(['\n', '\r']) {
            return Err(ConfigError::HeaderBreak { position });
        }
        let header =
            Header::parse(text).map_err(|reason| ConfigError::Header { position, reason })?;
        headers.retain(|known| !known.name.eq_ignore_ascii_case(&header.name));
        headers.push(header);
    }
    Ok(headers)
}

/// A level as it was written where it was given: as a flag, in the environment or in the file.
fn written(given: &Overrides, name: &'static str, own: Option<Level>, level: Level) -> String {
    if own.is_none() {
        let file = given
            .choice
            .config
            .as_deref()
            .unwrap_or(Path::new(DEFAULT_FILE));
        format!("{name} = \"{level}\" in {}", file.display())
    } else if given.environment.contains(&name) {
        format!("TMFCTK_{}={level}", name.to_uppercase())
    } else {
        format!("--{name} {level}")
    }
}

/// Where the reports go: of one among several targets into a folder of its own.
fn out(given: Option<PathBuf>, only: Option<&str>) -> PathBuf {
    let out = given.unwrap_or_else(|| DEFAULT_OUT.into());
    only.map_or(out.clone(), |name| out.join(name))
}

/// Every run has values of its own, so that two runs on one target don't disturb each other.
fn fresh_seed() -> String {
    format!("{:016x}", fastrand::u64(..))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_target(text: &str) -> Result<Settings, ConfigError> {
        resolve(Overrides {
            target: Some(text.into()),
            ..Overrides::default()
        })
    }

    #[test]
    fn the_gate_follows_the_level_down() {
        let given = |level, gate| {
            resolve(Overrides {
                reference: true,
                level,
                gate,
                ..Overrides::default()
            })
        };
        assert_eq!(given(None, None).unwrap().gate, Level::Profile);
        assert_eq!(
            given(Some(Level::Certification), None).unwrap().gate,
            Level::Certification
        );
        assert!(given(Some(Level::Certification), Some(Level::Profile)).is_err());
    }

    #[test]
    fn a_goal_is_a_gate_in_the_users_words() {
        let given = |goal, level| {
            let options = Overrides {
                reference: true,
                goal,
                level,
                ..Overrides::default()
            };
            resolve(options).unwrap().gate
        };
        assert_eq!(given(Some(Goal::Certificate), None), Level::Certification);
        assert_eq!(given(Some(Goal::Conformance), None), Level::Profile);
        let low = Some(Level::Certification);
        assert_eq!(given(Some(Goal::Conformance), low), Level::Certification);
    }

    #[test]
    fn seeds_differ_unless_given() {
        assert_ne!(
            with_target("http://h").unwrap().seed,
            with_target("http://h").unwrap().seed
        );
    }
}
