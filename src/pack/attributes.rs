//! The attributes that a schema of the pack describes.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Pack, PackError};

impl Pack {
    /// The names of the attributes that the published description gives the resource; others are
    /// the target's own.
    pub fn described_attributes(&self) -> Result<BTreeSet<String>, PackError> {
        let mut names = BTreeSet::new();
        let mut files = vec![format!("{}.schema.json", self.manifest.representation)];
        let mut seen = BTreeSet::new();
        while let Some(file) = files.pop() {
            if !seen.insert(file.clone()) {
                continue;
            }
            let schema: Value =
                serde_json::from_str(self.file(&file)?).map_err(|error| PackError::Malformed {
                    file: self.file_name(&file),
                    reason: error.to_string(),
                })?;
            let attributes = schema.get("properties").and_then(Value::as_object);
            names.extend(
                attributes
                    .into_iter()
                    .flatten()
                    .map(|(name, _)| name.clone()),
            );
            let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
            let parts = schema.get("allOf").and_then(Value::as_array);
            let references = parts.into_iter().flatten().chain([&schema]);
            files.extend(
                references
                    .filter_map(|part| part.get("$ref").and_then(Value::as_str))
                    .map(|reference| match folder {
                        "" => reference.to_owned(),
                        _ => format!("{folder}/{reference}"),
                    }),
            );
        }
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_found_in_all_parts_of_a_schema() {
        let pack = Pack::embedded("tmf683@4.0.0").unwrap();
        let names = pack.described_attributes().unwrap();
        for name in ["id", "reason", "creationDate", "@type"] {
            assert!(names.contains(name), "{name}");
        }
        assert!(!names.contains("lastUpdate"));
    }
}
