//! Every answer of the run is held against the pack's rules when it comes.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::Value;
use serde_json::value::RawValue;
use url::Url;

use super::json_limits::{id_of, long_id};
use super::places::places;
use super::promises::internals_in;
use super::review::{
    AnswerFacts, Audit, Claimed, InputFlaws, Review, Reviewed, Seen, flaw, general,
};
use super::{Context, Reply};
use crate::evidence::{BYTE_ORDER_MARK, Body, JsonArrayReader, LookedAt, tree};
use crate::http::{Answer, Outgoing};
use crate::terms::{Level, Severity};

/// Maximum number of ids of older records that are named for one violated rule.
const MOST_NAMED: usize = 20;

/// Where a representation stands.
struct BodyPlace {
    /// JSON pointer into the body.
    prefix: String,
    exchange: usize,
}

impl BodyPlace {
    /// The whole body of an answer.
    const fn top(exchange: usize) -> Self {
        Self {
            prefix: String::new(),
            exchange,
        }
    }
}

/// What an answer holds, as its operation and its status say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Representations of the resource; partial where attributes were selected.
    Representations { selected: bool },
    /// An error body, and what is wrong with it may cost at most this.
    Error(Option<Severity>),
    /// Nothing that the rules are about.
    Other,
}

impl Context {
    /// Holds an answer against the rules. `sound` says that a create sent a well-formed body, `level`
    /// which level's scenario asked.
    pub(super) fn review(&self, reply: &Reply, sound: bool, level: Option<Level>) {
        let Some(review) = &self.review else { return };
        let answer = &reply.answer;
        let facts = self.facts(reply, level);
        review.seen().answers.push(Arc::new(facts));
        self.note_promises(reply);
        let Ok(body) = reply.json() else { return };
        match self.kind(answer) {
            // A create's answer is reviewed when its record is known to be sound.
            Kind::Representations { .. } if answer.method == "POST" && sound => {}
            Kind::Representations { selected } => match body {
                Value::Array(_) => {
                    for (index, element) in reply.elements().kept() {
                        if self.is_own(element, None) {
                            let input = self.records.input_flaws(id_of(element).as_deref());
                            let at = BodyPlace {
                                prefix: format!("/{index}"),
                                exchange: answer.index,
                            };
                            self.review_representation(
                                review, element, &at, !selected, &input, level,
                            );
                        }
                    }
                }
                record => {
                    let asked = self.asked_for(answer);
                    // What is mandatory is so in the answers to a create and a retrieval; what the
                    // answer to a patch has to hold its own requirement says, and it may as well be
                    // a message.
                    let is_patched = answer.method == "PATCH";
                    let is_message = is_patched && id_of(record) != asked;
                    if !is_message && self.is_own(record, asked.as_deref()) {
                        let id = id_of(record).or(asked);
                        let input = self.records.input_flaws(id.as_deref());
                        let whole = !selected && !is_patched;
                        let at = BodyPlace::top(answer.index);
                        self.review_representation(review, record, &at, whole, &input, level);
                    }
                }
            },
            Kind::Error(at_most) => {
                for mut claimed in review.judge(&review.error, body, true) {
                    claimed.at_most = claimed.at_most.into_iter().chain(at_most).min();
                    self.soften(&mut claimed, level);
                    note(&mut review.seen(), claimed, "", answer.index);
                }
            }
            Kind::Other => {}
        }
    }

    /// Whether it is a record that the run made from a well-formed body. One whose id is gone or
    /// no text is known by the attribute that was asked for, or by the reason that the run gave it.
    pub(super) fn is_own(&self, record: &Value, asked_for: Option<&str>) -> bool {
        match record.get("id") {
            Some(Value::String(id)) if !id.trim().is_empty() => self.records.is_sound(id),
            _ => {
                asked_for.is_some_and(|id| self.records.is_sound(id))
                    || self.records.has_sent(record)
            }
        }
    }

    /// The id in the URL of a record.
    pub(super) fn asked_for(&self, answer: &Answer) -> Option<String> {
        let below = answer
            .url
            .path()
            .strip_prefix(self.collection.path())?
            .strip_prefix('/')?;
        let id = percent_encoding::percent_decode_str(below)
            .decode_utf8()
            .ok()?;
        Some(id.into_owned())
    }

    /// Reviews the answer of a create whose body was well-formed, but for these flaws.
    pub(super) fn review_created(&self, reply: &Reply, input: &InputFlaws) {
        let (Some(review), Ok(body)) = (&self.review, reply.json()) else {
            return;
        };
        let at = BodyPlace::top(reply.answer.index);
        self.review_representation(review, body, &at, true, input, None);
    }

    fn review_representation(
        &self,
        review: &Review,
        record: &Value,
        at: &BodyPlace,
        whole: bool,
        input: &InputFlaws,
        level: Option<Level>,
    ) {
        let claimed = review.judge(&review.representation, record, whole);
        let mut seen = review.seen();
        if whole {
            seen.representations += 1;
            seen.exchanges.insert(at.exchange);
        }
        places(record, &mut String::new(), &mut seen.places);
        for mut claimed in claimed {
            // The target has only stored what the run asked for.
            if !input.contains(&flaw(&claimed)) {
                self.soften(&mut claimed, level);
                note(&mut seen, claimed, &at.prefix, at.exchange);
            }
        }
    }

    /// A request of a scenario of a higher level can't make a lower level fail.
    fn soften(&self, claimed: &mut Claimed, asked_by: Option<Level>) {
        let own = self
            .catalogued(&claimed.requirement)
            .map(|known| known.level);
        if own.is_some() && asked_by > own {
            claimed.at_most = claimed.at_most.into_iter().chain([Severity::Warn]).min();
        }
    }

    /// The rules that a body of the run breaks itself: a target that stores it as it came is not
    /// to blame. What only the target gives a record does not count as missing.
    pub(super) fn flaws_of_input(&self, body: &Value) -> InputFlaws {
        let claimed = self.judge_representation(body).into_iter();
        claimed
            .filter(|claimed| {
                let place = claimed.violation.place();
                place.matches('/').count() > 1 || body.pointer(&place).is_some()
            })
            .map(|claimed| flaw(&claimed))
            .collect()
    }

    fn facts(&self, reply: &Reply, level: Option<Level>) -> AnswerFacts {
        let answer = &reply.answer;
        let cut = answer.cut.is_some();
        AnswerFacts {
            exchange: answer.index,
            line: answer.line(),
            status: answer.status,
            content_type: answer.header("content-type").map(str::to_owned),
            has_body: !answer.body.is_empty(),
            // Cut in the middle of a character it only looks so.
            not_utf8: (!cut).then(|| not_plain_utf8(&answer.body)).flatten(),
            internals: internals_in(answer),
            at_most: self.at_most(answer),
            level,
        }
    }

    /// The description says little of methods that it does not know, and nothing of other paths.
    fn at_most(&self, answer: &Answer) -> Option<Severity> {
        match (self.knows_path(&answer.url), self.known_operation(answer)) {
            (false, _) => Some(Severity::Info),
            (true, false) => Some(Severity::Warn),
            (true, true) => None,
        }
    }

    /// Whether the API description has this path: the collection, the hub, or what is in them.
    fn knows_path(&self, url: &Url) -> bool {
        let hub = self.hub_url(None);
        [self.collection.path(), hub.path()].iter().any(|path| {
            let below = url.path().strip_prefix(path);
            below.is_some_and(|below| match below.strip_prefix('/') {
                Some(id) => !id.is_empty() && !id.contains('/'),
                None => below.is_empty(),
            })
        })
    }

    /// GET and POST are mandatory; an optional operation counts where the target offers it.
    fn known_operation(&self, answer: &Answer) -> bool {
        let collection = answer.url.path() == self.collection.path();
        match answer.method.as_str() {
            "GET" => true,
            "POST" => collection,
            "PATCH" | "DELETE" => !collection && !matches!(answer.status, 404 | 405 | 501),
            _ => false,
        }
    }

    /// Whether a URL is that of the collection or lies below it.
    pub(super) fn targets_the_resource(&self, url: &Url) -> bool {
        let below = url.path().strip_prefix(self.collection.path());
        below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Whether an operation that is answered so shows records; what else is answered is a message,
    /// whatever it looks like.
    fn shows_records(&self, answer: &Answer) -> bool {
        let below = answer.url.path().strip_prefix(self.collection.path());
        let (of_collection, of_member) = match below {
            Some("" | "/") => (true, false),
            Some(rest) => (false, rest.starts_with('/') && !rest[1..].contains('/')),
            None => (false, false),
        };
        match (answer.method.as_str(), answer.status) {
            ("GET", 200 | 206) => of_collection || of_member,
            ("POST", 200 | 201) => of_collection,
            ("PATCH", 200) => of_member,
            _ => false,
        }
    }

    fn kind(&self, answer: &Answer) -> Kind {
        let fields = answer.url.query_pairs().find(|(name, _)| name == "fields");
        let selected = fields.is_some();
        // A dotted name selects parts of sub-resources, which are not whole ones to be judged.
        let in_parts = fields.is_some_and(|(_, names)| names.contains('.'));
        match answer.status {
            _ if self.shows_records(answer) && !in_parts => Kind::Representations { selected },
            400.. if self.known_operation(answer) => Kind::Error(self.at_most(answer)),
            _ => Kind::Other,
        }
    }

    /// All violations of a representation of the resource.
    pub fn judge_representation(&self, record: &Value) -> Vec<Claimed> {
        self.review
            .as_ref()
            .map(|review| review.judge(&review.representation, record, true))
            .unwrap_or_default()
    }

    /// All violations of a body that keeps to the schema of that name.
    pub fn judge_as(&self, schema: &str, body: &Value) -> Vec<Claimed> {
        self.review
            .as_ref()
            .map(|review| review.judge(schema, body, true))
            .unwrap_or_default()
    }

    /// All violations of an error body.
    pub fn judge_error(&self, body: &Value) -> Vec<Claimed> {
        self.review
            .as_ref()
            .map(|review| review.judge(&review.error, body, true))
            .unwrap_or_default()
    }

    /// What the review saw below the attributes of representations, by the rules for whole ones.
    pub fn reviewed_sub_resources(&self) -> Vec<Reviewed> {
        let Some(review) = &self.review else {
            return Vec::new();
        };
        let whole_only: BTreeSet<_> = review
            .sets
            .iter()
            .filter(|(whole_only, _)| *whole_only)
            .flat_map(|(_, rules)| rules.claims.requirements())
            .collect();
        let seen = review.seen();
        seen.violations
            .iter()
            .filter(|one| whole_only.contains(one.requirement.as_str()))
            .filter(|one| one.violation.place().matches('/').count() > 1)
            .filter(|one| one.at_most.is_none_or(|most| most == Severity::Fail))
            .cloned()
            .collect()
    }

    /// What the review saw that this requirement claims.
    pub fn reviewed(&self, requirement: &str) -> Vec<Reviewed> {
        let Some(review) = &self.review else {
            return Vec::new();
        };
        let seen = review.seen();
        seen.violations
            .iter()
            .filter(|one| one.requirement == requirement)
            .cloned()
            .collect()
    }

    /// The whole representations of own records that came.
    pub fn representations_seen(&self) -> LookedAt {
        let what = "representations";
        match &self.review {
            Some(review) => {
                let seen = review.seen();
                LookedAt::new(what, seen.representations, &seen.exchanges)
            }
            None => LookedAt::new(what, 0, &BTreeSet::new()),
        }
    }

    /// Whether an own record came back with a value at that place, array indices as `*`.
    pub fn place_seen(&self, place: &str) -> bool {
        self.review
            .as_ref()
            .is_some_and(|review| review.seen().places.contains(place))
    }

    /// All answers that scenarios received so far, in the order of the requests.
    pub fn answers_seen(&self) -> Vec<Arc<AnswerFacts>> {
        let mut answers = self
            .review
            .as_ref()
            .map(|review| review.seen().answers.clone())
            .unwrap_or_default();
        answers.sort_by_key(|answer| answer.exchange);
        answers
    }

    /// Looks at the records that are there before the run creates its own: one GET of the
    /// collection, judged as data, never as a defect of the implementation.
    pub async fn audit_existing(&self) {
        let Some(review) = &self.review else { return };
        let request = Outgoing::new("GET", self.collection());
        let Ok(answer) = self.client.send(request).await else {
            return;
        };
        if !matches!(answer.status, 200 | 206) {
            return;
        }
        self.collection_bytes
            .store(answer.body.len(), Ordering::Relaxed);
        self.run.avoid(&answer.body);
        // Element by element: a large collection is never a tree in memory.
        let Ok(Some(mut elements)) = JsonArrayReader::of(&answer.body) else {
            return;
        };
        let mut audit = Audit::default();
        loop {
            let element = match elements.next_element() {
                Ok(Some(element)) => element,
                Ok(None) => break,
                // Of what is not a JSON list nothing is said.
                Err(_) => return,
            };
            if serde_json::from_slice::<&RawValue>(element).is_err() {
                return;
            }
            let Ok(record) = tree(element) else {
                continue;
            };
            let id = id_of(&record);
            if id
                .as_deref()
                .is_some_and(|id| self.client.log().ownership.owns(id))
            {
                continue;
            }
            audit.records += 1;
            let severe = |claimed: &Claimed| self.severity_of(claimed) == Severity::Fail;
            let claimed = review.judge(&review.representation, &record, true);
            let mut violates = false;
            for claimed in claimed.into_iter().filter(severe) {
                violates = true;
                let key = (claimed.requirement, general(&claimed.violation.place()));
                let finding = audit
                    .findings
                    .entry(key)
                    .or_insert_with(|| (claimed.violation.message, 0, Vec::new()));
                finding.1 += 1;
                if finding.2.len() < MOST_NAMED {
                    let named = id.clone().or_else(|| long_id(&record));
                    finding
                        .2
                        .push(named.unwrap_or_else(|| "(no id)".to_owned()));
                }
            }
            audit.violating += usize::from(violates);
        }
        review.seen().audit = audit;
    }

    /// What a violation costs.
    pub(super) fn severity_of(&self, claimed: &Claimed) -> Severity {
        let catalogued = self.catalogued(&claimed.requirement);
        let severity = catalogued.map_or(Severity::Info, |known| known.on_violation);
        claimed.at_most.map_or(severity, |most| most.min(severity))
    }

    /// What older records violate.
    pub fn audit(&self) -> Audit {
        self.review
            .as_ref()
            .map(|review| review.seen().audit.clone())
            .unwrap_or_default()
    }
}

fn note(seen: &mut Seen, claimed: Claimed, at: &str, exchange: usize) {
    let place = general(&claimed.violation.place());
    // What costs less must not hide what costs more.
    let key = format!(
        "{} {place} {} {:?}",
        claimed.requirement, claimed.violation.keyword, claimed.at_most
    );
    if let Some(&known) = seen.known.get(&key) {
        if let Some(reviewed) = seen.violations.get_mut(known) {
            reviewed.count += 1;
            // Answers come in any order; the first exchange is the one to show.
            if exchange < reviewed.exchange {
                reviewed.exchange = exchange;
                reviewed.pointer = format!("{at}{}", claimed.violation.place());
                reviewed.violation = claimed.violation;
            }
        }
        return;
    }
    seen.known.insert(key, seen.violations.len());
    seen.violations.push(Reviewed {
        pointer: format!("{at}{}", claimed.violation.place()),
        requirement: claimed.requirement,
        at_most: claimed.at_most,
        why: claimed.why,
        violation: claimed.violation,
        exchange,
        count: 1,
    });
}

/// Why a body is not what RFC 8259 asks for: UTF-8 without a byte order mark.
fn not_plain_utf8(body: &Body) -> Option<String> {
    let marked = body.reader().starts_with(BYTE_ORDER_MARK);
    if marked.is_ok_and(|marked| marked) {
        return Some("a byte order mark in front".to_owned());
    }
    body.not_utf8().ok()?
}
