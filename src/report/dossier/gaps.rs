//! What keeps a dossier from being handed in.

use jiff::Timestamp;

use super::Subject;
use crate::terms::{Level, Verdict};
use crate::verdict::RunResult;

const DAY: i64 = 24 * 60 * 60;

/// What the subject lacks, each with the key to set.
pub fn subject_gaps(subject: &Subject) -> Vec<String> {
    let demanded = [
        ("company", &subject.company, "the company's name"),
        ("product", &subject.product, "the product's name"),
        ("release", &subject.release, "the product's release"),
        ("contact", &subject.contact, "who answers questions"),
        (
            "description",
            &subject.description,
            "what product or solution the API belongs to",
        ),
        ("overview", &subject.overview, "what the API is there for"),
        (
            "architecture",
            &subject.architecture,
            "the architecture in words",
        ),
    ];
    let mut lacks: Vec<String> = demanded
        .into_iter()
        .filter(|(_, value, _)| value.as_deref().is_none_or(|text| text.trim().is_empty()))
        .map(|(key, _, what)| format!("`{key}` under [subject]: {what}"))
        .collect();
    if subject.picture.is_none() {
        lacks.push(
            "`architecture-picture` under [subject]: the architecture as a picture (PNG, JPEG or \
             SVG)"
                .to_owned(),
        );
    }
    lacks
}

/// What the run was configured with.
fn configured<'a>(result: &'a RunResult, key: &str) -> Option<&'a str> {
    let mut settings = result.configuration.iter();
    let setting = settings.find(|setting| setting.key == key)?;
    Some(setting.value.as_str())
}

/// Why a run can't be handed in, whatever its subject and its age.
pub fn result_gaps(result: &RunResult) -> Vec<String> {
    let mut lacks = Vec::new();
    let mut lack = |text: String| lacks.push(text);
    if result.target.reference {
        lack("the run judged the reference implementation, not your product".to_owned());
    }
    if result.run.interrupted {
        lack("the run was interrupted before its end".to_owned());
    }
    if let Some(selection) = &result.run.selection {
        lack(format!(
            "only a selection ran: {} ({})",
            selection.share(),
            selection.options.join(" ")
        ));
    }
    // What --certify refuses beforehand is refused here, too.
    for (key, why) in [
        (
            "features",
            "scenarios of your own took part in the judgement",
        ),
        ("spec", "another API description than the pack's judged"),
        ("waivers", "violations were to be waived"),
        ("baseline", "known violations did not decide the exit code"),
    ] {
        if configured(result, key).is_some() {
            lack(format!("{why} (--{key})"));
        }
    }
    if configured(result, "no-events") == Some("true") {
        lack("events were left out (--no-events)".to_owned());
    }
    let judged_to = result.levels.iter().map(|ran| ran.level).max();
    if result.gate < Level::Profile && judged_to >= Some(Level::Profile) {
        lack(format!(
            "the gate was below the profile (--gate {}), up to which a run has to be conformant",
            result.gate
        ));
    }
    if let Some(existing) = &result.run.existing {
        lack(format!("{}: {}", existing.manner(), existing.cost()));
    }
    if !result.run.internal_errors.is_empty() {
        lack("the harness itself failed in the run".to_owned());
    }
    for level in Level::ALL
        .into_iter()
        .filter(|level| *level <= Level::Profile)
    {
        match result.levels.iter().find(|ran| ran.level == level) {
            None => lack(format!("the level {level} did not run")),
            Some(ran) if ran.counts.waived > 0 => lack(format!(
                "violations at the level {level} were waived: {}",
                ran.counts.waived
            )),
            Some(ran) if ran.verdict != Verdict::Conformant => {
                lack(format!("the level {level} is {}", ran.verdict));
            }
            Some(_) => {}
        }
    }
    if result.verdict != Verdict::Conformant {
        lack(format!(
            "the run's verdict, up to the gate {}, is {}",
            result.gate, result.verdict
        ));
    }
    if let Some(kit) = &result.official_kit
        && kit.kit_limit_likely
    {
        lack("the official kit would probably not come to its end: its lists are too long".into());
    }
    lacks
}

/// Why a run does not carry a dossier of the subject; it may be that number of days old.
pub fn run_gaps(
    subject: &Subject,
    result: &RunResult,
    now: Timestamp,
    max_age_days: u32,
) -> Vec<String> {
    let mut lacks = result_gaps(result);
    let mut lack = |text: String| lacks.push(text);
    match result.run.started_at.parse::<Timestamp>() {
        Err(_) => lack("the result does not say when the run took place".to_owned()),
        Ok(started) => {
            let days = (now.as_second() - started.as_second()) / DAY;
            if days > i64::from(max_age_days) {
                lack(format!(
                    "the run is {days} days old, of at most {max_age_days}"
                ));
            }
        }
    }
    if let Some(judged) = &result.subject {
        for (what, then, now) in [
            ("company", &judged.company, &subject.company),
            ("product", &judged.product, &subject.product),
            ("release", &judged.release, &subject.release),
        ] {
            if let (Some(then), Some(now)) = (then, now)
                && then != now
            {
                lack(format!("the run was of the {what} {then}, not of {now}"));
            }
        }
    }
    lacks
}
