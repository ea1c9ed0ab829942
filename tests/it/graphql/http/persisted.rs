//! Automatic persisted queries: a client sends a text once, then its hash.

use serde_json::{Value, json};

use super::{
    CREATE, JSON, RESPONSE_JSON, assert_refused, document, post, request, sha256, url, was_executed,
};
use crate::it::support::{Client, Response, TestApp};

const QUERY: &str = "query Titles { books { title } }";

/// Returns the extension with a text's hash.
fn hash_extension(hash: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

/// Posts a hash without the text.
async fn post_hash(client: &Client, text: &str) -> Response {
    post(client, &[], json!({ "extensions": hash_extension(&sha256(text)) }).to_string()).await
}

/// Posts a text with its hash.
async fn post_text_and_hash(client: &Client, text: &str) -> Response {
    let body = json!({ "query": text, "extensions": hash_extension(&sha256(text)) });
    post(client, &[], body.to_string()).await
}

#[tokio::test]
async fn a_hash_is_accepted_after_its_text_was_sent() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    for (accept, status) in [(JSON, 200), (RESPONSE_JSON, 400)] {
        let alone =
            json!({ "operationName": "Titles", "extensions": hash_extension(&sha256(QUERY)) });
        let missed = post(&anyone, &[("accept", accept)], alone.to_string()).await;
        assert_refused(&missed, status, "PERSISTED_QUERY_NOT_FOUND");
        assert_eq!(missed.error_message(), "PersistedQueryNotFound");
    }
    // urql sends `miss: true` with the text after a miss.
    let mut both = json!({ "query": QUERY, "extensions": hash_extension(&sha256(QUERY)) });
    both["extensions"]["persistedQuery"]["miss"] = Value::Bool(true);
    post(&anyone, &[], both.to_string()).await.data();

    assert_eq!(post_hash(&app.anonymous(), QUERY).await.data(), json!({ "books": [] }));
    let extensions = hash_extension(&sha256(QUERY)).to_string();
    let by_get = url(&[("operationName", "Titles"), ("extensions", &extensions)]);
    assert_eq!(anyone.get(&by_get).await.data(), json!({ "books": [] }));
}

#[tokio::test]
async fn a_text_is_sent_with_its_hash_by_get() {
    let app = TestApp::start().await;
    let extensions = hash_extension(&sha256(QUERY)).to_string();
    let alone = url(&[("extensions", &extensions)]);
    let missed = app.anonymous().get(&alone).await;
    assert_refused(&missed, 200, "PERSISTED_QUERY_NOT_FOUND");
    assert_eq!(missed.header("cache-control"), "private, no-store");
    app.anonymous().get(&url(&[("query", QUERY), ("extensions", &extensions)])).await.data();
    app.anonymous().get(&alone).await.data();
}

#[tokio::test]
async fn a_text_with_another_hash_is_refused() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    for hash in ["0".repeat(64), sha256(CREATE), sha256(QUERY).to_uppercase(), String::new()] {
        let body = json!({ "query": QUERY, "extensions": hash_extension(&hash) });
        assert_refused(&post(&anyone, &[], body.to_string()).await, 400, "BAD_REQUEST");
        let alone = json!({ "extensions": hash_extension(&hash) });
        let missed = post(&anyone, &[], alone.to_string()).await;
        assert_refused(&missed, 200, "PERSISTED_QUERY_NOT_FOUND");
    }
    assert_refused(&post_hash(&anyone, QUERY).await, 200, "PERSISTED_QUERY_NOT_FOUND");
}

#[tokio::test]
async fn invalid_texts_are_not_cached() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    let deep = format!("{}{}", "{ books { authors ".repeat(20), "}".repeat(40));
    for text in ["{ unknown }", "{", "{ books { tittle } }", &deep] {
        post_text_and_hash(&anyone, text).await.error();
        assert_refused(&post_hash(&anyone, text).await, 200, "PERSISTED_QUERY_NOT_FOUND");
    }
}

#[tokio::test]
async fn a_persisted_mutation_is_refused_by_get() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    assert_eq!(post_text_and_hash(&app.anonymous(), CREATE).await.error_code(), "UNAUTHENTICATED");
    let by_get = url(&[("extensions", &hash_extension(&sha256(CREATE)).to_string())]);
    for method in ["GET", "HEAD"] {
        let refused = ann.send(request(method, &by_get, &[], "")).await;
        assert_eq!((refused.status.as_u16(), refused.header("allow")), (405, "POST"));
    }
    assert!(!was_executed(&app).await);
    post_hash(&ann, CREATE).await.data();
    assert!(was_executed(&app).await);
}

#[tokio::test]
async fn the_cache_of_texts_is_limited() {
    let app = TestApp::start_with(&["--graphql-persisted-queries-bytes", "20000"]).await;
    let anyone = app.anonymous();
    let texts: Vec<_> = (0..200).map(|n| format!("{{ __typename }} # {n:0500}")).collect();
    for text in &texts {
        post_text_and_hash(&anyone, text).await.data();
    }
    let mut known = 0;
    for text in &texts {
        known += usize::from(post_hash(&anyone, text).await.json().get("data").is_some());
    }
    assert!((1..=40).contains(&known), "{known} texts of 519 bytes in 20,000");
    // A text larger than the cache does not evict others.
    let large = format!("{{ __typename }} # {}", "x".repeat(30_000));
    post_text_and_hash(&anyone, &large).await.data();
    assert_refused(&post_hash(&anyone, &large).await, 200, "PERSISTED_QUERY_NOT_FOUND");
}

#[tokio::test]
async fn persisted_queries_can_be_disabled() {
    let app = TestApp::start_with(&["--graphql-persisted-queries-bytes", "0"]).await;
    let anyone = app.anonymous();
    for (accept, status) in [(JSON, 200), (RESPONSE_JSON, 400)] {
        let alone = json!({ "extensions": hash_extension(&sha256(QUERY)) });
        let refused = post(&anyone, &[("accept", accept)], alone.to_string()).await;
        assert_refused(&refused, status, "PERSISTED_QUERY_NOT_SUPPORTED");
        assert_eq!(refused.error_message(), "PersistedQueryNotSupported");
    }
    // The text is executed but not cached.
    post_text_and_hash(&anyone, QUERY).await.data();
    assert_refused(&post_hash(&anyone, QUERY).await, 200, "PERSISTED_QUERY_NOT_SUPPORTED");
    assert_eq!(post(&anyone, &[], document(QUERY)).await.data(), json!({ "books": [] }));
}

#[tokio::test]
async fn an_invalid_extension_is_refused() {
    let app = TestApp::start().await;
    for extension in [
        json!({ "version": 2, "sha256Hash": sha256(QUERY) }),
        json!({ "sha256Hash": sha256(QUERY) }),
        json!({ "version": 1 }),
        json!({ "version": 1, "sha256Hash": 1 }),
        json!([]),
        json!("hash"),
    ] {
        let body = json!({ "query": QUERY, "extensions": { "persistedQuery": extension } });
        let refused = post(&app.anonymous(), &[], body.to_string()).await;
        assert_refused(&refused, 400, "BAD_REQUEST");
    }
}
