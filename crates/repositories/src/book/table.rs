//! The table `book` for lists: its search index, filters and relations.

use domain::{
    Author, AuthorId, Book, BookField, BookFilter, BookId, UserId, book::MAX_AUTHORS, isbn,
};
use sea_orm::{ColumnTrait, Condition, sea_query::Query};

use super::{
    author_link,
    row::{self, Column, Entity},
};
use crate::{
    condition::combined,
    pattern::contains,
    search::SearchIndex,
    select::MAX_WHOLE_LIST,
    table::{ChildOf, ListedEntity, Relation},
};

const _: () = assert!(MAX_AUTHORS <= MAX_WHOLE_LIST, "a book's authors are read whole");

impl ListedEntity for Book {
    type Related = Author;

    type Rows = Entity;
    type Column = Column;

    const TABLE: &'static str = "book";
    const ID: Column = Column::Id;
    const OWNER: Column = Column::UserId;

    const SEARCH: SearchIndex = SearchIndex {
        table: Self::TABLE,
        id: "bookId",
        title: "titleFolded",
        body: Some("description"),
    };

    /// The authors, in the order of the title page.
    const NESTED_RELATION: Option<Relation> = Some(<Author as ChildOf<BookId>>::RELATION);

    fn column(field: BookField) -> Column {
        row::column(field)
    }

    fn condition(filter: &BookFilter) -> Condition {
        let BookFilter {
            title,
            isbn: number,
            release_year,
            author_id,
            owner_id,
            search: _,
            combinators,
        } = filter;
        let mut all = Condition::all();
        if let Some(title) = title {
            all = all.add(Column::TitleFolded.like(contains(title)));
        }
        if let Some(number) = number {
            all = all.add(
                match isbn::parse(number).map(|number| (isbn::to_isbn_10(&number), number)) {
                    Some((Some(ten), number)) => Column::Isbn.is_in([number, ten]),
                    Some((None, number)) => Column::Isbn.eq(number),
                    // An invalid ISBN matches no book.
                    None => Column::Isbn.is_in::<String, _>([]),
                },
            );
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
        combined(all, combinators, Self::condition)
    }
}

impl ChildOf<AuthorId> for Book {
    const RELATION: Relation = Relation {
        table: Self::TABLE,
        via: "bookAuthor",
        child: "bookId",
        parent: "authorId",
        has_position: false,
    };
}

impl ChildOf<UserId> for Book {
    const RELATION: Relation = Relation::by_column(Self::TABLE, "userId");
}
