//! Books that still have an ISBN-10, because another book had the ISBN-13 when the migration
//! converted them. New books never get an ISBN-10.

use domain::{Book, BookId, Result, isbn};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, Statement};

use super::{
    BookRepository,
    entity::{Column, Entity},
    isbn_is_taken,
};
use crate::internal;

/// Two books with one ISBN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IsbnPair {
    /// The book that has the ISBN-10.
    pub ten: BookId,
    /// The book that has the ISBN-13.
    pub thirteen: BookId,
}

/// Finds the ISBN-13 by the range of the index in which only the check digit differs.
const PAIRS: &str = r#"select "ten"."id", "thirteen"."id" from "book" as "ten"
    join "book" as "thirteen" on "thirteen"."isbn"
    between '978' || substr("ten"."isbn", 1, 9) || '0' and '978' || substr("ten"."isbn", 1, 9) || '9'
    where length("ten"."isbn") = 10 order by "ten"."id""#;

impl<C: ConnectionTrait> BookRepository<'_, C> {
    /// Fails with `CONFLICT` when another book has the ISBN-10. The unique index decides which
    /// book gets an ISBN-13; an ISBN-10 is never written, so reading it first is no race.
    pub(super) async fn expect_free_isbn(&self, book: &Book) -> Result<()> {
        let Some(ten) = book.isbn.as_deref().and_then(isbn::to_isbn_10) else { return Ok(()) };
        let others =
            Entity::find().filter(Column::Isbn.eq(ten)).filter(Column::Id.ne(book.id.as_str()));
        match others.count(self.0).await.map_err(internal)? {
            0 => Ok(()),
            _ => Err(isbn_is_taken()),
        }
    }

    /// All pairs of books with the same ISBN, as ISBN-10 and ISBN-13. Reads the whole table.
    pub async fn isbn_pairs(&self) -> Result<Vec<IsbnPair>> {
        let statement = Statement::from_string(self.0.get_database_backend(), PAIRS);
        let rows = self.0.query_all_raw(statement).await.map_err(internal)?;
        let pairs = rows.iter().map(|row| {
            let id = |index| row.try_get_by_index(index).map(BookId).map_err(internal);
            Ok(IsbnPair { ten: id(0)?, thirteen: id(1)? })
        });
        pairs.collect()
    }
}
