//! Books from a sheet: the rows of a CSV file as inputs.
//!
//! The first row names the columns, in any order: `title`, and any of `description`,
//! `isbn`, `releaseYear` and `authorIds` (ids separated by `;`). An empty cell is no
//! value. Rows are counted as a spreadsheet shows them, so the first book is in row 2.

use std::collections::HashSet;

use csv::{ReaderBuilder, StringRecord};
use domain::{
    AuthorId, BookInput, Error, FieldError, Result, book::MAX_AUTHORS, book_inputs::MAX_BOOKS,
};

const COLUMNS: [&str; 5] = ["title", "description", "isbn", "releaseYear", "authorIds"];
/// The row of the first book.
const FIRST: usize = 2;

/// The books of `file`, in UTF-8. Fails with every cell that cannot be read, spelled
/// `rows.3.releaseYear`.
pub(crate) fn read(file: &[u8]) -> Result<Vec<BookInput>> {
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(without_mark(file));
    let header = reader.headers().map_err(|_| wrong("file", "must be CSV in UTF-8"))?.clone();
    let columns = columns(&header)?;
    let (mut books, mut failures) = (Vec::new(), Vec::new());
    for (row, record) in (FIRST..).zip(reader.records()) {
        if books.len() == MAX_BOOKS {
            return Err(wrong("rows", "must be at most 100 books"));
        }
        let record = record.map_err(|_| wrong(format!("rows.{row}"), "must be text in UTF-8"))?;
        if record.len() > columns.len() {
            failures.push(fault(format!("rows.{row}"), "has more cells than the first row"));
        }
        books.push(book(&columns, &record, row, &mut failures));
    }
    match (books.is_empty(), failures.is_empty()) {
        (true, _) => Err(wrong("rows", "must be at least one book below the columns' names")),
        (_, true) => Ok(books),
        (_, false) => Err(Error::Invalid(failures)),
    }
}

/// What is wrong with the inputs of [`read`], as it stands in the sheet.
pub(crate) fn in_rows(error: Error) -> Error {
    let in_row = |FieldError { field, message }: FieldError| {
        let parts = field.strip_prefix("inputs.").and_then(|rest| rest.split_once('.'));
        let place = parts.and_then(|(index, name)| Some((index.parse::<usize>().ok()?, name)));
        let field = place
            .map_or(field.clone(), |(index, name)| format!("rows.{}.{name}", index + FIRST).into());
        // Another input with the same ISBN is named by its index.
        let message = match message.split_once("inputs.") {
            Some((before, rest)) => {
                let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
                let (index, after) = rest.split_at(digits);
                let row = index.parse::<usize>().map_or(0, |index| index + FIRST);
                format!("{before}row {row}{after}")
            }
            None => message,
        };
        FieldError { field, message }
    };
    match error {
        Error::Invalid(fields) => Error::Invalid(fields.into_iter().map(in_row).collect()),
        Error::Conflict(fields) => Error::Conflict(fields.into_iter().map(in_row).collect()),
        other => other,
    }
}

/// Spreadsheets begin a file in UTF-8 with a mark.
fn without_mark(file: &[u8]) -> &[u8] {
    file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file)
}

fn columns(header: &StringRecord) -> Result<Vec<&'static str>> {
    let mut columns = Vec::new();
    for name in header {
        let known = COLUMNS.into_iter().find(|column| *column == name.trim());
        let known = known.filter(|column| !columns.contains(column));
        columns.push(known.ok_or_else(|| {
            let known = COLUMNS.join(", ");
            wrong("rows.1", format!("must name each column once, of {known}"))
        })?);
    }
    if columns.contains(&"title") {
        return Ok(columns);
    }
    Err(wrong("rows.1", "must name the column title"))
}

fn book(
    columns: &[&'static str],
    record: &StringRecord,
    row: usize,
    failures: &mut Vec<FieldError>,
) -> BookInput {
    let cell = |column: &str| {
        let place = columns.iter().position(|known| *known == column)?;
        record.get(place).filter(|cell| !cell.trim().is_empty())
    };
    let year = cell("releaseYear").map(|year| year.trim().parse());
    if matches!(year, Some(Err(_))) {
        failures.push(fault(format!("rows.{row}.releaseYear"), "must be a whole number"));
    }
    let authors = cell("authorIds").unwrap_or_default().split(';').map(str::trim);
    let mut seen = HashSet::new();
    // One too many is refused like a million.
    let authors = authors.filter(|id| !id.is_empty() && seen.insert(*id)).take(MAX_AUTHORS + 1);
    BookInput {
        title: cell("title").unwrap_or_default().to_owned(),
        description: cell("description").map(str::to_owned),
        isbn: cell("isbn").map(str::to_owned),
        release_year: year.and_then(Result::ok),
        author_ids: authors.map(|id| AuthorId(id.to_owned())).collect(),
    }
}

fn fault(field: String, message: impl Into<String>) -> FieldError {
    FieldError { field: field.into(), message: message.into() }
}

fn wrong(field: impl Into<String>, message: impl Into<String>) -> Error {
    Error::Invalid(vec![fault(field.into(), message)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(file: &[u8]) -> Vec<String> {
        let Err(Error::Invalid(failures)) = read(file) else { panic!("accepted") };
        failures.into_iter().map(|failure| failure.field.into_owned()).collect()
    }

    #[test]
    fn columns_come_in_any_order_and_cells_may_be_quoted() {
        let file = "\u{feff}authorIds, title ,description,releaseYear,isbn\r\n\
                    a; b;,\"Emma, \"\"a novel\"\"\",\"two\nlines\", 1815 ,0-306-40615-2\r\n\
                    ,Persuasion,,,\r\n";
        let [emma, persuasion] = read(file.as_bytes()).unwrap().try_into().unwrap();
        assert_eq!(emma.title, "Emma, \"a novel\"");
        assert_eq!(emma.description.as_deref(), Some("two\nlines"));
        assert_eq!((emma.isbn.as_deref(), emma.release_year), (Some("0-306-40615-2"), Some(1815)));
        assert_eq!(emma.author_ids, ["a", "b"].map(|id| AuthorId(id.to_owned())));
        assert_eq!((persuasion.description, persuasion.release_year), (None, None));
        assert!(persuasion.author_ids.is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_named_by_row_and_column() {
        for (file, place) in [
            (&b""[..], "rows.1"),
            (b"title", "rows"),
            (b"title\n", "rows"),
            (b"isbn\nx\n", "rows.1"),
            (b"title,colour\nx,y\n", "rows.1"),
            (b"title,title\nx,y\n", "rows.1"),
            (b"title,releaseYear\nx,1815\ny,MDCCCXV\n", "rows.3.releaseYear"),
            (b"title,releaseYear\nx,99999999999\n", "rows.2.releaseYear"),
            (b"title\nx,y\n", "rows.2"),
            (b"title\n\xff\n", "rows.2"),
            (b"\xff\nx\n", "file"),
        ] {
            assert_eq!(faults(file), [place], "{}", String::from_utf8_lossy(file));
        }
        assert_eq!(read("title\n".repeat(101).as_bytes()).unwrap().len(), 100);
        assert_eq!(faults("title\n".repeat(102).as_bytes()), ["rows"]);
    }

    #[test]
    fn no_more_ids_are_collected_than_are_refused() {
        for (ids, collected) in [(99, 99), (100, 100), (101, 101), (102, 101), (20_000, 101)] {
            let cell: Vec<_> = (0..ids).map(|n| format!("a{n}; ;a0")).collect();
            let file = format!("title,authorIds\nx,{}", cell.join(";"));
            let [book] = read(file.as_bytes()).unwrap().try_into().unwrap();
            assert_eq!(book.author_ids.len(), collected, "{ids}");
        }
    }

    #[test]
    fn faults_of_inputs_are_told_by_rows() {
        let fault = |field: &'static str, message: &str| FieldError {
            field: field.into(),
            message: message.to_owned(),
        };
        let faults = vec![
            fault("inputs.0.title", "must not be empty"),
            fault("inputs.12.isbn", "is the ISBN of inputs.3, too"),
            fault("inputs", "must be 1 to 100 books"),
        ];
        let Error::Invalid(told) = in_rows(Error::Invalid(faults)) else { panic!() };
        let told: Vec<_> = told.iter().map(|one| (&*one.field, &*one.message)).collect();
        let expected = [
            ("rows.2.title", "must not be empty"),
            ("rows.14.isbn", "is the ISBN of row 5, too"),
            ("inputs", "must be 1 to 100 books"),
        ];
        assert_eq!(told, expected);
    }
}
