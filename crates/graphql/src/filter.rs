//! Filters of lists.

use async_graphql::{ID, InputObject};
use domain::{AuthorId, Combinators, Search, UserId};

use crate::{error::ApiError, input::YearRange};

/// Which books are wanted: all conditions must hold, those of `and`, `or` and `not`
/// among them. At most 50 filters in each other, 8 levels deep.
#[derive(Default, InputObject)]
pub(crate) struct BookFilter {
    /// Text within the title, whatever its case.
    title: Option<String>,
    /// The whole ISBN, in 10 digits or in 13, with or without hyphens.
    isbn: Option<String>,
    /// When it came out; holds for no book without a year, unless the range is open.
    release_year: Option<YearRange>,
    /// One of its authors.
    author_id: Option<ID>,
    /// Who added it.
    owner_id: Option<ID>,
    /// All of these must hold; an empty list always does.
    and: Option<Vec<BookFilter>>,
    /// At least one of these must hold; an empty list never does.
    or: Option<Vec<BookFilter>>,
    /// This must not hold: all books but those that it wants, so also books without
    /// the year or ISBN that it asks for.
    not: Option<Box<BookFilter>>,
}

impl BookFilter {
    /// The filter and a search. Fails if the search breaks a rule.
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

/// Which authors are wanted: all conditions must hold, those of `and`, `or` and `not`
/// among them. At most 50 filters in each other, 8 levels deep.
#[derive(Default, InputObject)]
pub(crate) struct AuthorFilter {
    /// Text within the name, whatever its case.
    name: Option<String>,
    /// When they were born; holds for nobody whose year is unknown, unless the range is
    /// open.
    birth_year: Option<YearRange>,
    /// Who added them.
    owner_id: Option<ID>,
    /// All of these must hold; an empty list always does.
    and: Option<Vec<AuthorFilter>>,
    /// At least one of these must hold; an empty list never does.
    or: Option<Vec<AuthorFilter>>,
    /// This must not hold: all authors but those that it wants, so also those whose
    /// year of birth is unknown.
    not: Option<Box<AuthorFilter>>,
}

impl AuthorFilter {
    /// The filter and a search. Fails if the search breaks a rule.
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
