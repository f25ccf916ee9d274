//! What stands in the text of a step: quoted names, placeholders, JSON values, words for severity.

use std::collections::BTreeMap;
use std::sync::Arc;

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::evidence::Stop;
use crate::pack::fill_text;
use crate::terms::Severity;
use crate::world::{Creation, Record, World};

/// What is encoded in a query value: all but the unreserved characters of RFC 3986.
const QUERY_VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What a query can't hold as it stands (RFC 3986, section 3.4). What is encoded already stays so.
const NOT_IN_QUERY: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Behind a placeholder of a query: a blank is written as a plus sign.
const BLANKS_AS_PLUS: &str = ", blanks as +";

/// The names in quotes, in order.
pub(super) fn quoted(text: &str) -> Vec<&str> {
    text.split('"').skip(1).step_by(2).collect()
}

/// The names of a list such as `direction, reason and channel`.
pub(super) fn names(text: &str) -> Vec<String> {
    text.replace(" and ", ",")
        .split(',')
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

/// Makes every record that the placeholders of a text name; a scenario that asks for what a record
/// has not is blocked.
pub(super) async fn need(world: &mut World, text: &str) -> Result<(), Stop> {
    for part in text.split("${").skip(1) {
        let placeholder = part.split('}').next().unwrap_or_default();
        let Some((name, attribute)) = placeholder.split_once('.') else {
            continue;
        };
        let record = record(world, name).await?;
        // Behind a comma it is said how the value is written.
        let attribute = attribute.split(',').next().unwrap_or_default();
        let lack = if record.value(attribute).is_none() {
            format!("the record \"{name}\" has no {attribute}")
        } else if record.can_be_asked_for(attribute) {
            String::new()
        } else {
            format!(
                "the {attribute} of the record {}, which was there before, is too short for a filter \
                 or has characters that mean something there: name another one with --existing ID",
                record.id
            )
        };
        if !lack.is_empty() {
            return Err(Stop::blocked(lack, Some(record.exchange())));
        }
        let plain = placeholder.trim_end_matches(BLANKS_AS_PLUS);
        if plain.contains(", ") && value_of(world, plain).is_none() {
            let reason = format!("there is no such thing as {placeholder}");
            return Err(Stop::NotApplicable(reason));
        }
    }
    Ok(())
}

/// The run's own record of that name; a scenario that can't have it is blocked.
pub(super) async fn record(world: &mut World, name: &str) -> Result<Arc<Record>, Stop> {
    if let Some(known) = world.records.get(name) {
        return Ok(Arc::clone(known));
    }
    let context = Arc::clone(&world.context);
    match context.record(name).await {
        Ok(record) => {
            world.evidence.exchanges.insert(record.exchange());
            world.records.insert(name.to_owned(), Arc::clone(&record));
            Ok(record)
        }
        Err(stop) => {
            if let Stop::Blocked {
                exchange: Some(exchange),
                ..
            } = &stop
            {
                world.evidence.exchanges.insert(*exchange);
            }
            Err(stop)
        }
    }
}

/// How the run created the record of that name; a scenario is withheld whose record was there before.
pub(super) async fn creation(world: &mut World, name: &str) -> Result<Arc<Creation>, Stop> {
    let record = record(world, name).await?;
    record.creation().cloned()
}

/// The text with its placeholders filled.
pub(super) fn filled(world: &World, text: &str) -> String {
    fill_text(text, &|placeholder| value_of(world, placeholder))
}

/// A query with its placeholders filled and encoded. Of the rest only what no query can hold is
/// encoded. `${A.reason, blanks as +}` has blanks as forms do.
pub(super) fn query(world: &World, text: &str) -> String {
    let filled = fill_text(text, &|placeholder| {
        let plain = placeholder.trim_end_matches(BLANKS_AS_PLUS);
        let value = value_of(world, plain)?;
        let encoded = utf8_percent_encode(&value, QUERY_VALUE).to_string();
        Some(if plain.len() < placeholder.len() {
            encoded.replace("%20", "+")
        } else {
            encoded
        })
    });
    sendable(&filled)
}

/// A query with all encoded that RFC 3986 does not allow in one: servers such as Tomcat refuse it.
fn sendable(query: &str) -> String {
    let mut parts = query.split('%');
    let mut made = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take(2).filter(u8::is_ascii_hexdigit).count();
        made.push_str(if digits == 2 { "%" } else { "%25" });
        made.push_str(part);
    }
    utf8_percent_encode(&made, NOT_IN_QUERY).to_string()
}

/// A JSON value with its placeholders filled; what is not JSON is a text.
pub(super) fn value(world: &World, text: &str) -> Value {
    // Filled first: a text such as "${A.reason}" may hold quotes of its own.
    if let Some(inner) = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        && inner.contains("${")
    {
        return Value::String(filled(world, inner));
    }
    let text = filled(world, text);
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

fn value_of(world: &World, placeholder: &str) -> Option<String> {
    let records: &BTreeMap<String, Arc<Record>> = &world.records;
    world.context.value_of(placeholder, records)
}

/// The records of a list such as `"A", "B" and "C"`.
pub(super) async fn records(world: &mut World, names: &str) -> Result<Vec<Arc<Record>>, Stop> {
    let mut records = Vec::new();
    for name in quoted(names) {
        records.push(record(world, name).await?);
    }
    Ok(records)
}

/// `, at most a warning` and `, for information` at the end of a step.
pub(super) fn at_most(suffix: &str) -> Option<Severity> {
    match suffix.trim_start_matches(", ") {
        "at most a warning" => Some(Severity::Warn),
        "for information" => Some(Severity::Info),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_holds_nothing_that_has_to_be_encoded() {
        assert_eq!(
            sendable("a.regex=^Q.*${x}|[1]&b=%41%zz%&c=ä b+c;d=$(@'\"#"),
            "a.regex=%5EQ.*$%7Bx%7D%7C%5B1%5D&b=%41%25zz%25&c=%C3%A4%20b+c;d=$(@'%22%23"
        );
    }

    #[test]
    fn names_and_quotes_are_read() {
        assert_eq!(
            names("direction, reason and channel"),
            ["direction", "reason", "channel"]
        );
        assert_eq!(quoted(r#"records "A" and "page 1""#), ["A", "page 1"]);
    }
}
