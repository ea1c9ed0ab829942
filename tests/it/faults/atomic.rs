//! Ending a session and its audit event are one transaction.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::it::support::{Client, PASSWORD, TestApp};

/// Makes the body of a request by a user who has another session as well.
type Body = fn(other: &Client) -> Value;

/// Requests that end sessions.
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
async fn a_revocation_that_cannot_be_audited_is_rolled_back() {
    let app = TestApp::start_with(&["--auth-delete-user", "true"]).await;
    let ann = app.signed_in("ann").await;
    let other = app.anonymous();
    other.sign_in("ann@example.com", PASSWORD).await.expect_ok();
    for (route, body) in REVOCATIONS {
        app.database.execute(r#"alter table "auditEvent" rename to "gone""#).await;
        let cookies = ann.cookies().clone();
        let failed = ann.post_auth(route, body(&other)).await;
        assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR, "{route}: {}", failed.text);
        ann.cookies().clone_from(&cookies);
        app.database.execute(r#"alter table "gone" rename to "auditEvent""#).await;
        assert!(ann.is_signed_in().await && other.is_signed_in().await, "{route}");
    }
    let copy = app.anonymous();
    copy.sign_in("ann@example.com", PASSWORD).await.expect_ok();
    ann.post_auth("revoke-sessions", json!({})).await.expect_ok();
    for client in [ann, other, copy] {
        assert!(!client.is_signed_in().await);
    }
}
