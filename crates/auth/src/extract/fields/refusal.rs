//! The refusals of inputs, with better-auth's messages.

use crate::{error::AuthError, error_code::VALIDATION_ERROR, extract::json::Value};

/// The refusal of a body that is no object; `None` is no body. Without `expected` types the
/// message names none.
pub(crate) fn no_object(expected: &[&str], value: Option<&Value>) -> AuthError {
    if expected.is_empty() {
        return refusal(&["[body] Invalid input".to_owned()]);
    }
    let errors: Vec<_> =
        expected.iter().map(|expected| format!("[body] {}", mismatch(expected, value))).collect();
    refusal(&errors)
}

/// `Ok` without errors, or else their refusal.
pub(super) fn result(errors: &[String]) -> Result<(), AuthError> {
    if errors.is_empty() { Ok(()) } else { Err(refusal(errors)) }
}

fn refusal(errors: &[String]) -> AuthError {
    AuthError::explained(VALIDATION_ERROR, errors.join("; "))
}

/// The message about a value of another type than `expected`; `None` is no value.
pub(super) fn mismatch(expected: &str, value: Option<&Value>) -> String {
    let received = match value {
        None => "undefined",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Number(f64::INFINITY)) => "Infinity",
        Some(Value::Number(f64::NEG_INFINITY)) => "-Infinity",
        Some(Value::Number(_)) => "number",
        Some(Value::Text(_)) => "string",
        Some(Value::List(_)) => "array",
        Some(Value::Object(_)) => "object",
    };
    format!("Invalid input: expected {expected}, received {received}")
}
