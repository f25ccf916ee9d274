//! An HTTP server that does as instructed, counts what reaches it, and can be waited for.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Nothing that a test waits for takes that long, unless it never comes.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    /// Path and query, as on the request line.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The target without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }
}

/// A port of loopback at which nothing listens: it was free a moment ago.
pub fn unused_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    free.local_addr().expect("bound").port()
}

/// What becomes of a request.
#[derive(Debug, Clone)]
pub enum Answer {
    /// It is answered.
    Reply {
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// These bytes come back, whatever they are, and the connection is closed.
    Raw(Vec<u8>),
    /// These bytes come back, and then nothing more; the connection stays open as long as the
    /// client wants.
    Stall(Vec<u8>),
    /// A head comes back, and then the same bytes over and over, as long as the client reads.
    Stream { head: Vec<u8>, again: Vec<u8> },
    /// The connection is closed without a word.
    Close,
    /// No answer ever comes; the connection stays open as long as the client wants.
    Hang,
}

impl Answer {
    pub fn new(status: u16, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::Reply {
            status,
            headers: vec![("Content-Type".to_owned(), media_type.to_owned())],
            body: body.into(),
        }
    }

    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    pub fn html(status: u16) -> Self {
        let page = "<!DOCTYPE html><title>index</title><h1>It works!</h1>";
        Self::new(status, "text/html", page)
    }

    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        if let Self::Reply { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

/// A server on a free port of loopback, for as long as the test's process lives.
pub struct Server {
    port: u16,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<Request>>>,
    arrivals: Receiver<()>,
}

impl Server {
    /// Starts one; the handler decides on each request, by its number from 0.
    pub fn start(handler: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let connections = Arc::new(AtomicUsize::new(0));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (arrived, arrivals) = mpsc::channel();
        let handler = Arc::new(handler);
        let (counted, kept) = (Arc::clone(&connections), Arc::clone(&requests));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                counted.fetch_add(1, Ordering::SeqCst);
                let (handler, requests) = (Arc::clone(&handler), Arc::clone(&kept));
                let arrived = arrived.clone();
                thread::spawn(move || {
                    // A client that goes away ends its connection, and nothing else.
                    let _ = converse(stream, &*handler, &requests, &arrived);
                });
            }
        });
        Self {
            port,
            connections,
            requests,
            arrivals,
        }
    }

    /// One that must not be asked anything: whoever does gets no answer, and is counted.
    pub fn untouched() -> Self {
        Self::start(|_, _| Answer::Close)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// How many connections were opened so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// The requests that arrived so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests
            .lock()
            .expect("no test panics with it")
            .clone()
    }

    /// Waits until one more request has arrived.
    pub fn wait_for_request(&self) {
        match self.arrivals.recv_timeout(PATIENCE) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => panic!("no request arrived"),
            Err(RecvTimeoutError::Disconnected) => panic!("the server is gone"),
        }
    }
}

fn converse(
    stream: TcpStream,
    handler: &(impl Fn(&Request, usize) -> Answer + ?Sized),
    requests: &Mutex<Vec<Request>>,
    arrived: &mpsc::Sender<()>,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader)? {
        let number = {
            let mut requests = requests.lock().expect("no test panics with it");
            requests.push(request.clone());
            requests.len() - 1
        };
        let answer = handler(&request, number);
        let _ = arrived.send(());
        match answer {
            Answer::Reply {
                status,
                headers,
                body,
            } => {
                let mut message =
                    format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n", body.len());
                for (name, value) in &headers {
                    message += &format!("{name}: {value}\r\n");
                }
                let mut message = (message + "\r\n").into_bytes();
                message.extend(body);
                writer.write_all(&message)?;
            }
            Answer::Raw(bytes) => return writer.write_all(&bytes),
            Answer::Close => return Ok(()),
            Answer::Stream { head, again } => {
                writer.write_all(&head)?;
                loop {
                    writer.write_all(&again)?;
                }
            }
            Answer::Stall(bytes) => {
                writer.write_all(&bytes)?;
                return until_the_client_leaves(&mut reader);
            }
            Answer::Hang => return until_the_client_leaves(&mut reader),
        }
    }
    Ok(())
}

fn until_the_client_leaves(reader: &mut impl io::Read) -> io::Result<()> {
    io::copy(reader, &mut io::sink()).map(drop)
}

/// The next request of a connection; `None` at its end. Heads are read as Latin-1: they are bytes.
fn read(reader: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut lines = Vec::new();
    loop {
        let mut line = Vec::new();
        reader.read_until(b'\n', &mut line)?;
        if !line.ends_with(b"\r\n") {
            return Ok(None);
        }
        if line == b"\r\n" {
            break;
        }
        let text: String = line.iter().map(|byte| char::from(*byte)).collect();
        lines.push(text.trim_end().to_owned());
    }
    let headers: Vec<(String, String)> = lines
        .iter()
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    let length = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mut words = lines.first().map_or("", String::as_str).splitn(3, ' ');
    Ok(Some(Request {
        method: words.next().unwrap_or_default().to_owned(),
        target: words.next().unwrap_or_default().to_owned(),
        headers,
        body,
    }))
}

/// A target that hands on to the server at `base` what it does not answer itself.
pub fn between(
    base: &str,
    answer: impl Fn(&Request) -> Option<Answer> + Send + Sync + 'static,
) -> Server {
    let authority = url::Url::parse(base).expect("a URL").authority().to_owned();
    let authority: Arc<str> = authority.into();
    Server::start(move |request, _| {
        answer(request).unwrap_or_else(|| Answer::Raw(relayed(&authority, request)))
    })
}

/// What the server at an authority answers to the request.
pub fn relayed(authority: &str, request: &Request) -> Vec<u8> {
    use std::io::{Read as _, Write as _};
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.target);
    for (name, value) in &request.headers {
        if !name.eq_ignore_ascii_case("connection") {
            head += &format!("{name}: {value}\r\n");
        }
    }
    head += "Connection: close\r\n\r\n";
    let mut message: Vec<u8> = head
        .chars()
        .map(|char| u8::try_from(char).expect("read as Latin-1"))
        .collect();
    message.extend(&request.body);
    let mut stream = std::net::TcpStream::connect(authority).expect("it listens");
    stream.write_all(&message).expect("it reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers");
    answer
}
