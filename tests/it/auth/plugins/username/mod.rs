//! User names: sign-in, availability, and the fields of sign-up and updates.

mod fields;

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::it::support::{Client, PASSWORD, Response, TestApp};

const ON: &str = "--auth-plugins=username";
const WRONG: (u16, &str) = (401, "INVALID_USERNAME_OR_PASSWORD");

async fn start(flags: &[&str]) -> TestApp {
    TestApp::start_with(&[&[ON], flags].concat()).await
}

async fn sign_up(client: &Client, name: &str, fields: Value) -> Response {
    let email = format!("{name}@example.com");
    let mut body = json!({ "name": name, "email": email, "password": PASSWORD });
    let object = body.as_object_mut().unwrap();
    object.extend(fields.as_object().unwrap().clone());
    client.post_auth("sign-up/email", body).await
}

/// Signs up a user with this user name.
async fn member(app: &TestApp, name: &str, username: &str) -> Client {
    let client = app.anonymous();
    sign_up(&client, name, json!({ "username": username })).await.expect_ok();
    client
}

async fn sign_in(client: &Client, username: &str, password: &str) -> Response {
    let fields = [("username", username), ("password", password)];
    client.post_auth_strings("sign-in/username", &fields).await
}

async fn update(client: &Client, fields: Value) -> Response {
    client.post_auth("update-user", fields).await
}

#[track_caller]
fn assert_wrong(response: &Response) {
    response.assert_error(WRONG.0, WRONG.1);
}

#[tokio::test]
async fn a_user_name_signs_in_however_it_is_written() {
    let app = start(&[]).await;
    let ann = app.anonymous();
    let body = sign_up(&ann, "ann", json!({ "username": "Ann_1" })).await.expect_ok();
    let names = |user: &Value| (user["username"].clone(), user["displayUsername"].clone());
    assert_eq!(names(&body["user"]), (json!("ann_1"), json!("Ann_1")));
    assert_eq!(names(&ann.session().await["user"]), (json!("ann_1"), json!("Ann_1")));

    let page = app.anonymous();
    let fields = json!({
        "username": "ANN_1", "password": PASSWORD, "callbackURL": "/there", "rememberMe": false,
    });
    let response = page.post_auth("sign-in/username", fields).await;
    let answer = response.expect_ok();
    assert_eq!((&answer["redirect"], &answer["url"]), (&json!(true), &json!("/there")));
    assert_eq!(response.header("location"), "/there");
    assert_eq!(page.session().await["session"]["token"], answer["token"]);
    let answer = sign_in(&app.anonymous(), "ann_1", PASSWORD).await.expect_ok();
    assert_eq!(answer["redirect"], false);
    assert!(answer.get("url").is_none());
    assert!(app.anonymous().sign_in("ann@example.com", PASSWORD).await.status.is_success());
}

#[tokio::test]
async fn an_unknown_name_is_refused_as_a_wrong_password_is() {
    let app = start(&[]).await;
    member(&app, "ann", "ann").await;
    let client = app.anonymous();
    // The first check reads the forms of stored hashes.
    assert_wrong(&sign_in(&client, "ann", "wrong horse battery").await);
    let wrong = app.count_statements(sign_in(&client, "ann", "wrong horse battery")).await;
    let unknown = app.count_statements(sign_in(&client, "nobody", "wrong horse battery")).await;
    assert_wrong(&wrong.0);
    assert_eq!((wrong.0.status, &wrong.0.text), (unknown.0.status, &unknown.0.text));
    assert_eq!(wrong.1, unknown.1);
    assert!(unknown.0.set_cookies().is_empty());
    // A user without a password is unknown, too.
    app.database.execute(r#"delete from "account""#).await;
    assert_wrong(&sign_in(&client, "ann", PASSWORD).await);
}

#[tokio::test]
async fn sign_in_refuses_names_that_no_user_can_have() {
    let app = start(&[]).await;
    let client = app.anonymous();
    assert_wrong(&sign_in(&client, "", PASSWORD).await);
    assert_wrong(&sign_in(&client, "ann", "").await);
    sign_in(&client, "an", PASSWORD).await.assert_error(422, "USERNAME_TOO_SHORT");
    sign_in(&client, &"a".repeat(31), PASSWORD).await.assert_error(422, "USERNAME_TOO_LONG");
    for name in ["ann smith", "änn", "ann\0", "ann\n"] {
        sign_in(&client, name, PASSWORD).await.assert_error(422, "INVALID_USERNAME");
    }
    sign_in(&client, "ann", &"x".repeat(129)).await.assert_error(400, "PASSWORD_TOO_LONG");
    let typed = client.post_auth("sign-in/username", json!({ "username": 5 })).await;
    typed.assert_error(400, "VALIDATION_ERROR");
    let evil =
        json!({ "username": "ann", "password": PASSWORD, "callbackURL": "https://x.example" });
    let evil = client.post_auth("sign-in/username", evil).await;
    assert_eq!(evil.status.as_u16(), 403, "{}", evil.text);
}

#[tokio::test]
async fn anyone_may_ask_whether_a_name_is_free() {
    let app = start(&[]).await;
    member(&app, "ann", "ann").await;
    let client = app.anonymous();
    let ask = async |name: &str| {
        client.post_auth_strings("is-username-available", &[("username", name)]).await
    };
    assert_eq!(ask("ANN").await.expect_ok(), json!({ "available": false }));
    assert_eq!(ask("bob").await.expect_ok(), json!({ "available": true }));
    ask("").await.assert_error(422, "INVALID_USERNAME");
    ask("an").await.assert_error(422, "USERNAME_TOO_SHORT");
    ask(&"a".repeat(31)).await.assert_error(422, "USERNAME_TOO_LONG");
    ask("änn").await.assert_error(422, "INVALID_USERNAME");
    client
        .post_auth("is-username-available", json!({}))
        .await
        .assert_error(400, "VALIDATION_ERROR");
}

#[tokio::test]
async fn asking_for_names_has_a_limit() {
    let app = start(&["--auth-rate-limit", "true"]).await;
    let client = app.anonymous().at_address("203.0.113.1");
    let ask = async || {
        client.post_auth_strings("is-username-available", &[("username", "bob")]).await.status
    };
    let mut allowed = 0;
    while allowed < 200 && ask().await.is_success() {
        allowed += 1;
    }
    assert_eq!(allowed, 30);
    app.clock.advance(TimeDelta::minutes(1));
    assert!(ask().await.is_success());
}

#[tokio::test]
async fn an_unverified_user_gets_the_link_again_and_a_banned_one_no_session() {
    let app = start(&[
        "--auth-require-email-verification=true",
        "--auth-send-verification-on-sign-in=true",
        "--auth-send-verification-on-sign-up=false",
    ])
    .await;
    let client = app.anonymous();
    sign_up(&client, "ann", json!({ "username": "ann" })).await.expect_ok();
    assert_wrong(&sign_in(&client, "ann", "wrong horse battery").await);
    let before = app.mails("verification", "ann@example.com").await.len();
    sign_in(&client, "ann", PASSWORD).await.assert_error(403, "EMAIL_NOT_VERIFIED");
    assert_eq!(app.mails("verification", "ann@example.com").await.len(), before + 1);
    app.database.execute(r#"update "user" set "emailVerified" = true"#).await;
    sign_in(&app.anonymous(), "ann", PASSWORD).await.expect_ok();
    app.database.execute(r#"update "user" set "banned" = true"#).await;
    let banned = app.anonymous();
    sign_in(&banned, "ann", PASSWORD).await.assert_error(403, "BANNED_USER");
    assert!(banned.has_no_session());
}

#[tokio::test]
async fn a_second_factor_is_asked_for() {
    let app = TestApp::start_with(&["--auth-plugins=username,two-factor"]).await;
    member(&app, "ann", "ann").await;
    app.database.execute(r#"update "user" set "twoFactorEnabled" = true"#).await;
    let client = app.anonymous();
    let answer = sign_in(&client, "ann", PASSWORD).await.expect_ok();
    assert_eq!(answer["twoFactorRedirect"], true);
    assert!(answer.get("token").is_none());
    assert_eq!(client.session().await, Value::Null);
}

#[tokio::test]
async fn the_names_of_a_user_share_a_limit_of_wrong_passwords_that_does_not_show() {
    let app = start(&["--auth-rate-limit", "true"]).await;
    member(&app, "ann", "ann").await;
    for index in 0..60_u8 {
        let client = app.anonymous().at_address(&format!("203.0.113.{index}"));
        let wrong = "wrong horse battery";
        let response = if index % 2 == 0 {
            sign_in(&client, "ann", wrong).await
        } else {
            client.sign_in("ann@example.com", wrong).await
        };
        assert_eq!(response.status.as_u16(), 401, "{index} {}", response.text);
    }
    let client = app.anonymous().at_address("203.0.113.200");
    assert_wrong(&sign_in(&client, "ann", PASSWORD).await);
    assert_wrong(&sign_in(&client, "nobody", PASSWORD).await);
    app.clock.advance(TimeDelta::minutes(1));
    sign_in(&client, "ann", PASSWORD).await.expect_ok();
}
