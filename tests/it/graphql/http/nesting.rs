//! Deeply nested input is refused without overflowing the stack.

use serde_json::{Value, json};

use super::{assert_alive, assert_refused, document, post, url};
use crate::it::support::{TestApp, deeply_nested_documents};

#[tokio::test]
async fn deeply_nested_documents_are_refused() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    let documents = deeply_nested_documents(1_700);
    for text in &documents {
        let refused = post(&anyone, &[], document(text)).await;
        assert_refused(&refused, 200, "GRAPHQL_PARSE_FAILED");
        assert!(refused.text.len() < 1_000, "{} bytes", refused.text.len());
        let by_get = anyone.get(&url(&[("query", text)])).await;
        assert_refused(&by_get, 200, "GRAPHQL_PARSE_FAILED");
    }
    for several in documents.chunks(10) {
        let list: Vec<_> = several.iter().map(|text| json!({ "query": text })).collect();
        let response = post(&anyone, &[], json!(list).to_string()).await;
        for part in response.json().as_array().unwrap() {
            let code = &part["errors"][0]["extensions"]["code"];
            assert_eq!(code, "GRAPHQL_PARSE_FAILED", "{part}");
        }
    }
    assert_alive(&app).await;
}

/// The depth limit of the parser does not depend on settings.
#[tokio::test]
async fn deeply_nested_documents_are_refused_with_all_limits_raised() {
    let settings =
        ["--graphql-max-document-bytes", "--graphql-max-tokens", "--graphql-max-body-bytes"];
    let settings = settings.map(|setting| [setting, "100000000"]);
    let app = TestApp::start_with(settings.as_flattened()).await;
    for text in deeply_nested_documents(100_000) {
        let refused = post(&app.anonymous(), &[], document(&text)).await;
        assert_refused(&refused, 200, "GRAPHQL_PARSE_FAILED");
    }
    assert_alive(&app).await;
}

#[tokio::test]
async fn long_chains_of_fragments_are_accepted() {
    let app = TestApp::start_with_demo_data().await;
    let chain = |length: usize| {
        let fragment = |n| format!("fragment F{n} on Query {{ ...F{} }}", n + 1);
        let fragments: Vec<_> = (0..length).map(fragment).collect();
        let last = format!("fragment F{length} on Query {{ books(limit: 1) {{ id }} }}");
        document(&format!("{{ ...F0 }} {} {last}", fragments.join(" ")))
    };
    for length in [31, 33, 100, 200] {
        let books = post(&app.anonymous(), &[], chain(length)).await.data()["books"].clone();
        assert_eq!(books.as_array().unwrap().len(), 1, "{length}");
    }
}

/// An empty list takes three bytes of text, and thirty times as many as a tree.
#[tokio::test]
async fn json_with_too_many_values_is_refused() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    let lists = format!("[{}[]]", "[],".repeat(140_000));
    for body in [
        format!(r#"{{"query":"{{ __typename }}","variables":{{"x":{lists}}}}}"#),
        format!(r#"{{"query":"{{ __typename }}","extensions":{{"x":{lists}}}}}"#),
        format!(r#"{{"query":{lists}}}"#),
        lists,
    ] {
        assert_refused(&post(&anyone, &[], body).await, 413, "PAYLOAD_TOO_LARGE");
    }
    let fewer = format!("[{}[]]", "[],".repeat(30_000));
    let body = |declared: &str| {
        format!(r#"{{"query":"query{declared} {{ __typename }}","variables":{{"x":{fewer}}}}}"#)
    };
    let refused = post(&anyone, &[], body("($x: [ID!])")).await;
    assert_refused(&refused, 200, "BAD_USER_INPUT");
    // Undeclared variables are ignored.
    assert_eq!(post(&anyone, &[], body("")).await.data(), json!({ "__typename": "Query" }));
}

/// Errors have a location or none, never line 0.
#[tokio::test]
async fn no_error_has_line_0() {
    let app = TestApp::start_with_demo_data().await;
    let ann = app.signed_in("ann").await;
    for (text, variables) in [
        ("{", json!({})),
        ("{ books { nothing } }", json!({})),
        ("{ book { id } }", json!({})),
        ("query($id: ID) { book(id: $id) { id } }", json!({})),
        ("query($n: Int) { books(limit: $n) { id } }", json!({ "n": null })),
        ("{ books(limit: 0) { id } }", json!({})),
        ("{ booksConnection(first: -1) { nodes { id } } }", json!({})),
        ("query($n: Int!) { books(limit: $n) { id } }", json!({ "n": "1" })),
        ("mutation { createBook { id } }", json!({})),
        ("mutation { createBook(input: { title: \"\", authorIds: [] }) { id } }", json!({})),
        ("mutation($f: Upload!) { importBooks(file: $f) { id } }", json!({ "f": 1 })),
        ("mutation { deleteBook(id: \"none\") { id } }", json!({})),
        ("subscription { bookChanged { kind } }", json!({})),
        ("fragment F on Query { __typename }", json!({})),
        ("{ ...F }", json!({})),
        ("query A { a } query A { b }", json!({})),
    ] {
        let response = ann.graphql(text, variables).await;
        let errors = response.json()["errors"].as_array().cloned().unwrap_or_default();
        assert!(!errors.is_empty(), "{text}: {}", response.text);
        for error in errors {
            for location in error["locations"].as_array().into_iter().flatten() {
                let is_there = |of: &str| location[of].as_u64().is_some_and(|number| number > 0);
                assert!(is_there("line") && is_there("column"), "{text}: {error}");
            }
            assert_ne!(error["locations"], Value::Array(Vec::new()), "{text}: {error}");
        }
    }
}
