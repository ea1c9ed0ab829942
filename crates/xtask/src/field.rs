//! A field of the new entity: what its type means in each layer.

use serde_json::{Map, Value, json};

use crate::names::Name;

/// A field, named and typed.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: Name,
    pub(crate) ty: Type,
    pub(crate) required: bool,
}

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Text,
    LongText,
    Int,
    Bool,
    Instant,
    /// A row of another entity.
    Reference(Target),
}

/// What a field can refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Book,
    Author,
    User,
}

impl Type {
    /// Every type, as arguments call it.
    pub(crate) const ALL: [(&str, Self); 8] = [
        ("text", Self::Text),
        ("longtext", Self::LongText),
        ("int", Self::Int),
        ("bool", Self::Bool),
        ("instant", Self::Instant),
        ("book", Self::Reference(Target::Book)),
        ("author", Self::Reference(Target::Author)),
        ("user", Self::Reference(Target::User)),
    ];

    pub(crate) fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find_map(|(known, ty)| (known == name).then_some(ty))
    }
}

impl Target {
    pub(crate) fn name(self) -> Name {
        Name::new(match self {
            Self::Book => "Book",
            Self::Author => "Author",
            Self::User => "User",
        })
    }

    /// A row of it, added by a test.
    fn created(self) -> &'static str {
        match self {
            Self::Book => r#"client.create_book("Emma").await"#,
            Self::Author => r#"client.create_author("Jane Austen").await"#,
            Self::User => "client.id().await",
        }
    }

    pub(crate) fn context(self) -> Value {
        let name = self.name();
        json!({
            "name": name.pascal(),
            "snake": name.snake(),
            "camels": name.plural().camel(),
            "a": format!("{} {}", name.article(), name.words()),
            "create": self.created(),
        })
    }
}

impl Field {
    /// Whether a row can be named by it.
    pub(crate) fn is_title(&self) -> bool {
        self.ty == Type::Text && self.required
    }

    pub(crate) fn target(&self) -> Option<Target> {
        match self.ty {
            Type::Reference(target) => Some(target),
            _ => None,
        }
    }

    /// Whether lists can be sorted by it: every row has a value, or an unknown one is last.
    pub(crate) fn is_order(&self) -> bool {
        match self.ty {
            Type::Text | Type::Instant => self.required,
            Type::Int => true,
            Type::LongText | Type::Bool | Type::Reference(_) => false,
        }
    }

    /// The name of the field in Rust.
    pub(crate) fn key(&self) -> String {
        let id = if self.target().is_some() { "_id" } else { "" };
        self.name.snake() + id
    }

    /// The name of the column, and of the field of the GraphQL object that copies it.
    pub(crate) fn column(&self) -> String {
        let id = if self.target().is_some() { "Id" } else { "" };
        self.name.camel() + id
    }

    /// Every name that it takes.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names = vec![self.column(), self.name.camel()];
        names.dedup();
        names
    }

    /// The type of the field in the domain, without `Option`.
    fn value(&self) -> String {
        match self.ty {
            Type::Text | Type::LongText => "String".to_owned(),
            Type::Int => "i32".to_owned(),
            Type::Bool => "bool".to_owned(),
            Type::Instant => "DateTime<Utc>".to_owned(),
            Type::Reference(target) => target.name().pascal() + "Id",
        }
    }

    /// `ty`, or an option of it.
    fn optional(&self, ty: &str) -> String {
        if self.required { ty.to_owned() } else { format!("Option<{ty}>") }
    }

    /// A sentence about the field.
    fn doc(&self, entity: &Name) -> String {
        let (words, entity) = (self.name.words(), entity.words());
        match self.ty {
            Type::Text => format!("The {words}, 1 to 300 characters."),
            Type::LongText => format!("The {words}, up to 10,000 characters."),
            Type::Int => format!("The {words}."),
            Type::Bool => format!("Whether the {entity} is {words}."),
            Type::Instant => match self.name.without("at") {
                Some(verb) => format!("When the {entity} was {}.", verb.words()),
                None => format!("The time of the {words}."),
            },
            Type::Reference(_) => format!("The id of the {words}."),
        }
    }

    /// All that templates ask of a field.
    pub(crate) fn context(&self, entity: &Name) -> Value {
        let mut context = Map::new();
        for part in [self.names_context(), self.domain(entity), self.repository(), self.graphql()] {
            if let Value::Object(part) = part {
                context.extend(part);
            }
        }
        context.extend(self.docs(entity));
        context.extend(self.test_values());
        Value::Object(context)
    }

    fn names_context(&self) -> Value {
        json!({
            "name": self.name.camel(),
            "snake": self.name.snake(),
            "words": self.name.words(),
            "key": self.key(),
            "column": self.column(),
            "variant": self.name.pascal() + if self.target().is_some() { "Id" } else { "" },
            "order": self.name.screaming(),
            "required": self.required,
            "target": self.target().map(Target::context),
            "is_text": self.ty == Type::Text,
            "is_range": matches!(self.ty, Type::Int | Type::Instant),
            "is_reference": self.target().is_some(),
        })
    }

    fn domain(&self, entity: &Name) -> Value {
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
            (Type::Text, true) => format!("self.{key}.as_str().into()"),
            (Type::Text, false) => format!("self.{key}.as_deref().into()"),
            (Type::Reference(_), true) => format!("self.{key}.as_str().into()"),
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

    fn repository(&self) -> Value {
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
            Type::Int if self.required => vec![column],
            Type::Int => vec![column.clone() + "OrFirst", column.clone() + "OrLast", column],
            Type::Instant if self.required => vec![column],
            Type::Reference(_) => vec![column],
            Type::Text | Type::LongText | Type::Bool | Type::Instant => Vec::new(),
        }
    }

    fn graphql(&self) -> Value {
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
        let load = if self.target() == Some(Target::User) { "User::of" } else { "reference" };
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

    fn docs(&self, entity: &Name) -> Map<String, Value> {
        let (words, doc) = (self.name.words(), self.doc(entity));
        let input = match self.ty {
            Type::Text => "1 to 300 characters after trimming.".to_owned(),
            Type::LongText => "Up to 10,000 characters.".to_owned(),
            _ => doc.clone(),
        };
        let cannot =
            if self.ty == Type::Text { "; cannot be cleared." } else { " Cannot be cleared." };
        let update = match (self.required, self.ty) {
            (false, _) => input.clone(),
            (true, Type::Text) => input.trim_end_matches('.').to_owned() + cannot,
            (true, _) => input.clone() + cannot,
        };
        let filter = match self.ty {
            Type::Text => format!("Text within the {words}, whatever its case."),
            _ => doc.clone(),
        };
        let (up, down) = match self.ty {
            Type::Text => ("whatever its case, A to Z", "whatever its case, Z to A"),
            Type::Instant => ("the earliest first", "the latest first"),
            _ => ("the smallest first", "the largest first"),
        };
        let docs = [
            ("doc", doc),
            ("object_doc", format!("The {words}.")),
            ("input_doc", input),
            ("update_doc", update),
            ("filter_doc", filter),
            ("asc_doc", format!("By the {words}, {up}.")),
            ("desc_doc", format!("By the {words}, {down}.")),
        ];
        docs.into_iter().map(|(name, doc)| (name.to_owned(), doc.into())).collect()
    }

    /// Values of the field in tests, as Rust, JSON or GraphQL has them.
    fn test_values(&self) -> Map<String, Value> {
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
        let values = [
            ("unit_value", some(unit)),
            ("test_value", test),
            ("invalid", invalid.to_owned()),
            ("invalid_message", message.to_owned()),
            ("matching", escaped(matching)),
            ("other", escaped(other)),
            ("matches", matches.to_owned()),
        ];
        values.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect()
    }
}
