//! The table of variants.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::call::Operation::{Create, Delete, List, Patch, Register, Retrieve};
use super::super::call::{BASE_PATH, Operation, Route};
use super::super::effect::{
    ANSWERS, Object, READS, answer, demand, identify, on_matches, on_patch, on_publish, on_request,
    on_response, on_select, on_show, on_store,
};
use super::super::events::{Happening, Notice};
use super::super::model::{Flaw, Violation, is_known};
use super::super::reply::{Framing, Reply};
use super::super::store::Record;
use super::changes::{
    ascii, drop_from_patch, in_utc, is_optional, is_uuid, mandatory_methods, reformat, retype,
    rewrite_href, send_patch, unwanted,
};

variants! {
    behaves "get-and-post-405": "only GET and POST on the resource are offered, the rest is refused with 405"
        => answer(|call, _| {
            let refusal = || Reply::error(405, "methodNotAllowed", "this is not offered");
            is_optional(call).then(|| refusal().with("allow", mandatory_methods(call)))
        })
        => on_response(|call, reply| if reply.status == 405 {
            reply.set("allow", mandatory_methods(call));
        });
    behaves "get-and-post-501": "only GET and POST on the resource are offered, the rest is refused with 501"
        => answer(|call, _| {
            let refusal = || Reply::error(501, "notImplemented", "this is not implemented");
            is_optional(call).then(refusal)
        });
    behaves "get-and-post-404": "only GET and POST on the resource are offered, the rest is not found"
        => answer(|call, _| {
            let refusal = || Reply::error(404, "notFound", "there is nothing at this path");
            is_optional(call).then(refusal)
        });
    behaves "undefined-501": "methods that the API does not define are refused with 501"
        => answer(|call, _| {
            let refusal = || Reply::error(501, "notImplemented", "this is not implemented");
            call.asks(Operation::Undefined).then(refusal)
        });
    sets "paged": "lists have pages of 10 by default, and 25 older records fill the first two"
        => |settings| {
            settings.page_size = Some(10);
            settings.preload = settings.preload.max(25);
        };
    behaves "pages-200": "a page is answered 200, though it is not the whole"
        => on_response(|_, reply| if reply.status == 206 { reply.status = 200; });
    behaves "newest-first": "lists have the newest record first"
        => on_matches(|call, found, _| if call.parameter("sort").is_none() { found.reverse(); });
    behaves "no-counts": "lists have neither X-Result-Count nor Link, and X-Total-Count only where a page is asked for"
        => on_response(|call, reply| {
            reply.drop_header("x-result-count");
            reply.drop_header("link");
            if call.parameter("offset").or(call.parameter("limit")).is_none()
            {
                reply.drop_header("x-total-count");
            }
        });
    behaves "relative-href": "href is a path without scheme and host"
        => on_store(|record, _, _| rewrite_href(record, |path| path.to_owned()));
    behaves "public-href": "href has a public host name, under which the server can't be reached from here"
        => on_store(|record, _, _| {
            rewrite_href(record, |path| format!("https://api.operator.example{path}"));
        });
    behaves "fields-literal": "attribute selection brings just what it names, not even id and href"
        => on_select(READS, |selected, _, selection| if !selection.wants("none") {
            selected.retain(|name, _| selection.wants(name));
        });
    behaves "fields-with-type": "attribute selection always brings @type"
        => on_store(|record, _, _| {
            record.entry("@type").or_insert_with(|| "PartyInteraction".into());
        })
        => on_select(READS, |selected, full, _| if let Some(value) = full.get("@type") {
            selected.insert("@type".to_owned(), value.clone());
        });
    behaves "no-charset": "the content type is application/json, without a charset"
        => on_response(|_, reply| retype(reply, "application/json"));
    behaves "loud-charset": "the content type is Application/JSON; Charset=\"UTF-8\""
        => on_response(|_, reply| retype(reply, "Application/JSON; Charset=\"UTF-8\""));
    behaves "odd-ids": "ids hold blanks, slashes, umlauts and signs that need percent-encoding"
        => identify(|_, store| {
            let number = store.random.u32(..);
            format!("Zürich #{number}/50% a+b?c&d")
        });
    behaves "numeric-ids": "ids are texts of digits"
        => identify(|_, store| (1_000 + store.made()).to_string());
    behaves "additional-attributes": "records have @type, @baseType and attributes that the API description does not know"
        => on_store(|record, _, _| {
            record.entry("@type").or_insert_with(|| "PartyInteraction".into());
            record.entry("@baseType").or_insert_with(|| "Entity".into());
            record.insert("lastUpdate".to_owned(), "2024-01-01T00:00:00Z".into());
            record.insert("x-tenant".to_owned(), json!({"id": 7, "tags": [null, "a"]}));
        });
    behaves "bare": "records have no attribute beyond what was sent, id and href"
        => on_store(|record, sent, _| {
            record.retain(|name, _| name == "id" || name == "href" || sent.contains_key(name));
            for (name, value) in sent {
                if name != "id" && name != "href" {
                    record.insert(name.clone(), value.clone());
                }
            }
        });
    behaves "drops-extensions": "attributes that the API description does not know are not stored"
        => on_store(|record, _, _| record.retain(|name, _| is_known(name)));
    behaves "strict-attributes": "a create with an attribute that the API description does not know is refused with 400"
        => demand(Create, |body| {
            let name = body.keys().find(|name| !is_known(name))?;
            let pointer = format!("/{name}");
            Some(Violation {
                pointer,
                flaw: Flaw::Unwanted,
            })
        });
    behaves "uuids-only": "an id that is not a UUID is refused with 400, as a filter and in a path"
        => answer(|call, _| {
            let asked = match &call.route {
                Route::Record(id) => Some(id.as_str()),
                _ => call.parameter("id"),
            };
            let is_other = !is_uuid(asked?);
            is_other.then(|| Reply::error(400, "invalidId", "an id is a UUID"))
        });
    behaves "known-statuses": "a filter on a status that the API description does not list is refused with 400"
        => answer(|call, _| {
            let known = ["opened", "inProgress", "completed"];
            let is_other = call.asks(List) && !known.contains(&call.parameter("status")?);
            is_other.then(|| Reply::error(400, "invalidStatus", "there is no such status"))
        });
    behaves "bulk-patch": "a patch of the collection is refused with 415, since only JSON Patch is taken there"
        => answer(|call, _| {
            let refusal =
                || Reply::error(415, "mediaType", "application/json-patch+json it is");
            let patches = call.method.as_str() == "PATCH" && call.route == Route::Collection;
            patches.then(refusal)
        });
    behaves "short-texts": "a create with a description of more than 500 or a reason of more than 255 characters is refused with 400"
        => demand(Create, |body| {
            let longer = |name: &str, most: usize| {
                let text = body.get(name).and_then(Value::as_str).unwrap_or_default();
                text.chars().count() > most
            };
            let limits = [("description", 500), ("reason", 255)];
            let (name, _) = limits.into_iter().find(|(name, most)| longer(name, *most))?;
            Some(unwanted(name))
        });
    narrows "items-by-reference": "a create with an item by value is refused with 400"
        => demand(Create, |body| {
            let items = body.get("interactionItem")?.as_array()?;
            let types = items.iter().filter_map(|item| item.get("item")?.get("@type"));
            let by_value = types.filter_map(Value::as_str).any(|name| name != "EntityRef");
            by_value.then(|| unwanted("interactionItem"))
        });
    behaves "refuses-client-id": "a create with an id or an href is refused with 400"
        => demand(Create, |body| {
            let name = ["id", "href"].into_iter().find(|name| body.contains_key(*name))?;
            let pointer = format!("/{name}");
            Some(Violation {
                pointer,
                flaw: Flaw::Unwanted,
            })
        });
    behaves "wrong-bodies-422": "a body that is JSON, but not a valid record, is refused with 422"
        => on_response(|call, reply| {
            let is_json = serde_json::from_slice::<Value>(&call.body).is_ok();
            if (call.asks(Create) || call.asks(Patch) || call.asks(Register))
                && reply.status == 400
                && is_json
            {
                reply.status = 422;
                reply.change_objects(|error| {
                    error.insert("status".to_owned(), "422".into());
                    error.insert("reason".to_owned(), "Unprocessable Content".into());
                });
            }
        });
    behaves "rich-errors": "errors have every optional attribute"
        => on_response(|_, reply| if reply.failed() {
            reply.change_objects(|error| {
                error.insert(
                    "referenceError".to_owned(),
                    "https://operator.example/errors/17".into(),
                );
                error.insert("@type".to_owned(), "Error".into());
                error.insert("@baseType".to_owned(), "Error".into());
                error.insert(
                    "@schemaLocation".to_owned(),
                    "https://operator.example/Error.json".into(),
                );
                error.insert("trace".to_owned(), json!({"id": 1}));
            });
        });
    behaves "lean-errors": "errors have code and reason only"
        => on_response(|_, reply| if reply.failed() {
            reply.change_objects(|error| {
                error.retain(|name, _| name == "code" || name == "reason")
            });
        });
    behaves "utc-dates": "date-times come back in UTC, whatever zone they were sent with"
        => on_store(|record, _, _| record.iter_mut().for_each(|(name, value)| in_utc(name, value)));
    behaves "pretty-json": "JSON is indented"
        => on_response(|_, reply| {
            reformat(reply, |value| serde_json::to_string_pretty(value).unwrap_or_default());
        });
    behaves "ascii-json": "JSON holds ASCII only, other characters are escaped"
        => on_response(|_, reply| reformat(reply, |value| ascii(&value.to_string())));
    behaves "sorted-names": "the attributes of a record are in alphabetical order"
        => on_show(ANSWERS, |record, _| record.sort_keys());
    behaves "http-1.0": "answers are HTTP/1.0"
        => on_response(|_, reply| reply.framing = Framing::Http10);
    behaves "chunked": "bodies come in chunks, no length is given"
        => on_response(|_, reply| reply.framing = Framing::Chunked);
    sets "slow": "each answer takes 150 ms"
        => |settings| { settings.latency = Duration::from_millis(150); };
    sets "older-records": "there are 3000 older records, of which some violate the profile"
        => |settings| {
            settings.preload = settings.preload.max(3000);
            settings.flawed_preload = true;
        };
    behaves "single-listener": "a second listener is refused with 409"
        => answer(|call, store| {
            let refusal = || Reply::error(409, "listenerExists", "there is a listener already");
            (call.asks(Register) && !store.subscriptions.is_empty()).then(refusal)
        });
    sets "late-events": "each event comes a second late"
        => |settings| settings.event_delay = Duration::from_secs(1);
    behaves "events-to-callback": "events are sent to the callback itself, not below it"
        => on_publish(|notice, _| notice.url.clone_from(&notice.callback));
    behaves "rate-limited": "now and then a request is answered 429 and is to be sent again a second later"
        => answer(|call, _| {
            let refusal = || Reply::error(429, "tooManyRequests", "come back in a second");
            let is_too_much = call.number % 100 == 50;
            is_too_much.then(|| refusal().with("retry-after", "1"))
        });
    behaves "briefly-unavailable": "now and then a request is answered 503 and is to be sent again a second later"
        => answer(|call, _| {
            let refusal = || Reply::error(503, "unavailable", "back in a second");
            let is_away = call.number % 100 == 50;
            is_away.then(|| refusal().with("retry-after", "1"))
        });
    behaves "patch-ignores-fixed": "what a patch says of attributes that are fixed is ignored, the rest is done"
        => on_request(|call| {
            drop_from_patch(call, |name, _| {
                let fixed = ["id", "href", "direction"];
                fixed.contains(&name) || name.starts_with('@')
            });
        });
    behaves "patch-ignores-blanks": "a patch that would make a mandatory attribute blank leaves it as it is"
        => on_request(|call| {
            drop_from_patch(call, |name, value| {
                let mandatory = ["direction", "reason", "channel"];
                let text = value.as_str().map(str::trim);
                let blank = value.is_null() || text == Some("") || *value == json!([]);
                mandatory.contains(&name) && blank
            });
        });
    behaves "json-patch": "a JSON Patch that replaces attributes is taken as well"
        => on_request(|call| {
            if call.asks(Patch) && call.media_type() == "application/json-patch+json" {
                let operations = call.json();
                let members = operations.as_array().into_iter().flatten();
                let patch: Object = members
                    .filter_map(|one| {
                        let name = one.get("path")?.as_str()?.strip_prefix('/')?;
                        Some((name.to_owned(), one.get("value")?.clone()))
                    }).collect();
                send_patch(call, patch);
            }
        });
    behaves "revisions": "records have a revision and the time of the last change, which the API does not describe"
        => on_patch(|after, before, _| {
            let revision = before.get("revision").and_then(Value::as_u64);
            after.insert("revision".to_owned(), (revision.unwrap_or(0) + 1).into());
            let now = jiff::Timestamp::now().to_string();
            after.insert("lastUpdate".to_owned(), now.into());
        });
    behaves "deleted-410": "a record that was deleted is answered 410"
        => answer(|call, store| {
            if call.asks(Delete) && store.get(call.id()).is_some() {
                store.memory.insert(call.id().to_owned(), String::new());
                return None;
            }
            let is_gone = store.memory.contains_key(call.id());
            let reads = call.asks(Retrieve) && is_gone;
            reads.then(|| Reply::error(410, "gone", "this was deleted"))
        });
    behaves "strict-tomcat": "a request with a character in its query that has to be encoded is refused with 400 and an HTML page"
        => on_response(|call, reply| {
            let is_raw = |c: char| "^[]|{}\\\"<>`".contains(c);
            if call.target.contains(is_raw) {
                *reply = Reply::error(400, "badRequest", "there is an invalid character");
                reply.show_html();
            }
        });
    behaves "html-for-unknown-paths": "a path that the API does not know is answered with an HTML page"
        => on_response(|call, reply| if call.asks(Operation::Unknown) { reply.show_html(); });
    behaves "odd-older-records": "an older record holds half of a surrogate pair, another one a number that no double holds"
        => answer(|_, store| {
            for (id, odd) in [("older-half", r#""\ud800""#), ("older-large", "1e999")] {
                let rest = r#""channel":[{"id":"1"}],"direction":"inbound","reason":"older""#;
                let href = format!("{BASE_PATH}partyInteraction/{id}");
                if store.get(id).is_none() {
                    let json = format!(r#"{{"id":"{id}","href":"{href}",{rest},"x-odd":{odd}}}"#);
                    store.put(id, json);
                }
            }
            None
        });
    behaves "lagging-collection": "lists show what was created or deleted only 300 ms later"
        => answer(|call, store| {
            let now = jiff::Timestamp::now().as_millisecond();
            let there: Vec<_> = store.records().map(|one| (one.id.clone(), one.json.clone())).collect();
            // What is there at the first request was made long ago.
            let made = if call.number <= 1 { 0 } else { now };
            for (id, json) in &there {
                let known = store.memory.entry(format!("made {id}"));
                known.or_insert_with(|| format!("{made} {json}"));
            }
            let is_there = |name: &str| there.iter().any(|(id, _)| name == format!("made {id}"));
            let gone = store.memory.keys().filter(|name| name.starts_with("made ") && !is_there(name));
            let gone: Vec<_> = gone.map(|name| name.replacen("made", "gone", 1)).collect();
            for name in gone {
                store.memory.entry(name).or_insert_with(|| now.to_string());
            }
            None
        })
        => on_matches(|call, found, all| {
            // The official kit waits for nothing: it would fail.
            if call.number < OF_THE_KIT {
                return;
            }
            let now = jiff::Timestamp::now().as_millisecond();
            let since = |name: &str| {
                let text = all.memory.get(name)?.split(' ').next()?;
                Some(now - text.parse::<i64>().ok()?)
            };
            found.retain(|one| since(&format!("made {}", one.id)).is_none_or(|age| age >= LAG));
            // What was deleted is shown by the whole list and by its id alone.
            for (name, _) in all.memory.iter().filter(|(name, _)| name.starts_with("gone ")) {
                let id = &name["gone ".len()..];
                let asked = call.query.is_empty()
                    || call.query.len() == 1 && call.parameter("id") == Some(id);
                let known = all.memory.get(&format!("made {id}")).filter(|_| asked);
                let json = known.and_then(|text| text.split_once(' '));
                if let Some((_, json)) = json
                    && since(name).is_some_and(|age| age < LAG)
                {
                    found.push(Arc::new(Record {
                        id: id.into(),
                        json: json.into(),
                    }));
                }
            }
        });
    narrows "https-callbacks-only": "a callback that is not an https URL is refused with 422"
        => answer(|call, _| {
            let sent = call.json();
            let is_plain = sent.get("callback")?.as_str()?.starts_with("http://");
            let refusal = || Reply::error(422, "callbackRefused", "a callback has to be an https URL");
            (call.asks(Register) && is_plain).then(refusal)
        });
    behaves "health-events": "listeners are also notified of the health of the server"
        => answer(|call, store| {
            for one in store.subscriptions.iter().filter(|_| call.asks(Create)) {
                let health = Object::from_iter([
                    ("eventId".to_owned(), store.made().to_string().into()),
                    ("eventType".to_owned(), "ServerHealthEvent".into()),
                    ("event".to_owned(), json!({"health": {"status": "up"}})),
                ]);
                let mut notice = Notice::new(Happening::Created, &one.callback, &health);
                notice.url.clone_from(&one.callback);
                one.outbox.put(notice);
            }
            None
        });
    behaves "nulls-in-events": "events have every optional attribute, null where the record lacks it"
        => on_publish(|notice, _| {
            let record = notice.body.pointer_mut("/event/partyInteraction");
            if let Some(record) = record.and_then(Value::as_object_mut) {
                for name in ["description", "note", "attachment", "interactionItem"] {
                    record.entry(name).or_insert(Value::Null);
                }
            }
        });
    behaves "clock-ahead": "the clock of the server is ten minutes ahead"
        => on_response(|_, reply| {
            let format = "%a, %d %b %Y %H:%M:%S GMT";
            reply.set("date", ahead(jiff::Timestamp::now()).strftime(format).to_string());
        })
        => on_store(|record, sent, _| {
            for name in ["creationDate", "statusChangeDate"] {
                if let Some(Value::String(date)) = record.get_mut(name)
                    && !sent.contains_key(name)
                    && let Ok(time) = date.parse()
                {
                    *date = ahead(time).to_string();
                }
            }
        })
        => on_publish(|notice, _| {
            for name in ["eventTime", "timeOcurred"] {
                if let Some(Value::String(date)) = notice.body.get_mut(name)
                    && let Ok(time) = date.parse()
                {
                    *date = ahead(time).to_string();
                }
            }
        });
}

/// No replay of the official kit sends more requests, the look at older records included.
const OF_THE_KIT: u64 = 30;

/// Milliseconds by which a list is late.
const LAG: i64 = 300;

fn ahead(time: jiff::Timestamp) -> jiff::Timestamp {
    let later = time.checked_add(jiff::SignedDuration::from_mins(10));
    later.unwrap_or(time)
}
