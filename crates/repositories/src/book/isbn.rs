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
const PAIRS: &str = r#"select "ten"."id", "thirteen"."id", "ten"."isbn", "thirteen"."isbn" from "book" as "ten"
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

    /// What a book has as its ISBN when it is changed to `isbn`. Ten digits stay as they are
    /// while another book has their thirteen.
    pub(super) async fn changed_isbn(
        &self,
        book: &Book,
        isbn: Option<&str>,
    ) -> Result<Option<String>> {
        if let (Some(kept), Some(isbn)) = (&book.isbn, isbn)
            && kept != isbn
            && isbn::parse(kept).as_deref() == Some(isbn)
        {
            let others = Entity::find().filter(Column::Isbn.eq(isbn));
            if others.count(self.0).await.map_err(internal)? > 0 {
                return Ok(Some(kept.clone()));
            }
        }
        Ok(isbn.map(str::to_owned))
    }

    /// Every two books with one ISBN, in ten digits and in thirteen. Reads the whole table.
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
