//! `seed`: demo data, and generated books.

use std::collections::BTreeMap;

use super::structure::{TABLES, count, rows};
use crate::it::support::{SECRET, Server, TestDatabase};

async fn migrated() -> TestDatabase {
    let database = TestDatabase::create().await;
    database.bookplate(&["migrate", "up"]).await.ok();
    database
}

async fn everything(database: &TestDatabase) -> BTreeMap<&'static str, Vec<String>> {
    let mut tables = BTreeMap::new();
    for &table in TABLES {
        tables.insert(table, rows(database, table).await);
    }
    tables
}

/// `(address, password)` of each user that seeding named.
fn logins(printed: &str) -> Vec<(&str, &str)> {
    let lines = printed.lines().filter_map(|line| line.strip_prefix("sign in as "));
    lines.map(|line| line.split_once(" with the password ").unwrap()).collect()
}

#[tokio::test]
async fn seeding_adds_three_users_and_a_library_and_prints_how_much() {
    let database = migrated().await;

    let printed = database.bookplate(&["seed"]).await.ok();

    let (authors, books) = (count(&database, "author").await, count(&database, "book").await);
    assert!(authors >= 60 && books >= 150, "{authors} authors, {books} books");
    assert_eq!(count(&database, "user").await, 3);
    for line in [
        "users: 3 added, 3 in all".to_owned(),
        format!("authors: {authors} added, {authors} in all"),
        format!("books: {books} added, {books} in all"),
    ] {
        assert!(printed.lines().any(|printed| printed == line), "{line} is missing in {printed}");
    }
    let shared = r#"select "bookId" from "bookAuthor" group by "bookId" having count(*) > 1"#;
    assert!(database.column(shared).await.len() >= 12);
    let lonely = r#"select "id" from "book" where "id" not in (select "bookId" from "bookAuthor")"#;
    assert_eq!(database.column(lonely).await, [""; 0]);
}

#[tokio::test]
async fn seeding_twice_gives_the_same_rows() {
    let database = migrated().await;
    database.bookplate(&["seed"]).await.ok();
    let before = everything(&database).await;

    let printed = database.bookplate(&["seed"]).await.ok();

    assert_eq!(everything(&database).await, before);
    for what in ["users: 0 added", "authors: 0 added", "books: 0 added"] {
        assert!(printed.contains(what), "{printed}");
    }
    assert_eq!(logins(&printed).len(), 3, "the password that everybody knows still counts");
}

#[tokio::test]
async fn two_databases_are_seeded_with_the_same_library() {
    let (one, other) = (migrated().await, migrated().await);
    for database in [&one, &other] {
        database.bookplate(&["seed", "--books", "10"]).await.ok();
    }
    for sql in [
        r#"select "id" || "title" || coalesce("isbn", '') from "book" order by 1"#,
        r#"select "id" || "name" from "author" order by 1"#,
        r#"select "bookId" || "authorId" || "position" from "bookAuthor" order by 1"#,
    ] {
        assert_eq!(one.column(sql).await, other.column(sql).await);
    }
}

#[tokio::test]
async fn generated_books_are_added_once() {
    let database = migrated().await;
    database.bookplate(&["seed"]).await.ok();
    let library = count(&database, "book").await;

    let printed = database.bookplate(&["seed", "--books", "2500"]).await.ok();
    assert!(printed.contains("2500 added"), "{printed}");
    assert_eq!(count(&database, "book").await, library + 2500);
    let before = everything(&database).await;

    let printed = database.bookplate(&["seed", "--books", "2500"]).await.ok();
    assert!(printed.contains("generated books: 0 added"), "{printed}");
    assert_eq!(everything(&database).await, before);

    let printed = database.bookplate(&["seed", "--books", "2600"]).await.ok();
    assert!(printed.contains("generated books: 100 added"), "{printed}");
    assert_eq!(count(&database, "book").await, library + 2600);
}

#[tokio::test]
async fn every_seeded_row_has_an_owner_and_each_user_owns_some() {
    let database = migrated().await;
    database.bookplate(&["seed", "--books", "30"]).await.ok();

    for table in ["book", "author"] {
        let sql = format!(
            r#"select "user"."email" from "{table}" left join "user" on "user"."id" = "userId" group by 1 order by 1"#
        );
        let owners = database.column(&sql).await;
        assert_eq!(owners, ["admin@example.com", "alice@example.com", "bob@example.com"]);
    }
}

#[tokio::test]
async fn the_printed_logins_work() {
    let database = migrated().await;
    let printed = database.bookplate(&["seed"]).await.ok();
    let server = Server::start(&database).await;

    let logins = logins(&printed);
    assert_eq!(logins.len(), 3, "{printed}");
    for ((email, password), role) in logins.into_iter().zip(["user", "user", "admin_rw"]) {
        let mut http = server.http();
        http.sign_in(email, password).await;
        let me = http.query("{ me { email role books { id } authors { id } } }").await.data();
        assert_eq!((&me["me"]["email"], &me["me"]["role"]), (&email.into(), &role.into()));
        assert!(!me["me"]["books"].as_array().unwrap().is_empty());
        assert!(!me["me"]["authors"].as_array().unwrap().is_empty());
    }
}

#[tokio::test]
async fn production_gets_passwords_that_nobody_knows() {
    let database = migrated().await;
    let production = [("APP_ENV", "production"), ("BETTER_AUTH_SECRET", SECRET)];

    let printed = database.bookplate_with(&["seed"], &production).await.ok();

    let mut passwords: Vec<_> = logins(&printed).iter().map(|(_, password)| *password).collect();
    passwords.dedup();
    assert_eq!(passwords.len(), 3);
    assert!(passwords.iter().all(|password| password.len() >= 16), "{printed}");
    assert!(!printed.contains("correct horse battery"));
}

#[tokio::test]
async fn hashes_stand_in_account_and_passwords_nowhere() {
    let database = migrated().await;
    let printed = database.bookplate(&["seed"]).await.ok();

    for (table, rows) in everything(&database).await {
        let hashes = rows.iter().filter(|row| row.contains("argon2")).count();
        assert_eq!(hashes, if table == "account" { 3 } else { 0 }, "{table}");
        for (_, password) in logins(&printed) {
            assert!(rows.iter().all(|row| !row.contains(password)), "{table}");
        }
    }
    let stored = database.column(r#"select "password" from "account""#).await;
    assert!(stored.iter().all(|hash| hash.starts_with("$argon2id$")), "{stored:?}");
}
