//! GET on the collection: filtering, sorting, paging, attribute selection.

use std::sync::Arc;

use memchr::memmem;
use serde_json::Value;

use super::super::effect::{Object, View};
use super::super::query::{Criterion, Page, Sorting, criteria, links};
use super::super::reply::Reply;
use super::super::store::Record;
use super::context::{Context, OperationResult, refused};

/// Answers with the party interactions that match.
pub(super) fn list(context: &Context<'_>) -> OperationResult {
    let call = context.call;
    context.acceptable()?;
    if call.parameter("filter").is_some() {
        return Err(refused(
            501,
            "notImplemented",
            "JSONPath filters are not offered",
        ));
    }
    let mut page = Page::read(call.parameter("offset"), call.parameter("limit"))?;
    page.limit = page.limit.or(context.settings.page_size);

    let mut matches = matches(context);
    if let Some(keys) = call.parameter("sort") {
        matches = Sorting::read(keys).sort(matches, |record| record.map());
    }
    context
        .behaviour
        .on_matches(call, &mut matches, context.store);

    let total = matches.len();
    let shown = page.cut(matches);
    let count = shown.len();
    let is_partial = page.asked && count < total;
    let documents = shown
        .iter()
        .map(|record| document(context, record))
        .collect();
    let mut reply = Reply::list(if is_partial { 206 } else { 200 }, documents);
    reply.set("x-total-count", total.to_string());
    reply.set("x-result-count", count.to_string());
    if page.asked || count < total {
        let links = links(&call.origin, &call.target, &page, count, total);
        reply.set("link", links);
    }
    Ok(reply)
}

/// The records that meet all criteria.
fn matches(context: &Context<'_>) -> Vec<Arc<Record>> {
    let criteria = criteria(&context.call.query);
    let records = context.store.records();
    if criteria.is_empty() {
        return records.cloned().collect();
    }
    let finders = if context.behaviour.filters_plainly() {
        finders(&criteria)
    } else {
        Vec::new()
    };
    // To search the text is much faster than to parse it, and rules most records out.
    let may_match = |record: &&Arc<Record>| {
        let mut finders = finders.iter();
        finders.all(|finder| finder.find(record.json.as_bytes()).is_some())
    };
    let meets = |record: &&Arc<Record>| meets_all(context, &criteria, &record.map());
    records.filter(may_match).filter(meets).cloned().collect()
}

/// One search for each criterion that leaves a trace in the text of a matching record.
fn finders(criteria: &[Criterion]) -> Vec<memmem::Finder<'static>> {
    let single = criteria
        .iter()
        .filter_map(|criterion| match criterion.tests.as_slice() {
            [test] => test.trace(),
            _ => None,
        });
    single
        .map(|trace| memmem::Finder::new(trace.as_bytes()).into_owned())
        .collect()
}

fn meets_all(context: &Context<'_>, criteria: &[Criterion], record: &Object) -> bool {
    let meets = |criterion: &Criterion| {
        let mut tests = criterion.tests.iter();
        tests.any(|test| context.behaviour.on_compare(test, record))
    };
    let results: Vec<bool> = criteria.iter().map(meets).collect();
    context.behaviour.on_combine(&results)
}

/// The text of an element. Where nothing is to be changed in it, it is the stored one.
fn document(context: &Context<'_>, record: &Record) -> Arc<str> {
    let is_whole = context.call.parameter("fields").is_none();
    if is_whole && context.behaviour.shows_all(View::Listed) {
        return record.json.clone();
    }
    let shown = context.shown(View::Listed, record.map());
    Value::Object(shown).to_string().into()
}
