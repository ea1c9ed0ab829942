//! Filters and sort orders of books.

use crate::{
    book::BookField,
    field::EntityField,
    filter::{Combinators, Filter},
    id::{AuthorId, UserId},
    page::YearRange,
    search::Search,
    sort::SortTerm,
    validation::Checks,
};

/// Which books a list has: all conditions must hold, an absent one always does.
#[derive(Clone, Debug, Default)]
pub struct BookFilter {
    /// Text within the title, whatever its case.
    pub title: Option<String>,
    /// The ISBN, in ten digits or thirteen, see [`crate::isbn::parse`].
    pub isbn: Option<String>,
    /// The year of first publication.
    pub release_year: YearRange,
    /// One of its authors.
    pub author_id: Option<AuthorId>,
    /// The user who added it.
    pub owner_id: Option<UserId>,
    /// Words that it must have; absent in a filter within another.
    pub search: Option<Search>,
    /// The filters that must hold besides.
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

/// One key to sort books by; an unknown year comes last either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
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
