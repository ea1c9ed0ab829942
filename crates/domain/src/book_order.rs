//! Sort orders of books.

use crate::sort::{SortKey, SortTerm};

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
            BookOrder::TitleAsc => SortKey::Title.asc(),
            BookOrder::TitleDesc => SortKey::Title.desc(),
            BookOrder::ReleaseYearAsc => SortKey::ReleaseYear.asc(),
            BookOrder::ReleaseYearDesc => SortKey::ReleaseYear.desc(),
            BookOrder::CreatedAtAsc => SortKey::CreatedAt.asc(),
            BookOrder::CreatedAtDesc => SortKey::CreatedAt.desc(),
        }
    }
}
