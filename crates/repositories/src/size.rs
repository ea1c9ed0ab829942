//! How long the JSON of rows is, before it is made.
//!
//! What the rules allow says how long a row is at most. Where that is too long for a
//! request, the statement itself first adds up the lengths, which are stored beside the
//! texts, and makes nothing of rows that are too long; only where the texts would fit, but
//! for what is escaped in them, it looks at these.

use crate::statement::Sql;

/// Bytes that JSON makes of one character at most: `\u0001`.
const ESCAPED: usize = 6;
/// Bytes of numbers, instants and so on, with what stands around a value.
pub(crate) const SCALAR: usize = 48;

/// What a row has.
#[derive(Debug, Default)]
pub(crate) struct Size {
    /// Bytes of everything but texts.
    fixed: usize,
    texts: Vec<(&'static str, usize)>,
    many: Vec<Many>,
}

/// Rows within a row.
#[derive(Debug)]
pub(crate) struct Many {
    pub(crate) size: Size,
    /// What they are called in...
    pub(crate) alias: &'static str,
    /// ...`FROM … WHERE …`.
    pub(crate) from: &'static str,
    /// How many there are at most.
    pub(crate) most: usize,
}

impl Size {
    /// Adds so many bytes to each row.
    pub(crate) fn add(&mut self, bytes: usize) {
        self.fixed += bytes;
    }

    /// Adds a column with a text of at most so many characters.
    pub(crate) fn add_text(&mut self, column: &'static str, characters: usize) {
        self.fixed += 4;
        self.texts.push((column, characters));
    }

    /// Adds rows.
    pub(crate) fn add_many(&mut self, many: Many) {
        self.fixed += 4;
        self.many.push(many);
    }

    /// Bytes of a row at most.
    pub(crate) fn longest(&self) -> usize {
        let texts = self.texts.iter().map(|(_, characters)| characters * ESCAPED);
        let many = self.many.iter().map(|many| many.size.longest() * many.most);
        self.fixed + texts.chain(many).sum::<usize>()
    }

    /// Adds a condition: the rows of the table `r` have no more than `most` bytes.
    pub(crate) fn write_fits(&self, sql: &mut Sql, most: i64) {
        for (before, exact, after) in
            [("", false, " <= "), (" AND (", false, " * 6 <= "), (" OR ", true, " <= ")]
        {
            sql.push(&[before, "(SELECT "]);
            self.write_sum("r", exact, sql);
            sql.push(&[" FROM r)", after]);
            sql.bind(most);
        }
        sql.text += ")";
    }

    /// Adds the sum over the rows of `table`; of texts what is stored, or what JSON makes
    /// of it.
    fn write_sum(&self, table: &str, exact: bool, sql: &mut Sql) {
        sql.text += "coalesce(sum(";
        // It knows the names that a request gives.
        sql.bind(i64::try_from(self.fixed).unwrap_or(i64::MAX));
        let [begin, end] = match (exact, sql.is_postgres()) {
            (false, _) => ["octet_length(", ")"],
            (true, true) => ["octet_length(to_json(", ")::text)"],
            (true, false) => ["octet_length(json_quote(", "))"],
        };
        for (column, _) in &self.texts {
            let text = [" + coalesce(", begin, table, ".\"", column, "\"", end, ", 0)"];
            sql.push(&text);
        }
        for Many { size, alias, from, .. } in &self.many {
            sql.text += " + (SELECT ";
            size.write_sum(alias, exact, sql);
            sql.push(&[" ", from, ")"]);
        }
        sql.text += "), 0)";
    }
}
