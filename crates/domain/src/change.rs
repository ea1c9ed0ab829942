//! What happened to books and authors, and who wants to hear of it.

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

/// The changes that a subscriber wants: all conditions must hold, an absent one always does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeFilter {
    /// The kind of the rows.
    pub kind: Kind,
    /// The ids of the rows.
    pub ids: Option<HashSet<String>>,
    /// An author of the book, also one who was it until the change.
    pub author_id: Option<AuthorId>,
    /// The owner of the row.
    pub owner_id: Option<UserId>,
}

impl ChangeFilter {
    /// The changes of all rows of a kind.
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

    /// Whether the subscriber wants this change.
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
    fn every_condition_must_hold() {
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
    fn a_hundred_ids_may_be_named() {
        for (count, ok) in [(100, true), (101, false)] {
            let ids = Some((0..count).map(|n: i32| n.to_string()).collect());
            let filter = ChangeFilter { ids, ..ChangeFilter::new(Kind::Author) };
            assert_eq!(filter.validated().is_ok(), ok);
        }
    }
}
