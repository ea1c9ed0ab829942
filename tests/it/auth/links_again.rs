//! Links that are opened again, or at the same moment: the same answer, and one effect.

use axum::http::StatusCode;
use tokio::task::JoinSet;

use super::change_email::{NEW, OLD, change, email, verified};
use crate::it::support::{Client, Mail, PASSWORD, TestApp};

const BY_MAIL: [&str; 2] = ["--auth-delete-user-verification", "true"];

/// The link as a program opens it, which names no page.
fn bare(link: &Mail) -> String {
    let path = link.link_path();
    path.split("&callbackURL=").next().unwrap().to_owned()
}

#[tokio::test]
async fn both_links_of_a_changed_address_say_again_that_it_is_done() {
    let app = TestApp::start().await;
    let ann = verified(&app).await;
    change(&ann, NEW).await.expect_ok();
    let first = app.newest_mail("change-email-confirmation", OLD).await;
    for _ in 0..3 {
        assert_eq!(ann.open_link(&first).await.header("location"), "/changed");
        assert_eq!(app.anonymous().open_link(&first).await.header("location"), "/changed");
    }
    assert_eq!(app.mails("change-email-verification", NEW).await.len(), 1);
    assert_eq!(app.mails("email-change-confirmed", OLD).await.len(), 1);

    let second = app.newest_mail("change-email-verification", NEW).await;
    let done = ann.get(&bare(&second)).await.expect_ok();
    assert_eq!(done["user"]["email"], NEW);
    let unnamed = serde_json::json!({ "status": true, "user": null });
    for (reader, told) in [(&ann, &done), (&app.anonymous(), &unnamed)] {
        let again = reader.get(&bare(&second)).await;
        assert_eq!(again.expect_ok(), *told);
        assert_eq!(reader.open_link(&second).await.header("location"), "/changed");
        // The first one, too, whose mail is in the old mailbox.
        assert_eq!(
            reader.get(&bare(&first)).await.expect_ok(),
            serde_json::json!({ "status": true })
        );
    }
    assert!(!app.anonymous().is_signed_in().await);
    assert_eq!(app.mails("email-changed", OLD).await.len(), 1);
    let bob = app.signed_in("bob").await;
    assert_eq!(bob.open_link(&second).await.header("location"), "/changed?error=INVALID_USER");

    // Of another address it is not so.
    change(&ann, "third@example.com").await.expect_ok();
    ann.open_link(&app.newest_mail("change-email-confirmation", NEW).await).await;
    ann.open_link(&app.newest_mail("change-email-verification", "third@example.com").await).await;
    assert_eq!(email(&ann).await, "third@example.com");
    let late = app.anonymous().open_link(&second).await;
    assert_eq!(late.header("location"), "/changed?error=INVALID_TOKEN");
}

#[tokio::test]
async fn another_link_of_the_same_step_does_not_count_after_it() {
    let app = TestApp::start().await;
    let ann = verified(&app).await;
    change(&ann, "other@example.com").await.expect_ok();
    let other = app.newest_mail("change-email-confirmation", OLD).await;
    change(&ann, NEW).await.expect_ok();
    ann.open_link(&app.newest_mail("change-email-confirmation", OLD).await).await;
    assert_eq!(ann.open_link(&other).await.header("location"), "/changed?error=INVALID_TOKEN");
    assert!(app.mails("change-email-verification", "other@example.com").await.is_empty());
}

#[tokio::test]
async fn a_link_that_verified_says_so_also_after_what_voids_the_others() {
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
    // Its time is over for all that.
    app.clock.advance(chrono::TimeDelta::hours(1));
    assert_eq!(app.anonymous().open_link(used).await.header("location"), "/?error=TOKEN_EXPIRED");
}

/// A new user, and the link that deletes them.
async fn leaving(app: &TestApp, name: &str, callback: &str) -> (Client, Mail) {
    let client = app.signed_in(name).await;
    client.post_auth_strings("delete-user", &[("callbackURL", callback)]).await.expect_ok();
    (client, app.newest_mail("delete-account", &format!("{name}@example.com")).await)
}

#[tokio::test]
async fn a_link_that_deleted_says_so_again_and_signs_nobody_else_out() {
    let app = TestApp::start_with(&BY_MAIL).await;
    let (ann, link) = leaving(&app, "ann", "/bye").await;
    let again = ann.duplicate();
    assert_eq!(ann.open_link(&link).await.header("location"), "/bye");
    assert!(ann.has_no_session());
    // Her address has another account by now.
    let next = app.signed_in("ann").await;
    for reader in [&again, &app.anonymous()] {
        assert_eq!(reader.open_link(&link).await.header("location"), "/bye");
        assert_eq!(reader.get(&bare(&link)).await.expect_ok()["message"], "User deleted");
    }
    // Hers was not deleted.
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
async fn of_many_who_open_a_link_that_deletes_at_once_one_deletes_and_all_are_told() {
    let app = TestApp::start_with(&BY_MAIL).await;
    for name in ["ann", "bob", "cy"] {
        let (client, link) = leaving(&app, name, "/bye").await;
        let mut tries = JoinSet::new();
        for _ in 0..4 {
            let (client, link) = (client.duplicate(), link.clone());
            tries.spawn(async move {
                let response = client.open_link(&link).await;
                (response.status, response.header("location").to_owned())
            });
        }
        assert_eq!(tries.join_all().await, vec![(StatusCode::FOUND, "/bye".to_owned()); 4]);
    }
    let deleted = app
        .database
        .first_column(r#"select "id" from "auditEvent" where "action" = 'delete-user'"#);
    assert_eq!(deleted.await.len(), 3);
    app.anonymous().sign_in(OLD, PASSWORD).await.assert_error(401, "INVALID_EMAIL_OR_PASSWORD");
}
