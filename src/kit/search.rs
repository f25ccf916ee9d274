//! Which of many texts occur in one big body.

use std::collections::HashMap;
use std::io;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use memchr::memmem;

use crate::evidence::Body;

/// Up to so many texts are looked for one by one.
const FEW: usize = 4;

/// So many bytes of texts are looked for in one pass: the automaton needs a multiple of them.
const BATCH_BYTES: usize = 1 << 20;

/// A body from this size on is first asked for its windows.
const BIG_BODY: u64 = 1 << 16;

/// For each text whether it occurs in the body.
///
/// Texts that can't occur, because some few bytes of them do not, are told in one fast pass; that
/// is nearly all of them where JSON escapes hide the values of a long list.
///
/// # Errors
///
/// Where the body can't be unpacked.
pub fn occur_in(body: &Body, texts: &[&str]) -> io::Result<Vec<bool>> {
    let many = texts.len() > FEW && body.len() >= BIG_BODY;
    let windows = many.then(|| Windows::of(body)).transpose()?;
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, text) in texts.iter().enumerate() {
        if windows
            .as_ref()
            .is_none_or(|windows| windows.may_hold(text.as_bytes()))
        {
            places.entry(text).or_default().push(place);
        }
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

/// Which sequences of eight bytes occur in a body, as a Bloom filter with one hash: what it denies
/// does not occur.
struct Windows {
    bits: Vec<u64>,
}

impl Windows {
    /// The filter has two to the power of so many bits, 2 MiB: small enough for a cache.
    const BITS: u32 = 24;

    fn of(body: &Body) -> io::Result<Self> {
        let mut bits = vec![0; 1 << (Self::BITS - 6)];
        body.blocks(7, |block| {
            for window in block.windows(8) {
                let (word, bit) = Self::place(window);
                bits[word] |= bit;
            }
            false
        })?;
        Ok(Self { bits })
    }

    /// Whether all windows of the text occur; a text shorter than one may.
    fn may_hold(&self, text: &[u8]) -> bool {
        text.windows(8).all(|window| {
            let (word, bit) = Self::place(window);
            self.bits[word] & bit != 0
        })
    }

    fn place(window: &[u8]) -> (usize, u64) {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(window);
        // Fibonacci hashing: the high bits of the product depend on all bytes.
        let hash = u64::from_le_bytes(bytes).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let place = hash >> (64 - Self::BITS);
        (usize::try_from(place >> 6).unwrap_or(0), 1 << (place & 63))
    }
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
    fn windows_deny_only_what_does_not_occur() {
        let body = format!("{}http:\\/\\/host\\/000007 /000008", "-".repeat(300_000));
        let texts: Vec<String> = (0..10).map(|n| format!("/{n:0>6}")).collect();
        let hrefs: Vec<String> = (0..10).map(|n| format!("http://host/{n:0>6}")).collect();
        let texts: Vec<&str> = texts.iter().chain(&hrefs).map(String::as_str).collect();
        let found = occur_in(&body, &texts);
        let places: Vec<usize> = (0..20).filter(|place| found[*place]).collect();
        assert_eq!(places, [7, 8]);
        let windows = Windows::of(&body.into()).expect("in memory");
        assert!(windows.may_hold(b"host\\/000007") && !windows.may_hold(b"http://host/000007"));
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
