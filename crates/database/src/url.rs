//! Parsing and printing of `DATABASE_URL`.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use sqlx::postgres::PgConnectOptions;
use url::{ParseError, Url, form_urlencoded};

/// Parsing and printing of `DATABASE_URL`.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(pub(crate) Kind);

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite(PathBuf),
    Postgres(Url),
}

/// Parameters that sqlx knows. It logs unknown parameters with their values, and a misspelled
/// name may carry a password.
const PARAMETERS: &[&str] = &[
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

impl FromStr for DatabaseUrl {
    /// The error never quotes the text, because any malformed part may contain a password.
    type Err = &'static str;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return postgres(text).map(Kind::Postgres).map(Self);
        }
        let path = text.strip_prefix("sqlite:").ok_or("is neither sqlite:// nor postgres://")?;
        let login = path.split_once('@').is_some_and(|(login, _)| login.contains(':'));
        if login || path.contains("://") {
            return Err("must name a file, and not a server, behind sqlite://");
        }
        let path = path.strip_prefix("//").unwrap_or(path);
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        if path.is_empty() || path == ":memory:" {
            return Err("must name a file; a database in memory cannot be shared by connections");
        }
        Ok(Self(Kind::Sqlite(PathBuf::from(path))))
    }
}

fn postgres(text: &str) -> std::result::Result<Url, &'static str> {
    let mut url = server_url(text)?;
    let known = |name: &str| PARAMETERS.contains(&name) || name.starts_with("options[");
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(url.query_pairs().filter(|(name, _)| known(name)));
    let query = query.finish();
    url.set_query(Some(query.as_str()).filter(|query| !query.is_empty()));
    // Parses the URL like the connection will, so that errors appear here, without the URL's
    // text.
    let understood = url.as_str().parse::<PgConnectOptions>();
    understood.map_err(|_| "is malformed in its login or behind its ?")?;
    Ok(url)
}

/// Parses the URL of a server with a login. The error names the malformed part and never its
/// text: an apparent host or path may be the rest of a password that was not percent-encoded.
pub fn server_url(text: &str) -> std::result::Result<Url, &'static str> {
    const ENCODE: &str = "is malformed behind its host; in a password : / ? # @ must be \
                          percent-encoded, e.g. %40 for @";
    const PORT: &str = "is malformed at its port; in a password : / ? # @ must be \
                        percent-encoded, e.g. %3A for :";
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err("contains a space or a line break; in a password write %20 for a space");
    }
    let (_, target) = text.split_once("://").ok_or("is malformed at its scheme")?;
    let (authority, rest) = target.split_at(target.find(['/', '?', '#']).unwrap_or(target.len()));
    if authority.ends_with(':') {
        return Err(PORT);
    }
    if rest.contains(['@', '#']) {
        return Err(ENCODE);
    }
    let url = Url::parse(text).map_err(|error| match error {
        ParseError::InvalidPort => PORT,
        _ => "is malformed at its host",
    })?;
    let path = url.path();
    if path.strip_prefix('/').unwrap_or(path).contains(['/', ':']) {
        return Err(ENCODE);
    }
    Ok(url)
}

/// A server's URL without login and parameters, for messages and logs.
fn shown(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{host}{port}{}", url.path())
}

impl DatabaseUrl {
    /// The SQLite database in this file.
    #[must_use]
    pub fn sqlite(path: impl Into<PathBuf>) -> Self {
        Self(Kind::Sqlite(path.into()))
    }

    /// The path of the SQLite file, if the URL names one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match &self.0 {
            Kind::Sqlite(path) => Some(path),
            Kind::Postgres(_) => None,
        }
    }

    /// The PostgreSQL server's URL, if the URL names one. It contains the password.
    #[must_use]
    pub fn server(&self) -> Option<&str> {
        match &self.0 {
            Kind::Sqlite(_) => None,
            Kind::Postgres(url) => Some(url.as_str()),
        }
    }
}

/// For messages and logs; never shows a password.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Sqlite(path) => write!(f, "sqlite {}", path.display()),
            Kind::Postgres(url) => write!(f, "postgres {}", shown(url)),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, test_runner::RngSeed};

    use super::*;

    #[test]
    fn a_displayed_url_has_no_password() {
        for (text, target) in [
            ("postgres://ann:s3cret@db:5432/books?sslmode=require", "db:5432/books"),
            ("postgresql://ann:s3cret@db/books", "db/books"),
            ("postgres://ann:s3c%40ret@[::1]:5432/books", "[::1]:5432/books"),
            ("postgres://db/books?user=ann&password=s3cret", "db/books"),
            ("postgres://db/books?passwrod=s3cret&channel_binding=require", "db/books"),
        ] {
            let url: DatabaseUrl = text.parse().unwrap();
            assert_eq!(format!("{url} {url:?}"), format!("postgres {target} postgres {target}"));
        }
    }

    #[test]
    fn unknown_parameters_are_removed_because_sqlx_logs_them() {
        let url: DatabaseUrl =
            "postgres://db/books?passwrod=s3cret&sslmode=require&options[a]=b".parse().unwrap();
        assert_eq!(url.server(), Some("postgres://db/books?sslmode=require&options%5Ba%5D=b"));
    }

    #[test]
    fn an_error_names_the_malformed_part() {
        for (text, part) in [
            ("postgres://ann:p@ss:word@host:notaport/db", "port"),
            ("postgres://ann:s3cret@db:99999/books", "port"),
            ("postgres://ann:s3cret/books", "port"),
            ("postgres://ann:/books", "port"),
            ("postgres://ann:s3/cret@db/books", "behind its host"),
            ("postgres://ann:1/cret@db/books", "behind its host"),
            ("postgres://ann:1?cret@db/books", "behind its host"),
            ("postgres://ann:1#cret@db/books", "behind its host"),
            ("postgres://db/s3cret/books", "behind its host"),
            ("postgres://ann:s3cret@d b/books", "a space"),
            ("postgres://ann:s3cret@[::1/books", "host"),
            ("postgres://ann:%ff@db/books", "login"),
            ("postgres://ann:s3cret@db/books?port=s3cret", "behind its ?"),
            ("postgre//ann:s3cret@db/books", "neither"),
            ("sqlite://ann:s3cret@db/books", "not a server"),
            ("sqlite:postgres://ann:s3cret@db/books", "not a server"),
        ] {
            let refused = text.parse::<DatabaseUrl>().unwrap_err();
            assert!(refused.contains(part), "{text}: {refused}");
        }
    }

    #[test]
    fn the_file_is_read_from_every_spelling() {
        for text in ["sqlite://data/b.db", "sqlite:data/b.db", "sqlite://data/b.db?mode=rwc"] {
            let url: DatabaseUrl = text.parse().unwrap();
            assert_eq!(url.file(), Some(Path::new("data/b.db")), "{text}");
        }
        for text in ["", "mysql://x", "sqlite://", "sqlite::memory:"] {
            assert!(text.parse::<DatabaseUrl>().is_err(), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 4_000,
            failure_persistence: None,
            rng_seed: RngSeed::Fixed(10),
            ..ProptestConfig::default()
        })]

        /// For every unencoded character in the password, and every other fault of the URL.
        #[test]
        fn no_part_of_a_password_is_ever_shown(
            before in "[a-z0-9@:/?#%&=+. -]{0,6}",
            after in "[a-z0-9@:/?#%&=+. -]{0,6}",
            scheme in prop::sample::select(vec![
                "postgres://", "postgresql://", "sqlite://", "sqlite:postgres://", "sqlite:",
                "postgre://", "postgres//", "postgres:/", "postgres:",
            ]),
            target in prop::sample::select(vec![
                "@db/books", "@db:x/books", "@/books", "@db", "@d b/books", "@[::/books", "@db?a=b",
            ]),
        ) {
            let text = format!("{scheme}ann:{before}hunter2{after}{target}");
            let shown = match text.parse::<DatabaseUrl>() {
                Ok(url) => format!("{url} {url:?}"),
                Err(refused) => refused.to_owned(),
            };
            prop_assert!(!shown.contains("hunter2"), "{text}: {shown}");
        }
    }
}
