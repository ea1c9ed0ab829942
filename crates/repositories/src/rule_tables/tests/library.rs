//! A database with books, authors and users that differ in what rules name.

use database::{Database, DatabaseUrl, test_server::TestServer, user};
use domain::ability::{Ability, Action, Condition as RuleCondition};
use migration::{Direction, migrate};
use sea_orm::{
    ConnectionTrait, EntityTrait, StatementBuilder,
    sea_query::{Alias, Query},
};
use tempfile::TempDir;

use super::*;
use crate::{author, book};

/// Users' roles as other servers store them; null is absent.
const ROLES: [&str; 10] = [
    "null",
    "''",
    "'user'",
    "'ADMIN'",
    "'user,admin_ro'",
    "' admin_ro ,user'",
    "'emperor'",
    "'\u{a0}Admin_RW\t'",
    "'ad min'",
    "'a\"b\\,admin'",
];
const IDS: [&str; 3] = ["ann", "bob", "Ann"];
pub(super) const TEXTS: [&str; 20] = [
    "ann", "bob", "Ann", "A", "a", "", "0", "1", "1815", "null", "true", "é", "user", "admin",
    "admin_ro", "admin_rw", "a\0", "u3", "r7", "A ",
];
const TITLES: [&str; 8] = ["A", "a", "", "0", "1815", "é", "ann", "A "];
const YEARS: [&str; 5] = ["null", "0", "1", "-1", "1815"];

/// Books, authors and users that differ in what rules name.
fn rows(no: &str, yes: &str) -> String {
    let now = "'2026-01-01T00:00:00+00:00'";
    let users = (0..).zip(ROLES).map(|(n, role)| {
        let id = IDS.get(n).map_or_else(|| format!("u{n}"), ToString::to_string);
        let verified = if n % 2 == 0 { yes } else { no };
        format!(
            r#"insert into "user" ("id", "name", "email", "emailVerified", "role", "createdAt", "updatedAt")
               values ('{id}', 'U', '{id}{n}@example.com', {verified}, {role}, {now}, {now});"#
        )
    });
    let of = |n: usize| (IDS[n % 3], TITLES[n % 8], YEARS[n % 5], YEARS[n / 5 % 5]);
    let books = (0..60).map(|n| {
        let (owner, title, year, _) = of(n);
        let isbn = TEXTS.get(n / 2).filter(|text| n % 2 == 0 && !text.contains('\0'));
        let isbn = isbn.map_or_else(|| "null".to_owned(), |isbn| format!("'{isbn}'"));
        format!(
            r#"insert into "book" ("id", "title", "titleFolded", "isbn", "releaseYear", "userId", "createdAt", "updatedAt")
               values ('r{n}', '{title}', 'x', {isbn}, {year}, '{owner}', {now}, {now});"#
        )
    });
    let authors = (0..60).map(|n| {
        let (owner, name, birth, death) = of(n);
        format!(
            r#"insert into "author" ("id", "name", "nameFolded", "birthYear", "deathYear", "userId", "createdAt", "updatedAt")
               values ('r{n}', '{name}', 'x', {birth}, {death}, '{owner}', {now}, {now});"#
        )
    });
    users.chain(books).chain(authors).collect()
}

/// A database with these rows, and the rows as they are read from it.
pub(super) struct Library {
    db: Database,
    books: Vec<Book>,
    authors: Vec<Author>,
    pub(super) users: Vec<User>,
    _folder: TempDir,
    server: Option<TestServer>,
}

impl Library {
    pub(super) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite(folder.path().join("b.db"));
        // Any number but zero is true.
        Self::filled(Database::connect(&url).await.unwrap(), &rows("0", "2"), folder, None).await
    }

    /// `None` without a server, which is reported.
    pub(super) async fn postgres() -> Option<Self> {
        let server = TestServer::create().await.unwrap()?;
        let db = Database::connect(&server.url.parse().unwrap()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        Some(Self::filled(db, &rows("false", "true"), folder, Some(server)).await)
    }

    async fn filled(db: Database, rows: &str, folder: TempDir, server: Option<TestServer>) -> Self {
        let own = db.dedicated().await.unwrap();
        migrate(&own, Direction::Up(None)).await.unwrap();
        own.close().await.unwrap();
        db.writer().execute_unprepared(rows).await.unwrap();
        let books = all::<book::row::Entity, _>(&db).await;
        let (authors, users) =
            (all::<author::row::Entity, _>(&db).await, all::<user::entity::Entity, _>(&db).await);
        Self { db, books, authors, users, _folder: folder, server }
    }

    /// Compares what SQL returns with the ability's decision about each row.
    pub(super) async fn compare(&self, ability: &Ability<'_>) {
        self.compare_rows(rule_table::<Book>("book"), &self.books, |book| &book.id.0, ability)
            .await;
        self.compare_rows(
            rule_table::<Author>("author"),
            &self.authors,
            |author| &author.id.0,
            ability,
        )
        .await;
        self.compare_rows(user::RULE_TABLE, &self.users, |user| &user.id.0, ability).await;
    }

    async fn compare_rows<S: Subject>(
        &self,
        table: RuleTable,
        rows: &[S],
        id: fn(&S) -> &str,
        ability: &Ability<'_>,
    ) {
        let mut decided: Vec<_> =
            rows.iter().filter(|row| ability.can(Action::Read, *row)).map(id).collect();
        decided.sort_unstable();
        let Ok(readable) = ability.readable::<S>() else {
            assert!(decided.is_empty(), "{ability:?}");
            return;
        };
        let backend = self.db.reader().get_database_backend();
        let condition = match rule_condition(backend, RuleTable { alias: "t", ..table }, &readable)
        {
            Ok(condition) => condition,
            Err(error) => {
                let column = |name: &str| (table.column)(backend, "t", name);
                let rule = readable.condition().unwrap();
                assert!(names(rule).iter().any(|name| column(name).is_none()), "{error}");
                return;
            }
        };
        let id = (Alias::new("t"), Alias::new("id"));
        let mut query = Query::select();
        query.column(id.clone()).from_as(Alias::new(table.alias), Alias::new("t"));
        if let Some(condition) = condition {
            query.cond_where(condition);
        }
        let statement = StatementBuilder::build(&query, &backend);
        let found = self.db.reader().query_all_raw(statement.clone()).await;
        let found = found.unwrap_or_else(|error| panic!("{error}: {statement}"));
        let mut found: Vec<String> =
            found.iter().map(|row| row.try_get("", "id").unwrap()).collect();
        found.sort_unstable();
        assert_eq!(found, decided, "{statement}");
    }

    pub(super) async fn remove(self) {
        self.db.close().await.unwrap();
        if let Some(server) = self.server {
            server.remove().await.unwrap();
        }
    }
}

async fn all<E: EntityTrait, S: From<E::Model>>(db: &Database) -> Vec<S> {
    E::find().all(db.reader()).await.unwrap().into_iter().map(S::from).collect()
}

/// The fields that a condition names.
fn names(rule: &RuleCondition<'_>) -> Vec<&'static str> {
    match rule {
        RuleCondition::Eq(name, _) | RuleCondition::Ne(name, _) | RuleCondition::In(name, _) => {
            vec![*name]
        }
        RuleCondition::All(parts) | RuleCondition::Any(parts) => {
            parts.iter().flat_map(names).collect()
        }
        RuleCondition::Not(part) => names(part),
    }
}
