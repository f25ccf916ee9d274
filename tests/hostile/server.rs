//! A target that means harm, over plain TCP: it shares nothing with the reference implementation,
//! nor with the servers of the other tests.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

/// The path of the API.
pub const BASE: &str = "/tmf-api/partyInteraction/v4/";

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Asked {
    pub number: usize,
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Asked {
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// Whether it asks for the list, with or without a query.
    pub fn is_list(&self) -> bool {
        self.method == "GET" && self.path().ends_with("/partyInteraction")
    }
}

/// A target for as long as the test's process lives. One connection is one request; an error
/// ends it.
pub struct Hostile {
    port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Hostile {
    /// One that reads each request and then acts.
    pub fn start(
        act: impl Fn(&Asked, &mut TcpStream) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&asked);
        let port = listen(move |mut stream| {
            let Some(mut one) = read(&stream)? else {
                return Ok(());
            };
            {
                let mut kept = kept.lock().expect("no test panics with it");
                one.number = kept.len();
                kept.push(one.clone());
            }
            act(&one, &mut stream)?;
            stream.shutdown(Shutdown::Write)?;
            drain(&mut stream)
        });
        Self { port, asked }
    }

    /// One that acts before it has read anything.
    pub fn before_reading(
        act: impl Fn(&mut TcpStream) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self {
            port: listen(move |mut stream| act(&mut stream)),
            asked: Arc::default(),
        }
    }

    /// One that keeps records as a decent target does, but for what `change` makes of an answer.
    pub fn keeping(change: impl Fn(&Asked, &mut Reply) + Send + Sync + 'static) -> Self {
        let records = Mutex::new(Vec::new());
        Self::start(move |asked, stream| {
            let mut reply = decent(&records, asked);
            change(asked, &mut reply);
            stream.write_all(&reply.bytes())
        })
    }

    /// One that keeps records and leaves its connections open, but ends each when it is used a
    /// second time.
    pub fn for_one_request() -> Self {
        let records = Mutex::new(Vec::new());
        Self::start(move |asked, stream| {
            let bytes = decent(&records, asked).bytes();
            let head = b"Connection: close\r\n";
            let place = bytes.windows(head.len()).position(|some| some == head);
            let place = place.expect("it says so");
            stream.write_all(&bytes[..place])?;
            stream.write_all(&bytes[place + head.len()..])?;
            stream.peek(&mut [0; 1]).map(drop)
        })
    }

    /// The same, but whoever asks for a list gets these bytes.
    pub fn listing(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        let records = Mutex::new(Vec::new());
        Self::start(move |asked, stream| {
            if asked.is_list() {
                return stream.write_all(&bytes);
            }
            stream.write_all(&decent(&records, asked).bytes())
        })
    }

    /// One that keeps records, and has that number of megabytes of older ones before them in its
    /// whole list.
    pub fn with_older(megabytes: usize) -> Self {
        let records = Mutex::new(Vec::new());
        let older = json!({
            "id": "older", "href": "/older", "direction": "inbound",
            "reason": "a question ".repeat(80), "channel": [{"id": "1"}],
        });
        let older = format!("{older},").repeat(1000);
        Self::start(move |asked, stream| {
            let reply = decent(&records, asked);
            if !asked.is_list() || asked.target.contains('?') {
                return stream.write_all(&reply.bytes());
            }
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
            write!(stream, "{head}Connection: close\r\n\r\n[")?;
            for _ in 0..(megabytes << 20).div_ceil(older.len()) {
                stream.write_all(older.as_bytes())?;
            }
            // The rest of it behind its bracket.
            stream.write_all(&reply.body[1..])
        })
    }

    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn url(&self) -> String {
        format!("{}{BASE}", self.origin())
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no test panics with it").clone()
    }
}

/// An answer before it is written.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
            body: body.to_string().into_bytes(),
        }
    }

    pub fn header(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} X\r\nConnection: close\r\n", self.status);
        let length = self.body.len().to_string();
        let length = [("Content-Length".to_owned(), length)];
        for (name, value) in self.headers.iter().chain(&length) {
            head += &format!("{name}: {value}\r\n");
        }
        let mut bytes = (head + "\r\n").into_bytes();
        bytes.extend(&self.body);
        bytes
    }
}

fn decent(records: &Mutex<Vec<Value>>, asked: &Asked) -> Reply {
    let mut records = records.lock().expect("no test panics with it");
    let id = asked.path().rsplit('/').next().unwrap_or_default();
    let place = records.iter().position(|record| record["id"] == id);
    match (asked.method.as_str(), place) {
        ("POST", _) if asked.path().ends_with("/partyInteraction") => {
            let body = serde_json::from_slice(&asked.body);
            let Ok(mut record @ Value::Object(_)) = body else {
                return Reply::json(400, &json!({"code": "20", "reason": "no object"}));
            };
            let id = format!("r{}", asked.number);
            record["href"] = json!(format!("{BASE}partyInteraction/{id}"));
            record["id"] = json!(id);
            records.push(record.clone());
            Reply::json(201, &record)
        }
        ("GET", _) if asked.is_list() => Reply::json(200, &records.iter().cloned().collect()),
        ("GET", Some(place)) => Reply::json(200, &records[place]),
        ("DELETE", Some(place)) => {
            records.remove(place);
            Reply {
                status: 204,
                headers: Vec::new(),
                body: Vec::new(),
            }
        }
        _ => Reply::json(404, &json!({"code": "60", "reason": "not found"})),
    }
}

/// Takes connections, each on a thread of its own.
fn listen(serve: impl Fn(TcpStream) -> io::Result<()> + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    let serve = Arc::new(serve);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = Arc::clone(&serve);
            thread::spawn(move || {
                // A client that goes away ends its connection, and nothing else.
                let _ = stream.set_nodelay(true);
                let _ = serve(stream);
            });
        }
    });
    port
}

fn read(stream: &TcpStream) -> io::Result<Option<Asked>> {
    let mut reader = BufReader::new(stream);
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
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mut words = lines.first().map_or("", String::as_str).splitn(3, ' ');
    Ok(Some(Asked {
        number: 0,
        method: words.next().unwrap_or_default().to_owned(),
        target: words.next().unwrap_or_default().to_owned(),
        headers,
        body,
    }))
}

/// Says nothing more, and keeps the connection until the client leaves.
pub fn drain(stream: &mut TcpStream) -> io::Result<()> {
    io::copy(stream, &mut io::sink()).map(drop)
}

/// Ends the connection with a reset: what was sent to it is not read.
pub fn reset(stream: &mut TcpStream, after: &[u8]) -> io::Result<()> {
    let mut some = [0; 16];
    while stream.peek(&mut some)? < some.len() {
        thread::yield_now();
    }
    stream.write_all(after)
}

/// Reads nothing and lets the first bytes out one by one, each after a while.
pub fn drip(stream: &mut TcpStream, bytes: &[u8], pause: std::time::Duration) -> io::Result<()> {
    let mut ends = stream.try_clone()?;
    // The pause ends at once where the client leaves.
    ends.set_read_timeout(Some(pause))?;
    for byte in bytes {
        stream.write_all(&[*byte])?;
        if matches!(ends.read(&mut [0; 1]), Ok(0)) {
            break;
        }
    }
    Ok(())
}
