//! A small cookie jar (RFC 6265), as far as one target needs it.
//!
//! Stricter than a browser in one point: a cookie goes back to the origin that set it and to no
//! other, since it may be a credential.

use jiff::{SignedDuration, Timestamp, fmt::rfc2822::DateTimeParser};

use super::url::WireUrl;

/// The cookies that a target set.
#[derive(Debug, Default)]
pub struct Jar {
    cookies: Vec<Cookie>,
}

#[derive(Debug)]
struct Cookie {
    name: String,
    value: String,
    setter: WireUrl,
    path: String,
    secure: bool,
    expires: Option<Timestamp>,
}

impl Jar {
    /// Keeps, replaces or removes a cookie as a Set-Cookie header says.
    pub fn keep(&mut self, header: &str, setter: &WireUrl, now: Timestamp) {
        let mut parts = header.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
            return;
        };
        let mut cookie = Cookie {
            name: name.trim().to_owned(),
            value: value.trim().to_owned(),
            setter: setter.clone(),
            path: default_path(setter),
            secure: false,
            expires: None,
        };
        let mut max_age = None;
        for attribute in parts {
            let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            match name.trim().to_ascii_lowercase().as_str() {
                "path" if value.starts_with('/') => value.clone_into(&mut cookie.path),
                "secure" => cookie.secure = true,
                "max-age" => max_age = value.parse::<i64>().ok(),
                "expires" => cookie.expires = date(value),
                "domain" if !covers(value, setter) => return,
                _ => {}
            }
        }
        if let Some(seconds) = max_age {
            cookie.expires = now.checked_add(SignedDuration::from_secs(seconds)).ok();
        }
        self.cookies.retain(|known| {
            known.name != cookie.name
                || known.path != cookie.path
                || !known.setter.same_origin(&cookie.setter)
        });
        if cookie.expires.is_none_or(|expires| expires > now) {
            self.cookies.push(cookie);
        }
    }

    /// The Cookie header for a request, longest path first.
    pub fn header(&self, url: &WireUrl, now: Timestamp) -> Option<String> {
        let mut fitting: Vec<&Cookie> = self
            .cookies
            .iter()
            .filter(|cookie| cookie.fits(url, now))
            .collect();
        fitting.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs: Vec<String> = fitting
            .iter()
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

impl Cookie {
    fn fits(&self, url: &WireUrl, now: Timestamp) -> bool {
        let path = url.path();
        let below = path.strip_prefix(self.path.as_bytes()).is_some_and(|rest| {
            rest.is_empty() || self.path.ends_with('/') || rest.starts_with(b"/")
        });
        below
            && self.setter.same_origin(url)
            && (!self.secure || url.scheme() == "https")
            && self.expires.is_none_or(|expires| expires > now)
    }
}

fn default_path(setter: &WireUrl) -> String {
    let path = String::from_utf8_lossy(setter.path());
    match path.rfind('/') {
        Some(0) | None => "/".to_owned(),
        Some(end) => path[..end].to_owned(),
    }
}

/// Whether a cookie for that domain may be set by that URL's host.
fn covers(domain: &str, setter: &WireUrl) -> bool {
    let domain = domain.trim().trim_start_matches('.').to_ascii_lowercase();
    let host = setter.host();
    domain.is_empty()
        || host == domain
        || host
            .strip_suffix(&domain)
            .is_some_and(|rest| rest.ends_with('.'))
}

fn date(text: &str) -> Option<Timestamp> {
    // The older form has dashes: `Thu, 01-Jan-1970 00:00:00 GMT`.
    DateTimeParser::new()
        .parse_timestamp(text.trim().replace('-', " "))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> WireUrl {
        WireUrl::encode(text).expect("encodable")
    }

    fn sent(set: &[&str], to: &str) -> Option<String> {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a time");
        let mut jar = Jar::default();
        for header in set {
            jar.keep(header, &url("http://api.h:8080/v4/x?y"), now);
        }
        jar.header(&url(to), now)
    }

    #[test]
    fn cookies_go_back_to_where_they_come_from() {
        let set = [
            "sid=1; Path=/",
            "a=b=c; HttpOnly",
            " sid = 2 ; path=/",
            "none",
        ];
        assert_eq!(
            sent(&set, "http://api.h:8080/v4/z").as_deref(),
            Some("a=b=c; sid=2")
        );
        assert_eq!(
            sent(&set, "http://api.h:8080/v44").as_deref(),
            Some("sid=2")
        );
        assert_eq!(sent(&set, "http://api.h:8081/v4/z"), None);
        assert_eq!(sent(&set, "http://h:8080/v4/z"), None);
    }

    #[test]
    fn expired_secure_and_foreign_cookies_are_not_sent() {
        let home = "http://api.h:8080/v4/x";
        assert_eq!(sent(&["a=1; Max-Age=60"], home).as_deref(), Some("a=1"));
        assert_eq!(sent(&["a=1", "a=; Max-Age=0"], home), None);
        assert_eq!(
            sent(&["a=1; Expires=Thu, 01-Jan-1970 00:00:00 GMT"], home),
            None
        );
        assert_eq!(
            sent(&["a=1; Expires=Fri, 01 Jan 2027 00:00:00 GMT"], home).as_deref(),
            Some("a=1")
        );
        assert_eq!(sent(&["a=1; Secure"], home), None);
        assert_eq!(sent(&["a=1; Domain=other.h"], home), None);
        assert_eq!(sent(&["a=1; Domain=.h"], home).as_deref(), Some("a=1"));
        assert_eq!(sent(&["a=1; Domain=pi.h"], home), None);
    }
}
