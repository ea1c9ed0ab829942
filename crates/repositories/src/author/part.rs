//! What a list reads of its authors.

use domain::{
    Asked, AuthorField, AuthorId, AuthorPart, AuthorWish, UserId,
    validation::{MAX_NAME, MAX_TEXT},
};
use sea_orm::{DbBackend, IdenStatic};
use serde::de::SeqAccess;

use super::entity::{Column, Entity};
use crate::{
    found::{Sql, write_text},
    rows::{Listed, Row, next},
    shape::{Shown, write_instant},
    size::{SCALAR, Size},
};

impl Listed for AuthorPart {
    type Entity = Entity;
    type Wish = AuthorWish;

    fn row(_: DbBackend, wish: &AuthorWish) -> Row<Column> {
        let columns = wish.fields.iter().map(|field| column(*field));
        Row { columns: [Column::Id].into_iter().chain(columns).collect(), nested: Vec::new() }
    }

    fn size(wish: &AuthorWish) -> Size {
        let mut size = Size::default();
        size.add(SCALAR);
        wish.fields.iter().for_each(|field| measure(*field, &mut size));
        size
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

fn measure(field: AuthorField, size: &mut Size) {
    match field {
        AuthorField::Name => size.add_text(column(field).as_str(), MAX_NAME),
        AuthorField::Bio => size.add_text(column(field).as_str(), MAX_TEXT),
        _ => size.add(SCALAR),
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

    fn write(&self, row: &str, sql: &mut Sql) {
        let column = &[row, ".\"", self.column().as_str(), "\""];
        match self {
            Self::Field(AuthorField::CreatedAt | AuthorField::UpdatedAt) => {
                write_instant(column, sql);
            }
            Self::Id | Self::Field(_) => write_text(column, &mut sql.text),
            // PostgreSQL would not know its type.
            Self::Text(text) => write_text(&["CAST('", text, "' AS text)"], &mut sql.text),
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

    fn measure(&self, size: &mut Size) {
        match self {
            Self::Field(field) => measure(*field, size),
            Self::Id | Self::Text(_) => size.add(SCALAR),
        }
    }
}
