//! A field in the crate `domain`.

use serde_json::{Value, json};

use super::{Field, Type};
use crate::names::Name;

impl Field {
    pub(super) fn domain(&self, entity: &Name) -> Value {
        let (key, column) = (self.key(), self.column());
        let (value, before) = (self.value(), format!("{}.{key}", entity.snake()));
        let constructor = match self.ty {
            Type::Text => "short_text",
            Type::LongText => "long_text",
            Type::Int => "int",
            Type::Bool => "boolean",
            Type::Instant => "instant",
            Type::Reference(_) => "id",
        };
        let nullable = if self.required { "" } else { ".nullable()" };
        let is_rule = !matches!(self.ty, Type::LongText | Type::Instant);
        let rule = if is_rule { ".rule()" } else { "" };
        let check = match (self.ty, self.required) {
            (Type::Text, true) => Some(format!("checks.name(\"{column}\", &{key})")),
            (Type::Text, false) => {
                Some(format!("{key}.map(|text| checks.name(\"{column}\", &text))"))
            }
            (Type::LongText, _) => {
                Some(format!("{key}.map(|text| checks.text(\"{column}\", text))"))
            }
            (Type::Instant, true) => Some(format!("checks.instant(\"{column}\", {key})")),
            (Type::Instant, false) => {
                Some(format!("{key}.map(|instant| checks.instant(\"{column}\", instant))"))
            }
            _ => None,
        };
        let is_copy = matches!(self.ty, Type::Int | Type::Bool | Type::Instant);
        let patched = match (is_copy, self.required) {
            (true, true) => format!("{key}.apply(Some({before})).unwrap_or({before})"),
            (true, false) => format!("{key}.apply({before})"),
            (false, false) => format!("{key}.apply({before}.clone())"),
            (false, true) if self.ty == Type::Text => {
                format!("{key}.apply(Some({before}.clone())).unwrap_or_default()")
            }
            (false, true) => {
                format!("{key}.apply(Some({before}.clone())).unwrap_or_else(|| {before}.clone())")
            }
        };
        let rule_value = match (self.ty, self.required) {
            (Type::Text, false) => format!("self.{key}.as_deref().into()"),
            (Type::Text | Type::Reference(_), true) => format!("self.{key}.as_str().into()"),
            (Type::Reference(_), false) => {
                format!("self.{key}.as_ref().map({value}::as_str).into()")
            }
            _ => format!("self.{key}.into()"),
        };
        json!({
            "value": value,
            "stored": self.optional(&value),
            "definition": format!("Field::{constructor}(\"{column}\"){nullable}.public(){rule}"),
            "check": check,
            "patched": patched,
            "is_rule": is_rule,
            "rule_value": rule_value,
            "borrowed": if self.required { format!("&{value}") } else { format!("Option<&{value}>") },
            "borrow": if self.required { format!("&self.{key}") } else { format!("self.{key}.as_ref()") },
        })
    }
}
