//! What hands out tokens as an OAuth 2 server does, by a script; and a target that asks for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use super::server::{Answer, Request, Server};

/// A token endpoint that hands out `token-one-0001`, `token-one-0002`, …, each good for so many
/// seconds.
pub fn endpoint(seconds: u64) -> Server {
    let given = AtomicUsize::new(0);
    Server::start(move |_, _| {
        let number = given.fetch_add(1, Ordering::SeqCst) + 1;
        let token = format!("token-one-{number:04}");
        Answer::json(
            200,
            &json!({ "access_token": token, "token_type": "Bearer", "expires_in": seconds }),
        )
    })
}

/// A target that answers 401 to whoever `knows` does not know, and an empty list to others.
pub fn guarded(knows: impl Fn(&Request) -> bool + Send + Sync + 'static) -> Server {
    Server::start(move |request, _| match knows(request) {
        true => Answer::json(200, &json!([])),
        false => Answer::json(401, &json!({ "code": "401", "reason": "who?" })),
    })
}

/// A target that hands on what comes with the right header to the server at `base`, and refuses
/// the rest.
pub fn gate(base: &str, knows: impl Fn(&Request) -> bool + Send + Sync + 'static) -> Server {
    between(base, move |request| {
        let refusal = || Answer::json(401, &json!({ "code": "401", "reason": "who?" }));
        (!knows(request)).then(refusal)
    })
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

fn relayed(authority: &str, request: &Request) -> Vec<u8> {
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
