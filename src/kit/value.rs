//! JSON values as the kit's scripts, which are JavaScript, see them.

use std::borrow::Cow;
use std::fmt;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer as _, Serialize};
use serde_json::value::RawValue;

use super::long::{LONGEST_TEXT, LongText};

/// Lists nested deeper than this have no text: nobody's id looks like that, and the stack is finite.
const DEEPEST_LIST: usize = 64;

/// The JSON types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JsonType {
    /// `null`
    Null,
    /// `true` and `false`
    Boolean,
    /// A number.
    Number,
    /// Text.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl JsonType {
    /// The type of a valid JSON value, from its raw text without blanks before it.
    pub(super) fn of(raw: &str) -> Self {
        match raw.as_bytes().first() {
            Some(b'"') => Self::String,
            Some(b'[') => Self::Array,
            Some(b'{') => Self::Object,
            Some(b't' | b'f') => Self::Boolean,
            Some(b'n') => Self::Null,
            _ => Self::Number,
        }
    }

    /// The name in JSON Schema.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

impl fmt::Display for JsonType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A value in a script. `Undefined` is what JavaScript reads where an attribute is missing.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// An attribute that is not there.
    Undefined,
    /// JSON null.
    Null,
    /// JSON true or false.
    Bool(bool),
    /// Every JSON number is a double to a script.
    Number(f64),
    /// JSON text, decoded.
    Text(Cow<'a, str>),
    /// An array, kept as its text.
    List(String),
    /// A text or an array whose text is too long to be kept.
    Long(LongText),
    /// An object; its text is the same for all of them.
    Object,
}

impl<'a> Value<'a> {
    /// Reads one valid JSON value from its own raw text, without blanks around it.
    pub fn read(raw: &'a str) -> Self {
        Self::read_nested(raw, 0)
    }

    fn read_nested(raw: &'a str, depth: usize) -> Self {
        match JsonType::of(raw) {
            JsonType::Null => Self::Null,
            JsonType::Boolean => Self::Bool(raw == "true"),
            JsonType::Number => Self::Number(raw.parse().unwrap_or(f64::NAN)),
            JsonType::String => Self::Text(decode_text(raw)),
            JsonType::Array => list(raw, depth),
            JsonType::Object => Self::Object,
        }
    }

    /// Whether it is what JavaScript calls nullish.
    pub const fn is_nil(&self) -> bool {
        matches!(self, Self::Undefined | Self::Null)
    }

    /// The JSON type, `None` for what is not there.
    pub const fn json_type(&self) -> Option<JsonType> {
        Some(match self {
            Self::Undefined => return None,
            Self::Null => JsonType::Null,
            Self::Bool(_) => JsonType::Boolean,
            Self::Number(_) => JsonType::Number,
            Self::Text(_) => JsonType::String,
            Self::List(_) => JsonType::Array,
            Self::Long(text) if text.is_array() => JsonType::Array,
            Self::Long(_) => JsonType::String,
            Self::Object => JsonType::Object,
        })
    }

    /// What JavaScript's `String(value)` yields; of what is too long to be kept, the beginning.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Undefined => Cow::Borrowed("undefined"),
            Self::Null => Cow::Borrowed("null"),
            Self::Bool(true) => Cow::Borrowed("true"),
            Self::Bool(false) => Cow::Borrowed("false"),
            Self::Number(number) => Cow::Owned(number_text(*number)),
            Self::Text(text) => Cow::Borrowed(text),
            Self::List(text) => Cow::Borrowed(text),
            Self::Long(text) => Cow::Borrowed(text.beginning()),
            Self::Object => Cow::Borrowed("[object Object]"),
        }
    }

    /// How many bytes of its text are not kept; `None` where that is not known.
    pub(super) fn omitted_bytes(&self) -> Option<usize> {
        match self {
            Self::Long(text) => text.omitted_bytes(),
            _ => Some(0),
        }
    }

    /// The same for people, with a note of how much is left out.
    pub(super) fn shown(&self) -> Cow<'_, str> {
        match self {
            Self::Long(text) => Cow::Owned(text.to_string()),
            other => other.text(),
        }
    }

    /// Whether both have the same text.
    pub(super) fn same_text(&self, other: &Value<'_>) -> bool {
        match (self, other) {
            (Self::Long(long), other) | (other, Value::Long(long)) => match other {
                Value::Long(other) => long.same(other),
                other => long.is(&other.text()),
            },
            _ => self.text() == other.text(),
        }
    }

    /// What JavaScript's `==` says, for two values that come from different documents.
    pub fn loosely_equals(&self, other: &Value<'_>) -> bool {
        use Value::{List, Long, Object, Text};
        match (self, other) {
            (a, b) if a.is_nil() || b.is_nil() => a.is_nil() && b.is_nil(),
            (Long(long), other) | (other, Long(long)) => match other {
                Text(text) => long.is(text),
                Long(other) => !(long.is_array() && other.is_array()) && long.same(other),
                // Nothing else has such a text, and no number is meant by one.
                _ => false,
            },
            (Text(a), Text(b)) => a == b,
            // Two objects are equal only if they are one and the same, and these never are.
            (List(_) | Object, List(_) | Object) => false,
            // An object next to a text becomes its text.
            (List(_) | Object, Text(text)) => self.text() == text.as_ref(),
            (Text(text), List(_) | Object) => other.text() == text.as_ref(),
            (a, b) => a.number() == b.number(),
        }
    }

    /// What JavaScript's `Number(value)` yields.
    fn number(&self) -> f64 {
        match self {
            Self::Undefined | Self::Object | Self::Long(_) => f64::NAN,
            Self::Null | Self::Bool(false) => 0.0,
            Self::Bool(true) => 1.0,
            Self::Number(number) => *number,
            Self::Text(text) => number_of(text),
            Self::List(text) => number_of(text),
        }
    }

    /// The same value, independent of the document it was read from, and no longer than can be kept.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Undefined => Value::Undefined,
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Number(value) => Value::Number(value),
            Self::Text(text) if text.len() > LONGEST_TEXT => Value::Long(LongText::of(&text)),
            Self::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Self::List(text) => Value::List(text),
            Self::Long(text) => Value::Long(text),
            Self::Object => Value::Object,
        }
    }
}

/// Decodes a JSON text from its raw form, quotes included.
///
/// Half a surrogate pair, which JavaScript keeps and UTF-8 cannot hold, becomes U+FFFD.
pub(super) fn decode_text(raw: &str) -> Cow<'_, str> {
    let inner = raw
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(raw);
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    if let Ok(text) = serde_json::from_str::<String>(raw) {
        return Cow::Owned(text);
    }
    Cow::Owned(decode_with_lone_surrogates(inner))
}

fn decode_with_lone_surrogates(inner: &str) -> String {
    let mut units = Vec::with_capacity(inner.len());
    let mut rest = inner.chars();
    while let Some(char) = rest.next() {
        let plain = match char {
            '\\' => match rest.next() {
                Some('u') => {
                    let digits: String = rest.by_ref().take(4).collect();
                    units.push(u16::from_str_radix(&digits, 16).unwrap_or(0xfffd));
                    continue;
                }
                Some('b') => '\u{8}',
                Some('f') => '\u{c}',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some(other) => other,
                None => break,
            },
            other => other,
        };
        units.extend_from_slice(plain.encode_utf16(&mut [0; 2]));
    }
    String::from_utf16_lossy(&units)
}

/// An array with JavaScript's `String` of it: its elements joined by commas, null as nothing.
fn list<'a>(raw: &str, depth: usize) -> Value<'a> {
    let (mut text, mut whole) = (String::new(), true);
    if depth < DEEPEST_LIST {
        let mut reader = serde_json::Deserializer::from_str(raw);
        // What ends early is an error to the parser.
        let _ = reader.deserialize_seq(Spelling {
            text: &mut text,
            whole: &mut whole,
            depth,
        });
    }
    if whole {
        Value::List(text)
    } else {
        Value::Long(LongText::array(&text))
    }
}

/// Spells the elements of an array out, one after the other, until that is more than can be kept.
struct Spelling<'t> {
    text: &'t mut String,
    whole: &'t mut bool,
    depth: usize,
}

impl<'de> Visitor<'de> for Spelling<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let mut first = true;
        while let Some(element) = elements.next_element::<&'de RawValue>()? {
            if !std::mem::take(&mut first) {
                self.text.push(',');
            }
            let value = Value::read_nested(element.get(), self.depth + 1);
            if !value.is_nil() {
                self.text.push_str(&value.text());
            }
            if self.text.len() > LONGEST_TEXT || matches!(value, Value::Long(_)) {
                *self.whole = false;
                return Ok(());
            }
        }
        Ok(())
    }
}

/// JavaScript's `Number` of a text.
fn number_of(text: &str) -> f64 {
    let text = text.trim_matches(|char: char| char.is_whitespace() || char == '\u{feff}');
    let radix = |digits: &str, radix| {
        u64::from_str_radix(digits, radix).map_or(f64::NAN, |number| {
            #[expect(clippy::cast_precision_loss, reason = "a script has doubles only")]
            let number = number as f64;
            number
        })
    };
    match text.get(..2) {
        Some("0x" | "0X") => return radix(&text[2..], 16),
        Some("0o" | "0O") => return radix(&text[2..], 8),
        Some("0b" | "0B") => return radix(&text[2..], 2),
        _ => {}
    }
    match text {
        "" => 0.0,
        "Infinity" | "+Infinity" => f64::INFINITY,
        "-Infinity" => f64::NEG_INFINITY,
        // Rust reads words such as `nan` and `inf`, a script does not.
        _ if text.contains(|char: char| char.is_alphabetic() && !matches!(char, 'e' | 'E')) => {
            f64::NAN
        }
        _ => text.parse().unwrap_or(f64::NAN),
    }
}

/// JavaScript's `String` of a number (ECMA-262, Number::toString).
pub(super) fn number_text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_owned();
    }
    if number == 0.0 {
        return "0".to_owned();
    }
    let scientific = format!("{:e}", number.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    // The decimal point stands after the first `point` digits.
    let point = exponent.parse::<i32>().unwrap_or(0) + 1;
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let sign = if number < 0.0 { "-" } else { "" };
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
    let split = |at: i32| digits.split_at(usize::try_from(at).unwrap_or(0));
    if count <= point && point <= 21 {
        format!("{sign}{digits}{}", zeros(point - count))
    } else if 0 < point && point <= 21 {
        let (whole, fraction) = split(point);
        format!("{sign}{whole}.{fraction}")
    } else if -6 < point && point <= 0 {
        format!("{sign}0.{}{digits}", zeros(-point))
    } else {
        let (first, rest) = split(1);
        let dot = if rest.is_empty() { "" } else { "." };
        format!("{sign}{first}{dot}{rest}e{:+}", point - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_text_that_a_script_gives_them() {
        for (raw, text) in [
            ("5", "5"),
            ("-0", "0"),
            ("1.50", "1.5"),
            ("1e2", "100"),
            ("123e-7", "0.0000123"),
            ("1e-7", "1e-7"),
            ("1.25e-9", "1.25e-9"),
            ("12345678901234567890", "12345678901234567000"),
            ("1e21", "1e+21"),
            ("1.5e300", "1.5e+300"),
            ("1e999", "Infinity"),
            ("-100.25", "-100.25"),
        ] {
            assert_eq!(Value::read(raw).text(), text, "{raw}");
        }
    }

    #[test]
    fn lists_and_objects_have_the_text_that_a_script_gives_them() {
        assert_eq!(
            Value::read(r#"[1,[2,null,"a"],{}]"#).text(),
            "1,2,,a,[object Object]"
        );
        assert_eq!(Value::read("{}").text(), "[object Object]");
        assert_eq!(Value::read("null").text(), "null");
        assert_eq!(Value::Undefined.text(), "undefined");
        let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
        assert_eq!(Value::read(&deep).text(), "");
    }

    #[test]
    fn escapes_are_decoded_and_lone_surrogates_replaced() {
        assert_eq!(Value::read(r#""a\/\u00fc\n""#), Value::Text("a/ü\n".into()));
        assert_eq!(
            Value::read(r#""\ud83d\ude00 \ud800\t\"""#).text(),
            "😀 \u{fffd}\t\""
        );
    }

    #[test]
    fn equality_is_loose() {
        let text = |text: &'static str| Value::Text(text.into());
        assert!(Value::Number(5.0).loosely_equals(&text(" 5 ")));
        assert!(text("").loosely_equals(&Value::Number(0.0)));
        assert!(Value::Undefined.loosely_equals(&Value::Null));
        assert!(!Value::Null.loosely_equals(&Value::Number(0.0)));
        assert!(Value::Bool(true).loosely_equals(&text("1")));
        assert!(Value::List("5".into()).loosely_equals(&Value::Number(5.0)));
        assert!(Value::Object.loosely_equals(&text("[object Object]")));
        assert!(!Value::Object.loosely_equals(&Value::Object));
        assert!(!text("nan").loosely_equals(&Value::Number(f64::NAN)));
        assert!(!text("inf").loosely_equals(&Value::Number(f64::INFINITY)));
        assert!(!text("05").loosely_equals(&text("5")));
    }
}
