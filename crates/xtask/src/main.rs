//! `cargo xtask`: commands for those who change the code.

use std::{env, process::ExitCode};

use clap::{Parser, Subcommand};
use xtask::NewEntity;

/// Commands for those who change the code.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    NewEntity(NewEntity),
}

fn main() -> ExitCode {
    let Cli { command: Command::NewEntity(arguments) } = Cli::parse();
    let written = env::current_dir()
        .map_err(|error| error.to_string())
        .and_then(|folder| xtask::new_entity(&folder, &arguments));
    match written {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
