//! Responses as JSON text.

use std::mem;

use async_graphql::{ServerError, Value};
use bytes::Bytes;
use serde::Serialize;

/// JSON text as a value, so that a list is written without a tree of values first. The
/// variant is async-graphql's for bytes, which no field of a schema returns.
pub(crate) fn raw(text: impl Into<Bytes>) -> Value {
    Value::Binary(text.into())
}

/// The body of a response: errors first, as the specification recommends. `data` is absent
/// if nothing was executed.
#[must_use]
pub fn response(errors: &[ServerError], data: Option<&Value>) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.map_or(0, size) + 128);
    out.push(b'{');
    if !errors.is_empty() {
        out.extend_from_slice(b"\"errors\":");
        serialize(errors, &mut out);
    }
    if let Some(data) = data {
        if !errors.is_empty() {
            out.push(b',');
        }
        out.extend_from_slice(b"\"data\":");
        write(data, &mut out);
    }
    out.push(b'}');
    out
}

/// Appends a value of a response to JSON text.
pub fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Boolean(true) => out.extend_from_slice(b"true"),
        Value::Boolean(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => serialize(number, out),
        Value::String(text) => write_string(text, out),
        Value::Enum(name) => write_string(name, out),
        Value::Binary(raw) => out.extend_from_slice(raw),
        Value::List(items) => {
            out.push(b'[');
            separated(items, out, write);
            out.push(b']');
        }
        Value::Object(fields) => {
            out.push(b'{');
            separated(fields, out, |(name, value), out| {
                write_string(name, out);
                out.push(b':');
                write(value, out);
            });
            out.push(b'}');
        }
    }
}

/// Appends a string with its quotes. Most strings have nothing to escape: the check visits
/// all bytes without a branch, so that the compiler vectorizes it.
pub(crate) fn write_string(text: &str, out: &mut Vec<u8>) {
    let escaped = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\';
    if text.bytes().fold(false, |any, byte| any | escaped(byte)) {
        serialize(text, out);
    } else {
        out.reserve(text.len() + 2);
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    }
}

/// Appends `items`, separated by commas.
fn separated<T>(
    items: impl IntoIterator<Item = T>,
    out: &mut Vec<u8>,
    mut write: impl FnMut(T, &mut Vec<u8>),
) {
    let mut first = true;
    for item in items {
        if !mem::take(&mut first) {
            out.push(b',');
        }
        write(item, out);
    }
}

/// Appends a value by serde. Writing to memory does not fail, and no map here has a key that
/// is not a string.
fn serialize(value: &(impl Serialize + ?Sized), out: &mut Vec<u8>) {
    serde_json::to_writer(out, value).unwrap_or_default();
}

/// About how many bytes a value takes: exact for raw JSON, which is long.
pub(crate) fn size(value: &Value) -> usize {
    match value {
        Value::Binary(raw) => raw.len(),
        Value::Object(fields) => fields.values().map(|value| size(value) + 16).sum(),
        _ => 16,
    }
}

#[cfg(test)]
mod tests {
    use std::slice;

    use async_graphql::{Pos, value};

    use super::*;

    fn written(value: &Value) -> String {
        let mut out = Vec::new();
        write(value, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_value_is_written_as_serde_writes_it() {
        let value = value!({
            "text": "\"\\\u{1}\n é \u{10ffff} </script>",
            "numbers": [0, -1, i64::MIN, u64::MAX, 1.5, 1e300],
            "others": [true, false, null, [], {}],
        });
        assert_eq!(written(&value), serde_json::to_string(&value).unwrap());
    }

    #[test]
    fn raw_json_is_written_as_it_is() {
        let value = Value::List(vec![raw(b"[1,{}]".to_vec()), Value::from(2)]);
        assert_eq!(written(&value), "[[1,{}],2]");
    }

    #[test]
    fn errors_precede_data_and_data_requires_an_execution() {
        let error = ServerError::new("no", Some(Pos { line: 1, column: 2 }));
        let body = |errors: &[_], data| String::from_utf8(response(errors, data)).unwrap();
        assert_eq!(body(&[], Some(&Value::Null)), r#"{"data":null}"#);
        let errors = r#""errors":[{"message":"no","locations":[{"line":1,"column":2}]}]"#;
        assert_eq!(body(slice::from_ref(&error), None), format!("{{{errors}}}"));
        assert_eq!(body(&[error], Some(&Value::Null)), format!(r#"{{{errors},"data":null}}"#));
    }
}
