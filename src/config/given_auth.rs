//! What flags, environment and file say of authentication; all parts are optional, and what they
//! come to is settled elsewhere ([`super::auth`]).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Secret, SecretIn};

/// The table `[auth]` of the file, and what flags and environment say of the same.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GivenAuth {
    /// User and password.
    pub basic: Option<GivenBasic>,
    /// A bearer token.
    pub bearer: Option<GivenBearer>,
    /// An API key.
    pub api_key: Option<GivenKey>,
    /// OAuth 2 client credentials.
    pub oauth2: Option<GivenOauth>,
}

/// User and password.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GivenBasic {
    /// The user.
    pub user: Option<String>,
    /// The password.
    pub password: Option<Secret>,
}

/// Where a bearer token comes from: one of these.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GivenBearer {
    /// The token.
    pub token: Option<Secret>,
    /// A file that holds it, relative to the configuration file.
    pub file: Option<PathBuf>,
    /// A program with its arguments that prints it.
    pub command: Option<Vec<String>>,
    /// The same as one text, which options and environment have.
    #[serde(skip)]
    pub line: Option<String>,
}

/// An API key and where it goes: a header or a query parameter.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GivenKey {
    /// The header's name.
    pub header: Option<String>,
    /// The query parameter's name.
    pub query: Option<String>,
    /// The key.
    pub key: Option<Secret>,
}

/// A client that an OAuth 2 server knows.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GivenOauth {
    /// The token endpoint.
    pub token_url: Option<String>,
    /// The client's name there.
    pub client_id: Option<String>,
    /// The client's secret.
    pub client_secret: Option<Secret>,
    /// What the token is to allow, with blanks between.
    pub scope: Option<String>,
    /// Whom the token is for.
    pub audience: Option<String>,
    /// More parameters of the request.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    /// How the secret is sent.
    pub secret_in: Option<SecretIn>,
}

/// How each kind is named where it was given.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// As an option or by the environment.
    Options,
    /// In the file.
    File,
}

impl GivenAuth {
    /// The kinds that were given, by their names at that place.
    pub(super) fn kinds(&self, place: Place) -> Vec<&'static str> {
        let names = match place {
            Place::Options => ["--basic", "--bearer", "--api-key", "--oauth"],
            Place::File => [
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
