//! `--certify`: whether the settings are those of a run that can be submitted.

use super::error::ConfigError;
use super::settings::Settings;
use super::target::TargetSetting;
use crate::terms::Level;

/// Refuses settings that make a run unfit to be submitted, with all reasons.
pub(super) fn check(settings: &Settings) -> Result<(), ConfigError> {
    if !settings.accepted.certify {
        return Ok(());
    }
    let reasons = reasons(settings);
    if reasons.is_empty() {
        Ok(())
    } else {
        Err(ConfigError::Unfit { reasons })
    }
}

fn reasons(settings: &Settings) -> Vec<String> {
    let demanded = [
        (
            settings.target == TargetSetting::Reference,
            "the reference implementation is judged, not your product (--reference)".to_owned(),
        ),
        (
            settings.level < Level::Profile,
            format!(
                "the profile is left out (--level {}): it has to run",
                settings.level
            ),
        ),
        (
            settings.accepted.waivers.is_some(),
            "violations are waived (--waivers)".to_owned(),
        ),
        (
            settings.accepted.baseline.is_some(),
            "known violations would not decide the exit code (--baseline)".to_owned(),
        ),
        (
            settings.features.is_some(),
            "scenarios of your own take part in the judgement (--features)".to_owned(),
        ),
        (
            settings.spec.is_some(),
            "another API description than the pack's judges (--spec)".to_owned(),
        ),
        (
            settings.events.off,
            "events are left out (--no-events)".to_owned(),
        ),
        (
            settings.existing.read_only,
            "nothing is created, so that most can't be decided (--read-only)".to_owned(),
        ),
        (
            !settings.existing.ids.is_empty(),
            "existing records are used instead of the run's own (--existing)".to_owned(),
        ),
    ];
    let holding = demanded.into_iter().filter(|(unfit, _)| *unfit);
    holding.map(|(_, reason)| reason).collect()
}

#[cfg(test)]
mod tests {
    use crate::config::accepted::GivenAccepted;
    use crate::config::{Existing, Overrides, resolve};
    use crate::terms::Level;

    fn certify() -> Overrides {
        Overrides {
            unconfigured: true,
            target: Some("http://h/".into()),
            accepted: GivenAccepted {
                certify: true,
                ..GivenAccepted::default()
            },
            ..Overrides::default()
        }
    }

    #[test]
    fn the_usual_run_is_fit_and_a_stricter_one_too() {
        assert!(resolve(certify()).is_ok());
        let given = Overrides {
            gate: Some(Level::Operations),
            strict: true,
            ..certify()
        };
        assert!(resolve(given).is_ok());
        let given = Overrides {
            level: Some(Level::Profile),
            ..certify()
        };
        assert!(resolve(given).is_ok());
        // TM Forum decides by its kit: how the profile stands is said, and no condition.
        let given = Overrides {
            gate: Some(Level::Certification),
            ..certify()
        };
        assert!(resolve(given).is_ok());
    }

    #[test]
    fn each_reason_alone_makes_it_unfit_and_all_are_named() {
        let existing = |read_only, ids: &[&str]| Existing {
            read_only,
            ids: ids.iter().map(|id| (*id).to_owned()).collect(),
        };
        let baseline = GivenAccepted {
            certify: true,
            baseline: Some("b.json".into()),
            ..GivenAccepted::default()
        };
        let alone: [(&str, Overrides); 6] = [
            (
                "--baseline",
                Overrides {
                    accepted: baseline.clone(),
                    ..certify()
                },
            ),
            (
                "--features",
                Overrides {
                    features: Some("f".into()),
                    ..certify()
                },
            ),
            (
                "--spec",
                Overrides {
                    spec: Some("s.json".into()),
                    ..certify()
                },
            ),
            (
                "--read-only",
                Overrides {
                    existing: existing(true, &[]),
                    ..certify()
                },
            ),
            (
                "--existing",
                Overrides {
                    existing: existing(false, &["7"]),
                    ..certify()
                },
            ),
            (
                "--no-events",
                Overrides {
                    no_events: true,
                    ..certify()
                },
            ),
        ];
        for (option, given) in alone {
            let error = resolve(given).unwrap_err().to_string();
            assert_eq!(error.lines().count(), 2, "{error}");
            assert!(error.contains(option), "{error}");
        }
        let all = Overrides {
            target: None,
            reference: true,
            level: Some(Level::Certification),
            features: Some("f".into()),
            no_events: true,
            accepted: baseline,
            ..certify()
        };
        let error = resolve(all).unwrap_err().to_string();
        assert_eq!(error.lines().count(), 6, "{error}");
    }
}
