//! The checks of each part that the server needs.

use std::{future::Future, time::Duration};

use auth::redis::Redis;
use domain::Error;
use migration::{Migrator, MigratorTrait};
use repositories::Database;
use sea_orm::{ConnectionTrait, Statement};
use tokio::time::{Instant, timeout_at};

use crate::telemetry::chain;

/// The time limit of all checks together.
const LIMIT: Duration = Duration::from_millis(800);

/// Increments the counter of probes, and returns it.
const WRITE: &str = r#"insert into "healthProbe" ("id", "writes") values ('readyz', 1)
    on conflict ("id") do update set "writes" = "healthProbe"."writes" + 1 returning "writes""#;
/// Reads the counter on another connection.
const READ_BACK: &str = r#"select "writes" from "healthProbe" where "id" = 'readyz'"#;

/// The cause if a check exceeded its time limit.
const LATE: &str = "no answer in time";

/// A part that does not work.
#[derive(Debug)]
pub(crate) struct Failed {
    /// The part's name, e.g. `database.write`.
    pub(crate) part: &'static str,
    pub(crate) cause: String,
}

/// The parts of the database that do not work. Takes a second at most.
pub(crate) async fn database(db: &Database) -> Vec<Failed> {
    let deadline = Instant::now() + LIMIT;
    let file = within(deadline, "database.file", db.check_file()).await;
    // A replaced file must not be read, and a removed file must not be written.
    if let Err(failed) = file {
        return vec![failed];
    }
    let (reads, writes) = (db.reads(), db.writes());
    let (read, schema, written) = tokio::join!(
        within(deadline, "database.read", read(db)),
        within(deadline, "database.schema", migrated(db)),
        within(deadline, "database.write", write(db)),
    );
    // A busy database works: clients must not be able to make the server look broken by
    // keeping the database busy.
    let has_read = |checked| unless_late(checked, db.reads() > reads);
    match (has_read(read), has_read(schema), unless_late(written, db.writes() > writes)) {
        (Err(failed), _, _) => vec![failed],
        (Ok(()), schema, written) => {
            [schema, written].into_iter().filter_map(Result::err).collect()
        }
    }
}

/// The part of Redis that does not work, if any. Takes a second at most.
pub(crate) async fn redis(redis: &Redis) -> Option<Failed> {
    let failed = redis.probe().await.err()?;
    Some(Failed { part: failed.part, cause: failed.cause })
}

/// The result of a check, or success if the check only was late because the part was busy.
fn unless_late(checked: Result<(), Failed>, is_busy: bool) -> Result<(), Failed> {
    match checked {
        Err(Failed { cause, .. }) if is_busy && cause == LATE => Ok(()),
        checked => checked,
    }
}

async fn within(
    deadline: Instant,
    part: &'static str,
    check: impl Future<Output = domain::Result<()>>,
) -> Result<(), Failed> {
    let cause = match timeout_at(deadline, check).await {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(Error::Internal(source))) => chain(source.as_ref()),
        Ok(Err(error)) => error.to_string(),
        Err(_) => LATE.to_owned(),
    };
    Err(Failed { part, cause })
}

async fn read(db: &Database) -> domain::Result<()> {
    count(db.reader(), r#"select cast(1 as bigint) as "one""#, "one").await.map(drop)
}

/// Fails unless the migrations of this version are applied: a database that was created
/// anew has none.
async fn migrated(db: &Database) -> domain::Result<()> {
    let table = Migrator::migration_table_name();
    let sql = format!(r#"select count(*) as "count" from "{table}""#);
    let applied = count(db.reader(), &sql, "count").await?;
    let known = Migrator::migrations().len();
    if applied.is_some_and(|applied| usize::try_from(applied).is_ok_and(|it| it >= known)) {
        return Ok(());
    }
    Err(Error::internal(std::io::Error::other("the schema is not complete")))
}

/// Writes a row, and checks that another connection reads it: a database that accepts writes
/// without committing them does not work.
async fn write(db: &Database) -> domain::Result<()> {
    let written = count(db.writer(), WRITE, "writes").await?;
    if written.is_some() && count(db.reader(), READ_BACK, "writes").await? >= written {
        return Ok(());
    }
    Err(Error::internal(std::io::Error::other("what is written does not last")))
}

async fn count<C: ConnectionTrait>(db: &C, sql: &str, column: &str) -> domain::Result<Option<i64>> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    // With its cause, whatever its code for clients.
    let row = db.query_one_raw(statement).await.map_err(Error::internal)?;
    row.map(|row| row.try_get("", column)).transpose().map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use migration::{Direction, migrate};
    use repositories::DatabaseUrl;

    use super::*;

    async fn parts(db: &Database) -> Vec<&'static str> {
        database(db).await.iter().map(|failed| failed.part).collect()
    }

    #[tokio::test]
    async fn a_writer_that_does_not_come_to_write_is_found_out() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite(folder.path().join("b.db"));
        let db = Database::connect(&url).await.unwrap();
        assert_eq!(parts(&db).await, ["database.schema", "database.write"]);
        let dedicated = db.dedicated().await.unwrap();
        migrate(&dedicated, Direction::Up(None)).await.unwrap();
        dedicated.close().await.unwrap();
        assert!(parts(&db).await.is_empty());

        let other = db.begin().await.unwrap();
        assert_eq!(parts(&db).await, ["database.write"]);
        other.commit().await.unwrap();
        assert!(parts(&db).await.is_empty());
    }

    #[test]
    fn a_part_that_is_busy_with_others_works() {
        let late = || Err(Failed { part: "database.write", cause: LATE.to_owned() });
        assert!(unless_late(late(), true).is_ok());
        assert!(unless_late(late(), false).is_err());
        let full = Err(Failed { part: "database.write", cause: "disk full".to_owned() });
        assert!(unless_late(full, true).is_err());
    }
}
