//! What a list reads of its authors.

use domain::{Asked, AuthorField, AuthorId, AuthorPart, AuthorWish, UserId};
use sea_orm::{DbBackend, IdenStatic};
use serde::de::SeqAccess;

use super::entity::{Column, Entity};
use crate::rows::{Listed, Row, Shown, next, write_instant, write_text};

impl Listed for AuthorPart {
    type Entity = Entity;
    type Wish = AuthorWish;

    fn row(_: DbBackend, wish: &AuthorWish) -> Row<Column> {
        let columns = wish.fields.iter().map(|field| column(*field));
        Row { columns: [Column::Id].into_iter().chain(columns).collect(), nested: Vec::new() }
    }

    fn read<'de, A: SeqAccess<'de>>(wish: &AuthorWish, row: &mut A) -> Result<Self, A::Error> {
        let mut author = Self::new(AuthorId(next(row)?));
        for field in &wish.fields {
            match field {
                AuthorField::Name => author.name = Asked::Loaded(next(row)?),
                AuthorField::Bio => author.bio = Asked::Loaded(next(row)?),
                AuthorField::BirthYear => author.birth_year = Asked::Loaded(next(row)?),
                AuthorField::DeathYear => author.death_year = Asked::Loaded(next(row)?),
                AuthorField::OwnerId => author.owner_id = Asked::Loaded(UserId(next(row)?)),
                AuthorField::CreatedAt => author.created_at = Asked::Loaded(next(row)?),
                AuthorField::UpdatedAt => author.updated_at = Asked::Loaded(next(row)?),
            }
        }
        Ok(author)
    }
}

fn column(field: AuthorField) -> Column {
    match field {
        AuthorField::Name => Column::Name,
        AuthorField::Bio => Column::Bio,
        AuthorField::BirthYear => Column::BirthYear,
        AuthorField::DeathYear => Column::DeathYear,
        AuthorField::OwnerId => Column::UserId,
        AuthorField::CreatedAt => Column::CreatedAt,
        AuthorField::UpdatedAt => Column::UpdatedAt,
    }
}

/// What can be shown of an author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthorShown {
    /// The id.
    Id,
    /// A field.
    Field(AuthorField),
    /// This text, without quotes.
    Text(&'static str),
}

impl Shown for AuthorShown {
    type Column = Column;

    fn write(&self, backend: DbBackend, row: &str, sql: &mut String) {
        let column = &[row, ".\"", self.column().as_str(), "\""];
        match self {
            Self::Field(AuthorField::CreatedAt | AuthorField::UpdatedAt) => {
                write_instant(backend, column, sql);
            }
            Self::Id | Self::Field(_) => write_text(column, sql),
            // PostgreSQL would not know its type.
            Self::Text(text) => write_text(&["CAST('", text, "' AS text)"], sql),
        }
    }

    fn is_json(&self) -> bool {
        false
    }

    fn column(&self) -> Column {
        match self {
            Self::Field(field) => column(*field),
            Self::Id | Self::Text(_) => Column::Id,
        }
    }
}
