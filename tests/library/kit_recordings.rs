//! Does the replay send what the official kit sends, byte for byte, and count what it counts?
//!
//! Each file in `tests/recordings` is a run of the official kit: every request as it arrived at
//! the server, every answer as it was sent, and the numbers that the kit reported. A local server
//! gives the same answers in the same order; the requests that arrive and the numbers of the
//! replay must be the recorded ones.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Deserialize;
use serde_json::json;
use tempfile::TempDir;
use tmfctk::config::{Access, Limits};
use tmfctk::evidence::Log;
use tmfctk::http::Client;
use tmfctk::kit::{Description, Replay, Replayer, Settings, Totals};

const EDITION: &str = include_str!("../../schemas/tmf683/v4.0.0/official-kit-2021-04-15.json");

#[derive(Deserialize)]
struct Recording {
    base: String,
    #[serde(rename = "officialKit")]
    official: Totals,
    exchanges: Vec<Exchange>,
}

#[derive(Deserialize)]
struct Exchange {
    request: Request,
    response: Option<Response>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Request {
    method: String,
    target: String,
    #[serde(default)]
    body: String,
}

#[derive(Deserialize)]
struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

/// A request as it arrived.
struct Arrived {
    request: Request,
    headers: Vec<(String, String)>,
}

impl Arrived {
    fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// First line, headers and body of a message.
type Message = (String, Vec<(String, String)>, Vec<u8>);

/// Reads head and body of a message; the head's lines are read as Latin-1, as they are bytes.
fn read_message(stream: &mut TcpStream) -> std::io::Result<Message> {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = Vec::new();
        reader.read_until(b'\n', &mut line)?;
        if !line.ends_with(b"\r\n") {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == b"\r\n" {
            break;
        }
        let text: String = line.iter().map(|byte| char::from(*byte)).collect();
        lines.push(text.trim_end().to_owned());
    }
    let headers: Vec<(String, String)> = lines[1..]
        .iter()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let length = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok((lines.swap_remove(0), headers, body))
}

/// The client that a run sends with.
fn client() -> Client {
    let log = Arc::new(Log::default());
    let liveness = "http://127.0.0.1/".parse().expect("a URL");
    Client::new(
        &Limits::default(),
        &[],
        &Access::default(),
        false,
        liveness,
        log,
    )
    .expect("a client")
}

/// Gives the recorded answers in order, and hands back what arrived.
fn serve(
    listener: TcpListener,
    answers: Vec<Option<Response>>,
) -> thread::JoinHandle<Vec<Arrived>> {
    let port = listener.local_addr().expect("bound").port().to_string();
    thread::spawn(move || {
        let mut arrived = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().expect("a connection");
            // A connection without a request says that no more will come.
            let Ok((line, headers, body)) = read_message(&mut stream) else {
                break;
            };
            let mut words = line.splitn(3, ' ').map(str::to_owned);
            arrived.push(Arrived {
                request: Request {
                    method: words.next().unwrap_or_default(),
                    target: words.next().unwrap_or_default(),
                    body: String::from_utf8(body).expect("UTF-8"),
                },
                headers,
            });
            // Where nothing was answered the connection is closed without a word.
            if let Some(response) = answer {
                stream
                    .write_all(&response.bytes(&port))
                    .expect("a client that reads");
            }
        }
        arrived
    })
}

impl Response {
    fn bytes(&self, port: &str) -> Vec<u8> {
        let mut body = self.body.replace("PORT", port).into_bytes();
        if self
            .headers
            .iter()
            .any(|(name, value)| name == "Content-Encoding" && value == "gzip")
        {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(&body).expect("in memory");
            body = encoder.finish().expect("in memory");
        }
        let mut message = format!(
            "HTTP/1.1 {} X\r\nConnection: close\r\nContent-Length: {}\r\n",
            self.status,
            body.len()
        );
        for (name, value) in &self.headers {
            message += &format!("{name}: {}\r\n", value.replace("PORT", port));
        }
        let mut message = (message + "\r\n").into_bytes();
        message.extend(body);
        message
    }
}

async fn replay(base: String, payload: String) -> Replay {
    let description = Description::read(EDITION).expect("readable");
    replay_of(&description, base, payload).await
}

async fn replay_of(description: &Description, base: String, payload: String) -> Replay {
    let settings = Settings {
        base,
        payload,
        decoded_limit: 1 << 20,
        most_plain: 1 << 20,
    };
    let mut replayer = Replayer::new(description, &settings).expect("a base URL");
    let client = client();
    while replayer.step(&client).await.is_some() {}
    replayer.finish()
}

struct Run {
    name: String,
    recording: Recording,
    port: String,
    arrived: Vec<Arrived>,
    replay: Replay,
}

async fn run(path: PathBuf) -> Run {
    let name = path
        .file_stem()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    let text = std::fs::read_to_string(&path).expect("readable");
    let mut recording: Recording = serde_json::from_str(&text).expect("a recording");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    let port = address.port().to_string();
    let answers = recording
        .exchanges
        .iter_mut()
        .map(|exchange| exchange.response.take())
        .collect();
    let server = serve(listener, answers);
    // The configured payload is what the recorded first create carried.
    let payload = recording.exchanges[0].request.body.clone();
    let replay = replay(recording.base.replace("PORT", &port), payload).await;
    drop(TcpStream::connect(address));
    Run {
        arrived: server.join().expect("a server that is done"),
        name,
        recording,
        port,
        replay,
    }
}

async fn recorded(name: &str) -> Run {
    run(folder().join(name).with_extension("json")).await
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings")
}

#[tokio::test]
async fn requests_and_numbers_are_those_of_every_recording() {
    let mut count = 0;
    for entry in std::fs::read_dir(folder()).expect("recordings") {
        let run = run(entry.expect("an entry").path()).await;
        let name = &run.name;
        let arrived: Vec<&Request> = run.arrived.iter().map(|arrived| &arrived.request).collect();
        let wanted: Vec<Request> = run
            .recording
            .exchanges
            .into_iter()
            .map(|exchange| Request {
                target: exchange.request.target.replace("PORT", &run.port),
                ..exchange.request
            })
            .collect();
        assert_eq!(arrived, wanted.iter().collect::<Vec<_>>(), "{name}");
        assert_eq!(run.replay.totals, run.recording.official, "{name}");
        let answered = name != "reset";
        let passes = answered.then_some(run.recording.official.failed == 0);
        assert_eq!(run.replay.would_pass, passes, "{name}");
        for arrived in &run.arrived {
            for (header, value) in [
                ("Accept", "application/json"),
                ("Content-Type", "application/json"),
                ("User-Agent", "PostmanRuntime/7.24.1"),
                ("Cache-Control", "no-cache"),
                ("Accept-Encoding", "gzip, deflate, br"),
                ("Connection", "keep-alive"),
            ] {
                // A redirect to a GET takes the type of the body away.
                let sent = arrived.header(header);
                let redirected = name == "redirects" && header == "Content-Type" && sent.is_none();
                assert!(
                    sent == Some(value) || redirected,
                    "{name}: {header} {sent:?}"
                );
            }
            let token = arrived.header("Postman-Token").unwrap_or_default();
            assert_eq!((token.len(), &token[14..15]), (36, "4"), "{name}: {token}");
        }
        count += 1;
    }
    assert_eq!(count, 51);
}

#[tokio::test]
async fn cookies_go_back_from_the_second_request_on() {
    let run = recorded("cookies").await;
    let sent: Vec<Option<&str>> = run
        .arrived
        .iter()
        .map(|arrived| arrived.header("Cookie"))
        .collect();
    assert_eq!(sent[0], None);
    assert_eq!(sent[1..], [Some("sid=1"); 17]);
    assert!(run.replay.notes.iter().any(|note| note.contains("Cookies")));
}

#[tokio::test]
async fn a_run_says_what_it_needed_and_a_plain_one_says_nothing() {
    for (name, word) in [
        ("redirects", "Redirects"),
        ("gzip", "gzip"),
        ("byte-order-mark", "byte order mark"),
    ] {
        let replay = recorded(name).await.replay;
        assert_eq!(replay.notes.len(), 1, "{name}: {:?}", replay.notes);
        assert!(replay.notes[0].contains(word), "{name}: {:?}", replay.notes);
    }
    assert_eq!(recorded("clean").await.replay.notes, Vec::<String>::new());
}

#[tokio::test]
async fn created_records_are_known_by_their_ids() {
    let ids = |replay: Replay| -> Vec<String> {
        replay
            .created
            .into_iter()
            .map(|created| created.id)
            .collect()
    };
    let clean = recorded("clean").await.replay;
    assert_eq!(
        ids(clean),
        [
            "00000001-aaaa-4bbb-8ccc-dddddddddddd",
            "00000002-aaaa-4bbb-8ccc-dddddddddddd"
        ]
    );
    assert_eq!(
        ids(recorded("create-400-json").await.replay),
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn a_replay_that_was_stopped_has_no_prediction() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let base = format!("http://{}/v4", listener.local_addr().expect("bound"));
    let answer = Response {
        status: 400,
        headers: Vec::new(),
        body: "{}".to_owned(),
    };
    let server = serve(listener, vec![Some(answer)]);
    let description = Description::read(EDITION).expect("readable");
    let settings = Settings {
        base,
        payload: "{}".to_owned(),
        decoded_limit: 1 << 20,
        most_plain: 1 << 20,
    };
    let mut replayer = Replayer::new(&description, &settings).expect("a base URL");
    replayer.step(&client()).await.expect("a first request");
    let replay = replayer.finish();
    assert_eq!((replay.totals.requests, replay.would_pass), (1, None));
    assert!(replay.notes[0].contains("last slash"));
    let arrived = server.join().expect("a request");
    assert_eq!(arrived[0].request.target, "/v4/partyInteraction");
}

/// A kit in the layout of the official ones, with every statement of their scripts.
fn kit_with_every_statement() -> TempDir {
    let folder = TempDir::new().expect("a folder for temporary files");
    std::fs::create_dir(folder.path().join("ctk")).expect("writable");
    let write = |name: &str, content: &str| {
        std::fs::write(folder.path().join(name), content).expect("writable");
    };
    let created = r#"
var jsonData = pm.response.json();
if (Array.isArray(jsonData)) { pm.test('no array', function (){pm.expect.fail()}); }
pm.test("the status's 201", function () {
  pm.response.to.have.status(201); // made
});
var instance = pm.response.json();
var requiredAttributes = ['id', "name"];
requiredAttributes.push('place');
if (instance['open'] !== undefined && instance['open'] == true) { requiredAttributes.push('hours'); }
pm.test('all', function () { pm.expect(Object.keys(instance)).to.include.members(requiredAttributes) });
pm.test('only', function () { pm.expect(requiredAttributes).to.include.members(Object.keys(instance)) });
pm.test('typed', function() { pm.expect(instance["place"][0]["id"]).to.be.an('array'); });
pm.globals.set('IDSI01', instance['id']);
pm.test('held', function () {
  pm.expect(pm.response.text()).to.include(instance['name']);
});
pm.test('outside'), function () { pm.expect(1).to.eql(2) };
pm.test('equal', function () { pm.expect(instance.name).to.eql('b'); });
"#;
    let listed = r#"
pm.test('status', function () { pm.expect(pm.response.code).to.be.oneOf([200, 206]); });
let jsonData = pm.response.json();
let count = 0;
if (Array.isArray(jsonData) && (jsonData.length > 0)) {
    jsonData.forEach(function (instance, index) {
        if (count == 0) {
            pm.globals.set('FIRST', instance['id']);
            count += 1;
        }
        if (instance.id == pm.globals.get('IDSI01')) {
            pm.test('name is ' + pm.globals.get('IDSI01'), function () {pm.expect(instance['name']) == pm.globals.get('IDSI01');});
        }
        if (instance.id == pm.globals.get('FIRST')) { pm.test('other', function () { console.log('other') }); }
    });
}
else {
    pm.expect.fail('empty');
}
"#;
    let read = r#"
var instance = pm.response.json();
var Ajv = require('ajv'), ajv = new Ajv({logger: console});
var schema = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}};
pm.test('valid', function () { pm.expect(ajv.validate(schema, pm.response.json())).to.be.true; });
var validate = ajv.compile(schema);
var valid = validate(instance);
if (!valid) { validate.errors.forEach(function (error) { pm.test(error.message, function () { pm.expect.fail() }) }) }
pm.test('each', function () { pm.expect(valid).to.be.true });
if (instance['open'] === undefined || instance['open'] == false) { pm.test('fails', function () { pm.expect.fail() }); }
"#;
    let item = |name: &str, method: &str, url: serde_json::Value, script: &str| {
        json!({
            "name": name,
            "event": [{"listen": "test", "script": {"exec": script.lines().collect::<Vec<_>>()}}],
            "request": {"method": method, "url": url, "body": {"mode": "raw", "raw": "{}"}}
        })
    };
    let one = json!({
        "raw": "http://elsewhere",
        "host": ["{{Geographic_Site}}site"],
        "path": ["{{FIRST}}"],
        "query": [
            {"key": "fields", "value": "{{IDSI01}}"},
            {"key": "limit", "value": "{{LIMIT}}"},
            {"key": "off", "value": "1", "disabled": true}
        ]
    });
    let whole = || json!("{{Geographic_Site}}site");
    let collection = json!({
        "info": {
            "name": "Site",
            "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
        },
        "item": [
            {"name": "N1", "item": [item("/site", "POST", whole(), created), item("/site", "GET", whole(), listed)]},
            {"name": "N1", "item": [item("/site/{{FIRST}}", "GET", one, read), item("/site", "GET", whole(), listed)]}
        ]
    });
    write("ctk/Site.testkit.json", &collection.to_string());
    let environment = json!({"values": [
        {"key": "Geographic_Site", "value": "http://not.used/"},
        {"key": "LIMIT", "value": "7"}
    ]});
    write(
        "ctk/TMFENV.postman_environment.json",
        &environment.to_string(),
    );
    let config = json!({
        "url": "http://not.used/",
        "headers": {"Accept": "application/json", "Content-Type": "application/json"},
        "payloads": {"Site": {"POST": {"payload": {"name": "b", "size": 2.0}}}}
    });
    write("config.json", &config.to_string());
    write(
        "ctk/index.js",
        r#"
config = JSON.parse(fs.readFileSync('../config.json'))
var kit = require('./Site.testkit.json');
kit['item'].forEach(function (i, a) {
    i['item'].forEach(function (ii, b) { kit['item'][a]['item'][b]['request']['header'] = headers });
});
if (resource == "Site") {
    kit['item'][0]['item'][0]['request']['body']['raw'] = JSON.stringify(config['payloads'][resource]['POST']['payload'])
}
if (element.key == "Geographic_Site") { element.value = config['url']; }
require('newman').run({collection: kit});
"#,
    );
    folder
}

#[tokio::test]
async fn an_imported_kit_sends_its_requests_and_counts_what_its_scripts_assert() {
    let folder = kit_with_every_statement();
    let imported = tmfctk::kit::import(folder.path()).expect("a kit");
    assert_eq!(
        (&imported["unread"], &imported["exact"]),
        (&json!([]), &json!(true))
    );
    let description = Description::read(&imported.to_string()).expect("readable");
    let answers = [
        (
            201,
            r#"{"id":"1","name":"b","place":[{"id":"p"}],"open":true}"#,
        ),
        (200, r#"[{"id":"0"},{"id":"1"}]"#),
        (200, r#"{"id":5}"#),
        (200, "[]"),
    ];
    let answers = answers.map(|(status, body)| {
        Some(Response {
            status,
            headers: Vec::new(),
            body: body.to_owned(),
        })
    });
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let base = format!("http://{}/", listener.local_addr().expect("bound"));
    let server = serve(listener, answers.into());
    let replay = replay_of(&description, base, String::new()).await;
    let arrived = server.join().expect("a server that is done");
    let arrived: Vec<_> = arrived
        .iter()
        .map(|one| (one.request.target.as_str(), one.request.body.as_str()))
        .collect();
    assert_eq!(
        arrived,
        [
            ("/site", r#"{"name":"b","size":2}"#),
            ("/site", ""),
            ("/site/0?fields=1&limit=7", ""),
            ("/site", "")
        ]
    );
    let totals = Totals {
        requests: 4,
        assertions: 15,
        failed: 8,
        failed_assertions: 7,
        script_errors: 1,
        request_errors: 0,
    };
    assert_eq!(replay.totals, totals);
    assert!(replay.exact, "{:?}", replay.notes);
}
