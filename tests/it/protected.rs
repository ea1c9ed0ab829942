//! The routes below `/api/protected`, which require a session and some of them a role.

use axum::{
    body::Body,
    http::{
        Method, Request, StatusCode,
        header::{AUTHORIZATION, ORIGIN},
    },
};
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::support::{BASE_URL, Client, Response, TestApp};

const ME: &str = "/api/protected/me";
const EVENTS: &str = "/api/protected/audit-events";
const UNAUTHORIZED: &str = r#"{"message":"Unauthorized","code":"UNAUTHORIZED"}"#;
/// Known and unknown routes, and unusual spellings.
const PATHS: [&str; 11] = [
    "/api/protected",
    "/api/protected/",
    ME,
    EVENTS,
    "/api/protected/me/",
    "/api/protected//me",
    "/api/protected/dashboard",
    "/api/protected/a/b/c?d=e",
    "/api/protected/../protected/me",
    "/api/protected/%2e%2e/graphql",
    "/api/protected/me%00",
];

/// Sends a request with additional headers.
async fn send_request(
    client: &Client,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> Response {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    client.send(request.body(Body::empty()).unwrap()).await
}

/// Returns the status and the code of the body.
fn status_and_body_code(response: &Response) -> (u16, Value) {
    (response.status.as_u16(), response.json()["code"].clone())
}

#[tokio::test]
async fn anonymous_requests_get_401_on_every_path_and_method() {
    let app = TestApp::start().await;
    let (anonymous, eve) = (app.anonymous(), app.signed_in("eve").await);
    let token = eve.cookies()["better-auth.session_token"].clone();
    let forged = format!("better-auth.session_token={}", token.replace('.', "x."));

    for path in PATHS {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"] {
            for headers in
                [&[][..], &[("cookie", &*forged)], &[(AUTHORIZATION.as_str(), "Bearer x")]]
            {
                let refused = send_request(&anonymous, method, path, headers).await;
                assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{method} {path}");
                let body = if method == "HEAD" { "" } else { UNAUTHORIZED };
                assert_eq!(refused.text, body, "{method} {path}");
                assert_eq!(refused.header("cache-control"), "no-store");
            }
        }
    }
}

#[tokio::test]
async fn me_has_better_auths_format() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;

    let me = ann.get(ME).await;

    assert_eq!(me.status, StatusCode::OK);
    assert_eq!(me.header("content-type"), "application/json");
    assert_eq!(me.header("cache-control"), "no-store");
    let session = ann.get("/api/auth/get-session").await.json();
    assert_eq!(me.json()["email"], "ann@example.com");
    // The order of fields is compared as well.
    assert_eq!(me.text, session["user"].to_string());
    let bearer = format!("Bearer {}", ann.signed_session_token());
    let by_token = send_request(&app.anonymous(), "GET", ME, &[("authorization", &bearer)]).await;
    assert_eq!(by_token.text, me.text);
}

#[tokio::test]
async fn unknown_paths_and_methods_are_distinguished_with_a_session() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;

    let routes = [ME, "/api/protected/me/", EVENTS];
    for path in PATHS.into_iter().filter(|path| !routes.contains(path)) {
        assert_eq!(status_and_body_code(&ann.get(path).await), (404, json!("NOT_FOUND")), "{path}");
    }
    let posted = send_request(&ann, "POST", ME, &[(ORIGIN.as_str(), BASE_URL)]).await;
    assert_eq!(status_and_body_code(&posted), (405, json!("METHOD_NOT_ALLOWED")));
}

#[tokio::test]
async fn an_ended_session_is_refused() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let cookies = ann.cookies().clone();
    ann.post("/api/auth/sign-out", json!({})).await;
    *ann.cookies() = cookies;
    assert_eq!(ann.get(ME).await.text, UNAUTHORIZED);

    let bob = app.signed_in("bob").await;
    app.clock.advance(TimeDelta::days(8));
    assert_eq!(bob.get(ME).await.text, UNAUTHORIZED);
}

#[tokio::test]
async fn protected_routes_extend_the_session() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    assert_eq!(ann.get(ME).await.header("set-cookie"), "");
    app.clock.advance(TimeDelta::days(2));

    // Every response extends the session.
    let response = ann.get("/api/protected/nothing").await;

    assert!(response.header("set-cookie").contains("Max-Age=604800"), "{:?}", response.headers);
}

#[tokio::test]
async fn changes_with_a_cookie_require_a_trusted_origin() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for (headers, expected) in [
        (&[][..], (403, json!("MISSING_OR_NULL_ORIGIN"))),
        (&[("origin", "null")], (403, json!("MISSING_OR_NULL_ORIGIN"))),
        (&[("origin", "https://evil.example")], (403, json!("INVALID_ORIGIN"))),
        (&[("referer", "https://evil.example/x")], (403, json!("INVALID_ORIGIN"))),
        (&[("origin", BASE_URL)], (404, json!("NOT_FOUND"))),
        (&[("referer", "http://localhost:3000/page")], (404, json!("NOT_FOUND"))),
    ] {
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let response =
                send_request(&ann, method.as_str(), "/api/protected/things", headers).await;
            assert_eq!(status_and_body_code(&response), expected, "{method} {headers:?}");
        }
    }
    assert_eq!(
        send_request(&ann, "GET", ME, &[("origin", "https://evil.example")]).await.status,
        200
    );
}

#[tokio::test]
async fn audit_events_require_an_administrator() {
    let app = TestApp::start().await;
    let user = app.signed_in("ann").await;
    let refused = user.get(EVENTS).await;
    assert_eq!(status_and_body_code(&refused), (403, json!("FORBIDDEN")));
    assert_eq!(refused.json()["message"], "This needs the role admin_ro or admin_rw");

    for role in ["admin_ro", "admin_rw"] {
        let admin = app.with_role(role, role).await;
        let events = admin.get(EVENTS).await;
        assert_eq!(events.status, StatusCode::OK, "{role}: {}", events.text);
    }
    // A changed role applies to the next request.
    app.run_command(&["user", "set-role", "ann@example.com", "admin_ro"]).await.unwrap();
    assert_eq!(user.get(EVENTS).await.status, StatusCode::OK);
    app.run_command(&["user", "set-role", "ann@example.com", "user"]).await.unwrap();
    assert_eq!(user.get(EVENTS).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn audit_events_are_sorted_latest_first_and_limited() {
    let app = TestApp::start().await;
    let admin = app.signed_in("root").await;
    let id = admin.user_id().await;
    // Events of the command would have the system clock's time.
    app.database.execute(r#"update "user" set "role" = 'admin_ro'"#).await;
    app.clock.advance(TimeDelta::minutes(1));
    let bob = app.signed_in("bob").await;
    app.clock.advance(TimeDelta::minutes(1));
    bob.post("/api/auth/sign-out", json!({})).await;

    let events = admin.get(&format!("{EVENTS}?limit=2")).await.json();
    let events = events.as_array().unwrap();
    assert_eq!(events.len(), 2);
    assert_eq!(events[0]["action"], "sign-out");
    assert_eq!(events[0]["at"], "2026-11-20T12:02:00.000Z");
    assert_eq!(events[0]["outcome"], "done");
    assert_eq!(events[0]["actor"], events[0]["subject"]);
    let names: Vec<_> = events[0].as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "id",
        "at",
        "actor",
        "action",
        "subject",
        "ip",
        "userAgent",
        "requestId",
        "outcome",
        "count",
    ];
    assert_eq!(names, expected);

    let all = admin.get(EVENTS).await;
    assert!(all.text.contains(&id), "{}", all.text);
    assert!(!all.text.contains("@example.com"), "{}", all.text);
    for limit in ["0", "201", "-1", "many", ""] {
        let refused = admin.get(&format!("{EVENTS}?limit={limit}")).await;
        assert_eq!(status_and_body_code(&refused), (400, json!("VALIDATION_ERROR")), "{limit}");
    }
}
