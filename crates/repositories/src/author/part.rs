//! What a list reads of its authors.

use domain::{Asked, AuthorField, AuthorId, AuthorPart, AuthorWish, UserId};
use sea_orm::DbBackend;
use serde::de::SeqAccess;

use super::entity::{Column, Entity};
use crate::rows::{Listed, Row, next};

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
