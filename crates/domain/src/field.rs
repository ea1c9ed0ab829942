//! Fields of an entity: one table per entity, from which lists, rules and answers are made.
//!
//! [`fields!`](crate::fields) declares the table beside the struct. A field of the struct
//! that the table does not name is a compile error.

use chrono::{DateTime, Utc};

use crate::{
    ability::Value,
    id::Id,
    sort::{SortKey, SortTerm},
    validation::{MAX_NAME, MAX_TEXT},
};

/// How a field is stored and shown as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// The id of a row: letters, digits and hyphens.
    Id,
    /// Text of at most `max_len` characters.
    Text {
        /// In characters.
        max_len: usize,
    },
    /// A 32-bit number.
    Int,
    /// `true` or `false`.
    Boolean,
    /// An instant in UTC, shown with milliseconds.
    Instant,
}

/// One field of an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name in the GraphQL schema, e.g. `releaseYear`.
    pub name: &'static str,
    /// The name in the Rust struct, e.g. `release_year`.
    pub key: &'static str,
    /// How it is stored and shown.
    pub ty: FieldType,
    /// Whether it can be null.
    pub nullable: bool,
    /// Whether everybody may read it, so that the database may write it into an answer
    /// without a resolver.
    pub public: bool,
    /// Whether conditions of rules may name it.
    pub rule: bool,
}

impl Field {
    const fn new(name: &'static str, ty: FieldType) -> Self {
        Self { name, key: "", ty, nullable: false, public: false, rule: false }
    }

    /// An id.
    #[must_use]
    pub const fn id(name: &'static str) -> Self {
        Self::new(name, FieldType::Id)
    }

    /// Text of at most `max_len` characters.
    #[must_use]
    pub const fn text(name: &'static str, max_len: usize) -> Self {
        Self::new(name, FieldType::Text { max_len })
    }

    /// A title or name.
    #[must_use]
    pub const fn short_text(name: &'static str) -> Self {
        Self::text(name, MAX_NAME)
    }

    /// A description or biography.
    #[must_use]
    pub const fn long_text(name: &'static str) -> Self {
        Self::text(name, MAX_TEXT)
    }

    /// A number.
    #[must_use]
    pub const fn int(name: &'static str) -> Self {
        Self::new(name, FieldType::Int)
    }

    /// True or false.
    #[must_use]
    pub const fn boolean(name: &'static str) -> Self {
        Self::new(name, FieldType::Boolean)
    }

    /// An instant.
    #[must_use]
    pub const fn instant(name: &'static str) -> Self {
        Self::new(name, FieldType::Instant)
    }

    /// Allows null.
    #[must_use]
    pub const fn nullable(self) -> Self {
        Self { nullable: true, ..self }
    }

    /// Lets everybody read it.
    #[must_use]
    pub const fn public(self) -> Self {
        Self { public: true, ..self }
    }

    /// Lets rules name it.
    ///
    /// # Panics
    ///
    /// At compile time, for a long text, which lists leave out, and for an instant, which
    /// rules cannot compare.
    #[must_use]
    pub const fn rule(self) -> Self {
        assert!(!self.is_long_text() && !matches!(self.ty, FieldType::Instant));
        Self { rule: true, ..self }
    }

    /// Whether it is a text that lists load only for clients that select it.
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
    /// The value as conditions of rules compare it; `None` for an instant.
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

/// A type that fields of entities have.
pub trait ToFieldValue {
    /// The value of the field.
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

/// A field of `Self::Entity`, as one of an enum's variants.
pub trait EntityField: Copy + Eq + std::fmt::Debug + Send + Sync + 'static {
    /// Whose field it is.
    type Entity;

    /// Every field, in the order of the table.
    const ALL: &'static [Self];

    /// The row of the table.
    fn definition(self) -> &'static Field;

    /// The field's value in `row`.
    fn value(self, row: &Self::Entity) -> FieldValue<'_>;

    /// Sorts by this field, the smallest first.
    #[must_use]
    fn asc(self) -> SortTerm {
        SortKey::Field(self.definition()).asc()
    }

    /// Sorts by this field, the largest first.
    #[must_use]
    fn desc(self) -> SortTerm {
        SortKey::Field(self.definition()).desc()
    }

    /// The field that clients call `name`.
    #[must_use]
    fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| field.definition().name == name)
    }

    /// What conditions of rules compare under `name`; `None` if they may not name it.
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
                // The compiler names a field that the table forgets.
                let $entity { $($key),+ } = row;
                match self {
                    $(Self::$variant => $crate::field::ToFieldValue::to_field_value($key)),+
                }
            }
        }
    };
}
