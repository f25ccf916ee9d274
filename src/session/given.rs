//! What the run was given: the command that repeats it, its settings, and where it ran.

use std::fmt::Display;
use std::time::Duration;

use url::Url;

use crate::config::{self, AnswerLimits, Body, Events, Limits, Settings, TargetSetting};
use crate::verdict::{Environment, Setting};
use crate::words::Level;

/// The command that repeats the run; secrets are named, never shown.
pub(super) fn repeat(settings: &Settings, base: &Url) -> String {
    let defaults = Limits::default();
    let mut command = String::from("tmfctk run");
    match (&settings.target, &settings.named) {
        (TargetSetting::Reference, _) => command.push_str(" --reference"),
        (_, Some(name)) => command.push_str(&format!(" --target {name}")),
        (_, None) => command.push_str(&format!(" {base}")),
    }
    let mut option = |text: String| {
        command.push(' ');
        command.push_str(&text);
    };
    if settings.pack != config::DEFAULT_PACK {
        option(format!("--api {}", settings.pack));
    }
    if settings.level != Level::Guideline {
        option(format!("--level {}", settings.level));
    }
    if settings.gate != settings.level.min(Level::Profile) {
        option(format!("--gate {}", settings.gate));
    }
    settings
        .selection
        .options()
        .into_iter()
        .for_each(&mut option);
    if settings.strict {
        option("--strict".to_owned());
    }
    settings.existing.options().for_each(&mut option);
    if let Some(config) = &settings.config {
        option(format!("--config {}", config.display()));
    }
    if let Some(profile) = &settings.profile {
        option(format!("--env {profile}"));
    }
    // What stands in the configuration is not said again.
    if let Some(payload @ Body::File(_)) = &settings.payloads.create {
        option(format!("--payload {payload}"));
    }
    if let Some(waivers) = &settings.accepted.waivers {
        option(format!("--waivers {}", waivers.file.display()));
    }
    if let Some(baseline) = &settings.accepted.baseline {
        option(format!("--baseline {}", baseline.display()));
    }
    if settings.accepted.certify {
        option("--certify".to_owned());
    }
    for header in &settings.headers {
        option(format!("--header '{}: …'", header.name));
    }
    super::access::options(&settings.access, &mut option);
    let limits = &settings.limits;
    if limits.timeout != defaults.timeout {
        option(format!("--timeout {}", limits.timeout.as_secs_f64()));
    }
    if limits.kit_timeout != defaults.kit_timeout {
        let seconds = limits.kit_timeout.as_secs_f64();
        option(format!("--kit-timeout {seconds}"));
    }
    if limits.max_time != defaults.max_time {
        option(format!("--max-time {}", limits.max_time.as_secs_f64()));
    }
    for (name, count, default) in [
        ("parse-bytes", limits.parse_bytes, defaults.parse_bytes),
        (
            "max-exchanges",
            limits.max_exchanges,
            defaults.max_exchanges,
        ),
        ("max-writes", limits.max_writes, defaults.max_writes),
    ] {
        if count != default {
            option(format!("--{name} {count}"));
        }
    }
    answer_options(&limits.answer, &mut option);
    for pointer in &settings.redaction.pointers {
        option(format!("--redact-pointer {}", quoted(pointer)));
    }
    for pattern in &settings.redaction.patterns {
        option(format!("--redact {}", quoted(pattern.as_str())));
    }
    event_options(&settings.events, &mut option);
    option(format!("--seed {}", settings.seed));
    command
}

/// A word for a shell.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The options on one answer that are not the usual ones, to repeat the run.
fn answer_options(limits: &AnswerLimits, option: &mut dyn FnMut(String)) {
    let usual = AnswerLimits::default();
    for (name, time) in [
        ("connect-timeout", limits.connect),
        ("first-byte-timeout", limits.first_byte),
    ] {
        if let Some(time) = time {
            option(format!("--{name} {}", time.as_secs_f64()));
        }
    }
    for ((name, count), (_, default)) in counts(limits).into_iter().zip(counts(&usual)) {
        if count != default {
            option(format!("--{name} {count}"));
        }
    }
}

/// What is counted of one answer, by the names of the options.
fn counts(limits: &AnswerLimits) -> [(&'static str, usize); 4] {
    [
        ("inflate-bytes", limits.inflate_bytes),
        ("max-headers", limits.max_headers),
        ("header-bytes", limits.header_bytes),
        ("json-depth", limits.json_depth),
    ]
}

/// The options on events that are not the usual ones, to repeat the run.
fn event_options(events: &Events, option: &mut dyn FnMut(String)) {
    let usual = Events::default();
    if events.off {
        return option("--no-events".to_owned());
    }
    if let Some(bind) = events.bind {
        option(format!("--listener-bind {bind}"));
    }
    if let Some(url) = &events.url {
        option(format!("--listener-url {url}"));
    }
    if events.status != usual.status {
        option(format!("--listener-status {}", events.status));
    }
    if events.timeout != usual.timeout {
        option(format!("--event-timeout {}", events.timeout.as_secs_f64()));
    }
    if events.quiet != usual.quiet {
        option(format!("--event-quiet {}", events.quiet.as_secs_f64()));
    }
}

/// The machine that judged.
pub(super) fn environment() -> Environment {
    Environment {
        os: std::env::consts::OS.to_owned(),
        architecture: std::env::consts::ARCH.to_owned(),
        processors: std::thread::available_parallelism().ok().map(usize::from),
    }
}

/// The settled settings by their names in the configuration file, defaults included. Of what may be
/// a secret only that it is there.
pub(super) fn configuration(settings: &Settings) -> Vec<Setting> {
    let mut all = Vec::new();
    let mut set = |key: &str, value: &dyn Display| {
        all.push(Setting {
            key: key.to_owned(),
            value: value.to_string(),
        });
    };
    set("api", &settings.pack);
    set("level", &settings.level);
    set("gate", &settings.gate);
    set("strict", &settings.strict);
    if let Some(profile) = &settings.profile {
        set("env", profile);
    }
    let payloads = &settings.payloads;
    for (key, body) in [
        ("payloads.create", &payloads.create),
        ("payloads.second-create", &payloads.second_create),
        ("payloads.patch", &payloads.patch),
    ] {
        if let Some(body) = body {
            set(key, body);
        }
    }
    if !payloads.extra.is_empty() {
        let names: Vec<_> = payloads.extra.keys().map(String::as_str).collect();
        set("payloads.extra", &names.join(", "));
    }
    for header in &settings.headers {
        set("headers", &format!("{}: [redacted]", header.name));
    }
    for (key, value) in super::access::configuration(&settings.access) {
        set(&key, &value);
    }
    let limits = &settings.limits;
    set("timeout", &seconds(limits.timeout));
    set("kit-timeout", &seconds(limits.kit_timeout));
    set("concurrency", &limits.concurrency);
    if let Some(rate) = limits.rate {
        set("rate", &format!("{rate} requests a second"));
    }
    set("max-time", &seconds(limits.max_time));
    set("max-exchanges", &limits.max_exchanges);
    set("max-writes", &limits.max_writes);
    set("keep-bytes", &format!("{} bytes", limits.keep_bytes));
    set("parse-bytes", &format!("{} bytes", limits.parse_bytes));
    let answer = &limits.answer;
    for (name, time) in [
        ("limits.connect-timeout", answer.connect),
        ("limits.first-byte-timeout", answer.first_byte),
    ] {
        set(name, &seconds(time.unwrap_or(limits.timeout)));
    }
    for (name, count) in counts(answer) {
        set(&format!("limits.{name}"), &count);
    }
    for pointer in &settings.redaction.pointers {
        set("redact-pointer", pointer);
    }
    for pattern in &settings.redaction.patterns {
        set("redact", &pattern.as_str());
    }
    set("keep", &settings.keep);
    if settings.existing.read_only {
        set("read-only", &true);
    }
    if !settings.existing.ids.is_empty() {
        set("existing", &settings.existing.ids.join(", "));
    }
    set("keep-foreign-bodies", &settings.keep_foreign_bodies);
    if let Some(features) = &settings.features {
        set("features", &features.display());
    }
    if let Some(spec) = &settings.spec {
        set("spec", &spec.display());
    }
    if let Some(waivers) = &settings.accepted.waivers {
        set("waivers", &waivers.file.display());
    }
    if let Some(baseline) = &settings.accepted.baseline {
        set("baseline", &baseline.display());
    }
    if settings.accepted.certify {
        set("certify", &true);
    }
    let events = &settings.events;
    set("no-events", &events.off);
    if !events.off {
        if let Some(bind) = events.bind {
            set("listener-bind", &bind);
        }
        if let Some(url) = &events.url {
            set("listener-url", url);
        }
        set("listener-status", &events.status);
        set("event-timeout", &seconds(events.timeout));
        set("event-quiet", &seconds(events.quiet));
    }
    all
}

fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}
