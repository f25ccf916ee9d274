//! Removes records, and looks afterwards what is there still: by a run at its end, and by `clean`.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, stream};
use serde_json::Value;
use url::Url;

use crate::http::Client;
use crate::journal::{Claim, holds_marker};
use crate::verdict::CreatedRecord;
use crate::world::{Created, Held, Removal, each_record, id_of, look_by_id, record_url, remove};

/// How often a deletion that was accepted for later (202) is looked after at least, and how long in
/// between.
const LOOKS: u32 = 8;
const BETWEEN: Duration = Duration::from_millis(250);

/// After this many records in a row that the credentials may not delete, no other is tried.
const FORBIDDEN: usize = 3;

/// What became of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is still to be removed.
    There,
    /// It is gone; the status is that of the DELETE, where one was sent.
    Gone(Option<u16>),
    /// Another record has its id.
    Another,
    /// It stays: the target refuses to delete it, by that status.
    Refused(u16),
    /// It stays, for this reason.
    Left(String),
}

impl Fate {
    /// Whether nothing is left that another try could remove.
    pub(super) const fn is_settled(&self) -> bool {
        matches!(
            self,
            Self::Gone(_) | Self::Another | Self::Refused(405 | 501)
        )
    }
}

/// A record of the run, and what became of it.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) record: Created,
    pub(super) fate: Fate,
}

impl Item {
    pub(super) fn of(record: Created) -> Self {
        let fate = match record.deleted {
            true => Fate::Gone(None),
            false => Fate::There,
        };
        Self { record, fate }
    }

    /// As the result shows it.
    pub(super) fn shown(self, collection: &Url) -> CreatedRecord {
        let (deleted, reason) = match self.fate {
            Fate::Gone(_) => (true, None),
            Fate::Another => (true, Some(ANOTHER.to_owned())),
            Fate::Refused(status) => (false, Some(refusal(status))),
            Fate::Left(why) => (false, Some(why)),
            Fate::There => (false, Some("interrupted before it was deleted".to_owned())),
        };
        CreatedRecord {
            url: record_url(collection, &self.record.id).to_string(),
            id: self.record.id,
            deleted,
            reason,
        }
    }
}

/// What is said of a record whose id was given again.
const ANOTHER: &str = "it is gone: another record has this id now, which was not touched";

/// Why a record stays that the target refuses to delete, and what helps.
fn refusal(status: u16) -> String {
    let advice = match status {
        401 => ": the credentials are not valid any more; tmfctk clean with valid ones removes it",
        403 => ": these credentials may not delete it; tmfctk clean with some that may removes it",
        405 | 501 => ": the target does not offer DELETE; remove it by its own means",
        412 | 428 => {
            ": the target demands a condition that no ETag of its answers meets; remove it by its \
             own means"
        }
        _ => "",
    };
    format!("DELETE answers {status}{advice}")
}

/// What removes records.
pub(super) struct Sweep<'a> {
    pub(super) client: &'a Client,
    pub(super) collection: &'a Url,
    /// Those that stand in records of the run.
    pub(super) markers: &'a BTreeSet<String>,
    /// How many are removed beside each other.
    pub(super) concurrency: usize,
    /// How long the collection may list what was deleted.
    pub(super) settle: Duration,
    /// Whether the target is known to show records late by their ids, too.
    pub(super) reads_late: bool,
    /// Called for each record that is gone, at once.
    pub(super) gone: &'a dyn Fn(&Created),
    /// Called for each record that was tried.
    pub(super) step: &'a dyn Fn(),
}

impl Sweep<'_> {
    /// Removes the items that are there, and what else carries a marker; then looks what is left.
    /// Gives what can't be known, in sentences. What is done so far stands in the items at every
    /// moment, so that this may be broken off.
    pub(super) async fn run(&self, items: &RefCell<Vec<Item>>) -> Vec<String> {
        self.remove_all(items).await;
        let began = Instant::now();
        let mut looks = 0;
        loop {
            looks += 1;
            let known = items.borrow().clone();
            let found = match self.find(&known).await {
                Ok((found, true)) => found,
                Ok((_, false)) => {
                    let why = "it has more records than could be looked at";
                    return self.verify(items, why).await;
                }
                Err(why) => return self.verify_blindly(items, &why).await,
            };
            let in_time = began.elapsed() < self.settle;
            if looks <= LOOKS && self.take(items, &found) {
                self.remove_all(items).await;
                continue;
            }
            let listed = |accepted: bool| {
                let mut items = items.borrow().clone().into_iter();
                items.find(|item| match item.fate {
                    Fate::Gone(status) => {
                        (status == Some(202)) == accepted && Self::is_among(&item.record, &found)
                    }
                    _ => false,
                })
            };
            let may_go = match listed(false) {
                _ if looks <= LOOKS && listed(true).is_some() => true,
                // What is still there by its id was not deleted, and does not go by waiting.
                Some(item) if in_time => self.reads_late || !self.is_there(&item.record).await,
                _ => false,
            };
            if !may_go {
                self.settle(items, &found);
                self.look_for_refused(items, &found).await;
                return Vec::new();
            }
            tokio::time::sleep(BETWEEN).await;
        }
    }

    async fn is_there(&self, record: &Created) -> bool {
        let owns = |shown: &Value| record.fits(shown) || self.holds_marker(shown);
        let look = look_by_id(self.client, self.collection, &record.id, &owns).await;
        matches!(look.held, Held::Own { .. })
    }

    fn is_among(record: &Created, found: &[(String, Value)]) -> bool {
        let mut found = found.iter();
        found.any(|(id, shown)| *id == record.id && record.fits(shown))
    }

    async fn remove_all(&self, items: &RefCell<Vec<Item>>) {
        let open: Vec<(usize, Created)> = {
            let items = items.borrow();
            let open = items.iter().enumerate();
            open.filter(|(_, item)| item.fate == Fate::There)
                .map(|(index, item)| (index, item.record.clone()))
                .collect()
        };
        let refused = RefCell::new((0, None::<Fate>));
        let one = async |(index, record): (usize, Created)| {
            let known = refused.borrow().1.clone();
            let fate = match known {
                Some(fate) => fate,
                None => self.remove(&record, &refused).await,
            };
            if matches!(fate, Fate::Gone(_) | Fate::Another) {
                (self.gone)(&record);
            }
            if let Some(item) = items.borrow_mut().get_mut(index) {
                item.fate = fate;
            }
            (self.step)();
        };
        // What is not offered at all is asked for once.
        let mut open = open.into_iter();
        if let Some(first) = open.next() {
            one(first).await;
        }
        let others = stream::iter(open);
        others.for_each_concurrent(self.concurrency, one).await;
    }

    async fn remove(&self, record: &Created, refused: &RefCell<(usize, Option<Fate>)>) -> Fate {
        let owns = |shown: &Value| record.fits(shown) || self.holds_marker(shown);
        let removal = remove(self.client, self.collection, &record.id, &owns).await;
        let mut refused = refused.borrow_mut();
        let (forbidden, all) = &mut *refused;
        let fate = match removal {
            Removal::Gone(status) => Fate::Gone(status),
            Removal::Another => Fate::Another,
            Removal::Unknown(why) => {
                // Nothing is sent any more, or nobody answers.
                if let Some(halted) = self.client.halted() {
                    *all = Some(Fate::Left(halted));
                }
                Fate::Left(why)
            }
            Removal::Refused(status) => {
                *forbidden = match status {
                    401 | 403 => *forbidden + 1,
                    _ => 0,
                };
                let fate = Fate::Refused(status);
                if fate.is_settled() || *forbidden >= FORBIDDEN {
                    *all = Some(fate.clone());
                }
                return fate;
            }
        };
        *forbidden = 0;
        fate
    }

    fn holds_marker(&self, shown: &Value) -> bool {
        let mut markers = self.markers.iter();
        markers.any(|marker| holds_marker(shown, marker))
    }

    /// The records of the collection that are the run's own, and whether the collection was seen
    /// whole.
    async fn find(&self, items: &[Item]) -> Result<(Vec<(String, Value)>, bool), String> {
        let (mut found, mut doubtful) = (Vec::new(), Vec::new());
        let whole = each_record(self.client, self.collection.clone(), &mut |shown| {
            let Some(id) = id_of(&shown) else { return };
            let mut of_id = items.iter().filter(|item| item.record.id == id);
            if self.holds_marker(&shown) || of_id.clone().any(|item| item.record.fits(&shown)) {
                found.push((id, shown));
            } else if let Some(item) = of_id.rfind(|item| matches!(item.fate, Fate::Gone(_))) {
                doubtful.push(item.record.clone());
            }
        })
        .await?;
        // A list may show too little of a record to tell whose it is.
        for record in doubtful {
            if let Held::Own { record: shown, .. } = self.look(&record).await {
                found.push((record.id, shown));
            }
        }
        Ok((found, whole))
    }

    async fn look(&self, record: &Created) -> Held {
        let owns = |shown: &Value| record.fits(shown) || self.holds_marker(shown);
        look_by_id(self.client, self.collection, &record.id, &owns)
            .await
            .held
    }

    /// Takes what was found and is still to be removed: what is not known, and what a scenario has
    /// deleted in vain. Whether there is any.
    fn take(&self, items: &RefCell<Vec<Item>>, found: &[(String, Value)]) -> bool {
        let mut items = items.borrow_mut();
        let known = items.len();
        let mut again = false;
        for item in items.iter_mut().filter(|item| item.record.deleted) {
            if Self::is_among(&item.record, found) {
                item.record.deleted = false;
                item.fate = Fate::There;
                again = true;
            }
        }
        for (id, shown) in found {
            let mut markers = self.markers.iter();
            let marker = markers.find(|marker| holds_marker(shown, marker));
            if let Some(marker) = marker
                && !items.iter().any(|item| item.record.id == *id)
            {
                items.push(Item::of(Created {
                    number: u64::MAX,
                    id: id.clone(),
                    deleted: false,
                    claims: vec![Claim::marked(marker)],
                }));
            }
        }
        again || items.len() > known
    }

    /// What is still there was not removed, whatever a DELETE answered.
    fn settle(&self, items: &RefCell<Vec<Item>>, found: &[(String, Value)]) {
        let mut items = items.borrow_mut();
        // Of several creates that were given one id, the last has it.
        let last: HashMap<String, u64> = items
            .iter()
            .map(|item| (item.record.id.clone(), item.record.number))
            .collect();
        for item in items.iter_mut() {
            if let Fate::Gone(status) = &item.fate
                && last.get(&item.record.id) == Some(&item.record.number)
                && Self::is_among(&item.record, found)
            {
                item.fate = Fate::Left(match status {
                    Some(202) => "DELETE answers 202: it is to be deleted later".to_owned(),
                    Some(status) => {
                        format!("DELETE answers {status}, but the collection still lists it")
                    }
                    None => "the collection still lists it".to_owned(),
                });
            }
        }
    }

    /// What the collection does not list any more may be gone, though its deletion was refused.
    async fn look_for_refused(&self, items: &RefCell<Vec<Item>>, found: &[(String, Value)]) {
        let unlisted: Vec<(usize, Created)> = {
            let items = items.borrow();
            let refused = items.iter().enumerate();
            let refused =
                refused.filter(|(_, item)| matches!(item.fate, Fate::Refused(_) | Fate::Left(_)));
            refused
                .filter(|(_, item)| !Self::is_among(&item.record, found))
                .map(|(index, item)| (index, item.record.clone()))
                .collect()
        };
        for (index, record) in unlisted {
            let fate = match self.look(&record).await {
                Held::Nothing => Fate::Gone(None),
                Held::Another => Fate::Another,
                _ => continue,
            };
            (self.gone)(&record);
            if let Some(item) = items.borrow_mut().get_mut(index) {
                item.fate = fate;
            }
        }
    }

    /// As [`Self::verify`], where the collection gives no list at all: that nothing was seen of a record says
    /// nothing then, unless it was deleted.
    async fn verify_blindly(&self, items: &RefCell<Vec<Item>>, why: &str) -> Vec<String> {
        for item in items.borrow_mut().iter_mut() {
            if item.fate == Fate::Gone(None) && !item.record.deleted {
                item.fate = Fate::Left(format!("whether it is there can't be seen: {why}"));
            }
        }
        self.verify(items, why).await
    }

    /// Looks at each record by its id, where the collection can't be read.
    async fn verify(&self, items: &RefCell<Vec<Item>>, why: &str) -> Vec<String> {
        let gone: Vec<(usize, Created)> = {
            let items = items.borrow();
            let gone = items.iter().enumerate();
            gone.filter(|(_, item)| matches!(item.fate, Fate::Gone(_)))
                .map(|(index, item)| (index, item.record.clone()))
                .collect()
        };
        for (index, record) in gone {
            let is_there = self.is_there(&record).await;
            if is_there && let Some(item) = items.borrow_mut().get_mut(index) {
                item.fate = Fate::Left("it was deleted, but GET still shows it".to_owned());
            }
        }
        vec![format!(
            "after cleaning up, the collection could not be searched for what the run may have left \
             ({why}): each record that is known was asked for by its id"
        )]
    }
}
