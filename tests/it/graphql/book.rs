//! Queries and mutations of books, and their permissions.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::rows::{AUTHOR, BOOK, id, row};
use crate::it::support::TestApp;

#[tokio::test]
async fn only_the_owner_may_rename_a_book() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    let emma = ann.create_book("Emma").await;
    let rename =
        "mutation($id: ID!) { updateBook(id: $id, input: { title: \"Emma II\" }) { title } }";

    let refused = bob.graphql(rename, json!({ "id": emma })).await;
    assert_eq!(refused.error_code(), "FORBIDDEN");
    assert_eq!(refused.error_message(), "you may not update this book");
    let renamed = ann.graphql(rename, json!({ "id": emma })).await;
    assert_eq!(renamed.data()["updateBook"]["title"], "Emma II");
}

#[tokio::test]
async fn a_new_book_has_the_fields_of_the_input() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let homer = ann.create_author("Homer").await;

    let made = row(&BOOK
        .create(
            &ann,
            json!({
                "title": "Ὀδύσσεια",
                "description": "A way home.\nIn 24 books. 🏺",
                "isbn": "978-0-14-026886-7",
                "releaseYear": -725,
                "authorIds": [homer],
            }),
        )
        .await);

    let expected = json!({
        "id": made["id"],
        "title": "Ὀδύσσεια",
        "description": "A way home.\nIn 24 books. 🏺",
        "isbn": "9780140268867",
        "releaseYear": -725,
        "authors": [{ "name": "Homer" }],
        "owner": { "name": "ann" },
        "createdAt": "2026-11-20T12:00:00.000Z",
        "updatedAt": "2026-11-20T12:00:00.000Z",
    });
    assert_eq!(made, expected);
    let read = BOOK.find(&app.anonymous(), made["id"].as_str().unwrap()).await;
    assert_eq!(read, expected);
}

#[tokio::test]
async fn a_book_needs_only_a_title() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for input in [
        json!({ "title": "Emma" }),
        json!({ "title": "Emma", "description": null, "isbn": null, "releaseYear": null }),
    ] {
        let made = row(&BOOK.create(&ann, input).await);
        for absent in ["description", "isbn", "releaseYear"] {
            assert_eq!(made[absent], Value::Null, "{absent}");
        }
        assert_eq!(made["authors"], json!([]));
    }
}

#[tokio::test]
async fn a_books_id_is_a_uuid_that_sorts_by_time() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let early = ann.create_book("Emma").await;
    app.clock.advance(TimeDelta::milliseconds(1));
    let late = ann.create_book("Persuasion").await;
    for id in [&early, &late] {
        assert_eq!((id.len(), id.as_bytes()[14]), (36, b'7'), "{id}");
    }
    assert!(early < late, "{early} {late}");
}

#[tokio::test]
async fn a_title_is_trimmed_and_a_description_is_not() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let made = BOOK.create(&ann, json!({ "title": "\t Emma \n", "description": " . " })).await;
    assert_eq!(row(&made)["title"], "Emma");
    assert_eq!(row(&made)["description"], " . ");
}

#[tokio::test]
async fn an_unknown_book_is_null_without_an_error() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    for unknown in ["", "x", "019a9f00-0000-7000-8000-000000000000", "' or ''='", "é"] {
        assert_eq!(BOOK.find(&anyone, unknown).await, Value::Null, "{unknown:?}");
    }
}

#[tokio::test]
async fn delete_book_returns_the_book_and_removes_it() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let jane = ann.create_author("Jane Austen").await;
    let input = json!({ "title": "Emma", "releaseYear": 1815, "authorIds": [jane] });
    let book = id(&BOOK.create(&ann, input).await);
    let before = BOOK.find(&ann, &book).await;

    let deleted = row(&BOOK.delete(&ann, &book).await);

    assert_eq!(deleted["authors"], json!([{ "name": "Jane Austen" }]));
    assert_eq!(deleted, before);
    assert_eq!(BOOK.find(&ann, &book).await, Value::Null);
    assert_eq!(BOOK.delete(&ann, &book).await.error_code(), "NOT_FOUND");
    assert_eq!(AUTHOR.find(&ann, &jane).await["name"], "Jane Austen");
}

#[tokio::test]
async fn an_unknown_book_cannot_be_changed() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for unknown in ["", "x", "019a9f00-0000-7000-8000-000000000000"] {
        let updated = BOOK.update(&ann, unknown, json!({ "title": "Emma" })).await;
        assert_eq!(updated.error_code(), "NOT_FOUND", "{unknown:?}");
        assert_eq!(updated.error_message(), "there is no such book");
        assert_eq!(BOOK.delete(&ann, unknown).await.error_code(), "NOT_FOUND", "{unknown:?}");
    }
}

#[tokio::test]
async fn all_invalid_fields_are_named_and_nothing_is_stored() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let refused = BOOK
        .create(
            &ann,
            json!({
                "title": " \u{3000} ",
                "description": "x".repeat(10_001),
                "isbn": "978-0-14-143958-8",
                "releaseYear": 2028,
                "authorIds": (0..101).map(|index| index.to_string()).collect::<Vec<_>>(),
            }),
        )
        .await;
    assert_eq!(refused.error_code(), "BAD_USER_INPUT");
    assert_eq!(
        refused.error_fields(),
        json!({
            "title": ["must not be empty"],
            "description": ["must be at most 10,000 characters"],
            "isbn": ["is not a valid ISBN-10 or ISBN-13"],
            "releaseYear": ["must be between -3000 and 2027"],
            "authorIds": ["must be at most 100"],
        })
    );
    assert_eq!(refused.json()["data"], json!({ "row": null }));
    assert_eq!(BOOK.count(&ann).await, 0);
}

#[tokio::test]
async fn the_limits_of_a_books_fields_are_inclusive() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for (field, value, ok) in [
        ("title", json!("x"), true),
        ("title", json!("🏺".repeat(300)), true),
        ("title", json!(format!("  {}  ", "é".repeat(300))), true),
        ("title", json!("é".repeat(301)), false),
        ("description", json!(""), true),
        ("description", json!("🏺".repeat(10_000)), true),
        ("description", json!("é".repeat(10_001)), false),
        ("releaseYear", json!(-3000), true),
        ("releaseYear", json!(-3001), false),
        ("releaseYear", json!(0), true),
        ("releaseYear", json!(2027), true),
        ("releaseYear", json!(2028), false),
    ] {
        let mut input = json!({ "title": "Emma" });
        input[field] = value;
        let response = BOOK.create(&ann, input).await;
        if ok {
            response.data();
        } else {
            assert_eq!(response.error_code(), "BAD_USER_INPUT", "{field}");
            assert!(response.error_fields()[field].is_array(), "{field}: {}", response.text);
        }
    }
}

#[tokio::test]
async fn the_latest_release_year_follows_the_clock() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let announced = json!({ "title": "Announced", "releaseYear": 2028 });
    assert_eq!(BOOK.create(&ann, announced.clone()).await.error_code(), "BAD_USER_INPUT");
    app.clock.advance(TimeDelta::days(42));
    let ann = app.signed_in("ann2").await;
    assert_eq!(row(&BOOK.create(&ann, announced).await)["releaseYear"], 2028);
}
