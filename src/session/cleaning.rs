//! What a run leaves behind, it removes.

use std::cell::RefCell;
use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::observer::Observer;
use super::sweep::{Fate, Item, Sweep};
use crate::http::LONGEST_URL;
use crate::verdict::CreatedRecord;
use crate::world::{Context, LateWith};

/// How long a run that is interrupted waits for creates that are under way. The journal knows those
/// that got no answer by then.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// Waits for what is under way, so that all that was created is known.
pub(super) async fn settle(
    context: &Context,
    interrupted: &mut bool,
    stop: &mut impl AsyncFnMut(),
) {
    let mut settling = std::pin::pin!(context.settle());
    let mut until = interrupted.then(|| Instant::now() + PATIENCE);
    loop {
        let over = tokio::time::sleep_until(until.unwrap_or_else(Instant::now));
        tokio::select! {
            () = settling.as_mut() => return,
            () = over, if until.is_some() => return,
            () = stop() => {
                if *interrupted {
                    return;
                }
                *interrupted = true;
                until = Some(Instant::now() + PATIENCE);
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
    /// What can't be known, in sentences.
    pub(super) notes: Vec<String>,
}

/// Deletes what the run created, where the target lets us; says what was left and why.
///
/// The first wish to end the run is not a reason to stop here: it is what is being done.
pub(super) async fn clean_up(
    context: &Context,
    observer: &dyn Observer,
    interrupted: &mut bool,
    stop: &mut impl AsyncFnMut(),
) -> Left {
    let created = context.created_records();
    observer.phase("cleaning up", created.len());
    let collection = context.collection();
    let refused: Option<String> = context
        .settings
        .keep
        .then(|| "--keep leaves created records".to_owned())
        .or_else(|| not_offered(context));
    let items = RefCell::new(created.into_iter().map(Item::of).collect::<Vec<_>>());
    let mut notes = Vec::new();
    let nothing_made = context.settings.existing.read_only || items.borrow().is_empty();
    if let Some(why) = &refused {
        let mut items = items.borrow_mut();
        let open = items.iter_mut().filter(|item| item.fate == Fate::There);
        open.for_each(|item| item.fate = Fate::Left(why.clone()));
    } else if !nothing_made {
        // Before that, what was created last may not be found.
        if let Some(until) = context.lags.late_until(false) {
            tokio::time::sleep_until(until).await;
        }
        let markers = context.posted_markers();
        let sweep = Sweep {
            client: &context.client,
            collection: &collection,
            markers: &markers,
            concurrency: context.concurrency(),
            settle: match context.lags.may_help(LateWith::Deleted) {
                true => context.settings.limits.settle,
                false => Duration::ZERO,
            },
            reads_late: context.lags.of(LateWith::Read).is_some(),
            gone: &|record| context.note_gone(record.number),
            step: &|| observer.step(),
        };
        let mut sweeping = std::pin::pin!(sweep.run(&items));
        loop {
            tokio::select! {
                told = sweeping.as_mut() => {
                    notes = told;
                    break;
                }
                () = stop() => {
                    if *interrupted {
                        break;
                    }
                    *interrupted = true;
                }
            }
        }
    }
    let items = items.take();
    // What was reported to be gone and was seen afterwards is known to the journal again.
    let left = items.iter().filter(|item| !item.fate.is_settled());
    left.for_each(|item| context.note_left(&item.record));
    let to_stay = refused.is_some() || items.iter().all(|item| item.fate.is_settled());
    let shown = items.into_iter().map(|item| item.shown(&collection));
    let mut records: Vec<_> = shown.collect();
    let unreachable = context.unreachable_records().into_iter();
    records.extend(unreachable.map(|shown| unreachable_record(&collection, shown)));
    Left {
        records,
        to_stay,
        notes,
    }
}

/// A record that stays, since no URL can be made for it, with so much as is shown of its id: that of
/// the collection shows where it is.
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

/// Why deleting need not be tried, where a scenario found out that it is not offered at all. A target
/// that refuses by a rule of its own (403, 409) may still delete some.
fn not_offered(context: &Context) -> Option<String> {
    let offer = context.known_offer("DELETE")?;
    if offer.is_refused_by_rule {
        return None;
    }
    let reason = format!(
        "the target does not offer DELETE ({}): remove it by its own means",
        offer.reason
    );
    (offer.offered == Some(false)).then_some(reason)
}
