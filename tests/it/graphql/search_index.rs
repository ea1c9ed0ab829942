//! The search index follows every change of a row, whichever program writes it.

use serde_json::{Value, json};

use super::rows::{AUTHOR, BOOK, Kind, id};
use crate::it::support::{Backend, Client, TestApp, TestDatabase};

/// Returns the number of rows that a search finds.
async fn count_found(client: &Client, kind: Kind, text: &str) -> usize {
    kind.list(client, &format!("search: {}", Value::from(text))).await.len()
}

#[tokio::test]
async fn updated_rows_are_found_by_new_words_and_deleted_rows_are_not_found() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for (kind, body) in [(BOOK, "description"), (AUTHOR, "bio")] {
        let row = id(&kind.create(&ann, json!({ kind.label: "First", body: "Alpha" })).await);
        kind.update(&ann, &row, json!({ kind.label: "Second" })).await.data();
        let counts = async |texts: [&'static str; 4]| {
            let mut counts = Vec::new();
            for text in texts {
                counts.push(count_found(&ann, kind, text).await);
            }
            counts
        };
        assert_eq!(counts(["first", "second", "alpha", "beta"]).await, [0, 1, 1, 0]);
        kind.update(&ann, &row, json!({ body: "Beta" })).await.data();
        assert_eq!(counts(["first", "second", "alpha", "beta"]).await, [0, 1, 0, 1]);
        kind.update(&ann, &row, json!({ body: null })).await.data();
        assert_eq!(counts(["first", "second", "alpha", "beta"]).await, [0, 1, 0, 0]);
        kind.delete(&ann, &row).await.data();
        assert_eq!(counts(["first", "second", "alpha", "beta"]).await, [0, 0, 0, 0]);
    }
}

#[tokio::test]
async fn rows_of_a_bulk_mutation_are_indexed() {
    let app = TestApp::start_with_demo_data().await;
    let anyone = app.anonymous();
    assert_eq!(count_found(&anyone, BOOK, "pride prejudice").await, 1);
    assert_eq!(count_found(&anyone, AUTHOR, "jane austen").await, 1);
    let ann = app.signed_in("ann").await;
    let inputs: Vec<_> = (0..5).map(|n| json!({ "title": format!("Zymurgy {n}") })).collect();
    BOOK.create_many(&ann, Value::from(inputs)).await.data();
    assert_eq!(count_found(&anyone, BOOK, "zymurgy").await, 5);
    // A refused mutation changes nothing in the index.
    let one_wrong = json!([{ "title": "Quagga" }, { "title": "Quagga", "isbn": "1" }]);
    assert_eq!(BOOK.create_many(&ann, one_wrong).await.error_code(), "BAD_USER_INPUT");
    assert_eq!(count_found(&anyone, BOOK, "quagga").await, 0);
}

#[tokio::test]
async fn rows_written_by_sql_are_indexed() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for (kind, table, body) in [(BOOK, "book", "description"), (AUTHOR, "author", "bio")] {
        let label = kind.label;
        let owner = ann.user_id().await;
        let by_hand = format!(
            r#"insert into "{table}" ("id", "{label}", "{label}Folded", "{body}", "userId", "createdAt", "updatedAt")
                values ('by-hand', 'ÉMILE', 'émile', 'Œuvre', '{owner}', '2026-01-02T03:04:05.678Z', '2026-01-02T03:04:05.678Z')"#
        );
        app.database.execute(&by_hand).await;
        assert_eq!(count_found(&ann, kind, "emile oeuvre").await, 1);
        let update = format!(r#"update "{table}" set "{body}" = 'Ёж', "id" = 'moved'"#);
        app.database.execute(&update).await;
        assert_eq!(count_found(&ann, kind, "emile oeuvre").await, 0);
        assert_eq!(count_found(&ann, kind, "emile еж").await, 1);
        app.database.execute(&format!(r#"delete from "{table}""#)).await;
        assert_eq!(count_found(&ann, kind, "emile").await, 0);
        let remaining =
            app.database.first_column(&format!(r#"select 'x' from "{table}Search""#)).await;
        assert!(remaining.is_empty());
    }
}

/// SQLite's `REPLACE` runs no delete triggers.
#[tokio::test]
async fn a_row_replaced_by_sql_is_found_by_its_new_words() {
    if Backend::current() != Backend::Sqlite {
        return;
    }
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let owner = ann.user_id().await;
    for (kind, table, unique) in [(BOOK, "book", Some("isbn")), (AUTHOR, "author", None)] {
        let label = kind.label;
        let write = async |keys: &str, id: &str, label_is: &str| {
            let (columns, values) = match unique {
                Some(column) => (format!("\"{column}\", "), "'9780141439587', "),
                None => (String::new(), ""),
            };
            let sql = format!(
                r#"pragma foreign_keys = {keys}; insert or replace into "{table}" ({columns}"id", "{label}", "{label}Folded", "userId", "createdAt", "updatedAt")
                    values ({values}'{id}', '{label_is}', '{label_is}', '{owner}', '2026-01-02T03:04:05.678Z', '2026-01-02T03:04:05.678Z')"#
            );
            app.database.execute(&sql).await;
        };
        for keys in ["on", "off"] {
            write(keys, "one", "alpha").await;
            write(keys, "one", "beta").await;
            assert_eq!(
                (count_found(&ann, kind, "alpha").await, count_found(&ann, kind, "beta").await),
                (0, 1)
            );
            write(keys, "one", "alpha").await;
            assert_eq!(
                (count_found(&ann, kind, "alpha").await, count_found(&ann, kind, "beta").await),
                (1, 0)
            );
        }
        // The conflict is on a unique key other than the id.
        if unique.is_some() {
            write("on", "two", "gamma").await;
            assert_eq!(
                (count_found(&ann, kind, "alpha").await, count_found(&ann, kind, "gamma").await),
                (0, 1)
            );
        }
        let check = format!(
            r#"insert into "{table}SearchIndex" ("{table}SearchIndex", rank) values ('integrity-check', 1)"#
        );
        app.database.execute(&check).await;
    }
}

#[tokio::test]
async fn the_migration_indexes_existing_rows() {
    let database = TestDatabase::create().await;
    database.bookplate(&["migrate", "up", "--steps", "7"]).await.expect_success();
    let time = "'2026-01-02T03:04:05.678Z'";
    let verified = if Backend::current() == Backend::Sqlite { "0" } else { "false" };
    database
        .execute(&format!(
            r#"insert into "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt")
                values ('ann', 'Ann', 'ann@example.com', {verified}, {time}, {time});
            insert into "book" ("id", "title", "titleFolded", "description", "userId", "createdAt", "updatedAt")
                values ('b', 'Ærø', 'ærø', 'Ὀδύσσεια, ёлка', 'ann', {time}, {time});
            insert into "author" ("id", "name", "nameFolded", "userId", "createdAt", "updatedAt")
                values ('a', 'Émile Zola', 'émile zola', 'ann', {time}, {time})"#
        ))
        .await;
    database.bookplate(&["migrate", "up"]).await.expect_success();
    let app = TestApp::open_app(&database, &domain::Clock::system(), &[]).await;
    let anyone = Client::new(app.router());
    assert_eq!(count_found(&anyone, BOOK, "aero οδυσσεια елка").await, 1);
    assert_eq!(count_found(&anyone, AUTHOR, "emile zo").await, 1);
    assert_eq!(count_found(&anyone, AUTHOR, "emile zolo").await, 0);
}

/// `VACUUM` assigns new row numbers, except to declared integer keys.
#[tokio::test]
async fn vacuum_does_not_change_search_results() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for title in ["one", "two", "three"] {
        let book = ann.create_book(title).await;
        if title == "one" {
            BOOK.delete(&ann, &book).await.data();
        }
    }
    app.database.execute("vacuum").await;
    assert_eq!(BOOK.list(&ann, "search: \"three\"").await, ["three"]);
    ann.create_book("four").await;
    assert_eq!(BOOK.list(&ann, "search: \"two\"").await, ["two"]);
    assert_eq!(BOOK.list(&ann, "search: \"four\"").await, ["four"]);
}

#[tokio::test]
async fn long_texts_and_very_long_words_are_searched() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let long = "x".repeat(10_000);
    BOOK.create(&ann, json!({ "title": "endless", "description": long })).await.data();
    let words = (0..1_600).map(|n| format!("w{n}")).collect::<Vec<_>>().join(" ");
    BOOK.create(&ann, json!({ "title": "wordy", "description": words })).await.data();
    for (text, expected) in [
        ("x".repeat(60), 1),
        (format!("{} endless", "x".repeat(60)), 1),
        (format!("{} endless", "x".repeat(59)), 0),
        (format!("{} endless", "x".repeat(200)), 1),
        ("w0 w1599".to_owned(), 1),
    ] {
        assert_eq!(count_found(&ann, BOOK, &text).await, expected, "{text}");
    }
}
