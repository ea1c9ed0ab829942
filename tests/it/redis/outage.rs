//! Redis that is down or hangs: no session is accepted, none is ended, and requests do not wait.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{Redis, Shared, run_concurrently};
use crate::it::support::{Client, PASSWORD, Response, TestApp, eventually};

/// The time limit of a second, with an allowance for busy machines.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// Returns the responses to requests that need a session.
async fn refused_responses(client: &Client) -> Vec<(&'static str, Response, Duration)> {
    let mut refused_responses = Vec::new();
    let credentials = json!({ "email": "ann@example.com", "password": PASSWORD });
    for path in ["get-session", "list-sessions", "sign-in/email", "sign-out", "graphql"] {
        let start = Instant::now();
        let response = match path {
            "get-session" | "list-sessions" => client.get(&format!("/api/auth/{path}")).await,
            "sign-in/email" => client.post("/api/auth/sign-in/email", credentials.clone()).await,
            "sign-out" => client.post("/api/auth/sign-out", json!({})).await,
            _ => client.query("{ me { id } }").await,
        };
        refused_responses.push((path, response, start.elapsed()));
    }
    refused_responses
}

/// Asserts that all requests with a session are refused soon.
async fn assert_refused(client: &Client) {
    let cookies = client.cookies().clone();
    for (path, response, took) in refused_responses(client).await {
        assert_eq!(response.status, StatusCode::SERVICE_UNAVAILABLE, "{path}: {}", response.text);
        let code = match path {
            "graphql" => response.error_code(),
            _ => response.json()["code"].as_str().unwrap().to_owned(),
        };
        assert_eq!(code, "SERVICE_UNAVAILABLE", "{path}");
        assert!(took < TIME_LIMIT, "{path}: {took:?}");
    }
    assert_eq!(*client.cookies(), cookies);
    let ready = client.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    let body = json!({ "status": "redis unavailable", "failed": ["redis.read"] });
    assert_eq!(ready.json(), body);
}

#[tokio::test]
async fn without_redis_only_requests_with_sessions_fail() {
    let Some(mut shared) = Shared::start().await else { return };
    let ann = shared.app.signed_in("ann").await;
    shared.redis.kill();

    assert_refused(&ann).await;
    let anonymous = shared.app.anonymous();
    assert_eq!(anonymous.query("{ books { totalCount } }").await.status, StatusCode::OK);
    assert_eq!(anonymous.get("/api/auth/get-session").await.json(), Value::Null);

    // The restarted Redis is empty.
    shared.redis.run().await;
    shared.app.clock.advance(TimeDelta::seconds(3));
    assert_eq!(ann.get("/readyz").await.status, StatusCode::OK);
    assert_eq!(ann.get("/api/auth/get-session").await.json(), Value::Null);
    let body = json!({ "email": "ann@example.com", "password": PASSWORD });
    assert_eq!(ann.post("/api/auth/sign-in/email", body).await.status, StatusCode::OK);
    assert_eq!(ann.query("{ me { name } }").await.data()["me"]["name"], "ann");
}

#[tokio::test]
async fn requests_do_not_wait_for_a_hanging_redis() {
    let Some(shared) = Shared::start().await else { return };
    let ann = shared.app.signed_in("ann").await;
    shared.redis.signal("STOP");

    assert_refused(&ann).await;
    let start = Instant::now();
    let statuses = run_concurrently((0..20).map(|_| {
        let ann = super::at_node(&shared.app.app, &ann);
        async move { ann.get("/api/auth/get-session").await.status }
    }));
    assert_eq!(statuses.await, [StatusCode::SERVICE_UNAVAILABLE; 20]);
    assert!(start.elapsed() < TIME_LIMIT, "{:?}", start.elapsed());

    shared.redis.signal("CONT");
    eventually("an answer", async || {
        let response = ann.get("/api/auth/get-session").await;
        (response.status == StatusCode::OK).then_some(())
    })
    .await;
    assert_eq!(ann.query("{ me { name } }").await.data()["me"]["name"], "ann");
}

#[tokio::test]
async fn a_restart_of_redis_between_requests_is_not_noticed() {
    let Some(mut shared) = Shared::start().await else { return };
    let ann = shared.app.signed_in("ann").await;
    let token = super::token(&ann).await;
    let stored = shared.redis.text(&token).unwrap();
    for _ in 0..3 {
        shared.redis.kill();
        shared.redis.run().await;
        let _: () = shared.redis.run_command("SET", &[&format!("better-auth:{token}"), &stored]);

        assert_eq!(ann.get("/api/auth/get-session").await.json()["session"]["token"], token);
    }
}

#[tokio::test]
async fn a_node_starts_before_its_redis() {
    let Some(redis) = Redis::stopped() else { return };
    let mut shared = Shared::open_with(redis, &[]).await;
    let client = shared.app.anonymous();
    let body = json!({ "name": "ann", "email": "ann@example.com", "password": PASSWORD });
    let refused = client.post("/api/auth/sign-up/email", body).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);

    shared.redis.run().await;

    // The failed sign-up left no user.
    client.sign_up("ann").await;
    assert_eq!(client.query("{ me { name } }").await.data()["me"]["name"], "ann");
}

#[tokio::test]
async fn a_redis_without_tls_is_refused_if_required() {
    let Some(redis) = Redis::start().await else { return };
    let url = redis.url().replace("redis:", "rediss:");
    let app = TestApp::start_with(&["--redis-url", &url]).await;

    let ready = app.anonymous().get("/readyz").await;

    assert_eq!(ready.json()["status"], "redis unavailable");
}

#[tokio::test]
async fn without_redis_uncounted_requests_are_refused() {
    let flags = ["--auth-rate-limit", "true", "--graphql-rate-limit", "true"];
    let flags = [&flags[..], &["--graphql-rate-limit-cost", "500"]].concat();
    let Some(mut shared) = Shared::start_with(&flags).await else { return };
    shared.redis.kill();
    let client = shared.app.anonymous().at_address("192.0.2.1");

    let mut statuses = Vec::new();
    for _ in 0..5 {
        let body = json!({ "email": "ann@example.com", "password": "a guess, or more" });
        statuses.push(client.post("/api/auth/sign-in/email", body).await.status.as_u16());
    }
    assert_eq!(statuses, [401, 401, 401, 429, 429]);
    // Wrong passwords are also counted per account, from all addresses.
    let mut wrong = 3;
    for index in 0..60_u8 {
        let body = json!({ "email": "ann@example.com", "password": "a guess, or more" });
        let attacker = shared.app.anonymous().at_address(&format!("203.0.113.{index}"));
        let response = attacker.post("/api/auth/sign-in/email", body).await;
        wrong += usize::from(response.status == StatusCode::UNAUTHORIZED);
    }
    assert_eq!(wrong, 40);
    let mut codes = Vec::new();
    for _ in 0..8 {
        codes.push(client.query("{ __typename }").await.status.as_u16());
    }
    assert!(codes.contains(&429) && codes.contains(&200), "{codes:?}");

    shared.redis.run().await;
    let other = shared.app.anonymous().at_address("192.0.2.2");
    assert_eq!(other.query("{ __typename }").await.status, StatusCode::OK);
}
