//! Repeated documents: caches do not change responses.

use serde_json::{Value, json};

use super::{RESPONSE_JSON, codes, document, post};
use crate::it::support::{Client, Response, TestApp};

/// Executes a document twice, and returns the second response.
async fn execute(client: &Client, query: &str, variables: Value) -> Response {
    let body = json!({ "query": query, "variables": variables }).to_string();
    post(client, &[("accept", RESPONSE_JSON)], body).await
}

#[tokio::test]
async fn a_repeated_document_has_an_equal_response() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    ann.create_book("Emma").await;
    for text in [
        "{ __typename }",
        "{ b: books { title owner { name } } a: __typename }",
        "{ book(id: \"x\") { id } }",
        "{ books(limit: 0) { id } }",
        "{ __schema { queryType { name } } }",
        "{ unknown }",
        "{ books { title { x } } }",
        "{ books(filter: { colour: \"red\" }) { title } }",
        "{ ...A } fragment A on Query { ...A }",
        "query($x: Int) { __typename }",
        "{ books(limit: 100) { owner { books(limit: 100) { id } } } }",
        "mutation { updateBook(id: \"x\", input: {}) { id } }",
        "subscription { books { title } }",
        "{",
    ] {
        let first = post(&ann, &[("accept", RESPONSE_JSON)], document(text)).await;
        for _ in 0..2 {
            let repeated = post(&ann, &[("accept", RESPONSE_JSON)], document(text)).await;
            assert_eq!((repeated.status, &repeated.text), (first.status, &first.text), "{text}");
        }
    }
}

#[tokio::test]
async fn variables_are_validated_each_time() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    ann.create_book("Emma").await;
    let query = "query($n: Int!, $t: String, $no: Boolean!) {
        books(limit: $n, filter: { title: $t }) { title @skip(if: $no) owner { books(limit: $n) { id } } }
    }";
    for _ in 0..2 {
        for (variables, codes_expected) in [
            (json!({ "n": 1, "no": true }), &[][..]),
            (json!({ "n": 1, "t": "emma", "no": true }), &[]),
            (json!({ "n": "1", "no": true }), &["BAD_USER_INPUT"]),
            (json!({ "n": 1, "t": 1, "no": true }), &["BAD_USER_INPUT"]),
            (json!({ "n": 1, "no": null }), &["BAD_USER_INPUT"]),
            (json!({ "no": true }), &["BAD_USER_INPUT"]),
            (json!({ "n": 0, "no": true }), &["BAD_USER_INPUT"]),
            (json!({ "n": 100, "no": true }), &["GRAPHQL_VALIDATION_FAILED"]),
        ] {
            let response = execute(&ann, query, variables.clone()).await;
            assert_eq!(codes(&response), codes_expected, "{variables}: {}", response.text);
        }
    }
}

#[tokio::test]
async fn an_invalid_document_is_refused_with_any_variables() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    for (query, variables) in [
        (
            "query($t: String) { books(filter: { title: $t, colour: \"red\" }) { id } }",
            json!({ "t": "emma" }),
        ),
        (
            "query($o: BookOrder!) { books(orderBy: [$o, PRICE_ASC]) { id } }",
            json!({ "o": "TITLE_ASC" }),
        ),
        ("query($t: Int) { books(filter: { title: $t }) { id } }", json!({})),
    ] {
        for variables in [json!({}), variables.clone(), json!({}), variables] {
            let response = execute(&anyone, query, variables.clone()).await;
            assert_eq!(response.status.as_u16(), 400, "{query} {variables}: {}", response.text);
        }
    }
}

#[tokio::test]
async fn each_viewer_gets_a_separate_response() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    for _ in 0..2 {
        for (client, expected) in [
            (&ann, json!({ "name": "ann" })),
            (&app.anonymous(), Value::Null),
            (&bob, json!({ "name": "bob" })),
        ] {
            assert_eq!(client.query("{ me { name } }").await.data()["me"], expected);
        }
    }
}

#[tokio::test]
async fn each_operation_of_a_document_is_executed_separately() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    let query = "query Good { __typename } query Wrong { books(filter: { title: 1 }) { id } }";
    for name in ["Good", "Wrong", "Good", "Wrong"] {
        let body = json!({ "query": query, "operationName": name }).to_string();
        let response = post(&anyone, &[("accept", RESPONSE_JSON)], body).await;
        // The whole document is validated, whichever operation is selected. Source: GraphQL
        // specification, October 2021, section 5.
        assert_eq!(response.status.as_u16(), 400, "{name}: {}", response.text);
    }
}

#[tokio::test]
async fn a_valid_operation_does_not_validate_another() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    let query = "query Good { __typename }
        query Wrong($t: String!) { books(filter: { title: $t, colour: \"red\" }) { id } }";
    for name in ["Good", "Wrong"] {
        let body = json!({ "query": query, "operationName": name, "variables": { "t": "x" } });
        let response = post(&anyone, &[("accept", RESPONSE_JSON)], body.to_string()).await;
        assert!(name == "Good" || response.status.as_u16() == 400, "{}", response.text);
    }
}

#[tokio::test]
async fn more_documents_than_the_cache_holds_are_executed() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    for index in 0..1_500 {
        let text = format!("{{ a{index}: __typename }}");
        let response = post(&anyone, &[], document(&text)).await;
        assert_eq!(response.data()[format!("a{index}")], "Query");
    }
}
