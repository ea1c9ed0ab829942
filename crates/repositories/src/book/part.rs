//! What a list reads of its books.

use domain::{Asked, AuthorPart, BookField, BookId, BookPart, BookWish, UserId};
use sea_orm::{DbBackend, IdenStatic};
use serde::de::{Error, SeqAccess};

use super::entity::{Column, Entity};
use crate::{
    author::AuthorShown,
    rows::{Listed, Many, Row, Shape, Shown, all, next, write_instant, write_objects, write_text},
};

impl Listed for BookPart {
    type Entity = Entity;
    type Wish = BookWish;

    fn row(backend: DbBackend, wish: &BookWish) -> Row<Column> {
        let columns = wish.fields.iter().map(|field| column(*field));
        Row {
            columns: [Column::Id].into_iter().chain(columns).collect(),
            nested: wish
                .authors
                .iter()
                .map(|authors| {
                    let author = AuthorPart::row(backend, authors).array(backend, "a");
                    format!("SELECT {} {AUTHORS}", all(backend, &author, BY_POSITION))
                })
                .collect(),
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

/// What can be shown of a book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BookShown {
    /// Its id.
    Id,
    /// A field.
    Field(BookField),
    /// A list of its authors.
    Authors(Shape<AuthorShown>),
    /// This text, without quotes.
    Text(&'static str),
}

impl Shown for BookShown {
    type Column = Column;

    fn write(&self, backend: DbBackend, row: &str, sql: &mut String) {
        let column = &[row, ".\"", self.column().as_str(), "\""];
        match self {
            Self::Field(BookField::CreatedAt | BookField::UpdatedAt) => {
                write_instant(backend, column, sql);
            }
            Self::Id | Self::Field(_) => write_text(column, sql),
            Self::Authors(shape) => {
                *sql += "(SELECT ";
                write_objects(backend, "a", shape, BY_POSITION, sql);
                write_text(&[" ", AUTHORS, ")"], sql);
            }
            // PostgreSQL would not know its type.
            Self::Text(text) => write_text(&["CAST('", text, "' AS text)"], sql),
        }
    }

    fn is_json(&self) -> bool {
        matches!(self, Self::Authors(_))
    }

    fn column(&self) -> Column {
        match self {
            Self::Field(field) => column(*field),
            Self::Id | Self::Authors(_) | Self::Text(_) => Column::Id,
        }
    }
}

const BY_POSITION: &str = r#"ORDER BY l."position""#;

/// The authors `a` of the book `r`.
const AUTHORS: &str = r#"FROM "bookAuthor" l JOIN "author" a ON a."id" = l."authorId"
    WHERE l."bookId" = r."id""#;
