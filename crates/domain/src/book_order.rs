//! Sort orders of books.

use crate::{book::BookField, field::EntityField, sort::SortTerm};

/// A sort key of books; an unknown year is last in both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the schema")]
pub enum BookOrder {
    TitleAsc,
    TitleDesc,
    ReleaseYearAsc,
    ReleaseYearDesc,
    CreatedAtAsc,
    CreatedAtDesc,
}

impl From<BookOrder> for SortTerm {
    fn from(order: BookOrder) -> Self {
        match order {
            BookOrder::TitleAsc => BookField::Title.asc(),
            BookOrder::TitleDesc => BookField::Title.desc(),
            BookOrder::ReleaseYearAsc => BookField::ReleaseYear.asc(),
            BookOrder::ReleaseYearDesc => BookField::ReleaseYear.desc(),
            BookOrder::CreatedAtAsc => BookField::CreatedAt.asc(),
            BookOrder::CreatedAtDesc => BookField::CreatedAt.desc(),
        }
    }
}
