//! Effects that many faults share: given an attribute, an operation or a part, each returns what
//! the server does wrong with it.

use serde_json::Value;

use super::tools::{crash, each, edit, filters_on, is, not_offered, remove, replace, text};
use crate::reference::call::Operation::{Create, List};
use crate::reference::call::{Call, Operation};
use crate::reference::effect::{
    Effect, Object, View, answer, on_compare, on_matches, on_patch, on_publish, on_request,
    on_response, on_show, on_store, overlook,
};
use crate::reference::events::Happening;
use crate::reference::model::{Flaw, Violation};
use crate::reference::reply::Reply;

/// Changes the answers of an operation that succeeded.
pub(super) fn on_success(
    operation: Operation,
    change: impl Fn(&Call, &mut Reply) + Send + Sync + 'static,
) -> Effect {
    on_response(move |call, reply| {
        if call.asks(operation) && reply.succeeded() {
            change(call, reply);
        }
    })
}

/// Changes the answers of an operation that have a status.
pub(super) fn on_status(
    operation: Operation,
    status: u16,
    change: impl Fn(&Call, &mut Reply) + Send + Sync + 'static,
) -> Effect {
    on_response(move |call, reply| {
        if call.asks(operation) && reply.status == status {
            change(call, reply);
        }
    })
}

/// Does not offer an operation.
pub(super) fn refuses(operation: Operation, status: u16) -> Effect {
    answer(move |call, _| call.asks(operation).then(|| not_offered(status)))
}

/// Leaves an attribute out where a record is shown.
pub(super) fn missing(views: &'static [View], name: &'static str) -> Effect {
    on_show(views, move |record, _| remove(record, name))
}

/// Shows another value of an attribute that is there.
pub(super) fn shown_as(
    views: &'static [View],
    name: &'static str,
    value: impl Into<Value>,
) -> Effect {
    let value = value.into();
    on_show(views, move |record, _| replace(record, name, value.clone()))
}

/// Shows another text of an attribute.
pub(super) fn shown_edited(
    views: &'static [View],
    name: &'static str,
    change: impl Fn(&str) -> String + Send + Sync + 'static,
) -> Effect {
    on_show(views, move |record, _| edit(record, name, &change))
}

/// Changes each part in an array attribute where a record is shown.
pub(super) fn each_shown(
    views: &'static [View],
    name: &'static str,
    change: impl Fn(&mut Object) + Send + Sync + 'static,
) -> Effect {
    on_show(views, move |record, _| each(record, name, &change))
}

/// Does not store an attribute.
pub(super) fn not_stored(name: &'static str) -> Effect {
    on_store(move |record, _, _| remove(record, name))
}

/// Changes each part in an array attribute before a record is stored.
pub(super) fn each_stored(
    name: &'static str,
    change: impl Fn(&mut Object) + Send + Sync + 'static,
) -> Effect {
    on_store(move |record, _, _| each(record, name, &change))
}

/// Loses an attribute by a patch that does not name it.
pub(super) fn patch_drops(name: &'static str) -> Effect {
    on_patch(move |after, _, patch| {
        if !patch.contains_key(name) {
            remove(after, name);
        }
    })
}

/// Accepts flaws of an attribute, named by its pointer without the first slash.
pub(super) fn accepts(
    operation: Operation,
    pointer: &'static str,
    flaws: &'static [Flaw],
) -> Effect {
    overlook(operation, move |violation, _| is(violation, pointer, flaws))
}

/// Accepts flaws of what lies below a part and has this end in a create; `*` in the part is any
/// index.
pub(super) fn accepts_below(
    part: &'static str,
    end: &'static str,
    flaws: &'static [Flaw],
) -> Effect {
    overlook(Create, move |violation, _| {
        lies_below(violation, part)
            && violation.pointer.ends_with(end)
            && flaws.contains(&violation.flaw)
    })
}

fn lies_below(violation: &Violation, part: &str) -> bool {
    let wanted: Vec<&str> = part.trim_matches('/').split('/').collect();
    let pointer = violation.pointer.trim_start_matches('/');
    let found: Vec<&str> = pointer.split('/').collect();
    let mut pairs = wanted.iter().zip(&found);
    found.len() > wanted.len() && pairs.all(|(wanted, found)| *wanted == "*" || wanted == found)
}

/// Answers a create without an attribute with 500.
pub(super) fn crashes_without(name: &'static str) -> Effect {
    answer(move |call, _| {
        let body = call.json();
        let lacks = body.as_object().is_some_and(|map| !map.contains_key(name));
        (call.asks(Create) && lacks).then(crash)
    })
}

/// Answers a create whose attribute has a wrong type with 500.
pub(super) fn crashes_unless(name: &'static str, fits: fn(&Value) -> bool) -> Effect {
    on_response(move |call, reply| {
        let sent = call.json();
        if call.asks(Create) && sent.get(name).is_some_and(|value| !fits(value)) {
            *reply = crash();
        }
    })
}

/// Ignores a parameter of lists, such as a filter on an attribute.
pub(super) fn ignores_parameter(name: &'static str) -> Effect {
    on_request(move |call| {
        if call.asks(List) {
            call.forget(name);
        }
    })
}

/// Finds nothing by a filter on an attribute.
pub(super) fn finds_nothing(name: &'static str) -> Effect {
    on_matches(move |call, found, _| {
        if filters_on(call, name) {
            found.clear();
        }
    })
}

/// Compares the value of a record with the one of a filter on an attribute in another way.
pub(super) fn filter_takes(
    name: &'static str,
    matches: impl Fn(&str, &str) -> bool + Send + Sync + 'static,
) -> Effect {
    on_compare(move |test, record| {
        (test.name == name).then(|| matches(text(record, name), &test.value))
    })
}

/// Sends no event of a kind.
pub(super) fn suppress(happening: Happening) -> Effect {
    on_publish(move |notice, _| {
        if notice.happening == happening {
            notice.copies = 0;
        }
    })
}
