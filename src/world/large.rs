//! Large lists: other people's records may be a hundred thousand, and little of them is judged.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};

/// Bodies up to this size are read as they are.
pub(super) const LARGE: usize = 1 << 20;

/// Reads a body. Of a large list, only the run's own records are read whole; of others' nested
/// values nothing is kept but their kind: what is judged of them are names, ids and plain values.
///
/// Where no list was asked for (`listed`), one element says all there is to say of it.
pub(super) fn read(
    body: &[u8],
    listed: bool,
    owns: impl Fn(&str) -> bool,
) -> serde_json::Result<Value> {
    if body.len() <= LARGE || !body.trim_ascii_start().starts_with(b"[") {
        return serde_json::from_slice(body);
    }
    thinned(body, if listed { usize::MAX } else { 1 }, owns)
}

fn thinned(body: &[u8], most: usize, owns: impl Fn(&str) -> bool) -> serde_json::Result<Value> {
    let elements: Vec<&RawValue> = serde_json::from_slice(body)?;
    elements
        .into_iter()
        .take(most)
        .map(|element| {
            let text = element.get();
            let id = serde_json::from_str::<Identified<'_>>(text).ok();
            let own = match id.and_then(|identified| identified.id) {
                Some(id) => owns(&id),
                // Whose it is shows only in the whole of it.
                None => true,
            };
            if own {
                serde_json::from_str(text)
            } else {
                serde_json::from_str::<Thin>(text).map(|thin| thin.0)
            }
        })
        .collect()
}

#[derive(Deserialize)]
struct Identified<'a> {
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
}

/// An object with its plain values; of nested ones it has the kind.
struct Thin(Value);

impl<'de> Deserialize<'de> for Thin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(Plain { nested: true })
            .map(Self)
    }
}

/// A value whose members, if it has any, are left out.
struct Shallow(Value);

impl<'de> Deserialize<'de> for Shallow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(Plain { nested: false })
            .map(Self)
    }
}

struct Plain {
    /// Whether the members of an object are kept.
    nested: bool,
}

impl<'de> Visitor<'de> for Plain {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Array(Vec::new()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut kept = Map::new();
        if self.nested {
            while let Some((name, Shallow(value))) = members.next_entry::<String, _>()? {
                kept.insert(name, value);
            }
        } else {
            while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        }
        Ok(Value::Object(kept))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn own_records_stay_whole_and_others_keep_what_is_judged() {
        let list = json!([
            {"id": "own", "channel": [{"id": "1"}], "n": 1.5},
            {"id": "other", "channel": [{"id": "2"}], "n": -7, "big": 18446744073709551615_u64,
             "yes": true, "no": null, "period": {"start": "x"}, "text": "a\"b\u{e4}"},
            {"channel": [{"id": "3"}]},
            {"id": 7, "channel": [{"id": "4"}]},
            "text",
        ]);
        let text = list.to_string();
        let read = thinned(text.as_bytes(), 9, |id| id == "own").expect("a list");
        let mut expected = list;
        expected[1]["channel"] = json!([]);
        expected[1]["period"] = json!({});
        assert_eq!(read, expected);
        let one = thinned(text.as_bytes(), 1, |_| false).expect("a list");
        assert_eq!(one.as_array().map(Vec::len), Some(1));
    }

    #[test]
    fn what_is_no_list_of_objects_is_read_as_ever() {
        for text in ["[1, [2], null]", "[{\"id\": {}}]", "[]"] {
            let whole: Value = serde_json::from_str(text).expect("JSON");
            assert_eq!(thinned(text.as_bytes(), 9, |_| false).expect("JSON"), whole);
        }
        assert!(thinned(b"[{\"id\": \"x\", ]", 9, |_| false).is_err());
    }
}
