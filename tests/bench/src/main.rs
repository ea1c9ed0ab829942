//! How fast the server is, on one core, beside a handler written by hand.
//!
//! A new SQLite file is filled by `bookplate seed`; the server and [`handwritten`]
//! both serve it from core 0, one being idle while the other is asked; `wrk` asks
//! from core 1; better-auth's own server on Node stands beside them, with a file of its
//! own, where its packages are installed. Rounds take turns, as a shared machine's speed drifts. Every case is
//! answered once before it is timed, and an answer that is not 200, carries errors or
//! has another size than that first one ends the run. Linux only.
//!
//! Requests per CPU-second count the server's own time: they hardly change when
//! something else runs on the machine, where requests per second do.
//!
//! [`handwritten`]: ../handwritten/index.html

mod cases;
mod http;
mod load;
mod process;
mod report;

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::Duration,
};

use cases::{Case, Servers};
use clap::Parser;
use http::Request;
use load::{CONNECTIONS, Figures, Generator};
use process::Server;
use report::{Measured, Sample};
use serde_json::json;

const SERVER_CORE: u8 = 0;
const PREPARE: Duration = Duration::from_mins(5);
/// How far the mean answer may be from the checked one; requests that are under way
/// at the end are counted in part.
const TOLERANCE: f64 = 0.05;

/// Measures the server and prints tables in Markdown.
#[derive(Debug, Parser)]
struct Args {
    /// The server's binary [default: the one beside this program]
    #[arg(long)]
    bookplate: Option<PathBuf>,
    /// How long each case runs in each round.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// How often each case runs; the best counts.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// How many books there are.
    #[arg(long, default_value_t = 10_000)]
    books: u32,
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
    let generator = Generator::find()?;
    let folder = tempfile::Builder::new().prefix("bookplate-bench-").tempdir()?;
    let bench = Bench { args, generator, folder: folder.path() };
    bench.run().map_err(|error| {
        let log = fs::read_to_string(bench.log("bookplate")).unwrap_or_default();
        io::Error::other(format!("{error}\n{log}"))
    })
}

/// What every part of a run needs to know.
struct Bench<'a> {
    args: &'a Args,
    generator: Generator,
    folder: &'a Path,
}

impl Bench<'_> {
    fn run(&self) -> io::Result<String> {
        let (bookplate, handwritten) = (self.start_bookplate()?, self.start_handwritten()?);
        let node = self.start_node()?;
        let at_rest = (bookplate.memory()?.now, handwritten.memory()?.now);
        let servers = Servers { bookplate, handwritten, node };

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
        Ok(format!("{}\n{}", self.head(at_rest), report::tables(&all)))
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

    fn database(&self) -> PathBuf {
        self.folder.join("bench.db")
    }

    fn log(&self, name: &str) -> PathBuf {
        self.folder.join(name).with_extension("log")
    }

    fn start_bookplate(&self) -> io::Result<Server> {
        let port = process::free_port()?;
        process::finish(self.bookplate(port, &["migrate", "up"])?, PREPARE)?;
        let books = self.args.books.to_string();
        process::finish(self.bookplate(port, &["seed", "--books", &books])?, PREPARE)?;
        let probe = cases::graphql("{ __typename }", &json!({}));
        let command = self.bookplate(port, &["serve"])?;
        Server::start(command, port, &probe, &self.log("bookplate"))
    }

    /// Settings come from here alone: neither the caller's environment nor a `.env`
    /// changes what is measured.
    fn bookplate(&self, port: u16, words: &[&str]) -> io::Result<Command> {
        let program = match &self.args.bookplate {
            Some(program) => found(program)?,
            None => beside("bookplate")?,
        };
        let mut command = process::pinned(SERVER_CORE, program);
        command
            .args(words)
            .current_dir(self.folder)
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("APP_ENV", "development")
            .env("DATABASE_URL", format!("sqlite://{}", self.database().display()))
            .env("HOST", "127.0.0.1")
            .env("PORT", port.to_string())
            .env("BETTER_AUTH_URL", format!("http://127.0.0.1:{port}"))
            .env("BETTER_AUTH_SECRET", "a-secret-that-only-the-benchmark-knows")
            .env("AUTH_RATE_LIMIT", "false")
            .env("LOG_FORMAT", "json")
            .env("RUST_LOG", "warn");
        Ok(command)
    }

    fn start_handwritten(&self) -> io::Result<Server> {
        let port = process::free_port()?;
        let mut command = process::pinned(SERVER_CORE, beside("handwritten")?);
        command.arg("--database").arg(self.database()).arg("--port").arg(port.to_string());
        Server::start(command, port, &Request::get("/hello"), &self.log("handwritten"))
    }

    /// better-auth's own server, as the conformance suite runs it; none where its
    /// packages are not installed.
    fn start_node(&self) -> io::Result<Option<Server>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../clients");
        let driver = "node_modules/better-sqlite3/build/Release/better_sqlite3.node";
        if !folder.join(driver).exists() {
            eprintln!("better-auth on Node is left out: tests/clients is not installed");
            return Ok(None);
        }
        let port = process::free_port()?;
        let given = json!({
            "port": port,
            "baseURL": format!("http://127.0.0.1:{port}"),
            "secret": "a-secret-that-only-the-benchmark-knows",
            "database": self.folder.join("node.db"),
            "roles": true,
            "settings": {},
        });
        let mut command = process::pinned(SERVER_CORE, "node");
        command.arg("conformance/node-server.mjs").arg(given.to_string());
        command.current_dir(folder).env("NODE_ENV", "production");
        let probe = Request::get("/__ready");
        Server::start(command, port, &probe, &self.log("node")).map(Some)
    }

    fn measure(&self, case: &Case, server: &Server) -> io::Result<Sample> {
        server.forget_peak()?;
        let url = format!("http://127.0.0.1:{}{}", server.port, case.request.path);
        let (before, rest) = (server.cpu_seconds()?, server.memory()?);
        let figures = self.generator.run(&url, &case.request, self.args.seconds, self.folder)?;
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

/// A binary of the same build.
fn beside(name: &str) -> io::Result<PathBuf> {
    found(&env::current_exe()?.with_file_name(name))
}

fn found(program: &Path) -> io::Result<PathBuf> {
    program
        .canonicalize()
        .map_err(|error| io::Error::other(format!("{}: {error}; is it built?", program.display())))
}
