//! What happened to books and authors, and who wants to hear of it.

use std::{collections::HashSet, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    author::Author,
    book::Book,
    error::Result,
    id::{AuthorId, BookId, UserId},
    validation::Checks,
};

/// The most ids that one subscriber may name.
pub const MAX_IDS: usize = 100;
/// How many bytes the biographies of a deleted book's authors may have together: changes
/// wait in memory for whoever reads slowly, and go to other nodes.
const KEPT_BIOS: usize = 32 * 1024;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum ChangeKind {
    /// It is new.
    Created,
    /// It has other content.
    Updated,
    /// It is no more.
    Deleted,
}

/// A change that was committed. As JSON, a message to processes of this version or of the ones
/// before and after it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Change {
    /// What was done.
    pub kind: ChangeKind,
    /// To what.
    pub subject: ChangeSubject,
    /// Who did it; `None` is the program itself.
    pub actor: Option<UserId>,
}

/// The row that a change was made to: as it is afterwards, or, deleted, as it was.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum ChangeSubject {
    /// A book.
    Book {
        /// The row.
        #[serde(flatten)]
        book: Box<Book>,
        /// Who is named as its author, or was until this change.
        author_ids: Vec<AuthorId>,
        /// The authors of a deleted book, captured before its deletion, in the order of the
        /// title page; `None` while the book exists.
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
        if bios > KEPT_BIOS {
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

/// Of which changes somebody wants to hear; an absent condition is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeFilter {
    /// Of books that meet all conditions.
    Books(BookChangeFilter),
    /// Of these authors, or all.
    Authors(Option<HashSet<AuthorId>>),
}

/// Of which books somebody wants to hear; all conditions must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BookChangeFilter {
    /// These.
    pub ids: Option<HashSet<BookId>>,
    /// Whose author they are, or were until the change.
    pub author_id: Option<AuthorId>,
    /// Whose they are.
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

    /// Whether this change is wanted.
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
    fn every_condition_must_hold() {
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
    fn a_hundred_ids_may_be_named() {
        for (count, ok) in [(100, true), (101, false)] {
            let ids = (0..count).map(|n: i32| AuthorId(n.to_string())).collect();
            assert_eq!(ChangeFilter::Authors(Some(ids)).validated().is_ok(), ok);
        }
    }
}
