//! What ends sessions is one with its audit event: both are there, or neither.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::it::support::{Client, PASSWORD, TestApp};

/// What somebody sends who has another session, too.
type Body = fn(other: &Client) -> Value;

/// What ends sessions.
const REVOCATIONS: [(&str, Body); 6] = [
    ("sign-out", |_| json!({})),
    ("revoke-session", |other| json!({ "token": other.session_token() })),
    ("revoke-sessions", |_| json!({})),
    ("revoke-other-sessions", |_| json!({})),
    ("change-password", |_| {
        let new = "another password";
        json!({ "currentPassword": PASSWORD, "newPassword": new, "revokeOtherSessions": true })
    }),
    ("delete-user", |_| json!({ "password": PASSWORD })),
];

#[tokio::test]
async fn an_end_of_sessions_that_cannot_be_noted_is_none() {
    let app = TestApp::start_with(&["--auth-delete-user", "true"]).await;
    let ann = app.signed_in("ann").await;
    let other = app.anonymous();
    other.sign_in("ann@example.com", PASSWORD).await.expect_ok();
    for (route, body) in REVOCATIONS {
        app.database.execute(r#"alter table "auditEvent" rename to "gone""#).await;
        let kept = ann.cookies().clone();
        let failed = ann.post_auth(route, body(&other)).await;
        assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR, "{route}: {}", failed.text);
        ann.cookies().clone_from(&kept);
        app.database.execute(r#"alter table "gone" rename to "auditEvent""#).await;
        assert!(ann.is_signed_in().await && other.is_signed_in().await, "{route}");
    }
    let again = app.anonymous();
    again.sign_in("ann@example.com", PASSWORD).await.expect_ok();
    ann.post_auth("revoke-sessions", json!({})).await.expect_ok();
    for client in [ann, other, again] {
        assert!(!client.is_signed_in().await);
    }
}
