//! Books and authors of which only what is asked for is loaded, as lists do.

use std::slice;

use chrono::{DateTime, Utc};

use crate::{
    asked::Asked,
    author::Author,
    book::Book,
    id::{AuthorId, BookId, UserId},
};

/// A book of which only what was asked for is loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "see Book")]
pub struct BookPart {
    pub id: BookId,
    pub title: Asked<String>,
    pub description: Asked<Option<String>>,
    pub isbn: Asked<Option<String>>,
    pub release_year: Asked<Option<i32>>,
    pub owner_id: Asked<UserId>,
    pub created_at: Asked<DateTime<Utc>>,
    pub updated_at: Asked<DateTime<Utc>>,
    /// In the order of the title page.
    pub authors: Asked<Vec<AuthorPart>>,
}

impl BookPart {
    /// The book of this id, of which nothing else is loaded.
    #[must_use]
    pub fn new(id: BookId) -> Self {
        Self {
            id,
            title: Asked::NotLoaded,
            description: Asked::NotLoaded,
            isbn: Asked::NotLoaded,
            release_year: Asked::NotLoaded,
            owner_id: Asked::NotLoaded,
            created_at: Asked::NotLoaded,
            updated_at: Asked::NotLoaded,
            authors: Asked::NotLoaded,
        }
    }
}

impl From<Book> for BookPart {
    fn from(book: Book) -> Self {
        let Book { id, title, description, isbn, release_year, owner_id, created_at, updated_at } =
            book;
        Self {
            id,
            title: title.into(),
            description: description.into(),
            isbn: isbn.into(),
            release_year: release_year.into(),
            owner_id: owner_id.into(),
            created_at: created_at.into(),
            updated_at: updated_at.into(),
            authors: Asked::NotLoaded,
        }
    }
}

/// A field of a [`BookPart`], beside its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum BookField {
    Title,
    Description,
    Isbn,
    ReleaseYear,
    OwnerId,
    CreatedAt,
    UpdatedAt,
}

impl BookField {
    /// Every field.
    pub const ALL: &[Self] = &[
        Self::Title,
        Self::Description,
        Self::Isbn,
        Self::ReleaseYear,
        Self::OwnerId,
        Self::CreatedAt,
        Self::UpdatedAt,
    ];

    /// What a client's field of this name reads: the field of this name, or, as nobody
    /// else knows, all of them.
    #[must_use]
    pub fn read_by(name: &str) -> &'static [Self] {
        Self::ALL.iter().find(|field| field.name() == name).map_or(Self::ALL, slice::from_ref)
    }

    /// Its name as clients spell it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Description => "description",
            Self::Isbn => "isbn",
            Self::ReleaseYear => "releaseYear",
            Self::OwnerId => "ownerId",
            Self::CreatedAt => "createdAt",
            Self::UpdatedAt => "updatedAt",
        }
    }
}

/// What is wanted of a book, beside its id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BookWish {
    /// Each once.
    pub fields: Vec<BookField>,
    /// What is wanted of its authors, if they are.
    pub authors: Option<AuthorWish>,
}

impl BookWish {
    /// Adds fields.
    pub fn want(&mut self, fields: &[BookField]) {
        for field in fields {
            if !self.fields.contains(field) {
                self.fields.push(*field);
            }
        }
    }
}

/// An author of whom only what was asked for is loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "see Author")]
pub struct AuthorPart {
    pub id: AuthorId,
    pub name: Asked<String>,
    pub bio: Asked<Option<String>>,
    pub birth_year: Asked<Option<i32>>,
    pub death_year: Asked<Option<i32>>,
    pub owner_id: Asked<UserId>,
    pub created_at: Asked<DateTime<Utc>>,
    pub updated_at: Asked<DateTime<Utc>>,
}

impl AuthorPart {
    /// The author of this id, of whom nothing else is loaded.
    #[must_use]
    pub fn new(id: AuthorId) -> Self {
        Self {
            id,
            name: Asked::NotLoaded,
            bio: Asked::NotLoaded,
            birth_year: Asked::NotLoaded,
            death_year: Asked::NotLoaded,
            owner_id: Asked::NotLoaded,
            created_at: Asked::NotLoaded,
            updated_at: Asked::NotLoaded,
        }
    }
}

impl From<Author> for AuthorPart {
    fn from(author: Author) -> Self {
        let Author { id, name, bio, birth_year, death_year, owner_id, created_at, updated_at } =
            author;
        Self {
            id,
            name: name.into(),
            bio: bio.into(),
            birth_year: birth_year.into(),
            death_year: death_year.into(),
            owner_id: owner_id.into(),
            created_at: created_at.into(),
            updated_at: updated_at.into(),
        }
    }
}

/// A field of an [`AuthorPart`], beside its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum AuthorField {
    Name,
    Bio,
    BirthYear,
    DeathYear,
    OwnerId,
    CreatedAt,
    UpdatedAt,
}

impl AuthorField {
    /// Every field.
    pub const ALL: &[Self] = &[
        Self::Name,
        Self::Bio,
        Self::BirthYear,
        Self::DeathYear,
        Self::OwnerId,
        Self::CreatedAt,
        Self::UpdatedAt,
    ];

    /// What a client's field of this name reads: the field of this name, or, as nobody
    /// else knows, all of them.
    #[must_use]
    pub fn read_by(name: &str) -> &'static [Self] {
        Self::ALL.iter().find(|field| field.name() == name).map_or(Self::ALL, slice::from_ref)
    }

    /// Its name as clients spell it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Bio => "bio",
            Self::BirthYear => "birthYear",
            Self::DeathYear => "deathYear",
            Self::OwnerId => "ownerId",
            Self::CreatedAt => "createdAt",
            Self::UpdatedAt => "updatedAt",
        }
    }
}

/// What is wanted of an author, beside the id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorWish {
    /// Each once.
    pub fields: Vec<AuthorField>,
}

impl AuthorWish {
    /// Adds fields.
    pub fn want(&mut self, fields: &[AuthorField]) {
        for field in fields {
            if !self.fields.contains(field) {
                self.fields.push(*field);
            }
        }
    }
}
