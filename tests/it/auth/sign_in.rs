//! The route `sign-in/email`.

use axum::{
    body::Body,
    http::{Request, header::CONTENT_TYPE},
};
use serde_json::{Value, json};

use crate::it::support::{PASSWORD, TestApp};

const EMAIL: &str = "ann@example.com";

#[tokio::test]
async fn the_email_ignores_case_and_the_password_does_not() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    app.anonymous().sign_in("ANN@Example.com", PASSWORD).await.expect_ok();
    for password in ["", "x", &PASSWORD.to_uppercase(), &format!("{PASSWORD} ")] {
        let refused = app.anonymous().sign_in(EMAIL, password).await;
        refused.assert_error(401, "INVALID_EMAIL_OR_PASSWORD");
    }
    let refused = app.anonymous().sign_in(EMAIL, &"x".repeat(129)).await;
    refused.assert_error(400, "PASSWORD_TOO_LONG");
    for email in ["", "ann", "ann@example", "ann@example.com "] {
        app.anonymous().sign_in(email, PASSWORD).await.assert_error(400, "INVALID_EMAIL");
    }
}

#[tokio::test]
async fn an_unknown_address_is_refused_like_a_wrong_password() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    let (unknown, unknown_cost) =
        app.count_statements(app.anonymous().sign_in("nobody@example.com", PASSWORD)).await;
    // The first request has stored the known hash formats by now.
    let (unknown_again, cost) =
        app.count_statements(app.anonymous().sign_in("nobody@example.com", PASSWORD)).await;
    let (wrong, wrong_cost) =
        app.count_statements(app.anonymous().sign_in(EMAIL, "wrong horse battery")).await;
    assert_eq!((unknown.status, &unknown.text), (wrong.status, &wrong.text));
    assert_eq!(unknown_again.text, wrong.text);
    assert_eq!(cost, wrong_cost);
    assert!(unknown_cost >= cost);
}

#[tokio::test]
async fn each_sign_in_creates_a_session() {
    let app = TestApp::start().await;
    let first = app.signed_in("ann").await;
    let second = first.duplicate();
    let planted = second.session_token();
    let response = second.sign_in(EMAIL, PASSWORD).await.expect_ok();
    assert_eq!(response["token"], second.session_token());
    assert_ne!(second.session_token(), planted, "a planted session token is not reused");
    assert!(first.is_signed_in().await && second.is_signed_in().await);
}

#[tokio::test]
async fn the_callback_url_is_returned() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    let location = async |url: &str| {
        let fields = [("email", EMAIL), ("password", PASSWORD), ("callbackURL", url)];
        app.anonymous().post_auth_strings("sign-in/email", &fields).await
    };
    let response = location("/there?x=1").await;
    assert_eq!(response.header("location"), "/there?x=1");
    let body = response.expect_ok();
    assert_eq!((&body["redirect"], &body["url"]), (&json!(true), &json!("/there?x=1")));
    let keys: Vec<_> = body.as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["redirect", "token", "url", "user"]);

    let plain = app.anonymous().sign_in(EMAIL, PASSWORD).await;
    assert_eq!(plain.header("location"), "");
    assert_eq!(plain.expect_ok()["redirect"], false);
    assert_eq!(plain.json().get("url"), None);

    for evil in [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/%5Cevil.example",
        "/%2fevil.example",
        "javascript:alert(1)",
        "http://localhost:3000@evil.example",
        "http://localhost:30001/",
        "http://localhost.evil.example:3000/",
        "/\r\nset-cookie: a=b",
        "\t//evil.example",
        "data:text/html,x",
    ] {
        let refused = location(evil).await;
        refused.assert_error(403, "INVALID_CALLBACK_URL");
        assert!(refused.set_cookies().is_empty(), "{evil}");
    }
}

#[tokio::test]
async fn a_form_post_signs_in() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    let post = async |kind: &str, body: String| {
        let client = app.anonymous();
        let request = Request::post("/api/auth/sign-in/email").header(CONTENT_TYPE, kind);
        client.send(request.body(Body::from(body)).unwrap()).await
    };
    let form = "email=ann%40example.com&password=correct+horse+battery".to_owned();
    let response = post("application/x-www-form-urlencoded; charset=utf-8", form.clone()).await;
    assert_eq!(response.expect_ok()["user"]["email"], EMAIL);
    post("text/plain", form.clone()).await.assert_error(415, "UNSUPPORTED_MEDIA_TYPE");
    post("multipart/form-data", form).await.assert_error(415, "UNSUPPORTED_MEDIA_TYPE");
    post("application/json", "{".to_owned()).await.assert_error(400, "BAD_REQUEST");
}

#[tokio::test]
async fn no_response_contains_a_hash() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let hash = app.database.first_column(r#"select "password" from "account""#).await.remove(0);
    let mut responses = vec![ann.sign_in(EMAIL, PASSWORD).await];
    for route in ["get-session", "list-sessions", "list-accounts"] {
        responses.push(ann.get_auth(route).await);
    }
    responses.push(ann.post_auth_strings("update-user", &[("name", "Ann")]).await);
    responses.push(ann.post_auth_strings("verify-password", &[("password", PASSWORD)]).await);
    let change = [("currentPassword", PASSWORD), ("newPassword", "another horse 1")];
    responses.push(ann.post_auth_strings("change-password", &change).await);
    for response in responses {
        response.expect_ok();
        assert!(
            !response.text.contains(&hash) && !response.text.contains("argon2"),
            "{}",
            response.text
        );
        assert!(!response.text.contains("\"password\""), "{}", response.text);
        assert_eq!(response.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn a_user_without_a_password_cannot_sign_in_by_password() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    for change in [
        r#"update "account" set "password" = null"#,
        r#"update "account" set "password" = 'x', "providerId" = 'github'"#,
    ] {
        app.database.execute(change).await;
        for password in ["", "x", "null", PASSWORD] {
            let refused = app.anonymous().sign_in(EMAIL, password).await;
            refused.assert_error(401, "INVALID_EMAIL_OR_PASSWORD");
        }
    }
}

#[tokio::test]
async fn fields_that_are_not_strings_are_refused() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    for (email, password) in [
        (json!({ "$ne": null }), json!({ "$ne": null })),
        (json!([EMAIL]), json!([PASSWORD])),
        (json!(EMAIL), json!(true)),
        (json!(EMAIL), Value::Null),
    ] {
        let body = json!({ "email": email, "password": password });
        let refused = app.anonymous().post_auth("sign-in/email", body).await;
        refused.assert_error(400, "VALIDATION_ERROR");
    }
}
