//! Which of many texts occur in one big body.

use std::collections::HashMap;
use std::io;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use memchr::memmem;

use crate::evidence::Body;

/// Up to that number of texts are looked for one by one.
const FEW: usize = 4;

/// Maximum number of bytes of texts that are looked for in one pass: the automaton needs a multiple
/// of them.
const BATCH_BYTES: usize = 1 << 20;

/// For each text whether it occurs in the body.
///
/// # Errors
///
/// Where the body can't be unpacked.
pub fn occur_in(body: &Body, texts: &[&str]) -> io::Result<Vec<bool>> {
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, text) in texts.iter().enumerate() {
        places.entry(text).or_default().push(place);
    }
    let mut found = vec![false; texts.len()];
    let mut unique: Vec<&str> = places.keys().copied().collect();
    // A fixed order, so that a run does the same work each time.
    unique.sort_unstable();
    for batch in batches(&unique) {
        for text in search(body, batch)? {
            for place in &places[text] {
                found[*place] = true;
            }
        }
    }
    Ok(found)
}

fn batches<'s, 'a>(texts: &'s [&'a str]) -> impl Iterator<Item = &'s [&'a str]> {
    let mut rest = texts;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut bytes = 0;
        let fitting = rest
            .iter()
            .take_while(|text| {
                bytes += text.len();
                bytes <= BATCH_BYTES
            })
            .count();
        let (batch, later) = rest.split_at(fitting.max(1));
        rest = later;
        Some(batch)
    })
}

fn search<'a>(body: &Body, texts: &[&'a str]) -> io::Result<Vec<&'a str>> {
    // Where there are few, and where none can be built, they are looked for one by one.
    let automaton = (texts.len() > FEW).then(|| {
        AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(texts)
    });
    let automaton = automaton.and_then(Result::ok);
    let longest = texts.iter().map(|text| text.len()).max();
    let mut found = vec![false; texts.len()];
    let mut missing = texts.len();
    let mut note = |place: usize| {
        missing -= usize::from(!std::mem::replace(&mut found[place], true));
        missing == 0
    };
    body.blocks(longest.unwrap_or(0).saturating_sub(1), |block| {
        let Some(automaton) = &automaton else {
            let stands = |text: &str| memmem::find(block, text.as_bytes()).is_some();
            let places = texts.iter().enumerate().filter(|(_, text)| stands(text));
            return places.fold(false, |_, (place, _)| note(place));
        };
        let mut hits = automaton.find_overlapping_iter(block);
        hits.any(|hit| note(hit.pattern().as_usize()))
    })?;
    let texts = texts.iter().zip(found);
    Ok(texts
        .filter_map(|(text, found)| found.then_some(*text))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::BodyWriter;

    /// Plain and compressed it is the same.
    fn occur_in(text: &str, texts: &[&str]) -> Vec<bool> {
        let mut writer = BodyWriter::new(0, 0);
        writer.take(text.as_bytes());
        let found = super::occur_in(&text.to_owned().into(), texts).expect("in memory");
        let again = super::occur_in(&writer.finish(), texts).expect("readable");
        assert_eq!(found, again);
        found
    }

    #[test]
    fn texts_within_texts_and_repeats_are_found() {
        let texts = ["", "abc", "b", "abc", "cb", "bcd", "abcd", "x"];
        assert_eq!(
            occur_in("abcd", &texts),
            [true, true, true, true, false, true, true, false]
        );
        assert_eq!(occur_in("abcd", &["d", "e"]), [true, false]);
        assert_eq!(occur_in("", &[]), Vec::<bool>::new());
    }

    #[test]
    fn many_texts_are_searched_in_batches() {
        let texts: Vec<String> = (0..400).map(|n| format!("{n:0>6000}")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        assert!(batches(&texts).count() > 1);
        let body = format!("{} {}", texts[7], texts[399]);
        let found = occur_in(&body, &texts);
        let places: Vec<usize> = (0..400).filter(|place| found[*place]).collect();
        assert_eq!(places, [7, 399]);
    }
}
