//! A field of the new entity: what its type means in each layer.

mod domain;
mod graphql;
mod prose;
mod repository;
mod test_values;

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
            Self::User => "client.user_id().await",
        }
    }

    /// All that templates ask of it.
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

    /// All that templates ask of a field.
    pub(crate) fn context(&self, entity: &Name) -> Value {
        let parts = [
            self.own_names(),
            self.domain(entity),
            self.repository(),
            self.graphql(),
            self.prose(entity),
            self.test_values(),
        ];
        let mut context = Map::new();
        for part in parts {
            if let Value::Object(part) = part {
                context.extend(part);
            }
        }
        Value::Object(context)
    }

    fn own_names(&self) -> Value {
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
}
