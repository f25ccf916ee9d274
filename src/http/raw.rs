//! One HTTP/1.1 exchange by hand, for the few request targets that no URL type can carry.
//!
//! The official kit's runner sends characters up to U+00FF of a path as one byte each, and dot
//! segments as they stand. URL types encode the first and resolve the second, so such a request
//! is written to a connection of its own. Everything else goes through the ordinary client.

use std::io::{Error, ErrorKind, Result};

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

use super::body_collector::BodyCollector;
use crate::evidence::Body;

/// A response head, or a line of one, larger than this is refused.
const LARGEST_HEAD: usize = 1 << 19;

/// So many headers may a proxy send with its answer.
const MOST_PROXY_HEADERS: usize = 100;

/// How much of an answer is read, and until when it has to begin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caps {
    /// Bytes of the body.
    pub body: usize,
    /// Bytes of it that lie there as they came.
    pub most_plain: usize,
    /// Headers.
    pub headers: usize,
    /// When the head has to be there.
    pub first_byte: Instant,
}

/// A request, to the byte.
#[derive(Debug, Clone, Copy)]
pub(super) struct RawRequest<'a> {
    /// HTTP method.
    pub method: &'a str,
    /// Path and query as they are to be sent.
    pub target: &'a [u8],
    /// The Host header: the host, and the port unless it is the scheme's own.
    pub host: &'a str,
    /// All other headers, without those on the connection and the length of the body.
    pub headers: &'a [(String, String)],
    /// The body, if there is one.
    pub body: Option<&'a [u8]>,
}

/// What came back, its body as on the wire.
#[derive(Debug)]
pub(super) struct RawAnswer {
    /// The status code.
    pub status: u16,
    /// Name and value in the order of the wire; bytes that are no UTF-8 are replaced. What says how
    /// long the body is keeps blanks and tabs behind its value.
    pub headers: Vec<(String, String)>,
    /// The body, without what chunks add to it.
    pub body: Body,
    /// Whether the body is longer than the cap; it holds nothing beyond it then.
    pub truncated: bool,
}

/// Sends the request over a fresh connection and reads the answer as far as the caps allow. The
/// connection can't be used again. A body may take any time.
///
/// # Errors
///
/// Where the connection fails or ends before the answer does, where the answer is not HTTP/1, and
/// where the request would not be. Of the kind `TimedOut` where no head came in time, and
/// `FileTooLarge` where there is too much of it.
pub(super) async fn exchange(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    request: &RawRequest<'_>,
    caps: &Caps,
) -> Result<RawAnswer> {
    let written = written(request)?;
    timeout_at(caps.first_byte, async {
        stream.write_all(&written).await?;
        stream.flush().await
    })
    .await
    .map_err(|_| Error::from(ErrorKind::TimedOut))??;
    let mut reader = Reader {
        stream,
        buffer: BytesMut::new(),
    };
    loop {
        let head = timeout_at(caps.first_byte, reader.head(caps.headers))
            .await
            .map_err(|_| Error::from(ErrorKind::TimedOut))??;
        // 100 to 199 announce the answer.
        if head.status >= 200 {
            let (body, truncated) = reader.body(&head, caps).await?;
            return Ok(RawAnswer {
                status: head.status,
                headers: head.headers,
                body,
                truncated,
            });
        }
    }
}

/// Asks a proxy for a connection to `target`; gives the status of its answer. After a status of
/// success the stream is that connection.
///
/// # Errors
///
/// As for [`exchange`].
pub(super) async fn connect(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    target: &str,
    headers: &[(String, String)],
) -> Result<u16> {
    let request = RawRequest {
        method: "CONNECT",
        target: target.as_bytes(),
        host: target,
        headers,
        body: None,
    };
    stream.write_all(&written(&request)?).await?;
    stream.flush().await?;
    let mut reader = Reader {
        stream,
        buffer: BytesMut::new(),
    };
    // Who waits for the first word of the other side has sent nothing after the head.
    Ok(reader.head(MOST_PROXY_HEADERS).await?.status)
}

fn written(request: &RawRequest<'_>) -> Result<Vec<u8>> {
    let invalid = |what: &str| {
        Error::new(
            ErrorKind::InvalidInput,
            format!("{what} is not valid in HTTP"),
        )
    };
    if request.target.is_empty() || request.target.iter().any(|byte| *byte <= b' ') {
        return Err(invalid("the request target"));
    }
    let mut message = Vec::with_capacity(1024);
    message.extend_from_slice(request.method.as_bytes());
    message.push(b' ');
    message.extend_from_slice(request.target);
    message.extend_from_slice(b" HTTP/1.1\r\n");
    let length = request.body.map(|body| body.len().to_string());
    let mut own = vec![("Host", request.host)];
    let says = |(name, _): &(String, String)| name.eq_ignore_ascii_case("connection");
    if !request.headers.iter().any(says) {
        own.push(("Connection", "close"));
    }
    let given = request
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let length = length
        .iter()
        .map(|length| ("Content-Length", length.as_str()));
    for (name, value) in own.into_iter().chain(given).chain(length) {
        if [name, value]
            .iter()
            .any(|text| text.contains(['\r', '\n', '\0']))
        {
            return Err(invalid("a header"));
        }
        message.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    message.extend_from_slice(b"\r\n");
    message.extend_from_slice(request.body.unwrap_or_default());
    Ok(message)
}

struct Head {
    status: u16,
    headers: Vec<(String, String)>,
}

impl Head {
    fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim())
    }
}

struct Reader<'s, S> {
    stream: &'s mut S,
    buffer: BytesMut,
}

impl<S: AsyncRead + Unpin> Reader<'_, S> {
    /// Reads more into the buffer; `false` at the end of the connection.
    async fn fill(&mut self) -> Result<bool> {
        Ok(self.stream.read_buf(&mut self.buffer).await? > 0)
    }

    async fn need_more(&mut self) -> Result<()> {
        if self.fill().await? {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::UnexpectedEof,
            "the connection was closed before the answer was whole",
        ))
    }

    async fn head(&mut self, most: usize) -> Result<Head> {
        loop {
            if let Some((head, length)) = parsed(&self.buffer, most)? {
                self.buffer.advance(length);
                return Ok(head);
            }
            if self.buffer.len() > LARGEST_HEAD {
                return Err(too_large());
            }
            self.need_more().await?;
        }
    }

    async fn body(&mut self, head: &Head, caps: &Caps) -> Result<(Body, bool)> {
        let length = head.header("content-length").map(str::parse);
        let expected = length.as_ref().and_then(|length| length.as_ref().ok());
        let expected = expected.copied().unwrap_or_default();
        let mut body = BodyCollector::new(caps.body, caps.most_plain, expected);
        let chunked = head
            .header("transfer-encoding")
            .is_some_and(|encoding| encoding.to_ascii_lowercase().ends_with("chunked"));
        let truncated = if matches!(head.status, 204 | 304) {
            false
        } else if chunked {
            self.chunks(&mut body).await?
        } else if let Some(length) = length {
            let length = length.map_err(|_| malformed("its length is no number"))?;
            self.take(length, &mut body).await?
        } else {
            self.all(&mut body).await?
        };
        Ok((body.finish(), truncated))
    }

    /// Moves all that comes into the body, until the connection is closed; `true` where the cap ends
    /// it.
    async fn all(&mut self, body: &mut BodyCollector) -> Result<bool> {
        loop {
            let taken = body.take(&self.buffer);
            self.buffer.clear();
            if taken.is_err() || !self.fill().await? {
                return Ok(taken.is_err());
            }
        }
    }

    /// Moves so many bytes into the body; `true` where the cap ends it.
    async fn take(&mut self, length: u64, body: &mut BodyCollector) -> Result<bool> {
        let mut left = length;
        while left > 0 {
            if self.buffer.is_empty() {
                self.need_more().await?;
            }
            let most = usize::try_from(left).unwrap_or(usize::MAX);
            let part = self.buffer.split_to(most.min(self.buffer.len()));
            if body.take(&part).is_err() {
                return Ok(true);
            }
            left -= part.len() as u64;
        }
        Ok(false)
    }

    async fn chunks(&mut self, body: &mut BodyCollector) -> Result<bool> {
        loop {
            let line = self.line().await?;
            let digits = line.split(';').next().unwrap_or_default().trim();
            let size =
                u64::from_str_radix(digits, 16).map_err(|_| malformed("a chunk has no size"))?;
            if size == 0 {
                return Ok(false);
            }
            if self.take(size, body).await? {
                return Ok(true);
            }
            if !self.line().await?.is_empty() {
                return Err(malformed("a chunk is longer than its size"));
            }
        }
    }

    async fn line(&mut self) -> Result<String> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line = self.buffer.split_to(end + 1);
                return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            if self.buffer.len() > LARGEST_HEAD {
                return Err(malformed("a line of it is too long"));
            }
            self.need_more().await?;
        }
    }
}

fn parsed(buffer: &[u8], most: usize) -> Result<Option<(Head, usize)>> {
    let mut headers = vec![httparse::EMPTY_HEADER; most];
    let mut response = httparse::Response::new(&mut headers);
    let length = match response.parse(buffer) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(too_large()),
        Err(error) => return Err(malformed(&error.to_string())),
    };
    let value_of = |header: &httparse::Header<'_>| {
        let mut text = String::from_utf8_lossy(header.value).into_owned();
        let says_length = ["content-length", "transfer-encoding"];
        if says_length
            .iter()
            .any(|name| header.name.eq_ignore_ascii_case(name))
        {
            text.push_str(blanks_behind(header.value, buffer));
        }
        (header.name.to_owned(), text)
    };
    let head = Head {
        status: response.code.unwrap_or_default(),
        headers: response.headers.iter().map(value_of).collect(),
    };
    Ok(Some((head, length)))
}

/// The blanks and tabs behind a header's value, a part of the buffer, which the parser leaves out.
fn blanks_behind<'b>(value: &[u8], buffer: &'b [u8]) -> &'b str {
    let start = value.as_ptr().addr() - buffer.as_ptr().addr() + value.len();
    let behind = buffer.get(start..).unwrap_or_default();
    let other = behind.iter().position(|byte| !matches!(byte, b' ' | b'\t'));
    let blanks = &behind[..other.unwrap_or_default()];
    str::from_utf8(blanks).unwrap_or_default()
}

/// The head goes beyond the caps.
fn too_large() -> Error {
    ErrorKind::FileTooLarge.into()
}

fn malformed(what: &str) -> Error {
    Error::new(
        ErrorKind::InvalidData,
        format!("the answer is not HTTP: {what}"),
    )
}

#[cfg(test)]
mod tests {
    use tokio::io::duplex;

    use super::*;

    fn caps(body: usize) -> Caps {
        Caps {
            body,
            most_plain: 3,
            headers: 3,
            first_byte: Instant::now() + std::time::Duration::from_secs(20),
        }
    }

    /// Sends one request to a server that answers with these bytes and closes.
    async fn answered(answer: &[u8], cap: usize) -> (Result<RawAnswer>, Vec<u8>) {
        let (mut client, mut server) = duplex(1 << 20);
        server.write_all(answer).await.expect("room");
        server.shutdown().await.expect("open");
        let request = RawRequest {
            method: "POST",
            target: b"/a/../\xfc%",
            host: "h:8080",
            headers: &[("Accept".to_owned(), "application/json".to_owned())],
            body: Some(b"{}"),
        };
        let answer = exchange(&mut client, &request, &caps(cap)).await;
        drop(client);
        let mut sent = Vec::new();
        server.read_to_end(&mut sent).await.expect("readable");
        (answer, sent)
    }

    async fn body_of(answer: &[u8], cap: usize) -> (Vec<u8>, bool) {
        let answer = answered(answer, cap).await.0.expect("an answer");
        (
            answer.body.whole().expect("small").to_vec(),
            answer.truncated,
        )
    }

    #[tokio::test]
    async fn the_target_goes_out_to_the_byte() {
        let (answer, sent) = answered(
            b"HTTP/1.1 201 Created\r\nX-A: \xe4b\r\nX-A: 2\r\nContent-Length: 2\r\n\r\n[]",
            9,
        )
        .await;
        assert_eq!(
            sent,
            b"POST /a/../\xfc% HTTP/1.1\r\nHost: h:8080\r\nConnection: close\r\nAccept: application/json\r\nContent-Length: 2\r\n\r\n{}"
        );
        let answer = answer.expect("an answer");
        assert_eq!(
            (answer.status, &answer.body.whole().expect("small")[..]),
            (201, &b"[]"[..])
        );
        let values: Vec<&str> = answer
            .headers
            .iter()
            .map(|(_, value)| value.as_str())
            .collect();
        assert_eq!(values, ["\u{fffd}b", "2", "2"]);
    }

    #[tokio::test]
    async fn bodies_end_by_length_chunks_or_the_connection() {
        let chunked = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
        assert_eq!(body_of(chunked, 5).await, (b"abcde".to_vec(), false));
        assert_eq!(body_of(chunked, 4).await, (b"abcd".to_vec(), true));
        let sized = b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc";
        assert_eq!(body_of(sized, 3).await, (b"abc".to_vec(), false));
        assert_eq!(body_of(sized, 2).await, (b"ab".to_vec(), true));
        let closed = b"HTTP/1.0 200 OK\r\n\r\nabc";
        assert_eq!(body_of(closed, 3).await, (b"abc".to_vec(), false));
        assert_eq!(body_of(closed, 2).await, (b"ab".to_vec(), true));
        let none = b"HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n";
        assert_eq!(body_of(none, 3).await, (Vec::new(), false));
    }

    #[tokio::test]
    async fn blanks_behind_the_length_are_seen() {
        let answer = b"HTTP/1.1 200 OK\r\nX-A: a \t\r\ncontent-length: 2 \t\r\n\r\n[]";
        let answer = answered(answer, 9).await.0.expect("an answer");
        let values = answer.headers.iter().map(|(_, value)| value.as_str());
        assert_eq!(values.collect::<Vec<_>>(), ["a", "2 \t"]);
        assert_eq!(answer.body.len(), 2);
    }

    #[tokio::test]
    async fn what_is_cut_short_or_not_http_is_an_error() {
        for answer in [
            &b""[..],
            b"<html>",
            b"HTTP/1.1 200 OK\r\nContent-Len",
            b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc",
            b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nabc",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        ] {
            assert!(
                answered(answer, 100).await.0.is_err(),
                "{}",
                answer.escape_ascii()
            );
        }
    }

    #[tokio::test]
    async fn nothing_can_be_smuggled_into_the_request() {
        let (mut client, _server) = duplex(64);
        let headers = [("A".to_owned(), "b\r\nC: d".to_owned())];
        let mut request = RawRequest {
            method: "GET",
            target: b"/",
            host: "h",
            headers: &headers,
            body: None,
        };
        assert!(exchange(&mut client, &request, &caps(9)).await.is_err());
        request.headers = &[];
        request.target = b"/a HTTP/1.1\r\n";
        assert!(exchange(&mut client, &request, &caps(9)).await.is_err());
    }
}
