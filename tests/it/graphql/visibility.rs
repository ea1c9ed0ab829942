//! The visibility of a user's private fields.

use serde_json::{Value, json};

use super::rows::{BOOK, labels};
use crate::it::support::{Client, TestApp};

const PRIVATE: &str = "email emailVerified role accounts { provider createdAt }";

/// Ann's private fields for others.
fn hidden() -> Value {
    json!({ "email": null, "emailVerified": null, "role": null, "accounts": null })
}

/// Ann's private fields for her and administrators.
fn visible() -> Value {
    let account = json!({ "provider": "credential", "createdAt": "2026-11-20T12:00:00.000Z" });
    json!({
        "email": "ann@example.com", "emailVerified": false, "role": "user", "accounts": [account],
    })
}

/// Returns the private fields of a user as `client` reads them.
async fn private_fields(client: &Client, id: &str) -> Value {
    let query = format!("query($id: ID!) {{ user(id: $id) {{ {PRIVATE} }} }}");
    client.graphql(&query, json!({ "id": id })).await.data()["user"].clone()
}

#[tokio::test]
async fn private_fields_are_visible_to_the_user_and_administrators() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let id = ann.user_id().await;
    let (hidden, visible) = (hidden(), visible());
    for (client, expected) in [
        (app.anonymous(), &hidden),
        (app.signed_in("bob").await, &hidden),
        (app.with_role("reader", "admin_ro").await, &visible),
        (app.with_role("root", "admin_rw").await, &visible),
        (ann, &visible),
    ] {
        assert_eq!(private_fields(&client, &id).await, *expected);
    }
}

#[tokio::test]
async fn private_fields_are_hidden_on_every_path() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    let jane = ann.create_author("Jane Austen").await;
    let input = json!({ "title": "Emma", "authorIds": [jane] });
    BOOK.create(&ann, input).await.data();
    let query = format!(
        "{{ books {{ owner {{ {PRIVATE} }} authors {{ owner {{ {PRIVATE} }} }} }}
            authors {{ owner {{ {PRIVATE} }} }} }}"
    );
    let (hidden, visible) = (hidden(), visible());
    for (client, owner) in [(&bob, &hidden), (&app.anonymous(), &hidden), (&ann, &visible)] {
        let expected = json!({
            "books": [{ "owner": owner, "authors": [{ "owner": owner }] }],
            "authors": [{ "owner": owner }],
        });
        assert_eq!(client.query(&query).await.data(), expected);
    }
}

#[tokio::test]
async fn concurrent_requests_of_two_viewers_have_separate_visibility() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    ann.create_book("Emma").await;
    let query = "{ books { owner { email } } }";
    for _ in 0..5 {
        let (anns, bobs) = tokio::join!(ann.query(query), bob.query(query));
        assert_eq!(anns.data()["books"][0]["owner"]["email"], "ann@example.com");
        assert_eq!(bobs.data()["books"][0]["owner"]["email"], Value::Null);
    }
}

#[tokio::test]
async fn the_schema_has_no_secret_fields() {
    let app = TestApp::start().await;
    let response = app.anonymous().query("{ __type(name: \"User\") { fields { name } } }").await;
    let fields = labels(&response.data()["__type"]["fields"], "name");
    let known = [
        "id",
        "name",
        "image",
        "email",
        "emailVerified",
        "role",
        "abilities",
        "accounts",
        "createdAt",
        "books",
        "authors",
        "booksConnection",
        "authorsConnection",
    ];
    assert_eq!(fields, known, "a new field needs a test of who may see it");
}
