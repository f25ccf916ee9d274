//! How the run proves to the target who it is.
//!
//! What flags, environment and file say has the same form ([`GivenAuth`]): flags and environment
//! win, and where they choose another kind than the file, the file's kind is dropped.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use super::access::AccessError;
use super::given_auth::{GivenAuth, GivenBasic, GivenBearer, GivenKey, GivenOauth, Place};
use super::{Header, Secret};

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

/// How a client's secret is sent to the token endpoint (RFC 6749, section 2.3.1).
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
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

/// Settles what options and file say; `headers` are sent besides.
pub(super) fn resolve(
    options: &GivenAuth,
    file: &GivenAuth,
    headers: &[Header],
) -> Result<Auth, AccessError> {
    for (given, place) in [(options, Place::Options), (file, Place::File)] {
        if let [first, second, ..] = given.kinds(place)[..] {
            return Err(AccessError::TwoKinds { first, second });
        }
    }
    // A kind that the options choose is completed by the file's, and another one dropped.
    let by_file = options.kinds(Place::Options).is_empty();
    let auth = if options.basic.is_some() || (by_file && file.basic.is_some()) {
        basic(options.basic.as_ref(), file.basic.as_ref())?
    } else if let Some(given) = options
        .bearer
        .as_ref()
        .or(file.bearer.as_ref().filter(|_| by_file))
    {
        Auth::Bearer(bearer(given)?)
    } else if options.api_key.is_some() || (by_file && file.api_key.is_some()) {
        api_key(options.api_key.as_ref(), file.api_key.as_ref())?
    } else if options.oauth2.is_some() || (by_file && file.oauth2.is_some()) {
        let empty = GivenOauth::default();
        let (options, file) = (options.oauth2.as_ref(), file.oauth2.as_ref());
        let client = oauth2(options.unwrap_or(&empty), file.unwrap_or(&empty))?;
        Auth::ClientCredentials(Box::new(client))
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

fn basic(options: Option<&GivenBasic>, file: Option<&GivenBasic>) -> Result<Auth, AccessError> {
    let all = || options.into_iter().chain(file);
    let user = all().find_map(|given| given.user.clone());
    let user = user.ok_or_else(|| missing("auth.basic.user", "--basic USER:PASSWORD"))?;
    let password = all().find_map(|given| given.password.clone());
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

/// The words of a command that stands in one text. What a shell would do with the rest is left to
/// whoever writes the command as a list.
fn words(command: &str) -> Result<Vec<String>, AccessError> {
    if command.contains(['\'', '"', '\\', '$', '`', '|', '&', ';', '<', '>', '*']) {
        return Err(AccessError::Command(
            "no shell reads it, so quotes and other signs of one have no meaning in it: write it \
             as a list, command = [\"sh\", \"-c\", \"…\"] under [auth.bearer]",
        ));
    }
    Ok(command.split_whitespace().map(str::to_owned).collect())
}

fn api_key(options: Option<&GivenKey>, file: Option<&GivenKey>) -> Result<Auth, AccessError> {
    let places = |given: &&GivenKey| given.header.is_some() || given.query.is_some();
    let key = options
        .into_iter()
        .chain(file)
        .find_map(|given| given.key.clone());
    let key = key.ok_or_else(|| missing("auth.api-key.key", "TMFCTK_API_KEY"))?;
    let placed = options.filter(places).or(file.filter(places));
    let place = match placed.map(|given| (given.header.clone(), given.query.clone())) {
        Some((Some(name), None)) => KeyPlace::Header(name),
        Some((None, Some(name))) if !name.is_empty() => KeyPlace::Query(name),
        Some((Some(_), Some(_))) => return Err(AccessError::TwoPlaces),
        _ => {
            return Err(missing(
                "auth.api-key.header or auth.api-key.query",
                "--api-key-header NAME or --api-key-query NAME",
            ));
        }
    };
    let key = sound(&key, "the API key")?;
    Ok(Auth::ApiKey { place, key })
}

fn oauth2(options: &GivenOauth, file: &GivenOauth) -> Result<ClientCredentials, AccessError> {
    let text = |pick: fn(&GivenOauth) -> &Option<String>| {
        let given = pick(options).as_ref().or(pick(file).as_ref());
        given
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
    };
    let url = text(|given| &given.token_url)
        .ok_or_else(|| missing("auth.oauth2.token-url", "--oauth-token-url"))?;
    let client_id = text(|given| &given.client_id)
        .ok_or_else(|| missing("auth.oauth2.client-id", "--oauth-client-id"))?;
    let secret = options
        .client_secret
        .as_ref()
        .or(file.client_secret.as_ref());
    let secret =
        secret.ok_or_else(|| missing("auth.oauth2.client-secret", "TMFCTK_OAUTH_CLIENT_SECRET"))?;
    let mut parameters = file.parameters.clone();
    for own in ["grant_type", "client_id", "client_secret", "scope"] {
        if parameters.contains_key(own) {
            return Err(AccessError::Parameter(own));
        }
    }
    if let Some(audience) = text(|given| &given.audience) {
        parameters.insert("audience".to_owned(), audience);
    }
    let scope = text(|given| &given.scope).unwrap_or_default();
    Ok(ClientCredentials {
        token_url: token_url(&url)?,
        client_id,
        client_secret: sound(secret, "the client secret")?,
        scopes: scope.split_whitespace().map(str::to_owned).collect(),
        parameters,
        secret_in: options.secret_in.or(file.secret_in).unwrap_or_default(),
    })
}

fn token_url(text: &str) -> Result<Url, AccessError> {
    let wrong = |reason: String| AccessError::Url {
        option: "oauth-token-url",
        given: super::secret::without_userinfo(text),
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
        let settled = |options: GivenAuth| resolve(&options, &file, &[]).unwrap();
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
