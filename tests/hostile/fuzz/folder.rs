//! Whatever is changed in a folder that was handed in, `verify` reports it.

use std::fs;

use proptest::prelude::*;
use proptest::sample::Index;
use tempfile::TempDir;
use tmfctk::manifest::{FILE, FileEntry, Manifest, SIGNATURE, SigningKey, verify};
use tmfctk::report::json;

use super::near::{cases, corpus};

const FILES: [&str; 4] = ["result.json", "report.html", FILE, SIGNATURE];

/// A folder as a run leaves it, with a signature.
fn folder() -> (TempDir, SigningKey) {
    let folder = TempDir::new().unwrap();
    let key = SigningKey::generate().unwrap();
    let stored = corpus("results").remove(0);
    let page = b"<!DOCTYPE html><title>x</title>".to_vec();
    let files = [(FILES[0], &stored), (FILES[1], &page)];
    let entries = files.map(|(name, content)| FileEntry::of(name, content));
    let result = json::parse(&stored).unwrap();
    let manifest = Manifest::new(&result, entries.to_vec(), Some(key.public())).unwrap();
    let manifest = manifest.to_bytes().unwrap();
    for (name, content) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    fs::write(folder.path().join(SIGNATURE), key.sign(&manifest)).unwrap();
    fs::write(folder.path().join(FILE), manifest).unwrap();
    (folder, key)
}

proptest! {
    #![proptest_config(cases(120))]

    #[test]
    fn a_byte_that_is_changed_added_or_gone_is_told(
        file in 0..FILES.len(),
        at in any::<Index>(),
        change in 1_u8..=255,
        kind in 0..3_usize,
    ) {
        let (folder, key) = folder();
        let sound = verify(folder.path(), Some(&key.public())).unwrap();
        prop_assert!(sound.deviations.is_empty(), "{:?}", sound.deviations);
        let path = folder.path().join(FILES[file]);
        let mut bytes = fs::read(&path).unwrap();
        let at = at.index(bytes.len());
        match kind {
            0 => bytes[at] ^= change,
            1 => bytes.insert(at, change),
            _ => drop(bytes.remove(at)),
        }
        fs::write(&path, bytes).unwrap();
        let told = match verify(folder.path(), Some(&key.public())) {
            Ok(check) => !check.deviations.is_empty(),
            Err(_) => true,
        };
        prop_assert!(told, "{} of {} in {}", kind, at, FILES[file]);
    }
}
