//! The command `import better-auth`: users of another server's database, with any table names.

mod id_conflicts;
mod odd;
mod plugins;

use axum::http::StatusCode;
use serde_json::json;

use super::structure::{count, rows};
use crate::it::support::{
    Backend, PASSWORD, Process, TestApp, TestDatabase, bookplate_command, eventually,
};

const TABLES: [&str; 4] = ["user", "account", "session", "verification"];
const COLUMNS: [&str; 15] = [
    "emailVerified",
    "createdAt",
    "updatedAt",
    "deletedAt",
    "expiresAt",
    "ipAddress",
    "userAgent",
    "userId",
    "accountId",
    "providerId",
    "accessToken",
    "refreshToken",
    "idToken",
    "accessTokenExpiresAt",
    "refreshTokenExpiresAt",
];

/// Converts `camelCase` to `snake_case`.
fn snake_case(name: &str) -> String {
    let snake =
        |c: char| if c.is_uppercase() { format!("_{}", c.to_lowercase()) } else { c.into() };
    name.chars().map(snake).collect()
}

/// Renames tables and columns of a database as another server names them.
async fn rename(database: &TestDatabase) {
    for table in TABLES {
        let columns = super::structure::columns(database).await;
        for column in COLUMNS {
            if columns.iter().any(|line| line.starts_with(&format!("{table}.{column} "))) {
                let renamed = snake_case(column);
                database
                    .execute(&format!(
                        r#"alter table "{table}" rename column "{column}" to "{renamed}""#
                    ))
                    .await;
            }
        }
        database.execute(&format!(r#"alter table "{table}" rename to "{table}s""#)).await;
    }
}

/// Creates a database with other names and this number of users and accounts.
async fn database_with_users(number: usize) -> TestDatabase {
    let (date, bool, no) = match Backend::current() {
        Backend::Sqlite => ("text", "integer", "0"),
        Backend::Postgres => ("timestamptz", "boolean", "false"),
    };
    let database = TestDatabase::create().await;
    database
        .execute(&format!(
            r#"create table "users" ("id" text primary key, "name" text, "email" text, "email_verified" {bool}, "created_at" {date});
            create table "accounts" ("id" text primary key, "user_id" text, "provider_id" text, "account_id" text, "password" text);
            with recursive n(i) as (select 1 union all select i + 1 from n where i < {number})
            insert into "users" select 'u' || i, 'User ' || i, 'user' || i || '@example.com', {no}, '2026-01-02T03:04:05.678Z' from n;
            insert into "accounts" select 'a' || "id", "id", 'credential', "id", 'salt:key' from "users""#
        ))
        .await;
    database
}

const OTHER_NAMES: [&str; 2] = ["--plural", "--snake-case"];

/// Returns the arguments of an import from this URL.
fn import<'a>(from: &'a str, flags: &[&'a str]) -> Vec<&'a str> {
    [&["import", "better-auth", "--from", from], flags].concat()
}

/// Returns the numbers of a table's line in the report: rows, imported, existing, conflicts,
/// invalid, expired.
fn tally(report: &str, table: &str) -> [u64; 6] {
    let line = report.lines().rfind(|line| line.split(' ').next() == Some(table));
    let numbers = line.unwrap_or_else(|| panic!("{table}: {report}")).split_whitespace().skip(1);
    numbers.map(|number| number.parse().unwrap()).collect::<Vec<_>>().try_into().unwrap()
}

#[tokio::test]
async fn imported_users_sign_in_and_keep_their_sessions() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let forgotten = json!({ "email": "ann@example.com" });
    ann.post("/api/auth/request-password-reset", forgotten).await;
    // Commands use the system clock.
    for table in ["session", "verification"] {
        let later = format!(r#"update "{table}" set "expiresAt" = '2099-01-01T00:00:00.000Z'"#);
        app.database.execute(&later).await;
    }
    let before = all_rows(&app.database).await;
    let from = TestDatabase::create().await;
    copy_under_other_names(&app, &from).await;

    let target = TestApp::start().await;
    let report =
        target.database.bookplate(&import(from.url(), &OTHER_NAMES)).await.expect_success();

    for table in TABLES {
        assert_eq!(tally(&report, table), [1, 1, 0, 0, 0, 0], "{table}: {report}");
    }
    assert!(!report.contains("example.com"), "{report}");
    assert_eq!(all_rows(&target.database).await, before);
    // The secret is the same, so the cookie is valid.
    let visitor = target.anonymous();
    visitor.cookies().clone_from(&ann.cookies());
    let session = visitor.get("/api/auth/get-session").await.json();
    assert_eq!(session["user"]["email"], "ann@example.com");
    let body = json!({ "email": "ann@example.com", "password": PASSWORD });
    let signed_in = target.anonymous().post("/api/auth/sign-in/email", body).await;
    assert_eq!(signed_in.status, StatusCode::OK, "{}", signed_in.text);
}

/// Returns all rows that an import copies.
async fn all_rows(database: &TestDatabase) -> Vec<String> {
    let mut all = Vec::new();
    for table in TABLES {
        all.extend(rows(database, table).await);
    }
    // SQLite stores the timestamp in the format it was written.
    all.iter().map(|row| row.replace(".000Z", "+00:00")).collect()
}

/// Copies the users of `app` to a database with other names.
async fn copy_under_other_names(app: &TestApp, from: &TestDatabase) {
    from.bookplate(&["migrate", "up"]).await.expect_success();
    let report = from.bookplate(&import(app.database.url(), &[])).await.expect_success();
    assert_eq!(tally(&report, "session")[1], 1, "{report}");
    rename(from).await;
}

#[tokio::test]
async fn thousands_of_users_are_imported_in_seconds_and_only_once() {
    let from = database_with_users(10_000).await;
    let target = TestDatabase::migrated().await;
    let start = std::time::Instant::now();

    let report = target.bookplate(&import(from.url(), &OTHER_NAMES)).await.expect_success();

    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
    assert_eq!(tally(&report, "user"), [10_000, 10_000, 0, 0, 0, 0]);
    assert_eq!(tally(&report, "account"), [10_000, 10_000, 0, 0, 0, 0]);
    assert!(report.contains("there is no table sessions"), "{report}");
    let first = rows(&target, "user").await;

    let report = target.bookplate(&import(from.url(), &OTHER_NAMES)).await.expect_success();

    assert_eq!(tally(&report, "user"), [10_000, 0, 10_000, 0, 0, 0]);
    assert_eq!(tally(&report, "account"), [10_000, 0, 10_000, 0, 0, 0]);
    assert_eq!(rows(&target, "user").await, first);
}

#[tokio::test]
async fn a_killed_import_is_completed_by_the_next_run() {
    let from = database_with_users(20_000).await;
    let target = TestDatabase::migrated().await;
    let arguments = import(from.url(), &OTHER_NAMES);
    let settings = [("DATABASE_URL", target.url())];
    let process = Process::spawn(bookplate_command(&target.folder(), &arguments, &settings));
    eventually("the first users", async || (count(&target, "user").await > 0).then_some(())).await;

    process.send_signal("KILL");
    process.wait().await;
    let imported = count(&target, "user").await;
    let report = target.bookplate(&arguments).await.expect_success();

    assert_eq!(tally(&report, "user")[1] + imported as u64, 20_000);
    assert_eq!((count(&target, "user").await, count(&target, "account").await), (20_000, 20_000));
}

#[tokio::test]
async fn wrong_names_and_urls_are_refused_before_any_write() {
    let (from, target) = (database_with_users(3).await, TestDatabase::migrated().await);
    let missing = format!("sqlite://{}/nothing.db", target.folder().display());
    let unreachable = "postgres://ann:hunter2@127.0.0.1:1/books";
    for (arguments, words) in [
        (import(from.url(), &[]), "--from has no table user; try --plural"),
        (import("mysql://root:hunter2@db", &[]), "--from is neither sqlite:// nor postgres://"),
        (import("postgres://ann:hunter2?x@db/auth", &[]), "--from is malformed behind its host"),
        (import(&missing, &[]), "cannot be opened"),
        (import(unreachable, &[]), "--from (postgres 127.0.0.1:1/books) cannot be opened"),
        (import(target.url(), &[]), "is DATABASE_URL itself"),
    ] {
        let refused = target.bookplate(&arguments).await.expect_failure();
        assert!(refused.contains(words), "{words}: {refused}");
        assert!(!refused.contains("hunter2"), "{refused}");
    }
    assert!(!target.folder().join("nothing.db").exists());
    from.execute(r#"alter table "accounts" drop column "account_id""#).await;
    let refused = target.bookplate(&import(from.url(), &OTHER_NAMES)).await.expect_failure();
    assert!(refused.contains("a table accounts without the column accountId"), "{refused}");
    assert_eq!(count(&target, "user").await, 0);
}
