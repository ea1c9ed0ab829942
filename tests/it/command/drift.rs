//! Schema drift: databases of better-auth, of other programs, and changed manually.

use std::fs;

use axum::http::StatusCode;

use super::structure::{migrations, structure, tables};
use crate::it::support::{Backend, ServerProcess, TestDatabase, repository_root};

/// Creates a database with the schema of better-auth's command line and its plugins.
async fn better_auth_database() -> TestDatabase {
    let database = TestDatabase::create().await;
    database.execute(&better_auth_schema()).await;
    database
}

/// Returns the SQL of better-auth's schema for the current backend.
fn better_auth_schema() -> String {
    let name = match Backend::current() {
        Backend::Sqlite => "sqlite",
        Backend::Postgres => "postgres",
    };
    let path = format!("tests/better-auth-schema/{name}.sql");
    fs::read_to_string(repository_root().join(path)).unwrap()
}

/// Returns the lines about drift in the output of `migrate status`.
async fn drift(database: &TestDatabase) -> Vec<String> {
    let ended = database.bookplate(&["migrate", "status"]).await;
    let status = &ended.stdout;
    assert!(status.contains(" 0 pending\n"), "{status}");
    let lines = status.lines().filter_map(|line| line.strip_prefix("drifted: "));
    let lines: Vec<_> = lines.map(str::to_owned).collect();
    // Scripts read the exit code.
    assert_eq!(ended.exit_code(), Some(i32::from(!lines.is_empty())), "{}", ended.stderr);
    lines
}

/// Returns the error message of `serve` with this database.
async fn refused(database: &TestDatabase) -> String {
    database.bookplate_with(&["serve"], &[("PORT", "0")]).await.expect_failure()
}

#[tokio::test]
async fn a_migrated_database_has_no_drift() {
    assert_eq!(drift(&TestDatabase::migrated().await).await, [""; 0]);
}

#[tokio::test]
async fn a_server_starts_on_better_auths_schema() {
    let database = better_auth_database().await;
    let before = tables(&database).await;

    let server = ServerProcess::start(&database).await;
    let mut ann = server.http();
    assert_eq!(ann.sign_up("ann").await.status, StatusCode::OK);
    assert_eq!(ann.query("{ me { name } }").await.data()["me"]["name"], "ann");
    let ended = server.terminate().await;

    assert!(!ended.stdout.contains("! the database"), "{}", ended.stdout);
    assert_eq!(drift(&database).await, [""; 0]);
    let after = tables(&database).await;
    assert!(before.iter().all(|table| after.contains(table)), "{after:?}");
}

#[tokio::test]
async fn migrating_better_auths_schema_is_idempotent() {
    let database = better_auth_database().await;
    let before = structure(&database).await;
    database.bookplate(&["migrate", "up"]).await.expect_success();
    let first = structure(&database).await;
    for (before, after) in before.iter().zip(&first) {
        assert!(before.iter().all(|line| after.contains(line)), "{before:#?}\n{after:#?}");
    }

    database.bookplate(&["migrate", "up"]).await.expect_success();

    assert_eq!(structure(&database).await, first);
}

#[tokio::test]
async fn missing_columns_are_named_and_stop_the_start() {
    let database = TestDatabase::migrated().await;
    database
        .execute(
            r#"drop table "verification"; alter table "user" drop column "image";
            alter table "book" rename column "titleFolded" to "folded""#,
        )
        .await;

    let expected = [
        "column book.titleFolded is missing",
        "column book.folded is not ours, and must not be null: new rows are refused",
        "column user.image is missing",
        "table verification is missing",
    ];
    assert_eq!(drift(&database).await, expected);
    for command in [&["serve"][..], &["serve", "--no-migrate"]] {
        let refused = database.bookplate_with(command, &[("PORT", "0")]).await.expect_failure();
        for line in expected.iter().filter(|line| line.ends_with("missing")) {
            assert!(refused.contains(line), "{line}: {refused}");
        }
        assert!(refused.contains("Add what is missing"), "{refused}");
    }
}

#[tokio::test]
async fn a_missing_search_index_is_named() {
    let database = TestDatabase::migrated().await;
    let expected = match Backend::current() {
        Backend::Sqlite => {
            database.execute(r#"drop table "authorSearchIndex""#).await;
            "table authorSearchIndex is missing"
        }
        Backend::Postgres => {
            database.execute(r#"alter table "authorSearch" drop column "words""#).await;
            "column authorSearch.words is missing"
        }
    };
    let drift = drift(&database).await;
    assert!(drift.iter().any(|line| line == expected), "{drift:?}");

    database.execute(r#"drop table "bookSearch""#).await;
    let refused = refused(&database).await;
    assert!(refused.contains("table bookSearch is missing"), "{refused}");
}

#[tokio::test]
async fn a_column_of_another_type_is_named_without_stopping_the_start() {
    let database = TestDatabase::migrated().await;
    database
        .execute(
            r#"alter table "user" drop column "image"; alter table "user" add column "image" integer"#,
        )
        .await;
    let expected = "column user.image holds whole numbers, but should hold text";
    assert_eq!(drift(&database).await, [expected]);

    let server = ServerProcess::start(&database).await;

    let ended = server.terminate().await;
    assert!(ended.stdout.contains(&format!("! the database's {expected}")), "{}", ended.stdout);
}

#[tokio::test]
async fn additional_columns_and_tables_are_no_drift() {
    let database = TestDatabase::migrated().await;
    database
        .execute(
            r#"create table "invoice" ("id" text not null primary key, "sum" integer not null);
            alter table "user" add column "phone" text;
            alter table "user" add column "locale" text not null default 'en'"#,
        )
        .await;

    assert_eq!(drift(&database).await, [""; 0]);
}

#[tokio::test]
async fn tables_with_other_column_names_are_refused_and_stay_unchanged() {
    let database = TestDatabase::create().await;
    let snake_case = better_auth_schema()
        .replace("emailVerified", "email_verified")
        .replace("userId", "user_id")
        .replace("createdAt", "created_at");
    database.execute(&snake_case).await;
    let before = structure(&database).await;

    for refused in
        [refused(&database).await, database.bookplate(&["migrate", "up"]).await.expect_failure()]
    {
        for word in ["user.emailVerified", "session.userId", "user.createdAt"] {
            assert!(refused.contains(&format!("column {word} is missing")), "{word}: {refused}");
        }
        assert!(refused.contains("bookplate import better-auth"), "{refused}");
    }
    assert_eq!(structure(&database).await, before);
}

#[tokio::test]
async fn tables_of_other_programs_are_named_and_stay_unchanged() {
    let database = TestDatabase::create().await;
    database.execute(r#"create table "book" ("isbn" text primary key)"#).await;
    let before = structure(&database).await;

    let refused = database.bookplate(&["migrate", "up"]).await.expect_failure();

    assert!(refused.contains("There are already the tables book"), "{refused}");
    assert!(refused.contains("DATABASE_URL"), "{refused}");
    assert_eq!(structure(&database).await, before);
}

#[tokio::test]
async fn migrate_status_creates_no_file() {
    let database = TestDatabase::create().await;
    let file = database.folder().join("bookplate.db");

    let status = database.bookplate(&["migrate", "status"]).await.expect_success();
    assert!(status.ends_with(&format!("0 applied, {} pending\n", migrations().len())), "{status}");
    let refused = database
        .bookplate_with(&["serve", "--no-migrate"], &[("PORT", "0")])
        .await
        .expect_failure();
    assert!(refused.contains("run `bookplate migrate up` first"), "{refused}");

    assert!(!file.exists());
    if Backend::current() == Backend::Sqlite {
        assert!(refused.contains("names a file that is not there"), "{refused}");
        database.bookplate(&["migrate", "up"]).await.expect_success();
        assert!(file.exists());
    }
}
