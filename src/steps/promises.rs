//! Steps that ask whether every answer of the run kept what the API promises.

use std::collections::BTreeSet;

use serde_json::json;
use tmfctk_step_macros::then;
use url::Url;

use super::text;
use crate::evidence::{LookedAt, Outcome, Stop};
use crate::http::Outgoing;
use crate::model::{Doubt, Rule};
use crate::terms::Severity;
use crate::world::{Reply, Violation, World, header_number};

/// Each rule of that kind: whatever was seen broken is asked for once more, since other clients may
/// have written meanwhile. Not applicable where no answer was about it.
async fn kept(world: &mut World, is_it: impl Fn(&Rule) -> bool) -> Outcome {
    let rules = world.context.judged_rules(is_it);
    if rules.is_empty() {
        return Err(Stop::NotApplicable(
            "no answer of the run was about this".to_owned(),
        ));
    }
    see(world, &rules);
    for (rule, _) in rules {
        for doubt in world.context.doubts(&rule) {
            if let Some(violation) = asked_again(world, &rule, doubt).await? {
                world.record(violation);
                // One shows it; the others are the same.
                break;
            }
        }
    }
    Ok(())
}

/// Says which answers were judged by some rules.
fn see(world: &mut World, rules: &[(Rule, BTreeSet<usize>)]) {
    let exchanges: BTreeSet<usize> = rules.iter().flat_map(|(_, own)| own).copied().collect();
    world.evidence.looked_at = Some(LookedAt::new("answers", exchanges.len(), &exchanges));
}

async fn asked_again(
    world: &mut World,
    rule: &Rule,
    doubt: Doubt,
) -> Result<Option<Violation>, Stop> {
    match doubt {
        Doubt::Answer(url) => {
            let reply = get(world, url).await?;
            let broken = world.context.broken_promises(&reply);
            let same = broken.into_iter().find(|broken| broken.rule == *rule);
            Ok(same.map(|broken| {
                Violation::in_answer(&reply, key(rule), &broken.what)
                    .expected(broken.expected)
                    .actual(broken.actual)
                    .pointer(broken.pointer)
            }))
        }
        Doubt::Totals(list, page) => {
            let list = get(world, list).await?;
            let page = get(world, page).await?;
            let totals = (total(&list), total(&page));
            let (Some(whole), Some(other)) = totals else {
                return Ok(None);
            };
            Ok((whole != other).then(|| {
                let line = list.answer.line();
                let what = format!("gives a total of {other}, where {line} gives {whole}");
                Violation::in_answer(&page, "another total", what)
                    .expected(json!(whole))
                    .actual(json!(other))
            }))
        }
        Doubt::Empty(list) => {
            let whole = get(world, list.clone()).await?;
            let Some(all) = whole.list().map(|all| all.len()) else {
                return Ok(None);
            };
            let mut rest = list;
            rest.query_pairs_mut()
                .append_pair("offset", &all.to_string());
            let rest = get(world, rest).await?;
            let (Some(came), Some(total)) = (rest.list(), total(&rest)) else {
                return Ok(None);
            };
            Ok((came.is_empty() && total > all).then(|| {
                let what = format!("has no element, of {total} in all, behind the first {all}");
                Violation::in_answer(&rest, key(rule), what)
                    .expected(json!(all))
                    .actual(json!(total))
            }))
        }
        Doubt::Short(page, whole) => {
            let page = get(world, page).await?;
            let whole = get(world, whole).await?;
            let counts = (page.list(), whole.list(), total(&page));
            let (Some(came), Some(all), Some(total)) = counts else {
                return Ok(None);
            };
            let query = page.answer.url.query_pairs();
            let offset = query.into_iter().find(|(name, _)| name == "offset");
            let offset = offset.and_then(|(_, value)| value.parse().ok());
            let left = total.saturating_sub(offset.unwrap_or(0));
            // Which of both is wrong, the page or its total, the whole list says.
            let page_is_wrong = all.len() == total;
            if came.len() >= left || page_is_wrong != (*rule == Rule::PageSize) {
                return Ok(None);
            }
            let what = format!("has {} elements of {left} that are left", came.len());
            let violation = Violation::in_answer(&page, key(rule), what);
            Ok(Some(match page_is_wrong {
                true => violation.expected(json!(left)).actual(json!(came.len())),
                false => violation.expected(json!(all.len())).actual(json!(total)),
            }))
        }
    }
}

async fn get(world: &mut World, url: Url) -> Result<std::sync::Arc<Reply>, Stop> {
    world.send_apart(Outgoing::new("GET", url)).await
}

fn total(reply: &Reply) -> Option<usize> {
    header_number(&reply.answer, "X-Total-Count")
        .filter(|_| matches!(reply.answer.status, 200 | 206))
}

/// What distinguishes violations of one requirement.
fn key(rule: &Rule) -> String {
    match rule {
        Rule::ResultCount => "result count".to_owned(),
        Rule::Total => "total".to_owned(),
        Rule::PageSize => "page size".to_owned(),
        Rule::Limit => "limit".to_owned(),
        Rule::Unique => "record twice".to_owned(),
        Rule::Matches(names) => format!("filter {}", names.join(" ")),
        Rule::Selected { names, .. } => format!("selection {}", names.join(" ")),
        Rule::PatchAnswer => "patch answer".to_owned(),
        Rule::NoError => "error as success".to_owned(),
    }
}

/// In every list of the run with that header.
#[then("every X-Result-Count of the run is the number of elements")]
async fn result_counts(world: &mut World) -> Outcome {
    kept(world, |rule| *rule == Rule::ResultCount).await
}

/// It is the same on each page of a list of the run's own records, no less than what comes, and no
/// more than the list has; where it promises more, a page behind what came is not empty.
#[then("every X-Total-Count of the run is the number of records that match")]
async fn totals(world: &mut World) -> Outcome {
    kept(world, |rule| *rule == Rule::Total).await
}

/// No record of the run stands twice in a list that was filtered: such a list is not a set of
/// records, and its total counts none.
#[then("no filtered list of the run has a record twice")]
async fn unique(world: &mut World) -> Outcome {
    kept(world, |rule| *rule == Rule::Unique).await
}

/// A page with fewer elements than limit is the last one, and holds all that is left.
#[then("every last page of the run holds all that is left")]
async fn page_sizes(world: &mut World) -> Outcome {
    kept(world, |rule| *rule == Rule::PageSize).await
}

/// With any other parameter beside.
#[then("no page of the run has more elements than limit says")]
async fn limits(world: &mut World) -> Outcome {
    kept(world, |rule| *rule == Rule::Limit).await
}

/// Records of the run, with any selection, order and page beside.
#[then(
    regex = r"^every list of the run that was filtered by (\S+) alone holds only what matches$",
    pattern = "every list of the run that was filtered by ATTRIBUTE alone holds only what matches",
    example = "every list of the run that was filtered by reason alone holds only what matches"
)]
async fn matches(world: &mut World, attribute: String) -> Outcome {
    kept(world, |rule| {
        *rule == Rule::Matches(vec![attribute.clone()])
    })
    .await
}

/// The same for any attribute but these.
#[then(
    regex = r"^every list of the run that was filtered by one attribute, but for (.+), holds only what matches$",
    pattern = "every list of the run that was filtered by one attribute, but for NAMES, holds only what matches",
    example = "every list of the run that was filtered by one attribute, but for id and reason, holds only what matches"
)]
async fn others_match(world: &mut World, names: String) -> Outcome {
    let names = text::names(&names);
    kept(world, |rule| match rule {
        Rule::Matches(asked) => matches!(asked.as_slice(), [one] if !names.contains(one)),
        _ => false,
    })
    .await
}

/// Where a filter on each of them alone is kept to.
#[then("every list of the run that was filtered by several attributes holds only what matches")]
async fn several_match(world: &mut World) -> Outcome {
    let context = std::sync::Arc::clone(&world.context);
    let is_kept = |name: &String| {
        let alone = Rule::Matches(vec![name.clone()]);
        let judged = !context.judged_rules(|rule| *rule == alone).is_empty();
        judged && context.broken_before(&alone).is_empty()
    };
    kept(world, |rule| match rule {
        Rule::Matches(names) => names.len() > 1 && names.iter().all(is_kept),
        _ => false,
    })
    .await
}

/// Records of the run, with any filter, order and page beside; id, href and @type may be added.
#[then(
    regex = r"^every (list|member) of the run that was asked for (\S+) alone has nothing else$",
    pattern = "every list (or: member) of the run that was asked for ATTRIBUTE alone has nothing else",
    example = "every list of the run that was asked for reason alone has nothing else"
)]
async fn selected(world: &mut World, what: String, attribute: String) -> Outcome {
    let rule = Rule::Selected {
        list: what == "list",
        names: vec![attribute],
    };
    kept(world, |one| *one == rule).await
}

/// The same for lists and attributes that were asked for any attribute but these.
#[then(
    regex = r"^whatever of the run was asked for one attribute, but for (.+), has nothing else$",
    pattern = "whatever of the run was asked for one attribute, but for NAMES, has nothing else",
    example = "whatever of the run was asked for one attribute, but for id and reason, has nothing else"
)]
async fn others_selected(world: &mut World, names: String) -> Outcome {
    let known = text::names(&names);
    kept(world, |rule| match rule {
        Rule::Selected { names, .. } => matches!(names.as_slice(), [one] if !known.contains(one)),
        _ => false,
    })
    .await
}

/// The same for several attributes at a time.
#[then("whatever of the run was asked for several attributes has nothing else")]
async fn several_selected(world: &mut World) -> Outcome {
    kept(
        world,
        |rule| matches!(rule, Rule::Selected { names, .. } if names.len() > 1),
    )
    .await
}

/// A 200 to a PATCH has a body with the id of the record; an Error is reported by its status.
#[then("every patch of the run that was answered 200 was answered with the patched record")]
async fn patch_answers(world: &mut World) -> Outcome {
    for (broken, exchange) in world.context.broken_before(&Rule::PatchAnswer) {
        let line = world.context.client.log().get(exchange);
        let line = line.map_or_else(String::new, |one| one.request.url.clone());
        world.record(
            Violation::new(
                key(&broken.rule),
                format!("PATCH {line} -> 200 {}", broken.what),
            )
            .expected(broken.expected)
            .actual(broken.actual)
            .pointer(broken.pointer)
            .exchange(exchange),
        );
    }
    let judged = world
        .context
        .judged_rules(|rule| *rule == Rule::PatchAnswer);
    see(world, &judged);
    if judged.is_empty() {
        let reason = "no patch of the run was answered 200".to_owned();
        return Err(Stop::NotApplicable(reason));
    }
    Ok(())
}

/// Over all answers to GET and POST on the resource.
#[then("no success of the run carries an Error")]
async fn no_errors(world: &mut World) -> Outcome {
    kept(world, |rule| *rule == Rule::NoError).await
}

/// At most a warning: a stack trace, names of classes, statements of a database, paths of files.
#[then("no error answer of the run shows internals of the server")]
async fn no_internals(world: &mut World) -> Outcome {
    let answers = world.context.answers_seen();
    for answer in answers {
        let Some((what, shown)) = &answer.internals else {
            continue;
        };
        world.record(
            Violation::new("internals", format!("{} shows {what}", answer.line))
                .expected("an error in the words of the API")
                .actual(json!(shown))
                .exchange(answer.exchange)
                .at_most(Severity::Warn),
        );
    }
    Ok(())
}
