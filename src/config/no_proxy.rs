//! What is reached without a proxy, as `NO_PROXY` says it.

use std::net::IpAddr;

use ipnet::IpNet;
use url::{Host, Url};

/// What is reached without a proxy: `*`, a name with all below it, an address, a network; each
/// with or without a port.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Exceptions(Vec<Exception>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Exception {
    All,
    Name(String, Option<u16>),
    Network(IpNet, Option<u16>),
}

impl Exceptions {
    /// Reads the list, with commas or blanks between.
    pub(super) fn parse(list: &str) -> Self {
        let all = list.split([',', ' ']).map(str::trim);
        Self(
            all.filter(|text| !text.is_empty())
                .map(Exception::parse)
                .collect(),
        )
    }

    /// Whether a URL is among it.
    pub(super) fn holds(&self, url: &Url) -> bool {
        self.0.iter().any(|one| one.holds(url))
    }
}

impl Exception {
    fn parse(text: &str) -> Self {
        if text == "*" {
            return Self::All;
        }
        let network = |text: &str| -> Option<IpNet> {
            // Brackets may stand around the address, but with a port behind them it is not a
            // network.
            let text = text.trim_start_matches('[').replacen("]/", "/", 1);
            let text = text.trim_end_matches(']');
            let address = || text.parse::<IpAddr>().map(IpNet::from);
            text.parse().or_else(|_| address()).ok()
        };
        if let Some(network) = network(text) {
            return Self::Network(network, None);
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => match port.parse() {
                Ok(port) => (host, Some(port)),
                Err(_) => (text, None),
            },
            None => (text, None),
        };
        if let Some(network) = network(host) {
            return Self::Network(network, port);
        }
        let name = host.trim_start_matches('*').trim_matches('.');
        Self::Name(name.to_ascii_lowercase(), port)
    }

    fn holds(&self, url: &Url) -> bool {
        let at = |port: &Option<u16>| port.is_none() || *port == url.port_or_known_default();
        let address = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::from(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::from(address)),
            _ => None,
        };
        match self {
            Self::All => true,
            Self::Name(name, port) => {
                let host = url.host_str().unwrap_or_default().trim_end_matches('.');
                let below = host
                    .strip_suffix(name.as_str())
                    .is_some_and(|front| front.is_empty() || front.ends_with('.'));
                address.is_none() && !name.is_empty() && below && at(port)
            }
            Self::Network(network, port) => {
                address.is_some_and(|address| network.contains(&address)) && at(port)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exceptions_are_names_addresses_and_networks() {
        let holds =
            |list: &str, url: &str| Exceptions::parse(list).holds(&Url::parse(url).unwrap());
        for (list, url) in [
            ("*", "http://h/"),
            ("a, Example.org", "https://www.example.org/"),
            (".example.org", "http://example.org/"),
            ("*.example.org", "http://a.b.example.org/"),
            ("example.org:8080", "http://example.org:8080/"),
            ("10.0.0.0/8", "http://10.1.2.3/"),
            ("fd00::/8", "http://[fd12::1]/"),
            ("[::1]:80", "http://[::1]/"),
            ("192.168.0.1", "http://192.168.0.1:99/"),
            ("0.0.0.0/0", "http://8.8.8.8/"),
        ] {
            assert!(holds(list, url), "{list} {url}");
        }
        for (list, url) in [
            ("", "http://h/"),
            ("example.org", "http://notexample.org/"),
            ("example.org:8080", "http://example.org/"),
            ("10.0.0.0/8", "http://11.1.2.3/"),
            ("1.1.1.1", "http://1.1.1.1.example/"),
            (".", "http://h/"),
        ] {
            assert!(!holds(list, url), "{list} {url}");
        }
    }
}
