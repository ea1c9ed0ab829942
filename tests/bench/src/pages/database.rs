//! Direct access to the database, without the server.

use std::{io, process};

use sqlx::{
    AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteSynchronous},
};

/// The number of books from `bookplate seed`. The others are copies with other numbers in titles
/// and ids, which is several times as fast.
pub(crate) const SEEDED: u32 = 10_000;

const POSTGRES_COPIES: &str = r#"
select n, '01900000-0001-7000-8000-' || lpad(to_hex(n % {seeded}), 12, '0') collate "C" as original, '01900000-0001-7000-8000-' || lpad(to_hex(n), 12, '0') as id from generate_series({seeded}, {books} - 1) n; analyze copies"#;

const SQLITE_COPIES: &str = "
with recursive numbers(n) as (select {seeded} union all select n + 1 from numbers where n < {books} - 1)
  select n, printf('01900000-0001-7000-8000-%012x', n % {seeded}) as original, printf('01900000-0001-7000-8000-%012x', n) as id from numbers";

const COPY: &str = r#"
begin;
create temp table copies as {copies};
insert into "book" ("id", "title", "titleFolded", "releaseYear", "userId", "createdAt", "updatedAt")
  select c.id, rtrim(b."title", '0123456789') || n, rtrim(b."titleFolded", '0123456789') || n, b."releaseYear", b."userId", b."createdAt", b."updatedAt"
  from copies c join "book" b on b."id" = c.original;
insert into "bookAuthor" ("bookId", "authorId", "position")
  select c.id, l."authorId", l."position" from copies c join "bookAuthor" l on l."bookId" = c.original;
commit;
"#;

const FORGET_SEARCH: [&str; 2] =
    [r#"drop trigger "book_search_insert" on "book""#, r#"drop trigger "book_search_insert""#];

/// A temporary PostgreSQL database, dropped when dropped.
#[derive(Debug)]
pub(crate) struct Database {
    server: String,
    name: String,
    url: String,
}

impl Database {
    /// Creates an empty database on the server of `url`.
    pub(crate) fn create(url: &str) -> io::Result<Self> {
        let name = format!("bookplate_bench_{}", process::id());
        let own = named(url, &name)?;
        execute(url, &format!("create database {name}"))?;
        Ok(Self { server: url.to_owned(), name, url: own })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Does what the server itself does within a minute of many changes.
    pub(crate) fn settle(&self) -> io::Result<()> {
        execute(&self.url, "vacuum analyze")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let drop = format!("drop database if exists {} with (force)", self.name);
        if let Err(error) = execute(&self.server, &drop) {
            eprintln!("{} is left behind: {error}", self.name);
        }
    }
}

/// Copies the seeded books up to this number.
pub(crate) fn copy(url: &str, books: u32) -> io::Result<()> {
    let copies = if is_postgres(url) { POSTGRES_COPIES } else { SQLITE_COPIES };
    let sql = COPY
        .replace("{copies}", copies)
        .replace("{seeded}", &SEEDED.to_string())
        .replace("{books}", &books.to_string());
    execute(url, &sql)
}

/// Excludes new books from the search index.
pub(crate) fn forget_search(url: &str) -> io::Result<()> {
    let [postgres, sqlite] = FORGET_SEARCH;
    execute(url, if is_postgres(url) { postgres } else { sqlite })
}

fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres")
}

/// Returns the URL of another database on the same server.
fn named(url: &str, name: &str) -> io::Result<String> {
    let (location, options) = url.split_once('?').unwrap_or((url, ""));
    let (server, _) = location
        .rsplit_once('/')
        .filter(|(server, _)| is_postgres(url) && server.contains("://"))
        .filter(|(server, _)| !server.ends_with('/'))
        .ok_or_else(|| io::Error::other("--database takes postgres://USER:PASSWORD@HOST/NAME"))?;
    let mark = if options.is_empty() { "" } else { "?" };
    Ok(format!("{server}/{name}{mark}{options}"))
}

fn execute(url: &str, sql: &str) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let sql = AssertSqlSafe(sql.to_owned());
    let run = async {
        if is_postgres(url) {
            let mut server = PgConnection::connect(url).await?;
            server.execute(sql).await?;
            return server.close().await;
        }
        // A crash loses only data that can be created again.
        let options = url.parse::<SqliteConnectOptions>()?;
        let options = options.synchronous(SqliteSynchronous::Off).pragma("cache_size", "-500000");
        let mut file = SqliteConnection::connect_with(&options).await?;
        file.execute(sql).await?;
        file.close().await
    };
    runtime.block_on(run).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_named_on_the_server_of_another() {
        let named = |url| named(url, "new").map_err(drop);
        assert_eq!(named("postgres://me@host:1/old"), Ok("postgres://me@host:1/new".to_owned()));
        assert_eq!(
            named("postgres://host/old?sslmode=disable"),
            Ok("postgres://host/new?sslmode=disable".to_owned())
        );
        for wrong in ["postgres://host", "mysql://host/old", "sqlite://file.db", ""] {
            assert_eq!(named(wrong), Err(()), "{wrong}");
        }
    }
}
