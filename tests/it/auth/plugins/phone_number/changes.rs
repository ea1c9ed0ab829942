//! Changes of a number by a session, and what a code alone shows.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{NUMBER, OTHER, add, code, enter, member, start, verify};
use crate::it::support::{PASSWORD, TestApp};

const NOTICE: &str = "phone-number-changed";
const EMAIL: &str = "ann@example.com";

#[tokio::test]
async fn only_a_fresh_session_changes_the_number() {
    let app = start(&[]).await;
    let ann = member(&app, "ann", NUMBER).await;
    app.clock.advance(TimeDelta::hours(25));
    let given = code(&app, OTHER).await;
    add(&ann, OTHER, &given).await.assert_error(403, "SESSION_NOT_FRESH");
    let removal = json!({ "phoneNumber": null });
    let removed = ann.post_auth("update-user", removal.clone()).await;
    removed.assert_error(403, "SESSION_NOT_FRESH");
    assert_eq!(ann.session().await["user"]["phoneNumber"], NUMBER);
    ann.post_auth("update-user", json!({ "name": "Ann" })).await.expect_ok();

    // The refusal used no code.
    let page = app.anonymous();
    page.sign_in(EMAIL, PASSWORD).await.expect_ok();
    add(&page, OTHER, &given).await.expect_ok();
    page.post_auth("update-user", removal.clone()).await.expect_ok();
    // Without a number there is nothing to remove.
    ann.post_auth("update-user", removal).await.expect_ok();
}

#[tokio::test]
async fn a_user_is_told_that_their_number_changed() {
    let app = start(&["--auth-phone-number-sign-up-on-verification=true"]).await;
    let ann = member(&app, "ann", NUMBER).await;
    assert_eq!(app.mails(NOTICE, EMAIL).await.len(), 1);
    add(&ann, OTHER, &code(&app, OTHER).await).await.expect_ok();
    assert_eq!(app.mails(NOTICE, EMAIL).await.len(), 2);
    ann.post_auth("update-user", json!({ "phoneNumber": null })).await.expect_ok();
    assert_eq!(app.mails(NOTICE, EMAIL).await.len(), 3);
    ann.post_auth("update-user", json!({ "name": "Anna" })).await.expect_ok();
    assert_eq!(app.mails(NOTICE, EMAIL).await.len(), 3);
    // No mail reaches a user without an address.
    let bob = app.anonymous();
    enter(&bob, NUMBER, &code(&app, NUMBER).await).await.expect_ok();
    add(&bob, OTHER, &code(&app, OTHER).await).await.expect_ok();
    let kinds = app.mail_kinds().await;
    assert_eq!(kinds.iter().filter(|(kind, _)| kind == NOTICE).count(), 3, "{kinds:?}");
}

#[tokio::test]
async fn a_code_alone_shows_no_profile_that_a_session_would_not() {
    let plugins = "--auth-plugins=phone-number,two-factor,email-otp";
    for (column, is_shown) in [("name", true), ("twoFactorEnabled", false), ("banned", false)] {
        let app = TestApp::start_with(&[plugins]).await;
        member(&app, "ann", NUMBER).await;
        let value = if column == "name" { "'Ann'" } else { "true" };
        app.database.execute(&format!(r#"update "user" set "{column}" = {value}"#)).await;
        let silent = json!({ "disableSession": true });
        let by_sms = verify(&app.anonymous(), NUMBER, &code(&app, NUMBER).await, silent).await;
        let ask = json!({ "email": EMAIL, "type": "email-verification" });
        let page = app.anonymous();
        page.post_auth("email-otp/send-verification-otp", ask).await.expect_ok();
        let mail = app.newest_mail("verification-code", EMAIL).await.text;
        let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|c| c.is_ascii_digit());
        let otp = mail.lines().find(is_code).unwrap();
        let by_mail = json!({ "email": EMAIL, "otp": otp });
        let by_mail = page.post_auth("email-otp/verify-email", by_mail).await;
        for answer in [by_sms, by_mail] {
            let body = answer.expect_ok();
            assert_eq!((&body["status"], &body["token"]), (&json!(true), &Value::Null));
            assert_eq!(body["user"].is_object(), is_shown, "{column} {body}");
            assert_eq!(answer.text.contains("ann"), is_shown, "{column} {body}");
        }
    }
}
