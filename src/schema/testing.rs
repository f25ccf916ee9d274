//! What the tests of this module share: the schemas of the pack, read from the repository.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::pointer::join;
use super::{Claims, Rules, SchemaSet};

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

/// The schemas and the claims that the pack has in that folder.
pub(super) fn rules(folder: &str) -> Rules {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("schemas/tmf683/v4.0.0")
        .join(folder);
    let claims = fs::read_to_string(path.join("claims.json")).unwrap();
    Rules {
        schemas: pack(folder),
        claims: Claims::parse("claims.json", &claims).unwrap(),
    }
}

/// Every place that a schema says something of, with the keywords that it uses there; the attribute
/// that `required` names is a place too. The first item stands for all items of an array.
pub(super) fn places(set: &SchemaSet, name: &str) -> BTreeSet<(String, String)> {
    let mut places = BTreeSet::new();
    collect(set, set.schema(name).unwrap(), "", &mut places);
    places
}

fn collect(set: &SchemaSet, schema: &Value, at: &str, places: &mut BTreeSet<(String, String)>) {
    let Value::Object(schema) = schema else {
        return;
    };
    for (keyword, value) in schema {
        let attributes = || value.as_array().into_iter().flatten();
        let mut add = |place: String, keyword: &str| places.insert((place, keyword.to_owned()));
        match keyword.as_str() {
            "$ref" => collect(
                set,
                set.follow(value.as_str().unwrap()).unwrap().1,
                at,
                places,
            ),
            "allOf" => attributes().for_each(|attribute| collect(set, attribute, at, places)),
            "then" | "else" => collect(set, value, at, places),
            "items" => collect(set, value, &join(at, "0"), places),
            "properties" => {
                for (name, attribute) in value.as_object().unwrap() {
                    collect(set, attribute, &join(at, name), places);
                }
            }
            "required" => {
                for name in attributes() {
                    add(join(at, name.as_str().unwrap()), keyword);
                }
            }
            "dependentRequired" => {
                for name in value
                    .as_object()
                    .unwrap()
                    .values()
                    .flat_map(|it| it.as_array().unwrap())
                {
                    add(join(at, name.as_str().unwrap()), "required");
                }
            }
            "type" | "format" | "enum" | "const" | "pattern" | "minItems" => {
                add(at.to_owned(), keyword);
            }
            // Conditions are not demands, and the rest are annotations.
            "if" | "title" | "description" | "default" => {}
            other => panic!("{at}: the keyword {other} is not followed"),
        }
    }
}
