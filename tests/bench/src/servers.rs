//! The measured servers, each on a new database in its own folder.

use std::{
    env, io,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use serde_json::json;

use crate::{
    cases::{self, Servers},
    http::Request,
    process::{self, Server},
};

/// The value of `HOST` of the servers.
pub(crate) const HOST: &str = "127.0.0.1";
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";
const CORE: u8 = 0;
const PREPARE: Duration = Duration::from_mins(5);

/// The folder, binary and settings with which servers run.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    /// The server's binary; by default the one beside this program.
    pub(crate) bookplate: Option<PathBuf>,
    pub(crate) books: u32,
    pub(crate) folder: PathBuf,
    /// The URL of an empty PostgreSQL database; by default, an SQLite file in the folder.
    pub(crate) postgres: Option<String>,
    /// The words of a command that runs the servers, for example valgrind's.
    pub(crate) around: Vec<String>,
}

impl Setup {
    /// Starts all servers; better-auth's only if `node` is set.
    pub(crate) fn start(&self, node: bool) -> io::Result<Servers> {
        let (bookplate, handwritten) = (self.start_bookplate()?, self.start_handwritten()?);
        let node = if node { self.start_node()? } else { None };
        Ok(Servers { bookplate, handwritten, node })
    }

    fn database(&self) -> PathBuf {
        self.folder.join("bench.db")
    }

    /// Returns the value of `DATABASE_URL`.
    pub(crate) fn url(&self) -> String {
        let file = || format!("sqlite://{}", self.database().display());
        self.postgres.clone().unwrap_or_else(file)
    }

    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.folder.join(name).with_extension("log")
    }

    /// Starts only Bookplate, on a filled database.
    pub(crate) fn start_bookplate(&self) -> io::Result<Server> {
        self.fill()?;
        self.serve()
    }

    /// Creates the tables and the books.
    pub(crate) fn fill(&self) -> io::Result<()> {
        let books = self.books.to_string();
        for words in [&["migrate", "up"][..], &["seed", "--books", &books]] {
            process::finish(self.bookplate(process::free_port()?, &[], words)?, PREPARE)?;
        }
        Ok(())
    }

    /// Starts the server on the existing database.
    pub(crate) fn serve(&self) -> io::Result<Server> {
        let port = process::free_port()?;
        let probe = cases::graphql("{ __typename }", &json!({}));
        let command = self.bookplate(port, &self.around, &["serve"])?;
        Server::start(command, port, &probe, &self.log("bookplate"))
    }

    /// Returns a command of the binary with only these settings: neither the caller's environment
    /// nor a `.env` file affects the measurement.
    fn bookplate(&self, port: u16, around: &[String], words: &[&str]) -> io::Result<Command> {
        let program = match &self.bookplate {
            Some(program) => found(program)?,
            None => beside("bookplate")?,
        };
        let mut command = process::within(CORE, around, program);
        command
            .args(words)
            .current_dir(&self.folder)
            .env_clear()
            .env("PATH", PATH)
            .env("APP_ENV", "development")
            .env("DATABASE_URL", self.url())
            .env("HOST", HOST)
            .env("PORT", port.to_string())
            .env("BETTER_AUTH_URL", format!("http://127.0.0.1:{port}"))
            .env("BETTER_AUTH_SECRET", "a-secret-that-only-the-benchmark-knows")
            .env("AUTH_RATE_LIMIT", "false")
            .env("GRAPHQL_SUBSCRIPTIONS_PER_USER", "10000")
            .env("GRAPHQL_SUBSCRIPTIONS_PER_ADDRESS", "10000")
            .env("HTTP_MAX_CONNECTIONS_PER_ADDRESS", "10000")
            // Sockets that wait for the others do not respond to pings.
            .env("GRAPHQL_SUBSCRIPTIONS_KEEP_ALIVE", "3600")
            .env("LOG_FORMAT", "json")
            .env("RUST_LOG", "warn");
        Ok(command)
    }

    fn start_handwritten(&self) -> io::Result<Server> {
        let port = process::free_port()?;
        let mut command = process::within(CORE, &self.around, beside("handwritten")?);
        command.env_clear().env("PATH", PATH).env("HOST", HOST);
        command.arg("--database").arg(self.database()).arg("--port").arg(port.to_string());
        Server::start(command, port, &Request::get("/hello"), &self.log("handwritten"))
    }

    /// Starts better-auth's own server as the conformance suite does. Returns `None` without its
    /// npm packages.
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
        let mut command = process::pinned(CORE, "node");
        command.arg("conformance/node-server.mjs").arg(given.to_string());
        command.current_dir(folder).env("NODE_ENV", "production");
        let probe = Request::get("/__ready");
        Server::start(command, port, &probe, &self.log("node")).map(Some)
    }
}

/// Returns the path of a binary of the same build.
fn beside(name: &str) -> io::Result<PathBuf> {
    found(&env::current_exe()?.with_file_name(name))
}

fn found(program: &Path) -> io::Result<PathBuf> {
    program
        .canonicalize()
        .map_err(|error| io::Error::other(format!("{}: {error}; is it built?", program.display())))
}
