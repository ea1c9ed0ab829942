//! Books whose ISBN has ten digits: of those from before ten became thirteen, the ones whose
//! thirteen another book had. No book gets ten digits any more.

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
    /// Which has it in ten digits.
    pub ten: BookId,
    /// Which has it in thirteen.
    pub thirteen: BookId,
}

/// By the range of the thirteen's index in which all digits but the check digit are the same.
const PAIRS: &str = r#"select "ten"."id", "thirteen"."id" from "book" as "ten"
    join "book" as "thirteen" on "thirteen"."isbn"
    between '978' || substr("ten"."isbn", 1, 9) || '0' and '978' || substr("ten"."isbn", 1, 9) || '9'
    where length("ten"."isbn") = 10 order by "ten"."id""#;

impl<C: ConnectionTrait> BookRepository<'_, C> {
    /// Fails with `CONFLICT` when another book has the ISBN in ten digits. The unique index
    /// settles who gets thirteen; as ten are never written, looking for them is no race.
    pub(super) async fn expect_free_isbn(&self, book: &Book) -> Result<()> {
        let Some(ten) = book.isbn.as_deref().and_then(isbn::ten) else { return Ok(()) };
        let others =
            Entity::find().filter(Column::Isbn.eq(ten)).filter(Column::Id.ne(book.id.as_str()));
        match others.count(self.0).await.map_err(internal)? {
            0 => Ok(()),
            _ => Err(isbn_is_taken()),
        }
    }

    /// Every two books with one ISBN, in ten digits and in thirteen. Reads the whole table.
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
