//! What full-text search is made of; `m20261121_000008_search` says how. Never edited
//! once landed, as it is part of that migration.

pub(crate) mod fold;
mod letters;
pub(crate) mod postgres;
pub(crate) mod runs;
pub(crate) mod sqlite;

/// What is searched of a table: a short text, which says what the row is, and a long one.
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
    /// Names the source in a statement.
    fn fill(&self, sql: &str) -> String {
        let Self { table, title, body } = self;
        sql.replace("{table}", table).replace("{title}", title).replace("{body}", body)
    }
}
