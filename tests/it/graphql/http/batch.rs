//! Batched requests in one body.

use serde_json::{Value, json};

use super::{BOOK, CREATE, JSON, RESPONSE_JSON, assert_refused, post, was_executed};
use crate::it::support::{SESSION_COOKIE, TestApp};

/// Returns a batch of these documents.
fn batch(texts: &[&str]) -> String {
    json!(texts.iter().map(|text| json!({ "query": text })).collect::<Vec<_>>()).to_string()
}

#[tokio::test]
async fn a_batch_is_answered_in_its_order() {
    let app = TestApp::start().await;
    for accept in [JSON, RESPONSE_JSON] {
        let body = batch(&["{ a: __typename }", "{ b: __typename }", "{ c: __typename }"]);
        let response = post(&app.anonymous(), &[("accept", accept)], body).await;
        assert_eq!(response.status.as_u16(), 200);
        assert_eq!(response.header("content-type"), format!("{accept}; charset=utf-8"));
        let expected = [json!({ "a": "Query" }), json!({ "b": "Query" }), json!({ "c": "Query" })];
        assert_eq!(response.json(), json!(expected.map(|data| json!({ "data": data }))));
    }
    let single = post(&app.anonymous(), &[], batch(&["{ __typename }"])).await;
    assert_eq!(single.json(), json!([{ "data": { "__typename": "Query" } }]));
}

#[tokio::test]
async fn a_failing_request_does_not_affect_others_of_the_batch() {
    let app = TestApp::start().await;
    let body = json!([
        { "query": "{ unknown }" },
        { "query": "{" },
        { "query": 1 },
        {},
        7,
        { "query": "query($x: Int!) { books(limit: $x) { id } }", "variables": { "x": "1" } },
        { "query": "{ books(limit: 0) { id } }" },
        { "query": "{ __typename }" },
    ]);
    for accept in [JSON, RESPONSE_JSON] {
        let response = post(&app.anonymous(), &[("accept", accept)], body.to_string()).await;
        assert_eq!(response.status.as_u16(), 200);
        let responses = response.json().as_array().cloned().unwrap();
        let codes: Vec<_> = responses
            .iter()
            .map(|query| query["errors"][0]["extensions"]["code"].clone())
            .collect();
        let expected = [
            "GRAPHQL_VALIDATION_FAILED",
            "GRAPHQL_PARSE_FAILED",
            "BAD_REQUEST",
            "BAD_REQUEST",
            "BAD_REQUEST",
            "BAD_USER_INPUT",
            "BAD_USER_INPUT",
        ];
        assert_eq!(codes[..7], expected.map(Value::from));
        assert_eq!(responses[7], json!({ "data": { "__typename": "Query" } }));
    }
}

#[tokio::test]
async fn mutations_of_a_batch_are_executed_in_sequence() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let count = "{ books { title } }";
    let response = post(&ann, &[], batch(&[count, CREATE, count, CREATE, count])).await.json();
    let seen = [0, 2, 4].map(|index| response[index]["data"]["books"].as_array().unwrap().len());
    assert_eq!(seen, [0, 1, 2]);
    assert_eq!(BOOK.count(&ann).await, 2);
}

#[tokio::test]
async fn a_batch_has_one_session() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    app.clock.advance(chrono::TimeDelta::days(2));
    // The session is due for extension; one response extends it once.
    let response = post(&ann, &[], batch(&["{ me { name } }", CREATE, "{ me { name } }"])).await;
    for index in [0, 2] {
        assert_eq!(response.json()[index]["data"]["me"]["name"], "ann");
    }
    let cookies = response.headers.get_all("set-cookie").iter();
    let session = cookies.filter(|cookie| cookie.to_str().unwrap().starts_with(SESSION_COOKIE));
    assert_eq!(session.count(), 1, "{:?}", response.headers);
}

#[tokio::test]
async fn the_length_of_a_batch_is_limited() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let ten = batch(&["{ __typename }"; 10]);
    assert_eq!(post(&ann, &[], ten).await.json().as_array().unwrap().len(), 10);
    let refused = post(&ann, &[], batch(&[CREATE; 11])).await;
    assert_refused(&refused, 400, "BAD_REQUEST");
    assert!(refused.error_message().contains("10"), "{}", refused.text);
    assert_refused(&post(&ann, &[], "[]").await, 400, "BAD_REQUEST");
    assert_refused(
        &post(&ann, &[], batch(&[CREATE; 10]).replace(']', "")).await,
        400,
        "BAD_REQUEST",
    );
    assert!(!was_executed(&app).await);
}

#[tokio::test]
async fn the_batch_limit_is_configurable() {
    let limited = TestApp::start_with(&["--graphql-batch-limit", "2"]).await;
    post(&limited.anonymous(), &[], batch(&["{ __typename }"; 2])).await.json();
    let refused = post(&limited.anonymous(), &[], batch(&["{ __typename }"; 3])).await;
    assert_refused(&refused, 400, "BAD_REQUEST");

    let disabled = TestApp::start_with(&["--graphql-batch-limit", "0"]).await;
    let ann = disabled.signed_in("ann").await;
    for body in [batch(&[]), batch(&[CREATE]), batch(&[CREATE, CREATE])] {
        let refused = post(&ann, &[], body).await;
        assert_refused(&refused, 400, "BAD_REQUEST");
        assert_eq!(refused.error_message(), "several requests in one body are not accepted");
    }
    assert!(!was_executed(&disabled).await);
}

#[tokio::test]
async fn the_response_of_a_batch_has_the_limit_of_one_request() {
    let app = TestApp::start_with(&["--graphql-max-response-bytes=20000"]).await;
    let ann = app.signed_in("ann").await;
    BOOK.create(&ann, json!({ "title": "Emma", "description": "x".repeat(9_000) })).await.data();
    let query = "{ books { description } }";
    let response = post(&ann, &[], batch(&[query, query, query, "{ __typename }", query])).await;
    assert!(response.text.len() < 21_000, "{} bytes", response.text.len());
    let responses = response.json().as_array().unwrap().clone();
    let codes: Vec<_> =
        responses.iter().map(|query| query["errors"][0]["extensions"]["code"].as_str()).collect();
    let long = Some("RESPONSE_TOO_LARGE");
    assert_eq!(codes, [None, None, long, None, long]);
    let refused = &response.json()[2];
    assert!(refused.get("data").is_none(), "{refused}");
    let message = refused["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("together more than 20000 bytes (GRAPHQL_MAX_RESPONSE_BYTES)"));
}

#[tokio::test]
async fn nested_batches_are_refused() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let nested = format!("[{}]", batch(&[CREATE]));
    let response = post(&ann, &[], nested).await;
    assert_eq!(response.json()[0]["errors"][0]["extensions"]["code"], "BAD_REQUEST");
    assert!(!was_executed(&app).await);
}

#[tokio::test]
async fn a_batch_of_long_responses_does_not_deadlock() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for index in 0..12 {
        // Each character has three bytes.
        let book = json!({ "title": format!("Book {index}"), "description": "€".repeat(10_000) });
        BOOK.create(&ann, book).await.data();
    }
    // Together they exceed the memory limit if each response has a buffer of its own. The new book,
    // first in the list, replaces a long one.
    let long = "{ books(limit: 12) { description } }";
    let queries = [long; 10];
    let mut changing = queries;
    changing[4] = CREATE;
    for texts in [queries, changing] {
        let response = post(&ann, &[], batch(&texts)).await;
        assert!(response.text.len() > 100 * 30_000, "{} bytes", response.text.len());
        for query in response.json().as_array().unwrap() {
            assert!(query.get("errors").is_none(), "{}", query["errors"]);
        }
    }
}
