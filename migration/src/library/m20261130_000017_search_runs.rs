//! Extends search to parts of runs (letters of scripts without spaces), words without vowel
//! points, and words with invisible characters. Indexes the rows that contain such letters, and
//! stores the runs of each row, which the query checks for longer parts. From this version on,
//! the program writes the terms and runs of each row that it writes.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, QueryResult, Statement, Value},
};

use crate::{
    search::{fold, runs},
    sql,
};

/// This change.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

/// Number of rows that one statement reads.
const BATCH: usize = 500;
/// Number of rows that one statement writes.
const WRITE_BATCH: usize = 100;
/// Number of characters of a text that are indexed.
const MAX_INDEXED: usize = 10_000;

struct Table {
    name: &'static str,
    title: &'static str,
    body: &'static str,
}

const TABLES: [Table; 2] = [
    Table { name: "book", title: "title", body: "description" },
    Table { name: "author", title: "name", body: "bio" },
];

const COLUMNS: &str = r#"
alter table "{table}Search" add column "titleRuns" text not null default '';
alter table "{table}Search" add column "bodyRuns" text not null default '';
"#;

const NO_COLUMNS: &str = r#"
alter table "{table}Search" drop column "titleRuns";
alter table "{table}Search" drop column "bodyRuns";
"#;

/// A row that another program updates loses its runs: on PostgreSQL by this trigger, on SQLite
/// because its entry is replaced.
const TRIGGER: &str = r#"
create or replace function "{table}Search"() returns trigger language plpgsql as $search$ begin
  insert into "{table}Search" ("{table}Id", "words") values (new."id", "searchVector"(new."{title}", new."{body}"))
    on conflict ("{table}Id") do update set "words" = excluded."words"{runs};
  return null;
end $search$;
"#;

const NO_RUNS: &str = r#", "titleRuns" = '', "bodyRuns" = ''"#;

/// The index entry of a row.
struct Row {
    id: String,
    title: Text,
    body: Text,
}

struct Text {
    /// As SQLite's tokenizer expects them.
    words: String,
    runs: String,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        for table in &TABLES {
            table.run(manager, COLUMNS, "").await?;
            if sql::is_postgres(db) {
                table.run(manager, TRIGGER, NO_RUNS).await?;
            }
            table.index(db, true).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        for table in &TABLES {
            table.index(db, false).await?;
            if sql::is_postgres(db) {
                table.run(manager, TRIGGER, "").await?;
            }
            table.run(manager, NO_COLUMNS, "").await?;
        }
        Ok(())
    }
}

impl Table {
    async fn run(&self, manager: &SchemaManager<'_>, sql: &str, runs: &str) -> Result<(), DbErr> {
        sql::run(manager, &self.fill(sql).replace("{runs}", runs)).await
    }

    fn fill(&self, sql: &str) -> String {
        let Self { name, title, body } = self;
        sql.replace("{table}", name).replace("{title}", title).replace("{body}", body)
    }

    /// Indexes all rows whose words the triggers cannot determine: with their runs, or as
    /// before this migration.
    async fn index(&self, db: &impl ConnectionTrait, with_runs: bool) -> Result<(), DbErr> {
        let mut last = String::new();
        loop {
            let found = self.rows(db, &last).await?;
            for some in found.chunks(WRITE_BATCH) {
                let mut rows = Vec::new();
                for row in some {
                    rows.extend(read(row, with_runs)?);
                }
                if sql::is_postgres(db) {
                    self.write_postgres(db, &rows, with_runs).await?;
                } else {
                    self.write_sqlite(db, &rows).await?;
                }
            }
            match found.get(BATCH - 1) {
                Some(row) => last = row.try_get_by_index(0)?,
                None => return Ok(()),
            }
        }
    }

    /// Reads the next rows after `last` that contain characters outside ASCII.
    async fn rows(&self, db: &impl ConnectionTrait, last: &str) -> Result<Vec<QueryResult>, DbErr> {
        let (mark, is_not_ascii) = if sql::is_postgres(db) {
            ("$1", r"~ '[^\x01-\x7f]'")
        } else {
            ("?", "glob '*[^' || char(1) || '-' || char(127) || ']*'")
        };
        let sql = self.fill(&format!(
            r#"select "id", "{{title}}", "{{body}}" from "{{table}}" where "id" > {mark}
               and ("{{title}}" {is_not_ascii} or "{{body}}" {is_not_ascii}) order by "id" limit {BATCH}"#
        ));
        let backend = db.get_database_backend();
        db.query_all_raw(Statement::from_sql_and_values(backend, sql, [last.into()])).await
    }

    async fn write_postgres(
        &self,
        db: &impl ConnectionTrait,
        rows: &[Row],
        with_runs: bool,
    ) -> Result<(), DbErr> {
        if rows.is_empty() {
            return Ok(());
        }
        let marks = |row: usize| {
            let marks: Vec<_> = (1..6).map(|column| format!("${}", row * 5 + column)).collect();
            format!("({})", marks.join(", "))
        };
        let marks: Vec<_> = (0..rows.len()).map(marks).collect();
        let words = if with_runs {
            r#"(r."title" || r."body")::tsvector"#
        } else {
            r#""searchVector"(r."title", r."body")"#
        };
        let sql = self.fill(&format!(
            r#"update "{{table}}Search" as s set "words" = {words}, "titleRuns" = r."titleRuns", "bodyRuns" = r."bodyRuns"
               from (values {}) as r ("id", "title", "body", "titleRuns", "bodyRuns") where s."{{table}}Id" = r."id""#,
            marks.join(", ")
        ));
        let text = |text: &Text, weight| {
            if with_runs { text.with_positions(weight) } else { text.words.clone() }
        };
        let values = rows.iter().flat_map(|Row { id, title, body }| {
            let runs = [title.runs.clone(), body.runs.clone()];
            [id.clone(), text(title, "1A"), text(body, "2")].into_iter().chain(runs)
        });
        execute(db, sql, values.map(Value::from)).await
    }

    async fn write_sqlite(&self, db: &impl ConnectionTrait, rows: &[Row]) -> Result<(), DbErr> {
        let statements = [
            (1, r#"delete from "{table}Search" where "{table}Id" = $1"#),
            (
                5,
                r#"insert into "{table}Search" ("{table}Id", "title", "body", "titleRuns", "bodyRuns") values ($1, $2, $3, $4, $5)"#,
            ),
            (
                1,
                r#"insert into "{table}SearchIndex" (rowid, "title", "body") select "number", "title", "body" from "{table}Search" where "{table}Id" = $1"#,
            ),
        ];
        let statements = statements.map(|(count, sql)| (count, self.fill(sql)));
        for Row { id, title, body } in rows {
            let values = [id, &title.words, &body.words, &title.runs, &body.runs];
            for (count, sql) in &statements {
                let values = values.into_iter().take(*count).map(Value::from);
                execute(db, sql.clone(), values).await?;
            }
        }
        Ok(())
    }
}

impl Text {
    /// Returns the words with positions, which carry the weight.
    fn with_positions(&self, weight: &str) -> String {
        self.words.split_whitespace().flat_map(|word| [word, ":", weight, " "]).collect()
    }
}

/// Parses a row; `None` if the triggers index it.
fn read(row: &QueryResult, with_runs: bool) -> Result<Option<Row>, DbErr> {
    let id = row.try_get_by_index(0)?;
    let (title, body): (String, Option<String>) =
        (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
    let texts = [title, body.unwrap_or_default()];
    if texts.iter().all(|text| runs::is_indexed_by_triggers(text)) {
        return Ok(None);
    }
    let was_folded = !texts.iter().all(|text| fold::is_folded_by_triggers(text));
    let [title, body] = texts.map(|text| {
        if with_runs {
            let runs::Indexed { terms, runs } = runs::indexed(&text);
            return Text { words: terms.join(" "), runs };
        }
        let first = || text.chars().take(MAX_INDEXED).collect();
        let words = if was_folded { fold::indexed(&text) } else { first() };
        Text { words, runs: String::new() }
    });
    Ok(Some(Row { id, title, body }))
}

async fn execute(
    db: &impl ConnectionTrait,
    sql: String,
    values: impl IntoIterator<Item = Value>,
) -> Result<(), DbErr> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    db.execute_raw(statement).await.map(drop)
}
