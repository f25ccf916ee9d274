//! How the run came to the target, as its result tells it: what is secret is named, never shown.

use std::path::Path;

use super::given::quoted;
use crate::config::{Access, Auth, Bearer, ClientCredentials, KeyPlace, SecretIn};
use crate::evidence::REDACTED;
use crate::verdict::{ANY_CERTIFICATE, ANY_CERTIFICATE_KEY};

/// The note on a run that took any certificate.
pub(super) fn note(access: &Access) -> Option<String> {
    access.tls.insecure.then(|| ANY_CERTIFICATE.to_owned())
}

/// The settings by their names in the configuration file.
pub(super) fn configuration(access: &Access) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut set = |key: &str, value: String| all.push((key.to_owned(), value));
    let hidden = || REDACTED.to_owned();
    match &access.auth {
        Auth::None => {}
        Auth::Basic { user, .. } => {
            set("auth.basic.user", user.clone());
            set("auth.basic.password", hidden());
        }
        Auth::Bearer(Bearer::Token(_)) => set("auth.bearer.token", hidden()),
        Auth::Bearer(Bearer::File(file)) => set("auth.bearer.file", shown(file)),
        // Its arguments may hold a secret.
        Auth::Bearer(Bearer::Command(words)) => {
            let program = words.first().cloned().unwrap_or_default();
            let more = if words.len() > 1 { " …" } else { "" };
            set("auth.bearer.command", format!("{program}{more}"));
        }
        Auth::ApiKey { place, .. } => {
            match place {
                KeyPlace::Header(name) => set("auth.api-key.header", name.clone()),
                KeyPlace::Query(name) => set("auth.api-key.query", name.clone()),
            }
            set("auth.api-key.key", hidden());
        }
        Auth::ClientCredentials(client) => oauth2(client, &mut set),
    }
    let tls = &access.tls;
    if let Some(ca) = &tls.ca {
        set("tls.ca", shown(ca));
        set("tls.ca-only", tls.ca_only.to_string());
    }
    if let Some(identity) = &tls.identity {
        set("tls.client-cert", shown(&identity.certificate));
        set("tls.client-key", shown(&identity.key));
    }
    if tls.insecure {
        set(
            ANY_CERTIFICATE_KEY,
            "true: certificates were not checked".to_owned(),
        );
    }
    let mut proxies: Vec<_> = access.proxies.all().collect();
    proxies.dedup();
    for proxy in proxies {
        set("proxy.url", proxy.url.to_string());
        if let Some(user) = &proxy.user {
            set("proxy.user", user.name.clone());
            set("proxy.password", hidden());
        }
    }
    all
}

fn oauth2(client: &ClientCredentials, set: &mut dyn FnMut(&str, String)) {
    set("auth.oauth2.token-url", client.token_url.to_string());
    set("auth.oauth2.client-id", client.client_id.clone());
    set("auth.oauth2.client-secret", REDACTED.to_owned());
    set("auth.oauth2.secret-in", client.secret_in.name().to_owned());
    if !client.scopes.is_empty() {
        set("auth.oauth2.scope", client.scopes.join(" "));
    }
    // What a server wants besides may be anything.
    for name in client.parameters.keys() {
        let value = match (name.as_str(), client.parameters.get(name)) {
            ("audience", Some(audience)) => audience.clone(),
            _ => REDACTED.to_owned(),
        };
        set(&format!("auth.oauth2.{name}"), value);
    }
}

/// The options that repeat it. What stands for a secret is an ellipsis.
pub(super) fn options(access: &Access, option: &mut dyn FnMut(String)) {
    let secret = |option: &str| format!("{option} '…'");
    match &access.auth {
        Auth::None => {}
        Auth::Basic { .. } => option(secret("--basic")),
        Auth::Bearer(Bearer::Token(_)) => option(secret("--bearer")),
        Auth::Bearer(Bearer::File(file)) => {
            option(format!("--bearer-file {}", quoted(&shown(file))));
        }
        Auth::Bearer(Bearer::Command(_)) => option(secret("--bearer-command")),
        Auth::ApiKey { place, .. } => {
            option(match place {
                KeyPlace::Header(name) => format!("--api-key-header {}", quoted(name)),
                KeyPlace::Query(name) => format!("--api-key-query {}", quoted(name)),
            });
            option(secret("--api-key"));
        }
        Auth::ClientCredentials(client) => {
            let url = client.token_url.as_str();
            option(format!("--oauth-token-url {}", quoted(url)));
            option(format!("--oauth-client-id {}", quoted(&client.client_id)));
            option(secret("--oauth-client-secret"));
            if !client.scopes.is_empty() {
                let scope = client.scopes.join(" ");
                option(format!("--oauth-scope {}", quoted(&scope)));
            }
            if let Some(audience) = client.parameters.get("audience") {
                option(format!("--oauth-audience {}", quoted(audience)));
            }
            if client.secret_in != SecretIn::default() {
                option(format!("--oauth-secret-in {}", client.secret_in.name()));
            }
        }
    }
    let tls = &access.tls;
    if let Some(ca) = &tls.ca {
        option(format!("--ca {}", quoted(&shown(ca))));
    }
    if tls.ca_only {
        option("--ca-only".to_owned());
    }
    if let Some(identity) = &tls.identity {
        let (certificate, key) = (shown(&identity.certificate), shown(&identity.key));
        option(format!("--client-cert {}", quoted(&certificate)));
        option(format!("--client-key {}", quoted(&key)));
    }
    if tls.insecure {
        option("--insecure".to_owned());
    }
    if let Some(proxy) = access.proxies.all().find(|proxy| proxy.is_chosen()) {
        option(format!("--proxy {}", quoted(proxy.url.as_str())));
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
