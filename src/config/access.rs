//! How the run comes to the target: who it says it is, whom it trusts, by which proxy it goes.

use url::Url;

use super::auth::{self, Auth};
use super::given_auth::GivenAuth;
use super::proxy::{self, GivenProxy, Proxies, ProxyEnvironment};
use super::tls::{self, GivenTls, Tls};
use super::{Header, TargetSetting};

/// How the run comes to the target.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Access {
    /// How it proves who it is.
    pub auth: Auth,
    /// Whom it trusts over TLS.
    pub tls: Tls,
    /// By which proxies it goes.
    pub proxies: Proxies,
}

/// What flags and environment, or the file, say of it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct GivenAccess {
    /// How the run proves who it is.
    pub auth: GivenAuth,
    /// Whom it trusts.
    pub tls: GivenTls,
    /// By which proxy it goes.
    pub proxy: GivenProxy,
    /// What the system says of proxies; the file does not.
    pub environment: ProxyEnvironment,
}

/// What was said of it can't be.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// More than one way to prove who the run is.
    #[error("two kinds of authentication: {first} and {second}; give one (flags, TMFCTK_ variables and {file} count)", file = super::DEFAULT_FILE)]
    TwoKinds {
        /// One of them.
        first: &'static str,
        /// Another.
        second: &'static str,
    },
    /// The same header from two sides.
    #[error("{kind} sets the header {header}, and so does --header or [headers]: give one of them")]
    HeaderToo {
        /// The kind of authentication.
        kind: &'static str,
        /// The header.
        header: String,
    },
    /// A part is missing.
    #[error("{key} is missing: set it in the configuration, or give {option}")]
    Missing {
        /// The key of the file.
        key: &'static str,
        /// The flag or the variable.
        option: &'static str,
    },
    /// A secret can't be sent.
    #[error("{what} can't be used: {reason} (it is not shown)")]
    Secret {
        /// Which.
        what: &'static str,
        /// Why not, and what to do.
        reason: &'static str,
    },
    /// A user's name can't be sent.
    #[error(
        "auth.basic.user can't be used: it is empty or has a colon or a control character in it"
    )]
    User,
    /// A token from more than one place.
    #[error("the bearer token comes from two places: give one of token, file and command")]
    TwoTokens,
    /// A key for more than one place.
    #[error("the API key goes to two places: give one of header and query")]
    TwoPlaces,
    /// A command can't be run.
    #[error("auth.bearer.command can't be used: {0}")]
    Command(&'static str),
    /// A parameter has a key of its own.
    #[error(
        "auth.oauth2.parameters has `{0}`, which is set by a key of its own under [auth.oauth2] or by the tool"
    )]
    Parameter(&'static str),
    /// A URL can't be used.
    #[error("{option} `{given}` can't be used: {reason}")]
    Url {
        /// The option or variable.
        option: &'static str,
        /// What was given, without credentials.
        given: String,
        /// Why not, and what to do.
        reason: String,
    },
    /// A client certificate would be shown to a proxy.
    #[error(
        "a client certificate and a proxy of https:// exclude each other: the proxy could ask for \
         the certificate, which is for the target alone; use a proxy of http://"
    )]
    CertificateForProxy,
}

/// Settles what options and file say. The reference implementation is in this process: it is
/// reached directly, and asks for nothing.
pub(super) fn resolve(
    options: &GivenAccess,
    file: &GivenAccess,
    headers: &[Header],
    target: &TargetSetting,
) -> Result<Access, AccessError> {
    let auth = auth::resolve(&options.auth, &file.auth, headers)?;
    let tls = tls::resolve(&options.tls, &file.tls)?;
    let TargetSetting::Url { url, .. } = target else {
        return Ok(Access::default());
    };
    let mut needed: Vec<&Url> = vec![url];
    if let Auth::ClientCredentials(client) = &auth {
        needed.push(&client.token_url);
    }
    let proxies = proxy::resolve(&options.proxy, &file.proxy, &options.environment, &needed)?;
    if tls.identity.is_some() && proxies.all().any(|proxy| proxy.url.scheme() == "https") {
        return Err(AccessError::CertificateForProxy);
    }
    Ok(Access { auth, tls, proxies })
}
