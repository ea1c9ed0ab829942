//! Folds the letters of all scripts by Unicode's rules on both databases: in the folded columns
//! of titles and names, and in the index for rows whose letters the triggers do not fold, such as
//! Cherokee, Osage or a capital ß. When the program writes such a row, it also writes its index
//! words.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, Statement, Value},
};

use crate::{
    search::fold::{fold, indexed, is_folded_by_triggers},
    sql,
};

/// This change.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

/// Number of rows that one statement reads.
const BATCH: usize = 500;

struct Table {
    name: &'static str,
    title: &'static str,
    body: &'static str,
}

const TABLES: [Table; 2] = [
    Table { name: "book", title: "title", body: "description" },
    Table { name: "author", title: "name", body: "bio" },
];

struct Row {
    id: String,
    title: String,
    folded: String,
    body: Option<String>,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        for table in &TABLES {
            let mut last = String::new();
            loop {
                let rows = table.rows(db, &last).await?;
                for row in &rows {
                    table.refold(db, row).await?;
                }
                match rows.into_iter().nth(BATCH - 1) {
                    Some(row) => last = row.id,
                    None => break,
                }
            }
        }
        Ok(())
    }

    /// Nothing to undo: the improved folding also suits earlier versions.
    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }
}

impl Table {
    /// Reads the next rows after an id.
    async fn rows(&self, db: &impl ConnectionTrait, last: &str) -> Result<Vec<Row>, DbErr> {
        let Self { name, title, body } = self;
        let mark = if sql::is_postgres(db) { "$1" } else { "?" };
        let sql = format!(
            r#"select "id", "{title}", "{title}Folded", "{body}" from "{name}" where "id" > {mark} order by "id" limit {BATCH}"#
        );
        let backend = db.get_database_backend();
        let rows = db.query_all_raw(Statement::from_sql_and_values(backend, sql, [last.into()]));
        let read = |row: &sea_orm_migration::sea_orm::QueryResult| {
            Ok(Row {
                id: row.try_get_by_index(0)?,
                title: row.try_get_by_index(1)?,
                folded: row.try_get_by_index(2)?,
                body: row.try_get_by_index(3)?,
            })
        };
        rows.await?.iter().map(read).collect()
    }

    async fn refold(&self, db: &impl ConnectionTrait, row: &Row) -> Result<(), DbErr> {
        let Self { name, title, .. } = self;
        let Row { id, title: text, folded, body } = row;
        let body = body.as_deref().unwrap_or_default();
        if is_folded_by_triggers(text) && is_folded_by_triggers(body) {
            return Ok(());
        }
        let better = fold(text);
        if better != *folded {
            let sql = format!(r#"update "{name}" set "{title}Folded" = $1 where "id" = $2"#);
            run(db, &sql, vec![better.into(), id.as_str().into()]).await?;
        }
        let (text, body) = (indexed(text), indexed(body));
        let statements: &[&str] = if sql::is_postgres(db) {
            &[
                r#"update "{table}Search" set "words" = "searchVector"($2, $3) where "{table}Id" = $1"#,
            ]
        } else {
            &[
                r#"delete from "{table}Search" where "{table}Id" = $1"#,
                r#"insert into "{table}Search" ("{table}Id", "title", "body") values ($1, $2, $3)"#,
                r#"insert into "{table}SearchIndex" (rowid, "title", "body") select "number", "title", "body" from "{table}Search" where "{table}Id" = $1"#,
            ]
        };
        for sql in statements {
            let count = if sql.contains("$3") { 3 } else { 1 };
            let values = [id.as_str(), &text, &body].map(Value::from);
            run(db, &sql.replace("{table}", name), values.into_iter().take(count)).await?;
        }
        Ok(())
    }
}

async fn run(
    db: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<(), DbErr> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    db.execute_raw(statement).await.map(drop)
}
