//! The objects of full-text search; `m20261121_000008_search` describes them. The code is part of
//! that migration and never changes.

pub(crate) mod fold;
mod letters;
pub(crate) mod postgres;
pub(crate) mod runs;
pub(crate) mod sqlite;

/// The searched columns of a table: a short text that identifies the row, and a long one.
struct Source {
    table: &'static str,
    title: &'static str,
    body: &'static str,
}

const SOURCES: [Source; 2] = [
    Source { table: "book", title: "title", body: "description" },
    Source { table: "author", title: "name", body: "bio" },
];

impl Source {
    /// Fills the names of the table and its columns into a statement.
    fn fill(&self, sql: &str) -> String {
        let Self { table, title, body } = self;
        sql.replace("{table}", table).replace("{title}", title).replace("{body}", body)
    }
}
