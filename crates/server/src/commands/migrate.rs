//! `bookplate migrate`: applies, reverts or lists migrations.

use std::fmt::Write;

use database::{Database, internal};
use domain::{Permit, UserId, ability::Update};
use migration::{Direction, MigrationStatus, Migrator, MigratorTrait, SYSTEM_USER};
use repositories::{AuthorRepository, BookRepository};

use crate::{
    cli::Migrate,
    config::Config,
    database_setup::{self, is_missing, open, pending_migrations, report_rows_without_owner},
    failure::Failure,
    isbn_check, output,
    schema_check::SchemaCheck,
};

pub(super) async fn run(config: &Config, direction: Migrate) -> Result<(), Failure> {
    if matches!(direction, Migrate::Status) && is_missing(config) {
        let pending = Migrator::migrations();
        return output::print(status(pending.iter().map(|it| (it.name(), false))));
    }
    let db = open(config).await?;
    match direction {
        Migrate::Up { steps, owner } => {
            let owner = match owner {
                Some(email) => Some(find_owner(&db, &email).await?),
                None => None,
            };
            database_setup::migrate(&db, Direction::Up(steps)).await?;
            give_rows(&db, owner.as_ref()).await?;
            print_shared_isbns(&db).await?;
        }
        Migrate::Down { steps, force } => {
            refuse_in_production(config, force)?;
            database_setup::migrate(&db, Direction::Down(Some(steps))).await?;
        }
        Migrate::Fresh { force } => {
            refuse_in_production(config, force)?;
            database_setup::migrate(&db, Direction::Fresh).await?;
        }
        Migrate::Status => {
            return match print_status(&db).await? {
                0 => Ok(()),
                drifted => Err(Failure(format!("the schema has drifted in {drifted} places"))),
            };
        }
    }
    print_status(&db).await?;
    Ok(())
}

fn refuse_in_production(config: &Config, force: bool) -> Result<(), Failure> {
    if config.is_production() && !force {
        return Err(Failure("the command loses data; in production it needs --force".to_owned()));
    }
    Ok(())
}

/// Finds the owner before anything is changed, so that a wrong address changes nothing. Works on
/// a database without the column `deletedAt`.
async fn find_owner(db: &Database, email: &str) -> Result<UserId, Failure> {
    let id = db.users().find_id_by_email(&email.trim().to_lowercase()).await;
    id.unwrap_or_default().ok_or_else(|| {
        Failure(format!("--owner: no user signs in as {email}; nothing was migrated"))
    })
}

/// Gives the rows without an owner to `owner`, or prints who owns them.
async fn give_rows(db: &Database, owner: Option<&UserId>) -> Result<(), Failure> {
    if pending_migrations(db).await? > 0 {
        if owner.is_some() {
            output::say("--owner gives rows away once no migration is pending; none were given\n");
        }
        return Ok(());
    }
    let Some(owner) = owner else { return report_rows_without_owner(db).await };
    let tx = db.begin().await?;
    let (mut books, mut authors) = (0, 0);
    if let Some(system) = tx.users().find(&UserId::from(SYSTEM_USER)).await? {
        let permit = Permit::system("migrate up --owner", Update, system);
        books = BookRepository::new(tx.connection()).change_owner(&permit, owner).await?;
        authors = AuthorRepository::new(tx.connection()).change_owner(&permit, owner).await?;
    }
    tx.commit().await?;
    output::say(format_args!(
        "{books} books and {authors} authors without an owner were given to user {owner}\n"
    ));
    Ok(())
}

async fn print_shared_isbns(db: &Database) -> Result<(), Failure> {
    if pending_migrations(db).await? == 0
        && let Some(shared) = isbn_check::shared(db).await?
    {
        output::say(format_args!("{shared}; {}\n", isbn_check::ADVICE));
    }
    Ok(())
}

/// Prints the status of all migrations, and returns the number of differences of the schema.
async fn print_status(db: &Database) -> Result<usize, Failure> {
    let all = Migrator::get_migration_with_status_read_only(db.reader()).await.map_err(internal)?;
    let is_applied = |status| status == MigrationStatus::Applied;
    let mut text = status(all.iter().map(|it| (it.name(), is_applied(it.status()))));
    let drift = SchemaCheck::of(db).await?.drift;
    for drift in &drift {
        // Writing to a text does not fail.
        _ = writeln!(text, "drifted: {drift}");
    }
    output::print(text)?;
    Ok(drift.len())
}

/// Every migration with its status, and their numbers.
fn status<'a>(all: impl Iterator<Item = (&'a str, bool)>) -> String {
    let (mut text, mut applied, mut pending) = (String::new(), 0, 0);
    for (name, is_applied) in all {
        let (word, count) =
            if is_applied { ("applied", &mut applied) } else { ("pending", &mut pending) };
        *count += 1;
        _ = writeln!(text, "{word}  {name}");
    }
    _ = writeln!(text, "{applied} applied, {pending} pending");
    text
}
