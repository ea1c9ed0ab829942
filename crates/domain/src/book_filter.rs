//! Filters of books.

use crate::{
    filter::{Combinators, Filter, YearRange},
    id::{AuthorId, UserId},
    search::Search,
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
