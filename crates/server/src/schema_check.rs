//! Whether the database has the tables and columns that this version needs: told by
//! `migrate status` and `doctor`, and asked before `serve` answers anybody.

use std::fmt::Write;

use domain::Error;
use migration::{Drift, MigrationStatus, Migrator, MigratorTrait, Structure};
use repositories::{Database, internal, is_about_schema};
use sea_orm::{ConnectionTrait, DbErr};
use tracing::{instrument::WithSubscriber, subscriber::NoSubscriber};

use crate::failure::Failure;

/// What to do about a schema that is not ours.
pub(crate) const ADVICE: &str = "Add what is missing, or give DATABASE_URL a database of its own: \
                      `bookplate import better-auth` takes users over from one with other names";

/// How far the schema is, and how it differs from what is expected there.
pub(crate) struct SchemaCheck {
    /// Changes that are not applied yet.
    pub(crate) pending: usize,
    /// Differences, none where nothing was applied.
    pub(crate) drift: Vec<Drift>,
}

impl SchemaCheck {
    /// Looks at the whole schema.
    pub(crate) async fn of(db: &Database) -> Result<Self, Failure> {
        let all = Migrator::get_migration_with_status_read_only(db.reader()).await;
        let all = all.map_err(internal)?;
        let pending = all.iter().filter(|it| it.status() == MigrationStatus::Pending).count();
        let expected = expected(all.len() - pending, db).await?;
        let found = Structure::found(db.reader()).await.map_err(internal)?;
        Ok(Self { pending, drift: expected.drift(&found) })
    }

    /// Fails when something is missing; what differs otherwise becomes a notice.
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

/// Why the schema could not be changed: often it has tables of somebody else.
pub(crate) async fn explained(db: &Database, error: DbErr) -> Failure {
    let about_schema = is_about_schema(&error);
    let Failure(reason) = Error::internal(error).into();
    let mut text = format!("the schema cannot be changed, and was left as it is: {reason}");
    // Of a full disk nobody is helped by what the schema lacks.
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
    let expected = expected(Migrator::migrations().len(), db).await?;
    let found = Structure::found(db.reader()).await.map_err(internal)?;
    Ok((expected, found))
}

fn lines(drift: &[Drift]) -> String {
    drift.iter().fold(String::new(), |mut text, drift| {
        _ = write!(text, "\n  {drift}");
        text
    })
}

/// What the first `steps` migrations make. They run on a database of their own, which
/// is nothing that the log of this one should tell.
async fn expected(steps: usize, db: &Database) -> Result<Structure, Failure> {
    let backend = db.reader().get_database_backend();
    let expected = Structure::expected(steps, backend).with_subscriber(NoSubscriber::default());
    Ok(expected.await.map_err(internal)?)
}
