//! The binary: reads the settings, runs one command, and reports its failure.

#![warn(clippy::print_stdout, clippy::print_stderr)]

use std::{process::ExitCode, time::Duration};

use server::{cli, commands, config::EnvFile, output, system};

// Requests make many small allocations, which this allocator is good at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The time limit of blocking tasks at the end, e.g. of a DNS lookup.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(200);

/// How long an idle thread that hashed passwords is kept, with its memory.
const THREAD_KEEP_ALIVE: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    system::use_small_pages();
    let cli = cli::parse(EnvFile::read());
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.enable_all().thread_keep_alive(THREAD_KEEP_ALIVE);
    let runtime = match runtime.build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.to_string()),
    };
    let done = runtime.block_on(commands::run(cli));
    runtime.shutdown_timeout(SHUTDOWN_TIMEOUT);
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => fail(&failure.to_string()),
    }
}

fn fail(message: &str) -> ExitCode {
    output::complain(format_args!("bookplate: {message}\n"));
    ExitCode::FAILURE
}
