//! Sign-up that must not reveal existing accounts: with required email verification, or without
//! automatic sign-in.

mod attacker;

use axum::http::StatusCode;
use serde_json::{Value, json};
use server::seed;
use tokio::task::JoinSet;

use crate::it::support::{PASSWORD, Response, TestApp, without_unavailable};

const VERIFICATION_REQUIRED: [&str; 2] = ["--auth-require-email-verification", "true"];
const NO_AUTO_SIGN_IN: [&str; 2] = ["--auth-auto-sign-in", "false"];

/// Signs up with this name and address.
async fn sign_up(app: &TestApp, name: &str, email: &str) -> Response {
    let body = json!({ "name": name, "email": email, "password": PASSWORD, "image": "/x.png" });
    app.anonymous().post_auth("sign-up/email", body).await
}

/// Returns the field names of an object in order, each with the length of its string.
fn shape(value: &Value) -> Vec<(String, usize)> {
    let fields = value.as_object().unwrap().iter();
    fields
        .flat_map(|(name, value)| match value {
            Value::Object(_) => shape(value),
            value => vec![(name.clone(), value.to_string().len())],
        })
        .collect()
}

#[tokio::test]
async fn a_user_must_verify_the_address_before_signing_in() {
    let app = TestApp::start_with(&VERIFICATION_REQUIRED).await;
    let response = sign_up(&app, "Ann", "ann@example.com").await;
    assert_eq!(response.expect_ok()["token"], Value::Null);
    assert!(response.set_cookies().is_empty());

    let ann = app.anonymous();
    ann.sign_in("ann@example.com", "wrong horse battery")
        .await
        .assert_error(401, "INVALID_EMAIL_OR_PASSWORD");
    ann.sign_in("ann@example.com", PASSWORD).await.assert_error(403, "EMAIL_NOT_VERIFIED");
    assert!(app.database.first_column(r#"select "id" from "session""#).await.is_empty());
    assert_eq!(app.mails("verification", "ann@example.com").await.len(), 1);

    let followed = ann.open_link(&app.newest_mail("verification", "ann@example.com").await).await;
    assert_eq!((followed.status, followed.header("location")), (StatusCode::FOUND, "/"));
    assert!(!ann.is_signed_in().await);
    ann.sign_in("ann@example.com", PASSWORD).await.expect_ok();
    assert!(ann.is_signed_in().await);
}

#[tokio::test]
async fn users_created_by_command_sign_in_without_verification() {
    let app = TestApp::start_with(&VERIFICATION_REQUIRED).await;
    seed::demo(&app.app.db, &app.app.auth, &app.clock, false).await.unwrap();
    let alice = app.anonymous();
    alice.sign_in("alice@example.com", "correct horse battery").await.expect_ok();
    assert!(alice.is_signed_in().await);
    assert!(app.mail_kinds().await.is_empty());
}

#[tokio::test]
async fn a_taken_address_gets_the_response_of_a_free_one() {
    for flags in [VERIFICATION_REQUIRED, NO_AUTO_SIGN_IN] {
        let app = TestApp::start_with(&flags).await;
        let first = sign_up(&app, "Ann", "ann@example.com").await;
        let second = sign_up(&app, "Ann", "Ann@example.com").await;

        assert_eq!(shape(&first.expect_ok()), shape(&second.expect_ok()));
        let (mut first_user, mut second_user) =
            (first.json()["user"].clone(), second.json()["user"].clone());
        assert_eq!(first_user["role"], "user");
        assert_ne!(first_user["id"].take(), second_user["id"].take());
        assert_eq!(first_user, second_user);
        let names = |response: &Response| -> Vec<_> {
            response.headers.keys().map(|name| name.as_str().to_owned()).collect()
        };
        assert_eq!(names(&first), names(&second));
        assert_eq!(app.database.first_column(r#"select "id" from "user""#).await.len(), 1);
        // Each address got a mail.
        assert_eq!(app.mail_kinds().await.len(), 2);
    }
}

#[tokio::test]
async fn a_taken_address_causes_as_many_statements_as_a_free_one() {
    for flags in [VERIFICATION_REQUIRED, NO_AUTO_SIGN_IN] {
        let app = TestApp::start_with(&flags).await;
        let (_, free) = app.count_statements(sign_up(&app, "Ann", "ann@example.com")).await;
        let (_, taken_statements) =
            app.count_statements(sign_up(&app, "Ann", "ann@example.com")).await;
        app.database
            .execute(r#"update "user" set "emailVerified" = true, "pending" = false"#)
            .await;
        let (_, verified) = app.count_statements(sign_up(&app, "Ann", "ann@example.com")).await;
        assert_eq!((free, free), (taken_statements, verified), "{flags:?}");
    }
}

#[tokio::test]
async fn exhausting_the_mail_limit_of_an_address_voids_no_link() {
    let limited = ["--auth-rate-limit", "true"];
    let app = TestApp::start_with(&[&VERIFICATION_REQUIRED[..], &limited[..]].concat()).await;
    let sign_up = async |n: usize| {
        let body = json!({ "name": "Ann", "email": "ann@example.com", "password": PASSWORD });
        let client = app.anonymous().at_address(&format!("203.0.113.{n}"));
        client.post_auth("sign-up/email", body).await.expect_ok()
    };
    let first = sign_up(0).await;
    for n in 1..9 {
        assert_eq!(shape(&sign_up(n).await), shape(&first));
    }
    assert_eq!(app.mails("verification", "ann@example.com").await.len(), 5);
    let link = app.newest_mail("verification", "ann@example.com").await;
    assert_eq!(app.anonymous().open_link(&link).await.header("location"), "/");
}

#[tokio::test]
async fn fifty_concurrent_sign_ups_with_one_address_get_equal_responses() {
    let app = TestApp::start_with(&VERIFICATION_REQUIRED).await;
    let mut requests = JoinSet::new();
    for _ in 0..50 {
        let client = app.anonymous();
        let body = json!({ "name": "A", "email": "ann@example.com", "password": PASSWORD });
        requests.spawn(async move {
            let response = client.post_auth("sign-up/email", body).await;
            (response.status_and_code(), response)
        });
    }
    let (outcomes, responses): (Vec<_>, Vec<_>) = requests.join_all().await.into_iter().unzip();
    let outcomes = without_unavailable(outcomes);
    assert!(
        outcomes.len() > 1 && outcomes.iter().all(|(status, _)| *status == 200),
        "{outcomes:?}"
    );
    let done = responses.iter().filter(|response| response.status == StatusCode::OK);
    let mut shapes: Vec<_> = done.map(|response| shape(&response.json())).collect();
    shapes.dedup();
    assert_eq!(shapes.len(), 1, "{shapes:?}");
    assert_eq!(app.database.first_column(r#"select "id" from "user""#).await.len(), 1);
    // Each concurrent sign-up replaces the one before it: only the last link is valid, and no
    // password.
    assert_eq!(app.database.first_column(r#"select "id" from "account""#).await.len(), 0);
    let mut links = app.mails("verification", "ann@example.com").await;
    let newest = links.remove(0);
    for link in links {
        assert_eq!(
            app.anonymous().open_link(&link).await.header("location"),
            "/?error=INVALID_TOKEN"
        );
    }
    assert_eq!(app.anonymous().open_link(&newest).await.header("location"), "/");
}

#[tokio::test]
async fn without_auto_sign_in_a_new_user_signs_in_separately() {
    let app = TestApp::start_with(&NO_AUTO_SIGN_IN).await;
    let response = sign_up(&app, "Ann", "ann@example.com").await;
    assert_eq!(response.expect_ok()["token"], Value::Null);
    assert!(response.set_cookies().is_empty());
    let ann = app.anonymous();
    ann.sign_in("ann@example.com", PASSWORD).await.expect_ok();
    assert!(ann.is_signed_in().await);
}

#[tokio::test]
async fn a_refused_sign_in_mails_the_link_again_if_configured() {
    let flags = [
        VERIFICATION_REQUIRED[0],
        VERIFICATION_REQUIRED[1],
        "--auth-send-verification-on-sign-in",
        "true",
    ];
    let app = TestApp::start_with(&flags).await;
    sign_up(&app, "Ann", "ann@example.com").await.expect_ok();
    let sent = async || app.mails("verification", "ann@example.com").await.len();
    assert_eq!(sent().await, 1);

    let ann = app.anonymous();
    ann.sign_in("ann@example.com", "wrong horse battery").await;
    assert_eq!(sent().await, 1, "a wrong password causes no mail");
    let fields =
        [("email", "ann@example.com"), ("password", PASSWORD), ("callbackURL", "/welcome?x=1")];
    ann.post_auth_strings("sign-in/email", &fields).await.assert_error(403, "EMAIL_NOT_VERIFIED");
    assert_eq!(sent().await, 2);
    let response = ann.open_link(&app.newest_mail("verification", "ann@example.com").await).await;
    assert_eq!(response.header("location"), "/welcome?x=1");
}

#[tokio::test]
async fn the_link_at_sign_up_can_be_disabled() {
    let flags = [
        VERIFICATION_REQUIRED[0],
        VERIFICATION_REQUIRED[1],
        "--auth-send-verification-on-sign-up",
        "false",
    ];
    let app = TestApp::start_with(&flags).await;
    sign_up(&app, "Ann", "ann@example.com").await.expect_ok();
    assert_eq!(app.mails("verification", "ann@example.com").await.len(), 0);
}

#[tokio::test]
async fn submitting_the_links_page_signs_in_if_configured() {
    let flags = [
        VERIFICATION_REQUIRED[0],
        VERIFICATION_REQUIRED[1],
        "--auth-auto-sign-in-after-verification",
        "true",
    ];
    let app = TestApp::start_with(&flags).await;
    sign_up(&app, "Ann", "ann@example.com").await.expect_ok();
    let link = app.newest_mail("verification", "ann@example.com").await;

    let ann = app.anonymous();
    let response = ann.confirm_link(&link).await;
    assert!(!response.header("set-auth-token").is_empty());
    assert!(ann.is_signed_in().await);
    // A link is valid once; a later reader gets nothing.
    let eve = app.anonymous();
    assert!(eve.open_link(&link).await.set_cookies().is_empty());
    assert!(!eve.is_signed_in().await);
}
