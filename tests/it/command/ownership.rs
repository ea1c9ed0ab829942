//! The migration that adds owners to books and authors, and its reversal.

use std::fmt::Write;

use serde_json::json;

use super::structure::{count, migrations, rows, rows_without};
use crate::it::support::{Backend, ServerProcess, TestDatabase};

const SYSTEM_USER: &str = "system00000000000000000000000000";
const ALICE: &str = "alice000000000000000000000000000";

/// Creates a database at the first migrations, with books, authors and the user Alice.
async fn old_database(steps: &str) -> TestDatabase {
    let database = TestDatabase::create().await;
    database.bookplate(&["migrate", "up", "--steps", steps]).await.expect_success();
    let no = if Backend::current() == Backend::Sqlite { "0" } else { "false" };
    let mut sql = format!(
        r#"insert into "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt") values ('{ALICE}', 'Alice', 'alice@example.com', {no}, '2025-01-01T00:00:00.000Z', '2025-01-01T00:00:00.000Z');"#
    );
    for index in 1..=7 {
        write!(sql, r#"insert into "author" ("id", "name", "nameFolded", "bio", "birthYear", "deathYear", "createdAt", "updatedAt") values ('a{index}', 'Áuthor {index}', 'author {index}', 'O''Bio', 190{index}, null, '2025-01-0{index}T10:00:00.123Z', '2025-01-0{index}T10:00:00.123Z');"#).unwrap();
    }
    for index in 1..=20 {
        let isbn =
            if index % 2 == 0 { format!("'97800000000{index:02}'") } else { "null".to_owned() };
        write!(sql, r#"insert into "book" ("id", "title", "titleFolded", "description", "isbn", "releaseYear", "createdAt", "updatedAt") values ('b{index}', 'Book {index}', 'book {index}', null, {isbn}, 19{index:02}, '2025-02-01T10:00:{index:02}.5Z', '2025-02-01T10:00:{index:02}.5Z');"#).unwrap();
        for position in 0..index % 3 {
            let author = (index + position) % 7 + 1;
            write!(sql, r#"insert into "bookAuthor" ("bookId", "authorId", "position") values ('b{index}', 'a{author}', {position});"#).unwrap();
        }
    }
    database.execute(&sql).await;
    database
}

/// Returns all books, authors and links without their owners.
async fn rows_without_owners(database: &TestDatabase) -> [Vec<String>; 3] {
    [
        rows_without(database, "book", "userId").await,
        rows_without(database, "author", "userId").await,
        rows(database, "bookAuthor").await,
    ]
}

/// Returns the distinct owners of rows.
async fn owners(database: &TestDatabase) -> Vec<String> {
    database
        .first_column(
            r#"select "userId" from "book" union select "userId" from "author" order by 1"#,
        )
        .await
}

/// Asserts that the database has no violated foreign keys.
async fn assert_sound(database: &TestDatabase) {
    if Backend::current() == Backend::Sqlite {
        let broken =
            database.first_column(r#"select "table" from pragma_foreign_key_check()"#).await;
        assert_eq!(broken, [""; 0]);
        assert_eq!(database.first_column("pragma integrity_check").await, ["ok"]);
    }
}

#[tokio::test]
async fn old_rows_belong_to_the_system_user() {
    for steps in ["2", "3"] {
        let database = old_database(steps).await;
        let before = rows_without_owners(&database).await;

        let printed = database.bookplate(&["migrate", "up"]).await.expect_success();

        assert_eq!(rows_without_owners(&database).await, before);
        assert_eq!(owners(&database).await, [SYSTEM_USER]);
        assert!(printed.contains("belong to the user \"Bookplate\" now"), "{printed}");
        assert!(printed.contains("migrate up --owner EMAIL"), "{printed}");
        assert!(printed.ends_with(" applied, 0 pending\n"), "{printed}");
        assert_sound(&database).await;
    }
}

#[tokio::test]
async fn a_server_migrates_old_rows_and_serves_them() {
    let database = old_database("2").await;

    let server = ServerProcess::start(&database).await;

    let query = "{ books(limit: 100) { title owner { name email } authors { name } } }";
    let data = server.http().query(query).await.data();
    let books = data["books"].as_array().unwrap();
    assert_eq!(books.len(), 20);
    assert!(
        books.iter().all(|book| book["owner"] == json!({ "name": "Bookplate", "email": null }))
    );
    let links: usize = books.iter().map(|book| book["authors"].as_array().unwrap().len()).sum();
    assert_eq!(links, count(&database, "bookAuthor").await);
    assert!(server.process.stdout().contains("migrated"), "{}", server.process.stdout());
    assert_eq!(server.terminate().await.exit_code(), Some(0));
    assert_sound(&database).await;
}

#[tokio::test]
async fn the_system_user_cannot_sign_in() {
    let database = old_database("2").await;
    database.bookplate(&["migrate", "up"]).await.expect_success();

    let sql = format!(r#"select "id" from "account" where "userId" = '{SYSTEM_USER}'"#);
    assert_eq!(database.first_column(&sql).await, [""; 0]);
}

#[tokio::test]
async fn a_named_owner_gets_old_rows() {
    for steps in ["2", "3"] {
        let database = old_database(steps).await;
        let before = rows_without_owners(&database).await;

        let arguments = ["migrate", "up", "--owner", " Alice@Example.com"];
        let printed = database.bookplate(&arguments).await.expect_success();

        assert_eq!(rows_without_owners(&database).await, before);
        assert_eq!(owners(&database).await, [ALICE]);
        assert!(printed.contains("20 books and 7 authors"), "{printed}");
        assert_sound(&database).await;
    }
}

#[tokio::test]
async fn an_owner_can_be_named_later() {
    let database = old_database("2").await;
    let before = rows_without_owners(&database).await;
    database.bookplate(&["migrate", "up"]).await.expect_success();

    for counts in ["20 books and 7 authors", "0 books and 0 authors"] {
        let arguments = ["migrate", "up", "--owner", "alice@example.com"];
        let printed = database.bookplate(&arguments).await.expect_success();
        assert!(printed.contains(counts), "{printed}");
        assert_eq!(owners(&database).await, [ALICE]);
        assert_eq!(rows_without_owners(&database).await, before);
    }
}

#[tokio::test]
async fn an_owner_named_too_early_is_reported() {
    let database = old_database("2").await;
    let arguments = ["migrate", "up", "--steps", "1", "--owner", "alice@example.com"];
    let printed = database.bookplate(&arguments).await.expect_success();
    assert!(printed.contains("none were given"), "{printed}");
}

#[tokio::test]
async fn an_unknown_owner_stops_the_migration_before_it_begins() {
    for steps in ["0", "2", "4"] {
        let database =
            if steps == "0" { TestDatabase::create().await } else { old_database("2").await };
        if steps == "4" {
            database.bookplate(&["migrate", "up"]).await.expect_success();
        }
        let status = database.bookplate(&["migrate", "status"]).await.expect_success();

        let arguments = ["migrate", "up", "--owner", "nobody@example.com"];
        let refused = database.bookplate(&arguments).await.expect_failure();

        assert!(refused.contains("no user signs in as nobody@example.com"), "{refused}");
        assert!(refused.contains("nothing was migrated"), "{refused}");
        assert_eq!(database.bookplate(&["migrate", "status"]).await.expect_success(), status);
    }
}

#[tokio::test]
async fn reversing_and_repeating_the_migration_loses_no_book() {
    let database = TestDatabase::create().await;
    database.bookplate(&["migrate", "up"]).await.expect_success();
    database.bookplate(&["seed"]).await.expect_success();
    let users = async || database.first_column(r#"select "id" from "user" order by 1"#).await;
    let (before, first) = (rows_without_owners(&database).await, users().await);

    // Down to the third migration, the last one before ownership.
    let back = (migrations().len() - 3).to_string();
    database.bookplate(&["migrate", "down", "--steps", &back]).await.expect_success();
    assert_eq!(rows_without_owners(&database).await, before);
    assert_sound(&database).await;

    database.bookplate(&["migrate", "up"]).await.expect_success();
    assert_eq!(rows_without_owners(&database).await, before);
    assert_eq!(owners(&database).await, [SYSTEM_USER]);
    assert_sound(&database).await;

    database.bookplate(&["migrate", "down", "--steps", &back]).await.expect_success();
    assert_eq!(users().await, first, "the system user was removed");
}

#[tokio::test]
async fn a_new_database_has_no_system_user() {
    let database = TestDatabase::create().await;
    let printed = database.bookplate(&["migrate", "up"]).await.expect_success();

    assert_eq!(count(&database, "user").await, 0);
    assert!(!printed.contains("Bookplate"), "{printed}");
}

#[tokio::test]
async fn foreign_keys_hold_after_the_rebuild() {
    let database = old_database("2").await;
    database.bookplate(&["migrate", "up"]).await.expect_success();
    let links = count(&database, "bookAuthor").await;

    // Cascades reach the rebuilt link table.
    let switch =
        if Backend::current() == Backend::Sqlite { "pragma foreign_keys = on;" } else { "" };
    database.execute(&format!(r#"{switch} delete from "book" where "id" = 'b2'"#)).await;
    assert_eq!(count(&database, "bookAuthor").await, links - 2);
    assert_eq!(count(&database, "author").await, 7);
}
