//! The route `sign-up/email`.

use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::it::support::{PASSWORD, TestApp, without_unavailable};

/// Returns the body of a sign-up with this address.
fn body(email: &str) -> Value {
    json!({ "name": "Ann", "email": email, "password": PASSWORD })
}

#[tokio::test]
async fn signing_up_starts_a_session() {
    let app = TestApp::start().await;
    let ann = app.anonymous();
    let response = ann.post_auth("sign-up/email", body("Ann@Example.com")).await.expect_ok();
    assert_eq!(response["token"], ann.session_token());
    assert_eq!(response["user"]["email"], "ann@example.com");
    assert_eq!(ann.session().await["user"], response["user"]);
    assert!(ann.is_signed_in().await);
}

#[tokio::test]
async fn a_taken_address_is_refused_in_any_case() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    for email in ["ann@example.com", "ANN@example.com", "Ann@EXAMPLE.COM"] {
        let refused = app.anonymous().post_auth("sign-up/email", body(email)).await;
        refused.assert_error(422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL");
        assert!(refused.set_cookies().is_empty());
    }
    assert_eq!(app.database.first_column(r#"select "id" from "user""#).await.len(), 1);
}

#[tokio::test]
async fn one_of_fifty_concurrent_sign_ups_with_one_address_succeeds() {
    let app = TestApp::start().await;
    let mut requests = JoinSet::new();
    for _ in 0..50 {
        let client = app.anonymous();
        requests.spawn(async move {
            client.post_auth("sign-up/email", body("ann@example.com")).await.status_and_code()
        });
    }
    let mut outcomes = without_unavailable(requests.join_all().await);
    outcomes.sort();
    let conflict = (422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL".to_owned());
    assert_eq!(outcomes.remove(0), (200, String::new()));
    assert!(!outcomes.is_empty() && outcomes.iter().all(|end| *end == conflict), "{outcomes:?}");
    for table in ["user", "account", "session"] {
        let ids = app.database.first_column(&format!(r#"select "id" from "{table}""#)).await;
        assert_eq!(ids.len(), 1, "{table}");
    }
}

#[tokio::test]
async fn sign_up_can_be_disabled() {
    let app = TestApp::start_with(&["--auth-disable-sign-up", "true"]).await;
    let refused = app.anonymous().post_auth("sign-up/email", body("ann@example.com")).await;
    refused.assert_error(400, "EMAIL_PASSWORD_SIGN_UP_DISABLED");
    assert!(app.database.first_column(r#"select "id" from "user""#).await.is_empty());
}

#[tokio::test]
async fn lengths_are_limited() {
    let app = TestApp::start().await;
    let long = |length: usize| format!("{}@example.com", "a".repeat(length - 12));
    let good = json!({ "name": "Ann", "email": "ann@example.com", "password": PASSWORD });
    for (field, value, refusal) in [
        ("name", "x".repeat(301), (400, "VALIDATION_ERROR")),
        ("email", long(255), (400, "VALIDATION_ERROR")),
        ("email", "ann@example".to_owned(), (400, "VALIDATION_ERROR")),
        ("email", "ann@example.com\u{0}".to_owned(), (400, "VALIDATION_ERROR")),
        ("email", "ann@example.com\r\nBcc: x@y.zz".to_owned(), (400, "VALIDATION_ERROR")),
        ("email", "ann@ex\u{e4}mple.com".to_owned(), (400, "VALIDATION_ERROR")),
        ("password", String::new(), (400, "VALIDATION_ERROR")),
        ("password", "x".repeat(7), (400, "PASSWORD_TOO_SHORT")),
        ("password", "x".repeat(129), (400, "PASSWORD_TOO_LONG")),
    ] {
        let mut body = good.clone();
        body[field] = json!(value);
        let refused = app.anonymous().post_auth("sign-up/email", body).await;
        refused.assert_error(refusal.0, refusal.1);
    }
    assert!(app.database.first_column(r#"select "id" from "user""#).await.is_empty());

    let maximal = json!({
        "name": "\u{1f40e}".repeat(300), "email": long(254), "password": "x".repeat(128),
    });
    let ann = app.anonymous();
    ann.post_auth("sign-up/email", maximal).await.expect_ok();
    app.anonymous().sign_in(&long(254), &"x".repeat(128)).await.expect_ok();
}

#[tokio::test]
async fn sign_up_ignores_role_and_email_verified() {
    let app = TestApp::start().await;
    let (client, mut wants) = (app.anonymous(), body("ann@example.com"));
    wants["role"] = json!("admin_rw");
    client.post_auth("sign-up/email", wants).await.assert_error(400, "FIELD_NOT_ALLOWED");

    let mut wants = body("ann@example.com");
    for (field, value) in [
        ("emailVerified", json!(true)),
        ("id", json!("mine")),
        ("createdAt", json!("2000-01-01T00:00:00.000Z")),
        ("deletedAt", json!("2000-01-01T00:00:00.000Z")),
        ("role", json!(null)),
    ] {
        wants[field] = value;
    }
    let user = client.post_auth("sign-up/email", wants).await.expect_ok()["user"].clone();
    assert_eq!((&user["emailVerified"], &user["role"]), (&json!(false), &json!("user")));
    assert_eq!(user["createdAt"], "2026-11-20T12:00:00.000Z");
    assert_ne!(user["id"], "mine");

    let update = json!({ "name": "Ann II", "emailVerified": true, "id": "mine" });
    client.post_auth("update-user", update).await.expect_ok();
    let now = client.session().await["user"].clone();
    assert_eq!((&now["emailVerified"], &now["id"]), (&json!(false), &user["id"]));
    for role in [json!("admin_rw"), json!(null), json!(["admin_rw"])] {
        let wants = json!({ "name": "x", "role": role });
        client.post_auth("update-user", wants).await.assert_error(400, "FIELD_NOT_ALLOWED");
    }
    assert_eq!(client.session().await["user"]["name"], "Ann II");
}

#[tokio::test]
async fn a_new_user_gets_a_welcome_mail() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    let mail = app.newest_mail("welcome", "ann@example.com").await;
    assert!(mail.text.contains("ann") && !mail.text.contains(PASSWORD), "{}", mail.text);
    assert_eq!(app.mail_kinds().await.len(), 1);
}

#[tokio::test]
async fn the_welcome_mail_follows_the_verification() {
    let app = TestApp::start_with(&["--auth-send-verification-on-sign-up", "true"]).await;
    let ann = app.signed_in("ann").await;
    let to = "ann@example.com";
    assert_eq!(app.mails("welcome", to).await.len(), 0);
    let link = app.newest_mail("verification", to).await;
    for _ in 0..2 {
        assert_eq!(ann.open_link(&link).await.status, StatusCode::FOUND);
        assert_eq!(app.mails("welcome", to).await.len(), 1);
    }
}

#[tokio::test]
async fn sign_up_works_in_production_without_a_mail_server() {
    let app = TestApp::start_with(&["--app-env", "production"]).await;
    let ann = app.signed_in("ann").await;
    assert!(ann.is_signed_in().await);
    assert!(app.database.first_column(r#"select "id" from "mail""#).await.is_empty());
}
