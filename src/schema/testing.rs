//! What the tests of this module share: the schemas of the pack, read from the repository.

use std::fs;
use std::path::Path;

use super::SchemaSet;

/// The schema files below a folder of the pack: names relative to it, and texts.
pub(super) fn files(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("schemas/tmf683/v4.0.0")
        .join(folder);
    let mut files = Vec::new();
    for part in ["", "parts"] {
        let Ok(entries) = fs::read_dir(root.join(part)) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            let name = path
                .strip_prefix(&root)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            if name.ends_with(".schema.json") {
                files.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// The set of these files.
pub(super) fn set_of(files: &[(String, String)]) -> SchemaSet {
    SchemaSet::embedded(
        files
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str())),
    )
    .unwrap()
}

/// The schemas that the pack has in that folder.
pub(super) fn pack(folder: &str) -> SchemaSet {
    set_of(&files(folder))
}
