//! Opens the database that the settings name, and applies migrations to it.

use std::time::Duration;

use database::{
    Database, internal,
    private::{check_database, database_files, restrict},
    requirement::{self, Target, UnmetRequirement},
};
use domain::{Author, AuthorFilter, Book, BookFilter, UserId, ability::Readable};
use migration::{Direction, Migrator, MigratorTrait, SYSTEM_USER};
use repositories::ListRepository;

use crate::{config::Config, failure::Failure, output, schema_check::explained};

/// How much longer than a GraphQL request a statement of the server may take. Statements of
/// sign-ins and mails have at least this time.
pub(crate) const STATEMENT_GRACE: Duration = Duration::from_secs(5);

/// Opens the database, and restricts its files to their owner. Fails with advice if a
/// requirement is unmet.
pub(crate) async fn open(config: &Config) -> Result<Database, Failure> {
    let cannot_be_opened = |reason: String| {
        Failure(format!("DATABASE_URL ({}) cannot be opened: {reason}", config.database_url))
    };
    if let Some(file) = config.database_url.file() {
        check_database(file).map_err(|error| cannot_be_opened(error.to_string()))?;
        for file in database_files(file) {
            restrict(&file);
        }
    }
    let unmet = requirement::unmet(&config.database_url, config.database_pooler_url.as_ref()).await;
    if !unmet.is_empty() {
        let lines: Vec<_> = unmet.iter().map(|unmet| unmet_line(config, unmet)).collect();
        return Err(Failure(lines.join("\n")));
    }
    let opened = Database::connect(&config.database_url).await;
    opened.map_err(|error| cannot_be_opened(Failure::from(error).0))
}

fn unmet_line(config: &Config, unmet: &UnmetRequirement) -> String {
    let UnmetRequirement { target, what, advice } = unmet;
    let url = match target {
        Target::Database => Some(&config.database_url),
        Target::Pooler => config.database_pooler_url.as_ref(),
    };
    let url = url.map(|url| format!(" ({url})")).unwrap_or_default();
    format!("{}{url} {what}; {advice}", setting(*target))
}

/// The setting that names the database or the pooler.
pub(crate) fn setting(target: Target) -> &'static str {
    match target {
        Target::Database => "DATABASE_URL",
        Target::Pooler => "DATABASE_POOLER_URL",
    }
}

/// Whether the database is an SQLite file that does not exist. Opening creates the file.
pub(crate) fn is_missing(config: &Config) -> bool {
    config.database_url.file().is_some_and(|file| !file.exists())
}

/// Opens the database for a command that needs every table. Fails unless all migrations are
/// applied.
pub(crate) async fn open_migrated(config: &Config) -> Result<Database, Failure> {
    if is_missing(config) {
        return Err(Failure(format!(
            "DATABASE_URL ({}) names a file that is not there; run `bookplate migrate up` first",
            config.database_url
        )));
    }
    let db = open(config).await?;
    match pending_migrations(&db).await? {
        0 => Ok(db),
        pending => Err(Failure(format!(
            "the database lacks {pending} migrations; run `bookplate migrate up` first"
        ))),
    }
}

/// The number of migrations that are not applied yet.
pub(crate) async fn pending_migrations(db: &Database) -> Result<usize, Failure> {
    let pending = Migrator::get_pending_migrations_read_only(db.reader()).await;
    Ok(pending.map_err(internal)?.len())
}

/// Applies migrations, or reverts them.
pub(crate) async fn migrate(db: &Database, direction: Direction) -> Result<(), Failure> {
    // A database user who may not create tables may still serve a schema that is up to date.
    if matches!(direction, Direction::Up(_)) && pending_migrations(db).await? == 0 {
        return Ok(());
    }
    let own = db.dedicated().await?;
    let migrated = migration::migrate(&own, direction).await;
    own.close().await.map_err(internal)?;
    match migrated {
        Ok(()) => Ok(()),
        Err(error) => Err(explained(db, error).await),
    }
}

/// Applies every pending migration, for `serve`. Returns their number.
pub(crate) async fn migrate_to_latest(db: &Database) -> Result<usize, Failure> {
    let pending = pending_migrations(db).await?;
    migrate(db, Direction::Up(None)).await?;
    report_rows_without_owner(db).await?;
    Ok(pending)
}

/// Prints how to give away books and authors that had no owner before a migration.
pub(crate) async fn report_rows_without_owner(db: &Database) -> Result<(), Failure> {
    let owner_id = Some(UserId::from(SYSTEM_USER));
    let books = BookFilter { owner_id: owner_id.clone(), ..BookFilter::default() };
    let authors = AuthorFilter { owner_id, ..AuthorFilter::default() };
    let lists = ListRepository::new(db.reader());
    let reason = "migrating to owners";
    let count = lists.count::<Book>(&books, &Readable::system(reason)).await?
        + lists.count::<Author>(&authors, &Readable::system(reason)).await?;
    if count > 0 {
        output::say(
            "books or authors without an owner belong to the user \"Bookplate\" now; \
             `bookplate migrate up --owner EMAIL` gives them to another user\n",
        );
    }
    Ok(())
}
