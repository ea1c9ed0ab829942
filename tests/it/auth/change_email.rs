//! The route `change-email` and its links.

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::json;

use crate::it::support::{Client, PASSWORD, Response, TestApp};

pub(super) const OLD: &str = "ann@example.com";
pub(super) const NEW: &str = "new@example.com";

/// Posts `change-email` with the callback URL `/changed`.
pub(super) async fn request_change(client: &Client, to: &str) -> Response {
    client.post_auth_strings("change-email", &[("newEmail", to), ("callbackURL", "/changed")]).await
}

/// Returns the email address in the client's session.
pub(super) async fn email(client: &Client) -> String {
    client.session().await["user"]["email"].as_str().unwrap().to_owned()
}

/// Signs Ann up and verifies her address.
pub(super) async fn signed_in_and_verified(app: &TestApp) -> Client {
    let ann = app.signed_in("ann").await;
    ann.verify_email(app, "ann").await;
    ann
}

#[tokio::test]
async fn a_verified_address_confirms_the_change_and_the_new_one_is_verified() {
    let app = TestApp::start().await;
    let ann = signed_in_and_verified(&app).await;
    assert_eq!(
        request_change(&ann, "New@example.com").await.expect_ok(),
        json!({ "status": true })
    );
    assert_eq!(email(&ann).await, OLD);
    let first = app.newest_mail("change-email-confirmation", OLD).await;
    assert!(first.text.contains(NEW), "{}", first.text);
    assert!(app.mails("change-email-verification", NEW).await.is_empty());

    // A mailed link works without a session, but needs a confirmation page.
    let response = app.anonymous().confirm_link(&first).await;
    assert_eq!((response.status, response.header("location")), (StatusCode::FOUND, "/changed"));
    assert!(response.set_cookies().is_empty());
    assert_eq!(email(&ann).await, OLD);
    let second = app.newest_mail("change-email-verification", NEW).await;
    assert_eq!(ann.open_link(&second).await.header("location"), "/changed");
    assert_eq!(email(&ann).await, NEW);
    assert_eq!(ann.session().await["user"]["emailVerified"], true);
    app.anonymous().sign_in(NEW, PASSWORD).await.expect_ok();
    app.anonymous().sign_in(OLD, PASSWORD).await.assert_error(401, "INVALID_EMAIL_OR_PASSWORD");

    // Each step is mailed to the old address.
    let notices: Vec<_> = app.mail_kinds().await.into_iter().filter(|(_, to)| to == OLD).collect();
    let kinds: Vec<_> = notices.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "welcome",
            "verification",
            "change-email-confirmation",
            "email-change-confirmed",
            "email-changed"
        ]
    );
    assert!(app.newest_mail("email-changed", OLD).await.text.contains(NEW));
}

#[tokio::test]
async fn a_stale_session_cannot_change_the_address() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    app.clock.advance(TimeDelta::days(1));
    request_change(&ann, NEW).await.assert_error(403, "SESSION_NOT_FRESH");
    ann.sign_in(OLD, PASSWORD).await.expect_ok();
    request_change(&ann, NEW).await.expect_ok();
}

#[tokio::test]
async fn an_unverified_address_need_not_confirm_the_change() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    request_change(&ann, NEW).await.expect_ok();
    assert_eq!(email(&ann).await, OLD);
    let verification = app.newest_mail("change-email-verification", NEW).await;
    assert_eq!(ann.open_link(&verification).await.status, StatusCode::FOUND);
    assert_eq!(
        (email(&ann).await, app.mails("change-email-confirmation", OLD).await.len()),
        (NEW.to_owned(), 0)
    );
    // As in better-auth, the change does not set `emailVerified`.
    assert_eq!(ann.session().await["user"]["emailVerified"], false);
    ann.verify_email(&app, "new").await;
    assert_eq!(ann.session().await["user"]["emailVerified"], true);
    // The old address is notified of both steps.
    for kind in ["email-change-requested", "email-changed"] {
        assert!(app.newest_mail(kind, OLD).await.text.contains(NEW), "{kind}");
    }
}

#[tokio::test]
async fn an_address_verified_after_the_request_voids_the_link() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    request_change(&ann, NEW).await.expect_ok();
    let pending = app.newest_mail("change-email-verification", NEW).await;
    ann.verify_email(&app, "ann").await;
    let late = ann.post_auth_strings("verify-email", &[("token", &pending.link_token())]).await;
    late.assert_error(401, "INVALID_TOKEN");
    assert_eq!(email(&ann).await, OLD);
}

#[tokio::test]
async fn an_unverified_address_changes_at_once_if_configured() {
    let app = TestApp::start_with(&["--auth-change-unverified-email", "true"]).await;
    let ann = app.signed_in("ann").await;
    request_change(&ann, NEW).await.expect_ok();
    assert_eq!(email(&ann).await, NEW);
    assert_eq!(ann.session().await["user"]["emailVerified"], false);
    assert!(app.newest_mail("email-changed", OLD).await.text.contains(NEW));
    assert_eq!(
        ann.open_link(&app.newest_mail("verification", NEW).await).await.status,
        StatusCode::FOUND
    );
    assert_eq!(ann.session().await["user"]["emailVerified"], true);
    // A verified address must confirm the next change.
    request_change(&ann, "third@example.com").await.expect_ok();
    assert_eq!(email(&ann).await, NEW);
}

#[tokio::test]
async fn change_email_does_not_reveal_taken_addresses() {
    for flags in [vec![], vec!["--auth-change-unverified-email", "true"]] {
        let app = TestApp::start_with(&flags).await;
        let ann = if flags.is_empty() {
            signed_in_and_verified(&app).await
        } else {
            app.signed_in("ann").await
        };
        app.signed_in("bob").await;
        let before = app.mail_kinds().await;
        let (taken, taken_cost) =
            app.count_statements(request_change(&ann, "bob@example.com")).await;
        // Only the old address gets a mail.
        let mut after = app.mail_kinds().await;
        after.retain(|(_, to)| to != OLD);
        assert_eq!(after.len(), before.iter().filter(|(_, to)| to != OLD).count());
        if flags.is_empty() {
            let link = app.newest_mail("change-email-confirmation", OLD).await;
            assert_eq!(ann.open_link(&link).await.header("location"), "/changed");
            assert!(app.mails("change-email-verification", "bob@example.com").await.is_empty());
        }
        assert_eq!(email(&ann).await, OLD);
        let (free, free_cost) = app.count_statements(request_change(&ann, NEW)).await;
        assert_eq!((taken.status, &taken.text), (free.status, &free.text));
        if flags.is_empty() {
            assert_eq!(taken_cost, free_cost);
        }
    }
}

#[tokio::test]
async fn an_address_registered_between_the_steps_is_not_taken_over() {
    let app = TestApp::start().await;
    let ann = signed_in_and_verified(&app).await;
    request_change(&ann, NEW).await.expect_ok();
    ann.open_link(&app.newest_mail("change-email-confirmation", OLD).await).await;
    let bob = app.signed_in("new").await;
    let link = app.newest_mail("change-email-verification", NEW).await;
    let response = ann.open_link(&link).await;
    assert_eq!(response.header("location"), "/changed?error=USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL");
    assert_eq!((email(&ann).await, email(&bob).await), (OLD.to_owned(), NEW.to_owned()));
}

#[tokio::test]
async fn the_link_of_another_user_changes_nothing() {
    let app = TestApp::start().await;
    let (ann, bob) = (signed_in_and_verified(&app).await, app.signed_in("bob").await);
    request_change(&ann, NEW).await.expect_ok();
    let first = app.newest_mail("change-email-confirmation", OLD).await;
    assert_eq!(bob.open_link(&first).await.header("location"), "/changed?error=INVALID_USER");
    ann.open_link(&first).await;
    let second = app.newest_mail("change-email-verification", NEW).await;
    assert_eq!(bob.open_link(&second).await.header("location"), "/changed?error=INVALID_USER");
    let bare = second.link_path().replace("&callbackURL=%2Fchanged", "");
    bob.get(&bare).await.assert_error(401, "INVALID_USER");
    assert_eq!(email(&ann).await, OLD);
    assert_eq!(email(&bob).await, "bob@example.com");
}

#[tokio::test]
async fn reset_links_of_the_former_address_are_void() {
    let app = TestApp::start().await;
    let ann = signed_in_and_verified(&app).await;
    ann.post_auth_strings("request-password-reset", &[("email", OLD)]).await.expect_ok();
    let token = app.newest_mail("reset", OLD).await.link_token();
    request_change(&ann, NEW).await.expect_ok();
    ann.open_link(&app.newest_mail("change-email-confirmation", OLD).await).await;
    ann.open_link(&app.newest_mail("change-email-verification", NEW).await).await;
    assert_eq!(email(&ann).await, NEW);
    let reset = [("token", &*token), ("newPassword", "evil horse battery")];
    app.anonymous()
        .post_auth_strings("reset-password", &reset)
        .await
        .assert_error(400, "INVALID_TOKEN");
}

#[tokio::test]
async fn a_refused_change_names_its_reason() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    request_change(&app.anonymous(), NEW).await.assert_error(401, "UNAUTHORIZED");
    request_change(&ann, "x").await.assert_error(400, "VALIDATION_ERROR");
    let same = request_change(&ann, "ANN@example.com").await;
    assert_eq!(same.text, r#"{"message":"Email is the same"}"#);
    let evil = [("newEmail", NEW), ("callbackURL", "//evil.example")];
    ann.post_auth_strings("change-email", &evil).await.assert_error(403, "INVALID_CALLBACK_URL");
    ann.post_auth_strings("update-user", &[("email", NEW)])
        .await
        .assert_error(400, "EMAIL_CAN_NOT_BE_UPDATED");
    assert_eq!(app.mail_kinds().await.len(), 1, "the welcome");

    let off = app.restart_with(&["--auth-change-email", "false"]).await;
    let client = off.anonymous();
    client.cookies().clone_from(&ann.cookies());
    request_change(&client, NEW).await.assert_error(400, "CHANGE_EMAIL_DISABLED");
}
