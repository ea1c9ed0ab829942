//! Rows of cells in the format of RFC 4180, read strictly: a misplaced quote is an error and
//! not part of a cell.

use std::borrow::Cow;

use super::{
    MAX_ERRORS,
    text::{lines, split_line},
};

/// A row keeps at most this number of cells, which is more than a book has.
const MAX_CELLS: usize = 64;

/// The cells of one line, or of several lines if cells in quotes contain line breaks.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Row<'t> {
    /// The line of the file on which it begins, from 1.
    pub(super) line: usize,
    /// Cells that are not blank, with their column, from 0.
    pub(super) cells: Vec<(usize, Cow<'t, str>)>,
    /// A quote is not closed, so the row contains the rest of the file.
    pub(super) is_unclosed: bool,
}

/// A misplaced quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum QuoteError {
    Unclosed,
    InsideCell,
    TextAfter,
}

impl QuoteError {
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::Unclosed => "has a quote that is not closed",
            Self::InsideCell => {
                "has a quote within a cell: write the cell in quotes, and its quotes twice"
            }
            Self::TextAfter => "has text after a closing quote",
        }
    }
}

/// Reads a text row by row, blank ones too.
pub(super) struct Rows<'t> {
    rest: Option<&'t str>,
    separator: char,
    line: usize,
    /// The errors with their lines.
    pub(super) errors: Vec<(usize, QuoteError)>,
}

impl<'t> Rows<'t> {
    /// The rows of `text`, which begins on this line of the file.
    pub(super) fn new(text: &'t str, separator: char, line: usize) -> Self {
        let rest = Some(text).filter(|text| !text.is_empty());
        Self { rest, separator, line, errors: Vec::new() }
    }

    fn fail(&mut self, what: QuoteError) {
        let error = (self.line, what);
        if self.errors.last() != Some(&error) && self.errors.len() < MAX_ERRORS {
            self.errors.push(error);
        }
    }

    /// The text up to the next separator, line break or the end, and what follows it.
    fn plain(&self, text: &'t str) -> (&'t str, &'t str) {
        let end = text.find([self.separator, '\r', '\n']).unwrap_or(text.len());
        text.split_at_checked(end).unwrap_or((text, ""))
    }

    /// A cell and what follows it; none if its quote is not closed.
    fn cell(&mut self, text: &'t str) -> Option<(Cow<'t, str>, &'t str)> {
        // `="0123"` makes a spreadsheet treat digits as text.
        let Some(inner) = text.strip_prefix('=').unwrap_or(text).strip_prefix('"') else {
            let (cell, rest) = self.plain(text);
            if cell.contains('"') {
                self.fail(QuoteError::InsideCell);
            }
            return Some((Cow::Borrowed(cell), rest));
        };
        let Some((cell, rest)) = quoted(inner) else {
            self.fail(QuoteError::Unclosed);
            return None;
        };
        self.line += lines(&cell).count() - 1;
        let (after, rest) = self.plain(rest);
        if !after.is_empty() {
            self.fail(QuoteError::TextAfter);
        }
        Some((cell, rest))
    }
}

/// The cell that begins after a quote, and what follows the quote that closes it.
fn quoted(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let (mut cell, mut rest) = (Cow::Borrowed(""), text);
    loop {
        let (part, following) = rest.split_once('"')?;
        cell += part;
        let Some(second) = following.strip_prefix('"') else { return Some((cell, following)) };
        cell += "\"";
        rest = second;
    }
}

impl<'t> Iterator for Rows<'t> {
    type Item = Row<'t>;

    fn next(&mut self) -> Option<Row<'t>> {
        let mut text = self.rest.take()?;
        let mut row = Row { line: self.line, ..Row::default() };
        for column in 0.. {
            let Some((cell, rest)) = self.cell(text) else {
                row.is_unclosed = true;
                return Some(row);
            };
            if !cell.trim().is_empty() && row.cells.len() < MAX_CELLS {
                row.cells.push((column, cell));
            }
            let Some(next) = rest.strip_prefix(self.separator) else {
                self.rest = split_line(rest).1.filter(|rest| !rest.is_empty());
                self.line += 1;
                break;
            };
            text = next;
        }
        Some(row)
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*, sample::select, test_runner::RngSeed};

    use super::*;

    /// All rows and all errors.
    fn read(text: &str, separator: char) -> (Vec<Row<'_>>, Vec<(usize, QuoteError)>) {
        let mut rows = Rows::new(text, separator, 1);
        let read = rows.by_ref().collect();
        (read, rows.errors)
    }

    fn errors(text: &str) -> Vec<(usize, QuoteError)> {
        read(text, ',').1
    }

    #[test]
    fn a_misplaced_quote_is_reported_with_its_line() {
        use QuoteError::{InsideCell, TextAfter, Unclosed};
        for (text, expected) in [
            ("a,b\nc,\"d\ne,f\ng,h", vec![(2, Unclosed)]),
            ("\"a\n\nb\",\"c\"\"\n", vec![(3, Unclosed)]),
            ("a\nb\"c\nd,\"\"e\"", vec![(2, InsideCell), (3, TextAfter)]),
            (
                "\"a\" ,b\r\n \"c\"\r\"d\"\"\",\"\"\n\"e\nf\"g",
                vec![(1, TextAfter), (2, InsideCell), (5, TextAfter)],
            ),
            ("\"", vec![(1, Unclosed)]),
            ("\"a\"\"b\",\"\"\n\"\"", vec![]),
        ] {
            assert_eq!(errors(text), expected, "{text:?}");
        }
    }

    #[test]
    fn lines_are_counted_for_every_line_ending() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["a", "", "\"b", "", "c\"", "  ", "d", ""].join(end);
            let (rows, errors) = read(&text, ',');
            let lines = rows.iter().filter(|row| !row.cells.is_empty()).map(|row| row.line);
            assert_eq!((lines.collect(), errors), (vec![1, 3, 7], vec![]), "{end:?}");
        }
    }

    #[test]
    fn the_number_of_stored_cells_is_limited() {
        let text = ",a".repeat(100_000);
        let (rows, _) = read(&text, ',');
        assert_eq!(rows[0].cells.len(), MAX_CELLS);
    }

    fn cell() -> impl Strategy<Value = String> {
        let scraps = vec!["a", "é", " ", "\"", ",", ";", "\t", "\n", "\r\n", "\r", "=", "1"];
        vec(select(scraps), 0..5).prop_map(|scraps| scraps.concat())
    }

    fn written(cell: &str, separator: char, always: bool) -> String {
        let must = cell.contains([separator, '"', '\r', '\n']);
        if always || must { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 1_000,
            failure_persistence: None,
            rng_seed: RngSeed::Fixed(20_261_130),
            ..ProptestConfig::default()
        })]

        #[test]
        fn written_rows_are_parsed_back(
            table in vec(vec((cell(), any::<bool>()), 1..5), 1..6),
            separator in select(vec![',', ';', '\t']),
            end in select(vec!["\n", "\r\n", "\r"]),
            last_line_ends in any::<bool>(),
        ) {
            let line = |cells: &Vec<(String, bool)>| {
                let cells = cells.iter().map(|(cell, always)| written(cell, separator, *always));
                cells.collect::<Vec<_>>().join(&separator.to_string())
            };
            let mut text = table.iter().map(line).collect::<Vec<_>>().join(end);
            if last_line_ends {
                text += end;
            }
            let (rows, errors) = read(&text, separator);
            prop_assert_eq!(errors, vec![], "{:?}", &text);
            let read = rows.iter().map(|row| row.cells.iter().map(|(at, cell)| (*at, &**cell)).collect());
            let read: Vec<Vec<_>> = read.filter(|cells: &Vec<_>| !cells.is_empty()).collect();
            let table = table.iter().map(|cells| {
                let cells = cells.iter().map(|(cell, _)| &**cell).enumerate();
                cells.filter(|(_, cell)| !cell.trim().is_empty()).collect::<Vec<_>>()
            });
            let table: Vec<_> = table.filter(|cells| !cells.is_empty()).collect();
            prop_assert_eq!(read, table, "{:?}", text);
        }

        #[test]
        fn every_text_is_parsed_to_its_end(
            text in vec(select(vec!["a", "\"", ",", "\n", "\r", "\r\n"]), 0..12),
        ) {
            let text = text.concat();
            let (rows, errors) = read(&text, ',');
            let lines = lines(&text).count();
            prop_assert!(rows.len() <= lines && rows.iter().all(|row| row.line <= lines));
            prop_assert!(errors.iter().all(|(line, _)| (1..=lines).contains(line)));
        }
    }
}
