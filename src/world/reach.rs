//! Whether the target can reach the listener at all.

use std::net::IpAddr;

use url::{Host, Url};

use crate::config::{Events, TargetSetting};
use crate::evidence::Stop;

/// What is known of the way from the target to the listener.
///
/// A callback that can't be reached is not the target's fault, and from here the two look alike: no
/// event comes. So it is decided by what is known beforehand, and by whether anything ever came:
///
/// - The embedded reference runs in this process, and whoever gives `--listener-url` says by it
///   that the target reaches us there: what does not come is missing.
/// - A target elsewhere can't reach a listener on loopback: nothing is waited for, nothing is said.
/// - Else it is likely, not sure: a target on loopback may run in a container whose ports are
///   published, and its loopback is not ours; between it and any other address may be a firewall.
///   Once one connection has come from it, it is sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The user leaves events out.
    Off,
    /// The run changes nothing, so that it registers no listener.
    Withheld,
    /// It reaches us.
    Sure,
    /// It may reach us.
    Likely,
    /// It can't reach us.
    Never,
}

impl Reach {
    /// What is known before the first request; `callback` is where the listener says it is.
    pub fn of(events: &Events, target: &TargetSetting, callback: &Url) -> Self {
        match target {
            _ if events.off => Self::Off,
            TargetSetting::Reference => Self::Sure,
            TargetSetting::Url { .. } if events.url.is_some() => Self::Sure,
            TargetSetting::Url { url, .. } if is_loopback(callback) && !is_loopback(url) => {
                Self::Never
            }
            TargetSetting::Url { .. } => Self::Likely,
        }
    }

    /// Why nothing can be heard, where that is so; `reached` says whether a connection has come.
    pub(super) fn why_unreachable(self, reached: bool) -> Option<Stop> {
        match self {
            Self::Off => Some(Stop::NotApplicable(
                "events are left out (--no-events)".to_owned(),
            )),
            Self::Withheld => Some(Stop::Withheld(
                "it needs a listener at the hub, and --read-only changes nothing".to_owned(),
            )),
            Self::Never => Some(Stop::blocked(
                "the target is on another machine and can't reach a listener on loopback: set \
                 --listener-bind to an address of this machine that it reaches, and --listener-url \
                 where it reaches it under another name; or leave events out with --no-events",
                None,
            )),
            Self::Likely if !reached => Some(Stop::blocked(
                "not one event came, and whether the target can reach this machine is not known: \
                 from a container, loopback is another machine. Set --listener-bind (0.0.0.0:PORT) \
                 and --listener-url (such as http://host.docker.internal:PORT); if it does reach \
                 it, say so with --listener-url, and missing events count; or leave events out \
                 with --no-events",
                None,
            )),
            Self::Sure | Self::Likely => None,
        }
    }
}

/// Whether a URL leads to this machine itself.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name.eq_ignore_ascii_case("localhost")
                || name.to_ascii_lowercase().ends_with(".localhost")
        }
        Some(Host::Ipv4(ip)) => IpAddr::from(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::from(ip).to_canonical().is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reachability_follows_from_address_and_answers() {
        let given = Events {
            url: Url::parse("http://h/").ok(),
            ..Events::default()
        };
        let plain = Events::default();
        let reach = |events: &Events, target: &str, callback: &str| {
            let target = TargetSetting::Url {
                url: Url::parse(target).unwrap(),
                slash_added: false,
            };
            Reach::of(events, &target, &Url::parse(callback).unwrap())
        };
        let loopback = "http://127.0.0.1:1/";
        assert_eq!(
            reach(&plain, "http://localhost:8/", loopback),
            Reach::Likely
        );
        assert_eq!(reach(&plain, "http://[::1]:8/", loopback), Reach::Likely);
        assert_eq!(reach(&plain, "http://tmf.example/", loopback), Reach::Never);
        let other = "http://10.0.0.7:1/";
        assert_eq!(reach(&plain, "http://tmf.example/", other), Reach::Likely);
        assert_eq!(reach(&given, "http://tmf.example/", loopback), Reach::Sure);
        let callback = Url::parse(loopback).unwrap();
        let reference = TargetSetting::Reference;
        assert_eq!(Reach::of(&plain, &reference, &callback), Reach::Sure);
    }

    #[test]
    fn a_listener_that_was_reached_can_hear() {
        assert!(Reach::Likely.why_unreachable(true).is_none());
        let Some(Stop::Blocked { reason, .. }) = Reach::Likely.why_unreachable(false) else {
            panic!("it is not known");
        };
        assert!(reason.contains("--listener-bind") && reason.contains("--listener-url"));
        assert!(matches!(
            Reach::Off.why_unreachable(true),
            Some(Stop::NotApplicable(_))
        ));
        assert!(matches!(
            Reach::Withheld.why_unreachable(true),
            Some(Stop::Withheld(_))
        ));
        assert!(
            Reach::Never.why_unreachable(true).is_some()
                && Reach::Sure.why_unreachable(false).is_none()
        );
    }
}
