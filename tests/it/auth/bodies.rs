//! Request bodies, content types and origins, checked in better-auth's order on every route.

use axum::{
    body::Body,
    http::{
        Request,
        header::{CONTENT_TYPE, ORIGIN},
    },
};

use crate::it::support::{BASE_URL, Client, PASSWORD, Response, TestApp};

const EVIL: &str = "https://evil.example";
const JSON: &str = "application/json";

/// Posts a body with this origin and content type.
async fn send(
    client: &Client,
    path: &str,
    origin: &str,
    content_type: &str,
    body: &str,
) -> Response {
    let request = Request::post(format!("/api/auth/{path}"));
    let request = request.header(ORIGIN, origin).header(CONTENT_TYPE, content_type);
    client.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

#[tokio::test]
async fn only_the_first_of_several_faults_is_reported() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for path in [
        "sign-up/email",
        "sign-in/email",
        "sign-out",
        "revoke-session",
        "revoke-sessions",
        "revoke-other-sessions",
        "update-session",
        "update-user",
        "change-password",
        "verify-password",
        "change-email",
        "delete-user",
        "request-password-reset",
        "reset-password",
        "send-verification-email",
        "unlink-account",
    ] {
        let target = format!(r#"{{"callbackURL":"{EVIL}"}}"#);
        for (origin, content_type, body, (status, code)) in [
            (EVIL, "text/plain", "{", (415, "UNSUPPORTED_MEDIA_TYPE")),
            (EVIL, "application/json, text/plain", "{}", (415, "UNSUPPORTED_MEDIA_TYPE")),
            (EVIL, JSON, "{", (400, "BAD_REQUEST")),
            (EVIL, JSON, &target, (403, "INVALID_ORIGIN")),
            (BASE_URL, "application/json; charset=utf-16", &target, (403, "INVALID_CALLBACK_URL")),
        ] {
            send(&ann, path, origin, content_type, body).await.assert_error(status, code);
        }
        let put = Request::put(format!("/api/auth/{path}")).header(ORIGIN, EVIL);
        let response = ann.send(put.body(Body::empty()).unwrap()).await;
        assert_eq!((response.status.as_u16(), response.text.as_str()), (404, ""), "{path}");
    }
    assert!(ann.is_signed_in().await);
    send(&ann, "get-session", EVIL, "text/plain", "{").await.assert_error(403, "INVALID_ORIGIN");
}

#[tokio::test]
async fn a_body_is_parsed_as_json_parse_does() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let nested = format!("{}{}", "[".repeat(25_000), "]".repeat(25_000));
    for ignored in [r#""\ud83d""#, "1e400", "-0", &nested, r#"1,"password":2"#, r#""\u0000""#] {
        let body = format!(r#"{{"ignored":{ignored},"password":"{PASSWORD}"}}"#);
        for body in [body.clone(), format!("\u{feff}{body}")] {
            send(&ann, "verify-password", BASE_URL, JSON, &body).await.expect_ok();
        }
    }
    let truncated = format!(r#"{{"ignored":{nested}"#);
    for body in ["", "{}{}", "\u{feff}\u{feff}\u{feff}{}", "{'password':1}", &truncated] {
        let response = send(&ann, "verify-password", BASE_URL, JSON, body).await;
        assert_eq!(response.status.as_u16(), 400, "{body}");
    }
}

#[tokio::test]
async fn a_lone_surrogate_is_stored_as_the_replacement_character() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    send(&ann, "update-user", BASE_URL, JSON, r#"{"name":"Ann \ud83d"}"#).await.expect_ok();
    let session = ann.get_auth("get-session").await.expect_ok();
    assert_eq!(session["user"]["name"], "Ann \u{fffd}");
}

#[tokio::test]
async fn u_0000_is_refused_only_in_stored_strings() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for (path, body, status, code) in [
        ("sign-in/email", r#"{"email":"a\u0000@x.com","password":"x"}"#, 400, "INVALID_EMAIL"),
        ("verify-password", r#"{"password":"a\u0000b"}"#, 400, "INVALID_PASSWORD"),
        (
            "reset-password",
            r#"{"newPassword":"long enough","token":"\u0000"}"#,
            400,
            "INVALID_TOKEN",
        ),
        ("delete-user", r#"{"token":"\u0000"}"#, 404, "INVALID_TOKEN"),
        ("update-user", r#"{"name":"a\u0000b"}"#, 400, "VALIDATION_ERROR"),
    ] {
        send(&ann, path, BASE_URL, JSON, body).await.assert_error(status, code);
    }
    send(&ann, "revoke-session", BASE_URL, JSON, r#"{"token":"\u0000"}"#).await.expect_ok();
    // A missing session is reported before an invalid body.
    let update = send(&app.anonymous(), "update-user", BASE_URL, JSON, r#"{"name":5}"#).await;
    update.assert_error(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn a_request_with_two_origins_is_refused() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for origins in [[BASE_URL, EVIL], [EVIL, BASE_URL], [BASE_URL, BASE_URL]] {
        let [first, second] = origins;
        let request = Request::post("/api/auth/sign-out").header(ORIGIN, first);
        let request = request.header(ORIGIN, second).body(Body::empty()).unwrap();
        ann.send(request).await.assert_error(403, "INVALID_ORIGIN");
    }
    assert!(ann.is_signed_in().await);
}
