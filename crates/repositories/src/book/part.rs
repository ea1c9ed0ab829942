//! What a list reads of its books.

use domain::{BookField, BookWish};
use sea_orm::DbBackend;

use super::entity::Column;
use crate::{
    author,
    rows::{Row, array},
};

/// What is read of each book.
pub(super) fn row(backend: DbBackend, wish: &BookWish) -> Row<Column> {
    let wanted = wish.fields.iter().map(|field| (field.name(), column(*field)));
    let row = Row::new([("id", Column::Id)].into_iter().chain(wanted).collect());
    let Some(authors) = &wish.authors else { return row };
    let author = author::row(authors).object(backend, "a");
    let authors = array(backend, &author, r#"ORDER BY l."position""#);
    row.with(
        "authors",
        format!(
            r#"SELECT {authors} FROM "bookAuthor" l JOIN "author" a ON a."id" = l."authorId"
               WHERE l."bookId" = r."id""#
        ),
    )
}

fn column(field: BookField) -> Column {
    match field {
        BookField::Title => Column::Title,
        BookField::Description => Column::Description,
        BookField::Isbn => Column::Isbn,
        BookField::ReleaseYear => Column::ReleaseYear,
        BookField::OwnerId => Column::UserId,
        BookField::CreatedAt => Column::CreatedAt,
        BookField::UpdatedAt => Column::UpdatedAt,
    }
}
