//! Imports from servers with equal numeric ids: different users are never merged.

use sqlx::{Connection, Executor, SqliteConnection, sqlite::SqliteConnectOptions};

use super::tally;
use crate::it::{
    command::structure::{count, rows},
    support::TestDatabase,
};

/// Creates a database of this name with numeric ids.
async fn create_database_with_numeric_ids(folder: &TestDatabase, name: &str, sql: &str) -> String {
    let path = folder.folder().join(format!("{name}.db"));
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut file = SqliteConnection::connect_with(&options).await.unwrap();
    file.execute(
        r#"create table "user" ("id" integer primary key, "name", "email", "emailVerified", "createdAt");
        create table "account" ("id" integer primary key, "userId", "providerId", "accountId", "password");
        create table "session" ("id" integer primary key, "userId", "token", "expiresAt");
        create table "verification" ("id" integer primary key, "identifier", "value", "expiresAt")"#,
    )
    .await
    .unwrap();
    file.execute(sqlx::AssertSqlSafe(sql.to_owned())).await.unwrap();
    file.close().await.unwrap();
    format!("sqlite://{}", path.display())
}

const FIRST: &str = r#"
    insert into "user" values
        (1, 'Ann', 'ann@example.com', 1, '2026-01-01T00:00:00.000Z'),
        (2, 'Bob', 'bob@example.com', 1, '2026-01-02T00:00:00.000Z'),
        (3, 'Cid', 'cid@example.com', 1, '2026-01-03T00:00:00.000Z');
    insert into "account" values (1, 1, 'credential', '1', 'a:a'), (2, 2, 'credential', '2', 'b:b');
    insert into "session" values (1, 1, 'first-ann', 4102444800), (2, 2, 'first-bob', 4102444800);
    insert into "verification" values (1, 'reset-password:first', '1', 4102444800)"#;

/// Eve has Ann's id and Bob's address, and the id with another date; Cid has an invalid row.
const SECOND: &str = r#"
    insert into "user" values
        (1, 'Eve', 'eve@example.org', 1, '2026-02-01T00:00:00.000Z'),
        (2, 'Bob', 'bob@example.com', 1, '2026-02-02T00:00:00.000Z'),
        (3, 'Cid', 'cid@example.com', 1, 'soon'),
        (9, 'Zoe', 'zoe@example.org', 1, '2026-02-09T00:00:00.000Z');
    insert into "account" values
        (11, 1, 'github', '17', null), (12, 2, 'github', '18', null), (13, 3, 'github', '19', null),
        (1, 9, 'credential', '9', 'z:z'), (14, 9, 'github', '20', null);
    insert into "session" values
        (11, 1, 'second-eve', 4102444800), (12, 2, 'second-bob', 4102444800),
        (13, 3, 'second-cid', 4102444800), (2, 9, 'second-zoe', 4102444800),
        (15, 9, 'second-zoe-2', 4102444800);
    insert into "verification" values
        (11, 'reset-password:eve', '1', 4102444800),
        (12, 'delete-account-eve', '2', 4102444800),
        (13, 'state', '{"link":{"userId":3}}', 4102444800),
        (14, 'reset-password:zoe', '9', 4102444800),
        (15, 'otp', 'eve@example.org', 4102444800)"#;

#[tokio::test]
async fn users_of_two_servers_with_equal_ids_are_not_merged() {
    let here = TestDatabase::migrated().await;
    let first = create_database_with_numeric_ids(&here, "first", FIRST).await;
    let second = create_database_with_numeric_ids(&here, "second", SECOND).await;
    here.bookplate(&["import", "better-auth", "--from", &first]).await.expect_success();
    let mut before = Vec::new();
    for table in ["user", "account", "session", "verification"] {
        before.push((table, rows(&here, table).await));
    }

    let report =
        here.bookplate(&["import", "better-auth", "--from", &second]).await.expect_success();

    assert_eq!(tally(&report, "user"), [4, 1, 0, 2, 1, 0], "{report}");
    assert_eq!(tally(&report, "account"), [5, 1, 0, 1, 3, 0], "{report}");
    assert_eq!(tally(&report, "session"), [5, 1, 0, 1, 3, 0], "{report}");
    assert_eq!(tally(&report, "verification"), [5, 2, 0, 0, 3, 0], "{report}");
    for line in [
        "user 1 the user of the target with its id has another address or date of creation",
        "user 2 the user of the target with its id has another address or date of creation",
        "account 11 belongs to a user who is not in the target",
        "account 13 belongs to a user who is not in the target",
        "account 1 another account of the target has its id",
        "session 12 belongs to a user who is not in the target",
        "session 2 another session of the target has its id",
        "verification 11 names an id that a different user of the target has",
        "verification 13 names an id that a different user of the target has",
    ] {
        assert!(report.contains(&format!("{line}: not imported\n")), "{line}: {report}");
    }
    assert!(report.contains("2 users have the ids of different users of the target"), "{report}");
    assert!(!report.contains('@'), "{report}");
    for (table, before) in &before {
        let after = rows(&here, table).await;
        assert!(before.iter().all(|row| after.contains(row)), "{table}: {before:#?} {after:#?}");
    }
    for (table, column) in [("account", "userId"), ("session", "userId")] {
        let sql = format!(r#"select "{column}" from "{table}" where "id" in ('11', '12', '13')"#);
        assert!(here.first_column(&sql).await.is_empty(), "{table}");
    }
}

#[tokio::test]
async fn a_second_import_adds_only_missing_rows() {
    let here = TestDatabase::migrated().await;
    let first = create_database_with_numeric_ids(&here, "first", FIRST).await;
    let import = ["import", "better-auth"];
    let from = [("IMPORT_FROM", &*first)];
    here.bookplate_with(&import, &from).await.expect_success();
    here.execute(
        r#"delete from "session" where "id" = '2'; delete from "account" where "id" = '1'"#,
    )
    .await;

    let report = here.bookplate_with(&import, &from).await.expect_success();

    assert_eq!(tally(&report, "user"), [3, 0, 3, 0, 0, 0], "{report}");
    assert_eq!(tally(&report, "account"), [2, 1, 1, 0, 0, 0], "{report}");
    assert_eq!(tally(&report, "session"), [2, 1, 1, 0, 0, 0], "{report}");
    assert_eq!(tally(&report, "verification"), [1, 0, 1, 0, 0, 0], "{report}");
    assert_eq!((count(&here, "account").await, count(&here, "session").await), (2, 2));
    assert!(!report.contains("users have ids"), "{report}");
}

/// Rows may outlive their user without foreign keys, and another user may have the id here.
#[tokio::test]
async fn rows_of_a_removed_user_are_not_imported() {
    let here = TestDatabase::migrated().await;
    let first = create_database_with_numeric_ids(&here, "first", FIRST).await;
    let orphans = r#"
        insert into "user" values (8, 'Zoe', 'zoe@example.org', 1, '2026-02-09T00:00:00.000Z');
        insert into "account" values (21, 1, 'github', '21', null);
        insert into "session" values (21, 2, 'orphan', 4102444800);
        insert into "verification" values (21, 'reset-password:orphan', '3', 4102444800)"#;
    let second = create_database_with_numeric_ids(&here, "second", orphans).await;
    here.bookplate(&["import", "better-auth", "--from", &first]).await.expect_success();

    let report =
        here.bookplate(&["import", "better-auth", "--from", &second]).await.expect_success();

    for (table, imported) in [("user", 1), ("account", 0), ("session", 0), ("verification", 0)] {
        assert_eq!(tally(&report, table)[1], imported, "{table}: {report}");
    }
}
