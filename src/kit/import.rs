//! An official kit's folder, read into a description: its Postman collection and environment, its
//! `config.json`. Nothing of it is executed.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json, json};

use super::script_import;

/// From about this many elements in one list on, the kits' own time limit ends their run.
const LIST_LIMIT: usize = 1000;

/// Folders within folders of a collection that are read at most.
const DEEPEST: usize = 16;

/// What was read of a kit.
#[derive(Debug)]
pub struct Imported {
    /// The description, as JSON.
    pub description: Json,
    /// What could not be read, with request and line; the numbers are a guess then.
    pub unread: Vec<String>,
}

/// Why a folder can't be read as a kit.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file or the folder can't be read.
    #[error("{}: {reason}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A part of the collection is not what it should be.
    #[error("{}: {pointer}: {reason}", path.display())]
    Collection {
        /// The file.
        path: PathBuf,
        /// Where in it.
        pointer: String,
        /// What is wrong, and what to do.
        reason: String,
    },
}

/// Reads a kit's folder.
///
/// # Errors
///
/// Where it is not the folder of a kit, or its collection has another format.
pub fn read(folder: &Path) -> Result<Imported, ImportError> {
    let path = one_file(folder, ".postman_collection.json")?.ok_or_else(|| ImportError::File {
        path: folder.to_owned(),
        reason:
            "no file ends in .postman_collection.json; give the folder of an official kit that \
                 holds its Postman collection"
                .to_owned(),
    })?;
    let collection = json_of(&path)?;
    let wrong = |pointer: &str, reason: &str| ImportError::Collection {
        path: path.clone(),
        pointer: pointer.to_owned(),
        reason: reason.to_owned(),
    };
    let schema = collection.pointer("/info/schema").and_then(Json::as_str);
    if !schema.is_some_and(|schema| schema.contains("/collection/v2.")) {
        let reason =
            "not a Postman collection of format 2; export it from Postman as Collection v2.1";
        return Err(wrong("/info/schema", reason));
    }
    let mut reading = Reading {
        requests: Vec::new(),
        unread: Vec::new(),
    };
    reading.scripts_beside(&collection, "the collection");
    let name = collection
        .pointer("/info/name")
        .and_then(Json::as_str)
        .unwrap_or("kit");
    reading
        .items(&collection, "", "", 0)
        .map_err(|(pointer, reason)| wrong(&pointer, &reason))?;
    let first = reading
        .requests
        .first()
        .and_then(|request| request["url"].as_str());
    let base = first
        .and_then(|url| url.strip_prefix("{{")?.split_once("}}"))
        .map(|(name, _)| name.to_owned())
        .ok_or_else(|| {
            wrong(
                "/item",
                "no request begins with a variable for the base URL",
            )
        })?;
    reading.configured(folder)?;
    let description = json!({
        "edition": name,
        "baseVariable": base,
        "headers": [["Accept", "application/json"], ["Content-Type", "application/json"]],
        "listLimit": LIST_LIMIT,
        "requests": reading.requests,
        "unread": reading.unread,
    });
    Ok(Imported {
        description,
        unread: reading.unread,
    })
}

struct Reading {
    requests: Vec<Json>,
    unread: Vec<String>,
}

impl Reading {
    /// Reads the requests below an item, in their order.
    fn items(
        &mut self,
        parent: &Json,
        folder: &str,
        pointer: &str,
        depth: usize,
    ) -> Result<(), (String, String)> {
        let pointer = format!("{pointer}/item");
        let items = parent["item"].as_array().filter(|_| depth < DEEPEST);
        let items = items.ok_or_else(|| (pointer.clone(), "not a list of requests".to_owned()))?;
        for (index, item) in items.iter().enumerate() {
            let pointer = format!("{pointer}/{index}");
            let name = item["name"].as_str().unwrap_or_default();
            if item.get("item").is_some() {
                self.scripts_beside(item, &format!("folder {name}"));
                self.items(item, name, &pointer, depth + 1)?;
            } else {
                self.request(item, folder, name, &pointer)?;
            }
        }
        Ok(())
    }

    fn request(
        &mut self,
        item: &Json,
        folder: &str,
        name: &str,
        pointer: &str,
    ) -> Result<(), (String, String)> {
        let request = &item["request"];
        let url = request["url"].as_str().or(request["url"]["raw"].as_str());
        let (Some(url), Some(method)) = (url, request["method"].as_str()) else {
            let reason = "a request without method or URL".to_owned();
            return Err((format!("{pointer}/request"), reason));
        };
        let number = self.requests.len() + 1;
        let mut script = Vec::new();
        for event in item["event"].as_array().into_iter().flatten() {
            let text = script_of(event);
            if event["listen"] != "test" {
                if !text.trim().is_empty() {
                    self.unread.push(format!(
                        "request {number} {name}: a script before it is not read"
                    ));
                }
                continue;
            }
            match script_import::statements(&text) {
                Ok(read) => script = read,
                Err(error) => self
                    .unread
                    .push(format!("request {number} {name}, {error}")),
            }
        }
        let mut read = json!({
            "number": number,
            "folder": folder,
            "name": name,
            "method": method,
            "url": url,
            "script": script,
        });
        // The kit's runner sends no body with a GET.
        if let Some(raw) = request["body"]["raw"].as_str().filter(|_| method != "GET") {
            read["payload"] = json!({ "builtIn": raw });
        }
        self.requests.push(read);
        Ok(())
    }

    /// Scripts of a folder run with each request in it, and are not described.
    fn scripts_beside(&mut self, item: &Json, what: &str) {
        let mut events = item["event"].as_array().into_iter().flatten();
        if events.any(|event| !script_of(event).trim().is_empty()) {
            self.unread.push(format!(
                "{what}: a script for all of its requests is not read"
            ));
        }
    }

    /// Puts the configured payloads in: for each resource into its first create.
    fn configured(&mut self, folder: &Path) -> Result<(), ImportError> {
        let path = folder.join("config.json");
        if !path.is_file() {
            return Ok(());
        }
        let config = json_of(&path)?;
        let empty = Map::new();
        let payloads = config["payloads"].as_object().unwrap_or(&empty);
        for (resource, payload) in payloads {
            let payload = payload.pointer("/POST/payload").unwrap_or(payload);
            let create = self.requests.iter_mut().find(|request| {
                let last = request["url"]
                    .as_str()
                    .and_then(|url| url.rsplit(['/', '}']).next());
                request["method"] == "POST"
                    && last.is_some_and(|last| last.eq_ignore_ascii_case(resource))
            });
            match create {
                Some(create) => create["payload"] = json!({ "builtIn": payload.to_string() }),
                None => self.unread.push(format!(
                    "config.json: /payloads/{resource}: no request creates such a resource"
                )),
            }
        }
        Ok(())
    }
}

fn script_of(event: &Json) -> String {
    match &event["script"]["exec"] {
        Json::String(text) => text.clone(),
        Json::Array(lines) => {
            let lines: Vec<&str> = lines.iter().filter_map(Json::as_str).collect();
            lines.join("\n")
        }
        _ => String::new(),
    }
}

fn one_file(folder: &Path, ending: &str) -> Result<Option<PathBuf>, ImportError> {
    let wrong = |error: std::io::Error| ImportError::File {
        path: folder.to_owned(),
        reason: error.to_string(),
    };
    let mut found: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(wrong)? {
        let path = entry.map_err(wrong)?.path();
        if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found.into_iter().next())
}

fn json_of(path: &Path) -> Result<Json, ImportError> {
    let wrong = |reason: String| ImportError::File {
        path: path.to_owned(),
        reason,
    };
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| wrong(error.to_string()))
}
