//! The journal of a run: what it creates at the target, on disk from the first create on. A run that
//! is killed leaves it behind, and the command that cleans up reads it.
//!
//! One JSON object a line, each written at once and never changed. A create is written down twice:
//! before it is sent, and when it was answered; one without an answer may have left a record that
//! only its marker shows it. Its number distinguishes it from others: the id of a record may be
//! given again. A subscription is written down in the same way.

mod claim;

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

pub use self::claim::{Claim, holds_marker};

/// The names of journals: hidden, since they are not reports.
const PREFIX: &str = ".journal-";
const SUFFIX: &str = ".jsonl";

/// A line of a journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Line {
    /// The run begins to create.
    Run(About),
    /// A create is about to be sent, with the marker that stands in its body; the official kit's
    /// own creates have none.
    Posting { number: u64, marker: Option<String> },
    /// It was answered, or is known to have failed.
    Answered { number: u64 },
    /// It made a record, of which no more than the claim is held.
    Created {
        number: u64,
        id: String,
        claim: Claim,
    },
    /// The run has changed that record, and this may be all that still identifies it.
    Changed { number: u64, claim: Claim },
    /// It is gone.
    Deleted { number: u64 },
    /// A listener is about to be registered.
    Registering { number: u64, callback: String },
    /// It is registered, under that id.
    Registered { number: u64, id: String },
    /// It is not registered, or no more.
    Unregistered { number: u64 },
}

/// Whose journal it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct About {
    /// The base URL of the target, without credentials.
    pub target: String,
    /// The pack.
    pub pack: String,
    /// When the run began, RFC 3339.
    pub started_at: String,
}

/// What went wrong with a journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It can't be read or written.
    #[error("journal {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It does not say whose it is.
    #[error("{} is not a journal of a run: {reason}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What is wrong in it.
        reason: String,
    },
}

/// A journal that is being written. The file is made with the first create.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    about: About,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    file: Option<File>,
    trouble: Option<String>,
}

impl Journal {
    /// The journal of a run in the folder of its reports; nothing is written yet.
    pub fn new(folder: &Path, seed: &str, about: About) -> Self {
        // A seed is any text, a file name is not.
        let name: String = seed
            .chars()
            .take(64)
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .collect();
        Self {
            path: folder.join(format!("{PREFIX}{name}{SUFFIX}")),
            about,
            state: Mutex::default(),
        }
    }

    /// Notes that the create of that number is about to be sent.
    pub fn posting(&self, number: u64, marker: Option<String>) {
        self.write(&Line::Posting { number, marker });
    }

    /// Notes that the create of that number was answered.
    pub fn answered(&self, number: u64) {
        self.write(&Line::Answered { number });
    }

    /// Notes the record that the create of that number made.
    pub fn created(&self, number: u64, id: &str, claim: &Claim) {
        self.write(&Line::Created {
            number,
            id: id.to_owned(),
            claim: claim.clone(),
        });
    }

    /// Notes what identifies the record of that create from now on as well.
    pub fn changed(&self, number: u64, claim: &Claim) {
        self.write(&Line::Changed {
            number,
            claim: claim.clone(),
        });
    }

    /// Notes that the record of that create is gone.
    pub fn deleted(&self, number: u64) {
        self.write(&Line::Deleted { number });
    }

    /// Notes that a listener is about to be registered.
    pub fn registering(&self, number: u64, callback: &str) {
        self.write(&Line::Registering {
            number,
            callback: callback.to_owned(),
        });
    }

    /// Notes the id under which it is registered.
    pub fn registered(&self, number: u64, id: &str) {
        self.write(&Line::Registered {
            number,
            id: id.to_owned(),
        });
    }

    /// Notes that it is not registered, or no more.
    pub fn unregistered(&self, number: u64) {
        self.write(&Line::Unregistered { number });
    }

    /// Why it could not be kept, where it could not.
    pub fn trouble(&self) -> Option<String> {
        self.with(|state| state.trouble.clone())
    }

    /// Removes the file where nothing is left to be cleaned up, or is `to_stay`; else where it is.
    pub fn close(&self, to_stay: bool) -> Option<PathBuf> {
        if self.with(|state| state.file.is_none()) {
            return None;
        }
        match read(&self.path) {
            Err(JournalError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                let text = format!(
                    "the journal {} was removed during the run",
                    self.path.display()
                );
                self.with(|state| state.trouble.get_or_insert(text).clone());
                None
            }
            Ok(left) if left.is_empty() || to_stay => {
                // What can't be removed is reported as if it were left: it will be found to be
                // empty.
                fs::remove_file(&self.path).err().map(|_| self.path.clone())
            }
            _ => Some(self.path.clone()),
        }
    }

    fn write(&self, line: &Line) {
        self.with(|state| {
            if state.trouble.is_some() {
                return;
            }
            if let Err(error) = self.append(state, line) {
                state.trouble = Some(format!(
                    "the journal {} can't be written: {error}; had this run been killed, tmfctk \
                     clean would not know all that it created",
                    self.path.display()
                ));
            }
        });
    }

    /// One call for each line: a killed process leaves it whole or not there. The system has it
    /// then, which is enough for that; a sync for each record would cost more than the record.
    fn append(&self, state: &mut State, line: &Line) -> io::Result<()> {
        if state.file.is_none() {
            let mut file = open(&self.path)?;
            write_line(&mut file, &Line::Run(self.about.clone()))?;
            state.file = Some(file);
        }
        match &mut state.file {
            Some(file) => write_line(file, line),
            None => Ok(()),
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock())
    }
}

/// Opens a journal to be added to, without a last line that a crash cut short.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let file = options.create(true).append(true).open(path)?;
    let known = fs::read(path)?;
    if !known.is_empty() && !known.ends_with(b"\n") {
        let whole = known.iter().rposition(|&byte| byte == b'\n');
        file.set_len(whole.map_or(0, |at| at as u64 + 1))?;
    }
    Ok(file)
}

fn write_line(file: &mut File, line: &Line) -> io::Result<()> {
    let mut text = serde_json::to_string(line)?;
    text.push('\n');
    file.write_all(text.as_bytes())
}

/// A record that a run created and did not delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftRecord {
    /// The number of its create.
    pub number: u64,
    /// The id that it was given.
    pub id: String,
    /// What identifies it: any of these.
    pub claims: Vec<Claim>,
}

/// A listener that a run has registered, or was about to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftListener {
    /// The number of its registration.
    pub number: u64,
    /// The id that the target gave it; none where no answer came.
    pub id: Option<String>,
    /// Where its events go.
    pub callback: String,
}

/// What a run has left at its target, as far as its journal knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftovers {
    /// Whose.
    pub about: About,
    /// Records that were created and not deleted, in their order.
    pub records: Vec<LeftRecord>,
    /// The markers of all creates.
    pub markers: BTreeSet<String>,
    /// How many creates with a marker got no answer: a record that holds it is a leftover.
    pub marked: usize,
    /// How many creates without one got none.
    pub unmarked: usize,
    /// Listeners that were registered and not removed.
    pub listeners: Vec<LeftListener>,
}

impl Leftovers {
    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
            && self.marked == 0
            && self.unmarked == 0
            && self.listeners.is_empty()
    }
}

/// The journals in a folder, in order of their names.
///
/// # Errors
/// Where the folder can't be read.
pub fn find(folder: &Path) -> Result<Vec<PathBuf>, JournalError> {
    let wrong = |source| JournalError::Io {
        path: folder.to_owned(),
        source,
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(wrong)? {
        let path = entry.map_err(wrong)?.path();
        if is_journal(&path) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a file is a journal, by its name: no report of a run.
pub fn is_journal(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX))
}

/// What a journal says is left. A last line that a crash cut short is not a line.
///
/// # Errors
/// Where the file can't be read, or is not a journal.
pub fn read(path: &Path) -> Result<Leftovers, JournalError> {
    let text = fs::read(path).map_err(|source| JournalError::Io {
        path: path.to_owned(),
        source,
    })?;
    let foreign = |reason: String| JournalError::Foreign {
        path: path.to_owned(),
        reason,
    };
    let mut about = None;
    let mut records: Vec<LeftRecord> = Vec::new();
    let mut open: Vec<(u64, bool)> = Vec::new();
    let mut listeners: Vec<LeftListener> = Vec::new();
    let mut markers = BTreeSet::new();
    let whole = text.split_inclusive(|&byte| byte == b'\n');
    let whole = whole.filter(|line| line.ends_with(b"\n"));
    for (index, line) in whole.enumerate() {
        let line = serde_json::from_slice(line)
            .map_err(|error| foreign(format!("line {}: {error}", index + 1)))?;
        match line {
            Line::Run(known) => {
                about.get_or_insert(known);
            }
            Line::Posting { number, marker } => {
                open.push((number, marker.is_some()));
                markers.extend(marker);
            }
            Line::Answered { number } => open.retain(|(known, _)| *known != number),
            Line::Created { number, id, claim } => {
                records.retain(|known| known.number != number);
                let claims = vec![claim];
                records.push(LeftRecord { number, id, claims });
            }
            Line::Changed { number, claim } => {
                let changed = records.iter_mut().filter(|known| known.number == number);
                changed.for_each(|known| known.claims.push(claim.clone()));
            }
            Line::Deleted { number } => records.retain(|known| known.number != number),
            Line::Registering { number, callback } => listeners.push(LeftListener {
                number,
                id: None,
                callback,
            }),
            Line::Registered { number, id } => {
                let known = listeners.iter_mut().filter(|known| known.number == number);
                known.for_each(|known| known.id = Some(id.clone()));
            }
            Line::Unregistered { number } => listeners.retain(|known| known.number != number),
        }
    }
    let about = about.ok_or_else(|| foreign("its first line does not say whose it is".to_owned()));
    let marked = open.iter().filter(|(_, marked)| *marked).count();
    Ok(Leftovers {
        about: about?,
        records,
        markers,
        marked,
        unmarked: open.len() - marked,
        listeners,
    })
}

/// Adds to a journal that the record of a create is gone.
///
/// # Errors
/// Where the file can't be written.
pub fn note_deleted(path: &Path, number: u64) -> Result<(), JournalError> {
    note(path, &Line::Deleted { number })
}

/// Adds to a journal that the record of a create is there all the same, with what identifies it.
///
/// # Errors
/// Where the file can't be written.
pub fn note_still_there(
    path: &Path,
    number: u64,
    id: &str,
    claim: &Claim,
    others: &[Claim],
) -> Result<(), JournalError> {
    let (id, claim) = (id.to_owned(), claim.clone());
    note(path, &Line::Created { number, id, claim })?;
    others.iter().try_for_each(|claim| {
        let claim = claim.clone();
        note(path, &Line::Changed { number, claim })
    })
}

/// Adds to a journal that a listener is registered no more.
///
/// # Errors
/// Where the file can't be written.
pub fn note_unregistered(path: &Path, number: u64) -> Result<(), JournalError> {
    note(path, &Line::Unregistered { number })
}

fn note(path: &Path, line: &Line) -> Result<(), JournalError> {
    let added = open(path).and_then(|mut file| write_line(&mut file, line));
    added.map_err(|source| JournalError::Io {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about() -> About {
        About {
            target: "http://h/".to_owned(),
            pack: "p@1".to_owned(),
            started_at: "2026-01-01T00:00:00Z".to_owned(),
        }
    }

    #[test]
    fn records_neither_deleted_nor_answered_are_left() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::new(folder.path(), "a/b", about());
        assert_eq!(find(folder.path()).unwrap(), Vec::<PathBuf>::new());
        journal.posting(1, None);
        journal.answered(1);
        journal.created(1, "7", &Claim::default());
        journal.posting(2, Some("m".to_owned()));
        journal.deleted(1);
        // The id is given again, to another create.
        journal.created(2, "7", &Claim::marked("m"));
        journal.changed(2, &Claim::default());
        journal.posting(3, None);
        let path = find(folder.path()).unwrap().remove(0);
        let left = read(&path).unwrap();
        let claims = vec![Claim::marked("m"), Claim::default()];
        let id = "7".to_owned();
        let record = LeftRecord {
            number: 2,
            id,
            claims,
        };
        assert_eq!(left.records, [record]);
        assert_eq!((left.marked, left.unmarked), (1, 1));
        journal.answered(2);
        assert_eq!(read(&path).unwrap().marked, 0);
        assert_eq!(read(&path).unwrap().markers.len(), 1);
        assert_eq!(journal.close(false), Some(path));
        assert_eq!(journal.close(true), None);
    }

    #[test]
    fn a_journal_of_which_nothing_is_left_goes() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::new(folder.path(), "s", about());
        assert_eq!(journal.close(false), None);
        journal.posting(1, None);
        journal.answered(1);
        journal.created(1, "7", &Claim::default());
        journal.deleted(1);
        journal.registering(2, "http://l/");
        journal.registered(2, "8");
        let path = find(folder.path()).unwrap().remove(0);
        assert_eq!(read(&path).unwrap().listeners[0].id.as_deref(), Some("8"));
        journal.unregistered(2);
        assert_eq!(journal.close(false), None);
        assert!(find(folder.path()).unwrap().is_empty());
    }

    #[test]
    fn a_journal_is_read_up_to_wherever_it_was_cut() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::new(folder.path(), "s", about());
        journal.created(1, "1", &Claim::default());
        journal.created(2, "2", &Claim::default());
        let path = find(folder.path()).unwrap().remove(0);
        let whole = fs::read(&path).unwrap();
        let lines = |text: &[u8]| text.iter().filter(|&&byte| byte == b'\n').count();
        for cut in 0..whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            let read = read(&path).map(|left| left.records.len());
            assert_eq!(read.ok(), lines(&whole[..cut]).checked_sub(1), "{cut}");
        }
        fs::write(&path, &whole[..whole.len() - 3]).unwrap();
        note_deleted(&path, 1).unwrap();
        assert!(read(&path).unwrap().is_empty(), "the second was cut short");
        fs::write(&path, "{}\n").unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("line 1"));
    }

    #[test]
    fn a_journal_that_can_not_be_written_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::new(&folder.path().join("none"), "s", about());
        journal.created(1, "1", &Claim::default());
        let trouble = journal.trouble().unwrap();
        assert!(
            trouble.contains(".journal-s.jsonl can't be written"),
            "{trouble}"
        );
        assert_eq!(journal.close(false), None);
    }

    #[test]
    fn a_journal_that_went_away_is_not_said_to_be_there() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::new(folder.path(), "s", about());
        journal.created(1, "1", &Claim::default());
        assert_eq!(journal.trouble(), None);
        fs::remove_file(find(folder.path()).unwrap().remove(0)).unwrap();
        assert_eq!(journal.close(false), None);
        assert!(
            journal
                .trouble()
                .unwrap()
                .contains("removed during the run")
        );
    }
}
