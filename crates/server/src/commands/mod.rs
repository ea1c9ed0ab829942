//! The commands of the binary, one file each.

mod clock;
mod doctor;
mod import;
mod mail;
mod migrate;
mod openapi;
mod providers;
mod repair;
mod seed;
mod serve;
mod settings;
mod user;

use domain::id::random_alphanumeric;

use crate::{
    cli::{Cli, Command},
    config::{Config, Settings},
    failure::Failure,
    output, telemetry,
};

/// Runs the command, `serve` if none is given.
pub async fn run(cli: Cli) -> Result<(), Failure> {
    match cli.command.unwrap_or_default() {
        Command::Schema => output::print(graphql::sdl())?,
        Command::Openapi => openapi::run(cli.settings)?,
        Command::Settings { format } => settings::run(format)?,
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
        Command::Providers { all } => providers::run(&configured(cli.settings)?, all)?,
        Command::Doctor { json } => doctor::run(cli.settings, json).await?,
        Command::Repair => repair::run(&configured(cli.settings)?).await?,
        Command::Import { from } => import::run(&configured(cli.settings)?, from).await?,
        Command::Mail { action } => mail::run(&configured(cli.settings)?, action).await?,
    }
    Ok(())
}

/// Checks the settings and starts logging.
fn configured(settings: Settings) -> Result<Config, Failure> {
    let config = Config::new(settings)?;
    telemetry::start(&config);
    Ok(config)
}
