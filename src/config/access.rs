//! How the run comes to the target: who it says it is, whom it trusts, by which proxy it goes.

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use super::auth::{self, Auth};
use super::error::AccessError;
use super::given_auth::GivenAuth;
use super::layer::layered;
use super::proxy::{self, GivenProxy, Proxies, ProxyEnvironment};
use super::secret::Header;
use super::target::TargetSetting;
use super::tls::{self, GivenTls, Tls};

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

layered! {
    /// How the run comes to the target.
    ///
    /// Each option that may hold a secret can be given by the environment, which other users of the
    /// machine don't see.
    #[derive(Debug, Default, Clone, PartialEq, Eq, clap::Args, Deserialize, JsonSchema)]
    #[command(next_help_heading = "Authentication, TLS and proxy")]
    pub struct GivenAccess {
        /// Sent with every request, repeatable; redacted wherever it is written
        #[arg(
            id = "header",
            long = "header",
            value_name = "'Name: value'",
            env = "TMFCTK_HEADER",
            hide_env_values = true
        )]
        #[serde(skip)]
        pub headers: Vec<String>,
        /// How the run proves to the target who it is
        #[command(flatten)]
        #[serde(default)]
        pub auth: GivenAuth,
        /// Whom the run trusts over TLS, and what it shows of itself
        #[command(flatten)]
        #[serde(default)]
        pub tls: GivenTls,
        /// By which proxy requests go
        #[command(flatten)]
        #[serde(default)]
        pub proxy: GivenProxy,
    }
}

/// Settles what was given. The reference implementation is in this process: it is reached directly,
/// and asks for nothing.
pub(super) fn resolve(
    given: &GivenAccess,
    environment: &ProxyEnvironment,
    headers: &[Header],
    target: &TargetSetting,
) -> Result<Access, AccessError> {
    let auth = auth::resolve(&given.auth, headers)?;
    let tls = tls::resolve(&given.tls)?;
    let TargetSetting::Url { url, .. } = target else {
        return Ok(Access::default());
    };
    let mut needed: Vec<&Url> = vec![url];
    if let Auth::ClientCredentials(client) = &auth {
        needed.push(&client.token_url);
    }
    let proxies = proxy::resolve(&given.proxy, environment, &needed)?;
    if tls.identity.is_some() && proxies.all().any(|proxy| proxy.url.scheme() == "https") {
        return Err(AccessError::CertificateForProxy);
    }
    Ok(Access { auth, tls, proxies })
}
