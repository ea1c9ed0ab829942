//! What a list reads of its books.

use domain::{
    Asked, AuthorPart, BookField, BookId, BookPart, BookWish, UserId,
    book::MAX_AUTHORS,
    validation::{MAX_NAME, MAX_TEXT},
};
use sea_orm::{DbBackend, IdenStatic};
use serde::de::{Error, SeqAccess};

use super::entity::{Column, Entity};
use crate::{
    author::AuthorShown,
    found::{Sql, write_text},
    rows::{Listed, Many, Row, all, next},
    shape::{Shape, Shown, object_size, write_instant, write_objects},
    size::{self, SCALAR, Size},
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

    fn size(wish: &BookWish) -> Size {
        let mut size = Size::default();
        size.add(SCALAR);
        wish.fields.iter().for_each(|field| measure(*field, &mut size));
        if let Some(wish) = &wish.authors {
            size.add_many(authors(AuthorPart::size(wish)));
        }
        size
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

fn measure(field: BookField, size: &mut Size) {
    match field {
        BookField::Title => size.add_text(column(field).as_str(), MAX_NAME),
        BookField::Description => size.add_text(column(field).as_str(), MAX_TEXT),
        _ => size.add(SCALAR),
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

    fn write(&self, row: &str, sql: &mut Sql) {
        let column = &[row, ".\"", self.column().as_str(), "\""];
        match self {
            Self::Field(BookField::CreatedAt | BookField::UpdatedAt) => {
                write_instant(column, sql);
            }
            Self::Id | Self::Field(_) => write_text(column, &mut sql.text),
            Self::Authors(shape) => {
                sql.text += "(SELECT ";
                write_objects("a", shape, BY_POSITION, sql);
                write_text(&[" ", AUTHORS, ")"], &mut sql.text);
            }
            // PostgreSQL would not know its type.
            Self::Text(text) => write_text(&["CAST('", text, "' AS text)"], &mut sql.text),
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

    fn measure(&self, size: &mut Size) {
        match self {
            Self::Field(field) => measure(*field, size),
            Self::Authors(shape) => size.add_many(authors(object_size(shape))),
            Self::Id | Self::Text(_) => size.add(SCALAR),
        }
    }
}

const BY_POSITION: &str = r#"ORDER BY l."position""#;

/// The authors `a` of the book `r`.
const AUTHORS: &str = r#"FROM "bookAuthor" l JOIN "author" a ON a."id" = l."authorId"
    WHERE l."bookId" = r."id""#;

/// How long the authors of a book are, each of whom has this size.
fn authors(size: Size) -> size::Many {
    size::Many { size, alias: "a", from: AUTHORS, most: MAX_AUTHORS }
}
