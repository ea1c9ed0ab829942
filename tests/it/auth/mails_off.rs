//! Settings that disable mails which better-auth does not send.

use serde_json::json;

use crate::it::support::{PASSWORD, TestApp};

const EMAIL: &str = "ann@example.com";
const NEW: &str = "another horse battery";
const OFF: [&str; 4] = ["--mail-welcome", "false", "--mail-password-changed", "false"];

/// Signs up, verifies, and changes and resets the password. Returns the kinds of mails sent.
async fn sent_mail_kinds(flags: &[&str]) -> Vec<String> {
    let app = TestApp::start_with(flags).await;
    let ann = app.signed_in("ann").await;
    ann.verify_email(&app, "ann").await;
    let fields = [("currentPassword", PASSWORD), ("newPassword", NEW)];
    ann.post_auth_strings("change-password", &fields).await.expect_ok();
    app.anonymous()
        .post_auth_strings("request-password-reset", &[("email", EMAIL)])
        .await
        .expect_ok();
    let token = app.newest_mail("reset", EMAIL).await.link_token();
    let fields = [("token", &*token), ("newPassword", PASSWORD)];
    app.anonymous().post_auth_strings("reset-password", &fields).await.expect_ok();
    app.mail_kinds().await.into_iter().map(|(kind, _)| kind).collect()
}

#[tokio::test]
async fn welcome_and_password_mails_can_be_disabled() {
    let all = ["welcome", "verification", "password-changed", "reset", "password-changed"];
    assert_eq!(sent_mail_kinds(&[]).await, all);
    assert_eq!(sent_mail_kinds(&OFF).await, ["verification", "reset"]);
    assert_eq!(sent_mail_kinds(&OFF[..2]).await, all[1..]);
    assert_eq!(sent_mail_kinds(&OFF[2..]).await, ["welcome", "verification", "reset"]);
}

/// Signing up with a taken address mails its owner, so both cases need equal work.
#[tokio::test]
async fn a_sign_up_without_a_welcome_mail_needs_equal_statements() {
    let hidden = [
        "--auth-require-email-verification",
        "true",
        "--auth-send-verification-on-sign-up",
        "false",
    ];
    let app = TestApp::start_with(&[&hidden[..], &OFF].concat()).await;
    let sign_up = async |name: &str| {
        let email = format!("{name}@example.com");
        let body = json!({ "name": name, "email": email, "password": PASSWORD });
        let client = app.anonymous();
        let (response, cost) = app.count_statements(client.post_auth("sign-up/email", body)).await;
        response.expect_ok();
        cost
    };
    sign_up("ann").await;
    assert!(app.mail_kinds().await.is_empty());
    app.anonymous().sign_in(EMAIL, PASSWORD).await.assert_error(403, "EMAIL_NOT_VERIFIED");
    app.anonymous().verify_email(&app, "ann").await;
    app.anonymous().sign_in(EMAIL, PASSWORD).await.expect_ok();
    assert_eq!(sign_up("ann").await, sign_up("bob").await);
}
