//! What a list reads of its authors.

use domain::{AuthorField, AuthorWish};

use super::entity::Column;
use crate::rows::Row;

/// What is read of each author.
pub(crate) fn row(wish: &AuthorWish) -> Row<Column> {
    let wanted = wish.fields.iter().map(|field| (field.name(), column(*field)));
    Row::new([("id", Column::Id)].into_iter().chain(wanted).collect())
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
