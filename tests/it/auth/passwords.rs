//! The routes `change-password` and `verify-password`.

use serde_json::{Value, json};

use crate::it::support::{PASSWORD, TestApp};

const EMAIL: &str = "ann@example.com";
const NEW: &str = "another horse battery";

#[tokio::test]
async fn the_current_password_allows_a_change() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let other = app.anonymous();
    other.sign_in(EMAIL, PASSWORD).await.expect_ok();

    let change = [("currentPassword", PASSWORD), ("newPassword", NEW)];
    let response = ann.post_auth_strings("change-password", &change).await;
    assert_eq!(response.expect_ok()["token"], Value::Null);
    let cookies = response.set_cookies();
    assert!(matches!(&cookies[..], [one] if one.starts_with("better-auth.known_device=")));
    assert!(ann.is_signed_in().await && other.is_signed_in().await);
    app.anonymous().sign_in(EMAIL, NEW).await.expect_ok();
    let refused = app.anonymous().sign_in(EMAIL, PASSWORD).await;
    refused.assert_error(401, "INVALID_EMAIL_OR_PASSWORD");
    let mail = app.newest_mail("password-changed", EMAIL).await;
    assert!(!mail.text.contains(NEW) && !mail.text.contains(PASSWORD), "{}", mail.text);
}

#[tokio::test]
async fn revoke_other_sessions_ends_the_other_sessions() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let (other, before) = (ann.duplicate(), ann.session_token());
    let body =
        json!({ "currentPassword": PASSWORD, "newPassword": NEW, "revokeOtherSessions": true });
    let response = ann.post_auth("change-password", body).await.expect_ok();
    assert_eq!(response["token"], ann.session_token());
    assert_ne!(ann.session_token(), before);
    assert!(ann.is_signed_in().await && !other.is_signed_in().await);
}

#[tokio::test]
async fn a_refused_change_changes_nothing() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for (current, new, code) in [
        ("wrong horse battery", NEW, "INVALID_PASSWORD"),
        (PASSWORD, "short", "PASSWORD_TOO_SHORT"),
        (PASSWORD, &"x".repeat(129), "PASSWORD_TOO_LONG"),
        (&"x".repeat(129), NEW, "PASSWORD_TOO_LONG"),
    ] {
        let change = [("currentPassword", current), ("newPassword", new)];
        ann.post_auth_strings("change-password", &change).await.assert_error(400, code);
    }
    let change = [("currentPassword", PASSWORD), ("newPassword", NEW)];
    app.anonymous()
        .post_auth_strings("change-password", &change)
        .await
        .assert_error(401, "UNAUTHORIZED");
    app.anonymous().sign_in(EMAIL, PASSWORD).await.expect_ok();
    assert!(app.mails("password-changed", EMAIL).await.is_empty());
}

#[tokio::test]
async fn a_changed_password_voids_reset_links() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    ann.post_auth_strings("request-password-reset", &[("email", EMAIL)]).await.expect_ok();
    let token = app.newest_mail("reset", EMAIL).await.link_token();
    let change = [("currentPassword", PASSWORD), ("newPassword", NEW)];
    ann.post_auth_strings("change-password", &change).await.expect_ok();
    let reset = [("token", &*token), ("newPassword", "evil horse battery")];
    app.anonymous()
        .post_auth_strings("reset-password", &reset)
        .await
        .assert_error(400, "INVALID_TOKEN");
    app.anonymous().sign_in(EMAIL, NEW).await.expect_ok();
}

#[tokio::test]
async fn a_password_is_verified_only_for_the_signed_in_user() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    assert_eq!(
        ann.post_auth_strings("verify-password", &[("password", PASSWORD)]).await.expect_ok()["status"],
        true
    );
    for wrong in ["", "wrong horse battery"] {
        let refused = ann.post_auth_strings("verify-password", &[("password", wrong)]).await;
        refused.assert_error(400, "INVALID_PASSWORD");
    }
    let anonymous =
        app.anonymous().post_auth_strings("verify-password", &[("password", PASSWORD)]).await;
    anonymous.assert_error(401, "UNAUTHORIZED");
    app.database.execute(r#"delete from "account""#).await;
    let none = ann.post_auth_strings("verify-password", &[("password", PASSWORD)]).await;
    none.assert_error(400, "INVALID_PASSWORD");
    let change = [("currentPassword", PASSWORD), ("newPassword", NEW)];
    ann.post_auth_strings("change-password", &change)
        .await
        .assert_error(400, "CREDENTIAL_ACCOUNT_NOT_FOUND");
}
