//! The fields that an update changes, and those that stay.

use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::rows::{BOOK, id, row};
use crate::it::support::{Client, TestApp};

/// Creates a book with all fields, and returns its id.
async fn create_emma(client: &Client) -> String {
    let jane = client.create_author("Jane Austen").await;
    let input = json!({
        "title": "Emma",
        "description": "A novel.",
        "isbn": "9780141439587",
        "releaseYear": 1815,
        "authorIds": [jane],
    });
    id(&BOOK.create(client, input).await)
}

#[tokio::test]
async fn an_absent_field_stays() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let create_emma = create_emma(&ann).await;
    let mut expected = BOOK.find(&ann, &create_emma).await;
    for (field, value) in [
        ("title", json!("Emma II")),
        ("description", json!("Another novel.")),
        ("isbn", json!("9780804429573")),
        ("releaseYear", json!(1816)),
    ] {
        let mut input = json!({});
        input[field] = value.clone();
        let changed = row(&BOOK.update(&ann, &create_emma, input).await);
        expected[field] = value;
        expected["updatedAt"] = changed["updatedAt"].clone();
        assert_eq!(changed, expected, "{field}");
        assert_eq!(BOOK.find(&ann, &create_emma).await, expected, "{field}");
    }
}

#[tokio::test]
async fn an_omitted_variable_is_an_absent_field() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let create_emma = create_emma(&ann).await;
    let mut before = BOOK.find(&ann, &create_emma).await;
    let change = "mutation($id: ID!, $title: String, $text: String, $isbn: String, $year: Int,
            $authors: [ID!]) {
        updateBook(id: $id, input: { title: $title, description: $text, isbn: $isbn,
            releaseYear: $year, authorIds: $authors }) { updatedAt }
    }";
    let changed = ann.graphql(change, json!({ "id": create_emma })).await.data();
    before["updatedAt"] = changed["updateBook"]["updatedAt"].clone();
    assert_eq!(BOOK.find(&ann, &create_emma).await, before);

    ann.graphql(change, json!({ "id": create_emma, "text": null, "year": 1816 })).await.data();
    let after = BOOK.find(&ann, &create_emma).await;
    assert_eq!((&after["description"], &after["releaseYear"]), (&Value::Null, &json!(1816)));
    assert_eq!(after["title"], "Emma");
}

#[tokio::test]
async fn null_clears_optional_fields() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let create_emma = create_emma(&ann).await;
    let mut expected = BOOK.find(&ann, &create_emma).await;
    for (field, cleared) in [
        ("description", Value::Null),
        ("isbn", Value::Null),
        ("releaseYear", Value::Null),
        ("authorIds", json!([])),
    ] {
        let changed = row(&BOOK.update(&ann, &create_emma, json!({ field: null })).await);
        expected[if field == "authorIds" { "authors" } else { field }] = cleared;
        expected["updatedAt"] = changed["updatedAt"].clone();
        assert_eq!(changed, expected, "{field}");
        assert_eq!(BOOK.find(&ann, &create_emma).await, expected, "{field}");
    }
}

#[tokio::test]
async fn a_title_cannot_be_cleared() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let create_emma = create_emma(&ann).await;
    for title in [Value::Null, json!(""), json!("  ")] {
        let refused = BOOK.update(&ann, &create_emma, json!({ "title": title })).await;
        assert_eq!(refused.error_code(), "BAD_USER_INPUT");
        assert_eq!(refused.error_fields(), json!({ "title": ["must not be empty"] }));
    }
    assert_eq!(BOOK.find(&ann, &create_emma).await["title"], "Emma");
}

#[tokio::test]
async fn all_invalid_fields_of_an_update_are_named_and_nothing_changes() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let create_emma = create_emma(&ann).await;
    let before = BOOK.find(&ann, &create_emma).await;
    let refused = BOOK
        .update(
            &ann,
            &create_emma,
            json!({
                "title": "x".repeat(301),
                "description": "x".repeat(10_001),
                "isbn": "x",
                "releaseYear": -3001,
                "authorIds": (0..101).map(|index| index.to_string()).collect::<Vec<_>>(),
            }),
        )
        .await;
    assert_eq!(refused.error_code(), "BAD_USER_INPUT");
    assert_eq!(
        refused.error_fields(),
        json!({
            "title": ["must be at most 300 characters"],
            "description": ["must be at most 10,000 characters"],
            "isbn": ["is not a valid ISBN-10 or ISBN-13"],
            "releaseYear": ["must be between -3000 and 2027"],
            "authorIds": ["must be at most 100"],
        })
    );
    assert_eq!(BOOK.find(&ann, &create_emma).await, before);
}

#[tokio::test]
async fn a_valid_field_beside_an_invalid_one_is_not_stored() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let create_emma = create_emma(&ann).await;
    let refused =
        BOOK.update(&ann, &create_emma, json!({ "title": "Emma II", "releaseYear": 9999 })).await;
    assert_eq!(refused.error_code(), "BAD_USER_INPUT");
    assert_eq!(BOOK.find(&ann, &create_emma).await["title"], "Emma");
}

#[tokio::test]
async fn an_update_changes_updated_at_but_not_created_at() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let create_emma = create_emma(&ann).await;
    for (minute, input) in
        [(1, json!({ "title": "Emma II" })), (2, json!({ "authorIds": [] })), (3, json!({}))]
    {
        app.clock.advance(TimeDelta::minutes(1));
        BOOK.update(&ann, &create_emma, input).await.data();
        let book = BOOK.find(&ann, &create_emma).await;
        assert_eq!(book["createdAt"], "2026-11-20T12:00:00.000Z");
        assert_eq!(book["updatedAt"], format!("2026-11-20T12:0{minute}:00.000Z"));
    }
    app.clock.advance(TimeDelta::milliseconds(1));
    BOOK.update(&ann, &create_emma, json!({ "title": "" })).await.error_code();
    assert_eq!(BOOK.find(&ann, &create_emma).await["updatedAt"], "2026-11-20T12:03:00.000Z");
}

#[tokio::test]
async fn an_update_by_an_administrator_keeps_the_owner() {
    let app = TestApp::start().await;
    let (ann, root) = (app.signed_in("ann").await, app.with_role("root", "admin_rw").await);
    let create_emma = create_emma(&ann).await;
    let changed = BOOK.update(&root, &create_emma, json!({ "title": "Emma II" })).await;
    assert_eq!(row(&changed)["owner"]["name"], "ann");
}

#[tokio::test]
async fn concurrent_updates_of_different_fields_are_all_stored() {
    let app = TestApp::start().await;
    let ann = Arc::new(app.signed_in("ann").await);
    let create_emma = create_emma(&ann).await;
    let mut changes = JoinSet::new();
    for input in [
        json!({ "title": "Emma II" }),
        json!({ "description": "Another novel." }),
        json!({ "isbn": "080442957X" }),
        json!({ "releaseYear": 1816 }),
        json!({ "authorIds": [] }),
    ] {
        let (ann, create_emma) = (Arc::clone(&ann), create_emma.clone());
        changes.spawn(async move { BOOK.update(&ann, &create_emma, input).await.data() });
    }
    changes.join_all().await;
    let after = BOOK.find(&ann, &create_emma).await;
    assert_eq!(after["title"], "Emma II");
    assert_eq!(after["description"], "Another novel.");
    assert_eq!(after["isbn"], "9780804429573");
    assert_eq!(after["releaseYear"], 1816);
    assert_eq!(after["authors"], json!([]));
}
