//! Limits per client: concurrent operations, and complexity points over time.

use std::sync::Arc;

use axum::{
    body::Body,
    http::{Request, header::CONTENT_TYPE},
};
use chrono::TimeDelta;
use serde_json::json;
use tower::ServiceExt;

use super::{CREATE, JSON, document, post};
use crate::it::{
    graphql::rows::BOOK,
    support::{Client, Response, TestApp, WriteLock, eventually},
};

/// Executes a query.
async fn query(client: &Client) -> Response {
    post(client, &[], document("{ __typename }")).await
}

/// Asserts a refusal that names the setting and the seconds to wait.
#[track_caller]
fn assert_limited(response: &Response, seconds: &str, setting: &str) {
    assert_eq!((response.status.as_u16(), response.error_code().as_str()), (429, "RATE_LIMITED"));
    assert_eq!(response.header("retry-after"), seconds);
    assert_eq!(response.header("x-retry-after"), seconds);
    assert!(response.error_message().contains(setting), "{}", response.text);
    assert!(response.json().get("data").is_none(), "{}", response.text);
}

#[tokio::test]
async fn concurrent_operations_of_a_client_are_limited_and_permits_are_released() {
    let app = TestApp::start_with(&["--graphql-max-concurrent=2"]).await;
    let (ann, bob) = (Arc::new(app.signed_in("ann").await), app.signed_in("bob").await);
    let lock = WriteLock::acquire(&app.database).await;
    let waiting: Vec<_> = (0..2)
        .map(|_| {
            let ann = Arc::clone(&ann);
            tokio::spawn(async move { post(&ann, &[], document(CREATE)).await })
        })
        .collect();
    let refused = eventually("both places taken", async || {
        Some(query(&ann).await).filter(|response| response.status.as_u16() == 429)
    })
    .await;
    assert_limited(&refused, "1", "(GRAPHQL_MAX_CONCURRENT)");
    // Other clients have limits of their own.
    query(&bob).await.data();
    query(&app.anonymous()).await.data();
    // A mutation holds its permit until it ends, even if the client disconnects.
    let [first, second] = <[_; 2]>::try_from(waiting).unwrap();
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    assert_limited(&query(&ann).await, "1", "(GRAPHQL_MAX_CONCURRENT)");
    lock.release().await;
    second.await.unwrap().data();
    eventually("both changes", async || (BOOK.count(&ann).await == 2).then_some(())).await;
    eventually("both places", async || (query(&ann).await.status.as_u16() == 200).then_some(()))
        .await;
}

#[tokio::test]
async fn a_long_response_holds_its_permit_until_it_is_sent() {
    let app = TestApp::start_with(&["--graphql-max-concurrent=1"]).await;
    let ann = app.signed_in("ann").await;
    for index in 0..10 {
        let book = json!({ "title": format!("Book {index}"), "description": "x".repeat(9_000) });
        BOOK.create(&ann, book).await.data();
    }
    let request = |text: &str| {
        let request = Request::post("/graphql").header(CONTENT_TYPE, JSON);
        request.body(Body::from(document(text))).unwrap()
    };
    let anyone = app.anonymous();
    let send = async |text| anyone.router().clone().oneshot(request(text)).await.unwrap();

    let long = send("{ books { description } }").await;
    assert_eq!(send("{ __typename }").await.status().as_u16(), 429);
    drop(long);
    let short = send("{ books { title } }").await;
    assert_eq!(send("{ __typename }").await.status().as_u16(), 200);
    drop(short);
    // The response has the announced length.
    assert!(app.anonymous().query("{ books { description } }").await.text.len() > 90_000);
}

#[tokio::test]
async fn complexity_consumes_points_that_refill_with_time() {
    let app = TestApp::start_with(&[
        "--graphql-rate-limit=true",
        "--graphql-rate-limit-cost=1000",
        "--graphql-rate-limit-window=10",
    ])
    .await;
    let anyone = app.anonymous();
    // Each request costs 101 points.
    for _ in 0..9 {
        query(&anyone).await.data();
    }
    assert_limited(&query(&anyone).await, "1", "(GRAPHQL_RATE_LIMIT_COST)");
    app.clock.advance(TimeDelta::milliseconds(90));
    assert_limited(&query(&anyone).await, "1", "(GRAPHQL_RATE_LIMIT_COST)");
    app.clock.advance(TimeDelta::milliseconds(20));
    query(&anyone).await.data();
    // A list of 50 with five fields costs 251 points, or 100.
    let list = "{ books { id title isbn releaseYear description } }";
    assert_limited(&anyone.query(list).await, "4", "(GRAPHQL_RATE_LIMIT_COST)");
    app.clock.advance(TimeDelta::seconds(4));
    anyone.query(list).await.data();
}

#[tokio::test]
async fn each_request_of_a_batch_consumes_its_points() {
    let app =
        TestApp::start_with(&["--graphql-rate-limit=true", "--graphql-rate-limit-cost=1000"]).await;
    let anyone = app.anonymous();
    let ten = json!(vec![json!({ "query": "{ __typename }" }); 10]).to_string();
    let response = post(&anyone, &[], ten).await.json();
    let codes = response.as_array().unwrap().iter();
    let codes = codes.map(|response| response["errors"][0]["extensions"]["code"].as_str());
    // Each request costs 101 points.
    let refused = codes.filter(|code| *code == Some("RATE_LIMITED")).count();
    assert_eq!(refused, 1, "{response}");
    assert_limited(&query(&anyone).await, "1", "(GRAPHQL_RATE_LIMIT_COST)");
}

#[tokio::test]
async fn each_user_and_each_address_has_separate_points() {
    let app = TestApp::start_with(&[
        "--graphql-rate-limit=true",
        "--graphql-rate-limit-cost=300",
        "--auth-trusted-proxies=10.0.0.1",
    ])
    .await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    let (ann, bob) = (ann.at_address("192.0.2.1"), bob.at_address("192.0.2.1"));
    let (first, other) =
        (app.anonymous().at_address("192.0.2.1"), app.anonymous().at_address("192.0.2.2"));
    for client in [&ann, &bob, &first, &other] {
        for _ in 0..2 {
            query(client).await.data();
        }
        assert_eq!(query(client).await.status.as_u16(), 429);
    }
    // Only forwarded headers of trusted proxies are read.
    let (proxy, liar) =
        (app.anonymous().at_address("10.0.0.1"), app.anonymous().at_address("192.0.2.1"));
    let forwarded = [("x-forwarded-for", "192.0.2.3")];
    post(&proxy, &forwarded, document("{ __typename }")).await.data();
    assert_eq!(post(&liar, &forwarded, document("{ __typename }")).await.status.as_u16(), 429);
}

#[tokio::test]
async fn guests_share_the_points_of_their_address() {
    let app = TestApp::start_with(&[
        "--auth-plugins=anonymous",
        "--graphql-rate-limit=true",
        "--graphql-rate-limit-cost=300",
    ])
    .await;
    let guest = async |address: &str| {
        let client = app.anonymous().at_address(address);
        client.post_auth("sign-in/anonymous", json!({})).await.expect_ok();
        client
    };
    let (first, second) = (guest("192.0.2.1").await, guest("192.0.2.1").await);
    let ann = app.signed_in("ann").await.at_address("192.0.2.1");
    for client in [&first, &second] {
        query(client).await.data();
    }
    let anyone = app.anonymous().at_address("192.0.2.1");
    for client in [&first, &second, &anyone, &guest("192.0.2.1").await] {
        assert_eq!(query(client).await.status.as_u16(), 429);
    }
    for client in [&ann, &guest("192.0.2.2").await] {
        query(client).await.data();
    }
}

#[tokio::test]
async fn a_request_over_the_limit_is_not_executed() {
    let app =
        TestApp::start_with(&["--graphql-rate-limit=true", "--graphql-rate-limit-cost=150"]).await;
    let ann = app.signed_in("ann").await;
    post(&ann, &[], document(CREATE)).await.data();
    assert_eq!(post(&ann, &[], document(CREATE)).await.status.as_u16(), 429);
    // An invalid request costs no points and is reported before the limit.
    assert_eq!(post(&ann, &[], document("{")).await.error_code(), "GRAPHQL_PARSE_FAILED");
    app.clock.advance(TimeDelta::minutes(1));
    assert_eq!(BOOK.count(&ann).await, 1);
}

#[tokio::test]
async fn a_request_above_the_bucket_size_needs_a_full_bucket() {
    let app =
        TestApp::start_with(&["--graphql-rate-limit=true", "--graphql-rate-limit-cost=50"]).await;
    query(&app.anonymous()).await.data();
    assert_limited(&query(&app.anonymous()).await, "60", "(GRAPHQL_RATE_LIMIT_COST)");
    app.clock.advance(TimeDelta::minutes(1));
    query(&app.anonymous()).await.data();
}
