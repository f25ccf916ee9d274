//! Whose record it is, seen before it is changed. An id does not identify it: a target may give it
//! again, or its sequence of ids may have been reset. So whatever changes or deletes a record or a
//! listener, in the run, in its cleaning up and in that after a crash, asks here first.

use serde_json::Value;
use url::Url;

use super::{Context, Created, Record, id_of, record_url};
use crate::evidence::{Body, DifferenceKind, JsonArrayReader, differences, merged, tree};
use crate::http::{Answer, Client, Failure, FailureKind, Outgoing, Repeat, path_and_query};
use crate::journal::Claim;

/// How often a change is sent at most, with a look at the record before each time.
const MOST_TRIES: usize = 10;

/// Why it is not sent any more.
const TOO_BUSY: &str = "the target is too busy for it";

/// Pages of a collection that are asked for at most.
const MOST_PAGES: usize = 500;

/// What stands under an id.
#[derive(Debug, Clone, PartialEq)]
pub enum Held {
    /// The record that the run created, with the ETag of the answer that showed it.
    Own {
        /// None where the answer had none.
        etag: Option<String>,
        /// As it was shown.
        record: Value,
    },
    /// A record that the run did not create.
    Another,
    /// A retrieval of the id shows the record of another id, which the run did not create: a change
    /// may strike that one.
    Misled(String),
    /// Nothing: neither is there a record under the id, nor does the collection list one.
    Nothing,
    /// That can't be known, for this reason.
    Unknown(String),
}

/// What was seen of the record of an id.
#[derive(Debug)]
pub struct Look {
    /// What stands there.
    pub held: Held,
    /// The exchange that shows it.
    pub exchange: Option<usize>,
}

/// Looks at the record of an id; `owns` shows whether it is the run's own.
///
/// Where a retrieval shows no record of that id, the collection is asked for it.
pub async fn look(
    client: &Client,
    collection: &Url,
    id: &str,
    owns: &dyn Fn(&Value) -> bool,
) -> Look {
    let by_id = look_by_id(client, collection, id, owns).await;
    let doubtful = match &by_id.held {
        Held::Own { .. } | Held::Another | Held::Misled(_) => return by_id,
        Held::Nothing => None,
        Held::Unknown(why) => Some(why.clone()),
    };
    let mut url = collection.clone();
    url.query_pairs_mut().append_pair("id", id);
    let (mut own, mut others) = (None, 0);
    let mut see = |record: Value| {
        if id_of(&record).as_deref() == Some(id) {
            match owns(&record) {
                true => own = Some(record),
                false => others += 1,
            }
        }
    };
    let listed = each_record(client, url, &mut see).await;
    let held = match (own, others, doubtful) {
        (_, 1.., _) => Held::Another,
        (Some(record), ..) => Held::Own { etag: None, record },
        (None, _, None) => Held::Nothing,
        (None, _, Some(why)) if listed != Ok(true) => Held::Unknown(why),
        (None, _, Some(why)) => {
            Held::Unknown(format!("{why}, and the collection does not list it"))
        }
    };
    Look {
        held,
        exchange: by_id.exchange,
    }
}

/// The same by a retrieval alone.
pub async fn look_by_id(
    client: &Client,
    collection: &Url,
    id: &str,
    owns: &dyn Fn(&Value) -> bool,
) -> Look {
    let sent = client
        .send(Outgoing::new("GET", record_url(collection, id)))
        .await;
    let answer = match sent {
        Ok(answer) => answer,
        Err(failure) => {
            return Look {
                exchange: failure.exchange,
                held: Held::Unknown(format!("GET got no answer: {}", failure.message)),
            };
        }
    };
    let unclear = |why: &str| Held::Unknown(format!("GET answers {}{why}", answer.status));
    let held = match answer.status {
        404 | 410 => Held::Nothing,
        200 => match object(&answer.body) {
            None => unclear(", but no record"),
            Some(record) if id_of(&record).is_some_and(|shown| shown != id) => {
                let shown = id_of(&record).unwrap_or_default();
                match owns(&record) {
                    true => unclear(" with another id"),
                    false => Held::Misled(shown),
                }
            }
            Some(record) if owns(&record) => Held::Own {
                etag: answer.header("etag").map(str::to_owned),
                record,
            },
            Some(_) => Held::Another,
        },
        _ => unclear(""),
    };
    match &held {
        Held::Another => client.disown(id, answer.index),
        Held::Misled(shown) => client.disown(shown, answer.index),
        _ => {}
    }
    Look {
        held,
        exchange: Some(answer.index),
    }
}

/// A body that is an object with an attribute, or a list of one such.
fn object(body: &Body) -> Option<Value> {
    let read = tree(&body.whole().ok()?).ok()?;
    let record = match read {
        Value::Array(mut items) if items.len() == 1 => items.pop()?,
        other => other,
    };
    let attributes = record.as_object()?;
    (!attributes.is_empty()).then_some(record)
}

/// Sends a change of a record that was seen to be the run's own. Where the target demands a
/// condition (428), it is that the record still is what was seen.
///
/// # Errors
/// No answer came.
pub async fn change(
    client: &Client,
    request: Outgoing,
    etag: Option<&str>,
) -> Result<Answer, Failure> {
    let conditional = request.header("if-match").is_some();
    let first = client.send(request.clone()).await?;
    if first.status != 428 || conditional {
        return Ok(first);
    }
    for condition in conditions(etag) {
        let mut again = request.clone();
        again.set_header("If-Match", condition);
        let answer = client.send(again).await?;
        if !matches!(answer.status, 412 | 428) {
            return Ok(answer);
        }
    }
    Ok(first)
}

/// What to demand, in the order in which it is tried. A weak ETag never matches by RFC 9110
/// (section 13.1.1), and servers that have no other compare it all the same, or its text alone.
fn conditions(etag: Option<&str>) -> Vec<&str> {
    match etag {
        None => vec!["*"],
        Some(etag) => std::iter::once(etag)
            .chain(etag.strip_prefix("W/"))
            .collect(),
    }
}

/// What became of a record that was to be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removal {
    /// It is not there; the status is that of a DELETE, where one was sent.
    Gone(Option<u16>),
    /// Another record has its id.
    Another,
    /// The target refuses it, by that status.
    Refused(u16),
    /// Whose record it is could not be seen, or no answer came.
    Unknown(String),
}

/// Deletes the record of an id, if it is seen to be the run's own just before.
pub async fn remove(
    client: &Client,
    collection: &Url,
    id: &str,
    owns: &dyn Fn(&Value) -> bool,
) -> Removal {
    let mut conditional = true;
    let mut repeat = Repeat::FIRST_LOOK;
    for _ in 0..MOST_TRIES {
        let etag = match look(client, collection, id, owns).await.held {
            Held::Own { etag, .. } => etag,
            Held::Another => return Removal::Another,
            Held::Misled(shown) => return Removal::Unknown(misled(&shown)),
            Held::Nothing => return Removal::Gone(None),
            Held::Unknown(why) => {
                return Removal::Unknown(format!("whose it is can't be seen: {why}"));
            }
        };
        let mut request = Outgoing::new("DELETE", record_url(collection, id));
        request.repeat = repeat;
        // A strong one makes sure that nothing happened in between.
        let strong = etag.as_deref().filter(|etag| !etag.starts_with("W/"));
        let strong = strong.filter(|_| conditional);
        if let Some(etag) = strong {
            request.set_header("If-Match", etag);
        }
        match change(client, request, etag.as_deref()).await {
            // It may have changed, or the target compares something else.
            Ok(answer) if strong.is_some() && matches!(answer.status, 400 | 412 | 501) => {
                conditional = false;
            }
            Ok(answer) if answer.status < 300 || matches!(answer.status, 404 | 410) => {
                return Removal::Gone(Some(answer.status));
            }
            Ok(answer) => return Removal::Refused(answer.status),
            Err(failure) if failure.kind.asks_for_a_look() => repeat = repeat.after(failure.kind),
            Err(failure) => return Removal::Unknown(failure.message),
        }
    }
    Removal::Unknown(TOO_BUSY.to_owned())
}

/// Why nothing is changed by an id that shows another's record.
fn misled(shown: &str) -> String {
    format!(
        "GET of its id shows the record {shown}, which is not the run's own: a change might strike \
         that one"
    )
}

/// Shows each record of a collection, page by page; whether these are all.
///
/// # Errors
/// Where an answer is not a list.
pub async fn each_record(
    client: &Client,
    collection: Url,
    see: &mut dyn FnMut(Value),
) -> Result<bool, String> {
    let (mut url, mut seen) = (collection.clone(), 0);
    for _ in 0..MOST_PAGES {
        let sent = client.send(Outgoing::new("GET", url.clone())).await;
        let answer = sent.map_err(|failure| failure.message)?;
        if answer.status == 204 {
            return Ok(true);
        }
        let before = seen;
        let no_list = || format!("{} is not a JSON list", answer.line());
        let known = matches!(answer.status, 200 | 206) && answer.cut.is_none();
        let elements = JsonArrayReader::of(&answer.body).ok().flatten();
        let mut elements = elements.filter(|_| known).ok_or_else(no_list)?;
        while let Some(element) = elements.next_element().map_err(|_| no_list())? {
            seen += 1;
            // The run made none of a size that can't be read.
            if let Ok(record) = tree(element) {
                see(record);
            }
        }
        let total = answer.header("x-total-count");
        let total = total.and_then(|total| total.trim().parse::<usize>().ok());
        let more = total.map_or(answer.status == 206, |total| seen < total);
        let next = next_page(&answer).filter(|next| next.origin() == collection.origin());
        url = match next {
            Some(next) if next != url => next,
            _ if !more => return Ok(true),
            // A page that brought nothing is followed by none.
            _ if seen == before => return Ok(total.is_none()),
            _ => {
                let mut next = collection.clone();
                next.query_pairs_mut()
                    .append_pair("offset", &seen.to_string());
                next
            }
        };
    }
    Ok(false)
}

/// The next page, where the answer links to it (RFC 8288).
fn next_page(answer: &Answer) -> Option<Url> {
    let mut links = answer.header("link")?.split(',');
    let next = links.find(|link| {
        let mut parameters = link.split(';').skip(1).map(str::trim);
        parameters.any(|one| matches!(one, "rel=next" | "rel=\"next\""))
    })?;
    let (_, rest) = next.split_once('<')?;
    answer.url.join(rest.split_once('>')?.0).ok()
}

/// Whether a listener that can be read is another's: it has a callback, and none of these.
pub async fn is_anothers_listener(client: &Client, url: &Url, callbacks: &[String]) -> bool {
    let Ok(answer) = client.send(Outgoing::new("GET", url.clone())).await else {
        return false;
    };
    // Most hubs can't be read: then its id is all there is.
    let shown = (answer.status == 200)
        .then(|| object(&answer.body))
        .flatten();
    let shown = shown.as_ref().and_then(|one| one.get("callback")?.as_str());
    shown.is_some_and(|shown| !callbacks.iter().any(|own| own == shown))
}

/// What a request is about to change.
enum Aim {
    Record(String),
    Collection,
    Listener(String),
    Nothing,
}

impl Context {
    fn aim(&self, request: &Outgoing) -> Aim {
        if !request.changes() {
            return Aim::Nothing;
        }
        let below = |place: &Url| -> Option<String> {
            let rest = request.url.path().strip_prefix(place.path())?;
            let (before, rest) = rest.split_at_checked(1).unwrap_or(("", ""));
            let id = rest.split('/').next().unwrap_or_default();
            let id = percent_encoding::percent_decode_str(id).decode_utf8_lossy();
            matches!(before, "" | "/").then(|| id.into_owned())
        };
        match (below(&self.collection), below(&self.hub_url(None))) {
            (Some(id), _) if !id.is_empty() => Aim::Record(id),
            // A create; whatever else is sent to the collection may be meant for all that is in it.
            (Some(_), _) if request.method == "POST" => Aim::Nothing,
            (Some(_), _) => Aim::Collection,
            (_, Some(id)) if !id.is_empty() && request.method == "DELETE" => Aim::Listener(id),
            _ => Aim::Nothing,
        }
    }

    /// Whether a record that has this id is the run's own.
    pub(super) fn owns(&self, id: &str, record: &Value) -> bool {
        Claim::marked(&self.run.marker()).fits(record)
            || self.ledger().any(id, |one| one.fits(record))
    }

    /// Sees that a request changes nothing but what the run has created, just before it is sent;
    /// gives the ETag of what is changed.
    ///
    /// # Errors
    /// [`FailureKind::Foreign`], where that is another's, or whose it is can't be known.
    pub(super) async fn guard(&self, request: &Outgoing) -> Result<Option<String>, Failure> {
        match self.aim(request) {
            Aim::Nothing => Ok(None),
            Aim::Record(id) => self.guard_record(request, &id).await,
            Aim::Collection => {
                let mut others = 0;
                let count = &mut |record: Value| {
                    let id = id_of(&record).unwrap_or_default();
                    others += usize::from(!self.owns(&id, &record));
                };
                match each_record(&self.client, self.collection(), count).await {
                    Ok(true) if others == 0 => Ok(None),
                    _ => Err(withheld(
                        FailureKind::Shared,
                        "the collection holds older records, which must not be put at risk",
                        None,
                    )),
                }
            }
            Aim::Listener(id) => {
                // As long as it is registered, nobody else has its id.
                let own = self.ledger().callbacks_removed(&id);
                if !own.is_empty() && is_anothers_listener(&self.client, &request.url, &own).await {
                    let why = format!("the id {id} was given again: another listener has it now");
                    return Err(withheld(FailureKind::Foreign, &why, None));
                }
                Ok(None)
            }
        }
    }

    /// Sends what may change a record, with a look at the record just before each try.
    ///
    /// # Errors
    /// As of [`Self::guard`], or no answer came.
    pub(super) async fn change_own(&self, mut request: Outgoing) -> Result<Answer, Failure> {
        if matches!(self.aim(&request), Aim::Record(_)) {
            request.repeat = Repeat::FIRST_LOOK;
        }
        for _ in 0..MOST_TRIES {
            let etag = self.guard(&request).await?;
            match change(&self.client, request.clone(), etag.as_deref()).await {
                Err(failure) if failure.kind.asks_for_a_look() => {
                    request.repeat = request.repeat.after(failure.kind);
                }
                other => return other,
            }
        }
        Err(withheld(FailureKind::Busy, TOO_BUSY, None))
    }

    async fn guard_record(&self, request: &Outgoing, id: &str) -> Result<Option<String>, Failure> {
        let owns = |record: &Value| self.owns(id, record);
        let known = self.ledger().any(id, |_| true);
        let look = match known {
            true => look(&self.client, &self.collection, id, &owns).await,
            false => look_by_id(&self.client, &self.collection, id, &owns).await,
        };
        let why = match look.held {
            Held::Own { etag, record } => {
                self.note_change_of(request, id, &record);
                return Ok(etag);
            }
            Held::Nothing => return Ok(None),
            // No create was ever answered with that id, and nothing is seen there. A run that has
            // ended sends nothing anyway.
            Held::Unknown(_) if !known || self.client.halted().is_some() => return Ok(None),
            Held::Another if known => {
                format!("the id {id} was given again: another record has it now")
            }
            Held::Another => format!("the record {id} is not the run's own"),
            Held::Misled(shown) => {
                let line = format!("{} {}", request.method, path_and_query(&request.url));
                format!("{line} was not sent: {}", misled(&shown))
            }
            Held::Unknown(why) => {
                let line = format!("{} {}", request.method, path_and_query(&request.url));
                format!("{line} was not sent: whose record it is can't be seen: {why}")
            }
        };
        Err(withheld(FailureKind::Foreign, &why, look.exchange))
    }

    /// Whether a record of the run was deleted and another has its id: one that `shown` shows, or
    /// one of the run itself, which gets the same answers to the same create.
    pub async fn was_given_again(&self, record: &Record, shown: Option<&Value>) -> bool {
        let Ok(creation) = record.creation() else {
            return false;
        };
        if !self.has_deleted(record) {
            return false;
        }
        let number = record.create();
        let another = |shown: &Value| {
            let differs = differences(&creation.sent, shown).into_iter();
            id_of(shown).as_deref() == Some(&record.id)
                && !self.owns(&record.id, shown)
                && differs
                    .into_iter()
                    .any(|one| one.kind == DifferenceKind::Changed)
        };
        if shown.is_some_and(another) {
            return true;
        }
        // A selection of attributes does not tell whose it is: the whole record does.
        if let Some(shown) = shown
            && !self.owns(&record.id, shown)
        {
            let owns = |shown: &Value| self.owns(&record.id, shown);
            let look = look_by_id(&self.client, &self.collection, &record.id, &owns).await;
            if look.held == Held::Another {
                return true;
            }
        }
        // One that has it may not be known yet.
        self.await_creates().await;
        self.ledger()
            .any(&record.id, |one| Some(one.number) > number)
    }

    /// Whether the run has deleted a record, whatever has its id by now.
    pub fn has_deleted(&self, record: &Record) -> bool {
        let number = record.create();
        let is_gone = |one: &Created| Some(one.number) == number && one.deleted;
        self.ledger().any(&record.id, is_gone)
    }

    /// Whether another create of the run was given the id of a record, before it or after it.
    pub fn shares_its_id(&self, record: &Record) -> bool {
        let number = record.create();
        self.ledger()
            .any(&record.id, |one| Some(one.number) != number)
    }

    /// Notes what a record becomes by a change that takes the marker from it.
    fn note_change_of(&self, request: &Outgoing, id: &str, record: &Value) {
        let body = request.body.as_deref().unwrap_or_default();
        let Ok(body @ Value::Object(_)) = serde_json::from_slice::<Value>(body) else {
            return;
        };
        let after = match request.method.as_str() {
            "PATCH" => merged(record, &body),
            "PUT" => body,
            _ => return,
        };
        self.note_shown_after(id, &after);
    }

    /// Notes what identifies a record of the run that does not carry its marker any more.
    pub(super) fn note_shown_after(&self, id: &str, record: &Value) {
        if !Claim::marked(&self.run.marker()).fits(record) {
            self.ledger().note_changed(id, &Claim::changed(record));
        }
    }
}

fn withheld(kind: FailureKind, why: &str, exchange: Option<usize>) -> Failure {
    Failure {
        exchange,
        kind,
        message: why.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_the_etag_as_it_came_and_then_its_text() {
        assert_eq!(conditions(None), ["*"]);
        assert_eq!(conditions(Some("\"1\"")), ["\"1\""]);
        assert_eq!(conditions(Some("W/\"1\"")), ["W/\"1\"", "\"1\""]);
    }
}
