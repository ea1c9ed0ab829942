//! Secrets that change, and which of them counts.

use axum::http::StatusCode;
use serde_json::Value;

use crate::it::support::{Client, PASSWORD, TestApp};

const OLD: &str = "1:an old secret of tests 0123456789 abcdef";
const NEW: &str = "2:a new secret of tests 9876543210 fedcba";

/// The cookies of `client`, shown to another server.
fn at(app: &TestApp, client: &Client) -> Client {
    let moved = app.anonymous();
    moved.cookies().clone_from(&client.cookies());
    moved
}

#[tokio::test]
async fn what_was_made_under_an_old_secret_counts_until_it_is_removed() {
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
    assert!(at(&rotated, &ann).is_signed_in().await);
    let followed = rotated.anonymous().open_link(&verification).await;
    assert_eq!((followed.status, followed.header("location")), (StatusCode::FOUND, "/"));
    // Mails that waited are still read.
    assert!(!rotated.mails("reset", "ann@example.com").await.is_empty());
    // What is made from now on is made under the new one.
    let again = rotated.anonymous();
    again.sign_in("ann@example.com", PASSWORD).await.expect_ok();

    let removed = before.restart_with(&["--better-auth-secrets", NEW]).await;
    let late = at(&removed, &ann);
    assert_eq!(late.session().await, Value::Null);
    assert!(!late.is_signed_in().await);
    late.get_auth("list-accounts").await.assert_error(401, "UNAUTHORIZED");
    let followed = removed.anonymous().open_link(&verification).await;
    assert_eq!(followed.header("location"), "/?error=INVALID_TOKEN");
    assert!(removed.mails("reset", "ann@example.com").await.is_empty());
    assert!(at(&removed, &again).is_signed_in().await);
}

#[tokio::test]
async fn the_secret_from_before_versions_counts_beside_them() {
    let before = TestApp::start().await;
    let ann = before.signed_in("ann").await;
    // The test's own BETTER_AUTH_SECRET stays set.
    let rotated = before.restart_with(&["--better-auth-secrets", NEW]).await;
    assert!(at(&rotated, &ann).is_signed_in().await);
    let again = rotated.signed_in("bob").await;
    assert!(!at(&before, &again).is_signed_in().await);
}

#[tokio::test]
async fn another_secret_signs_everybody_out_without_a_failure() {
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
        let late = at(&after, &ann);
        assert_eq!(late.session().await, Value::Null, "{cache}");
        assert!(!late.is_signed_in().await);
        late.sign_in("ann@example.com", PASSWORD).await.expect_ok();
        assert!(late.is_signed_in().await);
    }
}

#[tokio::test]
async fn the_first_secret_that_is_set_counts() {
    let other = "quite another secret, 0123456789";
    // AUTH_SECRET is read when the test's own BETTER_AUTH_SECRET is not.
    let app = TestApp::start_with(&["--auth-secret", other]).await;
    let ann = app.signed_in("ann").await;
    let own = app.restart_with(&[]).await;
    assert!(at(&own, &ann).is_signed_in().await);
    let second = app.restart_with(&["--better-auth-secret", "", "--auth-secret", other]).await;
    assert!(!at(&second, &ann).is_signed_in().await);
    let third = app.restart_with(&["--better-auth-secret", other]).await;
    let bob = second.signed_in("bob").await;
    assert!(at(&third, &bob).is_signed_in().await);
}
