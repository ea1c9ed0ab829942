//! A library that is large enough for realistic plans.

use database::{Database, DatabaseUrl, test_server::TestServer};
use domain::Result;
use migration::{Direction, migrate};
use sea_orm::{ConnectionTrait, Statement, StatementBuilder, sea_query::SelectStatement};
use tempfile::TempDir;

const ROWS: &str = r#"
insert into "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt")
    values ('u', 'U', 'u@example.com', {false}, '2026-01-01T00:00:00+00:00', '2026-01-01T00:00:00+00:00');
insert into "author" ("id", "name", "nameFolded", "birthYear", "userId", "createdAt", "updatedAt")
    select 'a' || n, 'x' || (n % 5000), 'x' || (n % 5000), nullif(n % 2000, 0), 'u', '2026-01-01T00:00:00+00:00', '2026-01-01T00:00:00+00:00' from {numbers};
insert into "book" ("id", "title", "titleFolded", "releaseYear", "userId", "createdAt", "updatedAt")
    select 'b' || n, 'x' || (n % 5000), 'x' || (n % 5000), nullif(n % 2000, 0), 'u', '2026-01-01T00:00:00+00:00', '2026-01-01T00:00:00+00:00' from {numbers};
insert into "bookAuthor" ("bookId", "authorId", "position") select 'b' || n, 'a' || (1 + n % 100), 0 from {numbers};
"#;

/// A library of twenty thousand books.
pub(super) struct Library {
    pub(super) db: Database,
    _folder: TempDir,
    server: Option<TestServer>,
}

impl Library {
    pub(super) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = Database::connect(&DatabaseUrl::sqlite(folder.path().join("b.db"))).await.unwrap();
        let library = Self { db, _folder: folder, server: None };
        let numbers = "(with recursive c(n) as (select 1 union all select n + 1 from c where n < 20000) select n from c)";
        library.fill(numbers, "0").await;
        library
    }

    /// Returns `None` without a server, and reports the skipped test.
    pub(super) async fn postgres() -> Option<Self> {
        let server = TestServer::create().await.unwrap()?;
        let db = Database::connect(&server.url.parse().unwrap()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let library = Self { db, _folder: folder, server: Some(server) };
        library.fill("generate_series(1, 20000) as c(n)", "false").await;
        library.db.writer().execute_unprepared("analyze").await.unwrap();
        Some(library)
    }

    async fn fill(&self, numbers: &str, no: &str) {
        let own = self.db.dedicated().await.unwrap();
        migrate(&own, Direction::Up(None)).await.unwrap();
        own.close().await.unwrap();
        let rows = ROWS.replace("{numbers}", numbers).replace("{false}", no);
        self.db.writer().execute_unprepared(&rows).await.unwrap();
    }

    pub(super) fn is_postgres(&self) -> bool {
        self.server.is_some()
    }

    /// Returns the plan of a statement, one step per line.
    pub(super) async fn plan(&self, query: &SelectStatement) -> String {
        let backend = self.db.reader().get_database_backend();
        self.plan_of(StatementBuilder::build(query, &backend)).await
    }

    pub(super) async fn plan_of(&self, Statement { sql, values, .. }: Statement) -> String {
        let db = self.db.reader();
        let backend = db.get_database_backend();
        let (word, column) = if self.is_postgres() {
            ("EXPLAIN", "QUERY PLAN")
        } else {
            ("EXPLAIN QUERY PLAN", "detail")
        };
        let values = values.unwrap_or_else(|| sea_orm::Values(Vec::new()));
        let explain = Statement::from_sql_and_values(backend, format!("{word} {sql}"), values.0);
        let steps = db.query_all_raw(explain).await.unwrap();
        let steps = steps.iter().map(|step| step.try_get::<String>("", column).unwrap());
        steps.collect::<Vec<_>>().join("\n")
    }

    pub(super) async fn remove(self) -> Result<()> {
        self.db.close().await?;
        if let Some(server) = self.server {
            server.remove().await.unwrap();
        }
        Ok(())
    }
}
