//! ISBNs: validation, normal form and uniqueness.

use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::rows::{BOOK, id, row};
use crate::it::support::TestApp;

const EMMA: &str = "9780141439587";
/// The ISBN-10 of the same book.
const EMMA_10: &str = "0-14-143958-0";
const TAKEN: &str = "another book has this ISBN";

/// Returns the input of a book with this ISBN.
fn with_isbn(isbn: &str) -> Value {
    json!({ "title": "Emma", "isbn": isbn })
}

#[tokio::test]
async fn an_isbn_is_stored_in_normal_form() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for (given, stored) in [
        ("978-0-14-143958-7", EMMA),
        (" 978 0 306 40615 7 ", "9780306406157"),
        ("0-8044-2957-x", "9780804429573"),
        ("ISBN-10: 0\u{2011}14\u{2011}044913\u{2011}2", "9780140449136"),
        ("=\"9780553213690\"", "9780553213690"),
        ("\u{200e}９７８０１４３１０５４２８\u{a0}", "9780143105428"),
        ("979-10-90636-07-1", "9791090636071"),
    ] {
        let made = BOOK.create(&ann, with_isbn(given)).await;
        assert_eq!(row(&made)["isbn"], stored);
        assert_eq!(BOOK.find(&ann, &id(&made)).await["isbn"], stored);
    }
}

#[tokio::test]
async fn a_blank_isbn_is_null() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for blank in ["", " \t"] {
        let made = BOOK.create(&ann, with_isbn(blank)).await;
        assert!(row(&made)["isbn"].is_null(), "{blank:?}");
    }
}

#[tokio::test]
async fn an_invalid_isbn_is_refused() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for wrong in ["-", "978-0-14-143958-8", "0-8044-2957-0", "1234567890123", "978014143958"] {
        let refused = BOOK.create(&ann, with_isbn(wrong)).await;
        assert_eq!(refused.error_code(), "BAD_USER_INPUT", "{wrong}");
        let expected = json!({ "isbn": ["is not a valid ISBN-10 or ISBN-13"] });
        assert_eq!(refused.error_fields(), expected, "{wrong}");
    }
}

#[tokio::test]
async fn a_second_book_with_an_isbn_is_a_conflict() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    BOOK.create(&ann, with_isbn(EMMA)).await.data();
    let refused = BOOK.create(&bob, with_isbn("978-0-14-143958-7")).await;
    assert_eq!(refused.error_code(), "CONFLICT");
    assert_eq!(refused.error_message(), TAKEN);
    assert_eq!(refused.error_fields(), json!({ "isbn": [TAKEN] }));
    assert_eq!(refused.json()["data"], json!({ "row": null }));
    assert_eq!(BOOK.count(&ann).await, 1);
}

#[tokio::test]
async fn an_update_to_a_taken_isbn_is_a_conflict_and_changes_nothing() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    BOOK.create(&ann, with_isbn(EMMA)).await.data();
    let other = ann.create_book("Persuasion").await;
    let before = BOOK.find(&ann, &other).await;
    let refused = BOOK.update(&ann, &other, with_isbn(EMMA)).await;
    assert_eq!(refused.error_code(), "CONFLICT");
    assert_eq!(refused.error_fields(), json!({ "isbn": [TAKEN] }));
    assert_eq!(BOOK.find(&ann, &other).await, before);
}

#[tokio::test]
async fn a_book_keeps_its_own_isbn() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let emma = id(&BOOK.create(&ann, with_isbn(EMMA)).await);
    for input in [json!({ "isbn": "978-0-14-143958-7" }), json!({ "title": "Emma II" })] {
        assert_eq!(row(&BOOK.update(&ann, &emma, input).await)["isbn"], EMMA);
    }
}

#[tokio::test]
async fn any_number_of_books_have_no_isbn() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for _ in 0..3 {
        BOOK.create(&ann, json!({ "title": "Emma", "isbn": null })).await.data();
    }
    let emma = id(&BOOK.create(&ann, with_isbn(EMMA)).await);
    assert_eq!(row(&BOOK.update(&ann, &emma, json!({ "isbn": null })).await)["isbn"], Value::Null);
    assert_eq!(BOOK.count(&ann).await, 4);
}

#[tokio::test]
async fn the_isbn_of_a_deleted_book_can_be_reused() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let first = id(&BOOK.create(&ann, with_isbn(EMMA)).await);
    BOOK.update(&ann, &first, json!({ "isbn": null })).await.data();
    let second = id(&BOOK.create(&ann, with_isbn(EMMA)).await);
    BOOK.delete(&ann, &second).await.data();
    BOOK.update(&ann, &first, with_isbn(EMMA)).await.data();
}

#[tokio::test]
async fn one_of_several_concurrent_creates_with_one_isbn_succeeds() {
    let app = TestApp::start().await;
    let ann = Arc::new(app.signed_in("ann").await);
    let mut made = JoinSet::new();
    for _ in 0..12 {
        let ann = Arc::clone(&ann);
        made.spawn(async move { BOOK.create(&ann, with_isbn(EMMA)).await });
    }
    let (won, lost): (Vec<_>, Vec<_>) = made
        .join_all()
        .await
        .into_iter()
        .partition(|response| response.json().get("errors").is_none());
    assert_eq!(won.len(), 1);
    for refused in lost {
        assert_eq!(refused.error_code(), "CONFLICT");
    }
    assert_eq!(BOOK.count(&ann).await, 1);
}

#[tokio::test]
async fn one_of_several_concurrent_updates_to_one_isbn_succeeds() {
    let app = TestApp::start().await;
    let ann = Arc::new(app.signed_in("ann").await);
    let mut changes = JoinSet::new();
    for index in 0..6 {
        let book = ann.create_book(&index.to_string()).await;
        let ann = Arc::clone(&ann);
        changes.spawn(async move { BOOK.update(&ann, &book, json!({ "isbn": EMMA })).await });
    }
    let responses = changes.join_all().await;
    let won = responses.iter().filter(|response| response.json().get("errors").is_none()).count();
    assert_eq!(won, 1);
    assert_eq!(BOOK.list(&ann, &format!("filter: {{ isbn: \"{EMMA}\" }}")).await.len(), 1);
}

#[tokio::test]
async fn isbn_10_and_isbn_13_of_a_book_are_equal() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    BOOK.create(&ann, with_isbn(EMMA_10)).await.data();
    let other = ann.create_book("Persuasion").await;
    for isbn in [EMMA, EMMA_10, "ISBN 978 0 14 143958 7"] {
        for refused in [
            BOOK.create(&ann, with_isbn(isbn)).await,
            BOOK.update(&ann, &other, json!({ "isbn": isbn })).await,
        ] {
            assert_eq!(
                (refused.error_code(), refused.error_fields()),
                ("CONFLICT".into(), json!({ "isbn": [TAKEN] }))
            );
        }
        let inputs = json!([{ "title": "A" }, with_isbn(isbn)]);
        let refused = BOOK.create_many(&ann, inputs).await;
        assert_eq!(refused.error_fields(), json!({ "inputs.1.isbn": [TAKEN] }));
        let found = BOOK.list(&ann, &format!("filter: {{ isbn: \"{isbn}\" }}")).await;
        assert_eq!(found, ["Emma"], "{isbn}");
    }
    let twice = json!([with_isbn("0306406152"), with_isbn("9780306406157")]);
    let refused = BOOK.create_many(&ann, twice).await;
    assert_eq!(
        refused.error_fields(),
        json!({ "inputs.1.isbn": ["is the ISBN of inputs.0, too"] })
    );
    assert_eq!(BOOK.count(&ann).await, 2);
}

/// The migration leaves two books that had one ISBN unchanged.
#[tokio::test]
async fn duplicate_isbns_from_before_the_migration_are_found_and_stay_taken() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let old = ann.create_book("Old").await;
    app.clock.advance(TimeDelta::milliseconds(1));
    let sql = format!(r#"update "book" set "isbn" = '0141439580' where "id" = '{old}'"#);
    app.database.execute(&sql).await;
    let new = ann.create_book("New").await;
    let sql = format!(r#"update "book" set "isbn" = '{EMMA}' where "id" = '{new}'"#);
    app.database.execute(&sql).await;

    for isbn in [EMMA, EMMA_10] {
        assert_eq!(
            BOOK.list(&ann, &format!("filter: {{ isbn: \"{isbn}\" }}")).await,
            ["Old", "New"]
        );
    }
    // Other fields can be changed.
    let renamed = row(&BOOK.update(&ann, &old, json!({ "title": "Older" })).await);
    assert_eq!((&renamed["title"], &renamed["isbn"]), (&json!("Older"), &json!("0141439580")));
    // A form sends every field again. The stored ISBN-10 stays, as another book has the ISBN-13.
    for isbn in [EMMA_10, EMMA] {
        let same = row(&BOOK.update(&ann, &old, json!({ "isbn": isbn })).await);
        assert_eq!(same["isbn"], "0141439580");
    }

    BOOK.delete(&ann, &new).await.data();
    let other = ann.create_book("Other").await;
    for refused in [
        BOOK.create(&ann, with_isbn(EMMA)).await,
        BOOK.update(&ann, &other, json!({ "isbn": EMMA })).await,
        BOOK.create_many(&ann, json!([with_isbn(EMMA)])).await,
    ] {
        assert_eq!(
            (refused.error_code().as_str(), refused.error_message().as_str()),
            ("CONFLICT", TAKEN)
        );
    }
    let mended = row(&BOOK.update(&ann, &old, json!({ "isbn": EMMA_10 })).await);
    assert_eq!(mended["isbn"], EMMA);
}
