//! Filters and sort orders of books.

use crate::{
    filter::{Combinators, Filter},
    id::{AuthorId, UserId},
    page::YearRange,
    search::Search,
    sort::{SortKey, SortTerm},
    validation::Checks,
};

/// A filter of books. All conditions must hold; an absent condition always holds.
#[derive(Clone, Debug, Default)]
pub struct BookFilter {
    /// Part of the title, ignoring case.
    pub title: Option<String>,
    /// The ISBN in ten or thirteen digits, see [`crate::isbn::parse`].
    pub isbn: Option<String>,
    /// The year of first publication.
    pub release_year: YearRange,
    /// One of its authors.
    pub author_id: Option<AuthorId>,
    /// The user who created the book.
    pub owner_id: Option<UserId>,
    /// Words that the book must contain; absent in a nested filter.
    pub search: Option<Search>,
    /// The combined filters.
    pub combinators: Combinators<Self>,
}

impl Filter for BookFilter {
    fn check(&self, checks: &mut Checks) {
        checks.search("title", self.title.as_ref());
    }

    fn combinators(&self) -> &Combinators<Self> {
        &self.combinators
    }

    fn search(&self) -> Option<&Search> {
        self.search.as_ref()
    }
}

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
