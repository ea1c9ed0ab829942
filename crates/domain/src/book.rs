//! Books: the stored row, the input for creating and updating it, and its rules.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    Author, BookFilter, BookOrder, Result,
    ability::{Kind, Subject, Value},
    clock,
    entity::Entity,
    field::{EntityField, Field},
    fields,
    id::{AuthorId, BookId, UserId},
    isbn,
    patch::Patch,
    validation::Checks,
    version,
};

/// Maximum number of authors of one book.
pub const MAX_AUTHORS: usize = 100;
/// Message for an ISBN that another book has.
pub const ISBN_IS_TAKEN: &str = "another book has this ISBN";
/// Message for ids of unknown authors.
pub const UNKNOWN_AUTHORS: &str = "must be ids of existing authors";

/// A book. As JSON, it is a row of the database and part of a message to other processes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Book {
    /// `UUIDv7` text.
    pub id: BookId,
    /// 1 to 300 characters.
    pub title: String,
    /// Up to 10,000 characters.
    pub description: Option<String>,
    /// The unique ISBN, 13 digits without hyphens. Books from before ISBN-13 keep 10 digits if
    /// another book has the same ISBN in 13.
    pub isbn: Option<String>,
    /// Year of first publication; years BC are negative.
    pub release_year: Option<i32>,
    /// The user who created the book.
    pub owner_id: UserId,
    /// Time of creation.
    #[serde(deserialize_with = "clock::instant")]
    pub created_at: DateTime<Utc>,
    /// Time of the last change.
    #[serde(deserialize_with = "clock::instant")]
    pub updated_at: DateTime<Utc>,
}

fields! {
    /// A field of a [`Book`].
    BookField of Book {
        id: Id = Field::id("id").public().rule();
        title: Title = Field::short_text("title").public().rule();
        description: Description = Field::long_text("description").nullable().public();
        isbn: Isbn = Field::text("isbn", isbn::DIGITS).nullable().public().rule();
        release_year: ReleaseYear = Field::int("releaseYear").nullable().public().rule();
        owner_id: OwnerId = Field::id("ownerId").public().rule();
        created_at: CreatedAt = Field::instant("createdAt").public();
        updated_at: UpdatedAt = Field::instant("updatedAt").public();
    }
}

impl Entity for Book {
    type Id = BookId;
    type Field = BookField;
    type Filter = BookFilter;
    type Order = BookOrder;
    type Nested = Author;
    const TYPE_NAME: &'static str = "Book";
    const NESTED: Option<&'static str> = Some("authors");
    const OTHER_FIELDS: &'static [&'static str] =
        &["__typename", "authorsConnection", "owner", "viewerCan"];

    fn id(&self) -> &Self::Id {
        &self.id
    }

    fn updated_at(&self) -> DateTime<Utc> {
        self.updated_at
    }
}

impl Subject for Book {
    const KIND: Kind = Kind::Book;

    fn field(&self, name: &str) -> Option<Value<'_>> {
        BookField::in_rules(self, name)
    }
}

impl Book {
    /// Creates a book, owned by `owner_id`.
    #[must_use]
    pub fn new(id: BookId, owner_id: UserId, content: NewBook, now: DateTime<Utc>) -> Self {
        let NewBook { title, description, isbn, release_year, author_ids: _ } = content;
        let (created_at, updated_at) = (now, now);
        Self { id, title, description, isbn, release_year, owner_id, created_at, updated_at }
    }

    /// Returns this book with other content and a new version.
    #[must_use]
    pub fn with(self, content: NewBook, now: DateTime<Utc>) -> Self {
        let Self { id, owner_id, created_at, updated_at, .. } = self;
        let updated_at = version::after(updated_at, now);
        Self { created_at, updated_at, ..Self::new(id, owner_id, content, now) }
    }
}

/// A client's input for a new book, not yet validated.
#[derive(Clone, Debug, Default)]
pub struct BookInput {
    /// See [`Book::title`].
    pub title: String,
    /// See [`Book::description`].
    pub description: Option<String>,
    /// An ISBN in ten or thirteen digits, see [`isbn::parse`]; a blank text means none.
    pub isbn: Option<String>,
    /// See [`Book::release_year`].
    pub release_year: Option<i32>,
    /// The authors in the order of the title page.
    pub author_ids: Vec<AuthorId>,
}

/// A client's update of a book, not yet validated.
#[derive(Clone, Debug, Default)]
pub struct BookPatch {
    /// Cannot be cleared.
    pub title: Patch<String>,
    /// See [`Book::description`].
    pub description: Patch<String>,
    /// An ISBN in ten or thirteen digits, see [`isbn::parse`]; a blank text means none.
    pub isbn: Patch<String>,
    /// See [`Book::release_year`].
    pub release_year: Patch<i32>,
    /// Replaces the whole list; `Clear` empties it.
    pub author_ids: Patch<Vec<AuthorId>>,
}

/// The validated content of a book. Only [`BookInput::validated`] and [`BookPatch::validated`]
/// create one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBook {
    title: String,
    description: Option<String>,
    isbn: Option<String>,
    release_year: Option<i32>,
    author_ids: Option<Vec<AuthorId>>,
}

impl BookInput {
    /// Creates an input with only a title.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// Validates the input. Fails with every field that breaks a rule. `this_year` limits the
    /// years.
    pub fn validated(self, this_year: i32) -> Result<NewBook> {
        let Self { title, description, isbn, release_year, author_ids } = self;
        let author_ids = Some(author_ids);
        NewBook { title, description, isbn, release_year, author_ids }.checked(this_year, None)
    }
}

impl BookPatch {
    /// Applies the update to `book` and validates the result. Fails with every field that breaks
    /// a rule.
    pub fn validated(self, book: &Book, this_year: i32) -> Result<NewBook> {
        let Self { title, description, isbn, release_year, author_ids } = self;
        // An unchanged ISBN in ten digits is kept, because another book has it in thirteen.
        let unchanged = if isbn == Patch::Keep { book.isbn.clone() } else { None };
        let patched = NewBook {
            title: title.apply(Some(book.title.clone())).unwrap_or_default(),
            description: description.apply(book.description.clone()),
            isbn: isbn.apply(None),
            release_year: release_year.apply(book.release_year),
            author_ids: match author_ids {
                Patch::Keep => None,
                Patch::Clear => Some(Vec::new()),
                Patch::Set(ids) => Some(ids),
            },
        };
        let patched = patched.checked(this_year, Some(&book.title))?;
        Ok(NewBook { isbn: patched.isbn.or(unchanged), ..patched })
    }
}

impl NewBook {
    /// An unchanged title is not validated again, because older rules may have allowed it.
    fn checked(self, this_year: i32, known_title: Option<&str>) -> Result<Self> {
        let Self { title, description, isbn, release_year, author_ids } = self;
        let mut checks = Checks::default();
        let stays = known_title == Some(&*title);
        let title = if stays { title } else { checks.name("title", &title) };
        let description = description.map(|text| checks.text("description", text));
        let isbn = isbn.filter(|text| !text.trim().is_empty()).and_then(|text| {
            let parsed = isbn::parse(&text);
            checks.require(parsed.is_some(), "isbn", "is not a valid ISBN-10 or ISBN-13");
            parsed
        });
        if let Some(year) = release_year {
            checks.year("releaseYear", year, this_year + 1);
        }
        let author_ids = author_ids.map(without_duplicates);
        checks.require(
            author_ids.as_ref().is_none_or(|ids| ids.len() <= MAX_AUTHORS),
            "authorIds",
            "must be at most 100",
        );
        checks.finish()?;
        Ok(Self { title, description, isbn, release_year, author_ids })
    }

    /// 1 to 300 characters, trimmed.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Up to 10,000 characters.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// See [`Book::isbn`].
    #[must_use]
    pub fn isbn(&self) -> Option<&str> {
        self.isbn.as_deref()
    }

    /// -3000 to next year.
    #[must_use]
    pub fn release_year(&self) -> Option<i32> {
        self.release_year
    }

    /// The authors without duplicates; `None` if an update does not change them.
    #[must_use]
    pub fn author_ids(&self) -> Option<&[AuthorId]> {
        self.author_ids.as_deref()
    }
}

impl Subject for NewBook {
    const KIND: Kind = Kind::Book;

    fn field(&self, name: &str) -> Option<Value<'_>> {
        Some(match name {
            "title" => self.title().into(),
            "isbn" => self.isbn().into(),
            "releaseYear" => self.release_year().into(),
            _ => return None,
        })
    }
}

fn without_duplicates(ids: Vec<AuthorId>) -> Vec<AuthorId> {
    let mut seen = HashSet::new();
    ids.into_iter().filter(|id| seen.insert(id.clone())).collect()
}

#[cfg(test)]
mod tests;
