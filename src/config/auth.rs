//! How the run proves to the target who it is.
//!
//! What flags, environment and file say has the same form ([`GivenAuth`]), one laid over the other.

use std::collections::BTreeMap;
use std::path::PathBuf;

use url::Url;

use super::error::AccessError;
use super::given_auth::{
    AuthSource, GivenAuth, GivenBasic, GivenBearer, GivenKey, GivenOauth, SecretIn,
};
use super::secret::{Header, Secret, without_userinfo};

/// How the run proves to the target who it is, besides headers that never change.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum Auth {
    /// Not at all.
    #[default]
    None,
    /// User and password with every request (RFC 7617).
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: Secret,
    },
    /// A token with every request (RFC 6750).
    Bearer(Bearer),
    /// A key with every request, in a header or in the query.
    ApiKey {
        /// Where it goes.
        place: KeyPlace,
        /// The key.
        key: Secret,
    },
    /// A token of an OAuth 2 server, by client credentials (RFC 6749, section 4.4).
    ClientCredentials(Box<ClientCredentials>),
}

/// Where a bearer token comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bearer {
    /// It is given.
    Token(Secret),
    /// It stands in a file, which is read again when the target refuses it.
    File(PathBuf),
    /// A program prints it, and is run again when the target refuses it. No shell reads the words.
    Command(Vec<String>),
}

/// Where an API key goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPlace {
    /// Into the header of that name.
    Header(String),
    /// Into the query parameter of that name.
    Query(String),
}

/// A client that an OAuth 2 server knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCredentials {
    /// The token endpoint.
    pub token_url: Url,
    /// The client's name there.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: Secret,
    /// What the token is to allow.
    pub scopes: Vec<String>,
    /// More parameters of the request, such as the audience.
    pub parameters: BTreeMap<String, String>,
    /// How the secret is sent.
    pub secret_in: SecretIn,
}

/// Refuses more than one kind at one place.
pub(super) fn check(given: &GivenAuth, place: AuthSource) -> Result<(), AccessError> {
    match given.kinds(place)[..] {
        [first, second, ..] => Err(AccessError::TwoKinds { first, second }),
        _ => Ok(()),
    }
}

/// Settles what options and file say; `headers` are sent besides.
pub(super) fn resolve(given: &GivenAuth, headers: &[Header]) -> Result<Auth, AccessError> {
    let auth = if let Some(given) = &given.basic {
        basic(given)?
    } else if let Some(given) = &given.bearer {
        Auth::Bearer(bearer(given)?)
    } else if let Some(given) = &given.api_key {
        api_key(given)?
    } else if let Some(given) = &given.oauth2 {
        Auth::ClientCredentials(Box::new(oauth2(given)?))
    } else {
        Auth::None
    };
    if let Some(name) = auth.header()
        && headers
            .iter()
            .any(|header| header.name.eq_ignore_ascii_case(name))
    {
        return Err(AccessError::HeaderToo {
            kind: auth.name(),
            header: name.to_owned(),
        });
    }
    Ok(auth)
}

impl Auth {
    /// The kind's name in the file.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic { .. } => "auth.basic",
            Self::Bearer(_) => "auth.bearer",
            Self::ApiKey { .. } => "auth.api-key",
            Self::ClientCredentials(_) => "auth.oauth2",
        }
    }

    /// The header that it sets.
    pub fn header(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::ApiKey { place, .. } => match place {
                KeyPlace::Header(name) => Some(name),
                KeyPlace::Query(_) => None,
            },
            _ => Some("Authorization"),
        }
    }
}

fn missing(key: &'static str, option: &'static str) -> AccessError {
    AccessError::Missing { key, option }
}

/// A secret that can stand in a header; an empty one is most often a variable that is not set.
fn sound(secret: &Secret, what: &'static str) -> Result<Secret, AccessError> {
    let text = secret.expose().trim();
    let wrong = |reason: &'static str| Err(AccessError::Secret { what, reason });
    if text.is_empty() {
        return wrong("it is empty: is the variable set that it comes from?");
    }
    if text.contains(|character: char| character.is_control()) {
        return wrong("it has a line break or another control character in it");
    }
    Ok(Secret::new(text))
}

fn basic(given: &GivenBasic) -> Result<Auth, AccessError> {
    let (user, password) = (given.user.clone(), given.password.clone());
    let user = user.ok_or_else(|| missing("auth.basic.user", "--basic USER:PASSWORD"))?;
    let password =
        password.ok_or_else(|| missing("auth.basic.password", "TMFCTK_BASIC=USER:PASSWORD"))?;
    if user.is_empty()
        || user.contains(|character: char| character == ':' || character.is_control())
    {
        return Err(AccessError::User);
    }
    if password.expose().contains(char::is_control) {
        return Err(AccessError::Secret {
            what: "auth.basic.password",
            reason: "it has a line break or another control character in it",
        });
    }
    Ok(Auth::Basic { user, password })
}

fn bearer(given: &GivenBearer) -> Result<Bearer, AccessError> {
    let line = given.line.as_deref().map(words).transpose()?;
    match (
        &given.token,
        &given.file,
        given.command.as_ref().or(line.as_ref()),
    ) {
        (Some(token), None, None) => {
            let token = sound(token, "the bearer token")?;
            if token.expose().contains(char::is_whitespace) {
                let reason = "it has a blank in it: give the token alone, without `Bearer`";
                let what = "the bearer token";
                return Err(AccessError::Secret { what, reason });
            }
            Ok(Bearer::Token(token))
        }
        (None, Some(file), None) => Ok(Bearer::File(file.clone())),
        (None, None, Some(command)) => match command.first() {
            Some(program) if !program.is_empty() => Ok(Bearer::Command(command.clone())),
            _ => Err(AccessError::Command("it names no program")),
        },
        (None, None, None) => Err(missing("auth.bearer.token", "--bearer, TMFCTK_BEARER")),
        _ => Err(AccessError::TwoTokens),
    }
}

/// The words of a command that stands in one text. What only a shell can do has to be written as a
/// list that calls one.
fn words(command: &str) -> Result<Vec<String>, AccessError> {
    if command.contains(['\'', '"', '\\', '$', '`', '|', '&', ';', '<', '>', '*']) {
        return Err(AccessError::Command(
            "no shell reads it, so quotes and other signs of one have no meaning in it: write it \
             as a list, command = [\"sh\", \"-c\", \"…\"] under [auth.bearer]",
        ));
    }
    Ok(command.split_whitespace().map(str::to_owned).collect())
}

fn api_key(given: &GivenKey) -> Result<Auth, AccessError> {
    let key = given.key.as_ref();
    let key = key.ok_or_else(|| missing("auth.api-key.key", "TMFCTK_API_KEY"))?;
    let place = match (given.header.clone(), given.query.clone()) {
        (Some(name), None) => KeyPlace::Header(name),
        (None, Some(name)) if !name.is_empty() => KeyPlace::Query(name),
        (Some(_), Some(_)) => return Err(AccessError::TwoPlaces),
        _ => {
            return Err(missing(
                "auth.api-key.header or auth.api-key.query",
                "--api-key-header NAME or --api-key-query NAME",
            ));
        }
    };
    let key = sound(key, "the API key")?;
    Ok(Auth::ApiKey { place, key })
}

fn oauth2(given: &GivenOauth) -> Result<ClientCredentials, AccessError> {
    let text = |given: &Option<String>| {
        let text = given.as_deref().map(str::trim);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let url = text(&given.token_url)
        .ok_or_else(|| missing("auth.oauth2.token-url", "--oauth-token-url"))?;
    let client_id = text(&given.client_id)
        .ok_or_else(|| missing("auth.oauth2.client-id", "--oauth-client-id"))?;
    let secret = given.client_secret.as_ref();
    let secret =
        secret.ok_or_else(|| missing("auth.oauth2.client-secret", "TMFCTK_OAUTH_CLIENT_SECRET"))?;
    let mut parameters = given.parameters.clone();
    for own in ["grant_type", "client_id", "client_secret", "scope"] {
        if parameters.contains_key(own) {
            return Err(AccessError::Parameter(own));
        }
    }
    if let Some(audience) = text(&given.audience) {
        parameters.insert("audience".to_owned(), audience);
    }
    let scope = text(&given.scope).unwrap_or_default();
    Ok(ClientCredentials {
        token_url: token_url(&url)?,
        client_id,
        client_secret: sound(secret, "the client secret")?,
        scopes: scope.split_whitespace().map(str::to_owned).collect(),
        parameters,
        secret_in: given.secret_in.unwrap_or_default(),
    })
}

fn token_url(text: &str) -> Result<Url, AccessError> {
    let wrong = |reason: String| AccessError::Url {
        option: "oauth-token-url",
        given: without_userinfo(text),
        reason,
    };
    let url = Url::parse(text).map_err(|error| wrong(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("it begins with https:// or http://".to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        let reason = "credentials do not belong into the URL, use client-id and client-secret";
        return Err(wrong(reason.to_owned()));
    }
    if url.fragment().is_some() {
        return Err(wrong("remove what follows #".to_owned()));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::layer::Layer as _;

    fn secret(text: &str) -> Option<Secret> {
        Some(Secret::new(text))
    }

    #[test]
    fn options_complete_the_files_kind_and_replace_another() {
        let file = GivenAuth {
            api_key: Some(GivenKey {
                header: Some("X-Key".to_owned()),
                key: secret("of-file"),
                ..GivenKey::default()
            }),
            ..GivenAuth::default()
        };
        let settled = |options: GivenAuth| resolve(&options.over(file.clone()), &[]).unwrap();
        let own = |given: GivenKey| GivenAuth {
            api_key: Some(given),
            ..GivenAuth::default()
        };
        let key = settled(own(GivenKey {
            key: secret("of-environment"),
            ..GivenKey::default()
        }));
        let wanted = Auth::ApiKey {
            place: KeyPlace::Header("X-Key".to_owned()),
            key: Secret::new("of-environment"),
        };
        assert_eq!(key, wanted);
        let place = settled(own(GivenKey {
            query: Some("key".to_owned()),
            ..GivenKey::default()
        }));
        let wanted = Auth::ApiKey {
            place: KeyPlace::Query("key".to_owned()),
            key: Secret::new("of-file"),
        };
        assert_eq!(place, wanted);
        let bearer = settled(GivenAuth {
            bearer: Some(GivenBearer {
                line: Some("print the  token".to_owned()),
                ..GivenBearer::default()
            }),
            ..GivenAuth::default()
        });
        let words = ["print", "the", "token"].map(str::to_owned).to_vec();
        assert_eq!(bearer, Auth::Bearer(Bearer::Command(words)));
    }

    #[test]
    fn a_command_that_needs_a_shell_is_not_run_without_one() {
        for text in [
            "sh -c 'x'",
            "a | b",
            "a $B",
            "a > b",
            "a; b",
            "a `b`",
            "a \\ b",
        ] {
            assert!(words(text).is_err(), "{text}");
        }
        assert_eq!(words(" a  --b=c/d:e,f@g ").unwrap().len(), 2);
    }
}
