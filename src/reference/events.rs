//! Events, and their delivery to the registered listeners.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::Instant;
use url::Url;

use super::call::RESOURCE;

/// How long a listener may take for one event.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(5);

/// Something that happened to a party interaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Happening {
    /// It was created.
    Created,
    /// Attributes of it were changed.
    Changed,
    /// Its status was changed.
    StatusChanged,
    /// It was deleted.
    Deleted,
}

impl Happening {
    /// The name of the event, as its type is written.
    pub(super) fn event_type(self) -> &'static str {
        match self {
            Self::Created => "PartyInteractionCreateEvent",
            Self::Changed => "PartyInteractionAttributeValueChangeEvent",
            Self::StatusChanged => "PartyInteractionStatusChangeEvent",
            Self::Deleted => "PartyInteractionDeleteEvent",
        }
    }

    /// The path below a callback where the event goes.
    fn path(self) -> String {
        let name = self.event_type();
        format!("listener/{}{}", name[..1].to_ascii_lowercase(), &name[1..])
    }
}

/// One event on its way to one listener.
#[derive(Debug, Clone)]
pub(super) struct Notice {
    /// What happened.
    pub(super) happening: Happening,
    /// POST, unless a fault changes it.
    pub(super) method: &'static str,
    /// The URL that the listener registered.
    pub(super) callback: String,
    /// Where it goes.
    pub(super) url: String,
    /// The media type of the body.
    pub(super) media_type: &'static str,
    /// The body.
    pub(super) body: Value,
    /// The body of the request that it reports, null where there is none.
    pub(super) sent: Value,
    /// How many listeners get it before this one.
    pub(super) place: usize,
    /// How often it is sent.
    pub(super) copies: usize,
    /// Whether each copy is an event of its own, with an id of its own.
    pub(super) apart: bool,
}

impl Notice {
    /// The event of a happening, for the listener at a callback.
    pub(super) fn new(happening: Happening, callback: &str, event: &Map<String, Value>) -> Self {
        Self {
            happening,
            method: "POST",
            callback: callback.to_owned(),
            url: below(callback, &happening.path()),
            media_type: "application/json",
            body: Value::Object(event.clone()),
            sent: Value::Null,
            place: 0,
            copies: 1,
            apart: false,
        }
    }

    /// Makes another event of it.
    fn renumber(&mut self, copy: usize) {
        if let Some(id) = self.body.get_mut("eventId") {
            *id = format!("{}-{copy}", id.as_str().unwrap_or_default()).into();
        }
    }
}

/// The URL of a path below a callback, which keeps its query.
fn below(callback: &str, path: &str) -> String {
    let (place, query) = callback.split_at(callback.find('?').unwrap_or(callback.len()));
    format!("{}/{path}{query}", place.trim_end_matches('/'))
}

/// The body of an event. Of a change, `fields` are the names of the changed attributes.
pub(super) fn event(
    happening: Happening,
    id: &str,
    record: Map<String, Value>,
    fields: &[&str],
    now: &str,
) -> Map<String, Value> {
    let mut event = Map::new();
    let mut set = |name: &str, value: Value| event.insert(name.to_owned(), value);
    set("eventId", id.into());
    set("eventTime", now.into());
    set("eventType", happening.event_type().into());
    set("correlationId", id.into());
    set("domain", "partyInteraction".into());
    set("title", happening.event_type().into());
    set("description", "a party interaction has news".into());
    set("priority", "1".into());
    set("timeOcurred", now.into());
    if happening == Happening::Changed {
        set("fieldPath", fields.join(",").into());
    }
    set("event", json!({RESOURCE: record}));
    event
}

/// A queue of events to one listener, in their order. Dropped, it still delivers what is in it.
#[derive(Debug, Clone)]
pub(super) struct Outbox {
    sender: mpsc::UnboundedSender<(Instant, Notice)>,
    refused: Arc<AtomicBool>,
}

impl Outbox {
    /// Opens a queue that holds each event back for a while.
    pub(super) fn open(delay: Duration) -> Self {
        let (sender, mut receiver) = mpsc::unbounded_channel::<(Instant, Notice)>();
        let refused = Arc::new(AtomicBool::new(false));
        let refusal = Arc::clone(&refused);
        tokio::spawn(async move {
            while let Some((put, mut notice)) = receiver.recv().await {
                if !delay.is_zero() {
                    tokio::time::sleep_until(put + delay).await;
                }
                for copy in 0..notice.copies {
                    if copy > 0 && notice.apart {
                        notice.renumber(copy);
                    }
                    // A listener that does not answer misses the event; it is not sent again.
                    let sent = tokio::time::timeout(DELIVERY_TIMEOUT, deliver(&notice)).await;
                    if matches!(sent, Ok(Ok(500..))) {
                        refusal.store(true, Ordering::Relaxed);
                    }
                }
            }
        });
        Self { sender, refused }
    }

    /// Queues an event.
    pub(super) fn put(&self, notice: Notice) {
        let _ = self.sender.send((Instant::now(), notice));
    }

    /// Whether the listener has ever answered an event with an error of its own.
    pub(super) fn was_refused(&self) -> bool {
        self.refused.load(Ordering::Relaxed)
    }
}

/// Sends an event and waits for the answer: its status, 0 where there is none.
async fn deliver(notice: &Notice) -> std::io::Result<u16> {
    let Some((authority, target)) = destination(&notice.url) else {
        return Ok(0);
    };
    let mut stream = TcpStream::connect(&authority).await?;
    stream.set_nodelay(true)?;
    let body = match &notice.body {
        Value::String(text) => text.clone(),
        body => body.to_string(),
    };
    let (method, media_type) = (notice.method, notice.media_type);
    let length = body.len();
    let request = format!(
        "{method} {target} HTTP/1.1\r\nHost: {authority}\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await?;
    // The status stands at the start of the answer.
    let mut start = [0; 512];
    let count = stream.read(&mut start).await?;
    let line = String::from_utf8_lossy(&start[..count]);
    let status = line.split(' ').nth(1).and_then(|text| text.parse().ok());
    Ok(status.unwrap_or_default())
}

/// The authority and the target of a request; only plain HTTP is spoken.
fn destination(url: &str) -> Option<(String, String)> {
    let url = Url::parse(url).ok().filter(|url| url.scheme() == "http")?;
    let host = url.host_str()?;
    let port = url.port_or_known_default()?;
    let query = url
        .query()
        .map(|query| format!("?{query}"))
        .unwrap_or_default();
    Some((format!("{host}:{port}"), format!("{}{query}", url.path())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_go_below_the_callback() {
        let event = event(Happening::Created, "e", Map::new(), &[], "now");
        let notice = Notice::new(Happening::Created, "http://h:1/cb/", &event);
        assert_eq!(
            notice.url,
            "http://h:1/cb/listener/partyInteractionCreateEvent"
        );
        assert_eq!(below("http://h/cb?a=1", "b"), "http://h/cb/b?a=1");
        let split = destination(&notice.url).unwrap();
        assert_eq!(split.0, "h:1");
        assert_eq!(split.1, "/cb/listener/partyInteractionCreateEvent");
        assert_eq!(destination("https://h/"), None);
    }
}
