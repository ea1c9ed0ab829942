//! The binary: reads settings, runs one command, reports its failure.

#![warn(clippy::print_stdout, clippy::print_stderr)]

use std::{process::ExitCode, time::Duration};

use server::{cli, commands, config::EnvFile, output, system};

// Requests make many small allocations; this allocator is made for them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long threads of the runtime may take to end that are doing something, e.g. looking
/// up a name that nobody answers.
const LAST: Duration = Duration::from_millis(200);

/// How long a thread that hashed passwords is kept: it keeps the memory, too.
const KEPT: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    system::use_small_pages();
    let cli = cli::parse(EnvFile::read());
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.enable_all().thread_keep_alive(KEPT);
    let runtime = match runtime.build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.to_string()),
    };
    let done = runtime.block_on(commands::run(cli));
    runtime.shutdown_timeout(LAST);
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => fail(&failure.to_string()),
    }
}

fn fail(message: &str) -> ExitCode {
    output::complain(format_args!("bookplate: {message}\n"));
    ExitCode::FAILURE
}
