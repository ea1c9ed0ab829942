//! Which books are wanted, and in which order.

use crate::{
    Result,
    filter::{self, Filter, Joined},
    id::{AuthorId, UserId},
    keyset::{
        Direction::{Ascending, Descending},
        Key, KeyKind,
    },
    page::YearRange,
    search::Search,
    validation::Checks,
};

/// Which books are wanted; all conditions must hold, an absent one is no condition.
#[derive(Clone, Debug, Default)]
pub struct BookFilter {
    /// Text within the title, whatever its case.
    pub title: Option<String>,
    /// The ISBN, in ten digits or thirteen, see [`crate::isbn::parse`].
    pub isbn: Option<String>,
    /// When it came out.
    pub release_year: YearRange,
    /// One of its authors.
    pub author_id: Option<AuthorId>,
    /// Whose it is.
    pub owner_id: Option<UserId>,
    /// What to search for; of a filter within another it stays absent.
    pub search: Option<Search>,
    /// What must hold besides.
    pub joined: Joined<Self>,
}

impl BookFilter {
    /// Fails with every field that breaks a rule, e.g. `or.1.title`, and when the filter
    /// is too large.
    pub fn validated(self) -> Result<Self> {
        filter::validated(self)
    }
}

impl Filter for BookFilter {
    fn check(&self, checks: &mut Checks) {
        checks.search("title", self.title.as_ref());
    }

    fn joined(&self) -> &Joined<Self> {
        &self.joined
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

impl BookOrder {
    /// What it compares, and which way.
    #[must_use]
    pub fn key(self) -> Key {
        let (field, column, kind, direction) = match self {
            Self::TitleAsc => ("title", "titleFolded", KeyKind::Text, Ascending),
            Self::TitleDesc => ("title", "titleFolded", KeyKind::Text, Descending),
            Self::ReleaseYearAsc => {
                ("releaseYear", "releaseYearOrLast", KeyKind::Number, Ascending)
            }
            Self::ReleaseYearDesc => {
                ("releaseYear", "releaseYearOrFirst", KeyKind::Number, Descending)
            }
            Self::CreatedAtAsc => ("createdAt", "createdAt", KeyKind::Instant, Ascending),
            Self::CreatedAtDesc => ("createdAt", "createdAt", KeyKind::Instant, Descending),
        };
        Key { field, column, kind, direction }
    }
}
