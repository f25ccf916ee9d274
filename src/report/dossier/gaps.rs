//! What keeps a dossier from being handed in.

use jiff::Timestamp;

use super::Subject;
use crate::terms::Level;
use crate::verdict::{Certificate, RunResult};

const DAY: i64 = 24 * 60 * 60;

/// What the subject lacks, each with the key to set.
pub fn subject_gaps(subject: &Subject) -> Vec<String> {
    let demanded = [
        ("company", &subject.company, "the company's name"),
        ("product", &subject.product, "the product's name"),
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

/// Why a run can't be handed in, whatever its subject and its age. TM Forum decides by its own kit,
/// so a run is fit where that would pass; the document says how the profile stands.
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
    if let Some(existing) = &result.run.existing {
        lack(format!("{}: {}", existing.manner(), existing.cost()));
    }
    if !result.run.internal_errors.is_empty() {
        lack("the harness itself failed in the run".to_owned());
    }
    for level in [Level::Certification, Level::Profile] {
        match result.levels.iter().find(|ran| ran.level == level) {
            None => lack(format!("the level {level} did not run")),
            Some(ran) if ran.counts.waived > 0 => lack(format!(
                "violations at the level {level} were waived: {}",
                ran.counts.waived
            )),
            Some(_) => {}
        }
    }
    if result.certificate() != Certificate::WouldPass {
        lack(result.certificate().sentence().to_owned());
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
