//! What a list reads of its books.

use domain::{Asked, AuthorPart, BookField, BookId, BookPart, BookWish, UserId};
use sea_orm::DbBackend;
use serde::de::{Error, SeqAccess};

use super::entity::{Column, Entity};
use crate::rows::{Listed, Many, Row, all, next};

impl Listed for BookPart {
    type Entity = Entity;
    type Wish = BookWish;

    fn row(backend: DbBackend, wish: &BookWish) -> Row<Column> {
        let columns = wish.fields.iter().map(|field| column(*field));
        Row {
            columns: [Column::Id].into_iter().chain(columns).collect(),
            nested: wish.authors.iter().map(|authors| authors_of(backend, authors)).collect(),
        }
    }

    fn read<'de, A: SeqAccess<'de>>(wish: &BookWish, row: &mut A) -> Result<Self, A::Error> {
        let mut book = Self::new(BookId(next(row)?));
        for field in &wish.fields {
            match field {
                BookField::Title => book.title = Asked::Loaded(next(row)?),
                BookField::Description => book.description = Asked::Loaded(next(row)?),
                BookField::Isbn => book.isbn = Asked::Loaded(next(row)?),
                BookField::ReleaseYear => book.release_year = Asked::Loaded(next(row)?),
                BookField::OwnerId => book.owner_id = Asked::Loaded(UserId(next(row)?)),
                BookField::CreatedAt => book.created_at = Asked::Loaded(next(row)?),
                BookField::UpdatedAt => book.updated_at = Asked::Loaded(next(row)?),
            }
        }
        if let Some(wish) = &wish.authors {
            let authors = row.next_element_seed(Many::<AuthorPart>(wish))?;
            let missing = || A::Error::custom("a book has no list of authors");
            book.authors = Asked::Loaded(authors.ok_or_else(missing)?);
        }
        Ok(book)
    }
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

/// The authors of the book `r`, in the order of the title page.
fn authors_of(backend: DbBackend, wish: &<AuthorPart as Listed>::Wish) -> String {
    let author = AuthorPart::row(backend, wish).array(backend, "a");
    let authors = all(backend, &author, r#"ORDER BY l."position""#);
    format!(
        r#"SELECT {authors} FROM "bookAuthor" l JOIN "author" a ON a."id" = l."authorId"
           WHERE l."bookId" = r."id""#
    )
}
