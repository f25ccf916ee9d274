//! A request as the server understands it: what is asked of which resource.

use axum::http::{HeaderMap, Method, header};
use bytes::Bytes;
use percent_encoding::percent_decode_str;

/// Path below which all resources of the API live.
pub(super) const BASE_PATH: &str = "/tmf-api/partyInteraction/v4/";

/// Name of the resource, in paths and in events.
pub(super) const RESOURCE: &str = "partyInteraction";

/// Where a request leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    /// All party interactions.
    Collection,
    /// The party interaction with this (decoded) id.
    Record(String),
    /// Where listeners are registered.
    Hub,
    /// One registered listener.
    Subscription(String),
    /// A path that the API does not know.
    Elsewhere,
}

impl Route {
    /// Reads a path as it came, still percent-encoded.
    pub(super) fn parse(path: &str) -> Self {
        let Some(rest) = path.strip_prefix(BASE_PATH) else {
            return Self::Elsewhere;
        };
        match rest.split_once('/') {
            None if rest == RESOURCE => Self::Collection,
            None if rest == "hub" => Self::Hub,
            Some((RESOURCE, id)) if is_segment(id) => Self::Record(decoded(id)),
            Some(("hub", id)) if is_segment(id) => Self::Subscription(decoded(id)),
            _ => Self::Elsewhere,
        }
    }

    /// The methods that the API defines here, in the form of an Allow header.
    pub(super) fn methods(&self) -> &'static str {
        match self {
            Self::Collection => "GET, HEAD, POST",
            Self::Record(_) => "DELETE, GET, HEAD, PATCH",
            Self::Hub => "POST",
            Self::Subscription(_) => "DELETE",
            Self::Elsewhere => "",
        }
    }
}

fn is_segment(text: &str) -> bool {
    !text.is_empty() && !text.contains('/')
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// What a request asks the server to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    /// POST on the collection.
    Create,
    /// GET on the collection.
    List,
    /// GET on a record.
    Retrieve,
    /// PATCH on a record.
    Patch,
    /// DELETE on a record.
    Delete,
    /// POST on the hub.
    Register,
    /// DELETE on a subscription.
    Unregister,
    /// A method that the API does not define on this path.
    Undefined,
    /// Any method on a path that the API does not know.
    Unknown,
}

/// One request, read and split up.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// How many requests came before this one.
    pub(super) number: u64,
    /// The method as it came.
    pub(super) method: Method,
    /// Where the request leads.
    pub(super) route: Route,
    /// The decoded parameters, in the order in which they came.
    pub(super) query: Vec<(String, String)>,
    /// The headers as they came.
    pub(super) headers: HeaderMap,
    /// The body as it came.
    pub(super) body: Bytes,
    /// `http://host:port` under which the client sees the server.
    pub(super) origin: String,
    /// The path and the query as they came.
    pub(super) target: String,
}

impl Call {
    /// What is asked.
    pub(super) fn operation(&self) -> Operation {
        let reads = self.method == Method::GET || self.method == Method::HEAD;
        match &self.route {
            Route::Elsewhere => Operation::Unknown,
            Route::Collection if reads => Operation::List,
            Route::Collection if self.method == Method::POST => Operation::Create,
            Route::Record(_) if reads => Operation::Retrieve,
            Route::Record(_) if self.method == Method::PATCH => Operation::Patch,
            Route::Record(_) if self.method == Method::DELETE => Operation::Delete,
            Route::Hub if self.method == Method::POST => Operation::Register,
            Route::Subscription(_) if self.method == Method::DELETE => Operation::Unregister,
            _ => Operation::Undefined,
        }
    }

    /// Whether this operation is asked.
    pub(super) fn asks(&self, operation: Operation) -> bool {
        self.operation() == operation
    }

    /// The id in the path, empty where the path has none.
    pub(super) fn id(&self) -> &str {
        match &self.route {
            Route::Record(id) | Route::Subscription(id) => id,
            _ => "",
        }
    }

    /// The first value of a parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let mut pairs = self.query.iter();
        pairs
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Forgets a parameter, as if it had not been sent.
    pub(super) fn forget(&mut self, name: &str) {
        self.query.retain(|(key, _)| key != name);
    }

    /// The body as JSON, null where it is none.
    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// A header as text, empty where it is missing or no text.
    pub(super) fn header(&self, name: header::HeaderName) -> &str {
        let value = self.headers.get(name);
        value.and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// The media type of the body without its parameters, in lower case.
    pub(super) fn media_type(&self) -> String {
        let value = self.header(header::CONTENT_TYPE);
        let essence = value.split(';').next().unwrap_or_default();
        essence.trim().to_ascii_lowercase()
    }

    /// Whether the client takes JSON (RFC 9110, 12.5.1; no Accept header takes all).
    pub(super) fn accepts_json(&self) -> bool {
        let accept = self.header(header::ACCEPT);
        accept.trim().is_empty() || accept.split(',').any(range_takes_json)
    }
}

fn range_takes_json(range: &str) -> bool {
    let mut parts = range.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let refused = parts.any(|part| {
        let weight = part.strip_prefix("q=").and_then(|q| q.parse::<f32>().ok());
        weight.is_some_and(|weight| weight <= 0.0)
    });
    let matches = matches!(
        essence.as_str(),
        "*/*" | "application/*" | "application/json"
    );
    matches && !refused
}

/// Splits a query into decoded pairs, `+` standing for a blank.
pub(super) fn pairs(query: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_where_the_api_says() {
        let record = |id: &str| Route::Record(id.to_owned());
        let cases = [
            (
                "/tmf-api/partyInteraction/v4/partyInteraction",
                Route::Collection,
            ),
            (
                "/tmf-api/partyInteraction/v4/partyInteraction/7",
                record("7"),
            ),
            (
                "/tmf-api/partyInteraction/v4/partyInteraction/a%2Fb%20c",
                record("a/b c"),
            ),
            (
                "/tmf-api/partyInteraction/v4/partyInteraction/",
                Route::Elsewhere,
            ),
            (
                "/tmf-api/partyInteraction/v4/partyInteraction/7/8",
                Route::Elsewhere,
            ),
            (
                "/tmf-api/partyInteraction/v4/partyinteraction",
                Route::Elsewhere,
            ),
            ("/tmf-api/partyInteraction/v4/hub", Route::Hub),
            (
                "/tmf-api/partyInteraction/v4/hub/1",
                Route::Subscription("1".to_owned()),
            ),
            ("/partyInteraction", Route::Elsewhere),
        ];
        for (path, route) in cases {
            assert_eq!(Route::parse(path), route, "{path}");
        }
    }

    #[test]
    fn accept_headers_are_understood() {
        for accept in ["application/json", "*/*", "text/html, application/*;q=0.1"] {
            assert!(accept.split(',').any(range_takes_json), "{accept}");
        }
        for accept in ["application/xml", "application/json;q=0", "text/*"] {
            assert!(!accept.split(',').any(range_takes_json), "{accept}");
        }
    }
}
