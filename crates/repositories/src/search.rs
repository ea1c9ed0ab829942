//! Rows that have all words of a search, and how well they fit.
//!
//! A rank is a number that both databases compute alike, and that stays the same while
//! others add rows, so that a cursor can hold it: the lower, the better.
//!
//! - 0: the title is the text searched for.
//! - From 10,000 on: every word is in the title; the shorter the title, the better.
//! - From 100,000 on: some words are in the body alone; the shorter that is, the better.
//!
//! Words hold letters, digits and marks alone, so nothing in them is syntax.

use domain::{
    Result, Search,
    search::Word,
    text::{is_folded_by_triggers, plain},
    validation::MAX_TEXT,
};
use sea_orm::{
    ConnectionTrait, DbBackend, Statement,
    sea_query::{
        Alias, Asterisk, Condition, Expr, JoinType, Query, SelectStatement, SimpleExpr, Value,
    },
};

use crate::{database::is_postgres, internal};

/// A table that has a full-text index: `bookSearch` of `book`.
pub(crate) struct Searched {
    pub(crate) table: &'static str,
    /// The index's column with the row's id.
    pub(crate) id: &'static str,
    /// The table's folded column.
    pub(crate) title: &'static str,
    pub(crate) body: &'static str,
}

impl Searched {
    /// Lets `query` have, in place of the table, those of its rows that `search` finds,
    /// each with its `rank` as a further column.
    ///
    /// The index comes first, whatever the databases believe: they know little of how many
    /// rows have a word, and would rather read the whole table for the few that do. Each
    /// row is fetched once, so that of many the first ones are kept and no more sorted.
    pub(crate) fn narrow(&self, backend: DbBackend, query: &mut SelectStatement, search: &Search) {
        let found = if search.words().is_empty() {
            self.nothing()
        } else if is_postgres(backend) {
            self.postgres(search)
        } else {
            self.sqlite(search)
        };
        query.from_clear().from_subquery(found, Alias::new(self.table));
    }

    /// Gives the index the folded words of rows that were written just now, id, title and
    /// body of each: of those with letters that the triggers, which gave it all rows, do
    /// not fold.
    pub(crate) async fn refold<'t, C: ConnectionTrait>(
        &self,
        db: &C,
        rows: impl IntoIterator<Item = (&'t str, &'t str, Option<&'t str>)>,
    ) -> Result<()> {
        for (id, title, body) in rows {
            let texts = [title, body.unwrap_or_default()];
            if !texts.into_iter().all(is_folded_by_triggers) {
                self.write_folded(db, id, texts.map(indexed)).await?;
            }
        }
        Ok(())
    }

    async fn write_folded<C: ConnectionTrait>(
        &self,
        db: &C,
        row: &str,
        [title, body]: [String; 2],
    ) -> Result<()> {
        let Self { table, id, .. } = self;
        let backend = db.get_database_backend();
        let run = async |sql: String, values: Vec<Value>| {
            let statement = Statement::from_sql_and_values(backend, sql, values);
            db.execute_raw(statement).await.map(drop).map_err(internal)
        };
        if is_postgres(backend) {
            let sql = format!(
                r#"UPDATE "{table}Search" SET "words" = "searchVector"($1, $2) WHERE "{id}" = $3"#
            );
            return run(sql, vec![title.into(), body.into(), row.into()]).await;
        }
        // Its words leave the index with the row.
        run(format!(r#"DELETE FROM "{table}Search" WHERE "{id}" = ?"#), vec![row.into()]).await?;
        let sql =
            format!(r#"INSERT INTO "{table}Search" ("{id}", "title", "body") VALUES (?, ?, ?)"#);
        run(sql, vec![row.into(), title.into(), body.into()]).await?;
        let sql = format!(
            r#"INSERT INTO "{table}SearchIndex" (rowid, "title", "body")
               SELECT "number", "title", "body" FROM "{table}Search" WHERE "{id}" = ?"#
        );
        run(sql, vec![row.into()]).await
    }

    fn select(rank: SimpleExpr) -> SelectStatement {
        let row = (Alias::new("t"), Asterisk);
        Query::select().column(row).expr_as(rank, Alias::new("rank")).take()
    }

    fn rank(&self, in_title: &str, values: [String; 2], places: [&str; 2]) -> SimpleExpr {
        let Self { title, body, .. } = self;
        let [text, words] = places;
        let in_title = in_title.replace("{}", words);
        let sql = format!(
            r#"CASE WHEN t."{title}" = {text} THEN 0
               WHEN {in_title} THEN 10000 + length(t."{title}")
               ELSE 100000 + length(coalesce(t."{body}", '')) / 10 END"#
        );
        Expr::cust_with_values(sql, values.map(Value::from))
    }

    fn nothing(&self) -> SelectStatement {
        Self::select(Expr::cust("0"))
            .from_as(Alias::new(self.table), Alias::new("t"))
            .and_where(Expr::cust("1 = 0"))
            .take()
    }

    /// `CROSS JOIN` fixes the order in which SQLite goes.
    fn sqlite(&self, search: &Search) -> SelectStatement {
        let Self { table, id, .. } = self;
        let words: Vec<_> = search.words().iter().map(fts5).collect();
        let words = words.join(" AND ");
        let index = format!("{table}SearchIndex");
        let in_title =
            format!(r#"s."number" IN (SELECT rowid FROM "{index}" WHERE "{index}" MATCH {{}})"#);
        let values = [search.folded().to_owned(), format!("{{title}} : ({words})")];
        let place = |sql: String| Expr::cust(sql);
        // A condition of its own would be left out of a `CROSS JOIN`.
        let all = Condition::all;
        Self::select(self.rank(&in_title, values, ["?", "?"]))
            .from(Alias::new(index.as_str()))
            .join_as(
                JoinType::CrossJoin,
                Alias::new(format!("{table}Search")),
                Alias::new("s"),
                all(),
            )
            .join_as(JoinType::CrossJoin, Alias::new(*table), Alias::new("t"), all())
            .and_where(place(format!(r#"s."number" = "{index}".rowid"#)))
            .and_where(place(format!(r#"t."id" = s."{id}""#)))
            .and_where(Expr::cust_with_values(format!(r#""{index}" MATCH ?"#), [words]))
            .take()
    }

    /// `OFFSET` keeps PostgreSQL from joining the tables in another way.
    fn postgres(&self, search: &Search) -> SelectStatement {
        let Self { table, id, .. } = self;
        let words = |weight: &str| {
            let words: Vec<_> = search.words().iter().map(|word| lexeme(word, weight)).collect();
            words.join(" & ")
        };
        let values = [search.folded().to_owned(), words("A")];
        let row = Query::select()
            .column(Asterisk)
            .from(Alias::new(*table))
            .and_where(Expr::cust(format!(r#""{table}"."id" = s."{id}""#)))
            .offset(0)
            .take();
        Self::select(self.rank(r#"s."words" @@ {}::tsquery"#, values, ["$1", "$2"]))
            .from_as(Alias::new(format!("{table}Search")), Alias::new("s"))
            .join_lateral(JoinType::InnerJoin, row, Alias::new("t"), Expr::cust("true"))
            .and_where(Expr::cust_with_values(r#"s."words" @@ $1::tsquery"#, [words("")]))
            .take()
    }
}

/// A text as the index has it, which knows the first characters.
fn indexed(text: &str) -> String {
    let first = |text: &str| text.chars().take(MAX_TEXT).collect::<String>();
    first(&plain(&first(text)))
}

/// A word as FTS5 takes it.
fn fts5(Word { text, is_prefix }: &Word) -> String {
    format!(r#""{text}"{}"#, if *is_prefix { " *" } else { "" })
}

/// A word as `tsquery` takes it, `weight` being where it must be.
fn lexeme(Word { text, is_prefix }: &Word, weight: &str) -> String {
    match (*is_prefix, weight) {
        (false, "") => format!("'{text}'"),
        (false, weight) => format!("'{text}':{weight}"),
        (true, weight) => format!("'{text}':*{weight}"),
    }
}
