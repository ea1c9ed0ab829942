//! What a client without a session can store, and for how long.

use chrono::TimeDelta;
use serde_json::json;

use super::{DeviceClient, ON, assert_refused};
use crate::it::support::TestApp;

async fn rows(app: &TestApp) -> usize {
    app.database.first_column(r#"select "id" from "deviceCode""#).await.len()
}

#[tokio::test]
async fn stored_texts_have_at_most_200_characters() {
    let app = TestApp::start_with(&[ON]).await;
    let client = app.anonymous();
    let (fits, long) = ("é".repeat(200), "é".repeat(201));
    let body = json!({ "client_id": fits, "user_id": fits, "scope": fits });
    client.post_auth("device/code", body.clone()).await.expect_ok();
    for name in ["client_id", "user_id", "scope"] {
        let mut body = body.clone();
        body[name] = json!(long);
        let refused = client.post_auth("device/code", body).await;
        assert_refused(&refused, 400, "invalid_request");
        let expected = format!("{name} must have at most 200 characters");
        assert_eq!(refused.json()["error_description"], expected);
    }
    assert_eq!(rows(&app).await, 1);
}

#[tokio::test]
async fn an_address_begins_20_requests_per_minute() {
    let app = TestApp::start_with(&[ON, "--auth-rate-limit", "true"]).await;
    let client = app.anonymous().at_address("192.0.2.1");
    let begin = async || {
        let body = json!({ "client_id": "tv" });
        client.post_auth("device/code", body).await.status.as_u16()
    };
    for _ in 0..20 {
        assert_eq!(begin().await, 200);
        app.clock.advance(TimeDelta::seconds(2));
    }
    assert_eq!(begin().await, 429);
    assert_eq!(rows(&app).await, 20);
    // The window begins with the first request.
    app.clock.advance(TimeDelta::seconds(20));
    assert_eq!(begin().await, 200);
}

#[tokio::test]
async fn expired_requests_are_swept_after_one_more_poll() {
    let app = TestApp::start_with(&[ON]).await;
    let device = DeviceClient::begin(&app).await;
    DeviceClient::begin(&app).await;
    app.clock.advance(TimeDelta::minutes(30) + TimeDelta::seconds(6));
    app.app.sweep().await.unwrap();
    assert_refused(&device.poll().await, 400, "expired_token");
    assert_eq!(rows(&app).await, 1);
    app.clock.advance(TimeDelta::minutes(1));
    assert_eq!(app.app.sweep().await.unwrap(), 1);
    assert_eq!(rows(&app).await, 0);
}
