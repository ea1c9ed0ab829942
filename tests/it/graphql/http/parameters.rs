//! Request parameters: query, operationName, variables, extensions.

use serde_json::json;

use super::{assert_refused, post, url};
use crate::it::support::TestApp;

#[tokio::test]
async fn a_request_needs_a_query() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    for body in [
        json!({}),
        json!({ "query": null }),
        json!({ "query": "" }),
        json!({ "operationName": "A", "variables": {} }),
    ] {
        assert_refused(&post(&anyone, &[], body.to_string()).await, 400, "BAD_REQUEST");
    }
    for parameters in [&[][..], &[("query", "")], &[("variables", "{}")]] {
        assert_refused(&anyone.get(&url(parameters)).await, 400, "BAD_REQUEST");
    }
    assert_refused(&anyone.get("/graphql").await, 400, "BAD_REQUEST");
}

#[tokio::test]
async fn parameters_of_wrong_types_are_refused() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    for wrong in [
        json!({ "query": 1 }),
        json!({ "query": ["{ __typename }"] }),
        json!({ "query": { "text": "{ __typename }" } }),
        json!({ "operationName": 1 }),
        json!({ "operationName": ["A"] }),
        json!({ "variables": [] }),
        json!({ "variables": "{}" }),
        json!({ "variables": 0 }),
        json!({ "extensions": [] }),
        json!({ "extensions": "{}" }),
        json!({ "extensions": false }),
    ] {
        let mut body = json!({ "query": "{ __typename }" });
        body.as_object_mut().unwrap().extend(wrong.as_object().cloned().unwrap());
        assert_refused(&post(&anyone, &[], body.to_string()).await, 400, "BAD_REQUEST");
    }
    for wrong in [
        ("variables", "{"),
        ("variables", "[]"),
        ("variables", "1"),
        ("variables", "\"{}\""),
        ("extensions", "x"),
        ("extensions", "[]"),
    ] {
        let refused = anyone.get(&url(&[("query", "{ __typename }"), wrong])).await;
        assert_refused(&refused, 400, "BAD_REQUEST");
    }
}

#[tokio::test]
async fn null_and_unknown_parameters_are_ignored() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    for more in [
        json!({ "operationName": null, "variables": null, "extensions": null }),
        json!({ "operationName": "" }),
        json!({ "variables": { "unused": [1, { "a": null }] } }),
        json!({ "extensions": {} }),
        json!({ "extensions": { "clientLibrary": { "name": "@apollo/client", "version": "4" } } }),
        json!({ "id": 1, "key": "x", "query2": null }),
    ] {
        let mut body = json!({ "query": "{ __typename }" });
        body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        let response = post(&anyone, &[], body.to_string()).await;
        assert_eq!(response.data(), json!({ "__typename": "Query" }), "{more}");
    }
}

#[tokio::test]
async fn operation_name_selects_the_operation() {
    let app = TestApp::start().await;
    let query = "query A { a: __typename } query B { b: __typename }";
    for name in ["A", "B"] {
        let body = json!({ "query": query, "operationName": name });
        let response = post(&app.anonymous(), &[], body.to_string()).await;
        assert_eq!(response.data()[name.to_lowercase()], "Query");
    }
}

#[tokio::test]
async fn operations_that_are_not_selected_need_no_variables() {
    let app = TestApp::start().await;
    // GraphiQL sends all operations of a tab, and the variables of one of them.
    let query = "query Names { books { title } }
        query Page($limit: Int!) { books(limit: $limit) { title } }
        query Search($filter: BookFilter!) { books(filter: $filter) { title } }
        mutation Create($input: CreateBookInput!) { createBook(input: $input) { id } }";
    for (name, variables) in
        [("Names", json!({})), ("Page", json!({ "limit": 1 })), ("Search", json!({ "filter": {} }))]
    {
        let body = json!({ "query": query, "operationName": name, "variables": variables });
        let response = post(&app.anonymous(), &[], body.to_string()).await;
        assert_eq!(response.data(), json!({ "books": [] }), "{name}");
    }
}
