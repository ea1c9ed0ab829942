//! Values of a field in tests.

use serde_json::{Value, json};

use super::{Field, Target, Type};

impl Field {
    /// Values of the field in tests, as Rust, JSON or GraphQL has them.
    pub(super) fn test_values(&self) -> Value {
        let some = |value: &str| {
            if self.required { value.to_owned() } else { format!("Some({value})") }
        };
        let unit = match self.ty {
            Type::Text if self.required => "\"Title\".to_owned()",
            Type::Text => "\"Text\".to_owned()",
            Type::LongText => "\"A longer text.\".to_owned()",
            Type::Int => "4",
            Type::Bool => "true",
            Type::Instant => "DateTime::UNIX_EPOCH",
            Type::Reference(_) => "\"r1\".into()",
        };
        let test = match self.ty {
            Type::Text => "\"Some text\"".to_owned(),
            Type::LongText => "\"A longer text.\"".to_owned(),
            Type::Int => "4".to_owned(),
            Type::Bool => "true".to_owned(),
            Type::Instant => "\"2026-01-02T03:04:05.678Z\"".to_owned(),
            Type::Reference(Target::User) => Target::User.created().to_owned(),
            Type::Reference(target) => target.name().snake(),
        };
        let (invalid, message) = match self.ty {
            Type::Text => ("json!(\"\")", "must not be empty"),
            Type::LongText => ("json!(\"x\".repeat(10_001))", "must be at most 10,000 characters"),
            _ => ("json!(\"0000-01-01T00:00:00+01:00\")", "must be between the years 0 and 9999"),
        };
        // Conditions that hold for the test's rows, and that hold for none of them.
        let (matching, other) = match self.ty {
            Type::Text => ("\"SOME\"", "\"other\""),
            Type::Int => ("{ min: 4, max: 4 }", "{ min: 5 }"),
            Type::Bool => ("true", "false"),
            Type::Instant => (
                "{ min: \\\"2026-01-02T03:04:05.678Z\\\", max: \\\"2026-01-02T03:04:05.678Z\\\" }",
                "{ min: \\\"2026-01-02T03:04:05.679Z\\\" }",
            ),
            Type::LongText | Type::Reference(_) => ("", ""),
        };
        let escaped = |text: &str| {
            if self.ty == Type::Text { text.replace('"', "\\\"") } else { text.to_owned() }
        };
        // The second of three rows has no such number.
        let matches =
            if self.ty == Type::Int && !self.required { "[\"banana\", \"apple\"]" } else { "all" };
        json!({
            "unit_value": some(unit),
            "test_value": test,
            "invalid": invalid,
            "invalid_message": message,
            "matching": escaped(matching),
            "other": escaped(other),
            "matches": matches,
        })
    }
}
