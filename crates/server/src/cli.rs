//! The command line. Every setting is a flag and an environment variable.

use std::ffi::OsString;

use clap::{Arg, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use secrecy::SecretString;

use crate::{
    config::{EnvFile, Settings, Variables, may_hold_password, table::IMPORT_FROM},
    output,
};

/// Reads the command line, the environment and `.env`. Prints help or a usage error and ends the
/// process.
#[must_use]
pub fn parse(env_file: EnvFile) -> Cli {
    let arguments: Vec<_> = std::env::args_os().collect();
    let mut command = with_values_of(&env_file, Cli::command());
    let matches = command.try_get_matches_from_mut(&arguments);
    let parsed = matches.and_then(|matches| {
        Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    });
    let mut cli = parsed.unwrap_or_else(|error| refuse(&error, &arguments));
    cli.settings.variables = Variables::read(&env_file);
    cli.settings.env_file = env_file;
    cli
}

/// Makes the file's values the defaults of their flags.
fn with_values_of(env_file: &EnvFile, command: clap::Command) -> clap::Command {
    let with_value = |argument: Arg| {
        let value = argument.get_env().and_then(|variable| env_file.value(variable));
        let Some(value) = value.map(str::to_owned) else { return argument };
        // Help shows values that are no secrets.
        let hidden = argument.is_hide_env_values_set();
        argument.default_value(value).required(false).hide_default_value(hidden)
    };
    let command = command.mut_args(with_value);
    command.mut_subcommands(|command| with_values_of(env_file, command))
}

/// Prints the error without URLs that may contain passwords, as logs keep usage errors.
fn refuse(error: &clap::Error, arguments: &[OsString]) -> ! {
    let message = error.to_string();
    let arguments = arguments.iter().filter_map(|argument| argument.to_str());
    let secrets: Vec<_> = arguments.filter(|text| may_hold_password(text)).collect();
    if !secrets.iter().any(|secret| message.contains(secret)) {
        error.exit();
    }
    let message = secrets.iter().fold(message, |text, secret| text.replace(secret, "…"));
    output::complain(message);
    std::process::exit(error.exit_code());
}

/// GraphQL API for books, authors and users, with authentication for better-auth's client.
#[derive(Debug, Parser)]
#[command(name = "bookplate", version)]
pub struct Cli {
    /// Every setting.
    #[command(flatten)]
    pub settings: Settings,
    /// The command; `serve` when absent
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The command.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Answer requests; the default without a command
    Serve {
        /// Add the demo users, authors and books first
        #[arg(long)]
        demo: bool,
        /// Leave the database's schema as it is
        #[arg(long)]
        no_migrate: bool,
    },
    /// Apply, revert or list migrations of the database
    Migrate {
        /// What to do with migrations
        #[command(subcommand)]
        direction: Migrate,
    },
    /// Add the demo users, authors and books that are missing
    Seed {
        /// Also add this many generated books, for load tests
        #[arg(long, default_value_t = 0)]
        books: u32,
    },
    /// Print the GraphQL schema
    Schema,
    /// Print the OpenAPI document of the authentication with these settings
    Openapi,
    /// Print every setting with its default
    Settings {
        /// As `.env.example`, as `docs/configuration.md`, or the table of providers of
        /// `docs/sign-in.md`
        #[arg(long, value_enum, default_value_t = SettingsFormat::Env)]
        format: SettingsFormat,
    },
    /// Print a new secret
    Secret,
    /// Print the providers with which users can sign in, and what to enter at each
    Providers {
        /// All that can be configured, with their variables
        #[arg(long)]
        all: bool,
    },
    /// Check the settings, the database, Redis, the mail server and the clock
    Doctor {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Import users from another server's database
    Import {
        /// The other server
        #[command(subcommand)]
        from: Import,
    },
    /// Correct rows of another server that keep users from signing in: addresses with capitals,
    /// dates
    Repair,
    /// Change a user
    User {
        /// The change
        #[command(subcommand)]
        change: UserChange,
    },
    /// List mails, or retry failed ones
    Mail {
        /// What to do with mails
        #[command(subcommand)]
        action: MailAction,
    },
}

impl Default for Command {
    fn default() -> Self {
        Self::Serve { demo: false, no_migrate: false }
    }
}

/// What to do with migrations.
#[derive(Clone, Debug, Subcommand)]
pub enum Migrate {
    /// Apply pending migrations
    Up {
        /// The number of migrations at most [default: all]
        #[arg(long)]
        steps: Option<u32>,
        /// Give books and authors without an owner to the user with this address
        #[arg(long, value_name = "EMAIL")]
        owner: Option<String>,
    },
    /// Revert applied migrations, the last one first; their data is lost
    Down {
        /// The number of migrations
        #[arg(long, default_value_t = 1)]
        steps: u32,
        /// Also in production
        #[arg(long)]
        force: bool,
    },
    /// List applied and pending migrations
    Status,
    /// Revert all migrations and apply them again; all data is lost
    Fresh {
        /// Also in production
        #[arg(long)]
        force: bool,
    },
}

/// The server whose users are imported.
#[derive(Clone, Debug, Subcommand)]
pub enum Import {
    /// Copy users, accounts, sessions and verifications; existing rows stay, and a second run
    /// adds missing ones
    BetterAuth {
        /// Its database: `sqlite://PATH` or `postgres://USER:PASSWORD@HOST/NAME`. Stop its server
        /// first. The variable keeps the password out of the list of processes
        #[arg(long, value_name = "URL", env = IMPORT_FROM.name, hide_env_values = true)]
        from: SecretString,
        /// Its tables are named users, accounts, sessions and verifications
        #[arg(long)]
        plural: bool,
        /// Its columns are named `user_id`, `email_verified` and so on
        #[arg(long)]
        snake_case: bool,
    },
}

/// A change of a user.
#[derive(Clone, Debug, Subcommand)]
pub enum UserChange {
    /// Set a user's role; effective from their next request on
    SetRole {
        /// The user's email address
        email: String,
        /// user, `admin_ro` or `admin_rw`
        role: String,
    },
}

/// What to do with mails.
#[derive(Clone, Debug, Subcommand)]
pub enum MailAction {
    /// List the latest mails: id, kind, state, attempts, age, recipient, last error
    List {
        /// Only failed mails
        #[arg(long)]
        failed: bool,
    },
    /// Send failed mails again
    Retry {
        /// The mail's id, see `mail list`
        #[arg(required_unless_present = "all")]
        id: Option<String>,
        /// All failed mails
        #[arg(long, conflicts_with = "id")]
        all: bool,
    },
}

/// The form in which settings are printed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum SettingsFormat {
    /// The file `.env.example`
    Env,
    /// The page `docs/configuration.md`
    Markdown,
    /// The table of providers in `docs/sign-in.md`
    Providers,
}
