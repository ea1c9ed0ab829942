//! Where the database is.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

/// Where the database is: `sqlite://PATH` or `postgres://USER:PASSWORD@HOST/NAME`.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(pub(crate) Kind);

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite(PathBuf),
    Postgres(String),
}

impl FromStr for DatabaseUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self(Kind::Postgres(text.to_owned())));
        }
        let path = text.strip_prefix("sqlite:").ok_or("is neither sqlite:// nor postgres://")?;
        let path = path.strip_prefix("//").unwrap_or(path);
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        if path.is_empty() || path == ":memory:" {
            return Err("must name a file; a database in memory cannot be shared by connections");
        }
        Ok(Self(Kind::Sqlite(PathBuf::from(path))))
    }
}

impl DatabaseUrl {
    /// The SQLite database in this file.
    #[must_use]
    pub fn sqlite(path: impl Into<PathBuf>) -> Self {
        Self(Kind::Sqlite(path.into()))
    }

    /// The SQLite file, if it is one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match &self.0 {
            Kind::Sqlite(path) => Some(path),
            Kind::Postgres(_) => None,
        }
    }

    /// The PostgreSQL server's URL, if it is one. It holds the password.
    #[must_use]
    pub fn server(&self) -> Option<&str> {
        match &self.0 {
            Kind::Sqlite(_) => None,
            Kind::Postgres(url) => Some(url),
        }
    }
}

/// For people and logs: a password is never shown.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Sqlite(path) => write!(f, "sqlite {}", path.display()),
            Kind::Postgres(url) => {
                let place = url.rsplit('@').next().unwrap_or_default();
                let place = place.split_once('?').map_or(place, |(place, _)| place);
                write!(f, "postgres {}", place.trim_start_matches("postgres://"))
            }
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
    use super::*;

    #[test]
    fn a_shown_url_has_no_password() {
        let url: DatabaseUrl =
            "postgres://ann:s3cret@db:5432/books?sslmode=require".parse().unwrap();
        assert_eq!(format!("{url} {url:?}"), "postgres db:5432/books postgres db:5432/books");
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
}
