//! `change-password`, `verify-password`.

use serde_json::{Value, json};

use crate::it::support::{PASSWORD, TestApp};

const EMAIL: &str = "ann@example.com";
const NEW: &str = "another horse battery";

#[tokio::test]
async fn who_knows_the_old_password_changes_it() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let other = app.anonymous();
    other.sign_in(EMAIL, PASSWORD).await.ok();

    let change = [("currentPassword", PASSWORD), ("newPassword", NEW)];
    let answer = ann.auth("change-password", &change).await;
    assert_eq!(answer.ok()["token"], Value::Null);
    let cookies = answer.set_cookies();
    assert!(matches!(&cookies[..], [one] if one.starts_with("better-auth.known_device=")));
    assert!(ann.is_signed_in().await && other.is_signed_in().await);
    app.anonymous().sign_in(EMAIL, NEW).await.ok();
    let refused = app.anonymous().sign_in(EMAIL, PASSWORD).await;
    refused.is_refused(401, "INVALID_EMAIL_OR_PASSWORD");
    let mail = app.mail("password-changed", EMAIL).await;
    assert!(!mail.text.contains(NEW) && !mail.text.contains(PASSWORD), "{}", mail.text);
}

#[tokio::test]
async fn the_other_sessions_end_with_the_old_password_if_asked_for() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let (other, before) = (ann.copied(), ann.token());
    let body =
        json!({ "currentPassword": PASSWORD, "newPassword": NEW, "revokeOtherSessions": true });
    let answer = ann.post_auth("change-password", body).await.ok();
    assert_eq!(answer["token"], ann.token());
    assert_ne!(ann.token(), before);
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
        ann.auth("change-password", &change).await.is_refused(400, code);
    }
    let change = [("currentPassword", PASSWORD), ("newPassword", NEW)];
    app.anonymous().auth("change-password", &change).await.is_refused(401, "UNAUTHORIZED");
    app.anonymous().sign_in(EMAIL, PASSWORD).await.ok();
    assert!(app.mails("password-changed", EMAIL).await.is_empty());
}

#[tokio::test]
async fn a_changed_password_voids_links_to_reset_it() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    ann.auth("request-password-reset", &[("email", EMAIL)]).await.ok();
    let token = app.mail("reset", EMAIL).await.token();
    let change = [("currentPassword", PASSWORD), ("newPassword", NEW)];
    ann.auth("change-password", &change).await.ok();
    let reset = [("token", &*token), ("newPassword", "evil horse battery")];
    app.anonymous().auth("reset-password", &reset).await.is_refused(400, "INVALID_TOKEN");
    app.anonymous().sign_in(EMAIL, NEW).await.ok();
}

#[tokio::test]
async fn a_password_is_verified_for_its_user_alone() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    assert_eq!(ann.auth("verify-password", &[("password", PASSWORD)]).await.ok()["status"], true);
    for wrong in ["", "wrong horse battery"] {
        let refused = ann.auth("verify-password", &[("password", wrong)]).await;
        refused.is_refused(400, "INVALID_PASSWORD");
    }
    let anonymous = app.anonymous().auth("verify-password", &[("password", PASSWORD)]).await;
    anonymous.is_refused(401, "UNAUTHORIZED");
    app.database.execute(r#"delete from "account""#).await;
    let none = ann.auth("verify-password", &[("password", PASSWORD)]).await;
    none.is_refused(400, "INVALID_PASSWORD");
    let change = [("currentPassword", PASSWORD), ("newPassword", NEW)];
    ann.auth("change-password", &change).await.is_refused(400, "CREDENTIAL_ACCOUNT_NOT_FOUND");
}
