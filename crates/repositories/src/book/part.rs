//! What a list reads of its books.

use domain::{Asked, AuthorPart, BookField, BookId, BookPart, BookWish, UserId};
use sea_orm::{DbBackend, IdenStatic};
use serde::de::{Error, SeqAccess};

use super::entity::{Column, Entity};
use crate::{
    author::AuthorShown,
    rows::{Listed, Many, Row, Shape, Shown, Sql, all, instant, next, object, objects, quoted},
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
                    authors_of(&all(backend, &author, BY_POSITION))
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
    /// This text.
    Text(&'static str),
}

impl Shown for BookShown {
    type Column = Column;

    fn sql(&self, backend: DbBackend, row: &str) -> Sql {
        let value = format!("{row}.\"{}\"", self.column().as_str());
        match self {
            Self::Field(BookField::CreatedAt | BookField::UpdatedAt) => {
                Sql::Value(instant(backend, &value))
            }
            Self::Id | Self::Field(_) => Sql::Value(value),
            Self::Authors(shape) => {
                let authors = objects(backend, &object(backend, "a", shape), BY_POSITION);
                Sql::Json(format!("({})", authors_of(&authors)))
            }
            Self::Text(text) => Sql::Value(quoted(text)),
        }
    }

    fn column(&self) -> Column {
        match self {
            Self::Field(field) => column(*field),
            Self::Id | Self::Authors(_) | Self::Text(_) => Column::Id,
        }
    }
}

const BY_POSITION: &str = r#"ORDER BY l."position""#;

/// Selects `authors`, which is made of the authors `a` of the book `r`.
fn authors_of(authors: &str) -> String {
    format!(
        r#"SELECT {authors} FROM "bookAuthor" l JOIN "author" a ON a."id" = l."authorId"
           WHERE l."bookId" = r."id""#
    )
}
