//! Full-text search: finds the rows that have all words of a search, and ranks them.
//!
//! A rank is a number; the lowest rank is the best. Both databases compute the same rank, and
//! it does not depend on other rows, so that a cursor can contain it.
//!
//! - 0: the title is the searched text.
//! - From 10,000 on: every word is in the title; a shorter title ranks better.
//! - From 100,000 on: some words are in the body alone; a shorter body ranks better.
//!
//! Words consist of letters, digits and marks, so that a query has nothing to escape.

use database::{internal, is_postgres};
use std::collections::HashSet;

use domain::{
    Result, Search,
    search::{Indexed, Term, Word, indexed},
    text::is_indexed_by_triggers,
};
use sea_orm::{
    ConnectionTrait, DbBackend, Statement,
    sea_query::{
        Alias, Asterisk, Condition, Expr, ExprTrait, JoinType, Query, SelectStatement, SimpleExpr,
        Value,
    },
};

/// The number of rows that one statement adds to the index of PostgreSQL.
const CHUNK: usize = 50;

/// A table that has a full-text index: `bookSearch` of `book`.
#[derive(Clone, Copy, Debug)]
pub struct SearchIndex {
    pub(crate) table: &'static str,
    /// The index's column with the row's id.
    pub(crate) id: &'static str,
    /// The table's folded column.
    pub(crate) title: &'static str,
    /// Its column with a longer text, if it has one.
    pub(crate) body: Option<&'static str>,
}

impl SearchIndex {
    /// Replaces the table in `query` by the rows that `search` finds, each with the column
    /// `rank`.
    ///
    /// The subquery makes both databases read the index first. Their planners do not know how
    /// many rows have a word, and would often read the whole table. Each row is read once, so
    /// that a limited query keeps only the best rows while it sorts.
    pub(crate) fn apply_search(
        &self,
        backend: DbBackend,
        query: &mut SelectStatement,
        search: &Search,
    ) {
        let found = if search.words().is_empty() {
            self.nothing()
        } else if is_postgres(backend) {
            self.postgres(search)
        } else {
            self.sqlite(search)
        };
        query.from_clear().from_subquery(found, Alias::new(self.table));
    }

    /// Indexes the words of rows that were just written. Triggers have indexed all rows; this
    /// method indexes again those whose letters the triggers cannot fold or segment.
    pub(crate) async fn index<'t, C: ConnectionTrait>(
        &self,
        db: &C,
        rows: impl IntoIterator<Item = Written<'t>>,
    ) -> Result<()> {
        let rows = unknown_to_triggers(rows);
        for chunk in rows.chunks(CHUNK) {
            let rows = rows_to_index(chunk);
            if is_postgres(db.get_database_backend()) {
                self.index_postgres(db, &rows).await?;
            } else {
                self.index_sqlite(db, &rows).await?;
            }
        }
        Ok(())
    }

    async fn index_postgres(&self, db: &impl ConnectionTrait, rows: &[Row]) -> Result<()> {
        let Self { table, id, .. } = self;
        let sql = format!(
            r#"UPDATE "{table}Search" AS s
               SET "words" = r."words"::tsvector, "titleRuns" = r."title", "bodyRuns" = r."body"
               FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
                 AS r ("id", "words", "title", "body")
               WHERE s."{id}" = r."id""#
        );
        run(db, &sql, columns(rows)).await
    }

    async fn index_sqlite(&self, db: &impl ConnectionTrait, rows: &[Row]) -> Result<()> {
        let Self { table, id, .. } = self;
        // A trigger removes the row's words from the index.
        let delete = format!(r#"DELETE FROM "{table}Search" WHERE "{id}" = ?"#);
        let insert = format!(
            r#"INSERT INTO "{table}Search" ("{id}", "title", "body", "titleRuns", "bodyRuns")
               VALUES (?, ?, ?, ?, ?)"#
        );
        let index = format!(
            r#"INSERT INTO "{table}SearchIndex" (rowid, "title", "body")
               SELECT "number", "title", "body" FROM "{table}Search" WHERE "{id}" = ?"#
        );
        for Row { id, title, body } in rows {
            run(db, &delete, vec![id.as_str().into()]).await?;
            let values = vec![
                id.as_str().into(),
                title.terms.join(" ").into(),
                body.terms.join(" ").into(),
                title.runs.as_str().into(),
                body.runs.as_str().into(),
            ];
            run(db, &insert, values).await?;
            run(db, &index, vec![id.as_str().into()]).await?;
        }
        Ok(())
    }

    fn select(rank: SimpleExpr) -> SelectStatement {
        let row = (Alias::new("t"), Asterisk);
        Query::select().column(row).expr_as(rank, Alias::new("rank")).take()
    }

    /// The expression of a row's rank. `in_title` is the condition that all terms are in the
    /// title; `is` and `holds` are SQL for "a column equals a text" and "contains a text".
    fn rank(&self, search: &Search, in_title: SimpleExpr, [is, holds]: [&str; 2]) -> SimpleExpr {
        let Self { title, body, .. } = self;
        let in_title = long_runs(search).fold(in_title, |all, run| {
            let sql = holds.replace("{}", r#"s."titleRuns""#);
            all.and(Expr::cust_with_values(sql, [run]))
        });
        let whole =
            Expr::cust_with_values(is.replace("{}", &format!(r#"t."{title}""#)), [search.folded()]);
        let by_body = body.map_or_else(
            || "100000".to_owned(),
            |body| format!(r#"100000 + length(coalesce(t."{body}", '')) / 10"#),
        );
        Expr::case(whole, Expr::cust("0"))
            .case(in_title, Expr::cust(format!(r#"10000 + length(t."{title}")"#)))
            .finally(Expr::cust(by_body))
            .into()
    }

    fn nothing(&self) -> SelectStatement {
        Self::select(Expr::cust("0"))
            .from_as(Alias::new(self.table), Alias::new("t"))
            .and_where(Expr::cust("1 = 0"))
            .take()
    }

    /// `CROSS JOIN` fixes the order in which SQLite reads the tables.
    fn sqlite(&self, search: &Search) -> SelectStatement {
        let Self { table, id, .. } = self;
        let terms: Vec<_> = terms(search).map(|term| fts5(&term)).collect();
        let terms = terms.join(" AND ");
        let index = format!("{table}SearchIndex");
        let in_title = Expr::cust_with_values(
            format!(r#"s."number" IN (SELECT rowid FROM "{index}" WHERE "{index}" MATCH ?)"#),
            [format!("{{title}} : ({terms})")],
        );
        let tests @ [_, holds] = ["{} = ?", "instr({}, ?) > 0"];
        // sea-query writes no condition for a `CROSS JOIN`, so they are in `WHERE`.
        let all = Condition::all;
        Self::select(self.rank(search, in_title, tests))
            .from(Alias::new(index.as_str()))
            .join_as(
                JoinType::CrossJoin,
                Alias::new(format!("{table}Search")),
                Alias::new("s"),
                all(),
            )
            .join_as(JoinType::CrossJoin, Alias::new(*table), Alias::new("t"), all())
            .and_where(Expr::cust(format!(r#"s."number" = "{index}".rowid"#)))
            .and_where(Expr::cust(format!(r#"t."id" = s."{id}""#)))
            .and_where(Expr::cust_with_values(format!(r#""{index}" MATCH ?"#), [terms]))
            .cond_where(has_long_runs(search, holds))
            .take()
    }

    /// `OFFSET 0` makes PostgreSQL execute the lateral subquery for each row of the index.
    fn postgres(&self, search: &Search) -> SelectStatement {
        let Self { table, id, .. } = self;
        let query = |weight: &str| {
            let terms: Vec<_> = terms(search).map(|term| lexeme(&term, weight)).collect();
            terms.join(" & ")
        };
        let found = |query: String| Expr::cust_with_values(r#"s."words" @@ $1::tsquery"#, [query]);
        let tests @ [_, holds] = ["{} = $1", "strpos({}, $1) > 0"];
        let row = Query::select()
            .column(Asterisk)
            .from(Alias::new(*table))
            .and_where(Expr::cust(format!(r#""{table}"."id" = s."{id}""#)))
            .offset(0)
            .take();
        Self::select(self.rank(search, found(query("A")), tests))
            .from_as(Alias::new(format!("{table}Search")), Alias::new("s"))
            .join_lateral(JoinType::InnerJoin, row, Alias::new("t"), Expr::cust("true"))
            .and_where(found(query("")))
            .cond_where(has_long_runs(search, holds))
            .take()
    }
}

/// A row by its id, title and body.
type Written<'t> = (&'t str, &'t str, Option<&'t str>);

fn unknown_to_triggers<'t>(rows: impl IntoIterator<Item = Written<'t>>) -> Vec<Written<'t>> {
    let is_known = |(_, title, body): &Written<'_>| {
        is_indexed_by_triggers(title) && body.is_none_or(is_indexed_by_triggers)
    };
    rows.into_iter().filter(|row| !is_known(row)).collect()
}

fn rows_to_index(rows: &[Written<'_>]) -> Vec<Row> {
    let row = |(id, title, body): &Written<'_>| Row {
        id: (*id).to_owned(),
        title: indexed(title),
        body: indexed(body.unwrap_or_default()),
    };
    rows.iter().map(row).collect()
}

/// A row to be indexed.
struct Row {
    id: String,
    title: Indexed,
    body: Indexed,
}

impl Row {
    /// The row as text of the type `tsvector`. Each term has a position, and those of the title
    /// the weight A. Terms contain nothing to escape.
    fn tsvector(&self) -> String {
        let terms = |indexed: &Indexed, position: &str| {
            indexed.terms.iter().flat_map(|term| [term, ":", position, " "]).collect::<String>()
        };
        terms(&self.title, "1A") + &terms(&self.body, "2")
    }
}

/// The rows as one array for each column.
fn columns(rows: &[Row]) -> Vec<Value> {
    let array = |value: fn(&Row) -> String| Value::from(rows.iter().map(value).collect::<Vec<_>>());
    vec![
        array(|row| row.id.clone()),
        array(Row::tsvector),
        array(|row| row.title.runs.clone()),
        array(|row| row.body.runs.clone()),
    ]
}

async fn run(db: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Result<()> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    db.execute_raw(statement).await.map(drop).map_err(internal)
}

/// All terms of the words, each once.
fn terms(search: &Search) -> impl Iterator<Item = Term<'_>> {
    let mut seen = HashSet::new();
    search.words().iter().flat_map(Word::terms).filter(move |term| seen.insert(term.clone()))
}

/// The runs of letters that are longer than their terms. A row can have all terms of a run
/// without having the run.
fn long_runs(search: &Search) -> impl Iterator<Item = &str> {
    search.words().iter().filter(|word| word.is_longer_than_terms()).map(|word| &*word.text)
}

/// The condition that a row has each long run in its title or its body.
fn has_long_runs(search: &Search, holds: &str) -> Condition {
    let has = |column: &str, run: &str| {
        Expr::cust_with_values(holds.replace("{}", &format!("s.\"{column}\"")), [run])
    };
    long_runs(search)
        .fold(Condition::all(), |all, run| all.add(has("titleRuns", run).or(has("bodyRuns", run))))
}

/// A term in the query syntax of FTS5.
fn fts5(Term { text, is_prefix }: &Term<'_>) -> String {
    format!(r#""{text}"{}"#, if *is_prefix { " *" } else { "" })
}

/// A term in the syntax of `tsquery`. `weight` restricts it to the title (A); it is empty for
/// title and body.
fn lexeme(Term { text, is_prefix }: &Term<'_>, weight: &str) -> String {
    match (*is_prefix, weight) {
        (false, "") => format!("'{text}'"),
        (false, weight) => format!("'{text}':{weight}"),
        (true, weight) => format!("'{text}':*{weight}"),
    }
}
