//! What is left of a guest, and of another user, who was deleted.

use serde_json::json;

use super::{ON, column, exists, guest_with_book};
use crate::it::{
    command::structure::columns,
    support::{PASSWORD, TestApp},
};

/// The tables of plugins in which a guest may have rows: a guest with a credential is a user.
const OF_GUESTS: [&str; 2] = ["twoFactor", "deviceCode"];
const OF_USERS: [&str; 4] = ["passkey", "twoFactor", "walletAddress", "deviceCode"];

/// Gives a user a row in each of these tables of plugins.
async fn insert_records(app: &TestApp, user: &str, tables: &[&str]) {
    let time = "'2026-11-20T12:00:00.000Z'";
    for sql in [
        format!(
            r#"insert into "passkey" ("id", "publicKey", "userId", "credentialID", "counter", "deviceType", "backedUp")
               values ('p{user}', 'k', '{user}', 'c{user}', 0, 'singleDevice', false)"#
        ),
        format!(
            r#"insert into "twoFactor" ("id", "secret", "backupCodes", "userId", "verified")
               values ('t{user}', 's', '[]', '{user}', true)"#
        ),
        format!(
            r#"insert into "walletAddress" ("id", "userId", "address", "chainId", "isPrimary", "createdAt")
               values ('w{user}', '{user}', '0x0', 1, true, {time})"#
        ),
        format!(
            r#"insert into "deviceCode" ("id", "deviceCode", "userCode", "userId", "expiresAt", "status")
               values ('d{user}', 'd{user}', 'u{user}', '{user}', {time}, 'approved')"#
        ),
    ] {
        let is_wanted = |table: &&str| sql.starts_with(&format!(r#"insert into "{table}""#));
        if tables.iter().any(is_wanted) {
            app.database.execute(&sql).await;
        }
    }
}

/// The tables with rows of a user, except those of the library.
async fn tables_with_rows_of(app: &TestApp, user: &str) -> Vec<String> {
    let columns = columns(&app.database).await;
    let tables = columns.iter().filter_map(|column| column.split_once(".userId "));
    let mut found = Vec::new();
    for (table, _) in tables.filter(|(table, _)| !["author", "book"].contains(table)) {
        let rows = format!(r#"select "userId" from "{table}" where "userId" = '{user}'"#);
        if !column(app, &rows).await.is_empty() {
            found.push(table.to_owned());
        }
    }
    found
}

#[tokio::test]
async fn nothing_but_the_books_is_left_of_a_guest() {
    let app = TestApp::start_with(&[ON]).await;
    let (client, guest) = guest_with_book(&app).await;
    insert_records(&app, &guest, &OF_GUESTS).await;
    let before = tables_with_rows_of(&app, &guest).await;
    assert_eq!(before, ["deviceCode", "session", "twoFactor"]);
    client.post_auth("delete-anonymous-user", json!({})).await.expect_ok();
    assert!(exists(&app, &guest).await, "the owner of the book");
    assert_eq!(tables_with_rows_of(&app, &guest).await, [""; 0]);

    let (client, guest) = guest_with_book(&app).await;
    insert_records(&app, &guest, &OF_GUESTS).await;
    client.sign_up("ann").await;
    assert!(!exists(&app, &guest).await);
    assert_eq!(tables_with_rows_of(&app, &guest).await, [""; 0]);
}

#[tokio::test]
async fn nothing_but_the_books_is_left_of_a_user() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let id = ann.user_id().await;
    ann.create_book("Emma").await;
    insert_records(&app, &id, &OF_USERS).await;
    ann.post_auth("delete-user", json!({ "password": PASSWORD })).await.expect_ok();
    assert!(exists(&app, &id).await);
    assert_eq!(tables_with_rows_of(&app, &id).await, [""; 0]);
}
