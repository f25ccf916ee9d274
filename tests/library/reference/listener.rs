//! A listener for events.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// An event as it arrived.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// The method and the path.
    pub line: String,
    /// The media type.
    pub media_type: String,
    /// The body, null where it is not JSON.
    pub body: Value,
}

/// Receives what is sent to it.
pub struct Listener {
    /// The URL to be registered.
    pub callback: String,
    deliveries: mpsc::UnboundedReceiver<Delivery>,
    task: JoinHandle<()>,
}

impl Listener {
    /// Listens at a free port.
    pub async fn start() -> Self {
        Self::answering("201 Created").await
    }

    /// Listens at a free port and answers that.
    pub async fn answering(status: &'static str) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = socket.local_addr().expect("an address");
        let (sender, deliveries) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = socket.accept().await {
                let mut bytes = Vec::new();
                let delivery = loop {
                    let mut chunk = [0; 4096];
                    let count = stream.read(&mut chunk).await.unwrap_or(0);
                    bytes.extend_from_slice(&chunk[..count]);
                    match read(&bytes) {
                        Some(delivery) => break Some(delivery),
                        None if count == 0 => break None,
                        None => {}
                    }
                };
                let answer =
                    format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                let _ = stream.write_all(answer.as_bytes()).await;
                if let Some(delivery) = delivery {
                    let _ = sender.send(delivery);
                }
            }
        });
        Self {
            callback: format!("http://{address}/cb"),
            deliveries,
            task,
        }
    }

    /// The next delivery.
    pub async fn next(&mut self) -> Delivery {
        self.deliveries.recv().await.expect("it listens")
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The request, once it is complete.
fn read(bytes: &[u8]) -> Option<Delivery> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let header = |wanted: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        lines
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value.to_owned())
    };
    let length: usize = header("content-length")?.parse().ok()?;
    let body = &bytes[end + 4..];
    (body.len() >= length).then(|| Delivery {
        line: head.lines().next().unwrap_or_default().to_owned(),
        media_type: header("content-type").unwrap_or_default(),
        body: serde_json::from_slice(body).unwrap_or_default(),
    })
}
