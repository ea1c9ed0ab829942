//! The length of the JSON of rows, computed before the JSON is written.
//!
//! The validation rules bound the length of each field, so [`JsonSize::max_bytes`] bounds a row.
//! Where that bound exceeds the limit of a request, the statement first adds up the real
//! lengths and writes nothing if they exceed it. The database stores the length of a text, so
//! the text itself is read only if escaped characters decide.

use crate::{
    select::MAX_WHOLE_LIST,
    statement::Sql,
    table::{CHILD, Relation},
};

/// The largest number of bytes of one character in JSON: `\u0001`.
const ESCAPED: usize = 6;
/// The largest number of bytes of a number, an instant or an id, with its punctuation.
pub(crate) const SCALAR: usize = 48;

/// The length of a row in JSON.
#[derive(Debug, Default)]
pub(crate) struct JsonSize {
    /// The bytes of everything except texts and related rows.
    fixed: usize,
    /// Columns with texts, and their maximum lengths in characters.
    texts: Vec<(&'static str, usize)>,
    /// Related rows, and the length of each.
    nested: Vec<(Relation, Self)>,
}

impl JsonSize {
    /// Adds `bytes` to the length of a row.
    pub(crate) fn add(&mut self, bytes: usize) {
        self.fixed += bytes;
    }

    /// Adds a column with a text of at most `max_len` characters.
    pub(crate) fn add_text(&mut self, column: &'static str, max_len: usize) {
        self.fixed += 4;
        self.texts.push((column, max_len));
    }

    /// Adds related rows of the length `size`.
    pub(crate) fn add_nested(&mut self, relation: Relation, size: Self) {
        self.fixed += 4;
        self.nested.push((relation, size));
    }

    /// The largest number of bytes of a row.
    pub(crate) fn max_bytes(&self) -> usize {
        let texts = self.texts.iter().map(|(_, max_len)| max_len * ESCAPED);
        let nested = self.nested.iter().map(|(_, size)| size.max_bytes() * MAX_WHOLE_LIST);
        self.fixed + texts.chain(nested).sum::<usize>()
    }

    /// Appends the condition that the rows of the table `r` have at most `max_bytes`. The first
    /// comparison is of stored lengths; if a text of escaped characters alone would fit, too,
    /// the second one decides without looking at the texts.
    pub(crate) fn write_fits(&self, sql: &mut Sql, max_bytes: i64) {
        for (before, exact, after) in
            [("", false, " <= "), (" AND (", false, " * 6 <= "), (" OR ", true, " <= ")]
        {
            sql.push(&[before, "(SELECT "]);
            self.write_sum("r", exact, sql);
            sql.push(&[" FROM r)", after]);
            sql.bind(max_bytes);
        }
        sql.text += ")";
    }

    /// Appends the sum over the rows of `table`: of texts the stored length or, if `exact`, the
    /// length in JSON.
    fn write_sum(&self, table: &str, exact: bool, sql: &mut Sql) {
        sql.text += "coalesce(sum(";
        // This number depends on the response keys of the request.
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
        for (relation, size) in &self.nested {
            sql.text += " + (SELECT ";
            size.write_sum(CHILD, exact, sql);
            relation.write_from(sql);
            sql.push(&[table, ".\"id\")"]);
        }
        sql.text += "), 0)";
    }
}
