//! The speed of the server on one core, compared with a handwritten handler.
//!
//! `bookplate seed` fills a new SQLite file. The server and [`handwritten`] both serve it from core
//! 0, one idle while the other is measured; `wrk` runs on core 1. better-auth's own server on Node
//! is measured with a file of its own, if its packages are installed. Rounds alternate, as the
//! speed of a shared machine drifts. Every case is checked once before it is timed. A response that
//! is not 200, has errors or another size than the checked one ends the run. Finally, changes are
//! sent to many sockets. Linux only.
//!
//! Requests per CPU-second are based on the server's own CPU time: they hardly depend on other
//! load, while requests per second do. `bench instructions` counts instructions, which depend
//! least; `bench hostile` times hostile requests, `bench sockets` runs only the last part, and
//! `bench pages` times single requests for pages of many books.
//!
//! [`handwritten`]: ../handwritten/index.html

mod cases;
mod fanout;
mod hostile;
mod http;
mod instructions;
mod load;
mod pages;
mod process;
mod report;
mod servers;

use std::{env, fs, io, path::PathBuf, process::ExitCode, time::Duration};

use cases::Case;
use clap::{Parser, Subcommand};
use fanout::{FanOut, FanOutResult};
use load::{CONNECTIONS, Figures, Generator};
use pages::Pages;
use process::Server;
use report::{Measured, Sample};
use servers::Setup;

/// The accepted relative difference of the mean response size. Requests in flight at the end are
/// counted in part.
const TOLERANCE: f64 = 0.05;
/// The minimum number of books for hostile requests.
const HOSTILE_BOOKS: u32 = 100_000;
/// The core of the load generator.
const LOAD_CORE: u8 = 1;
const SOCKETS: Duration = Duration::from_mins(5);

/// Measures the server and prints tables in Markdown.
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Args {
    /// The server's binary [default: the one beside this program]
    #[arg(long, global = true)]
    bookplate: Option<PathBuf>,
    /// How long each case runs in each round.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// How often each case runs; the best counts.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// How many books there are; 100,000 at least for hostile requests.
    #[arg(long, default_value_t = 10_000, global = true)]
    books: u32,
    #[command(subcommand)]
    mode: Option<Mode>,
}

#[derive(Debug, Subcommand)]
enum Mode {
    /// Count instructions for each request instead of time; needs valgrind.
    Instructions,
    /// Ask what is made to break the server, each request alone; fails when an answer
    /// takes over 250 ms.
    Hostile,
    /// Tell changes to a thousand sockets and end their session, and nothing else.
    Sockets,
    /// Time pages and searches of a large library, each request alone.
    Pages(Pages),
    /// The process that opens the sockets.
    #[command(hide = true)]
    FanOut(FanOut),
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(tables) => {
            println!("{tables}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> io::Result<String> {
    if let Some(Mode::FanOut(fan_out)) = &args.mode {
        return fanout::run(fan_out);
    }
    let folder = tempfile::Builder::new().prefix("bookplate-bench-").tempdir()?;
    let mut setup = Setup {
        bookplate: args.bookplate.clone(),
        books: match args.mode {
            Some(Mode::Hostile) => args.books.max(HOSTILE_BOOKS),
            _ => args.books,
        },
        folder: folder.path().to_owned(),
        postgres: None,
        around: Vec::new(),
    };
    let tables = match &args.mode {
        Some(Mode::Sockets) => {
            setup.start_bookplate().and_then(|server| fan_out(&server, &cases::sign_up(&server)?))
        }
        Some(Mode::Pages(pages)) => pages::run(pages, &mut setup),
        Some(Mode::Hostile) => setup.start(false).and_then(|all| hostile::run(&all.bookplate)),
        Some(_) => {
            setup.around = instructions::callgrind(folder.path());
            count(&setup)
        }
        None => {
            Generator::find().and_then(|generator| Bench { args, generator, setup: &setup }.run())
        }
    };
    tables.map_err(|error| {
        let log = fs::read_to_string(setup.log("bookplate")).unwrap_or_default();
        io::Error::other(format!("{error}\n{log}"))
    })
}

fn count(setup: &Setup) -> io::Result<String> {
    let servers = setup.start(false)?;
    let cases = cases::prepare(&servers)?;
    let counted = cases.iter().map(|case| {
        eprintln!("{}", case.name);
        let instructions = instructions::count(case, servers.of(case.side)?, &setup.folder)?;
        Ok((case.name, instructions))
    });
    Ok(report::instructions(&counted.collect::<io::Result<Vec<_>>>()?))
}

/// The parts of a timed run.
struct Bench<'a> {
    args: &'a Args,
    generator: Generator,
    setup: &'a Setup,
}

impl Bench<'_> {
    fn run(&self) -> io::Result<String> {
        let servers = self.setup.start(true)?;
        let at_rest = (servers.bookplate.memory()?.now, servers.handwritten.memory()?.now);
        let cases = cases::prepare(&servers)?;
        let mut all: Vec<_> = cases.into_iter().map(Measured::new).collect();
        for writes in [false, true] {
            for round in 1..=self.args.rounds {
                for one in all.iter_mut().filter(|one| one.case.writes() == writes) {
                    eprintln!("round {round} of {}: {}", self.args.rounds, one.case.name);
                    one.rounds.push(self.measure(&one.case, servers.of(one.case.side)?)?);
                }
            }
        }
        let sockets = fan_out(&servers.bookplate, &cases::sign_in(&servers.bookplate)?)?;
        Ok(format!("{}\n{}\n{sockets}", self.head(at_rest), report::tables(&all)))
    }

    fn head(&self, (bookplate, handwritten): (f64, f64)) -> String {
        let Args { seconds, rounds, books, .. } = self.args;
        let generator = self.generator.name();
        format!(
            "{generator}, {CONNECTIONS} connections, {seconds} s, best of {rounds}; {books} books; \
             server and load on one core each.\n\
             Memory after the start: Bookplate {bookplate:.0} MiB, by hand {handwritten:.0} MiB.\n"
        )
    }

    fn measure(&self, case: &Case, server: &Server) -> io::Result<Sample> {
        server.forget_peak()?;
        let path = case.requests.first().map_or("/", |request| request.path);
        let url = format!("http://127.0.0.1:{}{path}", server.port);
        let (before, rest) = (server.cpu_seconds()?, server.memory()?);
        let folder = &self.setup.folder;
        let figures = self.generator.run(&url, &case.requests, self.args.seconds, folder)?;
        let cpu = server.cpu_seconds()? - before;
        self.check_size(case, &figures)?;
        Ok(Sample {
            per_second: figures.requests / figures.seconds,
            per_cpu_second: figures.requests / cpu,
            p50_ms: figures.p50_ms,
            p99_ms: figures.p99_ms,
            rest_mib: rest.now,
            peak_mib: server.memory()?.peak,
        })
    }

    fn check_size(&self, case: &Case, figures: &Figures) -> io::Result<()> {
        let (whole, body) = case.size;
        let expected = if self.generator == Generator::Wrk { whole } else { body };
        let expected = u32::try_from(expected).map_or(f64::INFINITY, f64::from);
        if (figures.answer / expected - 1.0).abs() <= TOLERANCE {
            return Ok(());
        }
        let message = format!("{}: {} bytes, not {expected}", case.name, figures.answer);
        Err(io::Error::other(message))
    }
}

/// Sends changes to sockets, which a separate process opens with the session of `cookie`.
fn fan_out(server: &Server, cookie: &str) -> io::Result<String> {
    eprintln!("sockets");
    server.forget_peak()?;
    let (cpu, memory) = (server.cpu_seconds()?, server.memory()?);
    let mut command = process::pinned(LOAD_CORE, env::current_exe()?);
    command.args(["fan-out", "--port", &server.port.to_string(), "--cookie"]);
    command.arg(cookie);
    let result: FanOutResult = serde_json::from_str(&process::finish(command, SOCKETS)?)?;
    let cpu = server.cpu_seconds()? - cpu;
    Ok(report::fan_out(&result, cpu, server.memory()?.peak - memory.now))
}
