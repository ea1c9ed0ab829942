//! Sign-in with a mailed link.

mod foreign;
mod targets;

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::it::support::{BASE_URL, Client, Mail, PASSWORD, Response, TestApp};

const ON: &str = "--auth-plugins=magic-link,two-factor";
const EMAIL: &str = "ann@example.com";
const HOME: &str = "http://localhost:3000/";
const REFUSED: &str = "http://localhost:3000/?error=INVALID_TOKEN";

async fn start(flags: &[&str]) -> TestApp {
    TestApp::start_with(&[&[ON], flags].concat()).await
}

async fn request(app: &TestApp, body: Value) -> Response {
    app.anonymous().post_auth("sign-in/magic-link", body).await
}

/// Requests a link for an address, and returns the mail.
async fn link(app: &TestApp, email: &str) -> Mail {
    assert_eq!(
        request(app, json!({ "email": email })).await.expect_ok(),
        json!({ "status": true })
    );
    app.newest_mail("magic-link", email).await
}

/// Ann, who verified her address.
async fn ann(app: &TestApp) -> Client {
    let ann = app.signed_in("ann").await;
    ann.verify_email(app, "ann").await;
    ann
}

async fn count(app: &TestApp, table: &str) -> usize {
    app.database.first_column(&format!(r#"select "id" from "{table}""#)).await.len()
}

#[tokio::test]
async fn a_mailed_link_signs_in_once() {
    let app = start(&[]).await;
    let id = ann(&app).await.user_id().await;
    let mail = link(&app, "ANN@example.com".to_lowercase().as_str()).await;
    assert!(mail.text.contains("valid for 5 minutes"), "{}", mail.text);
    let browser = app.anonymous();
    let opened = browser.open_link(&mail).await;
    assert_eq!((opened.status, opened.header("location")), (StatusCode::FOUND, HOME));
    assert_eq!(browser.user_id().await, id);
    let late = app.anonymous();
    let again = late.open_link(&mail).await;
    assert_eq!((again.status, again.header("location")), (StatusCode::FOUND, REFUSED));
    assert!(again.set_cookies().is_empty() && !late.is_signed_in().await);
    // The password is still there.
    app.anonymous().sign_in(EMAIL, PASSWORD).await.expect_ok();
}

#[tokio::test]
async fn a_link_signs_up_a_new_user() {
    let app = start(&[]).await;
    let body = json!({
        "email": "New@example.com", "name": "Nora", "callbackURL": "/books?x=1",
        "newUserCallbackURL": "/hello", "errorCallbackURL": "/sorry?y=2", "metadata": { "a": [1] },
    });
    request(&app, body).await.expect_ok();
    let mail = app.newest_mail("magic-link", "new@example.com").await;
    assert!(mail.text.starts_with("Hello,"), "{}", mail.text);
    let nora = app.anonymous();
    let opened = nora.open_link(&mail).await;
    assert_eq!(opened.header("location"), format!("{BASE_URL}/hello"));
    let user = nora.session().await["user"].clone();
    assert_eq!((&user["name"], &user["email"]), (&json!("Nora"), &json!("new@example.com")));
    assert_eq!(user["emailVerified"], true);
    assert_eq!(app.mails("welcome", "new@example.com").await.len(), 1);
    let again = nora.open_link(&mail).await;
    assert_eq!(again.header("location"), format!("{BASE_URL}/sorry?y=2&error=INVALID_TOKEN"));
    // The user is known now.
    let body = json!({
        "email": "new@example.com", "callbackURL": "/books?x=1", "newUserCallbackURL": "/hello",
    });
    request(&app, body).await.expect_ok();
    let mail = app.newest_mail("magic-link", "new@example.com").await;
    let opened = app.anonymous().open_link(&mail).await;
    assert_eq!(opened.header("location"), format!("{BASE_URL}/books?x=1"));
}

#[tokio::test]
async fn without_a_page_the_response_is_the_session() {
    let app = start(&["--auth-magic-link-store-token", "hashed"]).await;
    let token = link(&app, EMAIL).await.link_token();
    let stored = app.database.first_column(r#"select "identifier" from "verification""#).await;
    assert!(stored[0].len() == "magic-link:".len() + 43 && !stored[0].contains(&token));
    let client = app.anonymous();
    let answer = client.get_auth(&format!("magic-link/verify?token={token}")).await.expect_ok();
    assert_eq!(answer["user"]["email"], EMAIL);
    assert_eq!(answer["session"]["token"], answer["token"]);
    assert_eq!(client.session().await["session"]["token"], answer["token"]);
    let wrong = client.get_auth("magic-link/verify?token=x").await;
    assert_eq!(wrong.header("location"), REFUSED);
    client.get_auth("magic-link/verify").await.assert_error(400, "VALIDATION_ERROR");
    let posted = json!({ "token": link(&app, EMAIL).await.link_token() });
    let answer = app.anonymous().post_auth("magic-link/verify", posted).await.expect_ok();
    assert_eq!(answer["user"]["email"], EMAIL);
}

/// GHSA-hc7v-rggr-4hvx
#[tokio::test]
async fn one_of_fifty_concurrent_uses_of_a_link_succeeds() {
    for known in [true, false] {
        let app = start(&[]).await;
        if known {
            ann(&app).await;
        }
        let before = count(&app, "session").await;
        let mail = link(&app, EMAIL).await;
        let mut requests = JoinSet::new();
        for _ in 0..50 {
            let (client, mail) = (app.anonymous(), mail.clone());
            requests.spawn(async move {
                let response = client.open_link(&mail).await;
                (response.header("location").to_owned(), response.set_cookies().len())
            });
        }
        let ends = requests.join_all().await;
        let (done, refused): (Vec<_>, Vec<_>) = ends.into_iter().partition(|(_, set)| *set > 0);
        assert_eq!(done.len(), 1, "{done:?}");
        assert!(refused.iter().all(|(to, _)| to == REFUSED || to.is_empty()), "{refused:?}");
        assert_eq!(count(&app, "session").await, before + 1);
        assert_eq!(count(&app, "user").await, 1);
    }
}

#[tokio::test]
async fn a_link_expires_and_ends_with_a_password_reset() {
    let app = start(&["--auth-magic-link-expires-in", "60"]).await;
    ann(&app).await;
    let mail = link(&app, EMAIL).await;
    app.clock.advance(TimeDelta::milliseconds(60_001));
    assert_eq!(app.anonymous().open_link(&mail).await.header("location"), REFUSED);
    let mail = link(&app, EMAIL).await;
    app.anonymous()
        .post_auth_strings("request-password-reset", &[("email", EMAIL)])
        .await
        .expect_ok();
    let token = app.newest_mail("reset", EMAIL).await.link_token();
    app.anonymous().reset_password(&token, "another horse battery").await.expect_ok();
    let client = app.anonymous();
    assert_eq!(client.open_link(&mail).await.header("location"), REFUSED);
    assert!(!client.is_signed_in().await);
    let fresh = link(&app, EMAIL).await;
    assert_eq!(client.open_link(&fresh).await.header("location"), HOME);
}

#[tokio::test]
async fn a_link_that_a_node_server_mailed_works() {
    let app = start(&[]).await;
    let insert = |token: &str, value: Value| {
        format!(
            r#"insert into "verification" ("id", "identifier", "value", "expiresAt", "createdAt", "updatedAt")
               values ('{token}', 'magic-link:{token}', '{value}', '2026-11-20T12:04:00.000Z',
                       '2026-11-20T11:59:00.000Z', '2026-11-20T11:59:00.000Z')"#
        )
    };
    let known = json!({ "type": "magic-link", "email": "Ann@example.com", "name": "Ann" });
    app.database.execute(&insert("nodesToken", known)).await;
    app.database.execute(&insert("anotherKind", json!({ "type": "other" }))).await;
    let client = app.anonymous();
    let answer = client.get_auth("magic-link/verify?token=nodesToken").await.expect_ok();
    assert_eq!((&answer["user"]["email"], &answer["user"]["name"]), (&json!(EMAIL), &json!("Ann")));
    let refused = app.anonymous().get_auth("magic-link/verify?token=anotherKind").await;
    assert_eq!(refused.header("location"), REFUSED);
}

#[tokio::test]
async fn an_account_that_was_prepared_for_the_owner_is_of_no_use() {
    let app = start(&[]).await;
    let eve = app.signed_in("ann").await;
    let id = eve.user_id().await;
    let passkey = format!(
        r#"insert into "passkey" ("id", "publicKey", "userId", "credentialID", "counter", "deviceType", "backedUp")
           values ('p', 'k', '{id}', 'c', 0, 'singleDevice', false)"#
    );
    app.database.execute(&passkey).await;
    app.database.execute(r#"update "user" set "phoneNumber" = '+4930123'"#).await;
    let unfinished = format!(
        r#"insert into "twoFactor" ("id", "secret", "backupCodes", "userId", "verified")
           values ('t', 's', 'c', '{id}', false)"#
    );
    app.database.execute(&unfinished).await;
    let ann = app.anonymous();
    ann.open_link(&link(&app, EMAIL).await).await;
    assert_eq!(ann.user_id().await, id);
    assert!(ann.is_email_verified().await);
    assert!(!eve.is_signed_in().await);
    app.anonymous().sign_in(EMAIL, PASSWORD).await.assert_error(401, "INVALID_EMAIL_OR_PASSWORD");
    assert_eq!((count(&app, "account").await, count(&app, "passkey").await), (0, 0));
    assert_eq!(count(&app, "twoFactor").await, 0);
    let phones = r#"select "id" from "user" where "phoneNumber" is not null"#;
    assert!(app.database.first_column(phones).await.is_empty());
}

#[tokio::test]
async fn an_unknown_address_gets_the_response_of_a_known_one() {
    for (disabled, mails) in [("false", 1), ("true", 0)] {
        let app = start(&["--auth-magic-link-disable-sign-up", disabled]).await;
        ann(&app).await;
        let ask = async |email: &str| {
            app.count_statements(request(&app, json!({ "email": email }))).await
        };
        let ((known, known_cost), (unknown, cost)) =
            (ask(EMAIL).await, ask("nobody@example.com").await);
        assert_eq!((known.status, &known.text), (unknown.status, &unknown.text));
        assert_eq!(known_cost, cost);
        assert_eq!(app.mails("magic-link", "nobody@example.com").await.len(), mails);
    }
}

#[tokio::test]
async fn where_nobody_can_sign_up_a_link_creates_no_user() {
    for closed in ["--auth-magic-link-disable-sign-up", "--auth-disable-sign-up"] {
        let open = start(&[]).await;
        let mail = link(&open, EMAIL).await;
        let app = open.restart_with(&[ON, closed, "true"]).await;
        let refused = app.anonymous().open_link(&mail).await;
        let to = format!("{BASE_URL}/?error=new_user_signup_disabled");
        assert_eq!(refused.header("location"), to);
        request(&app, json!({ "email": EMAIL })).await.expect_ok();
        assert_eq!(app.mails("magic-link", EMAIL).await.len(), 1);
        assert_eq!(count(&app, "user").await, 0);
    }
}

#[tokio::test]
async fn a_banned_user_is_refused_and_a_second_factor_is_asked_for() {
    let app = start(&[]).await;
    ann(&app).await;
    let sessions = count(&app, "session").await;
    app.database.execute(r#"update "user" set "twoFactorEnabled" = true"#).await;
    let opened = app.anonymous().open_link(&link(&app, EMAIL).await).await;
    let to = opened.header("location");
    assert!(to.starts_with(&format!("{HOME}?twoFactorRedirect=true")), "{to}");
    let token = link(&app, EMAIL).await.link_token();
    let client = app.anonymous();
    let answer = client.get_auth(&format!("magic-link/verify?token={token}")).await.expect_ok();
    assert_eq!(answer["twoFactorRedirect"], true);
    assert!(!client.is_signed_in().await);
    app.database.execute(r#"update "user" set "banned" = true"#).await;
    let opened = app.anonymous().open_link(&link(&app, EMAIL).await).await;
    assert_eq!(opened.header("location"), format!("{HOME}?error=banned"));
    assert_eq!(count(&app, "session").await, sessions);
}

#[tokio::test]
async fn an_unverified_user_with_a_second_factor_loses_nothing_before_it_is_given() {
    let app = start(&[]).await;
    let ann = app.signed_in("ann").await;
    app.database.execute(r#"update "user" set "twoFactorEnabled" = true"#).await;
    let opened = app.anonymous().open_link(&link(&app, EMAIL).await).await;
    assert!(opened.header("location").contains("twoFactorRedirect=true"));
    assert!(ann.is_signed_in().await && !ann.is_email_verified().await);
    assert_eq!(count(&app, "account").await, 1);
}

#[tokio::test]
async fn without_the_plugin_there_is_no_route() {
    let app = TestApp::start().await;
    assert_eq!(request(&app, json!({ "email": EMAIL })).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.anonymous().get_auth("magic-link/verify?token=x").await.status.as_u16(), 404);
    let off = start(&["--app-env", "production"]).await;
    let refused = request(&off, json!({ "email": EMAIL })).await;
    assert_eq!(refused.status.as_u16(), 400, "{}", refused.text);
    let invalid = request(&off, json!({ "email": "ann" })).await;
    invalid.assert_error(400, "VALIDATION_ERROR");
}
