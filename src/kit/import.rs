//! An official kit's folder, read into a description: its Postman collection and environment, its
//! `config.json`, and what its start script does with both. Nothing of it is executed.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json, json};

use super::script_import::{self, Place, StartScript};

/// From about this many elements in one list on, the kits' own time limit ends their run.
const LIST_LIMIT: usize = 1000;

/// Folders within folders of a collection that are read at most.
const DEEPEST: usize = 16;

/// How the file of a collection may end.
const COLLECTION: [&str; 2] = [".testkit.json", ".postman_collection.json"];

/// How the file of an environment ends.
const ENVIRONMENT: &str = ".postman_environment.json";

/// The format of collections that is read.
const FORMAT: &str = "/collection/v2.";

/// Why a folder can't be read as a kit.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file or the folder can't be read, or is not what it should be.
    #[error("{}: {reason}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why, and what to do.
        reason: String,
    },
    /// A part of a file is not what it should be.
    #[error("{}: {pointer}: {reason}", path.display())]
    Part {
        /// The file.
        path: PathBuf,
        /// Where in it.
        pointer: String,
        /// What is wrong, and what to do.
        reason: String,
    },
}

/// Reads a kit's folder into a description, as JSON. What could not be read stands in it, with request
/// and line.
///
/// # Errors
///
/// Where it is not the folder of a kit, or its collection has another format.
pub fn read(folder: &Path) -> Result<Json, ImportError> {
    let files = files(folder)?;
    let mut unread = Vec::new();
    let start = start_script(&files)?;
    let path = collection(folder, &files, start.as_ref())?;
    let collection = json_of(&path)?;
    let wrong = |pointer: &str, reason: &str| ImportError::Part {
        path: path.clone(),
        pointer: pointer.to_owned(),
        reason: reason.to_owned(),
    };
    let schema = collection.pointer("/info/schema").and_then(Json::as_str);
    if !schema.is_some_and(|schema| schema.contains(FORMAT)) {
        let reason =
            "not a Postman collection of format 2; export it from Postman as Collection v2.1";
        return Err(wrong("/info/schema", reason));
    }
    let mut reading = Reading::default();
    reading.beside(&collection, "the collection");
    reading
        .items(&collection, "", "", &[])
        .map_err(|(pointer, reason)| wrong(&pointer, &reason))?;
    if reading.requests.is_empty() {
        return Err(wrong("/item", "no request stands in it"));
    }
    let config = files.iter().find(|file| named(file, "config.json"));
    let config = config.map(|path| json_of(path)).transpose()?;
    let does = start.as_ref().map(|(_, start)| start);
    let headers = reading.configure(config.as_ref().unwrap_or(&Json::Null), does);
    let base = reading
        .base_variable(does.and_then(|start| start.base.as_deref()))
        .ok_or_else(|| wrong("/item", "no URL begins with a variable for the base URL"))?;
    let mut constants = constants(&collection["variable"]);
    for file in files.iter().filter(|file| ends(file, &[ENVIRONMENT])) {
        constants.extend(self::constants(&json_of(file)?["values"]));
    }
    constants.remove(&base);
    reading.put_constants(&constants);
    if let Some((path, start)) = &start {
        let path = path.strip_prefix(folder).unwrap_or(path).display();
        unread.extend(start.unread.iter().map(|what| format!("{path}, {what}")));
    }
    unread.extend(reading.unread);
    let requests: Vec<Json> = reading.requests.into_iter().map(|read| read.json).collect();
    let name = collection.pointer("/info/name").and_then(Json::as_str);
    let description = json!({
        "edition": name.unwrap_or("kit"),
        "baseVariable": base,
        "headers": headers,
        "listLimit": LIST_LIMIT,
        "exact": unread.is_empty(),
        "unread": unread,
        "requests": requests,
    });
    Ok(description)
}

/// A request that was read.
struct Read {
    /// Its place in the collection.
    place: Place,
    headers: Vec<(String, String)>,
    json: Json,
}

impl Read {
    fn url(&self) -> &str {
        self.json["url"].as_str().unwrap_or_default()
    }
}

#[derive(Default)]
struct Reading {
    requests: Vec<Read>,
    unread: Vec<String>,
}

impl Reading {
    /// Reads the requests below an item, in their order.
    fn items(
        &mut self,
        parent: &Json,
        folder: &str,
        pointer: &str,
        place: &[usize],
    ) -> Result<(), (String, String)> {
        let pointer = format!("{pointer}/item");
        let items = parent["item"].as_array().filter(|_| place.len() < DEEPEST);
        let items = items.ok_or_else(|| (pointer.clone(), "not a list of requests".to_owned()))?;
        for (index, item) in items.iter().enumerate() {
            let pointer = format!("{pointer}/{index}");
            let name = item["name"].as_str().unwrap_or_default();
            let place = [place, &[index]].concat();
            if item.get("item").is_some() {
                self.beside(item, &format!("folder {name}"));
                self.items(item, name, &pointer, &place)?;
            } else {
                self.request(item, folder, name, &pointer, place)?;
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
        place: Place,
    ) -> Result<(), (String, String)> {
        let request = &item["request"];
        let (Some(url), Some(method)) = (url_of(&request["url"]), request["method"].as_str())
        else {
            let reason = "a request without method or URL".to_owned();
            return Err((format!("{pointer}/request"), reason));
        };
        let number = self.requests.len() + 1;
        let mut unread = Vec::new();
        let mut script = Vec::new();
        for event in item["event"].as_array().into_iter().flatten() {
            let text = script_of(event);
            if event["listen"] != "test" {
                if !script_import::is_blank(&text) {
                    unread.push(", a script that runs before it".to_owned());
                }
                continue;
            }
            match script_import::statements(&text) {
                Ok(read) => script.extend(read),
                Err(error) => unread.push(format!(", {error}")),
            }
        }
        let mut json = json!({
            "number": number,
            "folder": folder,
            "name": name,
            "method": method,
            "url": url,
            "script": script,
        });
        // The kit's runner sends no body with a GET.
        let body = Some(&request["body"]).filter(|body| !body.is_null() && method != "GET");
        let raw = body.and_then(|body| body["raw"].as_str());
        match (body, raw) {
            (Some(body), _) if body["disabled"] == true => {}
            (Some(_), Some(raw)) if raw.contains("{{") => {
                unread.push(": a variable in its body".to_owned());
                json["payload"] = json!({ "builtIn": raw });
            }
            (Some(_), Some(raw)) if !raw.is_empty() => json["payload"] = json!({ "builtIn": raw }),
            (Some(body), None) if body["mode"] != "raw" => {
                let mode = &body["mode"];
                unread.push(format!(": a body of the mode {mode}"));
            }
            _ => {}
        }
        if is_authenticated(&request["auth"]) {
            unread.push(": credentials of its own".to_owned());
        }
        let unread = unread
            .iter()
            .map(|what| format!("request {number} {name}{what}"));
        self.unread.extend(unread);
        self.requests.push(Read {
            place,
            headers: headers_of(&request["header"]),
            json,
        });
        Ok(())
    }

    /// Scripts and credentials of a folder hold for each request in it, and are not described.
    fn beside(&mut self, item: &Json, what: &str) {
        let mut events = item["event"].as_array().into_iter().flatten();
        if events.any(|event| !script_import::is_blank(&script_of(event))) {
            let text = format!("{what}: a script for all of its requests");
            self.unread.push(text);
        }
        if is_authenticated(&item["auth"]) {
            let text = format!("{what}: credentials for all of its requests");
            self.unread.push(text);
        }
    }

    /// Puts in what the start script takes from `config.json`: payloads, and the headers of all
    /// requests, which are returned.
    fn configure(&mut self, config: &Json, start: Option<&StartScript>) -> Vec<(String, String)> {
        for (resource, place) in start.iter().flat_map(|start| &start.payloads) {
            let payload = &config["payloads"][resource]["POST"]["payload"];
            // The start script does nothing for a resource that is not configured.
            if payload.is_null() {
                continue;
            }
            match self.requests.iter_mut().find(|read| read.place == *place) {
                Some(read) => {
                    read.json["payload"] = json!({ "builtIn": as_javascript_writes(payload) });
                }
                None => self.unread.push(format!(
                    "config.json, /payloads/{resource}: the start script puts it where the \
                     collection has no request"
                )),
            }
        }
        let payloads = config["payloads"].as_object();
        if start.is_none() && payloads.is_some_and(|payloads| !payloads.is_empty()) {
            self.unread.push(
                "config.json, /payloads: no start script (index.js) says where they go, so that \
                 the bodies are those of the collection"
                    .to_owned(),
            );
        }
        if start.is_some_and(|start| start.headers)
            && let Some(configured) = config["headers"].as_object()
        {
            let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
            let headers = configured.iter();
            return headers
                .map(|(name, value)| (name.clone(), text(value)))
                .collect();
        }
        let common = self.requests.first().map(|read| read.headers.clone());
        let common = common.unwrap_or_default();
        for read in self.requests.iter().filter(|read| read.headers != common) {
            let name = read.json["name"].as_str().unwrap_or_default();
            let text = format!("request {} {name}: headers of its own", read.json["number"]);
            self.unread.push(text);
        }
        common
    }

    /// The variable for the base URL: the one that the start script sets, else the one that URLs
    /// begin with.
    fn base_variable(&self, known: Option<&str>) -> Option<String> {
        let first = self.requests.iter().find_map(|read| {
            let (name, _) = read.url().strip_prefix("{{")?.split_once("}}")?;
            Some(name)
        });
        let used = |name: &&str| {
            let variable = format!("{{{{{name}}}}}");
            self.requests
                .iter()
                .any(|read| read.url().contains(&variable))
        };
        known.filter(used).or(first).map(str::to_owned)
    }

    /// Puts the constants of the environment into the URLs.
    fn put_constants(&mut self, constants: &Map<String, Json>) {
        for read in &mut self.requests {
            let mut url = read.url().to_owned();
            for (name, value) in constants {
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                url = url.replace(&format!("{{{{{name}}}}}"), &text);
            }
            read.json["url"] = json!(url);
        }
    }
}

/// The variables that are set from the beginning.
fn constants(list: &Json) -> Map<String, Json> {
    let set = list.as_array().into_iter().flatten().filter(|variable| {
        variable["enabled"] != false && variable["disabled"] != true && !variable["value"].is_null()
    });
    set.filter_map(|variable| {
        let name = variable["key"].as_str()?;
        Some((name.to_owned(), variable["value"].clone()))
    })
    .collect()
}

/// A URL as the kit's runner puts it together: of its parts, where it has some.
fn url_of(url: &Json) -> Option<String> {
    if let Some(text) = url.as_str() {
        return Some(text.to_owned());
    }
    let joined = |part: &Json, between: &str| match part {
        Json::String(text) => Some(text.clone()),
        Json::Array(parts) => {
            let parts = parts
                .iter()
                .map(|part| part.as_str().or(part["value"].as_str()));
            Some(parts.collect::<Option<Vec<_>>>()?.join(between))
        }
        _ => None,
    };
    let Some(host) = joined(&url["host"], ".") else {
        return url["raw"].as_str().map(str::to_owned);
    };
    let mut text = String::new();
    if let Some(protocol) = url["protocol"].as_str() {
        text += protocol.trim_end_matches("://");
        text += "://";
    }
    text += &host;
    if let Some(port) = url["port"].as_str().filter(|port| !port.is_empty()) {
        text = format!("{text}:{port}");
    }
    if let Some(path) = joined(&url["path"], "/") {
        text.push('/');
        text += path.trim_start_matches('/');
    }
    let query = url["query"].as_array().into_iter().flatten();
    let query = query.filter(|one| one["disabled"] != true).map(|one| {
        let key = one["key"].as_str().unwrap_or_default();
        match one["value"].as_str() {
            Some(value) => format!("{key}={value}"),
            None => key.to_owned(),
        }
    });
    let query: Vec<String> = query.collect();
    if !query.is_empty() {
        text.push('?');
        text += &query.join("&");
    }
    Some(text)
}

fn headers_of(list: &Json) -> Vec<(String, String)> {
    let set = list.as_array().into_iter().flatten();
    set.filter(|header| header["disabled"] != true)
        .filter_map(|header| {
            let (name, value) = (header["key"].as_str()?, header["value"].as_str()?);
            Some((name.to_owned(), value.to_owned()))
        })
        .collect()
}

fn is_authenticated(auth: &Json) -> bool {
    !auth.is_null() && auth["type"] != "noauth"
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

/// A value as `JSON.stringify` writes it: a whole number has no decimals.
fn as_javascript_writes(value: &Json) -> String {
    fn whole(value: &mut Json) {
        match value {
            Json::Number(number) => {
                let decimal = number.as_f64().filter(|_| number.is_f64());
                if let Some(whole) = decimal
                    .filter(|value| value.fract() == 0.0 && value.abs() < 1e15)
                    .and_then(|value| format!("{value:.0}").parse::<i64>().ok())
                {
                    *value = json!(whole);
                }
            }
            Json::Array(list) => list.iter_mut().for_each(whole),
            Json::Object(object) => object.values_mut().for_each(whole),
            _ => {}
        }
    }
    let mut value = value.clone();
    whole(&mut value);
    value.to_string()
}

/// The files of a kit: those of its folder, then those of the folders in it, each in order.
fn files(folder: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let list = |folder: &Path| -> Result<(Vec<PathBuf>, Vec<PathBuf>), ImportError> {
        let wrong = |error: std::io::Error| ImportError::File {
            path: folder.to_owned(),
            reason: error.to_string(),
        };
        let entries = fs::read_dir(folder).map_err(wrong)?;
        let paths = entries.map(|entry| Ok(entry?.path()));
        let mut paths = paths.collect::<std::io::Result<Vec<_>>>().map_err(wrong)?;
        paths.sort();
        Ok(paths.into_iter().partition(|path| path.is_file()))
    };
    let (mut files, folders) = list(folder)?;
    let skipped = ["node_modules", "schemas", "conformance", ".git"];
    let folders = folders.iter().filter(|path| path.is_dir());
    for folder in folders.filter(|path| !skipped.iter().any(|name| named(path, name))) {
        files.extend(list(folder)?.0);
    }
    Ok(files)
}

fn named(path: &Path, name: &str) -> bool {
    path.file_name().is_some_and(|known| known == name)
}

fn ends(path: &Path, endings: &[&str]) -> bool {
    let name = path.to_string_lossy();
    endings.iter().any(|ending| name.ends_with(ending))
}

/// The script that starts the kit's runner, where there is one.
fn start_script(files: &[PathBuf]) -> Result<Option<(PathBuf, StartScript)>, ImportError> {
    for path in files.iter().filter(|path| ends(path, &[".js"])) {
        let text = text_of(path)?;
        if text.contains("newman") {
            return Ok(Some((path.clone(), script_import::start_script(&text))));
        }
    }
    Ok(None)
}

/// The file of the collection: the one that the start script names, else the only one there is.
fn collection(
    folder: &Path,
    files: &[PathBuf],
    start: Option<&(PathBuf, StartScript)>,
) -> Result<PathBuf, ImportError> {
    let required = start.and_then(|(path, start)| {
        let folder = path.parent()?;
        let named = start.required.iter().map(|name| folder.join(name));
        let mut known = named.filter(|path| files.contains(path));
        known.find(|path| !ends(path, &[ENVIRONMENT]) && is_collection(path))
    });
    if let Some(path) = required {
        return Ok(path);
    }
    let mut found = files.iter().filter(|path| ends(path, &COLLECTION));
    let mut others = files.iter().filter(|path| {
        ends(path, &[".json"]) && !named(path, "pmtest.json") && is_collection(path)
    });
    let wrong = |reason: String| ImportError::File {
        path: folder.to_owned(),
        reason,
    };
    let Some(path) = found.next().or_else(|| others.next()) else {
        return Err(wrong(
            "not the folder of an official kit: no file in it or in its folder ctk is a Postman \
             collection (*.testkit.json or *.postman_collection.json); give the folder that was \
             unpacked"
                .to_owned(),
        ));
    };
    if let Some(second) = found.next() {
        return Err(wrong(format!(
            "two collections, {} and {}; leave one of them in it",
            path.display(),
            second.display()
        )));
    }
    Ok(path.clone())
}

/// Whether a file holds a Postman collection, of any format.
fn is_collection(path: &Path) -> bool {
    let json = json_of(path);
    json.is_ok_and(|json| json.get("item").is_some() || json.get("requests").is_some())
}

fn text_of(path: &Path) -> Result<String, ImportError> {
    let bytes = fs::read(path).map_err(|error| ImportError::File {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn json_of(path: &Path) -> Result<Json, ImportError> {
    let text = text_of(path)?;
    serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| ImportError::File {
        path: path.to_owned(),
        reason: format!("not JSON: {error}"),
    })
}
