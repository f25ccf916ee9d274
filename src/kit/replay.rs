//! The requests of the kit one after the other, each after the script of the one before.

use std::collections::BTreeMap;
use std::time::Duration;

use super::agent::{Agent, Fetched};
use super::description::{Description, Payload, Request};
use super::kit_flaws::{self, Facts};
use super::outcome::{Created, Lack, Replay, RequestOutcome, Totals, Trouble};
use super::script::run_script;
use super::state::{Answer, Evaluation, State};
use super::transport::Transport;
use super::url::{OverLong, UrlError, WireUrl, put_variables, variables_in};
use super::value::Value;
use crate::evidence::{LONGEST_SHOWN, cut_off, shortened};
use crate::http::LONGEST_URL;

/// The kit leaves 20 to 50 ms between an answer and its next request.
const PAUSE: Duration = Duration::from_millis(50);

/// What the user sets for a replay.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The base URL of the target; a missing last slash is added.
    pub base: String,
    /// The body of the configured create, sent as it is.
    pub payload: String,
    /// How many bytes of a compressed body are decoded at most.
    pub decoded_limit: usize,
    /// How many of them are kept in memory.
    pub most_plain: usize,
}

/// Why a replay can't begin.
#[derive(Debug, thiserror::Error)]
#[error("the base URL can't be used: {0}")]
pub struct ReplayError(#[from] UrlError);

/// A replay under way: a step for each request, so that its caller can stop it in between and
/// still has what was done.
#[derive(Debug)]
pub struct Replayer<'d> {
    description: &'d Description,
    payload: String,
    agent: Agent,
    state: State,
    outcomes: Vec<RequestOutcome>,
    /// The records whose ids were seen in an answer to a read.
    seen: Vec<usize>,
    /// Whether any HTTP response came.
    answered: bool,
    slash_added: bool,
    resent: Vec<usize>,
    /// Why the numbers of a request are a guess, a sentence each.
    guesses: Vec<String>,
    /// Whether asking again after a pause has not helped before.
    waited_in_vain: bool,
}

impl<'d> Replayer<'d> {
    /// Prepares a replay; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// Where the base URL is not an absolute http or https URL.
    pub fn new(description: &'d Description, settings: &Settings) -> Result<Self, ReplayError> {
        let mut base = settings.base.clone();
        let slash_added = !base.ends_with('/');
        if slash_added {
            base.push('/');
        }
        let home = WireUrl::encode(&base)?;
        let mut state = State::default();
        state
            .globals
            .set(&description.base_variable, Value::Text(base.into()));
        Ok(Self {
            description,
            payload: settings.payload.clone(),
            agent: Agent::new(
                home,
                &description.headers,
                settings.decoded_limit,
                settings.most_plain,
            ),
            state,
            outcomes: Vec::new(),
            seen: Vec::new(),
            answered: false,
            slash_added,
            resent: Vec::new(),
            guesses: Vec::new(),
            waited_in_vain: false,
        })
    }

    /// The request that comes next.
    pub fn next(&self) -> Option<&'d Request> {
        self.description.requests.get(self.outcomes.len())
    }

    /// Sends the next request and runs its script; `None` when all are done.
    pub async fn step(&mut self, transport: &impl Transport) -> Option<&RequestOutcome> {
        let request = self.next()?;
        let lacks = self.lacks(request);
        let (text, over_long) = match put_variables(&request.url, &self.state.globals) {
            Ok(text) => (text, false),
            Err(OverLong(beginning)) => (beginning, true),
        };
        let (url, fetched) = match (WireUrl::encode(&text), over_long) {
            // The kit's runner refuses it, however long it is.
            (Err(error), _) => (text, Fetched::failed(error.to_string(), Vec::new())),
            (Ok(url), true) => {
                let shown = cut_off(url.to_string(), LONGEST_SHOWN, None);
                let refused = transport.over_long(&request.method, &shown);
                let exchanges = refused.exchange.into_iter().collect();
                (shown, Fetched::unsent(refused.message, exchanges))
            }
            (Ok(url), false) => {
                let body = request.payload.as_ref().map(|payload| match payload {
                    Payload::Configured => self.payload.as_str(),
                    Payload::BuiltIn(text) => text,
                });
                let fetched = self
                    .agent
                    .fetch(transport, &request.method, &url, body)
                    .await;
                (url.to_string(), fetched)
            }
        };
        self.answered |= fetched.answered;
        if let Some(guess) = &fetched.guess {
            self.guesses.push(inexact(request, guess));
        }
        let outcome = RequestOutcome {
            lacks,
            ..self.judge(request, url, fetched)
        };
        self.outcomes.push(outcome);
        self.outcomes.last()
    }

    /// What the request that was sent last came to.
    pub fn last(&self) -> Option<&RequestOutcome> {
        self.outcomes.last()
    }

    /// Asks again, after a pause as long as the kit's, what was read last, where it lacks a record
    /// that was just created: an index may be that late. What comes then counts, and the numbers are
    /// a guess. Nothing more is asked twice once that has not helped.
    pub async fn ask_again_if_late(&mut self, transport: &impl Transport) {
        let Some(at) = self.outcomes.len().checked_sub(1) else {
            return;
        };
        let request = &self.description.requests[at];
        let outcome = &self.outcomes[at];
        if self.waited_in_vain || outcome.lacks.is_some() || outcome.unread.is_some() {
            return;
        }
        let created = self.state.created.iter().map(|(record, _)| *record);
        let expected: Vec<usize> = match request.record {
            Some(record) if request.method == "GET" => {
                created.filter(|known| *known == record).collect()
            }
            None if request.lists() => created.collect(),
            _ => Vec::new(),
        };
        let lacks = |seen: &[usize]| expected.iter().any(|record| !seen.contains(record));
        // An error of another kind is not a matter of time.
        let answered = matches!(outcome.status, Some(200 | 206 | 404));
        if !answered || !lacks(&outcome.seen) {
            return;
        }
        let Ok(url) = WireUrl::encode(&outcome.url) else {
            return;
        };
        tokio::time::sleep(PAUSE).await;
        let fetched = self
            .agent
            .fetch(transport, &request.method, &url, None)
            .await;
        let before = self.seen.clone();
        let shown = outcome.url.clone();
        let again = self.judge(request, shown, fetched);
        if again.unread.is_some() || lacks(&again.seen) {
            self.seen = before;
            self.resent.extend(again.exchanges);
            self.waited_in_vain = true;
            return;
        }
        self.guesses.push(inexact(
            request,
            &format!(
                "was answered without what had just been created, and with it {} ms later; the \
                 official kit leaves 20 to 50 ms between its requests, and may see it either way",
                PAUSE.as_millis()
            ),
        ));
        let first = std::mem::replace(&mut self.outcomes[at], again);
        self.resent.extend(first.exchanges);
    }

    /// The ids of the records that were created so far, as text. One that no URL can carry is an
    /// error, with so much of it as is shown.
    pub fn created(&self) -> impl Iterator<Item = Result<String, String>> {
        self.state.created.iter().map(|(_, id)| match id {
            Value::Long(id) => Err(id.to_string()),
            id => {
                let id = id.text().into_owned();
                if id.len() > LONGEST_URL {
                    return Err(shortened(id, LONGEST_SHOWN));
                }
                Ok(id)
            }
        })
    }

    /// The first value that the URL needs and that the create before did not give: its answer has
    /// none, or is that of a refusal, whatever stands in it.
    fn lacks(&self, request: &Request) -> Option<Lack> {
        variables_in(&request.url).find_map(|name| {
            let (record, attribute) = self.description.held_by(name)?;
            let mut records = self.description.records.iter();
            let create = records.find(|known| known.record == record)?.create;
            let refused = self
                .outcomes
                .iter()
                .find(|outcome| outcome.number == create)
                .is_some_and(|outcome| outcome.status.is_none_or(|status| status >= 300));
            (refused || self.state.globals.get(name).is_nil()).then(|| Lack {
                attribute: attribute.to_owned(),
                create,
            })
        })
    }

    fn judge(&mut self, request: &Request, url: String, fetched: Fetched) -> RequestOutcome {
        let evaluation = if fetched.unread.is_some() {
            Evaluation::default()
        } else {
            let answer = Answer {
                status: fetched.status,
                body: &fetched.body,
            };
            run_script(self.description, request, answer, &mut self.state)
        };
        self.seen.extend(&evaluation.seen);
        let ids = &request.requirements;
        let trouble = |message, requirements: &[String]| Trouble {
            message,
            requirements: requirements.to_vec(),
            advice: None,
        };
        RequestOutcome {
            number: request.number,
            folder: request.folder.clone(),
            name: request.name.clone(),
            method: request.method.clone(),
            url,
            status: fetched.status,
            elements: evaluation.elements,
            assertions: evaluation.assertions,
            lacks: None,
            seen: evaluation.seen,
            script_error: evaluation
                .script_error
                .map(|message| trouble(message, &ids.script)),
            request_error: fetched.error.map(|message| Trouble {
                advice: fetched.advice,
                ..trouble(message, &ids.answer)
            }),
            unread: fetched.unread.or(evaluation.unread),
            not_looked_for: evaluation.not_looked_for,
            exchanges: fetched.exchanges,
        }
    }

    /// Marks the failures that only flaws of the kit cause.
    ///
    /// Requests that failed with a value in their URL that the kit did not encode are sent again,
    /// encoded; no number of the replay changes by it.
    pub async fn examine(&mut self, transport: &impl Transport) {
        let mut facts = Facts {
            older_certain: self
                .state
                .created
                .iter()
                .all(|(record, _)| self.seen.contains(record)),
            configured: self.payload.clone(),
            resent: BTreeMap::new(),
        };
        kit_flaws::mark(self.description, &mut self.outcomes, &facts);
        let again: Vec<(&Request, WireUrl)> = self
            .description
            .requests
            .iter()
            .zip(&self.outcomes)
            .filter(|(_, outcome)| kit_flaws::open(outcome))
            .filter_map(|(request, outcome)| {
                let url = kit_flaws::encoded(self.description, request, &self.state)?;
                (url.to_string() != outcome.url).then_some((request, url))
            })
            .collect();
        for (request, url) in again {
            let fetched = self
                .agent
                .fetch(transport, &request.method, &url, None)
                .await;
            self.resent.extend(&fetched.exchanges);
            if fetched.status.is_none() || fetched.unread.is_some() {
                continue;
            }
            let answer = Answer {
                status: fetched.status,
                body: &fetched.body,
            };
            let evaluation = run_script(self.description, request, answer, &mut self.state);
            if evaluation.unread.is_some() {
                continue;
            }
            facts.resent.insert(request.number, evaluation);
        }
        kit_flaws::mark(self.description, &mut self.outcomes, &facts);
    }

    /// What came of it, whole or not.
    pub fn finish(self) -> Replay {
        let totals = totals(&self.outcomes);
        let whole = self.outcomes.len() == self.description.requests.len()
            && self.outcomes.iter().all(|outcome| outcome.unread.is_none());
        let limit = self.description.list_limit;
        let mut notes = Vec::new();
        if self.slash_added {
            notes.push("The base URL has no last slash; the official kit needs one.".to_owned());
        }
        notes.extend(self.agent.notes());
        let mut guesses = guesses(&self.outcomes);
        guesses.extend(self.guesses);
        let unread = self.description.unread.iter();
        guesses.extend(unread.map(|what| format!("This could not be read of the kit: {what}.")));
        let exact = guesses.is_empty() && self.description.exact;
        notes.extend(guesses);
        Replay {
            edition: self.description.edition.clone(),
            kit_limit_likely: self
                .outcomes
                .iter()
                .any(|outcome| outcome.elements.is_some_and(|elements| elements >= limit)),
            totals,
            exact,
            would_pass: (whole && self.answered).then_some(totals.failed == 0),
            notes,
            created: self
                .state
                .created
                .iter()
                .map(|(record, id)| Created {
                    record: *record,
                    id: id.shown().into_owned(),
                })
                .collect(),
            requests: self.outcomes,
            resent: self.resent,
        }
    }
}

/// Why the numbers are not exact because of one request.
fn inexact(request: &Request, why: &str) -> String {
    format!(
        "The numbers are not exact: request {} {why}.",
        request.number
    )
}

/// Why the numbers are not exact, a sentence for each request of which they are not.
fn guesses(outcomes: &[RequestOutcome]) -> Vec<String> {
    let guessed = outcomes.iter().filter(|one| one.not_looked_for > 0);
    let sentences = guessed.map(|outcome| {
        format!(
            "The numbers are not exact: request {} answered so many or so long values with JSON \
             escapes, or arrays in place of texts, that {} of them were not looked for in the whole \
             text of the body; each counts as one that does not stand there.",
            outcome.number, outcome.not_looked_for
        )
    });
    sentences.collect()
}

fn totals(outcomes: &[RequestOutcome]) -> Totals {
    let mut totals = Totals {
        requests: outcomes.len(),
        ..Totals::default()
    };
    for outcome in outcomes {
        totals.assertions += outcome.executed();
        totals.failed_assertions += outcome.failed_assertions();
        totals.script_errors += usize::from(outcome.script_error.is_some());
        totals.request_errors += usize::from(outcome.request_error.is_some());
    }
    totals.failed = totals.failed_assertions + totals.script_errors + totals.request_errors;
    totals
}

#[cfg(test)]
mod tests {
    use super::super::description::tests::EDITION;
    use super::super::transport::{Incoming, Outgoing, SendError};
    use super::*;

    /// Answers every request with the same body; the flag says that there was more of it.
    struct Same(&'static str, String, bool);

    impl Transport for Same {
        async fn send(&self, outgoing: Outgoing<'_>) -> Result<Incoming, SendError> {
            assert!(outgoing.at_home);
            Ok(Incoming {
                status: 200,
                headers: vec![("Content-Encoding".to_owned(), self.0.to_owned())],
                body: self.1.clone().into(),
                truncated: self.2,
                exchange: 3,
            })
        }
    }

    fn replayer<'d>(description: &'d Description, base: &str) -> Result<Replayer<'d>, ReplayError> {
        let settings = Settings {
            base: base.to_owned(),
            payload: "{}".to_owned(),
            decoded_limit: 100,
            most_plain: 100,
        };
        Replayer::new(description, &settings)
    }

    async fn replay(transport: &Same) -> Replay {
        let description = Description::read(EDITION).expect("readable");
        let mut replayer = replayer(&description, "http://h/v4/").expect("a base URL");
        while replayer.step(transport).await.is_some() {}
        replayer.examine(transport).await;
        replayer.finish()
    }

    #[tokio::test]
    async fn a_body_beyond_the_cap_makes_the_replay_not_whole() {
        let replay = replay(&Same("identity", "[{}".to_owned(), true)).await;
        assert_eq!((replay.would_pass, replay.totals.requests), (None, 18));
        let list = replay.request(3).expect("a request");
        assert!(
            list.unread
                .as_ref()
                .is_some_and(|reason| reason.contains("longer"))
        );
        assert_eq!((list.executed(), list.failed()), (0, false));
    }

    #[tokio::test]
    async fn numbers_that_are_guessed_are_not_exact_and_say_so() {
        let transport = Same("", "[]".to_owned(), false);
        let description = Description::read(EDITION).expect("readable");
        let mut replayer = replayer(&description, "http://h/v4/").expect("a base URL");
        while replayer.step(&transport).await.is_some() {}
        replayer.outcomes[2].not_looked_for = 7;
        let replay = replayer.finish();
        assert!(!replay.exact);
        let said = |note: &String| note.contains("request 3") && note.contains("7 of them");
        assert!(replay.notes.iter().any(said), "{:?}", replay.notes);
        assert!(super::guesses(&replay.requests[..2]).is_empty());
    }

    /// Creates records, and shows them to every second read only.
    struct Late(std::cell::Cell<usize>);

    impl Transport for Late {
        async fn send(&self, outgoing: Outgoing<'_>) -> Result<Incoming, SendError> {
            let count = self.0.replace(self.0.get() + 1);
            let record = |id| {
                format!(
                    r#"{{"id":"{id}","href":"/{id}","channel":[],"direction":"in","reason":"r"}}"#
                )
            };
            let (status, body) = match outgoing.method {
                "POST" => (201, record(count)),
                _ if count.is_multiple_of(2) => (200, "[]".to_owned()),
                _ => (200, format!("[{},{}]", record(0), record(1))),
            };
            Ok(Incoming {
                status,
                headers: Vec::new(),
                body: body.into(),
                truncated: false,
                exchange: count,
            })
        }
    }

    #[tokio::test]
    async fn a_list_that_is_late_is_read_again_and_the_numbers_are_a_guess() {
        let description = Description::read(EDITION).expect("readable");
        let mut replayer = replayer(&description, "http://h/v4/").expect("a base URL");
        let transport = Late(std::cell::Cell::new(0));
        for _ in 0..3 {
            replayer.step(&transport).await;
            replayer.ask_again_if_late(&transport).await;
        }
        let replay = replayer.finish();
        let list = replay.request(3).expect("a request");
        assert_eq!((list.elements, list.failed()), (Some(2), false));
        assert_eq!((replay.exact, &replay.resent[..]), (false, &[2][..]));
        let note = replay.notes.join("");
        assert!(
            note.contains("request 3") && note.contains("either way"),
            "{note}"
        );
    }

    #[tokio::test]
    async fn a_long_list_would_probably_end_the_kits_run() {
        let list = |elements: usize| format!("[{}]", vec!["{}"; elements].join(","));
        assert!(replay(&Same("", list(1000), false)).await.kit_limit_likely);
        let short = replay(&Same("", list(999), false)).await;
        assert!(!short.kit_limit_likely);
        assert_eq!(
            short.request(3).and_then(|request| request.elements),
            Some(999)
        );
    }

    #[tokio::test]
    async fn a_body_that_is_not_what_it_says_is_a_request_error_and_yet_an_answer() {
        let replay = replay(&Same("gzip", "{}".to_owned(), false)).await;
        assert_eq!(
            (replay.totals.request_errors, replay.would_pass),
            (18, Some(false))
        );
        let trouble = replay
            .request(6)
            .and_then(|request| request.request_error.clone());
        assert_eq!(
            trouble.map(|trouble| trouble.requirements),
            Some(vec!["TMF683-4-CTK-025".to_owned()])
        );
    }

    #[test]
    fn a_base_url_that_is_none_is_refused() {
        let description = Description::read(EDITION).expect("readable");
        for base in ["", "host/v4", "ftp://h/", "http://"] {
            let error = replayer(&description, base)
                .expect_err("no URL")
                .to_string();
            assert!(error.contains("base URL"), "{error}");
        }
    }
}
