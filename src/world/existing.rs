//! Records that were there before the run and stand in for its own: looked at, never changed.
//!
//! They are other people's. Somebody may change one while it is looked at, so what was seen to be
//! wrong with it counts only as long as it is what it was. And whatever a check says of it, no
//! output shows what stands in it: its texts are hidden wherever they were sent or came back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;
use url::Url;

use super::record::{DIRECTIVES, ExistingRecord, Record, StandIns};
use super::{Context, Reply, World, id_of};
use crate::evidence::{Body, JsonArrayReader, Stop, differences, tree};
use crate::http::Outgoing;
use crate::pack::{Fixture, StandIn};
use crate::terms::Severity;

/// Maximum number of elements of the collection that are looked at for what can stand in.
const LOOKED_AT: usize = 50;

/// Maximum number of bytes that they may have together.
const MOST_KEPT: usize = 8 << 20;

/// A shorter text could not be hidden without hiding much else, and is not a criterion to learn
/// from.
const SHORTEST: usize = 4;

/// What is always shown of a record, and stands in every URL about it.
const SHOWN: [&str; 2] = ["id", "href"];

/// What stands in requests and answers anyway, whoever's record has it as well.
const COMMON: &str = "application/json;charset=utf-8 application/merge-patch+json";

/// A record that may stand in.
#[derive(Debug, Clone)]
struct Candidate {
    id: String,
    seen: ExistingRecord,
    /// Whether it keeps to the rules: what only some records break is their data's fault, and not
    /// the target's.
    sound: bool,
}

impl Candidate {
    fn text(&self, name: &str) -> Option<&str> {
        self.seen.shown.get(name)?.as_str()
    }

    fn has(&self, name: &str) -> bool {
        self.seen
            .shown
            .get(name)
            .is_some_and(|value| !value.is_null())
    }

    /// Whether it differs from another record in these attributes, whatever the case of a text.
    fn differs(&self, other: &Record, names: &[String]) -> bool {
        // Of what the target does not show under its id, nothing is known that could be the same.
        let unknown = other
            .as_existing()
            .is_some_and(|seen| !seen.shown.is_object());
        unknown
            || names.iter().all(|name| {
                let mine = self.seen.shown.get(name);
                let theirs = other.value(name);
                let (Some(mine), Some(theirs)) = (mine, &theirs) else {
                    return false;
                };
                match (mine.as_str(), theirs.as_str()) {
                    (Some(mine), Some(theirs)) => {
                        mine.trim().to_lowercase() != theirs.trim().to_lowercase()
                    }
                    _ => !differences(mine, theirs).is_empty(),
                }
            })
    }
}

/// Whether a text means itself in a filter whoever reads it: no list, operator or pattern.
fn is_plain(text: &str) -> bool {
    let inner = |c: char| c.is_alphanumeric() || " -_./:()'\"&#+?!@".contains(c);
    let outer = |c: char| c.is_alphanumeric() || ".()?!".contains(c);
    text.chars().count() >= SHORTEST
        && text.chars().all(inner)
        && !text.contains("  ")
        && [text.chars().next(), text.chars().next_back()]
            .into_iter()
            .flatten()
            .all(outer)
}

/// The first elements of a list: it may be large, and no more of it becomes a tree than is looked at.
fn first_elements(body: &Body) -> Option<Vec<Value>> {
    let mut list = JsonArrayReader::of(body).ok()??;
    let mut first = Vec::new();
    let mut room = MOST_KEPT;
    while first.len() < LOOKED_AT
        && let Some(element) = list.next_element().ok()?
    {
        // What is too large stands in for nothing.
        let Some(left) = room.checked_sub(element.len()) else {
            continue;
        };
        first.extend(tree(element).ok().inspect(|_| room = left));
    }
    Some(first)
}

/// The record of that id, where it was answered.
fn shown_of<'a>(reply: &'a Reply, id: &str) -> Option<&'a Value> {
    let body = reply.json().ok();
    body.filter(|body| reply.answer.status == 200 && id_of(body).as_deref() == Some(id))
}

/// The one that stands in for a fixture: complete, sound and plain as far as there is such a one.
/// Where none is, the first: what all records break the target breaks. One that was named and is not
/// shown under its id comes before all others: it is to be found out why.
fn chosen<'a>(
    candidates: &'a [Candidate],
    taken: &BTreeSet<String>,
    fixture: &Fixture,
    unlike: Option<&Record>,
) -> Option<&'a Candidate> {
    let own = fixture.own.as_deref().unwrap_or_default();
    let free = candidates.iter().filter(|one| !taken.contains(&one.id));
    let fitting = free.filter(|one| unlike.is_none_or(|other| one.differs(other, own)));
    fitting.min_by_key(|one| {
        let complete = fixture.body.keys().all(|name| one.has(name));
        let plain = own.iter().all(|name| one.text(name).is_some_and(is_plain));
        let shown = one.seen.shown.is_object();
        (shown, !complete, !one.sound, !plain)
    })
}

impl Context {
    /// What stands in for the fixture of that name; none where it is to be created.
    pub(super) async fn stand_in(&self, name: &str) -> Option<Result<Arc<Record>, Stop>> {
        let existing = &self.settings.existing;
        if !existing.read_only && existing.ids.is_empty() {
            return None;
        }
        let choosing = || Box::pin(self.choose_stand_ins());
        let stand_ins = self.existing.stand_ins.get_or_init(choosing).await;
        stand_ins.get(name).cloned()
    }

    async fn choose_stand_ins(&self) -> StandIns {
        let (candidates, unusable) = match self.candidates().await {
            Ok(candidates) => (candidates, None),
            Err(stop) => (Vec::new(), Some(stop)),
        };
        let mut stand_ins = StandIns::new();
        let mut taken = BTreeSet::new();
        for (name, fixture, rule) in self.records.replaceable() {
            if let Some(stop) = &unusable {
                stand_ins.insert(name.to_owned(), Err(stop.clone()));
                continue;
            }
            let unlike = match rule.unlike.as_ref().map(|other| stand_ins.get(other)) {
                None => Ok(None),
                Some(Some(Ok(other))) => Ok(Some(Arc::clone(other))),
                Some(_) => Err(()),
            };
            let found = unlike
                .ok()
                .and_then(|unlike| chosen(&candidates, &taken, fixture, unlike.as_deref()));
            match found {
                Some(candidate) => {
                    taken.insert(candidate.id.clone());
                    let record = self.lend(name, candidate).await;
                    stand_ins.insert(name.to_owned(), Ok(Arc::new(record)));
                }
                // It is created as ever.
                None if !self.settings.existing.read_only => {}
                None => {
                    let why = self.nothing_stands_in(name, fixture, rule);
                    stand_ins.insert(name.to_owned(), Err(why));
                }
            }
        }
        stand_ins
    }

    /// Takes a record as one that stands in. Where a list and the record by its id show two values
    /// of an attribute, one of them is wrong, and neither is one to ask for.
    async fn lend(&self, name: &str, candidate: &Candidate) -> Record {
        let Candidate { id, seen, .. } = candidate;
        self.client.log().ownership.mark_existing(id);
        self.records.note_existing(id);
        self.conceal(&seen.shown);
        let mut seen = seen.clone();
        if seen.listed.is_some()
            && let Ok(reply) = self
                .exchange(Outgoing::new("GET", self.record_url(id)), false)
                .await
            && let Some(by_id) = shown_of(&reply, id)
            && let Some(members) = seen.shown.as_object_mut()
        {
            self.conceal(by_id);
            members.retain(|name, value| {
                let other = by_id.get(name).unwrap_or(&Value::Null);
                differences(value, other).is_empty()
            });
        }
        Record::existing(name, id.clone(), seen)
    }

    /// No output is to show what stands in this record.
    fn conceal(&self, record: &Value) {
        let mut texts = self.existing.texts();
        for (member, value) in record.as_object().into_iter().flatten() {
            if !SHOWN.contains(&member.as_str()) {
                self.gather(member, value, &mut texts);
            }
        }
    }

    fn nothing_stands_in(&self, name: &str, fixture: &Fixture, rule: &StandIn) -> Stop {
        let whose = match self.settings.existing.ids.is_empty() {
            true => format!("none of the first {LOOKED_AT} records of the collection"),
            false => "none of the records of --existing".to_owned(),
        };
        let unlike = rule.unlike.as_ref().map_or_else(String::new, |other| {
            let own = fixture.own.as_deref().unwrap_or_default().join(" and ");
            format!(", which differs from \"{other}\" in {own}")
        });
        let reason =
            format!("{whose} can stand in for \"{name}\"{unlike}: name one with --existing ID");
        Stop::blocked(reason, None)
    }

    /// The records that may stand in: those that the user names, else the first ones there are.
    async fn candidates(&self) -> Result<Vec<Candidate>, Stop> {
        let ids = &self.settings.existing.ids;
        let mut candidates = Vec::new();
        for id in ids {
            let seen = self.retrieved(id).await?;
            candidates.push(self.candidate(id.clone(), seen));
        }
        if ids.is_empty() {
            let (exchange, records) = self.first_records().await?;
            for shown in records {
                let Some(id) = id_of(&shown) else { continue };
                let seen = ExistingRecord {
                    listed: Some(shown.clone()),
                    shown,
                    exchange,
                };
                candidates.push(self.candidate(id, seen));
            }
            if candidates.is_empty() {
                let reason = "the collection shows no record with an id that can be asked for, and \
                              --read-only creates none: let it hold some, or name those to look at \
                              with --existing ID";
                return Err(Stop::blocked(reason, Some(exchange)));
            }
        }
        Ok(candidates)
    }

    fn candidate(&self, id: String, seen: ExistingRecord) -> Candidate {
        let claimed = self.judge_representation(&seen.shown);
        let sound = claimed
            .iter()
            .all(|claimed| self.severity_of(claimed) < Severity::Warn);
        Candidate { id, seen, sound }
    }

    /// A record that the user names, by its id.
    async fn retrieved(&self, id: &str) -> Result<ExistingRecord, Stop> {
        let read = Outgoing::new("GET", self.record_url(id));
        let reply = self.exchange(read, false).await.map_err(|failure| {
            let reason = format!("--existing {id}: no answer came: {}", failure.message);
            Stop::blocked(reason, failure.exchange)
        })?;
        let status = reply.answer.status;
        if matches!(status, 401 | 403 | 404 | 410) {
            let reason = format!(
                "--existing {id}: GET of it answers {status}; name records that are there and may \
                 be read"
            );
            return Err(Stop::blocked(reason, Some(reply.answer.index)));
        }
        // What else is wrong with the answer the scenarios that ask for the record find out.
        Ok(ExistingRecord {
            shown: shown_of(&reply, id).cloned().unwrap_or_default(),
            exchange: reply.answer.index,
            listed: None,
        })
    }

    /// The first records of the collection, with the exchange that shows them. A target need not
    /// know pages: then it is asked without.
    async fn first_records(&self) -> Result<(usize, Vec<Value>), Stop> {
        let mut page = self.collection();
        page.query_pairs_mut()
            .append_pair("limit", &LOOKED_AT.to_string());
        match self.records_at(page).await {
            Ok(found) => Ok(found),
            Err(_) => self.records_at(self.collection()).await,
        }
    }

    async fn records_at(&self, url: Url) -> Result<(usize, Vec<Value>), Stop> {
        let sent = self.client.send(Outgoing::new("GET", url)).await;
        let answer = sent.map_err(|failure| {
            let reason = format!("no record that exists was found: {}", failure.message);
            Stop::blocked(reason, failure.exchange)
        })?;
        let records = matches!(answer.status, 200 | 206)
            .then(|| first_elements(&answer.body))
            .flatten();
        records
            .map(|records| (answer.index, records))
            .ok_or_else(|| {
                let line = answer.line();
                let reason = format!("no record that exists was found: {line} is not a list");
                Stop::blocked(reason, Some(answer.index))
            })
    }

    /// Whether somebody has changed or removed a record that was there before the run, since it
    /// was seen first.
    async fn has_changed(&self, record: &Record) -> bool {
        let Some(seen) = record.as_existing() else {
            return false;
        };
        if let Some(listed) = &seen.listed {
            let Ok((_, records)) = self.first_records().await else {
                return false;
            };
            let mut records = records.iter();
            if let Some(now) = records.find(|now| id_of(now).as_deref() == Some(&record.id)) {
                return !self.changes(listed, now).is_empty();
            }
        }
        let read = Outgoing::new("GET", self.record_url(&record.id));
        let Ok(reply) = self.exchange(read, false).await else {
            return false;
        };
        let gone = matches!(reply.answer.status, 404 | 410);
        let now = shown_of(&reply, &record.id);
        let known = seen.listed.is_none() && !seen.shown.is_null();
        gone || known && now.is_some_and(|now| !self.changes(&seen.shown, now).is_empty())
    }

    /// What stood in for the run's own records: the fixtures' names, each with an id.
    pub fn stood_in(&self) -> Vec<(String, String)> {
        let all = self.existing.stand_ins.get().into_iter().flatten();
        all.filter_map(|(name, record)| Some((name.clone(), record.as_ref().ok()?.id.clone())))
            .collect()
    }

    /// Why records could not be stood in for, each reason once.
    pub fn not_stood_in(&self) -> BTreeSet<String> {
        let all = self.existing.stand_ins.get().into_iter().flatten();
        all.filter_map(|(_, record)| record.as_ref().err().map(Stop::to_string))
            .collect()
    }

    /// The texts of records that were there before which no output may show, in any form.
    pub fn existing_texts(&self) -> BTreeSet<String> {
        match self.settings.keep_foreign_bodies {
            true => BTreeSet::new(),
            false => self.existing.texts().clone(),
        }
    }

    /// What was made of a value, as far as it may be sent: where it is of a record that was there
    /// before, it is hidden from now on.
    pub(super) fn may_show(
        &self,
        value: &str,
        records: &BTreeMap<String, Arc<Record>>,
        made: String,
    ) -> Option<String> {
        let (name, attribute) = value.split_once('.')?;
        let existing = records.get(name).is_some_and(|one| one.is_existing());
        if existing && !SHOWN.contains(&attribute) {
            if made.trim().chars().count() < SHORTEST {
                return None;
            }
            self.existing.texts().insert(made.trim().to_owned());
        }
        Some(made)
    }

    /// Notes the texts in an attribute of a record that are to be hidden.
    fn gather(&self, member: &str, value: &Value, texts: &mut BTreeSet<String>) {
        match value {
            // The names of types are the API's.
            _ if member.starts_with('@') => {}
            Value::String(text) if text.chars().count() >= SHORTEST => {
                let common = format!("{} {COMMON}", self.collection()).to_lowercase();
                if !common.contains(&text.to_lowercase()) {
                    texts.insert(text.clone());
                }
            }
            Value::Array(items) => items
                .iter()
                .for_each(|item| self.gather(member, item, texts)),
            Value::Object(members) => members
                .iter()
                .for_each(|(member, item)| self.gather(member, item, texts)),
            _ => {}
        }
    }
}

impl Record {
    /// Whether a record that was there before may well match a query: its criteria are no more than
    /// what is known of it.
    pub fn may_match(&self, query: &Url) -> bool {
        let Some(seen) = self.as_existing() else {
            return false;
        };
        let unknown = !seen.shown.is_object();
        unknown
            || query.query_pairs().all(|(name, value)| {
                let pointer = format!("/{}", name.replace('.', "/"));
                match seen.shown.pointer(&pointer) {
                    Some(Value::String(text)) => text.trim().eq_ignore_ascii_case(value.trim()),
                    Some(other) => other.to_string() == value,
                    // Another answer shows it otherwise, or it is not a criterion.
                    None => {
                        let listed = seen.listed.as_ref();
                        let is_directive = DIRECTIVES.contains(&&*name);
                        is_directive || listed.is_some_and(|it| it.pointer(&pointer).is_some())
                    }
                }
            })
    }

    /// Whether a value can be asked for in a filter: one that was there before may have
    /// characters that targets read as lists, operators or patterns.
    pub fn can_be_asked_for(&self, path: &str) -> bool {
        let value = self.value(path);
        let text = value.as_ref().and_then(Value::as_str);
        !self.is_existing() || SHOWN.contains(&path) || text.is_some_and(is_plain)
    }
}

impl World {
    /// Takes back what was seen of a record that somebody else has changed meanwhile.
    pub async fn recheck_existing(&mut self) {
        if self.evidence.observations.is_empty() {
            return;
        }
        let context = Arc::clone(&self.context);
        let records: Vec<_> = self.records.values().cloned().collect();
        for record in records {
            if !context.has_changed(&record).await {
                continue;
            }
            self.evidence.observations.clear();
            self.evidence.held.clear();
            let reason = format!(
                "the record {} has changed while it was looked at: somebody else uses it",
                record.id
            );
            // Whatever ended it says so at its own step.
            let stop = Stop::blocked(reason, Some(record.exchange()));
            self.evidence.stop = Some((self.line, stop));
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn candidate(id: &str, reason: &str, direction: &str, sound: bool) -> Candidate {
        Candidate {
            id: id.to_owned(),
            seen: ExistingRecord {
                shown: json!({"id": id, "reason": reason, "direction": direction}),
                exchange: 0,
                listed: None,
            },
            sound,
        }
    }

    fn fixture() -> Fixture {
        let own = ["reason", "direction"];
        let body = json!({"reason": "", "direction": ""});
        serde_json::from_value(json!({"about": "", "own": own, "body": body})).unwrap()
    }

    fn first(candidates: &[Candidate]) -> &str {
        let found = chosen(candidates, &BTreeSet::new(), &fixture(), None);
        &found.unwrap().id
    }

    #[test]
    fn the_first_that_is_complete_sound_and_plain_stands_in() {
        let all = [
            candidate("list", "this, that", "inbound", true),
            candidate("broken", "Broken", "inbound", false),
            candidate("good", "Question (1)", "inbound", true),
            candidate("later", "Question (2)", "inbound", true),
        ];
        assert_eq!(first(&all), "good");
        assert_eq!(first(&all[..2]), "list", "sound before plain");
        assert_eq!(first(&all[1..2]), "broken", "where all are, the target is");
    }

    #[test]
    fn an_existing_record_differs_in_each_attribute_or_none_is_chosen() {
        let seen = candidate("1", "Same", "inbound", true).seen;
        let one = Record::existing("A", "1".into(), seen);
        let pick = |candidates: &[Candidate]| {
            let taken = BTreeSet::from(["1".to_owned()]);
            let found = chosen(candidates, &taken, &fixture(), Some(&one));
            found.map(|found| found.id.clone())
        };
        let alike = [
            candidate("1", "Other", "outbound", true),
            candidate("2", "Other", "inbound", true),
            candidate("3", "same ", "outbound", true),
        ];
        assert_eq!(pick(&alike), None);
        let other = candidate("4", "Other", "outbound", false);
        assert_eq!(pick(&[other]).as_deref(), Some("4"));
    }

    #[test]
    fn texts_with_operators_are_not_plain() {
        for text in [
            "Question (1)",
            "R&D: what's up?",
            "Größe 7/8",
            "a.b@c.example",
        ] {
            assert!(is_plain(text), "{text}");
        }
        for text in [
            "a, b",
            "a;b c",
            "100%",
            "a*bcd",
            " pad",
            "two  blanks",
            ">= 7",
            "abc",
            "a=b c",
        ] {
            assert!(!is_plain(text), "{text}");
        }
    }

    #[test]
    fn a_record_that_matches_by_what_is_known_of_it_is_no_wrong_match() {
        let mut seen = candidate("1", "Same", "inbound", true).seen;
        seen.listed = Some(json!({"id": "1", "reason": "Same", "status": "open"}));
        let one = Record::existing("A", "1".into(), seen);
        let matches = |query: &str| {
            let url = format!("http://h/?{query}");
            one.may_match(&Url::parse(&url).unwrap())
        };
        assert!(matches("reason=same&direction=inbound&fields=id"));
        // Its status is shown in two ways.
        assert!(matches("reason=Same&status=done"));
        assert!(!matches("reason=Same&direction=outbound"));
        assert!(!matches("reason=Sam") && !matches("description=x"));
    }
}
