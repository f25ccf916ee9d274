//! Are our schemas those of the official document, and is every difference found?

use std::path::Path;

use serde_json::{Value, json};
use tmfctk::schema::{SchemaSet, compare};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const OFFICIAL: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../shared/official/TMF683-PartyInteraction-v4.0.0.swagger.json"
);

/// One change: JSON pointer, new value or `None` to remove what is there.
type Change<'a> = (&'a str, Option<Value>);

/// The official document, which is not part of this repository.
#[expect(clippy::print_stderr, reason = "a test that was skipped must say so")]
fn official() -> Option<Value> {
    match std::fs::read_to_string(OFFICIAL) {
        Ok(text) => Some(serde_json::from_str(&text).unwrap()),
        Err(error) => {
            let required = std::env::var("CI").is_ok_and(|it| it == "true");
            assert!(!required, "the official document is not there: {error}");
            eprintln!("SKIPPED: the official document is not there: {error}");
            None
        }
    }
}

/// Our schema files: name and text.
fn our_files() -> Vec<(String, String)> {
    let root = Path::new(ROOT).join("schemas/tmf683/v4.0.0");
    let folders = [root.clone(), root.join("parts")];
    let mut files: Vec<_> = folders
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_str().unwrap().ends_with(".schema.json"))
        .map(|path| {
            let name = path
                .strip_prefix(&root)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

fn ours(files: &[(String, String)]) -> SchemaSet {
    SchemaSet::embedded(
        files
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str())),
    )
    .unwrap()
}

fn read(document: &Value) -> SchemaSet {
    SchemaSet::official("document", &document.to_string()).unwrap()
}

fn differences(ours: &SchemaSet, official: &SchemaSet) -> Vec<String> {
    compare(ours, official)
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// Changes a document; the place must be there.
fn change(document: &mut Value, (pointer, value): Change<'_>) {
    if let Some(value) = value {
        if let Some(place) = document.pointer_mut(pointer) {
            *place = value;
            return;
        }
        let (parent, member) = pointer.rsplit_once('/').unwrap();
        match document
            .pointer_mut(parent)
            .unwrap_or_else(|| panic!("{parent} is not there"))
        {
            Value::Object(members) => drop(members.insert(member.to_owned(), value)),
            Value::Array(items) => items.push(value),
            other => panic!("{parent} is {other}"),
        }
        return;
    }
    let (parent, member) = pointer.rsplit_once('/').unwrap();
    let removed = match document.pointer_mut(parent).unwrap() {
        Value::Object(members) => members.remove(member),
        Value::Array(items) => Some(items.remove(member.parse().unwrap())),
        _ => None,
    };
    assert!(removed.is_some(), "{pointer} is not there");
}

#[test]
fn our_schemas_say_what_the_official_document_says() {
    let Some(document) = official() else { return };
    assert_eq!(differences(&ours(&our_files()), &read(&document)), [""; 0]);
}

#[test]
fn every_change_of_the_official_document_is_found() {
    let Some(document) = official() else { return };
    let ours = ours(&our_files());
    let cases: [(Change<'_>, &str); 13] = [
        (
            (
                "/definitions/Quantity",
                Some(
                    json!({"type": "object", "properties": {"amount": {"type": "number", "format": "float", "default": 1}}}),
                ),
            ),
            "Quantity.units: property only in ours",
        ),
        (
            ("/definitions/Novelty", Some(json!({}))),
            "Novelty: definition only in the official one",
        ),
        (
            ("/definitions/RelatedChannel/properties/href", None),
            "RelatedChannel.href: property only in ours",
        ),
        (
            (
                "/definitions/RelatedChannel/properties/new",
                Some(json!({})),
            ),
            "RelatedChannel.new: property only in the official one",
        ),
        (
            (
                "/definitions/Note/properties/text/type",
                Some(json!("number")),
            ),
            r#"Note.text: type: ours "string", official "number""#,
        ),
        (
            (
                "/definitions/Note/properties/date/format",
                Some(json!("date")),
            ),
            r#"Note.date: format: ours "date-time", official "date""#,
        ),
        (
            ("/definitions/Note/properties/date/format", None),
            r#"Note.date: format "date-time" only in ours"#,
        ),
        (
            ("/definitions/RelatedParty/required/0", None),
            r#"RelatedParty: required "@referredType" only in ours"#,
        ),
        (
            (
                "/definitions/PartyInteractionStatusExampleType/enum/1",
                Some(json!("ongoing")),
            ),
            "",
        ),
        (
            (
                "/definitions/PartyInteraction/properties/channel/items/$ref",
                Some(json!("#/definitions/RelatedParty")),
            ),
            r#"PartyInteraction.channel[]: schema: ours "RelatedChannel", official "RelatedParty""#,
        ),
        (
            ("/definitions/PartyInteraction/properties/note/items", None),
            "PartyInteraction.note[]: items only in ours",
        ),
        (
            (
                "/definitions/PartyInteraction_Create/properties/channel/minItems",
                Some(json!(2)),
            ),
            "PartyInteraction_Create.channel: minItems: ours 1, official 2",
        ),
        (
            (
                "/definitions/PartyInteraction_Create/properties/note/maxItems",
                Some(json!(9)),
            ),
            "PartyInteraction_Create.note: maxItems 9 only in the official one",
        ),
    ];
    for (seed, expected) in cases {
        let mut document = document.clone();
        let pointer = seed.0;
        change(&mut document, seed);
        let found = differences(&ours, &read(&document));
        if expected.is_empty() {
            assert_eq!(
                found,
                [
                    r#"PartyInteractionStatusExampleType: enum "inProgress" only in ours"#,
                    r#"PartyInteractionStatusExampleType: enum "ongoing" only in the official one"#,
                ],
                "{pointer}"
            );
        } else {
            assert_eq!(found, [expected], "{pointer}");
        }
    }
}

#[test]
fn every_change_of_our_schemas_is_found() {
    let Some(document) = official() else { return };
    let document = read(&document);
    let cases: [(&str, Change<'_>, &str); 8] = [
        (
            "Note",
            ("/properties/text", None),
            "Note.text: property only in the official one",
        ),
        (
            "Note",
            ("/properties/text/type", Some(json!("integer"))),
            r#"Note.text: type: ours "integer", official "string""#,
        ),
        (
            "TimePeriod",
            ("/properties/endDateTime/format", None),
            r#"TimePeriod.endDateTime: format "date-time" only in the official one"#,
        ),
        (
            "RelatedEntityRefOrValue",
            ("/required/0", None),
            r#"RelatedEntityRefOrValue: required "role" only in the official one"#,
        ),
        (
            "PartyInteractionStatusExampleType",
            ("/enum/0", None),
            r#"PartyInteractionStatusExampleType: enum "open" only in the official one"#,
        ),
        (
            "InteractionItem",
            (
                "/properties/note/items/$ref",
                Some(json!("Attachment.schema.json")),
            ),
            r#"InteractionItem.note[]: schema: ours "Attachment", official "Note""#,
        ),
        (
            "PartyInteraction_Create",
            ("/properties/channel/minItems", None),
            "PartyInteraction_Create.channel: minItems 1 only in the official one",
        ),
        (
            "Error",
            ("/additionalProperties", Some(json!(false))),
            "Error: additionalProperties false only in ours",
        ),
    ];
    for (name, seed, expected) in cases {
        let mut files = our_files();
        let file = files
            .iter_mut()
            .find(|it| it.0 == format!("{name}.schema.json"))
            .unwrap();
        let mut schema: Value = serde_json::from_str(&file.1).unwrap();
        change(&mut schema, seed);
        file.1 = schema.to_string();
        assert_eq!(differences(&ours(&files), &document), [expected], "{name}");
    }
    let mut files = our_files();
    files.retain(|(name, _)| name != "EntityValue.schema.json");
    assert_eq!(
        differences(&ours(&files), &document),
        ["EntityValue: definition only in the official one"]
    );
}

#[test]
fn the_same_api_in_two_languages_is_the_same() {
    let text = |name: &str| {
        std::fs::read_to_string(Path::new(ROOT).join("tests/documents").join(name)).unwrap()
    };
    let swagger = SchemaSet::official("swagger", &text("library.swagger.json")).unwrap();
    let openapi = SchemaSet::official("openapi", &text("library.openapi.yaml")).unwrap();
    assert_eq!(
        differences(&swagger, &openapi),
        [
            "Loan: definition only in the official one",
            "Map: definition only in the official one"
        ]
    );
}

#[test]
fn a_recursive_schema_under_another_name_comes_to_an_end() {
    let tree = |name: &str, leaf: &str| {
        json!({"swagger": "2.0", "definitions": {
            name: {"properties": {"left": {"$ref": format!("#/definitions/{name}")}, "leaf": {"type": leaf}}},
            "Forest": {"type": "array", "items": {"$ref": format!("#/definitions/{name}")}},
        }})
    };
    let oak = read(&tree("Oak", "string"));
    let missing = [
        "Elm: definition only in the official one",
        "Oak: definition only in ours",
    ];
    assert_eq!(differences(&oak, &read(&tree("Elm", "string"))), missing);
    let found = differences(&oak, &read(&tree("Elm", "number")));
    assert_eq!(
        found,
        [
            missing[0],
            r#"Forest[]: schema: ours "Oak", official "Elm""#,
            missing[1]
        ]
    );
}

/// A record with every attribute of the API.
fn full_record() -> Value {
    let extensible =
        json!({"@type": "T", "@baseType": "B", "@schemaLocation": "https://example.com/t.json"});
    let with = |members: Value| {
        let mut all = extensible.clone();
        let (Value::Object(known), Value::Object(more)) = (&mut all, members) else {
            unreachable!()
        };
        known.extend(more);
        all
    };
    let period = json!({"startDateTime": "2020-10-02T11:36:00Z", "endDateTime": "2020-10-02T12:00:00+02:00"});
    let reference = |id: &str| {
        with(
            json!({"id": id, "href": "h", "name": "n", "role": "r", "@referredType": "Individual"}),
        )
    };
    let attachment = with(json!({
        "id": "a", "href": "h", "attachmentType": "picture", "content": "aGk=", "description": "d",
        "mimeType": "image/png", "name": "n", "url": "https://example.com/a", "validFor": period,
        "size": {"amount": 1.5, "units": "kB"}, "@referredType": "Attachment",
    }));
    let note = with(json!({"id": "n", "author": "a", "date": "2020-10-02T11:36:00Z", "text": "t"}));
    let item = with(json!({
        "id": "1", "creationDate": "2020-10-02T11:36:00Z", "reason": "r", "resolution": "s",
        "attachment": [attachment], "channel": [reference("c")], "item": reference("e"),
        "itemDate": period, "note": [note], "relatedParty": [reference("p")],
    }));
    with(json!({
        "id": "1", "href": "h", "creationDate": "2020-10-02T11:36:00Z", "description": "d",
        "direction": "inbound", "reason": "r", "status": "opened",
        "statusChangeDate": "2020-10-02T11:36:00Z", "attachment": [attachment],
        "channel": [reference("c")], "interactionDate": period, "interactionItem": [item],
        "interactionRelationship": [with(json!({"id": "2", "href": "h", "relationshipType": "parent"}))],
        "note": [note], "relatedParty": [reference("p")],
    }))
}

/// The pointers of everything in a value.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(members) => {
            members
                .iter()
                .for_each(|(name, member)| pointers(member, &format!("{at}/{name}"), found));
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, item)| pointers(item, &format!("{at}/{index}"), found));
        }
        _ => {}
    }
}

#[test]
fn the_official_document_judges_as_our_schemas_do() {
    let Some(document) = official() else { return };
    let (ours, official) = (ours(&our_files()), read(&document));
    let record = full_record();
    let error = json!({
        "code": "1", "reason": "r", "message": "m", "status": "404", "@type": "T", "@baseType": "B",
        "referenceError": "https://example.com/e", "@schemaLocation": "https://example.com/t.json",
    });
    let event = json!({
        "id": "1", "href": "h", "eventId": "1", "eventTime": "2020-10-02T11:36:00Z", "eventType": "t",
        "correlationId": "c", "domain": "d", "title": "t", "description": "d", "priority": "1",
        "timeOcurred": "2020-10-02T11:36:00Z", "fieldPath": "f", "event": {"partyInteraction": record},
    });
    let mut blamed = 0;
    for (schemas, instance) in [
        (
            &[
                "PartyInteraction",
                "PartyInteraction_Create",
                "PartyInteraction_Update",
            ][..],
            record,
        ),
        (&["Error"], error),
        (
            &[
                "PartyInteractionAttributeValueChangeEvent",
                "PartyInteractionDeleteEvent",
            ],
            event,
        ),
        (
            &["EventSubscription", "EventSubscriptionInput"],
            json!({"id": "1", "callback": "c", "query": "q"}),
        ),
    ] {
        let mut places = Vec::new();
        pointers(&instance, "", &mut places);
        for schema in schemas {
            let judge = |set: &SchemaSet, instance: &Value| -> Vec<String> {
                let found = set.validator(schema).unwrap().validate(instance);
                found
                    .iter()
                    .map(|it| format!("{} {} {}", it.place(), it.keyword, it.message))
                    .collect()
            };
            assert_eq!(judge(&ours, &instance), [""; 0]);
            let others = [
                json!(null),
                json!(5),
                json!("x"),
                json!([]),
                json!({}),
                json!([{}]),
            ];
            for place in &places {
                for other in others.iter().map(Some).chain([None]) {
                    let mut instance = instance.clone();
                    if place.is_empty() {
                        instance = other.unwrap_or(&json!(true)).clone();
                    } else {
                        change(&mut instance, (place, other.cloned()));
                    }
                    let found = judge(&ours, &instance);
                    assert_eq!(
                        found,
                        judge(&official, &instance),
                        "{schema} {place} {other:?}"
                    );
                    blamed += found.len();
                }
            }
        }
    }
    assert!(blamed > 1000, "the changes were hardly noticed: {blamed}");
}
