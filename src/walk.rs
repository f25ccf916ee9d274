//! Random walks: operations on records of their own, drawn by a seed, each answer compared with what
//! the operations before it promise.
//!
//! The operations are data of the pack, and steps of the vocabulary: so a walk is a scenario that can
//! be written down, run by the runner as any other, and made shorter by leaving operations out. The
//! model is what its steps expect. It knows which records are there, and the last value of each
//! attribute that the walk has changed; a step may only expect what it knows, and a shorter walk that
//! would expect anything else is not permitted.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::pack::{FeatureFile, Pack, PackError};
use crate::terms::Level;

/// Stands in values for the name of the walk: each repetition writes values of its own.
const NAME: &str = "\u{1}";

/// What a pack says of walks.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Description {
    /// For people.
    pub about: String,
    /// The level of the scenarios.
    pub level: Level,
    /// What the values of an attribute end with.
    pub values: BTreeMap<String, Vec<String>>,
    /// The kinds of walks, which take turns.
    pub walkers: Vec<Walker>,
    /// The operations by name.
    pub operations: BTreeMap<String, Operation>,
}

/// A kind of walk.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Walker {
    /// For people.
    pub name: String,
    /// How many operations it has.
    pub length: usize,
    /// Its first steps, which make the first record.
    pub opening: Vec<String>,
    /// What it does; one that is named twice is done twice as often.
    pub operations: Vec<String>,
}

/// An operation. In its steps `<record>` is the name of a record, `<new X>` a new value of the
/// attribute X, `<X>` the value that X has, and `<old X>` one that it had before.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// It makes the record.
    #[serde(default)]
    pub makes: bool,
    /// It removes the record.
    #[serde(default)]
    pub removes: bool,
    /// It is about a record that was removed.
    #[serde(default)]
    pub removed: bool,
    /// The attribute that it removes from the record.
    pub forgets: Option<String>,
    /// Its steps.
    pub lines: Vec<Line>,
}

/// A step of an operation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The step, keyword first.
    pub step: String,
    /// The requirement that it checks, where it checks one.
    pub checks: Option<String>,
}

impl Operation {
    /// The placeholders of its steps, but for that of the record.
    fn placeholders(&self) -> BTreeSet<&str> {
        let parts = self
            .lines
            .iter()
            .flat_map(|line| line.step.split('<').skip(1));
        let names = parts.filter_map(|part| Some(part.split_once('>')?.0));
        names.filter(|name| *name != "record").collect()
    }
}

/// An operation of a walk with its values.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Move {
    operation: String,
    record: usize,
    values: BTreeMap<String, String>,
    /// Whether its checks are left out.
    unchecked: bool,
}

/// What is known of a record.
#[derive(Debug, Clone, Default)]
struct Known {
    removed: bool,
    now: BTreeMap<String, String>,
    before: BTreeMap<String, BTreeSet<String>>,
    without: BTreeSet<String>,
}

/// What the operations so far promise.
#[derive(Debug, Clone)]
struct Model(BTreeMap<usize, Known>);

impl Model {
    /// The state behind the opening of a walk.
    fn opened() -> Self {
        Self(BTreeMap::from([(1, Known::default())]))
    }

    /// Whether all that a move expects follows from what is known.
    fn permits(&self, operation: &Operation, step: &Move) -> bool {
        let Some(known) = self.0.get(&step.record) else {
            return operation.makes;
        };
        let holds = |(placeholder, value): (&String, &String)| {
            let (kind, attribute) = kind_of(placeholder);
            let now = known.now.get(attribute);
            match kind {
                Kind::New => !known.without.contains(attribute),
                Kind::Now => now == Some(value),
                Kind::Old => {
                    let before = known.before.get(attribute);
                    now.is_some_and(|now| now != value)
                        && before.is_some_and(|before| before.contains(value))
                }
            }
        };
        let forgets = operation.forgets.as_ref();
        !operation.makes
            && operation.removed == known.removed
            && forgets.is_none_or(|attribute| known.now.contains_key(attribute))
            && step.values.iter().all(holds)
    }

    /// What is known after a move.
    fn make(&mut self, operation: &Operation, step: &Move) {
        let known = self.0.entry(step.record).or_default();
        known.removed |= operation.removes;
        if let Some(attribute) = &operation.forgets {
            known.now.remove(attribute);
            known.without.insert(attribute.clone());
        }
        for (placeholder, value) in &step.values {
            if let (Kind::New, attribute) = kind_of(placeholder) {
                let attribute = attribute.to_owned();
                if let Some(before) = known.now.insert(attribute.clone(), value.clone()) {
                    known.before.entry(attribute).or_default().insert(before);
                }
            }
        }
    }
}

enum Kind {
    New,
    Now,
    Old,
}

fn kind_of(placeholder: &str) -> (Kind, &str) {
    match placeholder.split_once(' ') {
        Some(("new", attribute)) => (Kind::New, attribute),
        Some(("old", attribute)) => (Kind::Old, attribute),
        _ => (Kind::Now, placeholder),
    }
}

impl Description {
    /// That of a pack.
    ///
    /// # Errors
    /// Where it can't be read.
    pub fn of(pack: &Pack) -> Result<Option<Self>, PackError> {
        let Some(file) = &pack.manifest.walk else {
            return Ok(None);
        };
        let malformed = |reason: String| PackError::Malformed {
            file: pack.file_name(file),
            reason,
        };
        let read: Self =
            serde_json::from_str(pack.file(file)?).map_err(|error| malformed(error.to_string()))?;
        let mut named = read.walkers.iter().flat_map(|walker| &walker.operations);
        match named.find(|name| !read.operations.contains_key(*name)) {
            Some(name) => Err(malformed(format!("there is no operation \"{name}\""))),
            None => Ok(Some(read)),
        }
    }

    /// As many walks as have that many operations, the same ones for the same seed.
    pub fn walks(&self, steps: usize, seed: &str) -> Vec<Walk<'_>> {
        let mut left = steps;
        let mut walks = Vec::new();
        for (number, walker) in (1..).zip(self.walkers.iter().cycle()) {
            if left == 0 {
                break;
            }
            let length = walker.length.clamp(1, left);
            left -= length;
            let seed = hash(&format!("{seed} {number}"));
            walks.push(Walk::drawn(self, walker, number, length, seed));
        }
        walks
    }
}

/// FNV-1a: the same on each machine and in each version.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// A walk.
#[derive(Debug, Clone)]
pub struct Walk<'a> {
    description: &'a Description,
    walker: &'a Walker,
    number: usize,
    /// How often it was repeated.
    repetition: usize,
    moves: Vec<Move>,
}

/// A walk as a feature.
#[derive(Debug)]
pub struct Written {
    /// The text.
    pub text: String,
    /// For each line of it that holds a step of an operation, the number of the operation.
    moves: BTreeMap<usize, usize>,
    by_line: BTreeMap<usize, String>,
}

impl<'a> Walk<'a> {
    fn drawn(
        description: &'a Description,
        walker: &'a Walker,
        number: usize,
        length: usize,
        seed: u64,
    ) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut model = Model::opened();
        let mut moves: Vec<Move> = Vec::new();
        // Not each operation is possible at each time.
        for attempt in 0..length * 20 {
            if moves.len() == length || walker.operations.is_empty() {
                break;
            }
            let name = &walker.operations[random.usize(..walker.operations.len())];
            let Some(operation) = description.operations.get(name) else {
                continue;
            };
            let record = match operation.makes {
                true => model.0.len() + 1,
                false => random.usize(1..=model.0.len()),
            };
            let known = model.0.get(&record);
            let mut values = BTreeMap::new();
            for placeholder in operation.placeholders() {
                let (kind, attribute) = kind_of(placeholder);
                let value = match kind {
                    Kind::New => {
                        let ends = description.values.get(attribute);
                        let end = ends.and_then(|ends| random.choice(ends));
                        let end = end.map(String::as_str).unwrap_or_default();
                        Some(format!("Walk {NAME}.{attempt} ${{run}} {end}"))
                    }
                    Kind::Now => known.and_then(|known| known.now.get(attribute)).cloned(),
                    Kind::Old => known
                        .and_then(|known| known.before.get(attribute)?.first())
                        .cloned(),
                };
                values.extend(value.map(|value| (placeholder.to_owned(), value)));
            }
            let drawn = Move {
                operation: name.clone(),
                record,
                unchecked: false,
                values,
            };
            let is_filled = drawn.values.len() == operation.placeholders().len();
            // To read twice without a change between says nothing new.
            let is_new = moves.last() != Some(&drawn);
            if is_filled && is_new && model.permits(operation, &drawn) {
                model.make(operation, &drawn);
                moves.push(drawn);
            }
        }
        Self {
            description,
            walker,
            number,
            repetition: 0,
            moves,
        }
    }

    /// Where its feature stands.
    pub fn path(&self) -> String {
        match self.repetition {
            0 => format!("walk/walk-{}.feature", self.number),
            again => format!("walk/walk-{}-repeated-{again}.feature", self.number),
        }
    }

    /// How many operations it has.
    pub fn len(&self) -> usize {
        self.moves.len()
    }

    /// Whether it does nothing.
    pub fn is_empty(&self) -> bool {
        self.moves.is_empty()
    }

    /// The same walk once more, with values of its own.
    #[must_use]
    pub fn again(mut self, repetition: usize) -> Self {
        self.repetition = repetition;
        self
    }

    /// The same up to the operation of a line.
    #[must_use]
    pub fn up_to(mut self, line: usize) -> Self {
        if let Some(last) = self.written().moves.get(&line) {
            self.moves.truncate(last + 1);
        }
        self
    }

    /// The same without one operation; none where the others rest on it.
    pub fn without(&self, place: usize) -> Option<Self> {
        let mut shorter = self.clone();
        shorter.moves.remove(place);
        shorter.is_permitted().then_some(shorter)
    }

    /// The same without the checks of an operation; none where there are none.
    pub fn unchecked(&self, place: usize) -> Option<Self> {
        let mut shorter = self.clone();
        let operation = self.operation(&self.moves[place])?;
        let checks = operation.lines.iter().any(|line| line.checks.is_some());
        let only = operation.lines.iter().all(|line| line.checks.is_some());
        let left_out = std::mem::replace(&mut shorter.moves[place].unchecked, true);
        (checks && !only && !left_out).then_some(shorter)
    }

    fn operation(&self, step: &Move) -> Option<&'a Operation> {
        self.description.operations.get(&step.operation)
    }

    fn is_permitted(&self) -> bool {
        let mut model = Model::opened();
        self.moves.iter().all(|step| {
            self.operation(step).is_some_and(|operation| {
                let permitted = model.permits(operation, step);
                model.make(operation, step);
                permitted
            })
        })
    }

    /// As a feature.
    pub fn written(&self) -> Written {
        self.written_for(None)
    }

    /// The same where only one requirement counts.
    pub fn written_for(&self, requirement: Option<&str>) -> Written {
        let name = match self.repetition {
            0 => format!("{}", self.number),
            again => format!("{}r{again}", self.number),
        };
        let mut steps: Vec<(String, Option<usize>, Option<&str>)> = Vec::new();
        let opening = self.walker.opening.iter();
        steps.extend(opening.map(|step| (step.clone(), None, None)));
        for (place, step) in self.moves.iter().enumerate() {
            let lines = self.operation(step).map(|operation| &operation.lines);
            for line in lines.into_iter().flatten() {
                if step.unchecked && line.checks.is_some() {
                    continue;
                }
                let mut text = line.step.replace("<record>", &format!("W{}", step.record));
                for (placeholder, value) in &step.values {
                    text = text.replace(&format!("<{placeholder}>"), value);
                }
                steps.push((
                    text.replace(NAME, &name),
                    Some(place),
                    line.checks.as_deref(),
                ));
            }
        }
        let tags: BTreeSet<&str> = match requirement {
            Some(requirement) => BTreeSet::from([requirement]),
            None => steps.iter().filter_map(|(_, _, checks)| *checks).collect(),
        };
        let tags: Vec<_> = tags.iter().map(|tag| format!("@{tag}")).collect();
        let mut text = format!(
            "@{}\nFeature: A walk through random operations\n  {}\n\n  {}\n  Scenario: {}\n",
            self.description.level,
            self.description.about,
            tags.join(" "),
            self.walker.name,
        );
        let (mut moves, mut by_line) = (BTreeMap::new(), BTreeMap::new());
        for (line, (step, place, checks)) in (text.lines().count() + 1..).zip(steps) {
            text.push_str(&format!("    {step}\n"));
            moves.extend(place.map(|place| (line, place)));
            by_line.extend(checks.map(|checks| (line, checks.to_owned())));
        }
        Written {
            text,
            moves,
            by_line,
        }
    }

    /// The feature, read as one of the pack; none for a walk that checks nothing.
    ///
    /// # Errors
    /// Where the pack's steps do not make a feature.
    pub fn feature(&self, pack: &Pack) -> Result<Option<FeatureFile>, PackError> {
        let written = self.written();
        if written.by_line.is_empty() {
            return Ok(None);
        }
        let mut file = FeatureFile::parse(&self.path(), &written.text, pack.catalogue()?)?;
        for scenario in &mut file.scenarios {
            scenario.by_line.clone_from(&written.by_line);
        }
        Ok(Some(file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn description() -> Description {
        let pack = Pack::embedded("tmf683@4.0.0").unwrap();
        Description::of(pack).unwrap().unwrap()
    }

    #[test]
    fn the_same_seed_gives_the_same_walks_and_another_seed_others() {
        let description = description();
        let texts = |seed| -> Vec<_> {
            let walks = description.walks(60, seed);
            walks.iter().map(|walk| walk.written().text).collect()
        };
        assert_eq!(texts("1"), texts("1"));
        assert_ne!(texts("1"), texts("2"));
        assert_eq!(texts("1").len(), 9);
        assert!(description.walks(0, "1").is_empty());
    }

    #[test]
    fn every_walk_is_a_sound_feature_that_expects_only_what_it_knows() {
        let pack = Pack::embedded("tmf683@4.0.0").unwrap();
        let description = description();
        let mut used = BTreeSet::new();
        for seed in 0..40 {
            for walk in description.walks(36, &seed.to_string()) {
                assert!(walk.is_permitted(), "{}", walk.written().text);
                assert!(!walk.is_empty());
                let text = walk.written().text;
                assert!(
                    !text.contains(['<', '>']),
                    "a placeholder is left in {text}"
                );
                walk.feature(pack).unwrap();
                used.extend(walk.moves.into_iter().map(|step| step.operation));
            }
        }
        assert_eq!(used.len(), description.operations.len(), "{used:?}");
    }

    #[test]
    fn a_shorter_walk_never_expects_what_it_left_out() {
        let description = description();
        let mut refused = 0;
        for seed in 0..40 {
            for walk in description.walks(36, &seed.to_string()) {
                for place in 0..walk.len() {
                    match walk.without(place) {
                        Some(shorter) => assert_eq!(shorter.len() + 1, walk.len()),
                        None => refused += 1,
                    }
                    if let Some(silent) = walk.unchecked(place) {
                        let checks = |walk: &Walk<'_>| walk.written().by_line.len();
                        assert_eq!(checks(&silent) + 1, checks(&walk));
                    }
                }
            }
        }
        assert!(refused > 50, "{refused}");
    }
}
