//! Events as text; every field is named on both sides, on purpose.

use chrono::{DateTime, Utc};
use domain::{Author, AuthorId, Book, Change, ChangeKind, Changed, Error, Result, UserId};
use serde::{Deserialize, Serialize};

/// A change on its way between nodes, which may be of neighbouring versions.
#[derive(Deserialize, Serialize)]
struct Told {
    kind: Kind,
    subject: Subject,
    actor: Option<String>,
}

#[derive(Deserialize, Serialize)]
enum Kind {
    Created,
    Updated,
    Deleted,
}

#[derive(Deserialize, Serialize)]
enum Subject {
    Book {
        id: String,
        title: String,
        description: Option<String>,
        isbn: Option<String>,
        release_year: Option<i32>,
        owner_id: String,
        created_at: DateTime<Utc>,
        updated_at: DateTime<Utc>,
        author_ids: Vec<String>,
        gone: Option<Vec<Writer>>,
    },
    Author(Writer),
}

#[derive(Deserialize, Serialize)]
struct Writer {
    id: String,
    name: String,
    bio: Option<String>,
    birth_year: Option<i32>,
    death_year: Option<i32>,
    owner_id: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// These changes as one text.
pub(super) fn write(changes: &[Change]) -> Result<String> {
    let told: Vec<_> = changes.iter().map(Told::from).collect();
    serde_json::to_string(&told).map_err(Error::internal)
}

/// The changes that [`write`] wrote.
pub(super) fn read(text: &str) -> serde_json::Result<Vec<Change>> {
    let told: Vec<Told> = serde_json::from_str(text)?;
    Ok(told.into_iter().map(Change::from).collect())
}

impl From<&Change> for Told {
    fn from(Change { kind, subject, actor }: &Change) -> Self {
        let kind = match kind {
            ChangeKind::Created => Kind::Created,
            ChangeKind::Updated => Kind::Updated,
            ChangeKind::Deleted => Kind::Deleted,
        };
        let subject = match subject {
            Changed::Book { book, author_ids, gone } => of_book(book, author_ids, gone.as_deref()),
            Changed::Author(author) => Subject::Author(Writer::from(&**author)),
        };
        Self { kind, subject, actor: actor.as_ref().map(|id| id.0.clone()) }
    }
}

fn of_book(book: &Book, author_ids: &[AuthorId], gone: Option<&[Author]>) -> Subject {
    let Book { id, title, description, isbn, release_year, owner_id, created_at, updated_at } =
        book.clone();
    Subject::Book {
        id: id.0,
        title,
        description,
        isbn,
        release_year,
        owner_id: owner_id.0,
        created_at,
        updated_at,
        author_ids: author_ids.iter().map(|id| id.0.clone()).collect(),
        gone: gone.map(|authors| authors.iter().map(Writer::from).collect()),
    }
}

impl From<&Author> for Writer {
    fn from(author: &Author) -> Self {
        let Author { id, name, bio, birth_year, death_year, owner_id, created_at, updated_at } =
            author.clone();
        Self {
            id: id.0,
            name,
            bio,
            birth_year,
            death_year,
            owner_id: owner_id.0,
            created_at,
            updated_at,
        }
    }
}

impl From<Writer> for Author {
    fn from(writer: Writer) -> Self {
        let Writer { id, name, bio, birth_year, death_year, owner_id, created_at, updated_at } =
            writer;
        let (id, owner_id) = (id.into(), owner_id.into());
        Self { id, name, bio, birth_year, death_year, owner_id, created_at, updated_at }
    }
}

impl From<Told> for Change {
    fn from(Told { kind, subject, actor }: Told) -> Self {
        let kind = match kind {
            Kind::Created => ChangeKind::Created,
            Kind::Updated => ChangeKind::Updated,
            Kind::Deleted => ChangeKind::Deleted,
        };
        Self { kind, subject: subject.into(), actor: actor.map(UserId) }
    }
}

impl From<Subject> for Changed {
    fn from(subject: Subject) -> Self {
        match subject {
            Subject::Book {
                id,
                title,
                description,
                isbn,
                release_year,
                owner_id,
                created_at,
                updated_at,
                author_ids,
                gone,
            } => {
                let (id, owner_id) = (id.into(), owner_id.into());
                let author_ids = author_ids.into_iter().map(AuthorId).collect();
                let gone = gone.map(|authors| authors.into_iter().map(Author::from).collect());
                let book = Book {
                    id,
                    title,
                    description,
                    isbn,
                    release_year,
                    owner_id,
                    created_at,
                    updated_at,
                };
                Self::Book { book: Box::new(book), author_ids, gone }
            }
            Subject::Author(writer) => Self::Author(Box::new(writer.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let book = Book {
            id: "b1".into(),
            title: "Straße".to_owned(),
            description: None,
            isbn: Some("9780141439587".to_owned()),
            release_year: Some(-8),
            owner_id: "u1".into(),
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        };
        let author = Author {
            id: "a1".into(),
            name: "Jane".to_owned(),
            bio: Some("…".to_owned()),
            birth_year: Some(1775),
            death_year: None,
            owner_id: "u1".into(),
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        };
        let subject = Changed::deleted(book, vec![author]);
        let deleted = Change { kind: ChangeKind::Deleted, subject, actor: None };
        let changes = [deleted.clone(), Change { actor: Some("u2".into()), ..deleted }];
        assert_eq!(read(&write(&changes).unwrap()).unwrap(), changes);
    }
}
