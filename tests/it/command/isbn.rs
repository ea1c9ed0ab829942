//! The migration of ISBN-10 to ISBN-13.

use std::fmt::Write;

use super::structure::migrations;
use crate::it::support::{Backend, ServerProcess, TestDatabase};

/// Id and ISBN of each book before, and the ISBN after.
const BOOKS: [(&str, &str, &str); 7] = [
    ("b1", "'0306406152'", "9780306406157"),
    ("b2", "'080442957X'", "9780804429573"),
    ("b3", "'9780140449136'", "9780140449136"),
    ("b4", "null", ""),
    // The two ISBNs of one book.
    ("b5", "'0141439580'", "0141439580"),
    ("b6", "'9780141439587'", "9780141439587"),
    // Not ISBNs.
    ("b7", "'1234567890'", "1234567890"),
];
const PAIR: &str = "1 ISBNs belong to two books, in ten digits and in thirteen: b5 and b6";

/// Creates a database with books from before the migration.
async fn old_library() -> TestDatabase {
    let database = TestDatabase::create().await;
    let before = migrations().iter().position(|name| name.ends_with("_isbn13")).unwrap();
    database.bookplate(&["migrate", "up", "--steps", &before.to_string()]).await.expect_success();
    let no = if Backend::current() == Backend::Sqlite { "0" } else { "false" };
    let time = "'2025-02-01T10:00:00.500Z'";
    let mut sql = format!(
        r#"insert into "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt")
        values ('ann', 'Ann', 'ann@example.com', {no}, {time}, {time});"#
    );
    for (id, isbn, _) in BOOKS {
        write!(sql, r#"insert into "book" ("id", "title", "titleFolded", "isbn", "userId", "createdAt", "updatedAt") values ('{id}', 'Book', 'book', {isbn}, 'ann', {time}, {time});"#).unwrap();
    }
    for index in 0..1_000 {
        let isbn = match index {
            0..700 => format!("'{index:09}0'"),
            _ => "null".to_owned(),
        };
        write!(sql, r#"insert into "book" ("id", "title", "titleFolded", "isbn", "userId", "createdAt", "updatedAt") values ('c{index:04}', 'Book', 'book', {isbn}, 'ann', {time}, {time});"#).unwrap();
    }
    database.execute(&sql).await;
    database
}

/// Returns id and ISBN of every book whose id has this prefix.
async fn isbns(database: &TestDatabase, start: &str) -> Vec<String> {
    let sql = format!(
        r#"select "id" || ' ' || coalesce("isbn", '') from "book" where "id" like '{start}%' order by "id""#
    );
    database.first_column(&sql).await
}

#[tokio::test]
async fn isbn_10_becomes_isbn_13_and_pairs_are_reported_and_kept() {
    let database = old_library().await;
    let unchanged = r#"select distinct "updatedAt" = "createdAt" and "title" = 'Book' from "book""#;
    let unchanged = format!("select count(*) || '' from ({unchanged}) as rest");

    let printed = database.bookplate(&["migrate", "up"]).await.expect_success();

    assert!(printed.contains(&format!("{PAIR}; remove the ISBN from the book")), "{printed}");
    let expected: Vec<_> = BOOKS.map(|(id, _, after)| format!("{id} {after}")).into();
    assert_eq!(isbns(&database, "b").await, expected);
    assert_eq!(database.first_column(&unchanged).await, ["1"]);
    // One check digit in eleven is 0.
    let thirteen = isbns(&database, "c").await;
    let thirteen = thirteen.iter().filter(|row| row.contains(" 978")).count();
    assert!((50..80).contains(&thirteen), "{thirteen}");

    let doctor = database.bookplate(&["doctor"]).await.stdout;
    assert!(doctor.contains(&format!("warning  rows {PAIR}; remove")), "{doctor}");
    assert_eq!(database.bookplate(&["migrate", "down"]).await.exit_code(), Some(0));
    assert_eq!(isbns(&database, "b").await, expected);
    database.execute(r#"delete from "book" where "id" = 'b5'"#).await;
    let repeated = database.bookplate(&["migrate", "up"]).await.expect_success();
    assert!(!repeated.contains("ISBNs belong"), "{repeated}");
    let doctor = database.bookplate(&["doctor"]).await.stdout;
    assert!(!doctor.contains("ISBNs belong"), "{doctor}");
}

#[tokio::test]
async fn a_server_that_migrates_reports_pairs() {
    let database = old_library().await;
    let server = ServerProcess::start(&database).await;
    let query = "{ books(filter: { isbn: \"0-306-40615-2\" }) { id isbn } }";
    let found = server.http().query(query).await.data();
    assert_eq!(found["books"], serde_json::json!([{ "id": "b1", "isbn": "9780306406157" }]));
    let ended = server.terminate().await;
    assert!((ended.stdout + &ended.stderr).contains(PAIR));
}
