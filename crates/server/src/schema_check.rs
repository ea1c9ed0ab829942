//! Compares the database's tables and columns with those of this version, for `migrate status`,
//! `doctor` and the start.

use std::fmt::Write;

use database::{Database, internal, is_about_schema};
use domain::Error;
use migration::{Drift, MigrationStatus, Migrator, MigratorTrait, Structure};
use sea_orm::{ConnectionTrait, DbErr};
use tracing::{instrument::WithSubscriber, subscriber::NoSubscriber};

use crate::failure::Failure;

/// Advice for a schema that differs.
pub(crate) const ADVICE: &str = "Add what is missing, or give DATABASE_URL a database of its own: \
                      `bookplate import better-auth` takes users over from one with other names";

/// The pending migrations, and how the schema differs from the applied ones.
pub(crate) struct SchemaCheck {
    /// The number of migrations that are not applied yet.
    pub(crate) pending: usize,
    /// Differences; none if no migration is applied.
    pub(crate) drift: Vec<Drift>,
}

impl SchemaCheck {
    /// Checks the whole schema.
    pub(crate) async fn of(db: &Database) -> Result<Self, Failure> {
        let all = Migrator::get_migration_with_status_read_only(db.reader()).await;
        let all = all.map_err(internal)?;
        let (applied, pending): (Vec<_>, Vec<_>) =
            all.iter().partition(|it| it.status() == MigrationStatus::Applied);
        let expected = expected(applied.iter().map(|it| it.name()), db).await?;
        let found = Structure::found(db.reader()).await.map_err(internal)?;
        Ok(Self { pending: pending.len(), drift: expected.drift(&found) })
    }

    /// Fails if a table or column is missing. Other differences become notices.
    pub(crate) fn passed(self, notices: &mut Vec<String>) -> Result<(), Failure> {
        let (missing, others): (Vec<_>, Vec<_>) =
            self.drift.into_iter().partition(Drift::is_missing);
        notices.extend(others.iter().map(|drift| format!("the database's {drift}")));
        if missing.is_empty() {
            return Ok(());
        }
        Err(Failure(format!("the database is not complete:{}\n{ADVICE}", lines(&missing))))
    }
}

/// The failure of a migration, with the tables and columns that another program may have made.
pub(crate) async fn explained(db: &Database, error: DbErr) -> Failure {
    let about_schema = is_about_schema(&error);
    let Failure(reason) = Error::internal(error).into();
    let mut text = format!("the schema cannot be changed, and was left as it is: {reason}");
    // Differences of the schema do not explain e.g. a full disk.
    if !about_schema {
        return Failure(text);
    }
    let Ok((expected, found)) = structures(db).await else { return Failure(text) };
    let missing = expected.drift(&found).into_iter().filter(|drift| match drift {
        Drift::NoTable(_) => false,
        drift => drift.is_missing(),
    });
    let missing: Vec<_> = missing.collect();
    let there: Vec<_> = expected.tables().filter(|table| found.table(table).is_some()).collect();
    if !there.is_empty() {
        // Writing to a text does not fail.
        _ = write!(text, "\nThere are already the tables {}", there.join(", "));
    }
    if !missing.is_empty() {
        _ = write!(text, "; in them:{}", lines(&missing));
    }
    Failure(format!("{text}\n{ADVICE}"))
}

async fn structures(db: &Database) -> Result<(Structure, Structure), Failure> {
    let all = Migrator::migrations();
    let expected = expected(all.iter().map(|migration| migration.name()), db).await?;
    let found = Structure::found(db.reader()).await.map_err(internal)?;
    Ok((expected, found))
}

fn lines(drift: &[Drift]) -> String {
    drift.iter().fold(String::new(), |mut text, drift| {
        _ = write!(text, "\n  {drift}");
        text
    })
}

/// The schema that these migrations make. They run on a database in memory, without log lines.
async fn expected<'n>(
    applied: impl Iterator<Item = &'n str>,
    db: &Database,
) -> Result<Structure, Failure> {
    let backend = db.reader().get_database_backend();
    let expected = Structure::expected(applied, backend).with_subscriber(NoSubscriber::default());
    Ok(expected.await.map_err(internal)?)
}
