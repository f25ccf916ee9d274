//! Names, connections, TLS, and the way back to the listener.

use std::net::SocketAddr;

use url::{Host, Url};

use super::line::{CheckOutcome, Line, Subject};
use crate::http::{Failure, FailureKind, Outgoing, addresses, connect};
use crate::terms::Level;

/// Resolves the target's name, or that of the proxy before it, and connects to each of its
/// addresses. Whether one does.
pub(super) async fn examine(subject: &Subject<'_>, lines: &mut Vec<Line>) -> bool {
    let patience = subject.settings.limits.timeout;
    let proxy = subject.client.proxy(subject.base);
    if let Some(proxy) = proxy {
        let result = format!("requests go by {}", proxy.origin().ascii_serialization());
        lines.push(Line::good("proxy", result));
    }
    let first = proxy.unwrap_or(subject.base);
    let host = first.host_str().unwrap_or_default();
    let found = match addresses(first, patience).await {
        Ok(found) if !found.is_empty() => found,
        Ok(_) => {
            lines.push(no_name(proxy, host, "it has no address"));
            return false;
        }
        Err(reason) => {
            lines.push(no_name(proxy, host, &reason));
            return false;
        }
    };
    let listed: Vec<_> = found.iter().map(|one| one.ip().to_string()).collect();
    lines.push(Line::good("name", format!("{host}: {}", listed.join(", "))));
    let reached = connect(&found, patience).await;
    let (open, closed): (Vec<_>, Vec<_>) = reached.iter().partition(|one| one.connected.is_ok());
    let mut said = Vec::new();
    for one in &reached {
        said.push(match &one.connected {
            Ok(time) => format!("{} in {:.1} ms", one.address, time.as_secs_f64() * 1000.0),
            Err(reason) => format!("{}: {reason}", one.address),
        });
    }
    let said = said.join("; ");
    lines.push(match (open.first(), closed.first()) {
        (Some(_), None) => Line::good("connection", said),
        (Some(open), Some(closed)) => Line::with(
            "connection",
            CheckOutcome::Advice,
            said,
            format!(
                "nothing listens at {}: write {} in the place of {host}, or let the server listen \
                 at both",
                closed.address.ip(),
                address(open.address)
            ),
        ),
        (None, _) => {
            let why = reached.first().and_then(|one| one.connected.as_ref().err());
            let why = why.map_or("no connection", String::as_str);
            Line::with(
                "connection",
                CheckOutcome::Bad,
                said,
                unreachable(first, why),
            )
        }
    });
    !open.is_empty()
}

fn no_name(proxy: Option<&Url>, host: &str, reason: &str) -> Line {
    if proxy.is_some() {
        let result = format!("there is no proxy {host}: {reason}");
        let advice = "--proxy names another, --no-proxy what is reached without one";
        return Line::with("proxy", CheckOutcome::Bad, result, advice);
    }
    let result = format!("{host} does not resolve: {reason}");
    let advice = "is the host name spelt right, and does this machine resolve it?";
    Line::with("name", CheckOutcome::Bad, result, advice)
}

/// An address as it stands in a URL.
fn address(socket: SocketAddr) -> String {
    match socket {
        SocketAddr::V4(v4) => v4.ip().to_string(),
        SocketAddr::V6(v6) => format!("[{}]", v6.ip()),
    }
}

/// TLS is as it should be where an answer came over it.
pub(super) fn tls(subject: &Subject<'_>, lines: &mut Vec<Line>) {
    if subject.base.scheme() == "https" {
        let result = "the certificate's chain, dates and host name are accepted";
        lines.push(Line::good("tls", result));
    }
}

/// Connected, but no HTTP answer.
pub(super) fn no_answer(subject: &Subject<'_>, failure: &Failure, lines: &mut Vec<Line>) {
    let what = match failure.kind {
        FailureKind::Tls => "tls",
        _ => "answer",
    };
    let advice = unreachable(subject.base, &failure.message);
    lines.push(Line::with(
        what,
        CheckOutcome::Bad,
        failure.message.clone(),
        advice,
    ));
}

/// Whether callbacks arrive: from here, which is not from the target, but shows most mistakes.
pub(super) async fn listener(subject: &Subject<'_>, lines: &mut Vec<Line>) {
    const WHAT: &str = "listener";
    let Some(listener) = subject.listener else {
        if subject.settings.level >= Level::Operations && subject.settings.events.off {
            lines.push(Line::good(WHAT, "left out (--no-events)"));
        }
        return;
    };
    let base = listener.base().clone();
    let advice = "set --listener-bind to an address of this machine that the target reaches, and \
                  --listener-url where it reaches it under another name";
    if is_loopback(&base) && !is_loopback(subject.base) {
        let result = format!("the target would get {base}, which is its own machine");
        lines.push(Line::with(WHAT, CheckOutcome::Advice, result, advice));
        return;
    }
    if let Err(error) = listener.start() {
        lines.push(Line::with(
            WHAT,
            CheckOutcome::Bad,
            error.to_string(),
            advice,
        ));
        return;
    }
    let callback = listener.callback("preflight", None);
    let asked = Url::parse(&callback).map(|url| Outgoing {
        with_user_headers: false,
        ..Outgoing::new("POST", url).body("application/json", "{}")
    });
    let sent = match asked {
        Ok(asked) => subject
            .client
            .send(asked)
            .await
            .map_err(|failure| failure.message),
        Err(error) => Err(error.to_string()),
    };
    lines.push(match sent {
        Ok(_) if listener.was_reached() => Line::good(
            WHAT,
            format!(
                "listens at {}, and is reached from here as {base}",
                listener.address()
            ),
        ),
        Ok(answer) => Line::with(
            WHAT,
            CheckOutcome::Advice,
            format!("something else answers {} at {base}", answer.status),
            advice,
        ),
        Err(reason) => Line::with(
            WHAT,
            CheckOutcome::Advice,
            format!("{base} is not reached from here: {reason}"),
            format!("the target may reach it all the same; if not, {advice}"),
        ),
    });
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// Why nothing answers, and what people can do.
pub fn unreachable(base: &Url, why: &str) -> String {
    let lower = why.to_lowercase();
    let origin = base.origin().ascii_serialization();
    // What goes wrong in TLS or at a proxy says itself what to do.
    if lower.contains("tls trouble") || lower.contains("the proxy http") {
        return format!("{origin} can't be reached: {why}");
    }
    let hint = if lower.contains("resolve") || lower.contains("dns") {
        "is the host name spelt right, and does this machine resolve it?"
    } else if lower.contains("timed out") || lower.contains("within") {
        "something swallows the connection: a firewall, a wrong port, or a server that is too slow \
         (--timeout)"
    } else if lower.contains("no http") || lower.contains("broke") {
        "something listens there, but does this port speak http, or https, or something else?"
    } else {
        "is the server started, and on this port?"
    };
    format!("{origin} can't be reached ({why}): {hint}")
}
