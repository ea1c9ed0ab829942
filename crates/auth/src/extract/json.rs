//! JSON as `JSON.parse` accepts it, after the request's bytes were decoded as text.
//!
//! Bytes that are not UTF-8 and unpaired surrogates become U+FFFD, as when Node stores the
//! text. Byte order marks are skipped; Node skips up to two. Numbers too large for `f64` become
//! infinite. Of two fields with one name the last is used. Nesting depth is not limited, because
//! nested lists and objects are checked without recursion, and parsed one level at a time where an
//! endpoint reads them.

use std::{collections::HashMap, fmt};

use domain::surrogate;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// The fields of an object.
pub(crate) type Object = HashMap<String, Value>;

/// A parsed body.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Document {
    Object(Object),
    Other(Value),
}

impl Document {
    /// A field, if this is an object that has it.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Self::Object(object) => object.get(name),
            Self::Other(_) => None,
        }
    }
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Nested),
    Object(Nested),
}

/// The text of a list or an object, whose syntax was checked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Nested(String);

impl Nested {
    /// The elements of a list.
    pub(crate) fn items(&self) -> Vec<Value> {
        let items: Vec<&RawValue> = serde_json::from_str(&self.0).unwrap_or_default();
        items.into_iter().filter_map(|raw| value(raw.get())).collect()
    }

    /// The fields of an object.
    pub(crate) fn fields(&self) -> Object {
        self.pairs().into_iter().filter_map(|(name, raw)| Some((name, value(raw.get())?))).collect()
    }

    /// The fields of an object with their texts, in their order.
    pub(crate) fn pairs(&self) -> Vec<(String, Box<RawValue>)> {
        serde_json::from_str(&self.0).map(|Pairs(pairs)| pairs).unwrap_or_default()
    }
}

/// The fields of an object in their order. Of two fields with one name the last is kept.
struct Pairs(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor)
    }
}

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
        let (mut pairs, mut positions) = (Vec::<(String, _)>::new(), HashMap::new());
        while let Some((name, raw)) = map.next_entry::<String, Box<RawValue>>()? {
            let position = *positions.entry(name.clone()).or_insert(pairs.len());
            match pairs.get_mut(position) {
                Some((_, known)) => *known = raw,
                None => pairs.push((name, raw)),
            }
        }
        Ok(Pairs(pairs))
    }
}

impl Value {
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(yes) => Some(*yes),
            _ => None,
        }
    }

    /// Whether the value is truthy in JavaScript.
    pub(crate) fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(yes) => *yes,
            Self::Number(number) => *number != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::List(_) | Self::Object(_) => true,
        }
    }

    /// A list without elements.
    pub(super) fn empty_list() -> Self {
        Self::List(Nested("[]".to_owned()))
    }
}

/// Parses a text; `None` if `JSON.parse` refuses it.
pub(crate) fn parse(bytes: &[u8]) -> Option<Document> {
    let text = String::from_utf8_lossy(bytes);
    let text = (0..2).fold(text.as_ref(), |text, _| text.strip_prefix('\u{feff}').unwrap_or(text));
    match surrogate::replaced(text.as_bytes()) {
        Some(text) => document(str::from_utf8(&text).ok()?),
        None => document(text),
    }
}

/// Parses a text as a value; `None` if it is no JSON.
pub(super) fn parse_value(text: &str) -> Option<Value> {
    let whole: &RawValue = serde_json::from_str(text).ok()?;
    value(whole.get())
}

fn document(text: &str) -> Option<Document> {
    let whole: &RawValue = serde_json::from_str(text).ok()?;
    let whole = whole.get();
    if !whole.starts_with('{') {
        return value(whole).map(Document::Other);
    }
    let fields: HashMap<String, &RawValue> = serde_json::from_str(whole).ok()?;
    let fields = fields.into_iter().map(|(name, raw)| Some((name, value(raw.get())?)));
    fields.collect::<Option<_>>().map(Document::Object)
}

/// A value whose syntax was checked.
pub(super) fn value(text: &str) -> Option<Value> {
    Some(match text.as_bytes().first()? {
        b'n' => Value::Null,
        b't' => Value::Bool(true),
        b'f' => Value::Bool(false),
        b'"' => Value::Text(serde_json::from_str(text).ok()?),
        b'[' => Value::List(Nested(text.to_owned())),
        b'{' => Value::Object(Nested(text.to_owned())),
        _ => Value::Number(text.parse().ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(text: &str) -> Option<Value> {
        parse(format!("{{\"a\":{text}}}").as_bytes())?.get("a").cloned()
    }

    /// Compared with `JSON.parse` of Node 20.
    #[test]
    fn values_are_parsed_as_in_javascript() {
        let text = |text: &str| Value::Text(text.to_owned());
        for (json, expected) in [
            ("null", Value::Null),
            (" true\n", Value::Bool(true)),
            ("-0", Value::Number(0.0)),
            ("1e400", Value::Number(f64::INFINITY)),
            ("-1E+400", Value::Number(f64::NEG_INFINITY)),
            ("1e-400", Value::Number(0.0)),
            ("123456789012345678901234567890", Value::Number(1.234_567_890_123_456_8e29)),
            (r#""\u0041\/\b\ud83d\ude00""#, text("A/\u{8}😀")),
            (r#""\ud83d""#, text("\u{fffd}")),
            (r#""\udc00\ud800x""#, text("\u{fffd}\u{fffd}x")),
            ("\"\u{7f}\u{2028}\"", text("\u{7f}\u{2028}")),
            (r#""a\u0000""#, text("a\0")),
            ("[1,[2]]", Value::List(Nested("[1,[2]]".to_owned()))),
            (r#"{"b":1e400}"#, Value::Object(Nested(r#"{"b":1e400}"#.to_owned()))),
            (r#"1,"a":2"#, Value::Number(2.0)),
        ] {
            assert_eq!(field(json), Some(expected), "{json}");
        }
    }

    #[test]
    fn invalid_json_is_refused_as_in_javascript() {
        for json in [
            "",
            "tru",
            "NaN",
            "Infinity",
            "-",
            "+1",
            "01",
            "1.",
            ".5",
            "1e",
            "'a'",
            "\"\t\"",
            r#""\x41""#,
            r#""\u12""#,
            r#""\u00g0""#,
            "\"",
            "[",
            "[1,]",
            "{,}",
            "1,",
            "{}}",
            "\u{b}1",
            "\u{a0}1",
            "1//",
        ] {
            assert_eq!(field(json), None, "{json}");
        }
        for text in ["", "\u{feff}", "\u{feff}\u{feff}\u{feff}{}", "{}x", "{a:1}", "\0{}"] {
            assert_eq!(parse(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn bytes_are_decoded_as_text_before_parsing() {
        let object = |fields: &[u8]| parse(fields).unwrap().get("a").cloned();
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        assert_eq!(object(b"\xef\xbb\xbf {\"a\":\"b\"} "), text("b"));
        assert_eq!(object(b"{\"a\":\"\xe9\"}"), text("\u{fffd}"));
        assert_eq!(object(b"{\"\\ud800\":1,\"a\":\"b\"}"), text("b"));
        let list = Value::List(Nested("[{}]".to_owned()));
        assert_eq!(parse(b" [{}] "), Some(Document::Other(list)));
        assert_eq!(parse(b"\"a\""), Some(Document::Other(Value::Text("a".to_owned()))));
    }

    #[test]
    fn nested_values_are_parsed_one_level_at_a_time() {
        let Some(Value::List(list)) = field(r#"[ 1e400, "b", {"c": [2]} ]"#) else { panic!() };
        let items = list.items();
        let [Value::Number(f64::INFINITY), Value::Text(text), Value::Object(object)] = &*items
        else {
            panic!()
        };
        assert_eq!(text, "b");
        assert_eq!(object.fields()["c"], Value::List(Nested("[2]".to_owned())));
        let object = Nested(r#"{"b": 1, "a": [ 2 ], "b": "3"}"#.to_owned());
        let pairs: Vec<_> =
            object.pairs().into_iter().map(|(name, raw)| format!("{name}:{raw}")).collect();
        assert_eq!(pairs, [r#"b:"3""#, "a:[ 2 ]"]);
    }

    #[test]
    fn nesting_is_not_limited() {
        let depth = 30_000;
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let good = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            assert!(field(&good).is_some());
            assert!(parse(good.as_bytes()).is_some());
            assert_eq!(field(&good[..good.len() - 1]), None);
        }
    }
}
