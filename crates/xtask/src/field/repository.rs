//! A field in the crates `repositories` and `migration`.

use serde_json::{Value, json};

use super::{Field, Target, Type};

impl Field {
    pub(super) fn repository(&self) -> Value {
        let (key, column) = (self.key(), self.column());
        let row_type = match self.ty {
            Type::Reference(_) => self.optional("String"),
            _ => self.optional(&self.value()),
        };
        let from_row = match (self.target(), self.required) {
            (None, _) => key.clone(),
            (Some(_), true) => format!("{key}: {}({key})", self.value()),
            (Some(_), false) => format!("{key}: {key}.map({})", self.value()),
        };
        let to_row = match (self.ty, self.required) {
            (Type::Int | Type::Bool | Type::Instant, _) => format!("{key}: Set(*{key})"),
            (Type::Text, true) => {
                format!("{key}: Set({key}.clone()), {key}_folded: Set(text::fold({key}))")
            }
            (Type::Text, false) => format!(
                "{key}: Set({key}.clone()), {key}_folded: Set({key}.as_deref().map(text::fold))"
            ),
            (Type::LongText, _) => format!("{key}: Set({key}.clone())"),
            (Type::Reference(_), true) => format!("{key}: Set({key}.0.clone())"),
            (Type::Reference(_), false) => {
                format!("{key}: Set({key}.as_ref().map(|id| id.0.clone()))")
            }
        };
        let folded =
            if self.ty == Type::Text { format!(", {key}_folded: _") } else { String::new() };
        json!({
            "row_type": row_type,
            "row_key": key.clone() + &folded,
            "from_row": from_row,
            "to_row": to_row,
            "sql": self.sql(&column),
        })
    }

    /// The columns in SQL.
    fn sql(&self, column: &str) -> Vec<String> {
        let not_null = if self.required { " not null" } else { "" };
        let own = |ty: &str| format!("\"{column}\" {ty}{not_null}");
        match self.ty {
            Type::Text => {
                vec![own("text"), format!("\"{column}Folded\" text {{binary}}{not_null}")]
            }
            Type::LongText => vec![own("text")],
            Type::Bool => vec![own("{bool}")],
            Type::Instant => vec![own("{date}")],
            Type::Int if self.required => vec![own("integer")],
            Type::Int => {
                let generated = |end: &str, value: i32| {
                    format!(
                        "\"{column}Or{end}\" integer generated always as \
                         (coalesce(\"{column}\", {value})) stored"
                    )
                };
                vec![
                    own("integer"),
                    generated("Last", 2_147_483_647),
                    generated("First", -2_147_483_647),
                ]
            }
            Type::Reference(target) => {
                let table = target.name().camel();
                // Columns that are compared have one collation.
                let ty = if target == Target::User { "text" } else { "text {binary}" };
                let deleted = if self.required { "cascade" } else { "set null" };
                vec![format!("{} references \"{table}\" (\"id\") on delete {deleted}", own(ty))]
            }
        }
    }

    /// The columns by which pages are found and rows looked up, each with the id in an index.
    pub(crate) fn indexed(&self) -> Vec<String> {
        let column = self.column();
        match self.ty {
            Type::Text if self.required => vec![column + "Folded"],
            Type::Int | Type::Instant if self.required => vec![column],
            Type::Int => vec![column.clone() + "OrFirst", column.clone() + "OrLast", column],
            Type::Reference(_) => vec![column],
            Type::Text | Type::LongText | Type::Bool | Type::Instant => Vec::new(),
        }
    }
}
