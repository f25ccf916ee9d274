//! A small target that keeps to the profile as far as reading goes, and can be reported otherwise.

use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Map, Value, json};

use crate::support::server::{Answer, Request, Server};

const COLLECTION: &str = "/api/partyInteraction";

/// Its records, which a test may change while it is looked at.
#[derive(Debug, Clone)]
pub struct Shelf(Arc<Mutex<Vec<Value>>>);

/// A record that keeps to the rules.
pub fn record(id: &str, direction: &str, reason: &str) -> Value {
    json!({
        "id": id,
        "href": format!("{COLLECTION}/{id}"),
        "direction": direction,
        "reason": reason,
        "channel": [{ "id": "c1", "href": "https://example.org/channel/c1" }],
    })
}

impl Shelf {
    pub fn new(records: impl IntoIterator<Item = Value>) -> Self {
        Self(Arc::new(Mutex::new(records.into_iter().collect())))
    }

    pub fn records(&self) -> MutexGuard<'_, Vec<Value>> {
        self.0.lock().unwrap()
    }

    /// Serves them; what `otherwise` answers comes in the place of what is right.
    pub fn serve(
        &self,
        otherwise: impl Fn(&Request) -> Option<Answer> + Send + Sync + 'static,
    ) -> Server {
        let shelf = self.clone();
        Server::start(move |request, _| otherwise(request).unwrap_or_else(|| shelf.answer(request)))
    }

    /// What is right.
    pub fn answer(&self, request: &Request) -> Answer {
        let url = url::Url::parse(&format!("http://h{}", request.target)).unwrap();
        if request.method != "GET" {
            return error(405, "the method is not allowed");
        }
        let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let directive = |name: &str| query.iter().find(|(known, _)| known == name);
        let number = |name: &str| match directive(name) {
            None => Ok(None),
            Some((_, value)) => value.parse::<usize>().map(Some),
        };
        let (Ok(limit), Ok(offset)) = (number("limit"), number("offset")) else {
            return error(400, "a page is a number");
        };
        let fields = directive("fields").map(|(_, names)| names.as_str());
        let records = self.records();
        match url.path().strip_prefix(COLLECTION) {
            Some("" | "/") => {
                let criteria = query.iter().filter(|(name, _)| {
                    !matches!(name.as_str(), "limit" | "offset" | "fields" | "sort")
                });
                let criteria: Vec<_> = criteria.collect();
                let meets = |record: &&Value| {
                    criteria
                        .iter()
                        .all(|(name, value)| record[name.as_str()].as_str() == Some(value.as_str()))
                };
                let found: Vec<_> = records.iter().filter(meets).collect();
                let total = found.len().to_string();
                let page = found.into_iter().skip(offset.unwrap_or(0));
                let page = page.take(limit.unwrap_or(usize::MAX));
                let page: Vec<Value> = page.map(|record| selected(record, fields)).collect();
                Answer::json(200, &json!(page))
                    .with_header("X-Total-Count", &total)
                    .with_header("X-Result-Count", &page.len().to_string())
            }
            Some(below) => {
                let id = below.trim_start_matches('/');
                match records.iter().find(|record| record["id"] == id) {
                    Some(record) => Answer::json(200, &selected(record, fields)),
                    None => error(404, "there is no such record"),
                }
            }
            None => error(404, "there is nothing here"),
        }
    }
}

fn selected(record: &Value, fields: Option<&str>) -> Value {
    let Some(fields) = fields.filter(|fields| !fields.is_empty()) else {
        return record.clone();
    };
    let names: Vec<&str> = fields.split(',').collect();
    let kept = record.as_object().into_iter().flatten();
    let kept = kept.filter(|(name, _)| {
        names.contains(&name.as_str()) || matches!(name.as_str(), "id" | "href")
    });
    Value::Object(
        kept.map(|(name, value)| (name.clone(), value.clone()))
            .collect::<Map<_, _>>(),
    )
}

fn error(status: u16, reason: &str) -> Answer {
    let body =
        json!({ "code": status.to_string(), "reason": reason, "status": status.to_string() });
    Answer::json(status, &body)
}
