//! Signing in devices without a keyboard.

mod limits;

use axum::{
    body::Body,
    http::{Request, header::CONTENT_TYPE},
};
use chrono::TimeDelta;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::it::support::{Client, PASSWORD, Response, TestApp};

const ON: &str = "--auth-plugins=device-authorization";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A device with its codes.
struct Device {
    client: Client,
    code: String,
    user_code: String,
}

impl Device {
    async fn begin(app: &TestApp) -> Self {
        let client = app.anonymous();
        let body = json!({ "client_id": "tv", "scope": "books read" });
        let codes = client.post_auth("device/code", body).await.expect_ok();
        let text = |name: &str| codes[name].as_str().unwrap().to_owned();
        Self { client, code: text("device_code"), user_code: text("user_code") }
    }

    async fn poll(&self) -> Response {
        poll(&self.client, &self.code, "tv").await
    }
}

async fn poll(client: &Client, code: &str, client_id: &str) -> Response {
    let body = json!({ "grant_type": GRANT, "device_code": code, "client_id": client_id });
    client.post_auth("device/token", body).await
}

async fn review(client: &Client, user_code: &str) -> Response {
    client.get_auth(&format!("device?user_code={user_code}")).await
}

async fn approve(client: &Client, user_code: &str) -> Response {
    client.post_auth_strings("device/approve", &[("userCode", user_code)]).await
}

async fn deny(client: &Client, user_code: &str) -> Response {
    client.post_auth_strings("device/deny", &[("userCode", user_code)]).await
}

#[track_caller]
fn assert_refused(response: &Response, status: u16, error: &str) {
    assert_eq!(response.status.as_u16(), status, "{}", response.text);
    let body = response.json();
    assert_eq!(body["error"], error, "{body}");
    assert!(body["error_description"].is_string() && body.get("code").is_none(), "{body}");
}

/// Ann approves the request of a device.
async fn approved(app: &TestApp, ann: &Client) -> Device {
    let device = Device::begin(app).await;
    review(ann, &device.user_code).await.expect_ok();
    approve(ann, &device.user_code).await.expect_ok();
    device
}

#[tokio::test]
async fn a_device_is_signed_in_after_its_user_approved() {
    let app = TestApp::start_with(&[ON]).await;
    let ann = app.signed_in("ann").await;
    let device = Device::begin(&app).await;
    assert_eq!((device.code.len(), device.user_code.len()), (40, 8));
    assert_refused(&device.poll().await, 400, "authorization_pending");

    let typed = format!("{}-{}", &device.user_code[..4], &device.user_code[4..]).to_lowercase();
    let expected = json!({
        "user_code": typed, "status": "pending", "client_id": "tv", "scope": "books read"
    });
    assert_eq!(review(&ann, &typed).await.expect_ok(), expected);
    assert_eq!(approve(&ann, &typed).await.expect_ok(), json!({ "success": true }));
    assert_eq!(review(&ann, &typed).await.expect_ok()["status"], "approved");

    app.clock.advance(TimeDelta::seconds(5));
    let response = device.poll().await;
    assert_eq!(response.header("cache-control"), "no-store");
    assert_eq!(response.header("pragma"), "no-cache");
    assert!(response.set_cookies().is_empty(), "{:?}", response.set_cookies());
    let granted = response.expect_ok();
    assert_eq!(granted["token_type"], "Bearer");
    assert_eq!(granted["scope"], "books read");
    assert_eq!(granted["expires_in"], 7 * 24 * 3600);
    let token = granted["access_token"].as_str().unwrap();
    let session = app.anonymous().get_with_bearer("/api/auth/get-session", token).await.expect_ok();
    assert_eq!(session["user"]["id"], ann.user_id().await);

    app.clock.advance(TimeDelta::seconds(5));
    assert_refused(&device.poll().await, 400, "invalid_grant");
    assert_refused(&review(&ann, &device.user_code).await, 400, "invalid_request");
    let audited = app.database.first_column(r#"select "action" from "auditEvent""#).await;
    assert!(audited.contains(&"approve-device".to_owned()), "{audited:?}");
}

#[tokio::test]
async fn codes_are_requested_as_json_or_as_a_form() {
    let uri = "https://tv.example.com/link?a=b&user_code=x";
    let flags = [
        ON,
        "--auth-device-authorization-verification-uri",
        uri,
        "--auth-device-authorization-client-ids=tv,cli",
        "--auth-device-authorization-interval=7",
        "--auth-device-authorization-expires-in=600",
    ];
    let app = TestApp::start_with(&flags).await;
    let client = app.anonymous();
    let form = async |body: &str| {
        let request = Request::post("/api/auth/device/code")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body.to_owned()));
        client.send(request.unwrap()).await
    };
    let codes = form("client_id=cli&scope=&scope=a+b&user_id=").await.expect_ok();
    let user_code = codes["user_code"].as_str().unwrap();
    assert_eq!(codes["verification_uri"], uri);
    let complete = format!("https://tv.example.com/link?a=b&user_code={user_code}");
    assert_eq!(codes["verification_uri_complete"], complete);
    assert_eq!((&codes["expires_in"], &codes["interval"]), (&json!(600), &json!(7)));
    let stored = r#"select "clientId" || '|' || "scope" || '|' || "status" || '|' || "pollingInterval"
        || '|' || coalesce("userId", 'nobody') from "deviceCode""#;
    assert_eq!(app.database.first_column(stored).await, ["cli|a b|pending|7000|nobody"]);

    for (response, error, description) in [
        (
            form("client_id=tv&client_id=cli").await,
            "invalid_request",
            "client_id must not be repeated",
        ),
        (form("client_id=").await, "invalid_request", "client_id is required"),
        (form("scope=a").await, "invalid_request", ""),
        (form("client_id=other").await, "invalid_client", "Invalid client ID"),
        (form("client_id=tv%00").await, "invalid_request", ""),
        (
            client.post_auth("device/code", json!({})).await,
            "invalid_request",
            "[body.client_id] Invalid input: expected string, received undefined",
        ),
        (
            client
                .post_auth("device/code", json!({ "client_id": "tv", "scope": "x".repeat(201) }))
                .await,
            "invalid_request",
            "scope must have at most 200 characters",
        ),
    ] {
        assert_refused(&response, 400, error);
        let found = response.json()["error_description"].clone();
        assert!(description.is_empty() || found == description, "{found}");
    }
    assert_refused(&poll(&client, "x", "other").await, 400, "invalid_client");
}

#[tokio::test]
async fn polls_are_answered_as_the_standard_says() {
    let app = TestApp::start_with(&[ON]).await;
    let ann = app.signed_in("ann").await;
    let device = Device::begin(&app).await;
    assert_refused(&poll(&device.client, "unknown", "tv").await, 400, "invalid_grant");
    assert_refused(&poll(&device.client, "\0", "tv").await, 400, "invalid_grant");
    assert_refused(&poll(&device.client, &device.code, "cli").await, 400, "invalid_grant");
    let wrong = json!({ "grant_type": "password", "device_code": "x", "client_id": "tv" });
    let response = device.client.post_auth("device/token", wrong).await;
    response.assert_error(400, "VALIDATION_ERROR");
    let message = format!("[body.grant_type] Invalid input: expected \"{GRANT}\"");
    assert_eq!(response.json()["message"], message);

    assert_refused(&device.poll().await, 400, "authorization_pending");
    app.clock.advance(TimeDelta::milliseconds(4999));
    assert_refused(&device.poll().await, 400, "slow_down");
    app.clock.advance(TimeDelta::milliseconds(1));
    assert_refused(&device.poll().await, 400, "authorization_pending");

    review(&ann, &device.user_code).await.expect_ok();
    deny(&ann, &device.user_code).await.expect_ok();
    assert_refused(&approve(&ann, &device.user_code).await, 400, "invalid_request");
    assert_refused(&deny(&ann, &device.user_code).await, 400, "invalid_request");
    app.clock.advance(TimeDelta::seconds(5));
    assert_refused(&device.poll().await, 400, "access_denied");
    app.clock.advance(TimeDelta::seconds(5));
    assert_refused(&device.poll().await, 400, "invalid_grant");

    let device = approved(&app, &ann).await;
    app.clock.advance(TimeDelta::minutes(30) + TimeDelta::seconds(1));
    assert_refused(&review(&ann, &device.user_code).await, 400, "expired_token");
    assert_refused(&approve(&ann, &device.user_code).await, 400, "expired_token");
    assert_refused(&device.poll().await, 400, "expired_token");
    assert!(app.database.first_column(r#"select "id" from "deviceCode""#).await.is_empty());
}

#[tokio::test]
async fn only_the_user_who_claimed_a_code_decides() {
    let app = TestApp::start_with(&[ON]).await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    let device = Device::begin(&app).await;
    let code = &device.user_code;
    for response in [approve(&ann, code).await, deny(&ann, code).await] {
        assert_refused(&response, 400, "invalid_request");
        assert!(response.text.contains("has not been claimed"), "{}", response.text);
    }
    // Without a session, a code is neither claimed nor described.
    let seen = json!({ "user_code": code, "status": "pending" });
    assert_eq!(review(&app.anonymous(), code).await.expect_ok(), seen);
    for response in [approve(&app.anonymous(), code).await, deny(&app.anonymous(), code).await] {
        assert_refused(&response, 401, "unauthorized");
    }
    review(&ann, code).await.expect_ok();
    assert_eq!(review(&bob, code).await.expect_ok(), seen);
    assert_refused(&approve(&bob, code).await, 403, "access_denied");
    assert_refused(&deny(&bob, code).await, 403, "access_denied");
    assert_refused(&device.poll().await, 400, "authorization_pending");
    approve(&ann, code).await.expect_ok();
    app.clock.advance(TimeDelta::seconds(5));
    device.poll().await.expect_ok();

    // A device may name its user in advance.
    let user = bob.user_id().await;
    let body = json!({ "client_id": "tv", "user_id": user });
    let codes = app.anonymous().post_auth("device/code", body).await.expect_ok();
    let code = codes["user_code"].as_str().unwrap();
    assert!(review(&ann, code).await.expect_ok().get("client_id").is_none());
    assert_refused(&approve(&ann, code).await, 403, "access_denied");
    approve(&bob, code).await.expect_ok();
    let headers = [("origin", "https://evil.example")];
    let body = json!({ "userCode": code });
    let foreign = bob.post_with_headers("/api/auth/device/approve", &headers, body).await;
    foreign.assert_error(403, "INVALID_ORIGIN");
}

#[tokio::test]
async fn of_parallel_claims_and_polls_one_succeeds() {
    let app = TestApp::start_with(&[ON, "--auth-device-authorization-interval=0"]).await;
    let mut users = Vec::new();
    for name in ["ann", "bob", "cyd", "dan"] {
        users.push(app.signed_in(name).await);
    }
    let device = Device::begin(&app).await;
    let mut claims = JoinSet::new();
    for user in &users {
        let (user, code) = (user.duplicate(), device.user_code.clone());
        claims.spawn(async move {
            let seen = review(&user, &code).await.expect_ok();
            (seen.get("client_id").is_some(), approve(&user, &code).await.status.as_u16())
        });
    }
    let outcomes = claims.join_all().await;
    assert_eq!(outcomes.iter().filter(|one| **one == (true, 200)).count(), 1, "{outcomes:?}");
    // 400: the first user has approved already.
    let is_refused = |one: &&(bool, u16)| matches!(**one, (false, 400 | 403));
    assert_eq!(outcomes.iter().filter(is_refused).count(), 3, "{outcomes:?}");

    let mut polls = JoinSet::new();
    for _ in 0..20 {
        let (client, code) = (device.client.duplicate(), device.code.clone());
        polls.spawn(async move { poll(&client, &code, "tv").await });
    }
    let answers = polls.join_all().await;
    let tokens = answers.iter().filter(|answer| answer.status.as_u16() == 200).count();
    assert_eq!(tokens, 1);
    for refused in answers.iter().filter(|answer| answer.status.as_u16() != 200) {
        assert_refused(refused, 400, "invalid_grant");
    }
}

#[tokio::test]
async fn a_device_is_not_signed_in_when_its_user_no_longer_may() {
    let app = TestApp::start_with(&[ON]).await;
    let ann = app.signed_in("ann").await;
    let device = approved(&app, &ann).await;
    let ban = async |banned: bool| {
        app.database.execute(&format!(r#"update "user" set "banned" = {banned}"#)).await;
    };
    ban(true).await;
    device.poll().await.assert_error(403, "BANNED_USER");
    ban(false).await;
    app.clock.advance(TimeDelta::seconds(5));
    assert_refused(&device.poll().await, 400, "invalid_grant");

    let device = approved(&app, &ann).await;
    let passwords = [("currentPassword", PASSWORD), ("newPassword", "another horse battery")];
    ann.post_auth_strings("change-password", &passwords).await.expect_ok();
    assert_refused(&device.poll().await, 400, "invalid_grant");

    let device = approved(&app, &ann).await;
    ann.post_auth("delete-user", json!({ "password": "another horse battery" })).await.expect_ok();
    assert_refused(&device.poll().await, 400, "invalid_grant");
    assert!(app.database.first_column(r#"select "id" from "deviceCode""#).await.is_empty());
}

#[tokio::test]
async fn the_session_that_approved_has_all_factors() {
    let app = TestApp::start_with(&["--auth-plugins=device-authorization,two-factor"]).await;
    let ann = app.signed_in("ann").await;
    app.database.execute(r#"update "user" set "twoFactorEnabled" = true"#).await;
    let device = approved(&app, &ann).await;
    assert!(device.poll().await.expect_ok()["access_token"].is_string());
}

#[tokio::test]
async fn guesses_of_user_codes_are_limited() {
    let app = TestApp::start_with(&[ON, "--auth-rate-limit", "true"]).await;
    let ann = app.signed_in("ann").await;
    for _ in 0..5 {
        assert_refused(&review(&ann, "AAAAAAAA").await, 400, "invalid_request");
    }
    assert_eq!(review(&ann, "AAAAAAAA").await.status.as_u16(), 429);
    app.clock.advance(TimeDelta::minutes(29));
    assert_eq!(review(&ann, "AAAAAAAA").await.status.as_u16(), 429);

    for _ in 0..10 {
        assert_refused(&approve(&ann, "AAAAAAAA").await, 400, "invalid_request");
    }
    assert_eq!(deny(&ann, "AAAAAAAA").await.status.as_u16(), 429);
    // Of one user alone.
    let bob = app.anonymous().at_address("192.0.2.7");
    bob.sign_up("bob").await;
    assert_refused(&deny(&bob, "AAAAAAAA").await, 400, "invalid_request");
}

/// A row as better-auth writes it.
#[tokio::test]
async fn a_request_that_began_at_a_node_server_ends_here() {
    let app = TestApp::start_with(&[ON]).await;
    let ann = app.signed_in("ann").await;
    let user = ann.user_id().await;
    let sql = format!(
        r#"insert into "deviceCode" ("id", "deviceCode", "userCode", "userId", "expiresAt", "status",
            "lastPolledAt", "pollingInterval", "clientId", "scope")
        values ('1', 'device', 'ABCD2345', '{user}', '2026-11-20T12:30:00.000Z', 'pending',
            '2026-11-20T11:59:57.000Z', 5000, 'tv', null)"#
    );
    app.database.execute(&sql).await;
    let seen = review(&ann, "abcd-2345").await.expect_ok();
    assert_eq!((&seen["client_id"], &seen["scope"]), (&json!("tv"), &Value::Null));
    approve(&ann, "ABCD2345").await.expect_ok();
    assert_refused(&poll(&app.anonymous(), "device", "tv").await, 400, "slow_down");
    app.clock.advance(TimeDelta::seconds(2));
    let granted = poll(&app.anonymous(), "device", "tv").await.expect_ok();
    assert_eq!(granted["scope"], "");
}

#[tokio::test]
async fn without_the_plugin_its_routes_are_absent() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for route in ["device/code", "device/token", "device/approve", "device/deny"] {
        assert_eq!(ann.post_auth(route, json!({})).await.status.as_u16(), 404, "{route}");
    }
    assert_eq!(review(&ann, "ABCD2345").await.status.as_u16(), 404);
}
