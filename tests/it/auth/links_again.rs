//! Links opened again or concurrently: the same response, and one effect.

use axum::http::StatusCode;
use tokio::task::JoinSet;

use super::change_email::{NEW, OLD, email, request_change, signed_in_and_verified};
use crate::it::support::{Client, Mail, PASSWORD, TestApp};

const BY_MAIL: [&str; 2] = ["--auth-delete-user-verification", "true"];

/// Returns the link without a callback URL, as a client that is no browser opens it.
fn without_callback(link: &Mail) -> String {
    let path = link.link_path();
    path.split("&callbackURL=").next().unwrap().to_owned()
}

#[tokio::test]
async fn used_links_of_an_email_change_report_success_again() {
    let app = TestApp::start().await;
    let ann = signed_in_and_verified(&app).await;
    request_change(&ann, NEW).await.expect_ok();
    let first = app.newest_mail("change-email-confirmation", OLD).await;
    for _ in 0..3 {
        assert_eq!(ann.open_link(&first).await.header("location"), "/changed");
        assert_eq!(app.anonymous().open_link(&first).await.header("location"), "/changed");
    }
    assert_eq!(app.mails("change-email-verification", NEW).await.len(), 1);
    assert_eq!(app.mails("email-change-confirmed", OLD).await.len(), 1);

    let second = app.newest_mail("change-email-verification", NEW).await;
    let done = ann.get(&without_callback(&second)).await.expect_ok();
    assert_eq!(done["user"]["email"], NEW);
    let unnamed = serde_json::json!({ "status": true, "user": null });
    for (reader, expected) in [(&ann, &done), (&app.anonymous(), &unnamed)] {
        let repeated = reader.get(&without_callback(&second)).await;
        assert_eq!(repeated.expect_ok(), *expected);
        assert_eq!(reader.open_link(&second).await.header("location"), "/changed");
        // The same holds for the first link, in the old mailbox.
        assert_eq!(
            reader.get(&without_callback(&first)).await.expect_ok(),
            serde_json::json!({ "status": true })
        );
    }
    assert!(!app.anonymous().is_signed_in().await);
    assert_eq!(app.mails("email-changed", OLD).await.len(), 1);
    let bob = app.signed_in("bob").await;
    assert_eq!(bob.open_link(&second).await.header("location"), "/changed?error=INVALID_USER");

    // The links are void after a change to a third address.
    request_change(&ann, "third@example.com").await.expect_ok();
    ann.open_link(&app.newest_mail("change-email-confirmation", NEW).await).await;
    ann.open_link(&app.newest_mail("change-email-verification", "third@example.com").await).await;
    assert_eq!(email(&ann).await, "third@example.com");
    let late = app.anonymous().open_link(&second).await;
    assert_eq!(late.header("location"), "/changed?error=INVALID_TOKEN");
}

#[tokio::test]
async fn a_second_link_of_a_completed_step_is_void() {
    let app = TestApp::start().await;
    let ann = signed_in_and_verified(&app).await;
    request_change(&ann, "other@example.com").await.expect_ok();
    let other = app.newest_mail("change-email-confirmation", OLD).await;
    request_change(&ann, NEW).await.expect_ok();
    ann.open_link(&app.newest_mail("change-email-confirmation", OLD).await).await;
    assert_eq!(ann.open_link(&other).await.header("location"), "/changed?error=INVALID_TOKEN");
    assert!(app.mails("change-email-verification", "other@example.com").await.is_empty());
}

#[tokio::test]
async fn a_used_verification_link_reports_success_after_others_are_void() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let mut links = Vec::new();
    for _ in 0..2 {
        app.clock.advance(chrono::TimeDelta::seconds(1));
        app.anonymous()
            .post_auth_strings("send-verification-email", &[("email", OLD)])
            .await
            .expect_ok();
        links.push(app.newest_mail("verification", OLD).await);
    }
    let (used, unused) = (&links[0], &links[1]);
    assert_eq!(ann.open_link(used).await.header("location"), "/");
    ann.post_auth_strings("revoke-other-sessions", &[]).await.expect_ok();
    assert_eq!(app.anonymous().open_link(used).await.header("location"), "/");
    assert_eq!(app.anonymous().open_link(unused).await.header("location"), "/?error=INVALID_TOKEN");
    // The link expires nevertheless.
    app.clock.advance(chrono::TimeDelta::hours(1));
    assert_eq!(app.anonymous().open_link(used).await.header("location"), "/?error=TOKEN_EXPIRED");
}

/// Signs a user up and requests a deletion link.
async fn with_deletion_link(app: &TestApp, name: &str, callback: &str) -> (Client, Mail) {
    let client = app.signed_in(name).await;
    client.post_auth_strings("delete-user", &[("callbackURL", callback)]).await.expect_ok();
    (client, app.newest_mail("delete-account", &format!("{name}@example.com")).await)
}

#[tokio::test]
async fn a_used_deletion_link_reports_success_and_affects_no_other_account() {
    let app = TestApp::start_with(&BY_MAIL).await;
    let (ann, link) = with_deletion_link(&app, "ann", "/bye").await;
    let repeated = ann.duplicate();
    assert_eq!(ann.open_link(&link).await.header("location"), "/bye");
    assert!(ann.has_no_session());
    // The address belongs to a new account by now.
    let next = app.signed_in("ann").await;
    for reader in [&repeated, &app.anonymous()] {
        assert_eq!(reader.open_link(&link).await.header("location"), "/bye");
        assert_eq!(
            reader.get(&without_callback(&link)).await.expect_ok()["message"],
            "User deleted"
        );
    }
    // The new account was not deleted.
    next.open_link(&link).await.assert_error(404, "INVALID_TOKEN");
    let posted = next.post_auth_strings("delete-user", &[("token", &link.link_token())]).await;
    posted.assert_error(404, "INVALID_TOKEN");
    assert!(posted.set_cookies().is_empty() && next.is_signed_in().await);
    next.post_auth_strings("delete-user", &[]).await.expect_ok();
    let other = app.newest_mail("delete-account", "ann@example.com").await;
    app.anonymous().open_link(&other).await.assert_error(404, "FAILED_TO_GET_USER_INFO");
    assert!(next.is_signed_in().await);
}

#[tokio::test]
async fn concurrent_deletion_links_delete_once_and_all_succeed() {
    let app = TestApp::start_with(&BY_MAIL).await;
    for name in ["ann", "bob", "cy"] {
        let (client, link) = with_deletion_link(&app, name, "/bye").await;
        let mut requests = JoinSet::new();
        for _ in 0..4 {
            let (client, link) = (client.duplicate(), link.clone());
            requests.spawn(async move {
                let response = client.open_link(&link).await;
                (response.status, response.header("location").to_owned())
            });
        }
        assert_eq!(requests.join_all().await, vec![(StatusCode::FOUND, "/bye".to_owned()); 4]);
    }
    let deleted = app
        .database
        .first_column(r#"select "id" from "auditEvent" where "action" = 'delete-user'"#);
    assert_eq!(deleted.await.len(), 3);
    app.anonymous().sign_in(OLD, PASSWORD).await.assert_error(401, "INVALID_EMAIL_OR_PASSWORD");
}
