//! Rotation of the server's secrets.

use axum::http::StatusCode;
use serde_json::Value;

use crate::it::support::{Client, PASSWORD, TestApp};

const OLD: &str = "1:an old secret of tests 0123456789 abcdef";
const NEW: &str = "2:a new secret of tests 9876543210 fedcba";

/// Returns a client of another application with the cookies of `client`.
fn with_cookies_of(app: &TestApp, client: &Client) -> Client {
    let moved = app.anonymous();
    moved.cookies().clone_from(&client.cookies());
    moved
}

#[tokio::test]
async fn values_of_an_old_secret_are_valid_until_it_is_removed() {
    let before = TestApp::start_with(&["--better-auth-secrets", OLD]).await;
    let ann = before.signed_in("ann").await;
    ann.post_auth_strings("send-verification-email", &[("email", "ann@example.com")])
        .await
        .expect_ok();
    ann.post_auth_strings("request-password-reset", &[("email", "ann@example.com")])
        .await
        .expect_ok();
    let verification = before.newest_mail("verification", "ann@example.com").await;

    let both = format!("{NEW},{OLD}");
    let rotated = before.restart_with(&["--better-auth-secrets", &both]).await;
    assert!(with_cookies_of(&rotated, &ann).is_signed_in().await);
    let followed = rotated.anonymous().open_link(&verification).await;
    assert_eq!((followed.status, followed.header("location")), (StatusCode::FOUND, "/"));
    // Queued mails can still be read.
    assert!(!rotated.mails("reset", "ann@example.com").await.is_empty());
    // New values are signed with the new secret.
    let second = rotated.anonymous();
    second.sign_in("ann@example.com", PASSWORD).await.expect_ok();

    let removed = before.restart_with(&["--better-auth-secrets", NEW]).await;
    let late = with_cookies_of(&removed, &ann);
    assert_eq!(late.session().await, Value::Null);
    assert!(!late.is_signed_in().await);
    late.get_auth("list-accounts").await.assert_error(401, "UNAUTHORIZED");
    let followed = removed.anonymous().open_link(&verification).await;
    assert_eq!(followed.header("location"), "/?error=INVALID_TOKEN");
    assert!(removed.mails("reset", "ann@example.com").await.is_empty());
    assert!(with_cookies_of(&removed, &second).is_signed_in().await);
}

#[tokio::test]
async fn the_unversioned_secret_is_valid_beside_versioned_ones() {
    let before = TestApp::start().await;
    let ann = before.signed_in("ann").await;
    // BETTER_AUTH_SECRET remains set.
    let rotated = before.restart_with(&["--better-auth-secrets", NEW]).await;
    assert!(with_cookies_of(&rotated, &ann).is_signed_in().await);
    let second = rotated.signed_in("bob").await;
    assert!(!with_cookies_of(&before, &second).is_signed_in().await);
}

#[tokio::test]
async fn a_changed_secret_ends_all_sessions_without_errors() {
    for cache in ["off", "compact", "jwt", "jwe"] {
        let before = TestApp::start_with(&["--auth-cookie-cache", cache]).await;
        let ann = before.signed_in("ann").await;
        let flags = [
            "--better-auth-secret",
            "quite another secret, 0123456789",
            "--auth-cookie-cache",
            cache,
        ];
        let after = before.restart_with(&flags).await;
        let late = with_cookies_of(&after, &ann);
        assert_eq!(late.session().await, Value::Null, "{cache}");
        assert!(!late.is_signed_in().await);
        late.sign_in("ann@example.com", PASSWORD).await.expect_ok();
        assert!(late.is_signed_in().await);
    }
}

#[tokio::test]
async fn better_auth_secret_takes_precedence_over_auth_secret() {
    let other = "quite another secret, 0123456789";
    // AUTH_SECRET is read only if BETTER_AUTH_SECRET is not set.
    let app = TestApp::start_with(&["--auth-secret", other]).await;
    let ann = app.signed_in("ann").await;
    let with_both = app.restart_with(&[]).await;
    assert!(with_cookies_of(&with_both, &ann).is_signed_in().await);
    let second = app.restart_with(&["--better-auth-secret", "", "--auth-secret", other]).await;
    assert!(!with_cookies_of(&second, &ann).is_signed_in().await);
    let third = app.restart_with(&["--better-auth-secret", other]).await;
    let bob = second.signed_in("bob").await;
    assert!(with_cookies_of(&third, &bob).is_signed_in().await);
}
