//! Signing in clients on devices without a keyboard.

mod decisions;
mod limits;
mod requests;

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::it::support::{Client, PASSWORD, Response, TestApp};

const ON: &str = "--auth-plugins=device-authorization";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A device client with its codes.
struct DeviceClient {
    client: Client,
    code: String,
    user_code: String,
}

impl DeviceClient {
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

/// Ann approves the request of a device client.
async fn approved(app: &TestApp, ann: &Client) -> DeviceClient {
    let device = DeviceClient::begin(app).await;
    review(ann, &device.user_code).await.expect_ok();
    approve(ann, &device.user_code).await.expect_ok();
    device
}

#[tokio::test]
async fn a_device_client_is_signed_in_after_its_user_approved() {
    let app = TestApp::start_with(&[ON]).await;
    let ann = app.signed_in("ann").await;
    let device = DeviceClient::begin(&app).await;
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
async fn a_device_client_is_not_signed_in_when_its_user_no_longer_may() {
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
