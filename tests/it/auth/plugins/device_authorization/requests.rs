//! Requests of codes, and polls.

use axum::{
    body::Body,
    http::{Request, header::CONTENT_TYPE},
};
use chrono::TimeDelta;
use serde_json::json;

use super::{DeviceClient, GRANT, ON, approve, approved, assert_refused, deny, poll, review};
use crate::it::support::TestApp;

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
    let device = DeviceClient::begin(&app).await;
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
