//! Where a result comes from: the command that repeats the run, its settings, and the machine.
//!
//! Command and settings follow from one table with a row for each setting. Secrets are named, never
//! shown.

use std::fmt::Display;
use std::time::Duration;

use url::Url;

use crate::config::{
    self, Access, AnswerLimits, Auth, Bearer, Body, ClientCredentials, Events, KeyPlace, Limits,
    SecretIn, Settings, TargetSetting, quoted,
};
use crate::evidence::REDACTED;
use crate::terms::Level;
use crate::verdict::{ANY_CERTIFICATE, ANY_CERTIFICATE_KEY, Environment, Setting};

/// The command that repeats the run.
pub(super) fn repeat(settings: &Settings, base: &Url) -> String {
    let target = match (&settings.target, &settings.named) {
        (TargetSetting::Reference, _) => "--reference".to_owned(),
        (_, Some(name)) => format!("--target {name}"),
        (_, None) => base.to_string(),
    };
    let options = table(settings).0.into_iter().filter_map(|row| row.option);
    let words = ["tmfctk run".to_owned(), target].into_iter().chain(options);
    words.collect::<Vec<_>>().join(" ")
}

/// The settings by their names in the configuration file, defaults included.
pub(super) fn configuration(settings: &Settings) -> Vec<Setting> {
    let rows = table(settings).0.into_iter();
    rows.filter_map(|row| {
        Some(Setting {
            key: row.key,
            value: row.shown?,
        })
    })
    .collect()
}

/// The machine that judged.
pub(super) fn environment() -> Environment {
    Environment {
        os: std::env::consts::OS.to_owned(),
        architecture: std::env::consts::ARCH.to_owned(),
        processors: std::thread::available_parallelism().ok().map(usize::from),
    }
}

/// The note on a run that took any certificate.
pub(super) fn note(access: &Access) -> Option<String> {
    access.tls.insecure.then(|| ANY_CERTIFICATE.to_owned())
}

/// One setting.
struct SettingRow {
    /// Its key in the configuration file.
    key: String,
    /// How it is shown among the settings.
    shown: Option<String>,
    /// The option that repeats it, where it is not the default.
    option: Option<String>,
}

/// All settings. The option of a key is its last part, unless another is named.
#[derive(Default)]
struct Rows(Vec<SettingRow>);

impl Rows {
    fn add(&mut self, key: &str, shown: Option<String>, option: Option<String>) {
        let key = key.to_owned();
        self.0.push(SettingRow { key, shown, option });
    }

    /// A value that is shown, and repeated where it is not the default.
    fn value<T: Display + PartialEq>(&mut self, key: &str, value: &T, default: &T) {
        let option = (value != default).then(|| option(key, value));
        self.add(key, Some(value.to_string()), option);
    }

    /// The same of a value with a unit.
    fn measure<T: Display + PartialEq>(&mut self, key: &str, value: T, unit: &str, default: T) {
        let repeated = (value != default).then(|| option(key, &value));
        self.add(key, Some(format!("{value} {unit}")), repeated);
    }

    fn time(&mut self, key: &str, value: Duration, default: Duration) {
        self.measure(key, value.as_secs_f64(), "s", default.as_secs_f64());
    }

    /// A switch that is always shown.
    fn switch(&mut self, key: &str, on: bool) {
        self.add(key, Some(on.to_string()), on.then(|| flag(key)));
    }

    /// A value without a default.
    fn given<T: Display>(&mut self, key: &str, value: Option<T>) {
        if let Some(value) = value {
            self.add(key, Some(value.to_string()), Some(option(key, &value)));
        }
    }

    /// A value whose option has another name than its key.
    fn named(&mut self, key: &str, name: &str, value: impl Display) {
        self.add(key, Some(value.to_string()), Some(option(name, &value)));
    }

    /// That there is a secret.
    fn secret(&mut self, key: &str, name: &str) {
        let option = Some(format!("--{name} '…'"));
        self.add(key, Some(REDACTED.to_owned()), option);
    }

    /// What no option repeats.
    fn shown(&mut self, key: &str, value: impl Display) {
        self.add(key, Some(value.to_string()), None);
    }

    /// An option that is not shown among the settings.
    fn option(&mut self, text: String) {
        self.add("", None, Some(text));
    }
}

fn flag(key: &str) -> String {
    format!("--{}", key.rsplit('.').next().unwrap_or(key))
}

fn option(key: &str, value: &impl Display) -> String {
    format!("{} {}", flag(key), quoted(&value.to_string()))
}

fn table(settings: &Settings) -> Rows {
    let mut rows = Rows::default();
    rows.value("api", &settings.pack.as_str(), &config::DEFAULT_PACK);
    rows.value("level", &settings.level, &Level::Guideline);
    let gate = settings.level.min(Level::Profile);
    rows.value("gate", &settings.gate, &gate);
    settings
        .selection
        .options()
        .into_iter()
        .for_each(|text| rows.option(text));
    rows.switch("strict", settings.strict);
    if let Some(config) = &settings.config {
        rows.option(option("config", &config.display()));
    }
    rows.given("env", settings.profile.as_ref());
    bodies(settings, &mut rows);
    for header in &settings.headers {
        let repeated = format!("--header {}", quoted(&format!("{}: …", header.name)));
        let shown = format!("{}: {REDACTED}", header.name);
        rows.add("headers", Some(shown), Some(repeated));
    }
    authentication(&settings.access.auth, &mut rows);
    connection(&settings.access, &mut rows);
    limits(&settings.limits, &mut rows);
    for pointer in &settings.redaction.pointers {
        rows.given("redact-pointer", Some(pointer));
    }
    for pattern in &settings.redaction.patterns {
        rows.given("redact", Some(pattern));
    }
    rows.switch("keep", settings.keep);
    if settings.existing.read_only {
        rows.switch("read-only", true);
    }
    if !settings.existing.ids.is_empty() {
        let ids = &settings.existing.ids;
        let repeated: Vec<_> = ids.iter().map(|id| option("existing", id)).collect();
        rows.add("existing", Some(ids.join(", ")), Some(repeated.join(" ")));
    }
    rows.switch("keep-foreign-bodies", settings.keep_foreign_bodies);
    rows.given(
        "features",
        settings.features.as_ref().map(|it| it.display()),
    );
    rows.given("spec", settings.spec.as_ref().map(|it| it.display()));
    let accepted = &settings.accepted;
    let waivers = accepted.waivers.as_ref();
    rows.given("waivers", waivers.map(|waivers| waivers.file.display()));
    rows.given(
        "baseline",
        accepted.baseline.as_ref().map(|it| it.display()),
    );
    if accepted.certify {
        rows.switch("certify", true);
    }
    events(&settings.events, &mut rows);
    rows.option(option("seed", &settings.seed));
    rows
}

/// What stands in the configuration itself is not repeated.
fn bodies(settings: &Settings, rows: &mut Rows) {
    let payloads = &settings.payloads;
    match &payloads.create {
        Some(file @ Body::File(_)) => rows.named("payloads.create", "payload", file),
        Some(inline) => rows.shown("payloads.create", inline),
        None => {}
    }
    for (key, body) in [
        ("payloads.second-create", &payloads.second_create),
        ("payloads.patch", &payloads.patch),
    ] {
        if let Some(body) = body {
            rows.shown(key, body);
        }
    }
    if !payloads.extra.is_empty() {
        let names: Vec<_> = payloads.extra.keys().map(String::as_str).collect();
        rows.shown("payloads.extra", names.join(", "));
    }
}

fn authentication(auth: &Auth, rows: &mut Rows) {
    match auth {
        Auth::None => {}
        Auth::Basic { user, .. } => {
            rows.shown("auth.basic.user", user);
            rows.secret("auth.basic.password", "basic");
        }
        Auth::Bearer(Bearer::Token(_)) => rows.secret("auth.bearer.token", "bearer"),
        Auth::Bearer(Bearer::File(file)) => {
            rows.named("auth.bearer.file", "bearer-file", file.display());
        }
        // Its arguments may hold a secret.
        Auth::Bearer(Bearer::Command(words)) => {
            let program = words.first().map_or("", String::as_str);
            let more = if words.len() > 1 { " …" } else { "" };
            let repeated = Some("--bearer-command '…'".to_owned());
            rows.add(
                "auth.bearer.command",
                Some(format!("{program}{more}")),
                repeated,
            );
        }
        Auth::ApiKey { place, .. } => {
            match place {
                KeyPlace::Header(name) => rows.named("auth.api-key.header", "api-key-header", name),
                KeyPlace::Query(name) => rows.named("auth.api-key.query", "api-key-query", name),
            }
            rows.secret("auth.api-key.key", "api-key");
        }
        Auth::ClientCredentials(client) => client_credentials(client, rows),
    }
}

fn client_credentials(client: &ClientCredentials, rows: &mut Rows) {
    rows.named(
        "auth.oauth2.token-url",
        "oauth-token-url",
        &client.token_url,
    );
    rows.named(
        "auth.oauth2.client-id",
        "oauth-client-id",
        &client.client_id,
    );
    rows.secret("auth.oauth2.client-secret", "oauth-client-secret");
    let place = client.secret_in;
    let repeated = (place != SecretIn::default()).then(|| option("oauth-secret-in", &place.name()));
    rows.add(
        "auth.oauth2.secret-in",
        Some(place.name().to_owned()),
        repeated,
    );
    if !client.scopes.is_empty() {
        rows.named("auth.oauth2.scope", "oauth-scope", client.scopes.join(" "));
    }
    for (name, value) in &client.parameters {
        match name.as_str() {
            "audience" => rows.named("auth.oauth2.audience", "oauth-audience", value),
            // What else a server wants may be anything.
            _ => rows.shown(&format!("auth.oauth2.{name}"), REDACTED),
        }
    }
}

fn connection(access: &Access, rows: &mut Rows) {
    let tls = &access.tls;
    if let Some(ca) = &tls.ca {
        rows.given("tls.ca", Some(ca.display()));
        rows.switch("tls.ca-only", tls.ca_only);
    }
    if let Some(identity) = &tls.identity {
        rows.given("tls.client-cert", Some(identity.certificate.display()));
        rows.given("tls.client-key", Some(identity.key.display()));
    }
    if tls.insecure {
        let shown = "true: certificates were not checked".to_owned();
        rows.add(
            ANY_CERTIFICATE_KEY,
            Some(shown),
            Some("--insecure".to_owned()),
        );
    }
    let mut proxies: Vec<_> = access.proxies.all().collect();
    proxies.dedup();
    for proxy in proxies {
        // What the environment of the system says, it says again.
        let repeated = proxy.is_chosen().then(|| option("proxy", &proxy.url));
        rows.add("proxy.url", Some(proxy.url.to_string()), repeated);
        if let Some(user) = &proxy.user {
            rows.shown("proxy.user", &user.name);
            rows.shown("proxy.password", REDACTED);
        }
    }
}

fn limits(limits: &Limits, rows: &mut Rows) {
    let default = Limits::default();
    rows.time("timeout", limits.timeout, default.timeout);
    rows.time("kit-timeout", limits.kit_timeout, default.kit_timeout);
    rows.value("concurrency", &limits.concurrency, &default.concurrency);
    if let Some(rate) = limits.rate {
        let repeated = Some(option("rate", &rate));
        rows.add("rate", Some(format!("{rate} requests a second")), repeated);
    }
    rows.time("max-time", limits.max_time, default.max_time);
    rows.value(
        "max-exchanges",
        &limits.max_exchanges,
        &default.max_exchanges,
    );
    rows.value("max-writes", &limits.max_writes, &default.max_writes);
    rows.time("settle", limits.settle, default.settle);
    rows.value("walk", &limits.walk, &default.walk);
    rows.value("walk-seed", &limits.walk_seed, &default.walk_seed);
    rows.measure("keep-bytes", limits.keep_bytes, "bytes", default.keep_bytes);
    rows.measure(
        "parse-bytes",
        limits.parse_bytes,
        "bytes",
        default.parse_bytes,
    );
    let (answer, default) = (&limits.answer, AnswerLimits::default());
    for (key, time) in [
        ("limits.connect-timeout", answer.connect),
        ("limits.first-byte-timeout", answer.first_byte),
    ] {
        rows.time(key, time.unwrap_or(limits.timeout), limits.timeout);
    }
    for (key, count, default) in [
        (
            "limits.inflate-bytes",
            answer.inflate_bytes,
            default.inflate_bytes,
        ),
        (
            "limits.max-headers",
            answer.max_headers,
            default.max_headers,
        ),
        (
            "limits.header-bytes",
            answer.header_bytes,
            default.header_bytes,
        ),
        ("limits.json-depth", answer.json_depth, default.json_depth),
    ] {
        rows.value(key, &count, &default);
    }
}

fn events(events: &Events, rows: &mut Rows) {
    let default = Events::default();
    rows.switch("no-events", events.off);
    if events.off {
        return;
    }
    rows.given("listener-bind", events.bind);
    rows.given("listener-url", events.url.as_ref());
    rows.value("listener-status", &events.status, &default.status);
    rows.time("event-timeout", events.timeout, default.timeout);
    rows.time("event-quiet", events.quiet, default.quiet);
}
