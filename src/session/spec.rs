//! The official API description that the user gave to judge by.

use std::path::Path;

use super::error::SetupError;
use crate::pack::Pack;
use crate::schema::SchemaSet;

/// Reads the document; a note says where it is of another major version than the pack.
pub(super) fn official(
    file: &Path,
    pack: &Pack,
    notes: &mut Vec<String>,
) -> Result<SchemaSet, SetupError> {
    let name = file.display().to_string();
    let wrong = |reason: String| SetupError::Spec {
        file: name.clone(),
        reason,
    };
    let text = std::fs::read_to_string(file)
        .map_err(|error| wrong(format!("it can't be read: {error}")))?;
    let set = SchemaSet::official(&name, &text)?;
    let resource = &pack.manifest.representation;
    // Without it every body would be right.
    if !set.names().any(|known| known == resource) {
        return Err(wrong(format!(
            "it has no schema {resource}: it describes another API than {}",
            pack.manifest.name
        )));
    }
    notes.extend(other_version(&name, set.version(), &pack.manifest.name));
    Ok(set)
}

/// The note on a document whose major version is not the pack's.
fn other_version(file: &str, document: Option<&str>, pack: &str) -> Option<String> {
    let (given, (_, own)) = (document?, pack.split_once('@')?);
    (major(given)? != major(own)?).then(|| {
        format!(
            "the API description {file} is of version {given}, and {pack} judges by it what is \
             asked of version {own}: where the two versions differ, findings say nothing about \
             the target; give the description of version {own} with --spec, or none"
        )
    })
}

/// The number in front: `4` of `4.0.0` and of `v4.0`.
fn major(version: &str) -> Option<u32> {
    let digits = version.trim().trim_start_matches(['v', 'V']);
    digits.split(['.', '-', ' ']).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_another_major_version_is_worth_a_note() {
        let note = |version| other_version("f.json", version, "api@4.0.0");
        assert!(note(Some("5.0.0")).is_some_and(|note| note.contains("version 5.0.0")));
        assert!(note(Some("v3")).is_some());
        for same in [Some("4.1.0"), Some("v4.0"), Some("draft"), None] {
            assert_eq!(note(same), None);
        }
    }
}
