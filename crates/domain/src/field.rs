//! Fields of entities: one table per entity defines its fields for lists, rules and responses.
//!
//! [`fields!`](crate::fields) declares the table beside the struct. A struct field without a row
//! in the table is a compile error.

use chrono::{DateTime, Utc};

use crate::{
    ability::Value,
    id::Id,
    sort::{SortKey, SortTerm},
    validation::{MAX_NAME, MAX_TEXT},
};

/// Storage type and JSON form of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// The id of a row: letters, digits and hyphens.
    Id,
    /// Text of at most `max_len` characters.
    Text {
        /// Maximum length in characters.
        max_len: usize,
    },
    /// A 32-bit number.
    Int,
    /// `true` or `false`.
    Boolean,
    /// An instant in UTC, written with milliseconds.
    Instant,
}

/// One field of an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name in the GraphQL schema, for example `releaseYear`.
    pub name: &'static str,
    /// The name in the Rust struct, for example `release_year`; [`fields!`](crate::fields) sets
    /// it.
    pub key: &'static str,
    /// The type.
    pub ty: FieldType,
    /// Whether the field can be null.
    pub nullable: bool,
    /// Whether every client that may read the row may read the field, and the resolver only
    /// copies it: then the database may write it into an answer.
    pub public: bool,
    /// Whether rules may name the field.
    pub rule: bool,
}

impl Field {
    const fn new(name: &'static str, ty: FieldType) -> Self {
        Self { name, key: "", ty, nullable: false, public: false, rule: false }
    }

    /// Creates a field with an id.
    #[must_use]
    pub const fn id(name: &'static str) -> Self {
        Self::new(name, FieldType::Id)
    }

    /// Creates a text field of at most `max_len` characters.
    #[must_use]
    pub const fn text(name: &'static str, max_len: usize) -> Self {
        Self::new(name, FieldType::Text { max_len })
    }

    /// Creates a field for a title or name.
    #[must_use]
    pub const fn short_text(name: &'static str) -> Self {
        Self::text(name, MAX_NAME)
    }

    /// Creates a field for a description or biography.
    #[must_use]
    pub const fn long_text(name: &'static str) -> Self {
        Self::text(name, MAX_TEXT)
    }

    /// Creates a number field.
    #[must_use]
    pub const fn int(name: &'static str) -> Self {
        Self::new(name, FieldType::Int)
    }

    /// Creates a Boolean field.
    #[must_use]
    pub const fn boolean(name: &'static str) -> Self {
        Self::new(name, FieldType::Boolean)
    }

    /// Creates a field with an instant.
    #[must_use]
    pub const fn instant(name: &'static str) -> Self {
        Self::new(name, FieldType::Instant)
    }

    /// Makes the field nullable.
    #[must_use]
    pub const fn nullable(self) -> Self {
        Self { nullable: true, ..self }
    }

    /// Lets the database write the field into answers, without its resolver.
    #[must_use]
    pub const fn public(self) -> Self {
        Self { public: true, ..self }
    }

    /// Allows rules to name the field.
    ///
    /// # Panics
    ///
    /// At compile time, for a long text and for an instant: lists may leave out the first, and
    /// rules cannot compare the second.
    #[must_use]
    pub const fn rule(self) -> Self {
        assert!(!self.is_long_text() && !matches!(self.ty, FieldType::Instant));
        Self { rule: true, ..self }
    }

    /// Whether the field is a text that lists load only if a client selects it.
    #[must_use]
    pub const fn is_long_text(&self) -> bool {
        matches!(self.ty, FieldType::Text { max_len } if max_len > MAX_NAME)
    }
}

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "see FieldType")]
pub enum FieldValue<'r> {
    Null,
    Text(&'r str),
    Int(i32),
    Boolean(bool),
    Instant(DateTime<Utc>),
}

impl<'r> FieldValue<'r> {
    /// Returns the value for comparison in rules; `None` for an instant.
    #[must_use]
    pub fn in_rules(self) -> Option<Value<'r>> {
        Some(match self {
            Self::Null => Value::Null,
            Self::Text(text) => text.into(),
            Self::Int(number) => number.into(),
            Self::Boolean(value) => value.into(),
            Self::Instant(_) => return None,
        })
    }
}

/// A type of struct fields that a table of fields can name.
pub trait ToFieldValue {
    /// Returns the value of the field.
    fn to_field_value(&self) -> FieldValue<'_>;
}

impl<T: ToFieldValue> ToFieldValue for Option<T> {
    fn to_field_value(&self) -> FieldValue<'_> {
        self.as_ref().map_or(FieldValue::Null, T::to_field_value)
    }
}

impl<I: Id> ToFieldValue for I {
    fn to_field_value(&self) -> FieldValue<'_> {
        FieldValue::Text(self.as_ref())
    }
}

impl ToFieldValue for String {
    fn to_field_value(&self) -> FieldValue<'_> {
        FieldValue::Text(self)
    }
}

impl ToFieldValue for i32 {
    fn to_field_value(&self) -> FieldValue<'_> {
        FieldValue::Int(*self)
    }
}

impl ToFieldValue for bool {
    fn to_field_value(&self) -> FieldValue<'_> {
        FieldValue::Boolean(*self)
    }
}

impl ToFieldValue for DateTime<Utc> {
    fn to_field_value(&self) -> FieldValue<'_> {
        FieldValue::Instant(*self)
    }
}

/// The enum of an entity's fields.
pub trait EntityField: Copy + Eq + std::fmt::Debug + Send + Sync + 'static {
    /// The entity.
    type Entity;

    /// All fields, in the order of the table.
    const ALL: &'static [Self];

    /// Returns the field's definition.
    fn definition(self) -> &'static Field;

    /// Returns the field's value in `row`.
    fn value(self, row: &Self::Entity) -> FieldValue<'_>;

    /// Sorts by this field, the smallest value first.
    #[must_use]
    fn asc(self) -> SortTerm {
        SortKey::Field(self.definition()).asc()
    }

    /// Sorts by this field, the largest value first.
    #[must_use]
    fn desc(self) -> SortTerm {
        SortKey::Field(self.definition()).desc()
    }

    /// Returns the field with this GraphQL name.
    #[must_use]
    fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| field.definition().name == name)
    }

    /// Returns the value of the field `name` for comparison in rules; `None` if rules may not
    /// name it.
    #[must_use]
    fn in_rules<'r>(row: &'r Self::Entity, name: &str) -> Option<Value<'r>> {
        let field = Self::by_name(name).filter(|field| field.definition().rule)?;
        field.value(row).in_rules()
    }
}

/// Declares the table of an entity's fields: for each field of the struct, in its order, a
/// variant and a [`Field`].
#[macro_export]
macro_rules! fields {
    ($(#[$doc:meta])* $name:ident of $entity:ident {
        $($key:ident: $variant:ident = $definition:expr;)+
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "see the struct")]
        pub enum $name {
            $($variant),+
        }

        impl $crate::field::EntityField for $name {
            type Entity = $entity;

            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn definition(self) -> &'static $crate::field::Field {
                match self {
                    $(Self::$variant => {
                        const FIELD: $crate::field::Field =
                            $crate::field::Field { key: stringify!($key), ..$definition };
                        &FIELD
                    })+
                }
            }

            fn value(self, row: &$entity) -> $crate::field::FieldValue<'_> {
                // A struct field missing from the table is a compile error here.
                let $entity { $($key),+ } = row;
                match self {
                    $(Self::$variant => $crate::field::ToFieldValue::to_field_value($key)),+
                }
            }
        }
    };
}
