//! How the run listens for events.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use url::Url;

use super::error::ConfigError;
use super::numbers;
use super::options::Overrides;
use super::secret::without_userinfo;

/// How the run listens for events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Events {
    /// Whether events are left out.
    pub off: bool,
    /// Where the listener listens, where the user says so; else on loopback at a free port.
    pub bind: Option<SocketAddr>,
    /// The URL under which the target reaches the listener, where it is another one; it ends with
    /// a slash.
    pub url: Option<Url>,
    /// The status with which the listener takes an event.
    pub status: u16,
    /// How long an event may take.
    pub timeout: Duration,
    /// How long it has to be quiet until it is said that nothing came.
    pub quiet: Duration,
}

impl Default for Events {
    fn default() -> Self {
        Self {
            off: false,
            bind: None,
            url: None,
            status: 201,
            timeout: Duration::from_secs(10),
            quiet: Duration::from_secs(1),
        }
    }
}

impl Events {
    /// Where the listener listens.
    pub fn address(&self) -> SocketAddr {
        self.bind
            .unwrap_or(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0))
    }
}

/// Settles what was given.
pub(super) fn resolve(given: &Overrides) -> Result<Events, ConfigError> {
    let mut events = Events {
        off: given.no_events,
        ..Events::default()
    };
    if let Some(text) = &given.listener_bind {
        events.bind = Some(address(text)?);
    }
    if let Some(text) = &given.listener_url {
        events.url = Some(callback_base(text)?);
    }
    if let Some(status) = given.listener_status {
        let range = "an HTTP status from 200 to 599";
        numbers::check(
            "listener-status",
            status,
            (200..600).contains(&status),
            range,
        )?;
        events.status = status;
    }
    if let Some(seconds) = given.event_timeout {
        events.timeout = duration("event-timeout", seconds)?;
    }
    if let Some(seconds) = given.event_quiet {
        events.quiet = duration("event-quiet", seconds)?;
    }
    Ok(events)
}

fn duration(name: &'static str, time: f64) -> Result<Duration, ConfigError> {
    let range = "a number of seconds above 0 and at most 3600";
    numbers::seconds(name, time, 3600.0, range)
}

/// Reads `ADDR[:PORT]`; without a port any free one is taken.
fn address(text: &str) -> Result<SocketAddr, ConfigError> {
    let trimmed = text.trim();
    if let Ok(address) = trimmed.parse::<SocketAddr>() {
        return Ok(address);
    }
    let bare = trimmed.trim_start_matches('[').trim_end_matches(']');
    if let Ok(ip) = bare.parse::<IpAddr>() {
        return Ok(SocketAddr::new(ip, 0));
    }
    let (host, port) = trimmed.split_once(':').unwrap_or((trimmed, "0"));
    match port.parse() {
        Ok(port) if host.eq_ignore_ascii_case("localhost") => {
            Ok(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port))
        }
        _ => Err(ConfigError::Listener {
            option: "listener-bind",
            given: trimmed.to_owned(),
            reason:
                "it is not an address of this machine with or without a port, such as 0.0.0.0:8090 \
                     or 127.0.0.1"
                    .to_owned(),
        }),
    }
}

/// Reads the URL under which targets reach the listener.
fn callback_base(text: &str) -> Result<Url, ConfigError> {
    let trimmed = text.trim();
    let wrong = |reason: &str| ConfigError::Listener {
        option: "listener-url",
        given: without_userinfo(trimmed),
        reason: reason.to_owned(),
    };
    let mut url = Url::parse(trimmed).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => wrong("it needs http:// or https:// in front"),
        other => wrong(&other.to_string()),
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("targets call back by http:// or https:// only"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("paths are added to it: remove what follows ? or #"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(
            "the target gets to know it, credentials do not belong into it",
        ));
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_may_lack_their_port() {
        for (text, wanted) in [
            ("0.0.0.0:8090", "0.0.0.0:8090"),
            (" 10.0.0.7 ", "10.0.0.7:0"),
            ("::1", "[::1]:0"),
            ("[::]", "[::]:0"),
            ("[::1]:80", "[::1]:80"),
            ("localhost:9000", "127.0.0.1:9000"),
            ("localhost", "127.0.0.1:0"),
        ] {
            assert_eq!(address(text).unwrap().to_string(), wanted, "{text}");
        }
        for text in ["", "example.org", "1.2.3.4:99999", "http://h"] {
            let message = address(text).unwrap_err().to_string();
            assert!(message.contains("listener-bind"), "{message}");
        }
    }

    #[test]
    fn a_listener_url_is_one_that_paths_can_be_added_to() {
        let url = callback_base("https://ingress.example/events").unwrap();
        assert_eq!(url.as_str(), "https://ingress.example/events/");
        for (text, hint) in [
            ("host:8090", "http://"),
            ("localhost", "http://"),
            ("ftp://h/", "http://"),
            ("http://h/?x", "?"),
            ("http://u:hunter2@h/", "credentials"),
        ] {
            let message = callback_base(text).unwrap_err().to_string();
            assert!(message.contains(hint), "{text}: {message}");
            assert!(!message.contains("hunter2"), "{message}");
        }
    }
}
