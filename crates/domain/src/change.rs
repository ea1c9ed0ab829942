//! Changes of books and authors, and filters of subscribers.

use std::{collections::HashSet, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    ability::Kind,
    author::Author,
    book::Book,
    error::Result,
    id::{AuthorId, UserId},
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

    /// The row's kind, id and owner.
    fn row(&self) -> (Kind, &str, &UserId) {
        match self {
            Self::Book { book, .. } => (Kind::Book, book.id.as_str(), &book.owner_id),
            Self::Author(author) => (Kind::Author, author.id.as_str(), &author.owner_id),
        }
    }

    /// The id of the row.
    #[must_use]
    pub fn id(&self) -> &str {
        let (_, id, _) = self.row();
        id
    }

    fn has_author(&self, id: &AuthorId) -> bool {
        matches!(self, Self::Book { author_ids, .. } if author_ids.contains(id))
    }
}

/// A subscriber's filter of changes. All conditions must hold; an absent condition always holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeFilter {
    /// The row is of this kind.
    pub kind: Kind,
    /// The row has one of these ids.
    pub ids: Option<HashSet<String>>,
    /// This author is one of the book's authors, or was before the change.
    pub author_id: Option<AuthorId>,
    /// The row belongs to this user.
    pub owner_id: Option<UserId>,
}

impl ChangeFilter {
    /// Accepts the changes of all rows of a kind.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        Self { kind, ids: None, author_id: None, owner_id: None }
    }

    /// Fails with every field that breaks a rule.
    pub fn validated(self) -> Result<Self> {
        let mut checks = Checks::default();
        let count = self.ids.as_ref().map_or(0, HashSet::len);
        checks.require(count <= MAX_IDS, "ids", "must be at most 100");
        checks.finish()?;
        Ok(self)
    }

    /// Whether the filter accepts this change.
    #[must_use]
    pub fn matches(&self, Change { subject, .. }: &Change) -> bool {
        let (kind, id, owner) = subject.row();
        self.kind == kind
            && self.ids.as_ref().is_none_or(|ids| ids.contains(id))
            && self.author_id.as_ref().is_none_or(|id| subject.has_author(id))
            && self.owner_id.as_ref().is_none_or(|id| id == owner)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn change() -> Change {
        let book = Book {
            id: "b1".into(),
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
        let ids = |ids: &[&str]| Some(ids.iter().map(|id| (*id).to_owned()).collect());
        let filter = |ids, author: Option<&str>, owner: Option<&str>| ChangeFilter {
            kind: Kind::Book,
            ids,
            author_id: author.map(AuthorId::from),
            owner_id: owner.map(UserId::from),
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
            (ChangeFilter::new(Kind::Author), false),
        ] {
            assert_eq!(filter.matches(&change()), expected, "{filter:?}");
        }
    }

    #[test]
    fn a_filter_has_at_most_100_ids() {
        for (count, ok) in [(100, true), (101, false)] {
            let ids = Some((0..count).map(|n: i32| n.to_string()).collect());
            let filter = ChangeFilter { ids, ..ChangeFilter::new(Kind::Author) };
            assert_eq!(filter.validated().is_ok(), ok);
        }
    }
}
