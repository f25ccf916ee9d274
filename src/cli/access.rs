//! The options of `run` on authentication, TLS and proxies.
//!
//! Each that may hold a secret can be given by the environment, which other users of the machine
//! don't see.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;

use crate::config::{
    GivenAccess, GivenAuth, GivenBasic, GivenBearer, GivenKey, GivenOauth, GivenProxy, GivenTls,
    ProxyEnvironment, Secret, SecretIn,
};

/// How the run comes to the target.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Authentication, TLS and proxy")]
pub(super) struct Access {
    /// User and password, sent with every request
    #[arg(
        long,
        value_name = "USER:PASSWORD",
        env = "TMFCTK_BASIC",
        hide_env_values = true
    )]
    basic: Option<String>,
    /// A token, sent with every request
    #[arg(
        long,
        value_name = "TOKEN",
        env = "TMFCTK_BEARER",
        hide_env_values = true
    )]
    bearer: Option<String>,
    /// A file that holds the token; read again when the target refuses it
    #[arg(long, value_name = "FILE", env = "TMFCTK_BEARER_FILE")]
    bearer_file: Option<PathBuf>,
    /// A program, with its arguments, that prints the token; no shell reads it, it may take as long
    /// as --timeout, and it is run again when the target refuses the token
    #[arg(
        long,
        value_name = "COMMAND",
        env = "TMFCTK_BEARER_COMMAND",
        hide_env_values = true
    )]
    bearer_command: Option<String>,
    /// A key, sent with every request as --api-key-header or --api-key-query says
    #[arg(
        long,
        value_name = "KEY",
        env = "TMFCTK_API_KEY",
        hide_env_values = true
    )]
    api_key: Option<String>,
    /// The header in which the API key is sent
    #[arg(long, value_name = "NAME", env = "TMFCTK_API_KEY_HEADER")]
    api_key_header: Option<String>,
    /// The query parameter in which the API key is sent; redacted in every URL that is written
    #[arg(long, value_name = "NAME", env = "TMFCTK_API_KEY_QUERY")]
    api_key_query: Option<String>,
    /// The token endpoint of an OAuth 2 server, for client credentials
    #[arg(long, value_name = "URL", env = "TMFCTK_OAUTH_TOKEN_URL")]
    oauth_token_url: Option<String>,
    /// The client's id at the OAuth 2 server
    #[arg(long, value_name = "ID", env = "TMFCTK_OAUTH_CLIENT_ID")]
    oauth_client_id: Option<String>,
    /// The client's secret at the OAuth 2 server
    #[arg(
        long,
        value_name = "SECRET",
        env = "TMFCTK_OAUTH_CLIENT_SECRET",
        hide_env_values = true
    )]
    oauth_client_secret: Option<String>,
    /// What the token is to allow, with blanks between
    #[arg(long, value_name = "SCOPE", env = "TMFCTK_OAUTH_SCOPE")]
    oauth_scope: Option<String>,
    /// Whom the token is for
    #[arg(long, value_name = "AUDIENCE", env = "TMFCTK_OAUTH_AUDIENCE")]
    oauth_audience: Option<String>,
    /// How the client's secret is sent: basic (a header) or body [default: basic]
    #[arg(
        long,
        value_name = "PLACE",
        env = "TMFCTK_OAUTH_SECRET_IN",
        value_parser = secret_in
    )]
    oauth_secret_in: Option<SecretIn>,
    /// Certificates (PEM) of issuers to trust besides those of this system
    #[arg(long, value_name = "FILE", env = "TMFCTK_CA")]
    ca: Option<PathBuf>,
    /// Trust the issuers of --ca and no others
    #[arg(long, env = "TMFCTK_CA_ONLY", value_parser = FalseyValueParser::new())]
    ca_only: bool,
    /// The client certificate (PEM) that is shown to the target, for mutual TLS
    #[arg(long, value_name = "FILE", env = "TMFCTK_CLIENT_CERT")]
    client_cert: Option<PathBuf>,
    /// The key (PEM, not encrypted) of the client certificate [default: in the same file]
    #[arg(long, value_name = "FILE", env = "TMFCTK_CLIENT_KEY")]
    client_key: Option<PathBuf>,
    /// Take any certificate: whoever stands between could read and change everything, and the
    /// report says so
    #[arg(long, env = "TMFCTK_INSECURE", value_parser = FalseyValueParser::new())]
    insecure: bool,
    /// The proxy for all requests, http://[USER:PASSWORD@]HOST:PORT [default: what HTTP_PROXY,
    /// HTTPS_PROXY and ALL_PROXY say, except for this machine]
    #[arg(long, value_name = "URL", env = "TMFCTK_PROXY", hide_env_values = true)]
    proxy: Option<String>,
    /// What is reached without a proxy: names (with all below them), addresses, networks, or *,
    /// with commas between [default: what NO_PROXY says]
    #[arg(long, value_name = "LIST", env = "TMFCTK_NO_PROXY")]
    no_proxy: Option<String>,
}

fn secret_in(text: &str) -> Result<SecretIn, String> {
    let known = [SecretIn::Basic, SecretIn::Body];
    let found = known.into_iter().find(|place| place.name() == text);
    found.ok_or_else(|| "basic or body".to_owned())
}

impl From<Access> for GivenAccess {
    fn from(args: Access) -> Self {
        let secret = |text: Option<String>| text.map(Secret::new);
        let basic = args.basic.map(|pair| {
            let (user, password) = match pair.split_once(':') {
                Some((user, password)) => (user.to_owned(), Some(Secret::new(password))),
                None => (pair, None),
            };
            GivenBasic {
                user: Some(user),
                password,
            }
        });
        let bearer = GivenBearer {
            token: secret(args.bearer),
            file: args.bearer_file,
            line: args.bearer_command,
            command: None,
        };
        let api_key = GivenKey {
            header: args.api_key_header,
            query: args.api_key_query,
            key: secret(args.api_key),
        };
        let oauth2 = GivenOauth {
            token_url: args.oauth_token_url,
            client_id: args.oauth_client_id,
            client_secret: secret(args.oauth_client_secret),
            scope: args.oauth_scope,
            audience: args.oauth_audience,
            secret_in: args.oauth_secret_in,
            ..GivenOauth::default()
        };
        Self {
            auth: GivenAuth {
                basic,
                bearer: given(bearer),
                api_key: given(api_key),
                oauth2: given(oauth2),
            },
            tls: GivenTls {
                ca: args.ca,
                ca_only: args.ca_only.then_some(true),
                client_cert: args.client_cert,
                client_key: args.client_key,
                insecure: args.insecure.then_some(true),
            },
            proxy: GivenProxy {
                url: secret(args.proxy.filter(|url| !url.trim().is_empty())),
                no_proxy: args.no_proxy,
                ..GivenProxy::default()
            },
            environment: proxies_of_the_system(),
        }
    }
}

/// What was said, where anything was.
fn given<T: Default + PartialEq>(value: T) -> Option<T> {
    (value != T::default()).then_some(value)
}

/// The variables in small letters, which most programs prefer, or those in capitals.
fn proxies_of_the_system() -> ProxyEnvironment {
    let variable = |name: &str| {
        let all = [name.to_ascii_lowercase(), name.to_owned()];
        all.iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.trim().is_empty())
    };
    ProxyEnvironment {
        http: variable("HTTP_PROXY").map(Secret::new),
        https: variable("HTTPS_PROXY").map(Secret::new),
        all: variable("ALL_PROXY").map(Secret::new),
        none: variable("NO_PROXY"),
    }
}
