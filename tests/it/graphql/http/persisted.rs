//! Automatic persisted queries: a text is sent once, then its hash.

use serde_json::{Value, json};

use super::{
    CREATE, JSON, RESPONSE_JSON, assert_refused, document, post, request, sha256, url, was_executed,
};
use crate::it::support::{Client, Response, TestApp};

const QUERY: &str = "query Titles { books { title } }";

/// The extension that names a text by its hash.
fn named(hash: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

/// Posts a hash without its text.
async fn by_hash(client: &Client, text: &str) -> Response {
    post(client, &[], json!({ "extensions": named(&sha256(text)) }).to_string()).await
}

/// Posts a text with its hash.
async fn by_both(client: &Client, text: &str) -> Response {
    let body = json!({ "query": text, "extensions": named(&sha256(text)) });
    post(client, &[], body.to_string()).await
}

#[tokio::test]
async fn a_hash_is_known_once_its_text_was_sent() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    for (accept, status) in [(JSON, 200), (RESPONSE_JSON, 400)] {
        let alone = json!({ "operationName": "Titles", "extensions": named(&sha256(QUERY)) });
        let missed = post(&anyone, &[("accept", accept)], alone.to_string()).await;
        assert_refused(&missed, status, "PERSISTED_QUERY_NOT_FOUND");
        assert_eq!(missed.error_message(), "PersistedQueryNotFound");
    }
    // urql says so when it sends the text after a miss.
    let mut both = json!({ "query": QUERY, "extensions": named(&sha256(QUERY)) });
    both["extensions"]["persistedQuery"]["miss"] = Value::Bool(true);
    post(&anyone, &[], both.to_string()).await.data();

    assert_eq!(by_hash(&app.anonymous(), QUERY).await.data(), json!({ "books": [] }));
    let extensions = named(&sha256(QUERY)).to_string();
    let by_get = url(&[("operationName", "Titles"), ("extensions", &extensions)]);
    assert_eq!(anyone.get(&by_get).await.data(), json!({ "books": [] }));
}

#[tokio::test]
async fn a_text_is_sent_with_its_hash_by_get() {
    let app = TestApp::start().await;
    let extensions = named(&sha256(QUERY)).to_string();
    let alone = url(&[("extensions", &extensions)]);
    let missed = app.anonymous().get(&alone).await;
    assert_refused(&missed, 200, "PERSISTED_QUERY_NOT_FOUND");
    assert_eq!(missed.header("cache-control"), "private, no-store");
    app.anonymous().get(&url(&[("query", QUERY), ("extensions", &extensions)])).await.data();
    app.anonymous().get(&alone).await.data();
}

#[tokio::test]
async fn a_text_is_kept_under_its_own_hash_alone() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    for hash in ["0".repeat(64), sha256(CREATE), sha256(QUERY).to_uppercase(), String::new()] {
        let body = json!({ "query": QUERY, "extensions": named(&hash) });
        assert_refused(&post(&anyone, &[], body.to_string()).await, 400, "BAD_REQUEST");
        let alone = json!({ "extensions": named(&hash) });
        let missed = post(&anyone, &[], alone.to_string()).await;
        assert_refused(&missed, 200, "PERSISTED_QUERY_NOT_FOUND");
    }
    assert_refused(&by_hash(&anyone, QUERY).await, 200, "PERSISTED_QUERY_NOT_FOUND");
}

#[tokio::test]
async fn what_is_not_valid_is_not_kept() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    let deep = format!("{}{}", "{ books { authors ".repeat(20), "}".repeat(40));
    for text in ["{ unknown }", "{", "{ books { tittle } }", &deep] {
        by_both(&anyone, text).await.error();
        assert_refused(&by_hash(&anyone, text).await, 200, "PERSISTED_QUERY_NOT_FOUND");
    }
}

#[tokio::test]
async fn a_mutation_by_its_hash_comes_by_post_alone() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    assert_eq!(by_both(&app.anonymous(), CREATE).await.error_code(), "UNAUTHENTICATED");
    let by_get = url(&[("extensions", &named(&sha256(CREATE)).to_string())]);
    for method in ["GET", "HEAD"] {
        let refused = ann.send(request(method, &by_get, &[], "")).await;
        assert_eq!((refused.status.as_u16(), refused.header("allow")), (405, "POST"));
    }
    assert!(!was_executed(&app).await);
    by_hash(&ann, CREATE).await.data();
    assert!(was_executed(&app).await);
}

#[tokio::test]
async fn what_is_kept_has_a_bound() {
    let app = TestApp::start_with(&["--graphql-persisted-queries-bytes", "20000"]).await;
    let anyone = app.anonymous();
    let texts: Vec<_> = (0..200).map(|n| format!("{{ __typename }} # {n:0500}")).collect();
    for text in &texts {
        by_both(&anyone, text).await.data();
    }
    let mut known = 0;
    for text in &texts {
        known += usize::from(by_hash(&anyone, text).await.json().get("data").is_some());
    }
    assert!((1..=40).contains(&known), "{known} texts of 519 bytes in 20,000");
    // What is larger than all the room does not take it.
    let large = format!("{{ __typename }} # {}", "x".repeat(30_000));
    by_both(&anyone, &large).await.data();
    assert_refused(&by_hash(&anyone, &large).await, 200, "PERSISTED_QUERY_NOT_FOUND");
}

#[tokio::test]
async fn a_setting_turns_them_off() {
    let app = TestApp::start_with(&["--graphql-persisted-queries-bytes", "0"]).await;
    let anyone = app.anonymous();
    for (accept, status) in [(JSON, 200), (RESPONSE_JSON, 400)] {
        let alone = json!({ "extensions": named(&sha256(QUERY)) });
        let refused = post(&anyone, &[("accept", accept)], alone.to_string()).await;
        assert_refused(&refused, status, "PERSISTED_QUERY_NOT_SUPPORTED");
        assert_eq!(refused.error_message(), "PersistedQueryNotSupported");
    }
    // The text that comes with the hash is executed, and not kept.
    by_both(&anyone, QUERY).await.data();
    assert_refused(&by_hash(&anyone, QUERY).await, 200, "PERSISTED_QUERY_NOT_SUPPORTED");
    assert_eq!(post(&anyone, &[], document(QUERY)).await.data(), json!({ "books": [] }));
}

#[tokio::test]
async fn an_extension_of_another_shape_is_refused() {
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
