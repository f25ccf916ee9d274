//! Hyperlinks that the target gives: Location and Link. They are asked for at the target's own
//! origin, whatever host they name.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Value, json};
use tmfctk_step_macros::then;
use url::Url;

use super::answers::reply;
use super::text;
use crate::evidence::{Outcome, Stop};
use crate::http::Outgoing;
use crate::world::{Context, Record, Reply, Violation, World, id_of};

/// A hyperlink of the target as it can be asked for here.
pub(super) fn at_home(context: &Context, from: &Url, link: &str) -> Option<Url> {
    let url = from.join(link.trim()).ok().filter(is_http)?;
    let base = &context.base;
    if url.origin() == base.origin() {
        return Some(url);
    }
    // A public name behind a gateway, which may put another path in front as well.
    let resource = format!("/{}", context.pack.manifest.resource);
    let path = url.path();
    let below = path
        .rfind(&resource)
        .filter(|_| !path.starts_with(base.path()));
    let path = match below {
        Some(at) => format!("{}{}", base.path().trim_end_matches('/'), &path[at..]),
        None => path.to_owned(),
    };
    let mut here = base.clone();
    here.set_path(&path);
    here.set_query(url.query());
    Some(here)
}

/// Whether a URL can be asked for.
pub(super) fn is_http(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

fn decoded_path(url: &Url) -> String {
    let path = url.path().trim_end_matches('/');
    percent_encoding::percent_decode_str(path)
        .decode_utf8_lossy()
        .into_owned()
}

/// The header is there, and GET of it answers the record; another origin is never asked, its path
/// is tried at the target instead.
#[then(
    regex = r#"^the create of "([^"]+)" answered a Location that leads to the record$"#,
    pattern = r#"the create of "NAME" answered a Location that leads to the record"#,
    example = r#"the create of "A" answered a Location that leads to the record"#
)]
async fn location_leads(world: &mut World, name: String) -> Outcome {
    let record = text::record(world, &name).await?;
    let created = Arc::clone(&text::creation(world, &name).await?.answer);
    let Some(location) = created.answer.header("location").map(str::to_owned) else {
        world.record(
            Violation::in_answer(&created, "no Location", "has no Location")
                .expected("the URI of the new record")
                .actual(Value::Null),
        );
        return Ok(());
    };
    let url = at_home(&world.context, &created.answer.url, &location);
    let Some(url) = url else {
        world.record(
            Violation::in_answer(&created, "Location no URI", ": Location is not a URI")
                .expected("the URI of the new record")
                .actual(json!(location)),
        );
        return Ok(());
    };
    let read = world.send(Outgoing::new("GET", url)).await?;
    let found = read.json().ok().and_then(id_of);
    if read.answer.status != 200 || found.as_deref() != Some(record.id.as_str()) {
        world.record(
            Violation::in_answer(
                &read,
                "Location leads elsewhere",
                ": the Location of the create does not lead to the record",
            )
            .expected(json!({ "status": 200, "id": record.id }))
            .actual(json!({ "status": read.answer.status, "id": found, "Location": location })),
        );
    }
    Ok(())
}

/// The create's header and the href have the same path, decoded; not applicable without a Location.
#[then(
    regex = r#"^Location and href of the record "([^"]+)" name the same resource$"#,
    pattern = r#"Location and href of the record "NAME" name the same resource"#,
    example = r#"Location and href of the record "A" name the same resource"#
)]
async fn location_is_href(world: &mut World, name: String) -> Outcome {
    let record = text::record(world, &name).await?;
    let created = Arc::clone(&text::creation(world, &name).await?.answer);
    let exchange = Some(created.answer.index);
    world.evidence.exchanges.extend(exchange);
    let Some(location) = created.answer.header("location").map(str::to_owned) else {
        let reason = format!("{} has no Location", created.answer.line());
        return Err(Stop::NotApplicable(reason));
    };
    let Some(Value::String(href)) = record.value("href") else {
        return Err(Stop::blocked("the create answered no href", exchange));
    };
    let resolved = created.answer.url.join(&href);
    if resolved.is_ok_and(|url| !matches!(url.scheme(), "http" | "https")) {
        // That it is not a hyperlink is a finding of its own.
        return Err(Stop::NotApplicable("the href is not an http URL".into()));
    }
    let path = |link: &str| {
        let url = at_home(&world.context, &created.answer.url, link)?;
        Some(decoded_path(&url))
    };
    let (from_header, from_body) = (path(&location), path(&href));
    if from_header.is_none() || from_header != from_body {
        world.record(
            Violation::in_answer(
                &created,
                "Location and href",
                ": Location and href name two resources",
            )
            .expected(json!(href))
            .actual(json!(location)),
        );
    }
    Ok(())
}

/// The links of a Link header: target and relations.
type Links = Vec<(String, Vec<String>)>;

/// Reads a Link header as RFC 8288, section 3, has it; the error says what is wrong with it.
fn parse(header: &str) -> Result<Links, &'static str> {
    let mut links = Vec::new();
    for link in apart(header, ',')? {
        let link = link.trim();
        if link.is_empty() {
            continue;
        }
        let inner = link.strip_prefix('<').ok_or("a target is not in < and >")?;
        let (target, parameters) = inner
            .split_once('>')
            .ok_or("a target has no > at its end")?;
        let mut parameters = apart(parameters, ';')?.into_iter();
        if parameters
            .next()
            .is_some_and(|text| !text.trim().is_empty())
        {
            return Err("there is no semicolon before a parameter");
        }
        let mut relations = None;
        for parameter in parameters.map(str::trim).filter(|text| !text.is_empty()) {
            let (name, value) = match parameter.split_once('=') {
                Some((name, value)) => (name.trim(), value.trim()),
                None => (parameter, ""),
            };
            if !is_token(name) {
                return Err("the name of a parameter is not a token");
            }
            let quoted = value
                .strip_prefix('"')
                .and_then(|text| text.strip_suffix('"'));
            if quoted.is_none() && parameter.contains('=') && !is_token(value) {
                return Err("a value that is not a token is not in quotes");
            }
            // Of several only the first one counts.
            if name.eq_ignore_ascii_case("rel") && relations.is_none() {
                let values = quoted.unwrap_or(value).split_ascii_whitespace();
                relations = Some(values.map(str::to_ascii_lowercase).collect());
            }
        }
        let relations = relations.ok_or("a link has no rel")?;
        links.push((target.trim().to_owned(), relations));
    }
    Ok(links)
}

/// A text in the parts between a separator, but for those within quotes or < and >.
fn apart(text: &str, separator: char) -> Result<Vec<&str>, &'static str> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let (mut quoted, mut escaped, mut target) = (false, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if !target => quoted = !quoted,
            '<' if !quoted => target = true,
            '>' if !quoted => target = false,
            _ if c == separator && !quoted && !target => {
                parts.push(&text[start..at]);
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    if quoted {
        return Err("a quote is not closed");
    }
    parts.push(&text[start..]);
    Ok(parts)
}

/// Whether a text is a token (RFC 9110, section 5.6.2).
fn is_token(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(known)
}

/// What is wrong with the Link headers of an answer.
fn malformed(reply: &Reply) -> Option<&'static str> {
    let headers = reply.answer.headers.iter();
    let mut values = headers.filter(|(name, _)| name.eq_ignore_ascii_case("link"));
    values.find_map(|(_, value)| parse(value).err())
}

/// All links of an answer by their relations; the header may be there several times.
pub(super) fn links(reply: &Reply) -> HashMap<String, String> {
    let headers = reply.answer.headers.iter();
    let mut found = HashMap::new();
    for (_, value) in headers.filter(|(name, _)| name.eq_ignore_ascii_case("link")) {
        for (target, relations) in parse(value).unwrap_or_default() {
            for relation in relations {
                // `previous` is an older name of prev.
                let relation = if relation == "previous" {
                    "prev".to_owned()
                } else {
                    relation
                };
                found.entry(relation).or_insert_with(|| target.clone());
            }
        }
    }
    found
}

/// Whether the target leads from page to page by something else than an offset, such as a cursor:
/// that knows the next page only.
async fn pages_by_cursor(world: &mut World, page: &Arc<Reply>) -> Result<bool, Stop> {
    let offset = |url: &Url| url.query_pairs().any(|(name, _)| name == "offset");
    let mut first = page.answer.url.clone();
    let others: Vec<(String, String)> = page.answer.url.query_pairs().into_owned().collect();
    let others = others.iter().filter(|(name, _)| name != "offset");
    first.query_pairs_mut().clear().extend_pairs(others);
    let reply = world.send(Outgoing::new("GET", first.clone())).await?;
    world.reply = Some(Arc::clone(page));
    let next = links(&reply).remove("next");
    let next = next.and_then(|next| first.join(&next).ok());
    Ok(next.is_some_and(|next| !offset(&next)))
}

/// It holds links of these relations, and keeps to RFC 8288. A page behind the first one is not
/// applicable where the target pages by a cursor.
#[then(
    regex = r"^the header Link offers (.+)$",
    pattern = "the header Link offers REL (and REL)",
    example = "the header Link offers prev and next"
)]
async fn link_offers(world: &mut World, wanted: String) -> Outcome {
    let reply = reply(world)?;
    if !matches!(reply.answer.status, 200 | 206) {
        let reason = format!("{} is not a page", reply.answer.line());
        return Err(Stop::blocked(reason, Some(reply.answer.index)));
    }
    if let Some(flaw) = malformed(&reply) {
        world.record(
            Violation::in_answer(
                &reply,
                "malformed Link",
                format!("has a malformed Link: {flaw}"),
            )
            .expected("links as RFC 8288 has them: <URL>; rel=\"next\"")
            .actual(json!(reply.answer.header("link"))),
        );
        return Ok(());
    }
    let links = links(&reply);
    let missing: Vec<_> = text::names(&wanted)
        .into_iter()
        .filter(|relation| !links.contains_key(relation))
        .collect();
    if missing.iter().any(|relation| relation == "prev") && pages_by_cursor(world, &reply).await? {
        let reason = "the target pages by a cursor, which leads to the next page only";
        return Err(Stop::NotApplicable(reason.into()));
    }
    if !missing.is_empty() {
        let mut offered: Vec<_> = links.keys().collect();
        offered.sort();
        let (key, what) = if reply.answer.header("link").is_none() {
            ("no Link".to_owned(), "has no Link".to_owned())
        } else {
            let missing = missing.join(" and ");
            (
                format!("no {missing}"),
                format!("has a Link without {missing}"),
            )
        };
        world.record(
            Violation::in_answer(&reply, key, what)
                .expected(json!(text::names(&wanted)))
                .actual(json!(offered)),
        );
    }
    Ok(())
}

/// No target of Link asks for a page before the first one or for less than none; not applicable
/// without a Link.
#[then("every target of Link asks for a page that there can be")]
async fn link_targets(world: &mut World) -> Outcome {
    let page = reply(world)?;
    if page.answer.header("link").is_none() {
        let reason = format!("{} has no Link", page.answer.line());
        return Err(Stop::NotApplicable(reason));
    }
    let mut all: Vec<_> = links(&page).into_iter().collect();
    all.sort();
    for (relation, link) in all {
        let url = at_home(&world.context, &page.answer.url, &link);
        let negative = url.as_ref().is_some_and(|url| {
            let mut pairs = url.query_pairs();
            pairs
                .any(|(name, value)| matches!(&*name, "offset" | "limit") && value.starts_with('-'))
        });
        if negative {
            let key = format!("negative {relation}");
            let message = format!("the {relation} link asks for a negative offset or limit");
            broken_link(world, &page, &key, &message, &link);
        }
    }
    Ok(())
}

/// From this page on the links of relation next are followed: each works and keeps filter and
/// selection, every record comes once, and the last page has none; not applicable without a Link.
#[then(
    regex = r#"^the next links lead through the records ("[^"]+"(?:(?:, | and )"[^"]+")*), with only the attributes (.+)$"#,
    pattern = "the next links lead through the records NAMES, with only the attributes NAMES",
    example = r#"the next links lead through the records "A" and "B", with only the attributes id and reason"#
)]
async fn next_leads_through(world: &mut World, names: String, only: String) -> Outcome {
    let records = text::records(world, &names).await?;
    let only = text::names(&only);
    let mut page = reply(world)?;
    if page.answer.header("link").is_none() {
        let reason = format!("{} has no Link", page.answer.line());
        return Err(Stop::NotApplicable(reason));
    }
    if let Some(flaw) = malformed(&page) {
        let reason = format!("{} has a malformed Link: {flaw}", page.answer.line());
        return Err(Stop::blocked(reason, Some(page.answer.index)));
    }
    let first = check_page(&page, &records, &only);
    let Ok(mut seen) = first else {
        let reason = format!(
            "{} is not a page of the records that the links should lead through",
            page.answer.line()
        );
        return Err(Stop::blocked(reason, Some(page.answer.index)));
    };
    let mut visited = HashSet::from([page.answer.url.clone()]);
    while let Some(link) = links(&page).remove("next") {
        let url = at_home(&world.context, &page.answer.url, &link);
        let wrong = match url {
            None => Some(("no URI", "the next link is not a URI".to_owned())),
            Some(url) if !visited.insert(url.clone()) => Some((
                "circle",
                "the next link leads to a page that was there before".to_owned(),
            )),
            Some(_) if visited.len() > records.len() + 2 => Some((
                "endless",
                "there is a next link although all records have come".to_owned(),
            )),
            Some(url) => {
                let next = world.send(Outgoing::new("GET", url)).await?;
                let checked = check_page(&next, &records, &only);
                page = next;
                checked.map(|ids| seen.extend(ids)).err()
            }
        };
        if let Some((key, message)) = wrong {
            broken_link(world, &page, key, &message, &link);
            return Ok(());
        }
    }
    let distinct: HashSet<_> = seen.iter().collect();
    if seen.len() != records.len() || distinct.len() != records.len() {
        let message = format!(
            "the pages that the next links lead to hold {} elements, {} of them different",
            seen.len(),
            distinct.len()
        );
        broken_link(world, &page, "records missing", &message, "");
    }
    Ok(())
}

fn broken_link(world: &mut World, page: &Reply, key: &str, message: &str, link: &str) {
    world.record(
        Violation::in_answer(page, key.to_owned(), format!(": {message}"))
            .expected("links that work, keep filter and selection, and end on the last page")
            .actual(json!(link)),
    );
}

/// The ids on a page, or what is wrong with it.
fn check_page(
    page: &Reply,
    records: &[Arc<Record>],
    only: &[String],
) -> Result<Vec<String>, (&'static str, String)> {
    let list = page
        .list()
        .filter(|_| matches!(page.answer.status, 200 | 206))
        .ok_or(("dead", "the next link leads to no page".to_owned()))?;
    let mut ids = Vec::new();
    for element in list.iter() {
        let id = id_of(&element).filter(|id| records.iter().any(|record| record.id == *id));
        let Some(id) = id else {
            let message = "the next link loses the filter: a record that does not match came";
            return Err(("filter lost", message.to_owned()));
        };
        ids.push(id);
        let attributes = element.as_object().into_iter().flatten();
        let extra = attributes
            .map(|(name, _)| name)
            .find(|name| !only.contains(name) && *name != "href" && !name.starts_with('@'));
        if let Some(extra) = extra {
            let message = format!("the next link loses the attribute selection: {extra} came");
            return Err(("selection lost", message));
        }
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_read_as_rfc_8288_has_them() {
        let header = r#"<http://h/p?a=1,2>; rel="self first", </p?b=3>;title="a, b; rel=x"; REL=next , <x,y>; rel="" ;x"#;
        let strings = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let expected: Vec<(String, Vec<String>)> = vec![
            ("http://h/p?a=1,2".to_owned(), strings(&["self", "first"])),
            ("/p?b=3".to_owned(), strings(&["next"])),
            ("x,y".to_owned(), Vec::new()),
        ];
        assert_eq!(parse(header), Ok(expected));
        assert_eq!(parse(" "), Ok(Vec::new()));
        let titled = r#"</p>; title="all; rel=next, rel=prev"; rel=first"#;
        assert_eq!(
            parse(titled),
            Ok(vec![("/p".to_owned(), strings(&["first"]))])
        );
        for malformed in [
            "nonsense",
            "http://h/p; rel=next",
            "<http://h/p; rel=next",
            "<http://h/p> rel=next",
            "<http://h/p>; rel=\"next",
            "<http://h/p>; rel=next prev",
            "<http://h/p>; title=x",
            "<http://h/p>; rel=next; <http://h/q>; rel=prev",
        ] {
            assert!(parse(malformed).is_err(), "{malformed}");
        }
    }
}
