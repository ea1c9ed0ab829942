//! The command line. Every setting is a flag and an environment variable.

use std::ffi::OsString;

use clap::{Arg, CommandFactory, FromArgMatches, Parser, Subcommand};
use secrecy::SecretString;

use crate::{
    config::{EnvFile, Settings, may_hold_password},
    output,
};

/// Reads the command line, the environment and `.env`; prints help and ends on its own.
#[must_use]
pub fn parse(env_file: EnvFile) -> Cli {
    let arguments: Vec<_> = std::env::args_os().collect();
    let mut command = with_values_of(&env_file, Cli::command());
    let matches = command.try_get_matches_from_mut(&arguments);
    let parsed = matches.and_then(|matches| {
        Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    });
    let mut cli = parsed.unwrap_or_else(|error| refuse(&error, &arguments));
    cli.settings.env_file = env_file;
    cli
}

/// What neither a flag nor the environment sets is as the file has it.
fn with_values_of(env_file: &EnvFile, command: clap::Command) -> clap::Command {
    let with_value = |argument: Arg| {
        let value = argument.get_env().and_then(|variable| env_file.value(variable));
        let Some(value) = value.map(str::to_owned) else { return argument };
        // The help may show what is no secret.
        let hidden = argument.is_hide_env_values_set();
        argument.default_value(value).required(false).hide_default_value(hidden)
    };
    let command = command.mut_args(with_value);
    command.mut_subcommands(|command| with_values_of(env_file, command))
}

/// What a log keeps of a mistyped command must not hold the password of a URL in it.
fn refuse(error: &clap::Error, arguments: &[OsString]) -> ! {
    let said = error.to_string();
    let arguments = arguments.iter().filter_map(|argument| argument.to_str());
    let secrets: Vec<_> = arguments.filter(|text| may_hold_password(text)).collect();
    if !secrets.iter().any(|secret| said.contains(secret)) {
        error.exit();
    }
    let said = secrets.iter().fold(said, |said, secret| said.replace(secret, "…"));
    output::complain(said);
    std::process::exit(error.exit_code());
}

/// GraphQL API for books, authors and users, with sign-in that better-auth's client speaks.
#[derive(Debug, Parser)]
#[command(name = "bookplate", version)]
pub struct Cli {
    /// Every setting.
    #[command(flatten)]
    pub settings: Settings,
    /// What to do; `serve` when absent
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Answer requests; this is done without a command, too
    Serve {
        /// Add the demo users, authors and books first
        #[arg(long)]
        demo: bool,
        /// Leave the database's schema as it is
        #[arg(long)]
        no_migrate: bool,
    },
    /// Change the database's schema, or tell how it stands
    Migrate {
        /// Which way
        #[command(subcommand)]
        direction: Migrate,
    },
    /// Add the demo users, authors and books; what is there stays
    Seed {
        /// Add this many generated books too, for load tests
        #[arg(long, default_value_t = 0)]
        books: u32,
    },
    /// Print the GraphQL schema
    Schema,
    /// Print the OpenAPI document of the authentication, as these settings open it
    Openapi,
    /// Print a new secret
    Secret,
    /// Look for what is wrong: settings, database, mail server, clock
    Doctor {
        /// Answer in JSON
        #[arg(long)]
        json: bool,
    },
    /// Take users over from another server's database
    Import {
        /// Whose
        #[command(subcommand)]
        from: Import,
    },
    /// Mend what another server's rows have in a form that signs nobody in: addresses with
    /// capitals, dates
    Repair,
    /// Change a user
    User {
        /// What to change
        #[command(subcommand)]
        change: UserChange,
    },
    /// List mails, or send those again that failed
    Mail {
        /// Which of both
        #[command(subcommand)]
        work: MailWork,
    },
}

impl Default for Command {
    fn default() -> Self {
        Self::Serve { demo: false, no_migrate: false }
    }
}

/// Which way the schema goes.
#[derive(Clone, Debug, Subcommand)]
pub enum Migrate {
    /// Apply pending migrations
    Up {
        /// How many at most [default: all]
        #[arg(long)]
        steps: Option<u32>,
        /// Give books and authors that have no owner to the user of this address
        #[arg(long, value_name = "EMAIL")]
        owner: Option<String>,
    },
    /// Take applied migrations back, the last one first; their data is lost
    Down {
        /// How many
        #[arg(long, default_value_t = 1)]
        steps: u32,
        /// Do it in production, too
        #[arg(long)]
        force: bool,
    },
    /// List applied and pending migrations
    Status,
    /// Take every migration back and apply all again; all data is lost
    Fresh {
        /// Do it in production, too
        #[arg(long)]
        force: bool,
    },
}

/// Whose database users come from.
#[derive(Clone, Debug, Subcommand)]
pub enum Import {
    /// Copy users, accounts, sessions and verifications; what is here stays, and a
    /// second run adds what is missing
    BetterAuth {
        /// Its database: `sqlite://PATH` or `postgres://USER:PASSWORD@HOST/NAME`; stop
        /// its server first. The variable keeps its password off the list of processes
        #[arg(long, value_name = "URL", env = "IMPORT_FROM", hide_env_values = true)]
        from: SecretString,
        /// Its tables are called users, accounts, sessions and verifications
        #[arg(long)]
        plural: bool,
        /// Its columns are called `user_id`, `email_verified` and so on
        #[arg(long)]
        snake_case: bool,
    },
}

/// What to change about a user.
#[derive(Clone, Debug, Subcommand)]
pub enum UserChange {
    /// Give a user a role; it counts from their next request on
    SetRole {
        /// The address that the user signs in with
        email: String,
        /// user, `admin_ro` or `admin_rw`
        role: String,
    },
}

/// What to do about mails.
#[derive(Clone, Debug, Subcommand)]
pub enum MailWork {
    /// List the latest mails: id, kind, state, attempts, age, recipient, last error
    List {
        /// Only those that were given up
        #[arg(long)]
        failed: bool,
    },
    /// Let mails that were given up be sent again
    Retry {
        /// The mail's id, as listed
        #[arg(required_unless_present = "all")]
        id: Option<String>,
        /// All of them
        #[arg(long, conflicts_with = "id")]
        all: bool,
    },
}
