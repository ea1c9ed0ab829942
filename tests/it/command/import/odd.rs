//! Imported rows in all formats and with all faults.

use sqlx::{Connection, Executor, SqliteConnection, sqlite::SqliteConnectOptions};

use super::{import, tally};
use crate::it::{
    command::structure::{count, rows},
    support::{Backend, TestDatabase},
};

/// Creates an SQLite database with every date format and every fault.
async fn create_odd_database(folder: &TestDatabase) -> String {
    let path = folder.folder().join("odd.db");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut file = SqliteConnection::connect_with(&options).await.unwrap();
    file.execute(
        r#"
        create table "user" ("id", "email", "emailVerified", "role", "createdAt", "updatedAt", "phone", "banned");
        insert into "user" values
            ('iso', 'ISO@Example.com ', 1, 'admin', '2026-01-02T03:04:05.678Z', '2026-01-02 03:04:05', '1', 0),
            ('seconds', 'seconds@example.com', 'true', 'user,admin', 1767323045, '1767323045', '2', null),
            ('millis', 'millis@example.com', 0, 'emperor', 1767323045678, 1767323045678.0, null, 0),
            ('twin', 'iso@example.com', 0, null, 0, 0, null, 0),
            ('taken', 'here@example.com', 0, null, 0, 0, null, 0),
            ('nobody', null, 0, null, 0, 0, null, 0),
            ('nonsense', 'nonsense', 0, null, 0, 0, null, 0),
            ('undated', 'undated@example.com', 0, null, 'soon', 0, null, 0),
            ('banned', 'banned@example.com', 0, null, 0, 0, null, 1),
            (null, 'anonymous@example.com', 0, null, 0, 0, null, 0);
        create table "account" ("id", "userId", "providerId", "accountId", "accessToken");
        insert into "account" values
            ('a1', 'iso', 'github', '17', 'gho_hunter2'), ('a2', 'seconds', 'github', '17', null),
            ('a3', 'twin', 'github', '18', null), ('a4', 'ghost', 'github', '19', null);
        create table "session" ("id", "userId", "token", "expiresAt");
        insert into "session" values
            ('s1', 'iso', 'hunter2-token', 4102444800), ('s2', 'iso', 'hunter2-token', 4102444800000),
            ('s3', 'iso', 'hunter2-other', '2001-01-01'), ('s4', 'banned', 'hunter2-third', 4102444800);
        create table "twoFactor" ("id", "secret", "backupCodes", "userId", "verified", "lockedUntil");
        insert into "twoFactor" values
            ('t1', 'hunter2-secret', 'hunter2-codes', 'iso', 1, null), ('t2', 's', 'c', 'ghost', 1, null);
        create table "passkey" ("id", "publicKey", "userId", "credentialID", "counter", "deviceType", "backedUp");
        insert into "passkey" values
            ('p1', 'key', 'iso', 'credential', 7, 'multiDevice', 1), ('p2', 'key', 'iso', 'other', null, null, null)"#,
    )
    .await
    .unwrap();
    file.close().await.unwrap();
    format!("sqlite://{}", path.display())
}

#[tokio::test]
async fn every_format_is_read_and_every_fault_is_named() {
    let target = TestDatabase::migrated().await;
    target.execute(
        r#"insert into "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt")
        select 'own', 'Own', 'Here@Example.com', "emailVerified", '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z'
        from (select 1 = 0 as "emailVerified") as v"#,
    )
    .await;
    let report =
        target.bookplate(&import(&create_odd_database(&target).await, &[])).await.expect_success();

    assert_eq!(tally(&report, "user"), [10, 4, 0, 2, 4, 0], "{report}");
    assert_eq!(tally(&report, "account"), [4, 1, 0, 1, 2, 0], "{report}");
    assert_eq!(tally(&report, "session"), [4, 2, 0, 1, 0, 1], "{report}");
    assert_eq!(tally(&report, "twoFactor"), [2, 1, 0, 0, 1, 0], "{report}");
    assert_eq!(tally(&report, "passkey"), [2, 2, 0, 0, 0, 0], "{report}");
    for line in [
        "user twin another user of the target has its address, user name or phone number",
        "user taken another user of the target has its address, user name or phone number",
        "user nobody has no address",
        "user nonsense has no address",
        "user undated has a date that cannot be read",
        "user without an id has no id",
        "account a2 another account of the target is the same at its provider",
        "account a3 belongs to a user who is not in the target",
        "account a4 belongs to a user who is not in the target",
        "session s2 another session of the target has its token",
    ] {
        assert!(report.contains(&format!("{line}: not imported\n")), "{line}: {report}");
    }
    assert!(report.contains("there is no table verification\n"), "{report}");
    assert!(report.contains("columns not imported: user.phone\n"), "{report}");
    assert!(!report.contains('@') && !report.contains("hunter2"), "{report}");

    let passkeys = rows(&target, "passkey").await.join("\n").replace("counter='7'", "counter=7");
    for word in ["counter=7", "deviceType='multiDevice'", "deviceType='singleDevice'"] {
        assert!(passkeys.contains(word), "{word}: {passkeys}");
    }
    let users = rows(&target, "user").await.join("\n");
    for word in ["id='iso'", "email='iso@example.com'", "role='admin_rw'", "role='user'"] {
        assert!(users.contains(word), "{word}: {users}");
    }
    let dates = match Backend::current() {
        Backend::Sqlite => {
            r#"select strftime('%Y-%m-%d %H:%M:%f', "createdAt") from "user" where "id" = "#
        }
        Backend::Postgres => {
            r#"select to_char("createdAt" at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS') from "user" where "id" = "#
        }
    };
    for (id, expected) in [
        ("iso", "2026-01-02 03:04:05.678"),
        ("seconds", "2026-01-02 03:04:05.000"),
        ("millis", "2026-01-02 03:04:05.678"),
    ] {
        assert_eq!(target.first_column(&format!("{dates}'{id}'")).await, [expected], "{id}");
    }

    let repeated = target.bookplate(&import(&odd_url(&target), &[])).await.expect_success();
    assert_eq!(tally(&repeated, "user"), [10, 0, 4, 2, 4, 0], "{repeated}");
    assert_eq!(tally(&repeated, "session"), [4, 0, 2, 1, 0, 1], "{repeated}");
}

/// Returns the URL of the odd database.
fn odd_url(database: &TestDatabase) -> String {
    format!("sqlite://{}", database.folder().join("odd.db").display())
}

#[tokio::test]
async fn a_user_deleted_here_is_not_imported_again() {
    let target = TestDatabase::migrated().await;
    let from = create_odd_database(&target).await;
    target.bookplate(&import(&from, &[])).await.expect_success();
    target
        .execute(
            r#"delete from "session"; delete from "account";
        update "user" set "deletedAt" = '2026-11-20T12:00:00.000Z' where "id" = 'iso'"#,
        )
        .await;

    target.bookplate(&import(&from, &[])).await.expect_success();

    assert_eq!((count(&target, "session").await, count(&target, "account").await), (1, 1));
}
