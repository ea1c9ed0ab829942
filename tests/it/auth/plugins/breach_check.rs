//! New passwords that are in a list of breached ones.

use serde_json::json;
use sha1::{Digest, Sha1};

use super::fake_service::{Answer, FakeService};
use crate::it::support::{PASSWORD, Response, TestApp};

const BREACHED: &str = "breached horse battery";
const NEW: &str = "another horse battery";

/// The digits of a hash, in two parts.
fn hash(password: &str) -> (String, String) {
    let hash = hex::encode_upper(Sha1::digest(password));
    (hash[..5].to_owned(), hash[5..].to_owned())
}

/// A list with one breached password and padding.
fn list() -> Answer {
    let (breached, padding) = (hash(BREACHED).1, hash(NEW).1);
    Answer::Text(format!("0018A45C4D1DEF81644B54AB7F969B88D65:1\r\n{breached}:37\r\n{padding}:0"))
}

async fn start(service: &FakeService, flags: &[&str]) -> TestApp {
    let url = format!("--auth-password-breach-check-url={}/range/", service.url);
    let on = ["--auth-plugins=have-i-been-pwned", url.as_str()];
    TestApp::start_with(&[&on, flags].concat()).await
}

async fn sign_up(app: &TestApp, name: &str, password: &str) -> Response {
    let email = format!("{name}@example.com");
    let fields = [("name", name), ("email", email.as_str()), ("password", password)];
    app.anonymous().post_auth_strings("sign-up/email", &fields).await
}

fn assert_breached(response: &Response) {
    response.assert_error(400, "PASSWORD_COMPROMISED");
    let message =
        "The password you entered has been compromised. Please choose a different password.";
    assert_eq!(response.json()["message"], message);
}

#[tokio::test]
async fn a_breached_password_is_refused_wherever_one_is_set() {
    let service = FakeService::start(list()).await;
    let app = start(&service, &[]).await;
    assert_breached(&sign_up(&app, "ann", BREACHED).await);
    let ann = app.signed_in("ann").await;
    let [_, request] = service.requests().try_into().unwrap();
    assert_eq!(request.path, format!("/range/{}", hash(PASSWORD).0));
    assert_eq!(request.headers["add-padding"], "true");

    let change = async |new: &str| {
        let fields = [("currentPassword", PASSWORD), ("newPassword", new)];
        ann.post_auth_strings("change-password", &fields).await
    };
    assert_breached(&change(BREACHED).await);
    let email = [("email", "ann@example.com")];
    app.anonymous().post_auth_strings("request-password-reset", &email).await.expect_ok();
    let token = app.newest_mail("reset", "ann@example.com").await.link_token();
    assert_breached(&app.anonymous().reset_password(&token, BREACHED).await);
    // The refused password did not consume the link.
    app.anonymous().reset_password(&token, NEW).await.expect_ok();

    // Passwords that users have are not checked.
    service.requests();
    app.anonymous().sign_in("ann@example.com", NEW).await.expect_ok();
    // A wrong link causes no request to the service.
    app.anonymous().reset_password("wrong", BREACHED).await.assert_error(400, "INVALID_TOKEN");
    assert!(service.requests().is_empty());
}

#[tokio::test]
async fn taken_addresses_get_the_same_answer() {
    let service = FakeService::start(list()).await;
    let flags = ["--auth-require-email-verification", "true"];
    let app = start(&service, &flags).await;
    sign_up(&app, "ann", PASSWORD).await.expect_ok();
    let (taken, free) =
        (sign_up(&app, "ann", BREACHED).await, sign_up(&app, "bob", BREACHED).await);
    assert_breached(&taken);
    assert_eq!((taken.status, taken.text), (free.status, free.text));
    assert_eq!(service.requests().len(), 3);
}

#[tokio::test]
async fn a_service_that_fails_is_ignored_unless_the_settings_say_otherwise() {
    let service = FakeService::start(list()).await;
    let (open, closed) = (
        start(&service, &[]).await,
        start(&service, &["--auth-password-breach-check-fail=closed"]).await,
    );
    let later = "Failed to check password. Please try again later.";
    let malformed = Answer::Text(format!("{}:many", hash(BREACHED).1));
    for (index, (answer, message)) in [
        (Answer::Status(503), "Failed to check password. Status: 503"),
        (malformed, later),
        (Answer::Text("<html>busy</html>".to_owned()), later),
        (Answer::Text(String::new()), later),
        (Answer::Silence, later),
    ]
    .into_iter()
    .enumerate()
    {
        service.answer(answer);
        sign_up(&open, &format!("ann{index}"), BREACHED).await.expect_ok();
        let refused = sign_up(&closed, &format!("ann{index}"), BREACHED).await;
        assert_eq!(refused.status.as_u16(), 500, "{}", refused.text);
        assert_eq!(refused.json(), json!({ "message": message }));
    }
    let users = r#"select "id" from "user""#;
    assert_eq!(closed.database.first_column(users).await.len(), 0);
    assert_eq!(open.database.first_column(users).await.len(), 5);
    // Nothing listens there.
    let down =
        ["--auth-plugins=have-i-been-pwned", "--auth-password-breach-check-url=http://127.0.0.1:1"];
    let app = TestApp::start_with(&down).await;
    sign_up(&app, "ann", BREACHED).await.expect_ok();
}

#[tokio::test]
async fn without_the_plugin_nobody_is_asked() {
    let service = FakeService::start(list()).await;
    let url = format!("--auth-password-breach-check-url={}", service.url);
    let app = TestApp::start_with(&[&url]).await;
    sign_up(&app, "ann", BREACHED).await.expect_ok();
    assert!(service.requests().is_empty());
    let app = TestApp::start_with(&[&url, "--auth-password-breach-check", "true"]).await;
    assert_breached(&sign_up(&app, "ann", BREACHED).await);
}
