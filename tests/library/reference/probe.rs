//! A conversation that touches everything the server does, so that whatever a variant changes
//! is heard in it.

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use tmfctk::reference::Options;

use super::bodies::{full, wrong_bodies};
use super::client::{Answer, COLLECTION, Target, minimal};

/// What a server with these options says, free of what differs from run to run.
pub async fn transcript(options: Options) -> Vec<String> {
    let mut talk = Talk::start(options, None).await;
    let end = talk.hold().await;
    assert_eq!(end, Ok(()), "nothing ends a talk without expectations");
    talk.target.stop().await;
    talk.heard
}

/// Whether a server with these options says anything that was not expected.
pub async fn differs(options: Options, expected: &[String]) -> bool {
    let mut talk = Talk::start(options, Some(expected)).await;
    let differs = talk.hold().await.is_err();
    talk.target.stop().await;
    differs
}

/// An answer was another one than expected.
#[derive(Debug, PartialEq, Eq)]
struct Unexpected;

/// A conversation with one server.
struct Talk<'a> {
    target: Target,
    heard: Vec<String>,
    expected: Option<&'a [String]>,
}

impl<'a> Talk<'a> {
    async fn start(options: Options, expected: Option<&'a [String]>) -> Self {
        let seed = Some(11);
        let target = Target::start(Options { seed, ..options }).await;
        let heard = Vec::new();
        Self {
            target,
            heard,
            expected,
        }
    }

    /// Says one thing and hears the answer.
    async fn say(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Answer, Unexpected> {
        let answer = self.target.send(method, path, headers, body).await;
        let line = plain(&answer, self.target.authority());
        let expected = self.expected.map(|lines| &lines[self.heard.len()]);
        if expected.is_some_and(|expected| *expected != line) {
            return Err(Unexpected);
        }
        self.heard.push(line);
        Ok(answer)
    }

    async fn get(&mut self, path: &str) -> Result<Answer, Unexpected> {
        self.say("GET", path, &[], "").await
    }

    async fn create(&mut self, body: &str) -> Result<Answer, Unexpected> {
        self.say("POST", COLLECTION, &[JSON], body).await
    }

    /// The whole conversation, up to the first answer that was not expected.
    async fn hold(&mut self) -> Result<(), Unexpected> {
        let mut ids = Vec::new();
        for body in records() {
            let answer = self.create(&body.to_string()).await?;
            ids.push(id_of(&answer));
        }
        let path = format!("{COLLECTION}?fields=reason");
        let body = minimal().to_string();
        self.say("POST", &path, &[JSON], &body).await?;
        let mut copy = minimal();
        copy["id"] = json!(ids[1]);
        let answer = self.create(&copy.to_string()).await?;
        ids.push(id_of(&answer));
        self.list(&ids).await?;
        self.retrieve(&ids).await?;
        for body in wrong_bodies() {
            self.create(&body).await?;
        }
        self.patch(&ids).await?;
        self.hub().await?;
        self.stray(&ids).await
    }

    /// Lists the collection in every way.
    async fn list(&mut self, ids: &[String]) -> Result<(), Unexpected> {
        for query in QUERIES {
            self.get(&format!("{COLLECTION}{query}")).await?;
        }
        let reason = encoded(full()["reason"].as_str().expect("a text"));
        let plain = encoded(minimal()["reason"].as_str().expect("a text"));
        let mut queries = vec![
            format!("reason={reason}"),
            format!("reason={plain}"),
            format!("direction=outbound&reason={reason}"),
            format!("direction=inbound&reason={reason}"),
            format!("direction=inbound&reason={plain}"),
            format!("id={},{}", encoded(&ids[0]), encoded(&ids[1])),
            format!("id={}&reason={reason}", encoded(&ids[0])),
            format!("id={}", encoded(&half(&ids[0]).1)),
        ];
        let collection = format!("{}{COLLECTION}", self.target.base_url());
        for id in ids {
            queries.push(format!("id={}", encoded(id)));
            queries.push(format!(
                "href={}",
                encoded(&format!("{collection}/{}", encoded(id)))
            ));
        }
        for query in &queries {
            self.get(&format!("{COLLECTION}?{query}")).await?;
        }
        Ok(())
    }

    /// Retrieves each record in every way.
    async fn retrieve(&mut self, ids: &[String]) -> Result<(), Unexpected> {
        for id in ids {
            for query in SELECTIONS {
                self.get(&format!("{COLLECTION}/{}{query}", encoded(id)))
                    .await?;
            }
        }
        let beginning = encoded(&half(&ids[0]).0);
        let more = format!("{}0", encoded(&ids[0]));
        for id in [
            "9537d3a7-af52-44a7-b675-26e2fa32df85",
            "does-not-exist",
            &beginning,
            &more,
            &encoded("not there"),
            &encoded("it's"),
            &encoded("größer"),
        ] {
            self.get(&format!("{COLLECTION}/{id}")).await?;
        }
        Ok(())
    }

    /// Changes the record with everything in every way.
    async fn patch(&mut self, ids: &[String]) -> Result<(), Unexpected> {
        let member = format!("{COLLECTION}/{}", encoded(&ids[3]));
        for body in PATCHES {
            self.say("PATCH", &member, &[MERGE], body).await?;
        }
        self.get(&member).await?;
        let texts = r#"{"description": "größer", "reason": "another"}"#;
        self.say("PATCH", &member, &[MERGE], texts).await?;
        self.get(&format!("{COLLECTION}?reason=another")).await?;
        self.say("PATCH", &member, &[JSON], r#"{"description": "newer"}"#)
            .await?;
        let json_patch = ("Content-Type", "application/json-patch+json");
        self.say("PATCH", &member, &[json_patch], "[]").await?;
        let unknown = format!("{COLLECTION}/unknown");
        self.say("PATCH", &unknown, &[MERGE], r#"{"description": "new"}"#)
            .await?;
        self.get(&unknown).await?;
        Ok(())
    }

    /// Registers and unregisters listeners that are not there.
    async fn hub(&mut self) -> Result<(), Unexpected> {
        let mut hubs = Vec::new();
        for body in [
            json!({"callback": "http://127.0.0.1:1/a"}),
            json!({"callback": "http://127.0.0.1:1/b", "query": "eventType=x"}),
            json!({}),
            json!({"callback": "not a url"}),
        ] {
            let answer = self.say("POST", "hub", &[JSON], &body.to_string()).await?;
            hubs.push(id_of(&answer));
        }
        for id in [&hubs[0], &hubs[0], &hubs[1]] {
            self.say("DELETE", &format!("hub/{id}"), &[], "").await?;
        }
        Ok(())
    }

    /// Asks for what the API does not define.
    async fn stray(&mut self, ids: &[String]) -> Result<(), Unexpected> {
        for path in ["partyInteraction/", "nope", "/"] {
            self.get(path).await?;
        }
        let body = minimal().to_string();
        let member = format!("{COLLECTION}/{}", encoded(&ids[0]));
        let xml = ("Accept", "application/xml");
        let text = ("Content-Type", "text/plain");
        self.say("GET", COLLECTION, &[JSON], "").await?;
        self.say("GET", COLLECTION, &[xml], "").await?;
        self.say("GET", COLLECTION, &[("Accept", "*/*")], "")
            .await?;
        self.say("GET", COLLECTION, &[("Range", "items=0-0")], "")
            .await?;
        self.say("PATCH", COLLECTION, &[JSON], "[]").await?;
        self.say("POST", COLLECTION, &[text], &body).await?;
        self.say("PUT", &member, &[JSON], &body).await?;
        self.say("GET", &member, &[JSON], "").await?;
        self.say("PUT", COLLECTION, &[JSON], &body).await?;
        self.say("POST", &member, &[JSON], &body).await?;
        self.say("PATCH", COLLECTION, &[JSON], &body).await?;
        self.say("DELETE", COLLECTION, &[], "").await?;
        let tunnel = ("X-HTTP-Method-Override", "DELETE");
        self.say("GET", &member, &[tunnel], "").await?;
        let stale = ("If-Match", "\"0\"");
        self.say("PATCH", &member, &[MERGE, stale], "{}").await?;
        self.get(COLLECTION).await?;
        let member = format!("{COLLECTION}/{}", encoded(&ids[1]));
        self.say("DELETE", &member, &[], "").await?;
        self.say("DELETE", &member, &[], "").await?;
        self.get(&member).await?;
        self.get(COLLECTION).await?;
        Ok(())
    }
}

const JSON: (&str, &str) = ("Content-Type", "application/json");
const MERGE: (&str, &str) = ("Content-Type", "application/merge-patch+json");

/// Patches, one after the other, good ones and bad ones.
const PATCHES: &[&str] = &[
    r#"{"description": "new"}"#,
    r#"{"description": "new"}"#,
    r#"{"status": "completed"}"#,
    r#"{"note": [{"text": "only"}]}"#,
    r#"{"note": [{"text": "one of two"}, {"text": "two of two"}]}"#,
    r#"{"interactionDate": {"endDateTime": null}}"#,
    r#"{"description": null}"#,
    r#"{"id": "other"}"#,
    r#"{"href": "http://other"}"#,
    r#"{"direction": "inbound"}"#,
    r#"{"direction": null}"#,
    r#"{"reason": null}"#,
    r#"{"reason": ""}"#,
    r#"{"channel": []}"#,
    r#"{"channel": null}"#,
    r#"{"@type": "Other"}"#,
    r#"{"@baseType": "Other"}"#,
    r#"{"@schemaLocation": "https://example.org/other.json"}"#,
    r#"{"relatedParty": [{"id": "1"}]}"#,
    r#"{"channel": [{"name": "no id"}]}"#,
    "{",
    "[]",
];

/// The queries of lists.
const QUERIES: &[&str] = &[
    "",
    "?fields=direction",
    "?fields=reason",
    "?fields=id",
    "?fields=href",
    "?fields=channel",
    "?fields=status",
    "?fields=interactionDate",
    "?fields=note",
    "?fields=interactionItem",
    "?fields=relatedParty",
    "?fields=@type",
    "?fields=direction,reason",
    "?fields=none",
    "?fields=nope",
    "?direction=inbound",
    "?direction=inbounds",
    "?direction=nowhere",
    "?status=open",
    "?description=small",
    "?creationDate=2020-05-01T08:00:00Z",
    "?statusChangeDate=2020-05-02T10:00:00Z",
    "?nope=1",
    "?limit=2",
    "?offset=1&limit=2",
    "?offset=2&limit=2",
    "?limit=abc",
    "?offset=x",
    "?limit=-1",
    "?offset=99",
    "?sort=reason",
    "?sort=-direction",
    "?direction=inbounds&fields=reason",
    "?channel.id=2",
    "?reason=%22%25",
    "?creationDate.gt=2020-06-01T00:00:00Z",
    "?creationDate.gte=2020-05-01T08:00:00Z",
    "?creationDate.lt=2020-06-01T00:00:00Z",
    "?creationDate.lte=2020-05-01T08:00:00Z",
    "?direction.eq=inbound",
    "?direction.regex=bounds",
    "?direction=inbound&direction=outbound",
    "?depth=1",
    "?filter=x",
    "?sort=nope",
    "?sort=direction,-reason",
    "?offset=-1",
    "?creationDate.gt=2020-05-01T08:00:00Z",
    "?creationDate.gte=2021-01-01T00:00:00Z",
    "?creationDate.lt=2020-05-01T08:00:00Z",
    "?sort=direction,reason",
    "?sort=reason&limit=2",
    "?limit=1",
    "?limit=9",
    "?reason=The+user+wanted+to+buy+TV+and+no+internet",
    "?limit=1&sort=reason",
    "?sort=%2Breason",
    "?direction=outbound;direction=inbound",
    "?creationDate=2020-05-01T10:00:00%2B02:00",
    "?direction=inbounds&limit=1",
    "?%40type=Other",
    "?reason=internet",
    "?reason=THE+USER+WANTED+TO+BUY+TV+AND+NO+INTERNET",
    "?reason=The+user+wanted+to+buy+TV+and+no+internet+yet",
    "?description=mall",
    "?description=SMALL",
    "?status=op",
    "?status=en",
    "?status=OPEN",
    "?status=open&description=small",
    "?status=opened&description=small&direction=outbound",
    "?status=nothing&fields=id",
    "?description=nothing&fields=id",
    "?direction=outbound&fields=id",
];

/// The queries of retrievals. The last is the first again, since a fault may remember.
const SELECTIONS: &[&str] = &[
    "",
    "?fields=direction",
    "?fields=reason",
    "?fields=direction,reason",
    "?fields=status",
    "?fields=note",
    "?fields=interactionItem",
    "?fields=channel",
    "?fields=id",
    "?fields=none",
    "?fields=nope",
    "?fields=channel.id",
    "",
];

/// The good bodies: one twice, one with everything, one as strict as the API description.
fn records() -> Vec<Value> {
    let mut small = minimal();
    small["direction"] = json!("inbound");
    small["reason"] = json!("The user wanted to buy TV and no internet");
    small["status"] = json!("opened");
    small["description"] = json!("small");
    small["x-extension"] = json!("kept");
    small["note"] = json!([{"text": "one"}]);
    small["id"] = json!("mine");
    small["href"] = json!("http://elsewhere/mine");
    let mut swagger = minimal();
    swagger["direction"] = json!("inbound");
    swagger["status"] = json!("open");
    swagger["channel"] = json!([{"id": "1", "href": "http://c/1"}]);
    swagger["interactionDate"] = json!({
        "startDateTime": "2020-05-01T10:00:00Z", "endDateTime": "2020-05-01T11:00:00Z",
    });
    swagger["relatedParty"] = json!([{"id": "p", "@referredType": "Customer"}]);
    let mut subtype = minimal();
    subtype["@type"] = json!("Visit");
    subtype["@baseType"] = json!("PartyInteraction");
    let mut renamed = json!({"Reason": "renamed"});
    renamed["channel"] = swagger["channel"].clone();
    renamed["direction"] = json!("inbound");
    vec![
        minimal(),
        minimal(),
        small,
        full(),
        swagger,
        renamed,
        subtype,
    ]
}

/// The id in an answer.
fn id_of(answer: &Answer) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    body["id"].as_str().unwrap_or("missing").to_owned()
}

/// Both halves of an id.
fn half(id: &str) -> (String, String) {
    let middle = id.chars().count() / 2;
    (
        id.chars().take(middle).collect(),
        id.chars().skip(middle).collect(),
    )
}

/// A path segment or a value of a query.
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// All but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The answer as text, with the port and the current time replaced.
fn plain(answer: &Answer, authority: &str) -> String {
    let body = match std::str::from_utf8(&answer.body) {
        Ok(text) => text.to_owned(),
        Err(_) => format!("{:?}", answer.body),
    };
    let (version, status, headers) = (&answer.version, answer.status, &answer.headers);
    let text = format!("{version} {status} {headers:?} {body}");
    timeless(&text, authority)
}

/// A text with the port and the current time replaced.
fn timeless(text: &str, authority: &str) -> String {
    let encoded = authority.replace(':', "%3A");
    let text = text.replace(authority, "HOST").replace(&encoded, "HOST");
    let mut plain = String::with_capacity(text.len());
    for piece in text.split_inclusive("Z\"") {
        // No record of the conversation is that young: it is an instant of the run.
        let start = piece.len().checked_sub("2026-01-01T00:00:00.000Z\"".len());
        let start = start.filter(|start| {
            let instant = piece.get(*start..piece.len() - 1).unwrap_or_default();
            instant > "2024"
                && instant.get(19..20) == Some(".")
                && instant.parse::<Timestamp>().is_ok()
        });
        match start {
            Some(start) => plain.extend([&piece[..start], "NOW\""]),
            None => plain.push_str(piece),
        }
    }
    plain
}
