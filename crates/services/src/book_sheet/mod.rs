//! Books from a CSV file, whose values are separated by commas, semicolons or tabs.
//!
//! The first row names the columns, in any order and case: `title`, and any of
//! `description`, `isbn`, `releaseYear` and `authorIds` (ids separated by `;`). A blank cell
//! is no value; blank rows and columns are ignored. The number of a row is the line of the file
//! on which it begins, as an editor shows it.

mod rows;
mod text;

use std::collections::HashSet;

use domain::{
    AuthorId, BookInput, Error, FieldError, book::MAX_AUTHORS, book_inputs::MAX_BOOKS, search,
};

use self::{
    rows::{Row, Rows},
    text::{decode, split_line},
};

const COLUMNS: [&str; 5] = ["title", "description", "isbn", "releaseYear", "authorIds"];
/// After this number of errors reading stops.
const MAX_ERRORS: usize = 100;
/// The most letters of scripts without spaces in the texts of one file. Each letter is a
/// term of the search index, which SQLite writes while no other request can write: about 5 µs
/// each.
const MAX_UNSPACED: usize = 200_000;
/// Separators of cells; the first one is used if the file has a single column.
const SEPARATORS: [char; 3] = [',', ';', '\t'];

/// The result of reading a CSV file.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    /// The books, up to a hundred.
    pub(crate) inputs: Vec<BookInput>,
    /// The line of each book.
    lines: Vec<usize>,
    /// The number of letters of scripts without spaces.
    unspaced: usize,
    /// Errors; the field of an error is spelled `rows.3.releaseYear`.
    pub(crate) errors: Vec<FieldError>,
}

/// What a column contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    /// One of [`COLUMNS`].
    Known(&'static str),
    /// Its values are ignored: the error is reported for the first row.
    Unknown,
}

impl Sheet {
    /// Reads a file and collects all its errors.
    pub(crate) fn read(file: &[u8]) -> Self {
        let mut sheet = Self::default();
        match decode(file) {
            Ok(text) => sheet.read_text(&text),
            Err(errors) => sheet.errors = errors,
        }
        if sheet.inputs.is_empty() && sheet.errors.is_empty() {
            let message = "has no book below its first row";
            sheet.errors.push(error("file", message));
        }
        sheet
    }

    fn read_text(&mut self, text: &str) {
        let mut rows = separated(text);
        let first = rows.find(|row| !row.cells.is_empty() || row.is_unclosed);
        let first = first.unwrap_or_else(|| Row { line: 1, ..Row::default() });
        let columns = self.columns(&first);
        self.collect_quote_errors(&mut rows);
        if !columns.iter().any(|(_, column)| *column == Column::Known("title")) {
            return;
        }
        while let Some(row) = rows.next() {
            self.collect_quote_errors(&mut rows);
            if self.errors.len() >= MAX_ERRORS {
                return self
                    .errors
                    .push(error("file", "has more than 100 errors; only the first are listed"));
            }
            if row.cells.is_empty() || row.is_unclosed {
                continue;
            }
            if self.inputs.len() == MAX_BOOKS {
                return self.errors.push(error("rows", "must be at most 100 books"));
            }
            self.add(&columns, &row);
            if self.unspaced > MAX_UNSPACED {
                let message = "must have at most 200000 letters of scripts without spaces, such \
                               as Chinese or Thai: import it in parts";
                return self.errors.push(error("file", message));
            }
        }
    }

    /// Adds the errors of quotes that the rows have found.
    fn collect_quote_errors(&mut self, rows: &mut Rows<'_>) {
        let errors = rows.errors.drain(..);
        self.errors.extend(errors.map(|(line, quote)| in_line(line, quote.message())));
    }

    /// The columns that the first row names, with their places.
    fn columns(&mut self, first: &Row<'_>) -> Vec<(usize, Column)> {
        let mut columns = Vec::new();
        for (place, name) in &first.cells {
            let column = known(name).map_or(Column::Unknown, Column::Known);
            let message = match column {
                Column::Unknown => {
                    let (name, known) = (shortened(name.trim()), COLUMNS.join(", "));
                    Some(format!("has an unknown column \"{name}\"; known columns: {known}"))
                }
                Column::Known(name) if columns.iter().any(|(_, other)| *other == column) => {
                    Some(format!("names the column {name} twice"))
                }
                Column::Known(_) => None,
            };
            self.errors.extend(message.map(|message| in_line(first.line, message)));
            columns.push((*place, column));
        }
        if !first.is_unclosed
            && !columns.iter().any(|(_, column)| *column == Column::Known("title"))
        {
            self.errors.push(in_line(first.line, "must name the column title"));
        }
        columns
    }

    /// Adds the book of a row.
    fn add(&mut self, columns: &[(usize, Column)], row: &Row<'_>) {
        let line = row.line;
        let has_name = |place: &usize| columns.iter().any(|(known, _)| known == place);
        if let Some((place, _)) = row.cells.iter().find(|(place, _)| !has_name(place)) {
            let number = place + 1;
            let message =
                format!("has a value in column {number}, which the first row does not name");
            self.errors.push(in_line(line, message));
        }
        let cell = |name| {
            let (place, _) = columns.iter().find(|(_, column)| *column == Column::Known(name))?;
            let (_, cell) = row.cells.iter().find(|(other, _)| other == place)?;
            Some(&**cell)
        };
        let year = cell("releaseYear").map(|year| year.trim().parse());
        if matches!(year, Some(Err(_))) {
            self.errors.push(error(format!("rows.{line}.releaseYear"), "must be a whole number"));
        }
        let authors = cell("authorIds").unwrap_or_default().split(';').map(str::trim);
        let mut seen = HashSet::new();
        // One too many is refused like a million.
        let authors = authors.filter(|id| !id.is_empty() && seen.insert(*id)).take(MAX_AUTHORS + 1);
        let texts = [cell("title"), cell("description")].into_iter().flatten();
        self.unspaced += texts.map(search::unspaced_letters).sum::<usize>();
        self.lines.push(line);
        self.inputs.push(BookInput {
            description: cell("description").map(str::to_owned),
            isbn: cell("isbn").map(str::to_owned),
            release_year: year.and_then(Result::ok),
            author_ids: authors.map(|id| AuthorId(id.to_owned())).collect(),
            ..BookInput::new(cell("title").unwrap_or_default())
        });
    }

    /// An error of [`Self::inputs`], with the rows of the file instead of their indexes.
    pub(crate) fn in_rows(&self, error: Error) -> Error {
        let in_row =
            |fields: Vec<FieldError>| fields.into_iter().map(|it| self.in_row(it)).collect();
        match error {
            Error::Invalid(fields) => Error::Invalid(in_row(fields)),
            Error::Conflict(fields) => Error::Conflict(in_row(fields)),
            other => other,
        }
    }

    /// All errors in the order of the lines, with the error of [`Self::inputs`], if any.
    pub(crate) fn refused(self, inputs: Option<Error>) -> Error {
        let more = match inputs.map(|error| self.in_rows(error)) {
            Some(Error::Invalid(fields) | Error::Conflict(fields)) => fields,
            Some(other) => return other,
            None => Vec::new(),
        };
        let mut errors = self.errors;
        errors.extend(more);
        let line = |error: &FieldError| {
            error.field.split('.').nth(1).and_then(|line| line.parse().ok()).unwrap_or(usize::MAX)
        };
        errors.sort_by_key(line);
        Error::Invalid(errors)
    }

    fn in_row(&self, FieldError { field, message }: FieldError) -> FieldError {
        let line =
            |index: &str| index.parse::<usize>().ok().and_then(|index| self.lines.get(index));
        let parts = field.strip_prefix("inputs.").and_then(|rest| rest.split_once('.'));
        let place = parts.and_then(|(index, name)| Some(format!("rows.{}.{name}", line(index)?)));
        // Another input with the same ISBN is named by its index.
        let message = match message.split_once("inputs.") {
            Some((before, rest)) => {
                let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
                let (index, after) = rest.split_at(digits);
                format!("{before}line {}{after}", line(index).unwrap_or(&0))
            }
            None => message,
        };
        FieldError { field: place.map_or(field, Into::into), message }
    }
}

/// The rows of a text, by the separator that its first line declares (`sep=;`, as Excel has
/// it) or by which the first row names most columns.
fn separated(text: &str) -> Rows<'_> {
    let (first, rest) = split_line(text);
    let declared = first.get(..4).filter(|start| start.eq_ignore_ascii_case("sep="));
    let declared = declared.and_then(|start| first.strip_prefix(start)?.parse::<char>().ok());
    if let Some(separator) =
        declared.filter(|separator| !separator.is_alphanumeric() && *separator != '"')
    {
        return Rows::new(rest.unwrap_or_default(), separator, 2);
    }
    let named = |separator: &char| {
        let first = Rows::new(text, *separator, 1).find(|row| !row.cells.is_empty());
        let names = first.map(|row| row.cells).unwrap_or_default();
        (names.iter().filter(|(_, name)| known(name).is_some()).count(), names.len())
    };
    // Of equal ones the last is the greatest.
    let separator = SEPARATORS.into_iter().rev().max_by_key(named).unwrap_or(',');
    Rows::new(text, separator, 1)
}

/// The column of this name.
fn known(name: &str) -> Option<&'static str> {
    COLUMNS.into_iter().find(|column| column.eq_ignore_ascii_case(name.trim()))
}

/// The first characters of a text, for messages.
fn shortened(text: &str) -> String {
    text.chars().take(50).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn in_line(line: usize, message: impl Into<String>) -> FieldError {
    error(format!("rows.{line}"), message)
}

fn error(field: impl Into<String>, message: impl Into<String>) -> FieldError {
    FieldError { field: field.into().into(), message: message.into() }
}

#[cfg(test)]
mod tests;
