//! The rate limit per client and route.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use chrono::TimeDelta;
use domain::AbilityFactory;
use serde_json::{Value, json};
use server::{App, Config};

use crate::it::support::{Client, Response, TestApp, cli};

const ENABLED: [&str; 2] = ["--auth-rate-limit", "true"];
const STORAGES: [&str; 2] = ["memory", "database"];
const ANN: &str = "192.0.2.1";
const SIGN_IN: &str = "/api/auth/sign-in/email";

/// Starts an application with limits in this storage and additional flags.
async fn start(storage: &str, flags: &[&str]) -> TestApp {
    TestApp::start_with(&[&ENABLED[..], &["--auth-rate-limit-storage", storage], flags].concat())
        .await
}

/// Sends a request that is counted and hashes no password. Returns the status.
async fn request_status(app: &TestApp, address: &str, path: &str) -> u16 {
    app.anonymous().at_address(address).post(path, json!({})).await.status.as_u16()
}

/// Asserts a 429 response that names the seconds to wait.
fn assert_refused(response: &Response, seconds: &str) {
    assert_eq!(response.status.as_u16(), 429);
    assert_eq!(response.text, r#"{"message":"Too many requests. Please try again later."}"#);
    assert_eq!(response.header("content-type"), "application/json");
    assert_eq!(response.header("x-retry-after"), seconds);
    assert_eq!(response.header("retry-after"), seconds);
}

#[tokio::test]
async fn the_fourth_sign_in_within_ten_seconds_is_refused() {
    for storage in STORAGES {
        let app = start(storage, &[]).await;
        let ann = app.anonymous().at_address(ANN);
        for _ in 0..3 {
            assert_eq!(ann.post(SIGN_IN, json!({})).await.status.as_u16(), 400, "{storage}");
        }
        assert_refused(&ann.post(SIGN_IN, json!({})).await, "10");
        app.clock.advance(TimeDelta::milliseconds(9_001));
        assert_refused(&ann.post(SIGN_IN, json!({})).await, "1");
        app.clock.advance(TimeDelta::milliseconds(999));
        assert_eq!(ann.post(SIGN_IN, json!({})).await.status.as_u16(), 400, "{storage}");
    }
}

#[tokio::test]
async fn allowed_requests_restart_the_window_and_refused_ones_do_not() {
    for storage in STORAGES {
        let app = start(storage, &[]).await;
        let mut statuses = Vec::new();
        for wait in [0, 6, 6, 6, 5, 0] {
            app.clock.advance(TimeDelta::seconds(wait));
            statuses.push(request_status(&app, ANN, SIGN_IN).await);
        }
        assert_eq!(statuses, [400, 400, 400, 429, 400, 400], "{storage}");
    }
}

#[tokio::test]
async fn each_route_has_its_limit() {
    for (path, max, seconds) in [
        ("/api/auth/sign-in/email", 3, 10),
        ("/api/auth/sign-up/email", 3, 10),
        ("/api/auth/change-password", 3, 10),
        ("/api/auth/change-email", 3, 10),
        ("/api/auth/request-password-reset", 3, 60),
        ("/api/auth/send-verification-email", 3, 60),
        ("/api/auth/reset-password", 100, 10),
        ("/api/auth/reset-password/token", 100, 10),
    ] {
        let app = start("memory", &[]).await;
        for _ in 0..max {
            assert_ne!(request_status(&app, ANN, path).await, 429, "{path}");
        }
        assert_eq!(request_status(&app, ANN, path).await, 429, "{path}");
        app.clock.advance(TimeDelta::seconds(seconds) - TimeDelta::milliseconds(1));
        assert_eq!(request_status(&app, ANN, path).await, 429, "{path}");
        app.clock.advance(TimeDelta::milliseconds(1));
        assert_ne!(request_status(&app, ANN, path).await, 429, "{path}");
    }
}

#[tokio::test]
async fn the_limit_of_other_routes_is_configurable() {
    for storage in STORAGES {
        let flags = ["--auth-rate-limit-window", "30", "--auth-rate-limit-max", "2"];
        let app = start(storage, &flags).await;
        let ann = app.anonymous().at_address(ANN);
        for expected in [200, 200, 429] {
            assert_eq!(ann.get("/api/auth/get-session").await.status.as_u16(), expected);
        }
        assert_refused(&ann.get("/api/auth/get-session").await, "30");
        app.clock.advance(TimeDelta::seconds(30));
        assert_eq!(ann.get("/api/auth/get-session").await.status.as_u16(), 200);
    }
}

#[tokio::test]
async fn clients_and_routes_are_counted_separately() {
    for storage in STORAGES {
        let app = start(storage, &[]).await;
        for _ in 0..4 {
            request_status(&app, ANN, SIGN_IN).await;
        }
        assert_eq!(request_status(&app, ANN, SIGN_IN).await, 429, "{storage}");
        assert_eq!(request_status(&app, "192.0.2.2", SIGN_IN).await, 400, "{storage}");
        assert_eq!(request_status(&app, ANN, "/api/auth/sign-up/email").await, 400, "{storage}");
        assert_eq!(
            app.anonymous().at_address(ANN).query("{ __typename }").await.status.as_u16(),
            200
        );
    }
}

/// CVE-2026-45364.
#[tokio::test]
async fn the_addresses_of_one_ipv6_network_are_one_client() {
    let app = start("memory", &[]).await;
    for address in ["2001:db8:a:b::1", "2001:db8:a:b:ffff::2", "2001:0DB8:000a:000b:1:2:3:4"] {
        assert_eq!(request_status(&app, address, SIGN_IN).await, 400, "{address}");
    }
    assert_eq!(request_status(&app, "2001:db8:a:b::5", SIGN_IN).await, 429);
    assert_eq!(request_status(&app, "2001:db8:a:c::1", SIGN_IN).await, 400);
    for _ in 0..3 {
        assert_eq!(request_status(&app, "::ffff:192.0.2.1", SIGN_IN).await, 400);
    }
    assert_eq!(request_status(&app, ANN, SIGN_IN).await, 429);
}

/// Returns spellings of a path that a router may treat as equal.
fn spellings(path: &str) -> Vec<String> {
    let first = path.bytes().next().unwrap();
    vec![
        format!("//api/auth/{path}"),
        format!("//api/auth//{path}"),
        format!("/api//auth/{path}"),
        format!("/api/auth//{path}"),
        format!("/api/auth/{path}/"),
        format!("/api/auth/{path}//"),
        format!("/api/auth/./{path}"),
        format!("/./api/auth/{path}"),
        format!("/api/auth/other/../{path}"),
        format!("/x/../api/auth/{path}"),
        format!("/api/auth/%2e/{path}"),
        format!("/api/auth/x/%2e%2e/{path}"),
        format!("/api/auth/{}", path.replace('/', "//")),
        format!("/api/auth/{}", path.replace('/', "%2F")),
        format!("/api/auth/%{first:x}{}", &path[1..]),
        format!("/api%2Fauth/{path}"),
        format!("/API/auth/{path}"),
        format!("/api/auth/{}", path.to_uppercase()),
        format!("/api/auth/{path};x=1"),
        format!("/api/auth;x/{path}"),
        format!("/api/auth/{path}%00"),
        format!("/api/auth/{path}%20"),
        format!("/api/auth/{path}."),
    ]
}

/// GHSA-x732-6j76-qmhm.
#[tokio::test]
async fn spellings_of_a_path_do_not_evade_its_limit() {
    let app = start("memory", &[]).await;
    for _ in 0..3 {
        assert_eq!(request_status(&app, ANN, SIGN_IN).await, 400);
    }
    for path in spellings("sign-in/email") {
        assert_eq!(request_status(&app, ANN, &path).await, 404, "{path}");
    }
    for path in ["/api/auth/sign-in/email?", "/api/auth/sign-in/email?x=1"] {
        assert_eq!(request_status(&app, ANN, path).await, 429, "{path}");
    }
    let absolute = Request::post("http://elsewhere.example/api/auth/sign-in/email");
    let response =
        app.anonymous().at_address(ANN).send(absolute.body(Body::empty()).unwrap()).await;
    assert_eq!(response.status.as_u16(), 429);
}

/// GHSA-x732-6j76-qmhm.
#[tokio::test]
async fn an_alias_of_a_disabled_route_is_disabled() {
    let app = TestApp::start_with(&["--auth-disabled-paths", "/get-session,/reference"]).await;
    for path in ["get-session", "session", "reference", "docs"] {
        let response = app.anonymous().get(&format!("/api/auth/{path}")).await;
        assert_eq!(response.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(app.anonymous().get("/api/auth/ok").await.status, StatusCode::OK);
}

#[tokio::test]
async fn spellings_of_a_path_do_not_reach_a_disabled_route() {
    let app = TestApp::start_with(&["--auth-disabled-paths", "/sign-in/email,/update-user"]).await;
    let ann = app.signed_in("ann").await;
    for path in ["sign-in/email", "update-user"] {
        for spelled in [spellings(path), vec![format!("/api/auth/{path}")]].concat() {
            let response = ann.post(&spelled, json!({ "name": "Mallory" })).await;
            assert_eq!(response.status.as_u16(), 404, "{spelled}");
            // Paths outside the base path return a 404 without a body.
            let nothing = response.text.is_empty() || response.json()["code"] == "NOT_FOUND";
            assert!(nothing, "{spelled}: {}", response.text);
        }
    }
    assert_eq!(ann.query("{ me { name } }").await.data()["me"]["name"], "ann");
}

/// Sends one request per client concurrently, and returns how many are allowed.
async fn count_allowed(clients: Vec<Client>) -> usize {
    let responses: Vec<_> = clients
        .into_iter()
        .map(|client| tokio::spawn(async move { client.post(SIGN_IN, json!({})).await.status }))
        .collect();
    let mut passed = 0;
    for response in responses {
        match response.await.unwrap().as_u16() {
            400 => passed += 1,
            status => assert_eq!(status, 429),
        }
    }
    passed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_requests_on_two_servers_do_not_exceed_the_limit() {
    let flags = [&ENABLED[..], &["--auth-rate-limit-storage", "database"]].concat();
    let first = TestApp::start_with(&flags).await;
    let config = Config::new(cli(&first.database, &flags).settings).unwrap();
    let (second, _) =
        App::open(&config, first.clock.clone(), AbilityFactory::default(), 3000, false)
            .await
            .unwrap();
    for address in [ANN, "192.0.2.2", "192.0.2.3"] {
        let client = |n: usize| match n % 2 {
            0 => first.anonymous().at_address(address),
            _ => Client::new(second.router()).at_address(address),
        };
        assert_eq!(count_allowed((0..50).map(client).collect()).await, 3, "{address}");
        // The requests of a new window are counted one after the other as well.
        first.clock.advance(TimeDelta::seconds(10));
        assert_eq!(count_allowed((0..50).map(client).collect()).await, 3, "{address}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_requests_do_not_exceed_the_limit_in_memory() {
    let app = start("memory", &[]).await;
    assert_eq!(count_allowed((0..50).map(|_| app.anonymous().at_address(ANN)).collect()).await, 3);
}

/// Returns the rows of counters.
async fn rows(app: &TestApp) -> Vec<String> {
    app.database.first_column(r#"select "key" from "rateLimit" order by "key""#).await
}

#[tokio::test]
async fn rows_have_better_auths_format_and_expire() {
    let app = start("database", &[]).await;
    let now = app.clock.now().timestamp_millis();
    app.database
        .execute(&format!(
            r#"insert into "rateLimit" ("id", "key", "count", "lastRequest") values
            ('a', '192.0.2.1|/sign-in/email', 3, {now}), ('b', 'old', 1, {}), ('c', 'new', 1, {})"#,
            now - 3_600_001,
            now - 3_599_999,
        ))
        .await;

    assert_eq!(request_status(&app, ANN, SIGN_IN).await, 429);

    assert_eq!(app.app.sweep().await.unwrap(), 1);
    assert_eq!(rows(&app).await, ["192.0.2.1|/sign-in/email", "new"]);
    app.clock.advance(TimeDelta::minutes(2));
    assert_eq!(request_status(&app, "2001:db8::1", SIGN_IN).await, 400);
    assert_eq!(app.app.sweep().await.unwrap(), 1);
    assert_eq!(
        rows(&app).await,
        ["192.0.2.1|/sign-in/email", "2001:0db8:0000:0000:0000:0000:0000:0000|/sign-in/email"]
    );
}

#[tokio::test]
async fn the_memory_store_writes_no_rows() {
    let app = start("memory", &[]).await;
    request_status(&app, ANN, SIGN_IN).await;
    assert_eq!(rows(&app).await, [""; 0]);
}

#[tokio::test]
async fn the_rate_limit_can_be_disabled() {
    let app = TestApp::start().await;
    for _ in 0..20 {
        assert_eq!(request_status(&app, ANN, SIGN_IN).await, 400);
    }
    let response = app.anonymous().get("/api/auth/get-session").await;
    assert_eq!(response.json(), Value::Null);
}
