//! An answer with its body read as JSON.

use std::sync::Arc;

use serde_json::Value;

use super::body_cache::BodyCache;
use super::json_limits::{self, Refusal, id_of};
use super::list::{List, LongList};
use crate::evidence::{BYTE_ORDER_MARK, Body, JsonArrayReader, ListError, holds_too_many, tree};
use crate::http::{Answer, Truncation};

/// An answer with its body read as JSON.
#[derive(Debug)]
pub struct Reply {
    /// As it came.
    pub answer: Answer,
    json: Result<Arc<Value>, String>,
    long: Option<LongList>,
    over_long_id: Option<String>,
    /// The number of the create that it answers.
    pub(super) create: Option<u64>,
}

impl Reply {
    /// Reads the body, unless it is in the cache. `listed` says that a list was asked for: else one
    /// element says all there is to say of it. Of a list too long for memory, the elements are kept
    /// that `keeps` names. JSON that is nested deeper than `depth` is not judged.
    pub(super) fn new(
        mut answer: Answer,
        bodies: &BodyCache,
        listed: bool,
        depth: usize,
        keeps: impl Fn(&Value) -> bool,
    ) -> Self {
        let (mut long, mut over_long_id) = (None, None);
        let json = if answer.body.is_empty() {
            Err("there is no body".to_owned())
        } else if let Some(cut) = &answer.cut {
            Err(format!("the body is not whole: {}", cut.text()))
        } else {
            match read(&answer.body, bodies, keeps) {
                Ok(_) if json_limits::deeper_than(&answer.body, depth) => Err(Refusal::deep(depth)),
                read => read,
            }
            .map(|(json, list)| {
                long = list.filter(|_| listed);
                json
            })
            .map_err(|refusal| {
                if let Refusal::LongId(beginning) = &refusal {
                    over_long_id = Some(beginning.clone());
                }
                let sound = !matches!(refusal, Refusal::Malformed(_));
                let text = refusal.into_text();
                answer.cut = sound.then(|| Truncation::Beyond(text.clone()));
                text
            })
        };
        Self {
            answer,
            json,
            long,
            over_long_id,
            create: None,
        }
    }

    /// The body, or why it is not JSON. Of a long list only the first element is here.
    pub fn json(&self) -> Result<&Value, &str> {
        self.json.as_deref().map_err(String::as_str)
    }

    /// The elements, where the body is a list.
    pub fn list(&self) -> Option<List<'_>> {
        if let Some(long) = &self.long {
            return Some(List::Long(long));
        }
        let here = self.json().ok()?.as_array()?;
        Some(List::Here(here))
    }

    /// The elements; of what is not a list there are none.
    pub fn elements(&self) -> List<'_> {
        self.list().unwrap_or(List::Here(&[]))
    }

    /// The id of the record that a create made: from the body, else from the Location header.
    pub fn created_id(&self) -> Option<String> {
        let body = self.json().ok();
        // An array with one record is a defect of its own; its record is ours all the same.
        let object = body.map(|body| body.get(0).unwrap_or(body));
        object.and_then(id_of).or_else(|| self.located_id())
    }

    /// Whether this is how a rule of business refuses a change, or a right that this client lacks:
    /// 403 or 409, with a body that says code and reason.
    pub fn is_refused_by_rule(&self) -> bool {
        let body = self.json().ok();
        let says = |name: &str| {
            let text = body.and_then(|body| body.get(name)?.as_str());
            text.is_some_and(|text| !text.trim().is_empty())
        };
        matches!(self.answer.status, 403 | 409) && says("code") && says("reason")
    }

    /// How the id in the body begins where it is longer than a URL may be: the body is not judged
    /// then.
    pub fn over_long_id(&self) -> Option<&str> {
        self.over_long_id.as_deref()
    }

    /// The last segment of the Location header.
    pub fn located_id(&self) -> Option<String> {
        let location = self.answer.header("location")?;
        let path = location.split(['?', '#']).next()?.trim_end_matches('/');
        let last = path.rsplit('/').next().filter(|last| !last.is_empty())?;
        let decoded = percent_encoding::percent_decode_str(last)
            .decode_utf8()
            .ok()?;
        Some(decoded.into_owned())
    }
}

/// Reads a body as a tree, or a long list element by element.
fn read(
    body: &Body,
    bodies: &BodyCache,
    keeps: impl Fn(&Value) -> bool,
) -> Result<(Arc<Value>, Option<LongList>), Refusal> {
    if body.plain().is_none_or(|bytes| holds_too_many(bytes))
        && let Some(elements) = JsonArrayReader::of(body).map_err(ListError::from)?
    {
        let (list, first) = LongList::read(body, elements, keeps)?;
        let first = Value::Array(first.into_iter().collect());
        return Ok((Arc::new(first), Some(list)));
    }
    let bytes = body.whole().map_err(ListError::from)?;
    let tree = bodies.tree(&bytes, || {
        let json = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes);
        tree(json).or_else(|error| {
            let refusal = json_limits::refusal(json, &error);
            let is_list = json.trim_ascii_start().starts_with(b"[");
            let rest = matches!(refusal, Refusal::Beyond(_)).then_some(json);
            let rest = rest.filter(|_| is_list);
            rest.and_then(json_limits::without_large_numbers)
                .ok_or(refusal)
        })
    })?;
    let elements = tree.as_array().into_iter().flatten();
    std::iter::once(&*tree)
        .chain(elements)
        .try_for_each(json_limits::usable_id)?;
    Ok((tree, None))
}
