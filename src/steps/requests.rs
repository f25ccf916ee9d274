//! Steps that make records and send requests.

use bytes::Bytes;
use cucumber::gherkin::Step;
use cucumber::{given, when};
use serde_json::Value;

use super::{StepDoc, text};
use crate::evidence::{Outcome, Stop};
use crate::http::Outgoing;
use crate::world::World;

/// The steps of this file.
pub(super) const VOCABULARY: &[StepDoc] = &[
    StepDoc {
        pattern: "Given the record \"NAME\" (or: the records \"NAME\" and \"NAME\")",
        meaning: "the run's own records of these names exist; each is made once, from the pack's \
                  fixtures, and where one can't be made the scenario is inconclusive. With \
                  --read-only and --existing one that exists stands in for it, if the fixture says \
                  that one may",
        example: "Given the records \"A\" and \"B\"",
    },
    StepDoc {
        pattern: "Given one of the records \"NAME\" and \"NAME\"",
        meaning: "the target creates at least one of them; else the scenario is inconclusive for \
                  what became of the first",
        example: "Given one of the records \"A\" and \"full\"",
    },
    StepDoc {
        pattern: "Given the record \"NAME\" keeps ATTRIBUTE",
        meaning: "the record exists, and by its id it has that attribute; not applicable where the \
                  target does not store it, or refuses the whole record with a 4xx",
        example: "Given the record \"full\" keeps description",
    },
    StepDoc {
        pattern: "When the collection is requested (with QUERY)",
        meaning: "GET of the collection; placeholders such as ${A.reason} are percent-encoded",
        example: "When the collection is requested with reason=${A.reason}&fields=id",
    },
    StepDoc {
        pattern: "When the record \"NAME\" is retrieved (with QUERY)",
        meaning: "GET of a record of the run by its id",
        example: "When the record \"A\" is retrieved with fields=reason",
    },
    StepDoc {
        pattern: "When the member ID is retrieved (, whoever answers)",
        meaning: "GET of a member by an id that need not exist; ${unknown id} is a random UUID; \
                  whoever answers: the rules for all answers do not hold for this one",
        example: "When the member ${unknown id} is retrieved",
    },
    StepDoc {
        pattern: "When the path PATH is requested",
        meaning: "GET of a path below the base URL",
        example: "When the path not-a-path-of-this-api is requested",
    },
    StepDoc {
        pattern: "When the href of the record \"NAME\" is requested",
        meaning: "GET of the hyperlink of a record, resolved against the collection's URL; another \
                  origin is never asked, its path is tried at the target instead",
        example: "When the href of the record \"A\" is requested",
    },
    StepDoc {
        pattern: "When a body like \"NAME\" is posted (with POINTER = JSON | without POINTER)",
        meaning: "POST of a fixture's body, as it is or with one place changed or removed",
        example: "When a body like \"A\" is posted with /reason = null",
    },
    StepDoc {
        pattern: "When the text TEXT is posted as MEDIA-TYPE",
        meaning: "POST of a text as it stands, which need not be JSON",
        example: "When the text {\"channel\": [ is posted as application/json",
    },
    StepDoc {
        pattern: "When METHOD is sent to the collection (or: to the record \"NAME\")",
        meaning: "any method, with the body of the fixture \"B\" where the method has one",
        example: "When PUT is sent to the record \"A\"",
    },
];

#[given(regex = r#"^the records? ("[^"]+"(?:(?:, | and )"[^"]+")*)$"#)]
async fn records_exist(world: &mut World, step: &Step, names: String) -> Outcome {
    world.at(step);
    for name in text::quoted(&names) {
        text::record(world, name).await?;
    }
    Ok(())
}

#[given(regex = r#"^one of the records ("[^"]+"(?:(?:, | and )"[^"]+")*)$"#)]
async fn one_of_the_records(world: &mut World, step: &Step, names: String) -> Outcome {
    let context = std::sync::Arc::clone(&world.at(step).context);
    let mut first = None;
    for name in text::quoted(&names) {
        match context.record(name).await {
            Ok(_) => return Ok(()),
            Err(stop) => first = first.or(Some(stop)),
        }
    }
    first.map_or(Ok(()), |cause| world.stop(cause))
}

#[given(regex = r#"^the record "([^"]+)" keeps (\S+)$"#)]
async fn record_keeps(world: &mut World, step: &Step, name: String, attribute: String) -> Outcome {
    let context = std::sync::Arc::clone(&world.at(step).context);
    if let Err(stop) = context.record(&name).await
        && let Some(status) = refusal(world, &stop)
    {
        // It is more than the profile asks for: a target may have rules of its own for it.
        let reason = format!("the target takes no record like \"{name}\": POST answered {status}");
        return world.stop(Stop::NotApplicable(reason));
    }
    let record = text::record(world, &name).await?;
    let url = world.context.member(&record.id);
    let reply = world.send(Outgoing::new("GET", url)).await?;
    let Some(body) = reply.json().ok().filter(|_| reply.answer.status == 200) else {
        let reason = format!("{} is no record", reply.answer.line());
        return world.stop(Stop::blocked(reason, Some(reply.answer.index)));
    };
    if body.get(&attribute).is_none_or(Value::is_null) {
        let stop = match record.is_existing() {
            // Another record may have it.
            true => Stop::blocked(format!("the record {} has no {attribute}", record.id), None),
            false => Stop::NotApplicable(format!("the target does not store {attribute}")),
        };
        return world.stop(stop);
    }
    world.whole = Some(reply);
    Ok(())
}

/// The 4xx that refused a record which could not be made.
fn refusal(world: &mut World, stop: &Stop) -> Option<u16> {
    let Stop::Blocked {
        exchange: Some(index),
        ..
    } = stop
    else {
        return None;
    };
    let exchange = world.context.client.log().get(*index)?;
    let refused = Some(exchange).filter(|exchange| exchange.request.method == "POST");
    let status = refused?.response.as_ref()?.status;
    world.evidence.exchanges.insert(*index);
    (400..500).contains(&status).then_some(status)
}

#[when(regex = r"^the collection is requested(?: with (\S.*))?$")]
async fn collection_requested(world: &mut World, step: &Step, query: String) -> Outcome {
    text::need(world.at(step), &query).await?;
    let mut url = world.context.collection();
    if !query.is_empty() {
        let query = text::query(world, &query);
        url.set_query(Some(&query));
    }
    world.send(Outgoing::new("GET", url)).await?;
    Ok(())
}

#[when(regex = r#"^the record "([^"]+)" is retrieved(?: with (\S.*))?$"#)]
async fn record_retrieved(world: &mut World, step: &Step, name: String, query: String) -> Outcome {
    let record = text::record(world.at(step), &name).await?;
    text::need(world, &query).await?;
    let mut url = world.context.member(&record.id);
    if !query.is_empty() {
        let query = text::query(world, &query);
        url.set_query(Some(&query));
    }
    world.send(Outgoing::new("GET", url)).await?;
    Ok(())
}

#[when(regex = r"^the member (\S.*) is retrieved(, whoever answers)?$")]
async fn member_retrieved(world: &mut World, step: &Step, id: String, whoever: String) -> Outcome {
    text::need(world.at(step), &id).await?;
    let id = text::filled(world, &id);
    let request = Outgoing::new("GET", world.context.member(&id));
    if whoever.is_empty() {
        world.send(request).await?;
    } else {
        world.send_apart(request).await?;
    }
    Ok(())
}

#[when(regex = r"^the path (\S+) is requested$")]
async fn path_requested(world: &mut World, step: &Step, path: String) -> Outcome {
    let base = world.at(step).context.base.clone();
    let Ok(url) = base.join(&path) else {
        return world.stop(Stop::blocked(format!("`{path}` is no path"), None));
    };
    world.send(Outgoing::new("GET", url)).await?;
    Ok(())
}

#[when(regex = r#"^the href of the record "([^"]+)" is requested$"#)]
async fn href_requested(world: &mut World, step: &Step, name: String) -> Outcome {
    let record = text::record(world.at(step), &name).await?;
    let exchange = Some(record.exchange());
    let Some(Value::String(href)) = record.value("href") else {
        return world.stop(Stop::blocked("the record has no href", exchange));
    };
    // RFC 3986, section 5: relative to the URL that the representation came from.
    let member = world.context.member(&record.id);
    let Ok(mut url) = member.join(&href) else {
        return world.stop(Stop::blocked(format!("href `{href}` is no URL"), exchange));
    };
    let base = world.context.base.clone();
    if url.origin() != base.origin() {
        // A public name behind a proxy: never ask another origin, try the path at the target.
        let mut here = base;
        here.set_path(url.path());
        here.set_query(url.query());
        url = here;
    }
    world.send(Outgoing::new("GET", url)).await?;
    Ok(())
}

#[when(regex = r#"^a body like "([^"]+)" is posted(?: (with|without) (/\S*)(?: = (.+))?)?$"#)]
async fn body_posted(
    world: &mut World,
    step: &Step,
    name: String,
    how: String,
    pointer: String,
    value: String,
) -> Outcome {
    let context = std::sync::Arc::clone(&world.at(step).context);
    let mut body = match context.body_to_post(&name).await {
        Ok(body) => Value::Object(body),
        Err(stop) => return world.stop(stop),
    };
    text::need(world, &value).await?;
    let changed = match how.as_str() {
        "with" => {
            let value = text::value(world, &value);
            put(&mut body, &pointer, value)
        }
        "without" => remove(&mut body, &pointer),
        _ => true,
    };
    if !changed {
        let reason = format!("the fixture \"{name}\" has no place {pointer}");
        return world.stop(Stop::blocked(reason, None));
    }
    let request =
        Outgoing::new("POST", context.collection()).body("application/json", body.to_string());
    world.posted = Some(body);
    world.send(request).await?;
    Ok(())
}

#[when(regex = r"^the text (.*) is posted as (\S+)$")]
async fn text_posted(world: &mut World, step: &Step, body: String, media_type: String) -> Outcome {
    let context = std::sync::Arc::clone(&world.at(step).context);
    if let Err(stop) = context.creates().await {
        return world.stop(stop);
    }
    let body = text::filled(world, &body);
    let request = Outgoing::new("POST", world.context.collection()).body(&media_type, body);
    world.send(request).await?;
    Ok(())
}

#[when(regex = r#"^([A-Z]+) is sent to the (collection|record "[^"]+")$"#)]
async fn method_sent(world: &mut World, step: &Step, method: String, to: String) -> Outcome {
    world.at(step);
    let url = match text::quoted(&to).first() {
        Some(name) => {
            let record = text::record(world, name).await?;
            world.context.member(&record.id)
        }
        None => world.context.collection(),
    };
    let mut request = Outgoing::new(&method, url);
    if matches!(method.as_str(), "PUT" | "PATCH" | "POST") {
        let context = std::sync::Arc::clone(&world.context);
        let body = match context.fixture_body("B").await {
            Ok(body) => body,
            Err(stop) => return world.stop(stop),
        };
        request = request.body(
            "application/json",
            Bytes::from(Value::Object(body).to_string()),
        );
    }
    world.send(request).await?;
    Ok(())
}

/// Sets the value at a pointer; a new member of an object is allowed.
fn put(body: &mut Value, pointer: &str, value: Value) -> bool {
    let (parent, name) = pointer.rsplit_once('/').unwrap_or(("", ""));
    match body.pointer_mut(parent) {
        Some(Value::Object(members)) => {
            members.insert(name.replace("~1", "/").replace("~0", "~"), value);
            true
        }
        Some(Value::Array(items)) => match name.parse::<usize>() {
            Ok(index) if index < items.len() => {
                items[index] = value;
                true
            }
            _ => false,
        },
        _ => false,
    }
}

/// Removes what stands at a pointer.
fn remove(body: &mut Value, pointer: &str) -> bool {
    let (parent, name) = pointer.rsplit_once('/').unwrap_or(("", ""));
    match body.pointer_mut(parent) {
        Some(Value::Object(members)) => members.shift_remove(name).is_some(),
        Some(Value::Array(items)) => match name.parse::<usize>() {
            Ok(index) if index < items.len() => {
                items.remove(index);
                true
            }
            _ => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn places_in_a_body_are_changed_and_removed() {
        let mut body = json!({"a": [{"id": "1"}], "b": 2});
        assert!(put(&mut body, "/a/0/id", json!(null)) && remove(&mut body, "/b"));
        assert_eq!(body, json!({"a": [{"id": null}]}));
        assert!(put(&mut body, "/new", json!(1)));
        assert!(!remove(&mut body, "/none") && !put(&mut body, "/a/7", json!(1)));
    }
}
