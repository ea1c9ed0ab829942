//! The command `seed`: demo data and generated books.

use std::collections::BTreeMap;

use super::structure::{TABLES, count, rows};
use crate::it::support::{SECRET, ServerProcess, TestDatabase};

/// Returns the rows of all tables.
async fn all_rows(database: &TestDatabase) -> BTreeMap<&'static str, Vec<String>> {
    let mut tables = BTreeMap::new();
    for &table in TABLES {
        tables.insert(table, rows(database, table).await);
    }
    tables
}

/// Returns address and password of each printed login.
fn logins(printed: &str) -> Vec<(&str, &str)> {
    let lines = printed.lines().filter_map(|line| line.strip_prefix("sign in as "));
    lines.map(|line| line.split_once(" with the password ").unwrap()).collect()
}

#[tokio::test]
async fn seeding_adds_users_and_books_and_prints_counts() {
    let database = TestDatabase::migrated().await;

    let printed = database.bookplate(&["seed"]).await.expect_success();

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
    assert!(database.first_column(shared).await.len() >= 12);
    let lonely = r#"select "id" from "book" where "id" not in (select "bookId" from "bookAuthor")"#;
    assert_eq!(database.first_column(lonely).await, [""; 0]);
}

#[tokio::test]
async fn seeding_twice_changes_nothing() {
    let database = TestDatabase::migrated().await;
    database.bookplate(&["seed"]).await.expect_success();
    let before = all_rows(&database).await;

    let printed = database.bookplate(&["seed"]).await.expect_success();

    assert_eq!(all_rows(&database).await, before);
    for line in ["users: 0 added", "authors: 0 added", "books: 0 added"] {
        assert!(printed.contains(line), "{printed}");
    }
    assert_eq!(logins(&printed).len(), 3, "the public demo password is still valid");
}

#[tokio::test]
async fn two_databases_are_seeded_equally() {
    let (first, second) = (TestDatabase::migrated().await, TestDatabase::migrated().await);
    for database in [&first, &second] {
        database.bookplate(&["seed", "--books", "10"]).await.expect_success();
    }
    for sql in [
        r#"select "id" || "title" || coalesce("isbn", '') from "book" order by 1"#,
        r#"select "id" || "name" from "author" order by 1"#,
        r#"select "bookId" || "authorId" || "position" from "bookAuthor" order by 1"#,
    ] {
        assert_eq!(first.first_column(sql).await, second.first_column(sql).await);
    }
}

#[tokio::test]
async fn generated_books_are_added_once() {
    let database = TestDatabase::migrated().await;
    database.bookplate(&["seed"]).await.expect_success();
    let library = count(&database, "book").await;

    let printed = database.bookplate(&["seed", "--books", "2500"]).await.expect_success();
    assert!(printed.contains("2500 added"), "{printed}");
    assert_eq!(count(&database, "book").await, library + 2500);
    let before = all_rows(&database).await;

    let printed = database.bookplate(&["seed", "--books", "2500"]).await.expect_success();
    assert!(printed.contains("generated books: 0 added"), "{printed}");
    assert_eq!(all_rows(&database).await, before);

    let printed = database.bookplate(&["seed", "--books", "2600"]).await.expect_success();
    assert!(printed.contains("generated books: 100 added"), "{printed}");
    assert_eq!(count(&database, "book").await, library + 2600);
}

#[tokio::test]
async fn every_seeded_row_has_an_owner_and_each_user_owns_rows() {
    let database = TestDatabase::migrated().await;
    database.bookplate(&["seed", "--books", "30"]).await.expect_success();

    for table in ["book", "author"] {
        let sql = format!(
            r#"select "user"."email" from "{table}" left join "user" on "user"."id" = "userId" group by 1 order by 1"#
        );
        let owners = database.first_column(&sql).await;
        assert_eq!(owners, ["admin@example.com", "alice@example.com", "bob@example.com"]);
    }
}

#[tokio::test]
async fn the_printed_logins_work() {
    let database = TestDatabase::migrated().await;
    let printed = database.bookplate(&["seed"]).await.expect_success();
    let server = ServerProcess::start(&database).await;

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
async fn production_gets_random_passwords() {
    let database = TestDatabase::migrated().await;
    let production = [("APP_ENV", "production"), ("BETTER_AUTH_SECRET", SECRET)];

    let printed = database.bookplate_with(&["seed"], &production).await.expect_success();

    let mut passwords: Vec<_> = logins(&printed).iter().map(|(_, password)| *password).collect();
    passwords.dedup();
    assert_eq!(passwords.len(), 3);
    assert!(passwords.iter().all(|password| password.len() >= 16), "{printed}");
    assert!(!printed.contains("correct horse battery"));
}

#[tokio::test]
async fn only_hashes_of_passwords_are_stored() {
    let database = TestDatabase::migrated().await;
    let printed = database.bookplate(&["seed"]).await.expect_success();

    for (table, rows) in all_rows(&database).await {
        let hashes = rows.iter().filter(|row| row.contains("argon2")).count();
        assert_eq!(hashes, if table == "account" { 3 } else { 0 }, "{table}");
        for (_, password) in logins(&printed) {
            assert!(rows.iter().all(|row| !row.contains(password)), "{table}");
        }
    }
    let stored = database.first_column(r#"select "password" from "account""#).await;
    assert!(stored.iter().all(|hash| hash.starts_with("$argon2id$")), "{stored:?}");
}
