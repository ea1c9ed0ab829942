//! GraphQL inputs for filters of lists.

use async_graphql::{ID, InputObject};
use domain::{AuthorId, Combinators, Search, UserId};

use crate::{error::ApiError, input::YearRange};

/// A filter of books: all conditions must hold, including those of `and`, `or` and `not`. At most
/// 50 nested filters in 8 levels.
#[derive(Default, InputObject)]
pub(crate) struct BookFilter {
    /// Part of the title, ignoring case.
    title: Option<String>,
    /// The complete ISBN in 10 or 13 digits, with or without hyphens.
    isbn: Option<String>,
    /// Range of the year of publication. Excludes books without a year, unless the range is
    /// unbounded.
    release_year: Option<YearRange>,
    /// One of the book's authors.
    author_id: Option<ID>,
    /// The user who created the book.
    owner_id: Option<ID>,
    /// All of these filters must hold; an empty list always holds.
    and: Option<Vec<BookFilter>>,
    /// At least one of these filters must hold; an empty list never holds.
    or: Option<Vec<BookFilter>>,
    /// This filter must not hold. The result contains all other books, including those without
    /// the year or ISBN that the filter compares.
    not: Option<Box<BookFilter>>,
}

impl BookFilter {
    /// Adds a search to the filter. Fails if the search breaks a rule.
    pub(crate) fn with_search(self, search: Option<&str>) -> Result<domain::BookFilter, ApiError> {
        let search = search.map(Search::new).transpose()?;
        Ok(domain::BookFilter { search, ..self.into() })
    }
}

impl From<BookFilter> for domain::BookFilter {
    fn from(filter: BookFilter) -> Self {
        let BookFilter { title, isbn, release_year, author_id, owner_id, and, or, not } = filter;
        Self {
            title,
            isbn,
            release_year: release_year.map(Into::into).unwrap_or_default(),
            author_id: author_id.map(|ID(id)| AuthorId(id)),
            owner_id: owner_id.map(|ID(id)| UserId(id)),
            search: None,
            combinators: combinators(and, or, not),
        }
    }
}

/// A filter of authors: all conditions must hold, including those of `and`, `or` and `not`. At
/// most 50 nested filters in 8 levels.
#[derive(Default, InputObject)]
pub(crate) struct AuthorFilter {
    /// Part of the name, ignoring case.
    name: Option<String>,
    /// Range of the year of birth. Excludes authors without a year, unless the range is
    /// unbounded.
    birth_year: Option<YearRange>,
    /// The user who created the author.
    owner_id: Option<ID>,
    /// All of these filters must hold; an empty list always holds.
    and: Option<Vec<AuthorFilter>>,
    /// At least one of these filters must hold; an empty list never holds.
    or: Option<Vec<AuthorFilter>>,
    /// This filter must not hold. The result contains all other authors, including those without
    /// a year of birth.
    not: Option<Box<AuthorFilter>>,
}

impl AuthorFilter {
    /// Adds a search to the filter. Fails if the search breaks a rule.
    pub(crate) fn with_search(
        self,
        search: Option<&str>,
    ) -> Result<domain::AuthorFilter, ApiError> {
        let search = search.map(Search::new).transpose()?;
        Ok(domain::AuthorFilter { search, ..self.into() })
    }
}

impl From<AuthorFilter> for domain::AuthorFilter {
    fn from(filter: AuthorFilter) -> Self {
        let AuthorFilter { name, birth_year, owner_id, and, or, not } = filter;
        Self {
            name,
            birth_year: birth_year.map(Into::into).unwrap_or_default(),
            owner_id: owner_id.map(|ID(id)| UserId(id)),
            search: None,
            combinators: combinators(and, or, not),
        }
    }
}

/// The filters that a filter is combined with.
pub(crate) fn combinators<F: Into<D>, D>(
    and: Option<Vec<F>>,
    or: Option<Vec<F>>,
    not: Option<Box<F>>,
) -> Combinators<D> {
    let all = |filters: Vec<F>| filters.into_iter().map(Into::into).collect();
    Combinators {
        and: and.map(all),
        or: or.map(all),
        not: not.map(|filter| Box::new((*filter).into())),
    }
}
