//! The test harness: an application with a database for each test, and its clients.

mod auth;
mod authenticator;
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
mod provider;
mod smtp;
mod sources;
mod webhook;

use std::{path::PathBuf, sync::Arc};

pub(crate) use auth::{SESSION_COOKIE, without_unavailable};
pub(crate) use authenticator::{Answer, Authenticator, BACKED_UP, BACKUP_ELIGIBLE, PRESENT};
pub(crate) use browser::Browser;
use chrono::{DateTime, TimeZone, Utc};
use clap::Parser;
pub(crate) use client::{Client, Response};
pub(crate) use database::{Backend, TestDatabase, TestRole};
use domain::{AbilityFactory, Clock, ability::RuleSet};
pub(crate) use form::{MULTIPART_TYPE, multipart_form};
pub(crate) use live::{HttpClient, RawConnection, ServerProcess};
pub(crate) use lock::WriteLock;
pub(crate) use mail::{ACCEPT_HTML, Mail};
pub(crate) use nesting::deeply_nested_documents;
pub(crate) use pooler::PgBouncer;
pub(crate) use process::{
    Process, ProcessOutput, bookplate_binary, bookplate_command, eventually, repository_root,
    run_bookplate,
};
pub(crate) use provider::{FakeProviderConfig, FakeProviders, Fault, Signature};
use server::{App, Config, cli::Cli, commands, seed};
pub(crate) use skips::skip;
pub(crate) use smtp::{SmtpBehavior, SmtpServer};
pub(crate) use sources::source_files;
pub(crate) use webhook::{SmsWebhook, WEBHOOK_SECRET, WebhookBehavior, WebhookRequest};

/// The `BETTER_AUTH_URL` of every test's application.
pub(crate) const BASE_URL: &str = "http://localhost:3000";
/// The `BETTER_AUTH_SECRET` of every test's application.
pub(crate) const SECRET: &str = "a secret for tests alone, 0123456789";
/// The password of every user of the tests.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// The whole application in this process, with its own database and a manual clock.
pub(crate) struct TestApp {
    pub(crate) app: App,
    pub(crate) clock: Clock,
    /// Declared last, so the database is removed after everything that uses it was dropped.
    pub(crate) database: Arc<TestDatabase>,
}

impl TestApp {
    /// Starts an application with an empty database.
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts an application with an empty database and additional command-line flags.
    pub(crate) async fn start_with(flags: &[&str]) -> Self {
        Self::open(Arc::new(TestDatabase::create().await), Clock::manual(noon()), flags).await
    }

    /// Opens a second application on the same database and clock with these flags.
    pub(crate) async fn restart_with(&self, flags: &[&str]) -> Self {
        Self::open(Arc::clone(&self.database), self.clock.clone(), flags).await
    }

    /// Opens an application on an existing database.
    pub(crate) async fn open(database: Arc<TestDatabase>, clock: Clock, flags: &[&str]) -> Self {
        // Boxed, as the settings are large.
        let app = Box::pin(Self::open_app(&database, &clock, flags)).await;
        Self { app, clock, database }
    }

    /// Starts an application with these providers, all of them fake, and additional flags.
    pub(crate) async fn start_with_providers(
        ids: &[&str],
        flags: &[&str],
    ) -> (Self, FakeProviders) {
        let clock = Clock::manual(noon());
        let providers = FakeProviders::start(&clock).await;
        let database = Arc::new(TestDatabase::create().await);
        let app = Self::open_with_providers(database, clock, (&providers, ids), flags).await;
        (app, providers)
    }

    /// Opens an application with fake providers on an existing database.
    pub(crate) async fn open_with_providers(
        database: Arc<TestDatabase>,
        clock: Clock,
        (providers, ids): (&FakeProviders, &[&str]),
        flags: &[&str],
    ) -> Self {
        let config = Box::new(Self::config_with_providers(&database, (providers, ids), flags));
        let abilities = AbilityFactory::default();
        let opened = Box::pin(App::open(&config, clock.clone(), abilities, 3000, true)).await;
        Self { app: opened.unwrap().0, clock, database }
    }

    /// Returns the settings of an application with fake providers.
    pub(crate) fn config_with_providers(
        database: &TestDatabase,
        (providers, ids): (&FakeProviders, &[&str]),
        flags: &[&str],
    ) -> Config {
        let file = database.folder().join("providers.toml");
        std::fs::write(&file, providers.file(ids)).unwrap();
        let file = ["--auth-providers-file", file.to_str().unwrap()];
        let mut settings = cli(database, &[flags, &file].concat()).settings;
        settings.variables = providers.variables(ids).into_iter().collect();
        Config::new(settings).unwrap()
    }

    /// Opens a second application on the same database and clock with fake providers.
    pub(crate) async fn restart_with_providers(
        &self,
        providers: (&FakeProviders, &[&str]),
        flags: &[&str],
    ) -> Self {
        let (database, clock) = (Arc::clone(&self.database), self.clock.clone());
        Self::open_with_providers(database, clock, providers, flags).await
    }

    /// Opens a second application on the same database and clock with other rules of permissions.
    pub(crate) async fn with_rules(&self, rules: RuleSet) -> Self {
        let (database, clock) = (Arc::clone(&self.database), self.clock.clone());
        let config = Box::new(Config::new(cli(&database, &[]).settings).unwrap());
        let abilities = AbilityFactory::new(rules);
        let opened = Box::pin(App::open(&config, clock.clone(), abilities, 3000, false)).await;
        Self { app: opened.unwrap().0, clock, database }
    }

    /// Opens an [`App`] on an existing database with additional command-line flags.
    pub(crate) async fn open_app(database: &TestDatabase, clock: &Clock, flags: &[&str]) -> App {
        let config = Config::new(cli(database, flags).settings).unwrap();
        let abilities = AbilityFactory::default();
        App::open(&config, clock.clone(), abilities, 3000, true).await.unwrap().0
    }

    /// Starts an application with the demo data.
    pub(crate) async fn start_with_demo_data() -> Self {
        let app = Self::start().await;
        seed::demo(&app.app.db, &app.app.auth, &app.clock, false).await.unwrap();
        app
    }

    /// Returns a client without a session.
    pub(crate) fn anonymous(&self) -> Client {
        Client::new(self.app.router())
    }

    /// Returns a client of a new user with this name, signed in.
    pub(crate) async fn signed_in(&self, name: &str) -> Client {
        let client = self.anonymous();
        client.sign_up(name).await;
        client
    }

    /// Returns a client of a new user whose role is set by `bookplate user set-role`.
    pub(crate) async fn with_role(&self, name: &str, role: &str) -> Client {
        let client = self.signed_in(name).await;
        self.run_command(&["user", "set-role", &format!("{name}@example.com"), role])
            .await
            .unwrap();
        client
    }

    /// Runs a command of the command line on this database, in this process.
    pub(crate) async fn run_command(&self, arguments: &[&str]) -> Result<(), server::Failure> {
        Box::pin(commands::run(cli(&self.database, arguments))).await
    }

    /// Awaits `work`, and returns its result and the number of SQL statements that it caused.
    pub(crate) async fn count_statements<T>(&self, work: impl Future<Output = T>) -> (T, u64) {
        let before = self.app.db.statements();
        let result = work.await;
        (result, self.app.db.statements() - before)
    }
}

/// Parses a command line with the settings of tests. `arguments` override those settings.
pub(crate) fn cli(database: &TestDatabase, arguments: &[&str]) -> Cli {
    let settings = [
        ["--database-url", database.url()],
        ["--better-auth-url", BASE_URL],
        ["--better-auth-secret", SECRET],
        ["--auth-rate-limit", "false"],
        ["--rust-log", "error"],
    ];
    // The parser rejects flags that are given twice.
    let settings = settings.iter().filter(|[flag, _]| !arguments.contains(flag)).flatten();
    Cli::try_parse_from(["bookplate"].iter().chain(settings).chain(arguments)).unwrap()
}

/// Returns the initial time of every test's clock: 2026-11-20, 12:00 UTC.
pub(crate) fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 20, 12, 0, 0).unwrap()
}

/// Returns the path of Chromium: the variable `CHROMIUM`, or Debian's path. Skips the test and
/// returns `None` if that file is missing.
pub(crate) fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("CHROMIUM").unwrap_or_else(|| "/usr/bin/chromium".into());
    let path = PathBuf::from(path);
    if !path.exists() {
        skip(skips::CHROMIUM);
        return None;
    }
    Some(path)
}
