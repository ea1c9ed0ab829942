//! Changes of books and authors, and filters of subscribers.

use std::{collections::HashSet, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    author::Author,
    book::Book,
    error::Result,
    id::{AuthorId, BookId, UserId},
    validation::Checks,
};

/// Maximum number of ids in a subscriber's filter.
pub const MAX_IDS: usize = 100;
/// Maximum bytes of the biographies of a deleted book's authors, together. Changes wait in memory
/// for slow subscribers, and are sent to other processes.
const MAX_BIO_BYTES: usize = 32 * 1024;

/// The kind of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum ChangeKind {
    /// The row was created.
    Created,
    /// The row was updated.
    Updated,
    /// The row was deleted.
    Deleted,
}

/// A committed change. As JSON, it is a message between processes of this version and of the
/// versions before and after it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Change {
    /// The kind of the change.
    pub kind: ChangeKind,
    /// The row that was changed.
    pub subject: ChangeSubject,
    /// The user who made the change; `None` for a command of the program.
    pub actor: Option<UserId>,
}

/// The row that was changed: its new state or, when deleted, its last state.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum ChangeSubject {
    /// A book.
    Book {
        /// The row.
        #[serde(flatten)]
        book: Box<Book>,
        /// The book's authors after the change and before it.
        author_ids: Vec<AuthorId>,
        /// The authors of a deleted book before its deletion, in the order of the title page;
        /// `None` while the book exists.
        #[serde(rename = "gone", with = "shared_authors")]
        deleted_authors: Option<Arc<[Author]>>,
    },
    /// An author.
    Author(Box<Author>),
}

/// Shared authors as JSON.
mod shared_authors {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::Author;

    type Authors = Option<Arc<[Author]>>;

    pub(super) fn serialize<S: Serializer>(authors: &Authors, to: S) -> Result<S::Ok, S::Error> {
        authors.as_deref().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Authors, D::Error> {
        Ok(Option::<Vec<Author>>::deserialize(from)?.map(Arc::from))
    }
}

impl ChangeSubject {
    /// A book that was deleted, and its authors. Biographies that are longer than 32 kB
    /// together are left out.
    #[must_use]
    pub fn deleted(book: Book, mut authors: Vec<Author>) -> Self {
        let bios: usize =
            authors.iter().filter_map(|author| author.bio.as_ref()).map(String::len).sum();
        if bios > MAX_BIO_BYTES {
            for author in &mut authors {
                author.bio = None;
            }
        }
        let author_ids = authors.iter().map(|author| author.id.clone()).collect();
        Self::Book { book: Box::new(book), author_ids, deleted_authors: Some(authors.into()) }
    }

    /// The id of the book or author.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Book { book, .. } => book.id.as_str(),
            Self::Author(author) => author.id.as_str(),
        }
    }
}

/// A subscriber's filter of changes. An absent condition always holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeFilter {
    /// Changes of books that meet all conditions.
    Books(BookChangeFilter),
    /// Changes of these authors; `None`: of all authors.
    Authors(Option<HashSet<AuthorId>>),
}

/// A subscriber's filter of changed books; all conditions must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BookChangeFilter {
    /// The book has one of these ids.
    pub ids: Option<HashSet<BookId>>,
    /// This author is one of the book's authors, or was before the change.
    pub author_id: Option<AuthorId>,
    /// The book belongs to this user.
    pub owner_id: Option<UserId>,
}

impl ChangeFilter {
    /// Fails with every field that breaks a rule.
    pub fn validated(self) -> Result<Self> {
        let named = match &self {
            Self::Books(BookChangeFilter { ids, .. }) => ids.as_ref().map_or(0, HashSet::len),
            Self::Authors(ids) => ids.as_ref().map_or(0, HashSet::len),
        };
        let mut checks = Checks::default();
        checks.require(named <= MAX_IDS, "ids", "must be at most 100");
        checks.finish()?;
        Ok(self)
    }

    /// Whether the filter accepts this change.
    #[must_use]
    pub fn matches(&self, change: &Change) -> bool {
        match (self, &change.subject) {
            (Self::Books(filter), ChangeSubject::Book { book, author_ids, .. }) => {
                filter.ids.as_ref().is_none_or(|ids| ids.contains(&book.id))
                    && filter.author_id.as_ref().is_none_or(|id| author_ids.contains(id))
                    && filter.owner_id.as_ref().is_none_or(|id| *id == book.owner_id)
            }
            (Self::Authors(ids), ChangeSubject::Author(author)) => {
                ids.as_ref().is_none_or(|ids| ids.contains(&author.id))
            }
            (Self::Books(_), ChangeSubject::Author(_))
            | (Self::Authors(_), ChangeSubject::Book { .. }) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn change() -> Change {
        let book = Book {
            id: BookId::from("b1"),
            title: "Emma".to_owned(),
            description: None,
            isbn: None,
            release_year: None,
            owner_id: UserId::from("u1"),
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        };
        let author_ids = vec!["a1".into()];
        let subject =
            ChangeSubject::Book { book: Box::new(book), author_ids, deleted_authors: None };
        Change { kind: ChangeKind::Updated, subject, actor: None }
    }

    #[test]
    fn all_conditions_must_hold() {
        let ids = |ids: &[&str]| Some(ids.iter().map(|id| BookId::from(*id)).collect());
        let filter = |ids, author: Option<&str>, owner: Option<&str>| {
            ChangeFilter::Books(BookChangeFilter {
                ids,
                author_id: author.map(AuthorId::from),
                owner_id: owner.map(UserId::from),
            })
        };
        for (filter, expected) in [
            (filter(None, None, None), true),
            (filter(ids(&["b0", "b1"]), None, None), true),
            (filter(ids(&["b0"]), None, None), false),
            (filter(ids(&[]), None, None), false),
            (filter(None, Some("a1"), None), true),
            (filter(None, Some("a2"), None), false),
            (filter(None, None, Some("u1")), true),
            (filter(None, Some("a1"), Some("u2")), false),
            (filter(ids(&["b1"]), Some("a1"), Some("u1")), true),
            (ChangeFilter::Authors(None), false),
        ] {
            assert_eq!(filter.matches(&change()), expected, "{filter:?}");
        }
    }

    #[test]
    fn a_filter_has_at_most_100_ids() {
        for (count, ok) in [(100, true), (101, false)] {
            let ids = (0..count).map(|n: i32| AuthorId(n.to_string())).collect();
            assert_eq!(ChangeFilter::Authors(Some(ids)).validated().is_ok(), ok);
        }
    }
}
