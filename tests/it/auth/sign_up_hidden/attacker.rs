//! An attacker who signs up with the address of another person.

use chrono::TimeDelta;
use serde_json::json;

use super::{NO_AUTO_SIGN_IN, VERIFICATION_REQUIRED, sign_up};
use crate::it::support::{Mail, PASSWORD, TestApp};

/// Asserts that no password of a sign-up signs in.
async fn assert_no_password_signs_in(app: &TestApp) {
    for password in ["evil horse 1", "evil horse 2", PASSWORD] {
        let client = app.anonymous().at_address("198.51.100.1");
        let refused = client.sign_in("ann@example.com", password).await;
        refused.assert_error(401, "INVALID_EMAIL_OR_PASSWORD");
    }
}

/// The owner of the mailbox resets the password.
async fn reset_password(app: &TestApp) {
    let (ann, email) = (app.anonymous(), "ann@example.com");
    ann.post_auth_strings("request-password-reset", &[("email", email)]).await.expect_ok();
    let token = app.newest_mail("reset", email).await.link_token();
    let fields = [("token", &*token), ("newPassword", "chosen horse battery")];
    ann.post_auth_strings("reset-password", &fields).await.expect_ok();
    ann.sign_in(email, "chosen horse battery").await.expect_ok();
}

/// Signs an attacker up with Ann's address before Ann.
async fn sign_up_as_attacker(app: &TestApp) -> Mail {
    let evil = json!({ "name": "Eve", "email": "ann@example.com", "password": "evil horse 1" });
    app.anonymous().post_auth("sign-up/email", evil).await.expect_ok();
    app.newest_mail("verification", "ann@example.com").await
}

#[tokio::test]
async fn no_password_of_repeated_sign_ups_is_valid() {
    let app = TestApp::start_with(&VERIFICATION_REQUIRED).await;
    let squatters = sign_up_as_attacker(&app).await;
    app.anonymous()
        .post_auth_strings("request-password-reset", &[("email", "ann@example.com")])
        .await
        .expect_ok();
    let reset = app.newest_mail("reset", "ann@example.com").await.link_token();
    app.clock.advance(TimeDelta::minutes(1));
    sign_up(&app, "Ann", "ann@example.com").await.expect_ok();

    // The values of the first sign-up are discarded.
    let ann = app.anonymous();
    assert_eq!(ann.open_link(&squatters).await.header("location"), "/?error=INVALID_TOKEN");
    let late = [("token", &*reset), ("newPassword", "evil horse 2")];
    app.anonymous()
        .post_auth_strings("reset-password", &late)
        .await
        .assert_error(400, "INVALID_TOKEN");
    let link = app.newest_mail("verification", "ann@example.com").await;
    assert_eq!(ann.open_link(&link).await.header("location"), "/");
    assert_no_password_signs_in(&app).await;
    let users = app.database.first_column(r#"select "name" from "user""#).await;
    assert_eq!(users, ["Ann"]);
    reset_password(&app).await;
}

#[tokio::test]
async fn a_sign_up_over_the_mail_limit_sets_no_password() {
    let limited = ["--auth-rate-limit", "true"];
    let app = TestApp::start_with(&[&VERIFICATION_REQUIRED[..], &limited[..]].concat()).await;
    sign_up_as_attacker(&app).await;
    for n in 0..5 {
        let client = app.anonymous().at_address(&format!("203.0.113.{n}"));
        client
            .post_auth_strings("send-verification-email", &[("email", "ann@example.com")])
            .await
            .expect_ok();
    }
    let link = app.newest_mail("verification", "ann@example.com").await;
    let body = json!({ "name": "Ann", "email": "ann@example.com", "password": PASSWORD });
    app.anonymous().at_address("203.0.113.9").post_auth("sign-up/email", body).await.expect_ok();
    assert_eq!(app.anonymous().open_link(&link).await.header("location"), "/");
    assert_no_password_signs_in(&app).await;
    reset_password(&app).await;
}

#[tokio::test]
async fn an_unverified_sign_up_does_not_block_the_address() {
    let app = TestApp::start_with(&VERIFICATION_REQUIRED).await;
    sign_up(&app, "Bob", "bob@example.com").await.expect_ok();
    let bob = app.anonymous();
    bob.open_link(&app.newest_mail("verification", "bob@example.com").await).await;
    bob.sign_in("bob@example.com", PASSWORD).await.expect_ok();
    sign_up_as_attacker(&app).await;
    bob.post_auth_strings("change-email", &[("newEmail", "ann@example.com")]).await.expect_ok();
    bob.open_link(&app.newest_mail("change-email-confirmation", "bob@example.com").await).await;
    bob.open_link(&app.newest_mail("change-email-verification", "ann@example.com").await).await;
    assert_eq!(bob.session().await["user"]["email"], "ann@example.com");
}

#[tokio::test]
async fn a_sign_up_with_a_taken_address_changes_nothing_and_mails_the_owner() {
    let app = TestApp::start_with(&VERIFICATION_REQUIRED).await;
    sign_up(&app, "Ann", "ann@example.com").await.expect_ok();
    let ann = app.anonymous();
    ann.open_link(&app.newest_mail("verification", "ann@example.com").await).await;
    ann.sign_in("ann@example.com", PASSWORD).await.expect_ok();

    sign_up_as_attacker(&app).await;
    assert_eq!(app.mails("account-exists", "ann@example.com").await.len(), 1);
    assert_eq!(app.mails("verification", "ann@example.com").await.len(), 1);
    assert!(ann.is_signed_in().await);
    let refused = app.anonymous().sign_in("ann@example.com", "evil horse 1").await;
    refused.assert_error(401, "INVALID_EMAIL_OR_PASSWORD");
}

#[tokio::test]
async fn a_user_who_may_have_signed_in_is_never_replaced() {
    // Ann signed up when no verification was required, and owns a book.
    let before = TestApp::start().await;
    let ann = before.signed_in("ann").await;
    ann.create_book("Emma").await;
    let app = before.restart_with(&VERIFICATION_REQUIRED).await;
    sign_up_without_effect(&app).await;

    // Bob reset the password, which requires the mailbox.
    sign_up(&app, "Bob", "bob@example.com").await.expect_ok();
    app.anonymous()
        .post_auth_strings("request-password-reset", &[("email", "bob@example.com")])
        .await
        .expect_ok();
    let token = app.newest_mail("reset", "bob@example.com").await.link_token();
    let reset = [("token", &*token), ("newPassword", PASSWORD)];
    app.anonymous().post_auth_strings("reset-password", &reset).await.expect_ok();
    sign_up(&app, "Eve", "bob@example.com").await.expect_ok();
    assert_eq!(app.mails("account-exists", "bob@example.com").await.len(), 1);

    // Cy signed in while no verification was required.
    sign_up(&app, "Cy", "cy@example.com").await.expect_ok();
    before.anonymous().sign_in("cy@example.com", PASSWORD).await.expect_ok();
    sign_up(&app, "Eve", "cy@example.com").await.expect_ok();
    assert_eq!(app.mails("account-exists", "cy@example.com").await.len(), 1);

    // Another server created a session for Dan, who owns a book.
    sign_up(&app, "Dan", "dan@example.com").await.expect_ok();
    let give = r#"update "book" set "userId" = (select "id" from "user" where "name" = 'Dan')"#;
    app.database.execute(give).await;
    sign_up(&app, "Eve", "dan@example.com").await.expect_ok();
    let mut names = app.database.first_column(r#"select "name" from "user""#).await;
    names.sort();
    assert_eq!(names, ["Bob", "Cy", "Dan", "ann"]);
}

/// Asserts that a sign-up with Ann's address changes nothing.
async fn sign_up_without_effect(app: &TestApp) {
    sign_up(app, "Eve", "ann@example.com").await.expect_ok();
    assert_eq!(app.mails("account-exists", "ann@example.com").await.len(), 1);
}

#[tokio::test]
async fn the_password_of_a_sign_up_with_a_taken_address_is_ignored() {
    let app = TestApp::start_with(&NO_AUTO_SIGN_IN).await;
    sign_up(&app, "Ann", "ann@example.com").await.expect_ok();
    let other = json!({ "name": "Eve", "email": "ann@example.com", "password": "evil horse 1" });
    app.anonymous().post_auth("sign-up/email", other).await.expect_ok();
    let refused = app.anonymous().sign_in("ann@example.com", "evil horse 1").await;
    refused.assert_error(401, "INVALID_EMAIL_OR_PASSWORD");
    app.anonymous().sign_in("ann@example.com", PASSWORD).await.expect_ok();
}
