//! How often the password of one account may be tried, and by one client.

use chrono::TimeDelta;
use serde_json::json;

use crate::it::support::{Answer, Client, PASSWORD, TestApp};

const TOO_MANY: &str = r#"{"message":"Too many requests. Please try again later."}"#;

async fn start(storage: &str) -> TestApp {
    TestApp::start_with(&["--auth-rate-limit", "true", "--auth-rate-limit-storage", storage]).await
}

/// Signs in from an address that nobody had before.
async fn try_from(app: &TestApp, n: u8, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "password": password });
    let client = app.anonymous().at(&format!("203.0.113.{n}"));
    client.post("/api/auth/sign-in/email", body).await
}

/// Tries until it is too much: how often, and the last answer.
async fn exhaust(app: &TestApp, email: &str) -> (u8, Answer) {
    for n in 0..=60 {
        let answer = try_from(app, n, email, "wrong horse battery").await;
        if answer.status.as_u16() != 401 {
            return (n, answer);
        }
    }
    panic!("never too much");
}

#[tokio::test]
async fn one_account_takes_forty_passwords_a_minute_from_all_addresses() {
    for storage in ["memory", "database"] {
        let app = start(storage).await;
        app.signed_in("ann").await;

        let (tried, refused) = exhaust(&app, "ann@example.com").await;

        assert_eq!((tried, refused.status.as_u16()), (40, 429), "{storage}");
        assert_eq!(refused.text, TOO_MANY);
        assert_eq!(refused.header("x-retry-after"), "60");
        assert_eq!(refused.header("retry-after"), "60");
        // The right one is refused, too, in every spelling of the address.
        let right = try_from(&app, 200, "ANN@Example.com", PASSWORD).await;
        assert_eq!((right.status.as_u16(), right.text.as_str()), (429, TOO_MANY));
        // Somebody else is not.
        assert_eq!(try_from(&app, 201, "bob@example.com", PASSWORD).await.status.as_u16(), 401);
        app.clock.advance(TimeDelta::minutes(1));
        let right = try_from(&app, 202, "ann@example.com", PASSWORD).await;
        assert_eq!(right.status.as_u16(), 200, "{}", right.text);
    }
}

#[tokio::test]
async fn an_account_that_does_not_exist_is_limited_alike() {
    let app = start("memory").await;
    app.signed_in("ann").await;
    let (known, of_ann) = exhaust(&app, "ann@example.com").await;
    let (unknown, of_nobody) = exhaust(&app, "nobody@example.com").await;
    assert_eq!(known, unknown);
    assert_eq!((of_ann.status, of_ann.text), (of_nobody.status, of_nobody.text));
    for name in ["x-retry-after", "retry-after"] {
        assert_eq!(of_ann.headers[name], of_nobody.headers[name]);
    }
}

async fn verify(client: &Client, password: &str) -> u16 {
    let body = json!({ "password": password });
    client.post("/api/auth/verify-password", body).await.status.as_u16()
}

#[tokio::test]
async fn one_client_tries_twenty_four_passwords_a_minute_wherever_it_asks() {
    let app = start("memory").await;
    let ann = app.anonymous().at("192.0.2.1");
    ann.sign_up("ann").await;
    for n in 0..24 {
        assert_eq!(verify(&ann, "wrong horse battery").await, 400, "{n}");
    }
    for (path, body) in [
        ("verify-password", json!({ "password": PASSWORD })),
        ("sign-in/email", json!({ "email": "ann@example.com", "password": PASSWORD })),
        ("sign-in/email", json!({ "email": "bob@example.com", "password": PASSWORD })),
        ("delete-user", json!({ "password": PASSWORD })),
        (
            "change-password",
            json!({ "currentPassword": PASSWORD, "newPassword": "another horse battery" }),
        ),
    ] {
        let refused = ann.post(&format!("/api/auth/{path}"), body).await;
        assert_eq!((refused.status.as_u16(), refused.text.as_str()), (429, TOO_MANY), "{path}");
    }
    // Alone it has not shut the owner out.
    let elsewhere = try_from(&app, 1, "ann@example.com", PASSWORD).await;
    assert_eq!(elsewhere.status.as_u16(), 200, "{}", elsewhere.text);
    app.clock.advance(TimeDelta::minutes(1));
    assert_eq!(verify(&ann, PASSWORD).await, 200);
}

#[tokio::test]
async fn no_address_of_a_person_is_kept_where_passwords_are_counted() {
    let app = start("database").await;
    try_from(&app, 1, "ann@example.com", PASSWORD).await;
    let keys = app.database.column(r#"select "key" from "rateLimit" order by "key""#).await;
    assert_eq!(keys.len(), 3, "{keys:?}");
    assert!(keys.iter().all(|key| !key.contains("ann")), "{keys:?}");
}

#[tokio::test]
async fn switched_off_passwords_are_not_counted() {
    let app = TestApp::start().await;
    let ann = app.anonymous().at("192.0.2.1");
    ann.sign_up("ann").await;
    for _ in 0..25 {
        assert_eq!(verify(&ann, PASSWORD).await, 200);
    }
}
