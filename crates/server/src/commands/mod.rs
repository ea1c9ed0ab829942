//! What the binary can be told to do, one file a command.

mod doctor;
mod import;
mod mail;
pub(crate) mod migrate;
mod openapi;
mod repair;
mod seed;
mod serve;
mod user;

use std::{fmt, time::Duration};

use database::{
    Database,
    private::{check_database, database_files, restrict},
    requirement::{self, Target, UnmetRequirement},
};
use domain::{Clock, id::random_alphanumeric};
use migration::MigratorTrait;

use crate::{
    cli::{Cli, Command, Settings},
    config::{Config, Problems},
    output,
    telemetry::{self, chain},
};

/// Why a command failed, in words for the operator.
#[derive(Debug)]
pub struct Failure(pub(crate) String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self(problems.to_string())
    }
}

impl From<domain::Error> for Failure {
    fn from(error: domain::Error) -> Self {
        match &error {
            domain::Error::Internal(source) => Self(chain(source.as_ref())),
            _ => Self(error.to_string()),
        }
    }
}

/// Runs the command; `serve` when none is given.
pub async fn run(cli: Cli) -> Result<(), Failure> {
    match cli.command.unwrap_or_default() {
        Command::Schema => output::print(graphql::sdl())?,
        Command::Openapi => openapi::run(cli.settings)?,
        Command::Secret => {
            output::print(format_args!("{}{}\n", random_alphanumeric(), random_alphanumeric()))?;
        }
        Command::Serve { demo, no_migrate } => {
            Box::pin(serve::run(configured(cli.settings)?, demo, !no_migrate)).await?;
        }
        Command::Migrate { direction } => {
            migrate::run(&configured(cli.settings)?, direction).await?;
        }
        Command::Seed { books } => seed::run(&configured(cli.settings)?, books).await?,
        Command::User { change } => user::run(&configured(cli.settings)?, change).await?,
        Command::Doctor { json } => doctor::run(cli.settings, json).await?,
        Command::Repair => repair::run(&configured(cli.settings)?).await?,
        Command::Import { from } => import::run(&configured(cli.settings)?, from).await?,
        Command::Mail { work } => mail::run(&configured(cli.settings)?, work).await?,
    }
    Ok(())
}

/// Checks the settings and begins logging.
fn configured(settings: Settings) -> Result<Config, Failure> {
    let config = Config::new(settings)?;
    telemetry::start(&config);
    Ok(config)
}

/// How much longer than a GraphQL request a server's statement may take: those of
/// sign-ins and mails have at least this.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// Opens the database, whose files become their owner's alone. Fails with a hint when
/// there is none.
pub(crate) async fn open(config: &Config) -> Result<Database, Failure> {
    if let Some(file) = config.database_url.file() {
        check_database(file).map_err(|error| {
            Failure(format!("DATABASE_URL ({}) cannot be opened: {error}", config.database_url))
        })?;
        for file in database_files(file) {
            restrict(&file);
        }
    }
    let unmet = requirement::unmet(&config.database_url, config.database_pooler_url.as_ref()).await;
    if !unmet.is_empty() {
        let lines = unmet.iter().map(|unmet| {
            let UnmetRequirement { place, what, advice } = unmet;
            let url = match place {
                Target::Database => Some(&config.database_url),
                Target::Pooler => config.database_pooler_url.as_ref(),
            };
            let url = url.map(|url| format!(" ({url})")).unwrap_or_default();
            format!("{}{url} {what}; {advice}", setting(*place))
        });
        return Err(Failure(lines.collect::<Vec<_>>().join("\n")));
    }
    Database::connect(&config.database_url).await.map_err(|error| {
        let Failure(reason) = Failure::from(error);
        Failure(format!("DATABASE_URL ({}) cannot be opened: {reason}", config.database_url))
    })
}

/// The setting that names it.
pub(crate) fn setting(place: Target) -> &'static str {
    match place {
        Target::Database => "DATABASE_URL",
        Target::Pooler => "DATABASE_POOLER_URL",
    }
}

/// Whether the database is an SQLite file that is not there; opening would make it.
pub(crate) fn is_missing(config: &Config) -> bool {
    config.database_url.file().is_some_and(|file| !file.exists())
}

/// Opens the database for a command that needs every table. Fails unless the
/// schema is up to date.
pub(crate) async fn open_migrated(config: &Config) -> Result<Database, Failure> {
    if is_missing(config) {
        return Err(Failure(format!(
            "DATABASE_URL ({}) names a file that is not there; run `bookplate migrate up` first",
            config.database_url
        )));
    }
    let db = open(config).await?;
    let pending = migration::Migrator::get_pending_migrations_read_only(db.reader())
        .await
        .map_err(database::internal)?;
    if pending.is_empty() {
        return Ok(db);
    }
    Err(Failure(format!(
        "the database lacks {} migrations; run `bookplate migrate up` first",
        pending.len()
    )))
}

/// The machine's time: commands run in it.
fn clock() -> Clock {
    if cfg!(feature = "test-clock") { Clock::ahead() } else { Clock::system() }
}
