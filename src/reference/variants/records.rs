//! Variants in how records are stored, named and linked.

use serde_json::json;

use super::super::call::Operation::{Delete, List};
use super::super::effect::{on_request, on_response, on_store};
use super::super::reply::Reply;
use super::changes::{next_page_by_cursor, rewrite_href, trim_all};

variants! {
    behaves "delete-with-body": "a deletion is answered 200 with a message"
        => on_response(|call, reply| if call.asks(Delete) && reply.status == 204 {
            *reply = Reply::json(200, json!({"message": "the record was deleted"}));
        });
    behaves "trimming": "texts are stored without blanks at their ends"
        => on_store(|record, _, _| record.iter_mut().for_each(|(_, value)| trim_all(value)));
    behaves "trimming-filters": "texts are stored, and filter values read, without blanks at their ends"
        => on_store(|record, _, _| record.iter_mut().for_each(|(_, value)| trim_all(value)))
        => on_request(|call| for (_, value) in &mut call.query {
            *value = value.trim().to_owned();
        });
    behaves "echoed-channels": "channels come back as they were sent, no href is added"
        => on_store(|record, sent, _| if let Some(channels) = sent.get("channel") {
            record.insert("channel".to_owned(), channels.clone());
        });
    behaves "subtypes": "records are of a subtype, which names the resource as its base type"
        => on_store(|record, _, _| if !record.contains_key("@type") {
            record.insert("@type".to_owned(), "RetailInteraction".into());
            record.insert("@baseType".to_owned(), "PartyInteraction".into());
            let schema = "https://operator.example/schema/RetailInteraction.schema.json";
            record.insert("@schemaLocation".to_owned(), schema.into());
        });
    behaves "gateway-href": "href has a public host name, and a path that is another one there"
        => on_store(|record, _, _| {
            rewrite_href(record, |path| {
                let path_below = path.rsplit("/v4").next().unwrap_or_default();
                format!("https://api.operator.example/interactions{path_below}")
            });
        });
    behaves "titled-links": "the links from page to page have titles that look like relations"
        => on_response(|call, reply| if let Some(value) = reply.header("link").filter(|_| call.asks(List)) {
            let value = value.replace(">;", ">; title=\"all; rel=next, rel=prev\";");
            reply.set("link", value);
        });
    behaves "cursor-pages": "pages link to the next one only, by a cursor"
        => on_response(|call, reply| if call.asks(List) { next_page_by_cursor(call, reply); })
        => on_request(|call| {
            if let Some(cursor) = call.parameter("cursor").map(str::to_owned) {
                call.forget("cursor");
                call.query.push(("offset".to_owned(), cursor));
            }
        });
}
