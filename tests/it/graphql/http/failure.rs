//! Internal errors: what clients may and may not learn.

use serde_json::{Value, json};

use super::{document, post};
use crate::it::{
    graphql::rows::{AUTHOR, BOOK},
    support::{Response, TestApp},
};

/// Asserts one internal error that reveals only the request id.
#[track_caller]
fn assert_internal(response: &Response) {
    assert_eq!(response.error_code(), "INTERNAL_SERVER_ERROR", "{}", response.text);
    assert_eq!(response.error_message(), "internal error");
    let extensions = response.error()["extensions"].clone();
    let expected =
        json!({ "code": "INTERNAL_SERVER_ERROR", "requestId": response.header("x-request-id") });
    assert_eq!(extensions, expected);
    let text = response.text.to_lowercase();
    for betrayal in
        ["select", "insert", "no such", "relation", "sql", "postgres", "dberr", "error(", ".rs"]
    {
        assert!(!text.contains(betrayal), "{betrayal} in {text}");
    }
}

#[tokio::test]
async fn a_database_error_is_an_internal_error_with_the_request_id() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let emma = ann.create_book("Emma").await;
    app.database.execute(r#"drop table "bookAuthor""#).await;
    for headers in [&[][..], &[("x-request-id", "proxy-1")]] {
        let response = post(&ann, headers, document("{ books { title authors { name } } }")).await;
        assert_eq!(response.status.as_u16(), 200);
        assert_eq!(response.json()["data"], Value::Null);
        assert_internal(&response);
    }
    // Queries that do not need the table succeed.
    assert_eq!(ann.query("{ books { id } }").await.data()["books"][0]["id"], emma.as_str());
}

#[tokio::test]
async fn a_failing_nullable_field_is_null() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    app.database.execute(r#"drop table "bookAuthor""#).await;
    app.database.execute(r#"alter table "book" rename to "gone""#).await;
    let response = ann.query("{ me { name } book(id: \"x\") { title } authors { name } }").await;
    let expected = json!({ "me": { "name": "ann" }, "book": null, "authors": [] });
    assert_eq!(response.json()["data"], expected);
    assert_eq!(response.error()["path"], json!(["book"]));
    assert_internal(&response);
}

#[tokio::test]
async fn a_failing_write_is_rolled_back() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let jane = ann.create_author("Jane Austen").await;
    app.database.execute(r#"drop table "bookAuthor""#).await;
    let query = "mutation($authors: [ID!]!) {
        createBook(input: { title: \"Emma\", authorIds: $authors }) { id }
    }";
    assert_internal(&ann.graphql(query, json!({ "authors": [jane] })).await);
    assert_eq!(BOOK.count(&ann).await, 0);
    assert_eq!(AUTHOR.count(&ann).await, 1);
}

#[tokio::test]
async fn an_unreadable_session_is_an_internal_error() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    app.database.execute(r#"drop table "session""#).await;
    let response = ann.query("{ books { title } }").await;
    assert_eq!(response.status.as_u16(), 500);
    assert!(response.json().get("data").is_none(), "{}", response.text);
    assert_internal(&response);
    // An anonymous request reads no session.
    assert_eq!(app.anonymous().query("{ books { title } }").await.data()["books"], json!([]));
}

#[tokio::test]
async fn each_failing_row_has_at_most_one_error() {
    let app = TestApp::start_with_demo_data().await;
    app.database.execute(r#"drop table "bookAuthor""#).await;
    let response = app.anonymous().query("{ books(limit: 100) { authors { name } } }").await;
    assert_eq!(response.json()["data"], Value::Null);
    let errors = response.json()["errors"].as_array().unwrap().clone();
    assert!((1..=100).contains(&errors.len()), "{}", errors.len());
    for error in errors {
        assert_eq!(error["extensions"]["code"], "INTERNAL_SERVER_ERROR");
    }
}
