//! By which proxies requests go, and which go by none.

use schemars::JsonSchema;
use serde::Deserialize;
use url::{Host, Url};

use super::error::AccessError;
use super::layer::{Layer, layered};
use super::no_proxy::Exceptions;
use super::secret::{Secret, without_userinfo};

/// By which proxies requests go.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Proxies {
    http: Option<Proxy>,
    https: Option<Proxy>,
    except: Exceptions,
}

/// A proxy.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Proxy {
    /// Where it is; without user and password.
    pub url: Url,
    /// Who the run is there.
    pub user: Option<ProxyUser>,
    /// Whether the system's environment named it, and not the user for this tool.
    of_environment: bool,
}

/// User and password at a proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyUser {
    /// The user.
    pub name: String,
    /// The password; it may be empty.
    pub password: Secret,
}

// A key of what is kept for each proxy: a password that differs is another proxy.
impl std::hash::Hash for ProxyUser {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.password.expose().hash(state);
    }
}

/// By which proxy requests go; in the file the table `[proxy]`.
#[derive(Debug, Default, Clone, PartialEq, Eq, clap::Args, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GivenProxy {
    /// The proxy for all requests, http://[USER:PASSWORD@]HOST:PORT [default: what HTTP_PROXY,
    /// HTTPS_PROXY and ALL_PROXY say, except for this machine]
    #[arg(
        id = "proxy",
        long = "proxy",
        value_name = "URL",
        env = "TMFCTK_PROXY",
        hide_env_values = true
    )]
    pub url: Option<Secret>,
    /// The user there, where the URL names none
    #[arg(skip)]
    pub user: Option<String>,
    /// The password there
    #[arg(skip)]
    pub password: Option<Secret>,
    /// What is reached without a proxy: names (with all below them), addresses, networks, or *,
    /// with commas between [default: what NO_PROXY says]
    #[arg(long, value_name = "LIST", env = "TMFCTK_NO_PROXY")]
    pub no_proxy: Option<String>,
}

impl Layer for GivenProxy {
    fn over(self, below: Self) -> Self {
        // An empty variable names no proxy.
        let url = self.url.filter(|url| !url.expose().trim().is_empty());
        Self {
            url: url.or(below.url),
            user: self.user.or(below.user),
            password: self.password.or(below.password),
            no_proxy: self.no_proxy.or(below.no_proxy),
        }
    }
}

layered! {
    /// The variables by which a system names its proxies to all programs.
    #[derive(Debug, Default, Clone, PartialEq, Eq)]
    pub struct ProxyEnvironment {
        /// `HTTP_PROXY`.
        pub http: Option<Secret>,
        /// `HTTPS_PROXY`.
        pub https: Option<Secret>,
        /// `ALL_PROXY`.
        pub all: Option<Secret>,
        /// `NO_PROXY`.
        pub none: Option<String>,
    }
}

impl Proxy {
    /// Whether the user named it for this tool; else the system's environment did.
    pub const fn is_chosen(&self) -> bool {
        !self.of_environment
    }
}

impl Proxies {
    /// The proxy by which a URL is reached.
    pub fn of(&self, url: &Url) -> Option<&Proxy> {
        let proxy = match url.scheme() {
            "https" => self.https.as_ref(),
            _ => self.http.as_ref(),
        }?;
        // What the system's environment says is about other machines: a server on this one is
        // seldom meant.
        let here = proxy.of_environment && is_loopback(url);
        (!here && !self.except.holds(url)).then_some(proxy)
    }

    /// Every proxy that is known.
    pub fn all(&self) -> impl Iterator<Item = &Proxy> {
        self.http.iter().chain(&self.https)
    }
}

/// Settles what options and the system's environment say. `needed` are URLs that are surely asked:
/// for those a proxy that can't be used is an error.
pub(super) fn resolve(
    given: &GivenProxy,
    environment: &ProxyEnvironment,
    needed: &[&Url],
) -> Result<Proxies, AccessError> {
    let except = given.no_proxy.as_ref().or(environment.none.as_ref());
    let except = Exceptions::parse(except.map_or("", String::as_str));
    if let Some(url) = &given.url {
        let mut proxy = proxy("proxy", url.expose(), false)?;
        if proxy.user.is_none()
            && let Some(name) = &given.user
        {
            let password = given.password.clone();
            proxy.user = Some(ProxyUser {
                name: name.clone(),
                password: password.unwrap_or_else(|| Secret::new("")),
            });
        }
        return Ok(Proxies {
            http: Some(proxy.clone()),
            https: Some(proxy),
            except,
        });
    }
    if given.user.is_some() {
        return Err(AccessError::Missing {
            key: "proxy.url",
            option: "--proxy URL",
        });
    }
    let mut proxies = Proxies {
        except,
        ..Proxies::default()
    };
    let all = ("ALL_PROXY", &environment.all);
    for (scheme, own) in [
        ("http", ("HTTP_PROXY", &environment.http)),
        ("https", ("HTTPS_PROXY", &environment.https)),
    ] {
        let given = [own, all].into_iter().find_map(|(name, value)| {
            let text = value.as_ref()?.expose().trim();
            (!text.is_empty()).then_some((name, text))
        });
        let Some((name, text)) = given else { continue };
        let wanted = needed
            .iter()
            .any(|url| url.scheme() == scheme && !is_loopback(url) && !proxies.except.holds(url));
        let found = match proxy(name, text, true) {
            Ok(proxy) => Some(proxy),
            Err(error) if wanted => return Err(error),
            // Another program may know what to do with it.
            Err(_) => None,
        };
        match scheme {
            "http" => proxies.http = found,
            _ => proxies.https = found,
        }
    }
    Ok(proxies)
}

/// Reads a proxy's URL, in which the scheme may be missing.
fn proxy(option: &'static str, text: &str, of_environment: bool) -> Result<Proxy, AccessError> {
    let text = text.trim();
    let whole = if text.contains("://") {
        text.to_owned()
    } else {
        format!("http://{text}")
    };
    let wrong = |reason: &str| AccessError::Url {
        option,
        given: without_userinfo(text),
        reason: reason.to_owned(),
    };
    let mut url = Url::parse(&whole).map_err(|error| wrong(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong(
            "only proxies of http:// and https:// are known; --no-proxy '*' goes without one",
        ));
    }
    let decoded = |text: &str| {
        percent_encoding::percent_decode_str(text)
            .decode_utf8_lossy()
            .into_owned()
    };
    let user = (!url.username().is_empty()).then(|| ProxyUser {
        name: decoded(url.username()),
        password: Secret::new(decoded(url.password().unwrap_or_default())),
    });
    // An http or https URL has a host, and takes both.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_path("");
    url.set_query(None);
    url.set_fragment(None);
    Ok(Proxy {
        url,
        user,
        of_environment,
    })
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(text: &str) -> Option<Secret> {
        Some(Secret::new(text))
    }

    fn of(proxies: &Proxies, url: &str) -> Option<String> {
        let url = Url::parse(url).unwrap();
        proxies.of(&url).map(|proxy| proxy.url.to_string())
    }

    fn of_environment(environment: &ProxyEnvironment) -> Proxies {
        let nothing = GivenProxy::default();
        resolve(&nothing, environment, &[]).unwrap()
    }

    #[test]
    fn the_environment_names_a_proxy_for_each_scheme_and_none_for_this_machine() {
        let proxies = of_environment(&ProxyEnvironment {
            http: given("plain:3128"),
            https: None,
            all: given("http://rest:1"),
            none: Some("intern.example".to_owned()),
        });
        assert_eq!(of(&proxies, "http://h/"), Some("http://plain:3128/".into()));
        assert_eq!(of(&proxies, "https://h/"), Some("http://rest:1/".into()));
        for url in [
            "http://localhost/",
            "http://127.0.0.2/",
            "https://[::1]/",
            "https://api.intern.example/",
        ] {
            assert_eq!(of(&proxies, url), None, "{url}");
        }
    }

    #[test]
    fn one_that_was_chosen_is_for_all_hosts_and_keeps_its_password_apart() {
        let options = GivenProxy {
            url: given("http://me:p%40ss@proxy.example:8080/x?y"),
            ..GivenProxy::default()
        };
        let other = ProxyEnvironment {
            http: given("http://other"),
            ..ProxyEnvironment::default()
        };
        let proxies = resolve(&options, &other, &[]).unwrap();
        let url = Url::parse("http://127.0.0.1/").unwrap();
        let proxy = proxies.of(&url).unwrap();
        assert_eq!(proxy.url.as_str(), "http://proxy.example:8080/");
        let user = proxy.user.as_ref().unwrap();
        assert_eq!((user.name.as_str(), user.password.expose()), ("me", "p@ss"));
    }

    #[test]
    fn an_unusable_proxy_matters_only_where_it_is_needed() {
        let environment = ProxyEnvironment {
            all: given("socks5://me:hunter2@h"),
            ..ProxyEnvironment::default()
        };
        assert_eq!(of(&of_environment(&environment), "http://h/"), None);
        let nothing = GivenProxy::default();
        let url = Url::parse("http://h/").unwrap();
        let error = resolve(&nothing, &environment, &[&url]).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("ALL_PROXY") && text.contains("--no-proxy"),
            "{text}"
        );
        assert!(!text.contains("hunter2"), "{text}");
    }
}
