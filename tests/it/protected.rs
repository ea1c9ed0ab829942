//! `/api/protected`: for who is signed in, and some of it for roles.

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
/// Known routes, unknown ones, and spellings meant to slip by.
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

async fn ask(client: &Client, method: &str, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    client.send(request.body(Body::empty()).unwrap()).await
}

fn code(response: &Response) -> (u16, Value) {
    (response.status.as_u16(), response.json()["code"].clone())
}

#[tokio::test]
async fn who_is_not_signed_in_meets_401_on_every_path_and_method() {
    let app = TestApp::start().await;
    let (nobody, eve) = (app.anonymous(), app.signed_in("eve").await);
    let token = eve.cookies()["better-auth.session_token"].clone();
    let forged = format!("better-auth.session_token={}", token.replace('.', "x."));

    for path in PATHS {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"] {
            for headers in
                [&[][..], &[("cookie", &*forged)], &[(AUTHORIZATION.as_str(), "Bearer x")]]
            {
                let refused = ask(&nobody, method, path, headers).await;
                assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{method} {path}");
                let body = if method == "HEAD" { "" } else { UNAUTHORIZED };
                assert_eq!(refused.text, body, "{method} {path}");
                assert_eq!(refused.header("cache-control"), "no-store");
            }
        }
    }
}

#[tokio::test]
async fn who_is_signed_in_reads_themselves_as_better_auth_writes_them() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;

    let me = ann.get(ME).await;

    assert_eq!(me.status, StatusCode::OK);
    assert_eq!(me.header("content-type"), "application/json");
    assert_eq!(me.header("cache-control"), "no-store");
    let session = ann.get("/api/auth/get-session").await.json();
    assert_eq!(me.json()["email"], "ann@example.com");
    // Order counts, too.
    assert_eq!(me.text, session["user"].to_string());
    let bearer = format!("Bearer {}", ann.signed_session_token());
    let by_token = ask(&app.anonymous(), "GET", ME, &[("authorization", &bearer)]).await;
    assert_eq!(by_token.text, me.text);
}

#[tokio::test]
async fn unknown_paths_and_methods_are_told_apart_once_signed_in() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;

    let routes = [ME, "/api/protected/me/", EVENTS];
    for path in PATHS.into_iter().filter(|path| !routes.contains(path)) {
        assert_eq!(code(&ann.get(path).await), (404, json!("NOT_FOUND")), "{path}");
    }
    let posted = ask(&ann, "POST", ME, &[(ORIGIN.as_str(), BASE_URL)]).await;
    assert_eq!(code(&posted), (405, json!("METHOD_NOT_ALLOWED")));
}

#[tokio::test]
async fn a_session_that_ended_opens_nothing() {
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
async fn use_extends_a_session_here_as_elsewhere() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    assert_eq!(ann.get(ME).await.header("set-cookie"), "");
    app.clock.advance(TimeDelta::days(2));

    // Whatever the answer is.
    let response = ann.get("/api/protected/nothing").await;

    assert!(response.header("set-cookie").contains("Max-Age=604800"), "{:?}", response.headers);
}

#[tokio::test]
async fn a_change_by_cookie_must_come_from_a_trusted_page() {
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
            let response = ask(&ann, method.as_str(), "/api/protected/things", headers).await;
            assert_eq!(code(&response), expected, "{method} {headers:?}");
        }
    }
    assert_eq!(ask(&ann, "GET", ME, &[("origin", "https://evil.example")]).await.status, 200);
}

#[tokio::test]
async fn audit_events_are_for_administrators_alone() {
    let app = TestApp::start().await;
    let user = app.signed_in("ann").await;
    let refused = user.get(EVENTS).await;
    assert_eq!(code(&refused), (403, json!("FORBIDDEN")));
    assert_eq!(refused.json()["message"], "This needs the role admin_ro or admin_rw");

    for role in ["admin_ro", "admin_rw"] {
        let admin = app.with_role(role, role).await;
        let events = admin.get(EVENTS).await;
        assert_eq!(events.status, StatusCode::OK, "{role}: {}", events.text);
    }
    // A role counts from the next request on.
    app.run_command(&["user", "set-role", "ann@example.com", "admin_ro"]).await.unwrap();
    assert_eq!(user.get(EVENTS).await.status, StatusCode::OK);
    app.run_command(&["user", "set-role", "ann@example.com", "user"]).await.unwrap();
    assert_eq!(user.get(EVENTS).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_latest_audit_events_come_first_and_no_more_than_asked_for() {
    let app = TestApp::start().await;
    let admin = app.signed_in("root").await;
    let id = admin.user_id().await;
    // Not by the operator's command, whose clock is the machine's.
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
        assert_eq!(code(&refused), (400, json!("VALIDATION_ERROR")), "{limit}");
    }
}
