//! The trait of rows that clients list.

use std::fmt::Debug;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;

use crate::{
    ability::Subject, field::EntityField, filter::Filter, id::Id, selection::JsonSelection,
    sort::SortTerm,
};

/// The selection that the database writes of each row of an entity.
pub type EntitySelection<E> =
    JsonSelection<<E as Entity>::Field, <<E as Entity>::Nested as Entity>::Field>;

/// An entity: a kind of row that clients list.
pub trait Entity: Subject + DeserializeOwned + Clone + Debug + Send + Sync + 'static {
    /// Type of the ids.
    type Id: Id;

    /// Table of the fields.
    type Field: EntityField<Entity = Self>;

    /// Filter of lists.
    type Filter: Filter;

    /// Sort order of lists.
    type Order: Copy + Into<SortTerm>;

    /// Related rows that a list can load together with its own rows. Not used if
    /// [`Entity::NESTED`] is `None`.
    type Nested: Entity;

    /// Name of the GraphQL type.
    const TYPE_NAME: &'static str;

    /// The GraphQL name of the related rows.
    const NESTED: Option<&'static str>;

    /// The GraphQL fields that are neither in the table of fields nor the related rows, and whose
    /// resolvers read no long text of the row.
    const OTHER_FIELDS: &'static [&'static str];

    /// Returns the row's id.
    fn id(&self) -> &Self::Id;

    /// Returns the time of the row's last change.
    fn updated_at(&self) -> DateTime<Utc>;

    /// The field with the GraphQL name `name`, if the database may write it into an answer.
    #[must_use]
    fn public_field(name: &str) -> Option<Self::Field> {
        Self::Field::by_name(name).filter(|field| field.definition().public)
    }

    /// Whether the resolver of the GraphQL field `name` may read a long text. `true` for an
    /// unknown name.
    #[must_use]
    fn reads_long_text(name: &str) -> bool {
        match Self::Field::by_name(name) {
            Some(field) => field.definition().is_long_text(),
            None => Self::NESTED != Some(name) && !Self::OTHER_FIELDS.contains(&name),
        }
    }
}
