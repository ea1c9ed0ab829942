//! Responses: order of keys, nulls of failed fields, paths of errors.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{BOOK, document, post};
use crate::it::support::TestApp;

#[tokio::test]
async fn keys_have_the_order_of_the_query() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    ann.create_book("Emma").await;
    let text = "{ z: __typename books { title owner { name } __typename description }
        me { role name } a: __typename authors { name } ...F } fragment F on Query { f: __typename a: __typename }";
    let response = post(&ann, &[], document(text)).await;
    assert_eq!(
        response.text,
        concat!(
            r#"{"data":{"z":"Query","books":[{"title":"Emma","owner":{"name":"ann"},"#,
            r#""__typename":"Book","description":null}],"me":{"role":"user","name":"ann"},"#,
            r#""a":"Query","authors":[],"f":"Query"}}"#,
        )
    );
}

#[tokio::test]
async fn errors_come_before_data() {
    let app = TestApp::start().await;
    let response = app.anonymous().query("{ books(limit: 0) { id } }").await;
    assert!(response.text.starts_with("{\"errors\":[{\"message\":"), "{}", response.text);
    assert!(response.text.ends_with(",\"data\":null}"), "{}", response.text);
}

#[tokio::test]
async fn responses_are_not_cacheable_by_default() {
    let app = TestApp::start().await;
    for text in ["{ __typename }", "{"] {
        let response = post(&app.anonymous(), &[], document(text)).await;
        assert_eq!(response.header("cache-control"), "private, no-store");
        assert_eq!(response.header("x-content-type-options"), "nosniff");
    }
}

#[tokio::test]
async fn an_error_below_a_nullable_field_makes_only_that_field_null() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let emma = ann.create_book("Emma").await;
    let query = "query($id: ID!) { before: __typename
        broken: book(id: $id) { title owner { name books(limit: 0) { id } } }
        whole: book(id: $id) { title } me { name } }";
    let response = ann.graphql(query, json!({ "id": emma })).await;
    assert_eq!(
        response.json()["data"],
        json!({
            "before": "Query",
            "broken": null,
            "whole": { "title": "Emma" },
            "me": { "name": "ann" },
        })
    );
    assert_eq!(response.error_code(), "BAD_USER_INPUT");
    assert_eq!(response.error()["path"], json!(["broken", "owner", "books"]));
}

#[tokio::test]
async fn an_error_of_a_non_null_field_makes_data_null() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let response = ann.query("{ me { name } books(limit: 0) { id } }").await;
    assert_eq!(response.json()["data"], Value::Null);
    assert_eq!(response.error()["path"], json!(["books"]));
}

#[tokio::test]
async fn an_errors_path_leads_to_its_field_through_lists_and_aliases() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    ann.create_author("Jane Austen").await;
    let response = ann.query("{ people: authors { name novels: books(limit: 0) { id } } }").await;
    assert_eq!(response.error()["path"], json!(["people", 0, "novels"]));
    assert_eq!(response.error()["locations"], json!([{ "line": 1, "column": 26 }]));
}

#[tokio::test]
async fn paths_contain_list_indexes() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for name in ["A", "B"] {
        let author = ann.create_author(name).await;
        let input = json!({ "title": name, "authorIds": [author] });
        BOOK.create(&ann, input).await.data();
        app.clock.advance(TimeDelta::milliseconds(1));
    }
    let response = ann
        .query(
            "{ all: books(limit: 1, offset: 1) { by: authors { works: books(limit: 1) {
                owner { authors(limit: 1) { none: books(limit: 0) { id } } } } } } }",
        )
        .await;
    let path = response.error()["path"].clone();
    assert_eq!(path, json!(["all", 0, "by", 0, "works", 0, "owner", "authors", 0, "none"]));
}

#[tokio::test]
async fn skipped_and_included_fields_follow_their_variables() {
    let app = TestApp::start().await;
    let query = "query($yes: Boolean!, $no: Boolean! = false) {
        a: me @include(if: $yes) { id } b: me @skip(if: $yes) { id }
        c: me @include(if: $no) { id } d: me @skip(if: $no) { id }
        books(limit: 0) @include(if: $no) { id }
    }";
    let response = app.anonymous().graphql(query, json!({ "yes": true })).await;
    assert_eq!(response.data(), json!({ "a": null, "d": null }));
}
