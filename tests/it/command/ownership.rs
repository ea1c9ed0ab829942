//! A library from before books and authors had owners, and the way there and back.

use std::fmt::Write;

use serde_json::json;

use super::structure::{count, migrations, rows, rows_without};
use crate::it::support::{Backend, ServerProcess, TestDatabase};

const SYSTEM_USER: &str = "system00000000000000000000000000";
const ALICE: &str = "alice000000000000000000000000000";

/// A database at the first migrations, with a library and with Alice.
async fn old_library(steps: &str) -> TestDatabase {
    let database = TestDatabase::create().await;
    database.bookplate(&["migrate", "up", "--steps", steps]).await.expect_success();
    let no = if Backend::current() == Backend::Sqlite { "0" } else { "false" };
    let mut sql = format!(
        r#"insert into "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt") values ('{ALICE}', 'Alice', 'alice@example.com', {no}, '2025-01-01T00:00:00.000Z', '2025-01-01T00:00:00.000Z');"#
    );
    for n in 1..=7 {
        write!(sql, r#"insert into "author" ("id", "name", "nameFolded", "bio", "birthYear", "deathYear", "createdAt", "updatedAt") values ('a{n}', 'Áuthor {n}', 'author {n}', 'O''Bio', 190{n}, null, '2025-01-0{n}T10:00:00.123Z', '2025-01-0{n}T10:00:00.123Z');"#).unwrap();
    }
    for n in 1..=20 {
        let isbn = if n % 2 == 0 { format!("'97800000000{n:02}'") } else { "null".to_owned() };
        write!(sql, r#"insert into "book" ("id", "title", "titleFolded", "description", "isbn", "releaseYear", "createdAt", "updatedAt") values ('b{n}', 'Book {n}', 'book {n}', null, {isbn}, 19{n:02}, '2025-02-01T10:00:{n:02}.5Z', '2025-02-01T10:00:{n:02}.5Z');"#).unwrap();
        for position in 0..n % 3 {
            let author = (n + position) % 7 + 1;
            write!(sql, r#"insert into "bookAuthor" ("bookId", "authorId", "position") values ('b{n}', 'a{author}', {position});"#).unwrap();
        }
    }
    database.execute(&sql).await;
    database
}

/// Every book, author and link, but not who owns them.
async fn library(database: &TestDatabase) -> [Vec<String>; 3] {
    [
        rows_without(database, "book", "userId").await,
        rows_without(database, "author", "userId").await,
        rows(database, "bookAuthor").await,
    ]
}

/// Who owns anything.
async fn owners(database: &TestDatabase) -> Vec<String> {
    database
        .first_column(
            r#"select "userId" from "book" union select "userId" from "author" order by 1"#,
        )
        .await
}

async fn assert_sound(database: &TestDatabase) {
    if Backend::current() == Backend::Sqlite {
        let broken =
            database.first_column(r#"select "table" from pragma_foreign_key_check()"#).await;
        assert_eq!(broken, [""; 0]);
        assert_eq!(database.first_column("pragma integrity_check").await, ["ok"]);
    }
}

#[tokio::test]
async fn a_library_from_before_ownership_goes_to_the_system_user() {
    for steps in ["2", "3"] {
        let database = old_library(steps).await;
        let before = library(&database).await;

        let printed = database.bookplate(&["migrate", "up"]).await.expect_success();

        assert_eq!(library(&database).await, before);
        assert_eq!(owners(&database).await, [SYSTEM_USER]);
        assert!(printed.contains("belong to the user \"Bookplate\" now"), "{printed}");
        assert!(printed.contains("migrate up --owner EMAIL"), "{printed}");
        assert!(printed.ends_with(" applied, 0 pending\n"), "{printed}");
        assert_sound(&database).await;
    }
}

#[tokio::test]
async fn a_server_migrates_an_old_library_and_serves_it() {
    let database = old_library("2").await;

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
async fn nobody_signs_in_as_the_system_user() {
    let database = old_library("2").await;
    database.bookplate(&["migrate", "up"]).await.expect_success();

    let sql = format!(r#"select "id" from "account" where "userId" = '{SYSTEM_USER}'"#);
    assert_eq!(database.first_column(&sql).await, [""; 0]);
}

#[tokio::test]
async fn a_named_owner_gets_an_old_library() {
    for steps in ["2", "3"] {
        let database = old_library(steps).await;
        let before = library(&database).await;

        let arguments = ["migrate", "up", "--owner", " Alice@Example.com"];
        let printed = database.bookplate(&arguments).await.expect_success();

        assert_eq!(library(&database).await, before);
        assert_eq!(owners(&database).await, [ALICE]);
        assert!(printed.contains("20 books and 7 authors"), "{printed}");
        assert_sound(&database).await;
    }
}

#[tokio::test]
async fn an_owner_may_be_named_later() {
    let database = old_library("2").await;
    let before = library(&database).await;
    database.bookplate(&["migrate", "up"]).await.expect_success();

    for taken in ["20 books and 7 authors", "0 books and 0 authors"] {
        let arguments = ["migrate", "up", "--owner", "alice@example.com"];
        let printed = database.bookplate(&arguments).await.expect_success();
        assert!(printed.contains(taken), "{printed}");
        assert_eq!(owners(&database).await, [ALICE]);
        assert_eq!(library(&database).await, before);
    }
}

#[tokio::test]
async fn an_owner_who_comes_too_early_is_told_so() {
    let database = old_library("2").await;
    let arguments = ["migrate", "up", "--steps", "1", "--owner", "alice@example.com"];
    let printed = database.bookplate(&arguments).await.expect_success();
    assert!(printed.contains("none were given"), "{printed}");
}

#[tokio::test]
async fn an_unknown_owner_stops_the_migration_before_it_begins() {
    for steps in ["0", "2", "4"] {
        let database =
            if steps == "0" { TestDatabase::create().await } else { old_library("2").await };
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
async fn ownership_taken_back_and_given_again_loses_no_book() {
    let database = TestDatabase::create().await;
    database.bookplate(&["migrate", "up"]).await.expect_success();
    database.bookplate(&["seed"]).await.expect_success();
    let users = async || database.first_column(r#"select "id" from "user" order by 1"#).await;
    let (before, first) = (library(&database).await, users().await);

    // To the third, the last one before ownership.
    let back = (migrations().len() - 3).to_string();
    database.bookplate(&["migrate", "down", "--steps", &back]).await.expect_success();
    assert_eq!(library(&database).await, before);
    assert_sound(&database).await;

    database.bookplate(&["migrate", "up"]).await.expect_success();
    assert_eq!(library(&database).await, before);
    assert_eq!(owners(&database).await, [SYSTEM_USER]);
    assert_sound(&database).await;

    database.bookplate(&["migrate", "down", "--steps", &back]).await.expect_success();
    assert_eq!(users().await, first, "the system user has gone");
}

#[tokio::test]
async fn a_new_library_needs_no_system_user() {
    let database = TestDatabase::create().await;
    let printed = database.bookplate(&["migrate", "up"]).await.expect_success();

    assert_eq!(count(&database, "user").await, 0);
    assert!(!printed.contains("Bookplate"), "{printed}");
}

#[tokio::test]
async fn owners_and_linked_authors_are_guarded_after_the_rebuild() {
    let database = old_library("2").await;
    database.bookplate(&["migrate", "up"]).await.expect_success();
    let links = count(&database, "bookAuthor").await;

    // Cascades reach the link table, which was made anew.
    let switch =
        if Backend::current() == Backend::Sqlite { "pragma foreign_keys = on;" } else { "" };
    database.execute(&format!(r#"{switch} delete from "book" where "id" = 'b2'"#)).await;
    assert_eq!(count(&database, "bookAuthor").await, links - 2);
    assert_eq!(count(&database, "author").await, 7);
}
