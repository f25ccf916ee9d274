//! Steps that make records and send requests.

use serde_json::{Value, json};
use tmfctk_step_macros::{given, when};
use url::Url;

use super::links::{at_home, is_http};
use super::text;
use crate::evidence::{Outcome, Stop};
use crate::http::Outgoing;
use crate::world::{Violation, World};

/// The run's own records of these names exist; each is made once, from the pack's fixtures, and
/// where one can't be made the scenario is inconclusive. With --read-only and --existing one that
/// exists stands in for it, if the fixture says that one may.
#[given(
    regex = r#"^the records? ("[^"]+"(?:(?:, | and )"[^"]+")*)$"#,
    pattern = r#"the record "NAME" (or: the records "NAME" and "NAME")"#,
    example = r#"the records "A" and "B""#
)]
async fn records_exist(world: &mut World, names: String) -> Outcome {
    for name in text::quoted(&names) {
        text::record(world, name).await?;
    }
    Ok(())
}

/// The target creates at least one of them; else the scenario is inconclusive for what became of
/// the first.
#[given(
    regex = r#"^one of the records ("[^"]+"(?:(?:, | and )"[^"]+")*)$"#,
    pattern = r#"one of the records "NAME" and "NAME""#,
    example = r#"one of the records "A" and "full""#
)]
async fn one_of_the_records(world: &mut World, names: String) -> Outcome {
    let context = std::sync::Arc::clone(&world.context);
    let mut first = None;
    for name in text::quoted(&names) {
        match context.record(name).await {
            Ok(_) => return Ok(()),
            Err(stop) => first = first.or(Some(stop)),
        }
    }
    first.map_or(Ok(()), Err)
}

/// The record exists, and by its id it has that attribute; not applicable where the target does not
/// store it, or refuses the whole record with a 4xx.
#[given(
    regex = r#"^the record "([^"]+)" keeps (\S+)$"#,
    pattern = r#"the record "NAME" keeps ATTRIBUTE"#,
    example = r#"the record "full" keeps description"#
)]
async fn record_keeps(world: &mut World, name: String, attribute: String) -> Outcome {
    let context = std::sync::Arc::clone(&world.context);
    if let Err(stop) = context.record(&name).await
        && let Some(status) = refusal(world, &stop)
    {
        // It is more than the profile asks for: a target may have rules of its own for it.
        let reason = format!("the target takes no record like \"{name}\": POST answered {status}");
        return Err(Stop::NotApplicable(reason));
    }
    let record = text::record(world, &name).await?;
    let url = world.context.record_url(&record.id);
    let reply = world.send(Outgoing::new("GET", url)).await?;
    let Some(body) = reply.json().ok().filter(|_| reply.answer.status == 200) else {
        let reason = format!("{} is not a record", reply.answer.line());
        return Err(Stop::blocked(reason, Some(reply.answer.index)));
    };
    if body.get(&attribute).is_none_or(Value::is_null) {
        let stop = match record.is_existing() {
            // Another record may have it.
            true => Stop::blocked(format!("the record {} has no {attribute}", record.id), None),
            false => Stop::NotApplicable(
                world
                    .context
                    .knows_none(&attribute)
                    .unwrap_or_else(|| format!("the target does not store {attribute}")),
            ),
        };
        return Err(stop);
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

/// GET of the collection; placeholders such as ${A.reason} are percent-encoded. Judged by this
/// scenario only: the rules for all answers do not hold for this one.
#[when(
    regex = r"^the collection is requested(?: with (\S.*?))?(, judged by this scenario only)?$",
    pattern = "the collection is requested (with QUERY) (, judged by this scenario only)",
    example = "the collection is requested with reason=${A.reason}&fields=id"
)]
async fn collection_requested(world: &mut World, query: String, apart: String) -> Outcome {
    let url = world.context.collection();
    get(world, url, &query, &apart).await
}

/// GET of a URL with a query; `apart` says that the scenario alone judges the answer.
async fn get(world: &mut World, mut url: Url, query: &str, apart: &str) -> Outcome {
    text::need(world, query).await?;
    if !query.is_empty() {
        url.set_query(Some(&text::query(world, query)));
    }
    let request = Outgoing::new("GET", url);
    if apart.is_empty() {
        world.send(request).await?;
    } else {
        world.send_apart(request).await?;
    }
    Ok(())
}

/// GET of a record of the run by its id.
#[when(
    regex = r#"^the record "([^"]+)" is retrieved(?: with (\S.*))?$"#,
    pattern = r#"the record "NAME" is retrieved (with QUERY)"#,
    example = r#"the record "A" is retrieved with fields=reason"#
)]
async fn record_retrieved(world: &mut World, name: String, query: String) -> Outcome {
    let record = text::record(world, &name).await?;
    let url = world.context.record_url(&record.id);
    get(world, url, &query, "").await
}

/// GET of a record by an id that need not exist; ${unknown id} is a random UUID. Judged by this
/// scenario only: the rules for all answers do not hold for this one.
#[when(
    regex = r"^the (?:record with id|member) (\S.*) is retrieved(, judged by this scenario only|, whoever answers)?$",
    pattern = "the record with id ID is retrieved (, judged by this scenario only)",
    example = "the record with id ${unknown id} is retrieved"
)]
async fn id_retrieved(world: &mut World, id: String, apart: String) -> Outcome {
    text::need(world, &id).await?;
    let id = text::filled(world, &id);
    let request = Outgoing::new("GET", world.context.record_url(&id));
    if apart.is_empty() {
        world.send(request).await?;
    } else {
        world.send_apart(request).await?;
    }
    Ok(())
}

/// GET of a path below the base URL, as it stands. Judged by this scenario only: the rules for all
/// answers do not hold for this one.
#[when(
    regex = r"^the path (\S+) is requested(, judged by this scenario only)?$",
    pattern = "the path PATH is requested (, judged by this scenario only)",
    example = "the path not-a-path-of-this-api is requested"
)]
async fn path_requested(world: &mut World, path: String, apart: String) -> Outcome {
    let path = text::filled(world, &path);
    let base = world.context.base.clone();
    let Ok(url) = base.join(&path) else {
        return Err(Stop::blocked(format!("`{path}` is not a path"), None));
    };
    let request = Outgoing::new("GET", url);
    if apart.is_empty() {
        world.send(request).await?;
    } else {
        world.send_apart(request).await?;
    }
    Ok(())
}

/// GET of the hyperlink of a record, resolved against the collection's URL; another origin is never
/// asked, its path is tried at the target instead. What is not an http URL is a violation.
#[when(
    regex = r#"^the href of the record "([^"]+)" is requested$"#,
    pattern = r#"the href of the record "NAME" is requested"#,
    example = r#"the href of the record "A" is requested"#
)]
async fn href_requested(world: &mut World, name: String) -> Outcome {
    let record = text::record(world, &name).await?;
    let exchange = Some(record.exchange());
    let Some(Value::String(href)) = record.value("href") else {
        return Err(Stop::blocked("the record has no href", exchange));
    };
    // RFC 3986, section 5: relative to the URL that the representation came from.
    let member = world.context.record_url(&record.id);
    if let Ok(url) = member.join(&href)
        && !is_http(&url)
    {
        world.record(
            Violation::new(
                "href scheme",
                format!("the href of the record \"{name}\" is not an http URL"),
            )
            .expected("a hyperlink: an http or https URL, or a path")
            .actual(json!(href))
            .at("/href")
            .exchange(exchange),
        );
        return Err(Stop::blocked(
            format!("href `{href}` can't be asked for"),
            exchange,
        ));
    }
    let Some(url) = at_home(&world.context, &member, &href) else {
        return Err(Stop::blocked(
            format!("href `{href}` is not a URL"),
            exchange,
        ));
    };
    world.send(Outgoing::new("GET", url)).await?;
    Ok(())
}

/// POST of a fixture's body, as it is or with one place changed or removed.
#[when(
    regex = r#"^a body like "([^"]+)" is posted(?: (with|without) (/\S*)(?: = (.+))?)?$"#,
    pattern = r#"a body like "NAME" is posted (with POINTER = JSON | without POINTER)"#,
    example = r#"a body like "A" is posted with /reason = null"#
)]
async fn body_posted(
    world: &mut World,
    name: String,
    how: String,
    pointer: String,
    value: String,
) -> Outcome {
    let context = std::sync::Arc::clone(&world.context);
    let mut body = Value::Object(context.body_to_post(&name).await?);
    text::need(world, &value).await?;
    needs_no_known_values(world, &pointer, &value)?;
    let changed = match how.as_str() {
        "with" => {
            let value = text::value(world, &value);
            put(&mut body, &pointer, value)
        }
        "without" => remove(&mut body, &pointer),
        _ => true,
    };
    if !changed {
        let mut names = pointer.split('/');
        if let Some(why) = names.find_map(|name| context.knows_none(name)) {
            return Err(Stop::NotApplicable(why));
        }
        let reason = format!("the fixture \"{name}\" has no place {pointer}");
        return Err(Stop::blocked(reason, None));
    }
    let request =
        Outgoing::new("POST", context.collection()).body("application/json", body.to_string());
    world.posted = Some(body);
    world.send(request).await?;
    Ok(())
}

/// Blocks where a sound list of references is to be posted that the target would have to look up,
/// and it does so.
fn needs_no_known_values(world: &World, pointer: &str, value: &str) -> Outcome {
    let attribute = pointer.trim_start_matches('/');
    if !world.context.needs_known(attribute) {
        return Ok(());
    }
    let value = text::value(world, value);
    let elements = value.as_array().filter(|elements| !elements.is_empty());
    let refers = |element: &Value| {
        let id = element.get("id").and_then(Value::as_str);
        id.is_some_and(|id| !id.trim().is_empty())
    };
    if elements.is_some_and(|elements| elements.iter().all(refers)) {
        let why = format!("the target takes only values of {attribute} that it knows");
        return Err(Stop::blocked(why, None));
    }
    Ok(())
}

/// POST of a text as it stands, which need not be JSON.
#[when(
    regex = r"^the text (.*) is posted as (\S+)$",
    pattern = "the text TEXT is posted as MEDIA-TYPE",
    example = r#"the text {"channel": [ is posted as application/json"#
)]
async fn text_posted(world: &mut World, body: String, media_type: String) -> Outcome {
    let context = std::sync::Arc::clone(&world.context);
    context.creates().await?;
    let body = text::filled(world, &body);
    let request = Outgoing::new("POST", world.context.collection()).body(&media_type, body);
    world.send(request).await?;
    Ok(())
}

/// Sets the value at a pointer; a new attribute of an object is allowed.
fn put(body: &mut Value, pointer: &str, value: Value) -> bool {
    let (parent, name) = pointer.rsplit_once('/').unwrap_or(("", ""));
    match body.pointer_mut(parent) {
        Some(Value::Object(attributes)) => {
            attributes.insert(name.replace("~1", "/").replace("~0", "~"), value);
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
        Some(Value::Object(attributes)) => attributes.shift_remove(name).is_some(),
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

    #[test]
    fn places_in_a_body_are_changed_and_removed() {
        let mut body = json!({"a": [{"id": "1"}], "b": 2});
        assert!(put(&mut body, "/a/0/id", json!(null)) && remove(&mut body, "/b"));
        assert_eq!(body, json!({"a": [{"id": null}]}));
        assert!(put(&mut body, "/new", json!(1)));
        assert!(!remove(&mut body, "/none") && !put(&mut body, "/a/7", json!(1)));
    }
}
