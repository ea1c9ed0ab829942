//! Inputs for several books that are created together. They are validated together, so that all
//! errors are reported at once.

use std::collections::{HashMap, HashSet};

use crate::{
    Error, Result,
    book::{BookInput, ISBN_IS_TAKEN, MAX_AUTHORS, NewBook, UNKNOWN_AUTHORS},
    error::FieldError,
    id::AuthorId,
    isbn,
};

/// Maximum number of books in one request.
pub const MAX_BOOKS: usize = 100;

/// One to a hundred inputs, each validated, but not yet compared with stored rows.
#[derive(Debug)]
pub struct BookInputs(Vec<Checked>);

/// A validated input, with its ISBN and authors even if other fields are invalid.
#[derive(Debug)]
struct Checked {
    isbn: Option<String>,
    authors: Vec<AuthorId>,
    book: Result<NewBook, Vec<FieldError>>,
}

impl BookInputs {
    /// Validates each input. Fails unless there are 1 to 100 inputs. `this_year` limits the
    /// years.
    pub fn new(inputs: Vec<BookInput>, this_year: i32) -> Result<Self> {
        if !(1..=MAX_BOOKS).contains(&inputs.len()) {
            return Err(Error::invalid("inputs", "must be 1 to 100 books"));
        }
        let checked = inputs.into_iter().map(|input| {
            let authors = &input.author_ids;
            Ok(Checked {
                isbn: input.isbn.as_deref().and_then(isbn::parse),
                // More authors are refused without a lookup.
                authors: authors.iter().take(MAX_AUTHORS).cloned().collect(),
                book: match input.validated(this_year) {
                    Ok(book) => Ok(book),
                    Err(Error::Invalid(failures)) => Err(failures),
                    Err(other) => return Err(other),
                },
            })
        });
        Ok(Self(checked.collect::<Result<_>>()?))
    }

    /// Returns all ISBNs in thirteen digits.
    #[must_use]
    pub fn isbns(&self) -> Vec<String> {
        self.0.iter().filter_map(|input| input.isbn.clone()).collect()
    }

    /// Returns the ids of all authors without duplicates.
    #[must_use]
    pub fn author_ids(&self) -> Vec<AuthorId> {
        let authors: HashSet<_> = self.0.iter().flat_map(|input| &input.authors).collect();
        authors.into_iter().cloned().collect()
    }

    /// Returns the books in the order of the inputs, given the existing ISBNs and authors. Fails
    /// with every invalid field of every input, e.g. `inputs.3.title`. The code is `CONFLICT` if
    /// all errors are ISBNs of other books or inputs, otherwise `BAD_USER_INPUT`.
    pub fn checked_against(
        &self,
        taken: &HashSet<String>,
        known: &HashSet<AuthorId>,
    ) -> Result<Vec<NewBook>> {
        let (mut books, mut failures, mut only_conflicts) = (Vec::new(), Vec::new(), true);
        let mut first_with = HashMap::new();
        for (index, Checked { isbn, authors, book }) in self.0.iter().enumerate() {
            let mut fail = |field: &str, message: &str| {
                let field = format!("inputs.{index}.{field}").into();
                failures.push(FieldError { field, message: message.to_owned() });
            };
            match book {
                Ok(book) => books.push(book.clone()),
                Err(failures) => {
                    for FieldError { field, message } in failures {
                        fail(field, message);
                    }
                    only_conflicts = false;
                }
            }
            if !authors.iter().all(|author| known.contains(author)) {
                fail("authorIds", UNKNOWN_AUTHORS);
                only_conflicts = false;
            }
            let Some(isbn) = isbn else { continue };
            if taken.contains(isbn) {
                fail("isbn", ISBN_IS_TAKEN);
            }
            let first = *first_with.entry(isbn).or_insert(index);
            if first != index {
                fail("isbn", &format!("is the ISBN of inputs.{first}, too"));
            }
        }
        match (failures.is_empty(), only_conflicts) {
            (true, _) => Ok(books),
            (false, true) => Err(Error::Conflict(failures)),
            (false, false) => Err(Error::Invalid(failures)),
        }
    }
}
