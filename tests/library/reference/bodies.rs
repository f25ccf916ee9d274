//! Bodies that are sent to the server, good ones and bad ones.

use serde_json::{Value, json};

use super::client::minimal;

/// A record with everything that the model knows.
pub fn full() -> Value {
    let party = |kind: &str, id: &str| json!({"id": id, "href": format!("http://p/{id}"), "name": "Zoë", "role": "customer", "@referredType": kind});
    let attachment = json!({
        "id": "a1", "href": "http://a/1", "name": "scan", "mimeType": "text/plain",
        "content": "SGVsbG8=", "url": "http://files/1", "description": "a scan",
        "size": {"amount": 12.5, "units": "kB"},
    });
    json!({
        "direction": "outbound",
        "reason": "  R&D \"50%\"  <b>ü</b> 漢😀 it's + #1 \\ / %41",
        "description": "long ".repeat(1000),
        "status": "open",
        "creationDate": "2020-05-01T10:00:00+02:00",
        "statusChangeDate": "2020-05-02T10:00:00Z",
        "interactionDate": {
            "startDateTime": "2020-05-01T10:00:00+02:00", "endDateTime": "2020-05-01T11:00:00+02:00",
        },
        "channel": [
            {"id": "1", "href": "http://c/1", "name": "Phone", "role": "creation"},
            {"id": "2", "href": "http://c/2", "name": "Shop"},
        ],
        "relatedParty": [
            party("Individual", "p1"), party("Organization", "p2"),
            {"id": "p3", "href": "http://p/p3", "@referredType": "Customer"},
        ],
        "attachment": [attachment, {"id": "a2", "href": "http://a/2", "@referredType": "Attachment"}],
        "note": [
            {"id": "n1", "text": "one", "author": "me", "date": "2020-05-01T10:00:00Z"},
            {"id": "n2", "text": "two", "@type": "Note"},
        ],
        "interactionRelationship": [{"id": "r1", "href": "http://r/1", "relationshipType": "parent"}],
        "interactionItem": [
            {
                "id": "i1", "reason": "why", "resolution": "done", "creationDate": "2020-05-01T10:00:00Z",
                "itemDate": {"startDateTime": "2020-05-01T10:00:00Z", "endDateTime": "2020-05-01T11:00:00Z"},
                "item": {"@type": "EntityRef", "id": "o1", "role": "order", "@referredType": "ProductOrder"},
                "channel": [{"id": "1", "href": "http://c/1"}],
                "relatedParty": [party("Individual", "p1")],
                "note": [{"text": "three"}],
                "attachment": [{"id": "a3", "href": "http://a/3", "@referredType": "Attachment", "size": {"amount": 1, "units": "kB"}}],
            },
            {"id": "i2", "@type": "Item", "item": {"@type": "ProductOrder", "role": "order", "state": "new"}},
        ],
        "@type": "StoreVisit",
        "@baseType": "PartyInteraction",
        "@schemaLocation": "https://schemas/StoreVisit.json",
    })
}

/// The bodies that are to be refused.
pub fn wrong_bodies() -> Vec<String> {
    let changed = |name: &str, value: Value| {
        let mut body = minimal();
        match value {
            Value::String(word) if word == "DROP" => {
                body.as_object_mut().expect("an object").remove(name);
            }
            value => body[name] = value,
        }
        body.to_string()
    };
    let drop = || json!("DROP");
    let period = |start: &str, end: &str| json!({"startDateTime": start, "endDateTime": end});
    let mut bodies: Vec<String> = ["{\"channel\": [", "[]", "\"x\"", "5", "null"]
        .map(str::to_owned)
        .to_vec();
    for name in ["channel", "direction", "reason"] {
        bodies.push(changed(name, drop()));
        bodies.push(changed(name, Value::Null));
        bodies.push(changed(name, json!("")));
        bodies.push(changed(name, json!({})));
        bodies.push(changed(name, json!(5)));
    }
    for channel in [
        json!([]),
        json!([{}]),
        json!([{"id": ""}]),
        json!([{"id": null}]),
    ] {
        bodies.push(changed("channel", channel));
    }
    bodies.push(changed("creationDate", json!("yesterday")));
    bodies.push(changed(
        "interactionDate",
        period("2020-13-45", "2020-01-01T00:00:00Z"),
    ));
    bodies.push(changed(
        "interactionDate",
        period("2021-01-01T00:00:00Z", "2020-01-01T00:00:00Z"),
    ));
    for party in [
        json!([{"id": "1", "role": "x"}]),
        json!([{"@referredType": "Individual", "role": "x"}]),
        json!([{"id": "1", "@referredType": "Individual"}]),
        json!([{"id": "1", "@referredType": "Customer"}, {"@referredType": "Customer"}]),
        json!([{"id": "1", "@referredType": null}]),
        json!([{"id": "1", "@referredType": " "}]),
        json!([{"id": null, "@referredType": "Customer"}]),
        json!([{"id": " ", "@referredType": "Customer"}]),
        json!("caller"),
    ] {
        bodies.push(changed("relatedParty", party));
    }
    for item in [
        json!({"@type": "ProductOrder"}),
        json!({"@type": "EntityRef", "id": "1", "role": "x"}),
    ] {
        bodies.push(changed("interactionItem", json!([{"item": item}])));
    }
    let item = json!({"@type": "ProductOrder", "role": "x"});
    for items in [
        json!([{"item": item}, {"item": {"@type": "ProductOrder"}}]),
        json!([{"item": {"role": "x"}}]),
        json!([{"channel": [{"name": "x"}]}]),
        json!([{"relatedParty": [{"@referredType": "Customer"}]}]),
        json!([{"relatedParty": [{"id": "1", "@referredType": "Individual"}]}]),
        json!("item"),
    ] {
        bodies.push(changed("interactionItem", items));
    }
    bodies.push(changed("status", json!(5)));
    bodies.push(changed("note", json!("text")));
    bodies.push(changed("note", json!([{"text": 5}])));
    bodies.push(changed("attachment", json!({})));
    bodies.push(changed("attachment", json!([{"id": "1", "name": 5}])));
    bodies.push(changed("interactionDate", json!({"endDateTime": 5})));
    bodies.push(changed("interactionDate", json!("2020-01-01T00:00:00Z")));
    bodies
}
