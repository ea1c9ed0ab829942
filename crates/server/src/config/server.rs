//! What the server listens on, its database, and its log.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr},
};

use database::DatabaseUrl;

use super::{
    check::{Check, shown},
    setting::{Setting, settings},
};

settings! {
    "Server", "What the server listens on, its database, and its log.";
    HOST = Setting::text("HOST", "Address to listen on, or `localhost`")
        .default("127.0.0.1")
        .example("0.0.0.0")
        .details("`0.0.0.0` listens on every interface.");
    PORT = Setting::text("PORT", "Port to listen on; 0 chooses a free one").default("3000");
    APP_ENV = Setting::choice(
        "APP_ENV",
        "development",
        &["development", "production"],
        "development or production",
    )
    .details(
        "Production requires a strong secret, turns introspection off and rate limits on, and \
         logs JSON. Development that other hosts can reach, by `HOST` or `BETTER_AUTH_URL`, gets \
         the same except for the log format, and warns at every start.",
    );
    DATABASE_URL = Setting::text(
        "DATABASE_URL",
        "`sqlite://PATH` or `postgres://USER:PASSWORD@HOST/NAME`",
    )
    .default("sqlite://data/bookplate.db")
    .details(
        "A missing SQLite file is created with its folder, readable by its owner only. \
         Percent-encode the password of a PostgreSQL URL: `%40` for `@`, `%20` for a space.",
    )
    .secret();
    DATABASE_POOLER_URL = Setting::text(
        "DATABASE_POOLER_URL",
        "Pooler in transaction mode before `DATABASE_URL`'s database, e.g. PgBouncer: \
         `postgres://USER:PASSWORD@HOST:PORT/NAME`",
    )
    .example("postgres://bookplate:…@localhost:6432/books")
    .details(
        "Requests use the pooler. Migrations, commands and `LISTEN` connect to the PostgreSQL \
         server itself.",
    )
    .secret();
    LOG_FORMAT = Setting::choice("LOG_FORMAT", "", &["text", "json"], "text or json")
        .computed("text in development, json in production")
        .details("Log lines are written to standard error.");
    RUST_LOG = Setting::text("RUST_LOG", "What to log, e.g. warn or debug or info,auth=debug")
        .default("info");
}

/// Where the server runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// On a developer's machine: with development tools.
    Development,
    /// For users: with strict defaults.
    Production,
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Development => "development",
            Self::Production => "production",
        })
    }
}

/// The format of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Readable text.
    Text,
    /// JSON, one object a line.
    Json,
}

pub(super) fn environment(check: &mut Check) -> Environment {
    match check.text(&APP_ENV) {
        None => Environment::Development,
        // A misspelled environment must not open development tools.
        Some(_) => check
            .choice(&APP_ENV, [Environment::Development, Environment::Production])
            .unwrap_or(Environment::Production),
    }
}

/// An IP address, or `localhost`. Other names may change their addresses, and thereby who can
/// reach the server.
pub(super) fn host(check: &mut Check) -> IpAddr {
    const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let value = check.text_or_default(&HOST);
    let host = value.trim();
    if host.eq_ignore_ascii_case("localhost") {
        return LOCALHOST;
    }
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    address.unwrap_or(host).parse().unwrap_or_else(|_| {
        let what = format!("is {}, but must be an IP address or localhost", shown(&value));
        check.fail(&HOST, &what);
        LOCALHOST
    })
}

pub(super) fn port(check: &mut Check) -> u16 {
    match check.text(&PORT) {
        None => 3000,
        Some(_) => check.parsed(&PORT).unwrap_or_default(),
    }
}

pub(super) fn database_url(check: &mut Check) -> DatabaseUrl {
    let value = check.text_or_default(&DATABASE_URL);
    value.parse().unwrap_or_else(|what| {
        // The value may contain a password and is not shown.
        let is_postgres = value.trim_start().starts_with("postgres");
        let example = if is_postgres {
            "postgres://USER:PASSWORD@HOST/NAME"
        } else {
            "sqlite://data/bookplate.db"
        };
        check.fail_with_example(&DATABASE_URL, what, example);
        DatabaseUrl::sqlite("data/bookplate.db")
    })
}

/// The pooler of the database at `url`.
pub(super) fn pooler_url(check: &mut Check, url: &DatabaseUrl) -> Option<DatabaseUrl> {
    // The value may contain a password and is not shown.
    match check.text(&DATABASE_POOLER_URL)?.trim().parse::<DatabaseUrl>() {
        Ok(pooler) if pooler.server().is_some() && url.server().is_some() => return Some(pooler),
        Ok(_) => {
            check.fail(&DATABASE_POOLER_URL, "is for PostgreSQL, as is DATABASE_URL then");
        }
        Err(what) => check.fail(&DATABASE_POOLER_URL, what),
    }
    None
}

pub(super) fn log_format(check: &mut Check, production: bool) -> LogFormat {
    match check.text(&LOG_FORMAT) {
        None if production => LogFormat::Json,
        None => LogFormat::Text,
        Some(_) => {
            check.choice(&LOG_FORMAT, [LogFormat::Text, LogFormat::Json]).unwrap_or(LogFormat::Text)
        }
    }
}

/// A filter in the form of `RUST_LOG`.
pub(super) fn log_filter(check: &mut Check) -> String {
    let value = check.text_or_default(&RUST_LOG);
    if tracing_subscriber::EnvFilter::try_new(&value).is_err() {
        check.fail(&RUST_LOG, &format!("is {}, which is not valid", shown(&value)));
    }
    value
}
