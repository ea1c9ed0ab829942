//! Which books are wanted.

use domain::{Book, BookFilter, isbn};
use sea_orm::{
    ColumnTrait, Condition, DbBackend,
    sea_query::{Query, SelectStatement},
};

use super::{
    author_link,
    entity::{Column, Entity},
};
use crate::{condition::joined, pattern::contains, search::Searched};

pub(super) const SEARCHED: Searched =
    Searched { table: "book", id: "bookId", title: "titleFolded", body: "description" };

/// What is searched of a book.
pub(super) fn searched(book: &Book) -> (&str, &str, Option<&str>) {
    (book.id.as_str(), &book.title, book.description.as_deref())
}

/// The books that match `filter`; of those that were searched with a rank each.
/// No columns are selected yet.
pub(super) fn filtered(backend: DbBackend, filter: &BookFilter) -> SelectStatement {
    let mut query = Query::select().from(Entity).cond_where(condition(filter)).take();
    if let Some(search) = &filter.search {
        SEARCHED.narrow(backend, &mut query, search);
    }
    query
}

fn condition(filter: &BookFilter) -> Condition {
    let BookFilter {
        title,
        isbn: number,
        release_year,
        author_id,
        owner_id,
        search: _,
        joined: others,
    } = filter;
    let mut all = Condition::all();
    if let Some(title) = title {
        all = all.add(Column::TitleFolded.like(contains(title)));
    }
    if let Some(number) = number {
        all =
            all.add(match isbn::parse(number).map(|number| (isbn::to_isbn_10(&number), number)) {
                Some((Some(ten), number)) => Column::Isbn.is_in([number, ten]),
                Some((None, number)) => Column::Isbn.eq(number),
                // What is no ISBN is no book's ISBN.
                None => Column::Isbn.is_in::<String, _>([]),
            });
    }
    if let Some(min) = release_year.min {
        all = all.add(Column::ReleaseYear.gte(min));
    }
    if let Some(max) = release_year.max {
        all = all.add(Column::ReleaseYear.lte(max));
    }
    if let Some(author) = author_id {
        let books = Query::select()
            .column(author_link::Column::BookId)
            .from(author_link::Entity)
            .and_where(author_link::Column::AuthorId.eq(author.as_str()))
            .take();
        all = all.add(Column::Id.in_subquery(books));
    }
    if let Some(owner) = owner_id {
        all = all.add(Column::UserId.eq(owner.as_str()));
    }
    joined(all, others, condition)
}
