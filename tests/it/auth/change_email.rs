//! Another address.

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::json;

use crate::it::support::{Client, PASSWORD, Response, TestApp};

pub(super) const OLD: &str = "ann@example.com";
pub(super) const NEW: &str = "new@example.com";

pub(super) async fn change(client: &Client, to: &str) -> Response {
    client.post_auth_strings("change-email", &[("newEmail", to), ("callbackURL", "/changed")]).await
}

pub(super) async fn email(client: &Client) -> String {
    client.session().await["user"]["email"].as_str().unwrap().to_owned()
}

/// Ann, whose address is proved.
pub(super) async fn verified(app: &TestApp) -> Client {
    let ann = app.signed_in("ann").await;
    ann.verify_email(app, "ann").await;
    ann
}

#[tokio::test]
async fn a_proved_address_allows_another_which_is_then_proved() {
    let app = TestApp::start().await;
    let ann = verified(&app).await;
    assert_eq!(change(&ann, "New@example.com").await.expect_ok(), json!({ "status": true }));
    assert_eq!(email(&ann).await, OLD);
    let first = app.newest_mail("change-email-confirmation", OLD).await;
    assert!(first.text.contains(NEW), "{}", first.text);
    assert!(app.mails("change-email-verification", NEW).await.is_empty());

    // Whoever reads the mails need not be signed in there, but presses a button.
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

    // The old address hears of each step.
    let told: Vec<_> = app.mail_kinds().await.into_iter().filter(|(_, to)| to == OLD).collect();
    let kinds: Vec<_> = told.iter().map(|(kind, _)| kind.as_str()).collect();
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
async fn a_stale_session_asks_for_no_other_address() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    app.clock.advance(TimeDelta::days(1));
    change(&ann, NEW).await.assert_error(403, "SESSION_NOT_FRESH");
    ann.sign_in(OLD, PASSWORD).await.expect_ok();
    change(&ann, NEW).await.expect_ok();
}

#[tokio::test]
async fn an_address_that_was_never_proved_needs_not_allow_it() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    change(&ann, NEW).await.expect_ok();
    assert_eq!(email(&ann).await, OLD);
    let sent = app.newest_mail("change-email-verification", NEW).await;
    assert_eq!(ann.open_link(&sent).await.status, StatusCode::FOUND);
    assert_eq!(
        (email(&ann).await, app.mails("change-email-confirmation", OLD).await.len()),
        (NEW.to_owned(), 0)
    );
    // As in better-auth, that verifies nothing that was not verified before.
    assert_eq!(ann.session().await["user"]["emailVerified"], false);
    ann.verify_email(&app, "new").await;
    assert_eq!(ann.session().await["user"]["emailVerified"], true);
    // It hears of both, nevertheless.
    for kind in ["email-change-requested", "email-changed"] {
        assert!(app.newest_mail(kind, OLD).await.text.contains(NEW), "{kind}");
    }
}

#[tokio::test]
async fn an_address_that_is_proved_meanwhile_has_to_allow_another() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    change(&ann, NEW).await.expect_ok();
    let asked = app.newest_mail("change-email-verification", NEW).await;
    ann.verify_email(&app, "ann").await;
    let late = ann.post_auth_strings("verify-email", &[("token", &asked.link_token())]).await;
    late.assert_error(401, "INVALID_TOKEN");
    assert_eq!(email(&ann).await, OLD);
}

#[tokio::test]
async fn an_address_that_was_never_proved_is_changed_at_once_where_that_is_set() {
    let app = TestApp::start_with(&["--auth-change-unverified-email", "true"]).await;
    let ann = app.signed_in("ann").await;
    change(&ann, NEW).await.expect_ok();
    assert_eq!(email(&ann).await, NEW);
    assert_eq!(ann.session().await["user"]["emailVerified"], false);
    assert!(app.newest_mail("email-changed", OLD).await.text.contains(NEW));
    assert_eq!(
        ann.open_link(&app.newest_mail("verification", NEW).await).await.status,
        StatusCode::FOUND
    );
    assert_eq!(ann.session().await["user"]["emailVerified"], true);
    // Proved, it has to allow the next one.
    change(&ann, "third@example.com").await.expect_ok();
    assert_eq!(email(&ann).await, NEW);
}

#[tokio::test]
async fn whether_an_address_is_taken_is_not_told() {
    for flags in [vec![], vec!["--auth-change-unverified-email", "true"]] {
        let app = TestApp::start_with(&flags).await;
        let ann = if flags.is_empty() { verified(&app).await } else { app.signed_in("ann").await };
        app.signed_in("bob").await;
        let before = app.mail_kinds().await;
        let (taken, taken_cost) = app.count_statements(change(&ann, "bob@example.com")).await;
        // Nobody but the old address hears of it.
        let mut after = app.mail_kinds().await;
        after.retain(|(_, to)| to != OLD);
        assert_eq!(after.len(), before.iter().filter(|(_, to)| to != OLD).count());
        if flags.is_empty() {
            let link = app.newest_mail("change-email-confirmation", OLD).await;
            assert_eq!(ann.open_link(&link).await.header("location"), "/changed");
            assert!(app.mails("change-email-verification", "bob@example.com").await.is_empty());
        }
        assert_eq!(email(&ann).await, OLD);
        let (free, free_cost) = app.count_statements(change(&ann, NEW)).await;
        assert_eq!((taken.status, &taken.text), (free.status, &free.text));
        if flags.is_empty() {
            assert_eq!(taken_cost, free_cost);
        }
    }
}

#[tokio::test]
async fn an_address_taken_between_the_steps_stays_with_who_took_it() {
    let app = TestApp::start().await;
    let ann = verified(&app).await;
    change(&ann, NEW).await.expect_ok();
    ann.open_link(&app.newest_mail("change-email-confirmation", OLD).await).await;
    let bob = app.signed_in("new").await;
    let link = app.newest_mail("change-email-verification", NEW).await;
    let response = ann.open_link(&link).await;
    assert_eq!(response.header("location"), "/changed?error=USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL");
    assert_eq!((email(&ann).await, email(&bob).await), (OLD.to_owned(), NEW.to_owned()));
}

#[tokio::test]
async fn somebody_elses_link_changes_nothing() {
    let app = TestApp::start().await;
    let (ann, bob) = (verified(&app).await, app.signed_in("bob").await);
    change(&ann, NEW).await.expect_ok();
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
async fn links_mailed_to_the_address_that_was_left_reset_no_password() {
    let app = TestApp::start().await;
    let ann = verified(&app).await;
    ann.post_auth_strings("request-password-reset", &[("email", OLD)]).await.expect_ok();
    let token = app.newest_mail("reset", OLD).await.link_token();
    change(&ann, NEW).await.expect_ok();
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
async fn a_change_is_refused_with_its_reason() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    change(&app.anonymous(), NEW).await.assert_error(401, "UNAUTHORIZED");
    change(&ann, "x").await.assert_error(400, "VALIDATION_ERROR");
    let same = change(&ann, "ANN@example.com").await;
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
    change(&client, NEW).await.assert_error(400, "CHANGE_EMAIL_DISABLED");
}
