//! What browsers are told about every answer.

use axum::{body::Body, http::Request};

use crate::it::support::{Response, ServerProcess, TestApp, TestDatabase};

/// Asks as a browser does that opens a page.
async fn open(app: &TestApp, method: &str, path: &str) -> Response {
    let request = Request::builder().method(method).uri(path).header("accept", "text/html");
    app.anonymous().from_address("127.0.0.1").send(request.body(Body::empty()).unwrap()).await
}

/// Pages, data, nothing and a redirect.
const EVERYWHERE: [(&str, &str); 10] = [
    ("GET", "/"),
    ("GET", "/graphql"),
    ("POST", "/graphql"),
    ("OPTIONS", "/graphql"),
    ("GET", "/healthz"),
    ("GET", "/dev/mail"),
    ("GET", "/nowhere"),
    ("GET", "/api/auth/ok"),
    ("GET", "/api/auth/error?error=X"),
    ("POST", "/api/auth/sign-in/email"),
];

#[tokio::test]
async fn every_answer_protects_browsers() {
    let app = TestApp::start().await;
    for (method, path) in EVERYWHERE {
        let response = open(&app, method, path).await;
        for (name, expected) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
        ] {
            assert_eq!(response.header(name), expected, "{method} {path}: {name}");
            assert_eq!(response.headers.get_all(name).iter().count(), 1, "{method} {path}");
        }
        let policy = response.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'none'",
        ] {
            assert!(policy.contains(part), "{method} {path}: {policy}");
        }
        assert_eq!(response.headers.get_all("content-security-policy").iter().count(), 1, "{path}");
    }
}

#[tokio::test]
async fn a_page_may_run_no_script_of_its_text_and_ask_nobody_else() {
    let app = TestApp::start().await;
    for path in ["/graphql", "/dev/mail", "/api/auth/error"] {
        let page = open(&app, "GET", path).await;
        assert!(page.header("content-type").starts_with("text/html"), "{path}");
        let policy = page.header("content-security-policy");
        let scripts = policy.split(';').find(|part| part.trim().starts_with("script-src"));
        assert!(scripts.is_none_or(|part| !part.contains("unsafe")), "{path}: {policy}");
        let asks = policy.split(';').find(|part| part.trim().starts_with("connect-src"));
        assert!(asks.is_none_or(|part| part.trim() == "connect-src 'self'"), "{path}: {policy}");
    }
}

#[tokio::test]
async fn browsers_are_bound_to_https_where_the_server_is_found_by_it() {
    for (base_url, expected) in
        [("http://books.example.com", ""), ("https://books.example.com", "max-age=31536000")]
    {
        let app = TestApp::start_with(&["--better-auth-url", base_url]).await;
        for (method, path) in EVERYWHERE {
            let response = open(&app, method, path).await;
            assert_eq!(response.header("strict-transport-security"), expected, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_page_that_may_not_read_answers_is_named_once_in_the_log() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;
    let http = server.http();
    for origin in ["https://app.example.com", "https://app.example.com", "null", "https://*"] {
        let asked = http
            .send(|client, base| client.get(format!("{base}/healthz")).header("origin", origin));
        assert_eq!(asked.await.unwrap().header("access-control-allow-origin"), "");
    }
    let logged = server.terminate().await.stderr;
    assert_eq!(logged.matches("BETTER_AUTH_TRUSTED_ORIGINS").count(), 1, "{logged}");
    assert!(logged.contains("pages of https://app.example.com may not read"), "{logged}");
}
