//! An app for each test, and clients of it.

mod auth;
mod browser;
mod client;
mod database;
mod form;
mod live;
mod lock;
mod mail;
mod nesting;
mod pooler;
mod process;
mod smtp;
mod sources;

use std::{path::PathBuf, sync::Arc};

pub(crate) use auth::{SESSION_COOKIE, answered};
pub(crate) use browser::Browser;
use chrono::{DateTime, TimeZone, Utc};
use clap::Parser;
pub(crate) use client::{Answer, Client};
pub(crate) use database::{Backend, TestDatabase, TestRole};
use domain::{AbilityFactory, Clock, ability::RuleSet};
pub(crate) use form::{FORM_TYPE, form};
pub(crate) use live::{Http, RawConnection, Server};
pub(crate) use lock::Lock;
pub(crate) use mail::{BROWSER, Mail};
pub(crate) use nesting::bottomless;
pub(crate) use pooler::Pooler;
pub(crate) use process::{Ended, Process, binary, bookplate, eventually, repository, run};
use server::{App, Config, cli::Cli, commands, seed};
pub(crate) use skips::skip;
pub(crate) use smtp::{Manner, Smtp};
pub(crate) use sources::files;

/// The base URL that every test's app believes in.
pub(crate) const BASE_URL: &str = "http://localhost:3000";
pub(crate) const SECRET: &str = "a secret for tests alone, 0123456789";
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A whole Bookplate over a database of its own, with a clock that stands still.
pub(crate) struct TestApp {
    pub(crate) app: App,
    pub(crate) clock: Clock,
    /// Dropped last: it removes itself.
    pub(crate) database: Arc<TestDatabase>,
}

impl TestApp {
    /// An empty library.
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// An empty library under further settings, as flags.
    pub(crate) async fn start_with(flags: &[&str]) -> Self {
        Self::on(Arc::new(TestDatabase::create().await), Clock::manual(noon()), flags).await
    }

    /// Another server of the same database and clock, under these settings.
    pub(crate) async fn restarted_with(&self, flags: &[&str]) -> Self {
        Self::on(Arc::clone(&self.database), self.clock.clone(), flags).await
    }

    /// A library in this database.
    pub(crate) async fn on(database: Arc<TestDatabase>, clock: Clock, flags: &[&str]) -> Self {
        let app = Self::over(&database, &clock, flags).await;
        Self { app, clock, database }
    }

    /// Another server of the same database and clock, under other rules.
    pub(crate) async fn under(&self, rules: RuleSet) -> Self {
        let (database, clock) = (Arc::clone(&self.database), self.clock.clone());
        let config = Config::new(cli(&database, &[]).settings).unwrap();
        let abilities = AbilityFactory::new(rules);
        let (app, _) = App::open(&config, clock.clone(), abilities, 3000, false).await.unwrap();
        Self { app, clock, database }
    }

    /// Another app over the same database, under further settings, as flags.
    pub(crate) async fn over(database: &TestDatabase, clock: &Clock, flags: &[&str]) -> App {
        let config = Config::new(cli(database, flags).settings).unwrap();
        let abilities = AbilityFactory::default();
        App::open(&config, clock.clone(), abilities, 3000, true).await.unwrap().0
    }

    /// The demo library.
    pub(crate) async fn with_library() -> Self {
        let app = Self::start().await;
        seed::demo(&app.app.db, &app.app.auth, &app.clock, false).await.unwrap();
        app
    }

    /// Somebody who is not signed in.
    pub(crate) fn anonymous(&self) -> Client {
        Client::new(self.app.router())
    }

    /// A new user of this name, signed up and in.
    pub(crate) async fn signed_in(&self, name: &str) -> Client {
        let client = self.anonymous();
        client.sign_up(name).await;
        client
    }

    /// A new user with a role, given by the operator's command.
    pub(crate) async fn with_role(&self, name: &str, role: &str) -> Client {
        let client = self.signed_in(name).await;
        self.run(&["user", "set-role", &format!("{name}@example.com"), role]).await.unwrap();
        client
    }

    /// Runs a command of the binary on this database.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Result<(), server::Failure> {
        Box::pin(commands::run(cli(&self.database, arguments))).await
    }

    /// How many SQL statements `work` causes.
    pub(crate) async fn statements<T>(&self, work: impl Future<Output = T>) -> (T, u64) {
        let before = self.app.db.statements();
        let done = work.await;
        (done, self.app.db.statements() - before)
    }
}

/// The command line of a server on `database`; what `arguments` set is theirs.
pub(crate) fn cli(database: &TestDatabase, arguments: &[&str]) -> Cli {
    let settings = [
        ["--database-url", database.url()],
        ["--better-auth-url", BASE_URL],
        ["--better-auth-secret", SECRET],
        ["--auth-rate-limit", "false"],
        ["--rust-log", "error"],
    ];
    // What a test sets itself would be set twice.
    let settings = settings.iter().filter(|[flag, _]| !arguments.contains(flag)).flatten();
    Cli::try_parse_from(["bookplate"].iter().chain(settings).chain(arguments)).unwrap()
}

/// When every test's clock stands: 2026-11-20, 12:00.
pub(crate) fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 20, 12, 0, 0).unwrap()
}

/// Where Chromium is: `CHROMIUM`, or where Debian installs it. `None` if it is missing; the
/// test is then skipped.
pub(crate) fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("CHROMIUM").unwrap_or_else(|| "/usr/bin/chromium".into());
    let path = PathBuf::from(path);
    if !path.exists() {
        skip(skips::CHROMIUM);
        return None;
    }
    Some(path)
}
