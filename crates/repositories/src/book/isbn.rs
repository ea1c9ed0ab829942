//! Books that still have an ISBN-10, because another book had the ISBN-13 when the migration
//! converted them. New books never get an ISBN-10.

use database::internal;
use domain::{Book, BookId, Result, isbn};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, Statement};

use super::{
    BookRepository, isbn_is_taken,
    row::{Column, Entity},
};

/// Two books with one ISBN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IsbnPair {
    /// The book that has the ISBN-10.
    pub ten: BookId,
    /// The book that has the ISBN-13.
    pub thirteen: BookId,
}

/// Finds the ISBN-13 by the range of the index in which only the check digit differs.
const PAIRS: &str = r#"select "ten"."id", "thirteen"."id", "ten"."isbn", "thirteen"."isbn" from "book" as "ten"
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

    /// The ISBN of a book after a change to `isbn`. An ISBN-10 stays while another book has the
    /// same ISBN in 13 digits.
    pub(super) async fn changed_isbn(
        &self,
        book: &Book,
        isbn: Option<&str>,
    ) -> Result<Option<String>> {
        if let (Some(stored), Some(isbn)) = (&book.isbn, isbn)
            && stored != isbn
            && isbn::parse(stored).as_deref() == Some(isbn)
        {
            let others = Entity::find().filter(Column::Isbn.eq(isbn));
            if others.count(self.0).await.map_err(internal)? > 0 {
                return Ok(Some(stored.clone()));
            }
        }
        Ok(isbn.map(str::to_owned))
    }

    /// All pairs of books with the same ISBN, as ISBN-10 and ISBN-13. Reads the whole table.
    pub async fn isbn_pairs(&self) -> Result<Vec<IsbnPair>> {
        let statement = Statement::from_string(self.0.get_database_backend(), PAIRS);
        let rows = self.0.query_all_raw(statement).await.map_err(internal)?;
        let mut pairs = Vec::new();
        for row in rows {
            let [ten_id, thirteen_id, ten, thirteen] =
                [0, 1, 2, 3].map(|index| row.try_get_by_index::<String>(index).map_err(internal));
            // Rows of other programs may have wrong check digits.
            if isbn::parse(&ten?) == Some(thirteen?) {
                pairs.push(IsbnPair { ten: BookId(ten_id?), thirteen: BookId(thirteen_id?) });
            }
        }
        Ok(pairs)
    }
}
