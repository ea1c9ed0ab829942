//! A field in the crate `graphql`.

use serde_json::{Value, json};

use super::{Field, Target, Type};

impl Field {
    pub(super) fn graphql(&self) -> Value {
        let key = self.key();
        let (output, resolved) = match (self.ty, self.required) {
            (Type::Text, true) => ("&String", format!("&self.row.{key}")),
            (Type::Text, false) => ("Option<&String>", format!("self.row.{key}.as_ref()")),
            (Type::LongText, _) => (
                "Option<Result<&String, ApiError>>",
                format!("long_text(self.long_texts, self.row.{key}.as_ref())"),
            ),
            (Type::Int, true) => ("i32", format!("self.row.{key}")),
            (Type::Int, false) => ("Option<i32>", format!("self.row.{key}")),
            (Type::Bool, true) => ("bool", format!("self.row.{key}")),
            (Type::Bool, false) => ("Option<bool>", format!("self.row.{key}")),
            (Type::Instant, true) => ("DateTime", format!("DateTime(self.row.{key})")),
            (Type::Instant, false) => ("Option<DateTime>", format!("self.row.{key}.map(DateTime)")),
            (Type::Reference(_), true) => ("ID", format!("ID(self.row.{key}.0.clone())")),
            (Type::Reference(_), false) => {
                ("Option<ID>", format!("self.row.{key}.as_ref().map(|id| ID(id.0.clone()))"))
            }
        };
        let input = match self.ty {
            Type::Text | Type::LongText => "String",
            Type::Int => "i32",
            Type::Bool => "bool",
            Type::Instant => "DateTime",
            Type::Reference(_) => "ID",
        };
        // What an input becomes in the domain, as a pattern and an expression.
        let value = self.value();
        let convert = match self.ty {
            Type::Instant => Some(("DateTime(instant)", "instant".to_owned())),
            Type::Reference(_) => Some(("ID(id)", format!("{value}(id)"))),
            _ => None,
        };
        let created = match (&convert, self.required) {
            (None, _) => key.clone(),
            (Some(_), true) if self.ty == Type::Instant => format!("{key}: {key}.0"),
            (Some(_), true) => format!("{key}: {value}({key}.0)"),
            (Some((pattern, result)), false) => format!("{key}: {key}.map(|{pattern}| {result})"),
        };
        let updated = match &convert {
            None => format!("patch({key})"),
            Some((pattern, result)) => format!("patch({key}.map_value(|{pattern}| {result}))"),
        };
        let (filter_type, filter_input) = match self.ty {
            Type::Int => ("ValueRange<i32>".to_owned(), "IntRange"),
            Type::Instant => ("ValueRange<DateTime<Utc>>".to_owned(), "DateTimeRange"),
            _ => (format!("Option<{value}>"), input),
        };
        let filtered = match (self.ty, &convert) {
            (Type::Int | Type::Instant, _) => {
                format!("{key}: {key}.map(Into::into).unwrap_or_default()")
            }
            (_, Some((pattern, result))) => format!("{key}: {key}.map(|{pattern}| {result})"),
            (_, None) => key,
        };
        let load = if self.target() == Some(Target::User) { "User::owner" } else { "reference" };
        json!({
            "output": output,
            "resolved": resolved,
            "load": load,
            "input": self.optional(input),
            "input_value": input,
            "created": created,
            "updated": updated,
            "filter_type": filter_type,
            "filter_input": filter_input,
            "filtered": filtered,
        })
    }
}
