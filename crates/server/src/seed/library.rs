//! The demo library: real authors and books in a data file.

use std::collections::HashMap;

use domain::{AuthorId, AuthorInput, BookId, BookInput, Error, Result};
use serde::Deserialize;

const FILE: &str = include_str!("../../data/library.json");

/// The content of the file.
#[derive(Debug, Deserialize)]
pub(super) struct Library {
    pub(super) authors: Vec<LibraryAuthor>,
    pub(super) books: Vec<LibraryBook>,
    /// The position of each author in the list, from 1, by name.
    #[serde(skip)]
    numbers: HashMap<String, usize>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LibraryAuthor {
    name: String,
    bio: String,
    birth_year: Option<i32>,
    death_year: Option<i32>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LibraryBook {
    title: String,
    release_year: Option<i32>,
    /// The authors' names.
    authors: Vec<String>,
    description: String,
    isbn: Option<String>,
}

impl Library {
    pub(super) fn read() -> Result<Self> {
        let mut library: Self = serde_json::from_str(FILE).map_err(Error::internal)?;
        let names = library.authors.iter().map(|author| author.name.clone());
        library.numbers = names.zip(1..).collect();
        Ok(library)
    }
}

impl LibraryAuthor {
    pub(super) fn input(&self) -> AuthorInput {
        let Self { name, bio, birth_year, death_year } = self;
        AuthorInput {
            name: name.clone(),
            bio: Some(bio.clone()),
            birth_year: *birth_year,
            death_year: *death_year,
        }
    }
}

impl LibraryBook {
    /// Fails if an author is not in the list.
    pub(super) fn input(&self, library: &Library) -> Result<BookInput> {
        let Self { title, release_year, authors, description, isbn } = self;
        let author_ids = authors.iter().map(|name| {
            let number = library.numbers.get(name).copied();
            number
                .map(author_id)
                .ok_or_else(|| Error::internal(format!("no author is named {name}")))
        });
        Ok(BookInput {
            description: Some(description.clone()),
            isbn: isbn.clone(),
            release_year: *release_year,
            author_ids: author_ids.collect::<Result<_>>()?,
            ..BookInput::new(title)
        })
    }
}

/// The id of the demo library's `number`th author: a `UUIDv7` of a fixed instant.
pub(super) fn author_id(number: usize) -> AuthorId {
    AuthorId(format!("01900000-0000-7000-8000-{number:012x}"))
}

/// The id of the demo library's `number`th book, likewise.
pub(super) fn book_id(number: usize) -> BookId {
    BookId(format!("01900000-0000-7000-9000-{number:012x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_large_and_keeps_the_rules() {
        let library = Library::read().unwrap();
        assert!(library.authors.len() >= 60 && library.books.len() >= 150);
        assert_eq!(library.numbers.len(), library.authors.len(), "two authors have the same name");
        for author in &library.authors {
            author.input().validated(2026).unwrap();
        }
        let books: Vec<_> = library
            .books
            .iter()
            .map(|book| book.input(&library).unwrap().validated(2026).unwrap())
            .collect();
        let shared = books.iter().filter(|book| book.author_ids().unwrap().len() > 1).count();
        assert!(shared >= 12, "{shared} books of several authors");
    }
}
