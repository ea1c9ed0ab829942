//! Books: the stored thing, the input that makes or changes one, and its rules.

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

/// The most authors that one book can name.
pub const MAX_AUTHORS: usize = 100;
/// What is wrong with an ISBN that a book has already.
pub const ISBN_IS_TAKEN: &str = "another book has this ISBN";
/// What is wrong with authors that do not exist.
pub const UNKNOWN_AUTHORS: &str = "must be ids of existing authors";

/// A book and the user who added it. As JSON, a row of the database and a message to other
/// processes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Book {
    /// `UUIDv7` text.
    pub id: BookId,
    /// 1 to 300 characters.
    pub title: String,
    /// Up to 10,000 characters.
    pub description: Option<String>,
    /// 13 digits without hyphens, unique; of a book from before ten digits became thirteen
    /// 10, if another one has the same in 13.
    pub isbn: Option<String>,
    /// Year of first publication; before Christ is negative.
    pub release_year: Option<i32>,
    /// Who added it.
    pub owner_id: UserId,
    /// When it was added.
    #[serde(deserialize_with = "clock::instant")]
    pub created_at: DateTime<Utc>,
    /// When a field last changed.
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
    /// A new book, added by `owner_id`.
    #[must_use]
    pub fn new(id: BookId, owner_id: UserId, content: NewBook, now: DateTime<Utc>) -> Self {
        let NewBook { title, description, isbn, release_year, author_ids: _ } = content;
        let (created_at, updated_at) = (now, now);
        Self { id, title, description, isbn, release_year, owner_id, created_at, updated_at }
    }

    /// This book with other content, in a new version.
    #[must_use]
    pub fn with(self, content: NewBook, now: DateTime<Utc>) -> Self {
        let Self { id, owner_id, created_at, updated_at, .. } = self;
        let updated_at = version::after(updated_at, now);
        Self { created_at, updated_at, ..Self::new(id, owner_id, content, now) }
    }
}

/// A book as a client describes it, not yet checked.
#[derive(Clone, Debug, Default)]
pub struct BookInput {
    /// See [`Book::title`].
    pub title: String,
    /// See [`Book::description`].
    pub description: Option<String>,
    /// In ten digits or thirteen, see [`isbn::parse`]; a blank text is none.
    pub isbn: Option<String>,
    /// See [`Book::release_year`].
    pub release_year: Option<i32>,
    /// Who wrote it, in the order of the title page.
    pub author_ids: Vec<AuthorId>,
}

/// A change of a book as a client describes it, not yet checked.
#[derive(Clone, Debug, Default)]
pub struct BookPatch {
    /// Cannot be cleared.
    pub title: Patch<String>,
    /// See [`Book::description`].
    pub description: Patch<String>,
    /// In ten digits or thirteen, see [`isbn::parse`]; a blank text is none.
    pub isbn: Patch<String>,
    /// See [`Book::release_year`].
    pub release_year: Patch<i32>,
    /// Replaces the whole list; clearing leaves none.
    pub author_ids: Patch<Vec<AuthorId>>,
}

/// A checked book, ready to be stored; only [`BookInput::validated`] and
/// [`BookPatch::validated`] make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBook {
    title: String,
    description: Option<String>,
    isbn: Option<String>,
    release_year: Option<i32>,
    author_ids: Option<Vec<AuthorId>>,
}

impl BookInput {
    /// A book with a title alone.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// Fails with every field that breaks a rule. `this_year` bounds the years.
    pub fn validated(self, this_year: i32) -> Result<NewBook> {
        let Self { title, description, isbn, release_year, author_ids } = self;
        let author_ids = Some(author_ids);
        NewBook { title, description, isbn, release_year, author_ids }.checked(this_year, None)
    }
}

impl BookPatch {
    /// `book` after this patch. Fails with every field that breaks a rule.
    pub fn validated(self, book: &Book, this_year: i32) -> Result<NewBook> {
        let Self { title, description, isbn, release_year, author_ids } = self;
        // One that another book has in thirteen digits stays as it is.
        let kept = if isbn == Patch::Keep { book.isbn.clone() } else { None };
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
        Ok(NewBook { isbn: patched.isbn.or(kept), ..patched })
    }
}

impl NewBook {
    /// A title that stays is not checked again: rules may have been others when it was
    /// given.
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
        let author_ids = author_ids.map(without_repeats);
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

    /// The authors without repeats; `None` when a patch leaves them as they are.
    #[must_use]
    pub fn author_ids(&self) -> Option<&[AuthorId]> {
        self.author_ids.as_deref()
    }
}

fn without_repeats(ids: Vec<AuthorId>) -> Vec<AuthorId> {
    let mut seen = HashSet::new();
    ids.into_iter().filter(|id| seen.insert(id.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    fn emma() -> BookInput {
        BookInput::new(" Emma ")
    }

    fn stored() -> Book {
        Book {
            id: BookId::from("b1"),
            title: "Emma".to_owned(),
            description: Some("A novel.".to_owned()),
            isbn: None,
            release_year: Some(1815),
            owner_id: UserId::from("u1"),
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn every_failure_is_reported_at_once() {
        let input = BookInput {
            title: "  ".to_owned(),
            description: Some("x".repeat(10_001)),
            isbn: Some("123".to_owned()),
            release_year: Some(2028),
            author_ids: (0..101).map(|n| AuthorId(n.to_string())).collect(),
        };
        let Err(Error::Invalid(failures)) = input.validated(2026) else { panic!("accepted") };
        let fields: Vec<_> = failures.iter().map(|failure| &*failure.field).collect();
        assert_eq!(fields, ["title", "description", "isbn", "releaseYear", "authorIds"]);
    }

    #[test]
    fn limits_belong_to_the_allowed() {
        for (title, ok) in [("é".repeat(300), true), ("é".repeat(301), false)] {
            assert_eq!(BookInput::new(title).validated(2026).is_ok(), ok);
        }
        for (year, ok) in [(-3000, true), (-3001, false), (2027, true), (2028, false)] {
            let input = BookInput { release_year: Some(year), ..emma() };
            assert_eq!(input.validated(2026).is_ok(), ok, "{year}");
        }
    }

    #[test]
    fn titles_are_trimmed_and_authors_named_once() -> Result<()> {
        let ids = ["a", "b", "a"].map(AuthorId::from).to_vec();
        let book = BookInput { author_ids: ids, ..emma() }.validated(2026)?;
        assert_eq!(book.title(), "Emma");
        assert_eq!(book.author_ids(), Some(&["a", "b"].map(AuthorId::from)[..]));
        Ok(())
    }

    #[test]
    fn an_empty_patch_changes_nothing() -> Result<()> {
        let after = BookPatch::default().validated(&stored(), 2026)?;
        assert_eq!(after.title(), "Emma");
        assert_eq!(after.description(), Some("A novel."));
        assert_eq!(after.release_year(), Some(1815));
        assert_eq!(after.author_ids(), None);
        Ok(())
    }

    #[test]
    fn an_isbn_is_stored_in_thirteen_digits_and_kept_as_it_is() -> Result<()> {
        let old = Book { isbn: Some("0141439580".to_owned()), ..stored() };
        let kept = BookPatch { title: Patch::Set("Emma II".to_owned()), ..BookPatch::default() };
        assert_eq!(kept.validated(&old, 2026)?.isbn(), Some("0141439580"));
        let set =
            BookPatch { isbn: Patch::Set("0-14-143958-0".to_owned()), ..BookPatch::default() };
        assert_eq!(set.validated(&old, 2026)?.isbn(), Some("9780141439587"));
        let blank = BookPatch { isbn: Patch::Set(" ".to_owned()), ..BookPatch::default() };
        assert_eq!(blank.validated(&old, 2026)?.isbn(), None);
        let cleared = BookPatch { isbn: Patch::Clear, ..BookPatch::default() };
        assert_eq!(cleared.validated(&old, 2026)?.isbn(), None);
        Ok(())
    }

    #[test]
    fn a_patch_clears_what_may_be_empty_and_nothing_else() {
        let clear = BookPatch {
            title: Patch::Clear,
            description: Patch::Clear,
            author_ids: Patch::Clear,
            ..BookPatch::default()
        };
        let Err(Error::Invalid(failures)) = clear.clone().validated(&stored(), 2026) else {
            panic!("a book without a title")
        };
        assert_eq!(failures.len(), 1);
        let kept = BookPatch { title: Patch::Keep, ..clear }.validated(&stored(), 2026);
        assert!(kept.is_ok_and(|b| b.description().is_none() && b.author_ids() == Some(&[])));
    }
}
