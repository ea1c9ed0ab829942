//! SQL statements for both databases.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

/// Runs statements after replacing `{date}`, `{bool}` and `{now}` by better-auth's forms for this
/// database, and `{binary}` by the binary collation.
pub(crate) async fn run(manager: &SchemaManager<'_>, statements: &str) -> Result<(), DbErr> {
    let db = manager.get_connection();
    let words = if is_postgres(db) {
        [
            ("{date}", "timestamptz"),
            ("{bool}", "boolean"),
            ("{now}", "default CURRENT_TIMESTAMP"),
            ("{binary}", "collate \"C\""),
        ]
    } else {
        [("{date}", "date"), ("{bool}", "integer"), ("{now}", ""), ("{binary}", "")]
    };
    let statements =
        words.iter().fold(statements.to_owned(), |sql, (word, meaning)| sql.replace(word, meaning));
    db.execute_unprepared(&statements).await?;
    Ok(())
}

pub(crate) fn is_postgres(db: &impl ConnectionTrait) -> bool {
    db.get_database_backend() == DbBackend::Postgres
}
