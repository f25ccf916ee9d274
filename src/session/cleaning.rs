//! What a run leaves behind, it removes.

use url::Url;

use super::observer::Observer;
use crate::http::{LONGEST_URL, Outgoing};
use crate::verdict::CreatedRecord;
use crate::world::{Context, Created};

/// Waits for what is under way, so that all that was created is known.
pub(super) async fn settle(
    context: &Context,
    interrupted: &mut bool,
    stop: &mut impl AsyncFnMut(),
) {
    let mut settling = std::pin::pin!(context.settle());
    loop {
        tokio::select! {
            () = settling.as_mut() => return,
            () = stop() => {
                if *interrupted {
                    return;
                }
                *interrupted = true;
            }
        }
    }
}

/// Removes the listeners that are left, before their records go: nobody is to hear of that.
pub(super) async fn leave_hub(
    context: &Context,
    interrupted: &mut bool,
    stop: &mut impl AsyncFnMut(),
) {
    if *interrupted {
        context.adopt_registrations();
    }
    let mut leaving = std::pin::pin!(context.leave_hub());
    loop {
        tokio::select! {
            () = leaving.as_mut() => return,
            () = stop() => {
                if *interrupted {
                    return;
                }
                *interrupted = true;
            }
        }
    }
}

/// What the run created, and what became of it.
#[derive(Debug)]
pub(super) struct Left {
    /// All of it.
    pub(super) records: Vec<CreatedRecord>,
    /// Whether what is left is to stay: the user wants it, or the target offers no way to remove it.
    pub(super) to_stay: bool,
}

/// Deletes what the run created, where the target lets us; says what was left and why.
///
/// The first wish to end the run is no reason to stop here: it is what is being done.
pub(super) async fn clean_up(
    context: &Context,
    observer: &dyn Observer,
    interrupted: &mut bool,
    stop: &mut impl AsyncFnMut(),
) -> Left {
    let created = context.created_records();
    observer.phase("cleaning up", created.len());
    let mut refused: Option<String> = context
        .settings
        .keep
        .then(|| "--keep leaves created records".to_owned())
        .or_else(|| not_offered(context));
    let mut to_stay = refused.is_some();
    let mut records = Vec::with_capacity(created.len());
    for Created { id, deleted } in created {
        let url = context.member(&id);
        let mut record = CreatedRecord {
            id,
            url: url.to_string(),
            deleted,
            reason: None,
        };
        if !deleted {
            if refused.is_none() {
                let mut sending = std::pin::pin!(context.client.send(Outgoing::new("DELETE", url)));
                let answer = loop {
                    tokio::select! {
                        answer = sending.as_mut() => break Some(answer),
                        () = stop() => {
                            if *interrupted {
                                break None;
                            }
                            *interrupted = true;
                        }
                    }
                };
                match answer {
                    None => {
                        let why = "interrupted while it was being deleted".to_owned();
                        record.reason = Some(why);
                        refused = Some("interrupted before it was deleted".to_owned());
                    }
                    Some(Ok(answer))
                        if answer.status < 300 || answer.status == 404 || answer.status == 410 =>
                    {
                        record.deleted = true;
                        context.note_deleted(&record.id);
                    }
                    Some(Ok(answer)) => {
                        let why = format!("DELETE answers {}", answer.status);
                        // Not offered at all: no need to ask for each record.
                        if matches!(answer.status, 401 | 403 | 405 | 501) {
                            refused = Some(why.clone());
                            to_stay = matches!(answer.status, 405 | 501);
                        }
                        record.reason = Some(why);
                    }
                    Some(Err(failure)) => {
                        refused = Some(failure.message.clone());
                        record.reason = Some(failure.message);
                    }
                }
            } else {
                record.reason.clone_from(&refused);
            }
        }
        observer.step();
        records.push(record);
    }
    let unreachable = context.unreachable_records().into_iter();
    records.extend(unreachable.map(|shown| unreachable_record(&context.collection(), shown)));
    Left { records, to_stay }
}

/// A record that stays, since no URL can be made for it, with so much as is shown of its id: that of
/// the collection tells where it is.
pub(super) fn unreachable_record(collection: &Url, shown: String) -> CreatedRecord {
    CreatedRecord {
        id: shown,
        url: collection.to_string(),
        deleted: false,
        reason: Some(format!(
            "its id is longer than the {LONGEST_URL} bytes that this harness sends of a URL: it \
             can't be asked for, nor deleted"
        )),
    }
}

/// Why deleting need not be tried, where a scenario found out that it is not offered.
fn not_offered(context: &Context) -> Option<String> {
    let offer = context.known_offer("DELETE")?;
    let reason = format!("the target does not offer DELETE ({})", offer.reason);
    (offer.offered == Some(false)).then_some(reason)
}
