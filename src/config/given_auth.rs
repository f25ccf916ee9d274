//! What flags, environment and file say of authentication; all parts are optional, and what they
//! come to is settled elsewhere ([`super::auth`]).

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::Deserialize;

use super::layer::{Layer, layered};
use super::secret::Secret;

/// How the run proves to the target who it is; in the file the table `[auth]`.
#[derive(Debug, Default, Clone, PartialEq, Eq, clap::Args, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GivenAuth {
    /// User and password, sent with every request
    #[arg(
        long,
        value_name = "USER:PASSWORD",
        env = "TMFCTK_BASIC",
        hide_env_values = true,
        value_parser = GivenBasic::parse
    )]
    pub basic: Option<GivenBasic>,
    /// A bearer token.
    #[command(flatten)]
    pub bearer: Option<GivenBearer>,
    /// An API key.
    #[command(flatten)]
    pub api_key: Option<GivenKey>,
    /// OAuth 2 client credentials.
    #[command(flatten)]
    pub oauth2: Option<GivenOauth>,
}

impl Layer for GivenAuth {
    /// A kind that is chosen here is completed by what is below, and another one dropped.
    fn over(self, below: Self) -> Self {
        if self == Self::default() {
            return below;
        }
        Self {
            basic: completed(self.basic, below.basic),
            bearer: self.bearer,
            api_key: completed(self.api_key, below.api_key),
            oauth2: completed(self.oauth2, below.oauth2),
        }
    }
}

fn completed<T: Layer>(own: Option<T>, below: Option<T>) -> Option<T> {
    match (own, below) {
        (Some(own), Some(below)) => Some(own.over(below)),
        (own, _) => own,
    }
}

layered! {
    /// User and password.
    #[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields, rename_all = "kebab-case")]
    pub struct GivenBasic {
        /// The user
        pub user: Option<String>,
        /// The password
        pub password: Option<Secret>,
    }
}

impl GivenBasic {
    /// Reads `USER:PASSWORD`. What is wrong is said later: here the text would be shown.
    fn parse(text: &str) -> Result<Self, Infallible> {
        let (user, password) = match text.split_once(':') {
            Some((user, password)) => (user, Some(Secret::new(password))),
            None => (text, None),
        };
        Ok(Self {
            user: Some(user.to_owned()),
            password,
        })
    }
}

/// Where a bearer token comes from: one of these. Paths of the file are relative to it.
#[derive(Debug, Default, Clone, PartialEq, Eq, clap::Args, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GivenBearer {
    /// A token, sent with every request
    #[arg(
        id = "bearer",
        long = "bearer",
        value_name = "TOKEN",
        env = "TMFCTK_BEARER",
        hide_env_values = true
    )]
    pub token: Option<Secret>,
    /// A file that holds the token; read again when the target refuses it
    #[arg(
        id = "bearer_file",
        long = "bearer-file",
        value_name = "FILE",
        env = "TMFCTK_BEARER_FILE"
    )]
    pub file: Option<PathBuf>,
    /// A program with its arguments that prints it, as --bearer-command
    #[arg(skip)]
    pub command: Option<Vec<String>>,
    /// A program, with its arguments, that prints the token; no shell reads it, it may take as long
    /// as --timeout, and it is run again when the target refuses the token
    #[arg(
        id = "bearer_command",
        long = "bearer-command",
        value_name = "COMMAND",
        env = "TMFCTK_BEARER_COMMAND",
        hide_env_values = true
    )]
    #[serde(skip)]
    pub line: Option<String>,
}

/// An API key and where it goes: a header or a query parameter.
#[derive(Debug, Default, Clone, PartialEq, Eq, clap::Args, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GivenKey {
    /// The header in which the API key is sent
    #[arg(
        id = "api_key_header",
        long = "api-key-header",
        value_name = "NAME",
        env = "TMFCTK_API_KEY_HEADER"
    )]
    pub header: Option<String>,
    /// The query parameter in which the API key is sent; redacted in every URL that is written
    #[arg(
        id = "api_key_query",
        long = "api-key-query",
        value_name = "NAME",
        env = "TMFCTK_API_KEY_QUERY"
    )]
    pub query: Option<String>,
    /// A key, sent with every request as --api-key-header or --api-key-query says
    #[arg(
        id = "api_key",
        long = "api-key",
        value_name = "KEY",
        env = "TMFCTK_API_KEY",
        hide_env_values = true
    )]
    pub key: Option<Secret>,
}

impl Layer for GivenKey {
    fn over(self, below: Self) -> Self {
        let placed = self.header.is_some() || self.query.is_some();
        Self {
            key: self.key.or(below.key),
            header: if placed { self.header } else { below.header },
            query: if placed { self.query } else { below.query },
        }
    }
}

layered! {
    /// A client that an OAuth 2 server knows.
    #[derive(Debug, Default, Clone, PartialEq, Eq, clap::Args, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields, rename_all = "kebab-case")]
    pub struct GivenOauth {
        /// The token endpoint of an OAuth 2 server, for client credentials
        #[arg(id = "oauth_token_url", long = "oauth-token-url", value_name = "URL", env = "TMFCTK_OAUTH_TOKEN_URL")]
        pub token_url: Option<String>,
        /// The client's id at the OAuth 2 server
        #[arg(id = "oauth_client_id", long = "oauth-client-id", value_name = "ID", env = "TMFCTK_OAUTH_CLIENT_ID")]
        pub client_id: Option<String>,
        /// The client's secret at the OAuth 2 server
        #[arg(
            id = "oauth_client_secret", long = "oauth-client-secret",
            value_name = "SECRET",
            env = "TMFCTK_OAUTH_CLIENT_SECRET",
            hide_env_values = true
        )]
        pub client_secret: Option<Secret>,
        /// What the token is to allow, with blanks between
        #[arg(id = "oauth_scope", long = "oauth-scope", value_name = "SCOPE", env = "TMFCTK_OAUTH_SCOPE")]
        pub scope: Option<String>,
        /// Whom the token is for
        #[arg(id = "oauth_audience", long = "oauth-audience", value_name = "AUDIENCE", env = "TMFCTK_OAUTH_AUDIENCE")]
        pub audience: Option<String>,
        /// More parameters of the request
        #[arg(skip)]
        #[serde(default)]
        pub parameters: BTreeMap<String, String>,
        /// How the client's secret is sent: basic (a header) or body [default: basic]
        #[arg(
            id = "oauth_secret_in", long = "oauth-secret-in",
            value_name = "PLACE",
            env = "TMFCTK_OAUTH_SECRET_IN",
            value_enum
        )]
        pub secret_in: Option<SecretIn>,
    }
}

/// How a client's secret is sent to the token endpoint (RFC 6749, section 2.3.1).
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SecretIn {
    /// As user and password in a header.
    #[default]
    Basic,
    /// As parameters in the body.
    Body,
}

impl SecretIn {
    /// The word for it in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Body => "body",
        }
    }
}

/// How each kind is named where it was given.
#[derive(Debug, Clone, Copy)]
pub(super) enum AuthSource {
    /// As an option or by the environment.
    Options,
    /// In the file.
    File,
}

impl GivenAuth {
    /// The kinds that were given, by their names at that place.
    pub(super) fn kinds(&self, place: AuthSource) -> Vec<&'static str> {
        let names = match place {
            AuthSource::Options => ["--basic", "--bearer", "--api-key", "--oauth"],
            AuthSource::File => [
                "[auth.basic]",
                "[auth.bearer]",
                "[auth.api-key]",
                "[auth.oauth2]",
            ],
        };
        let given = [
            self.basic.is_some(),
            self.bearer.is_some(),
            self.api_key.is_some(),
            self.oauth2.is_some(),
        ];
        let all = names.into_iter().zip(given);
        all.filter_map(|(name, given)| given.then_some(name))
            .collect()
    }

    /// Paths of the file are relative to it.
    pub(super) fn below(&mut self, folder: &Path) {
        if let Some(file) = self.bearer.as_mut().and_then(|one| one.file.as_mut()) {
            *file = folder.join(&*file);
        }
    }
}
