//! Security headers of all responses.

use axum::{body::Body, http::Request};

use crate::it::support::{Response, ServerProcess, TestApp, TestDatabase};

/// Sends a request for HTML, as a browser that opens a page.
async fn open(app: &TestApp, method: &str, path: &str) -> Response {
    let request = Request::builder().method(method).uri(path).header("accept", "text/html");
    app.anonymous().at_address("127.0.0.1").send(request.body(Body::empty()).unwrap()).await
}

/// Pages, JSON, a 404 and a redirect.
const ROUTES: [(&str, &str); 10] = [
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
async fn every_response_has_security_headers() {
    let app = TestApp::start().await;
    for (method, path) in ROUTES {
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
async fn pages_allow_no_inline_scripts_and_no_foreign_connections() {
    let app = TestApp::start().await;
    for path in ["/graphql", "/dev/mail", "/api/auth/error"] {
        let page = open(&app, "GET", path).await;
        assert!(page.header("content-type").starts_with("text/html"), "{path}");
        let policy = page.header("content-security-policy");
        let scripts = policy.split(';').find(|part| part.trim().starts_with("script-src"));
        assert!(scripts.is_none_or(|part| !part.contains("unsafe")), "{path}: {policy}");
        let connections = policy.split(';').find(|part| part.trim().starts_with("connect-src"));
        assert!(
            connections.is_none_or(|part| part.trim() == "connect-src 'self'"),
            "{path}: {policy}"
        );
    }
}

#[tokio::test]
async fn hsts_is_sent_with_an_https_base_url() {
    for (base_url, expected) in
        [("http://books.example.com", ""), ("https://books.example.com", "max-age=31536000")]
    {
        let app = TestApp::start_with(&["--better-auth-url", base_url]).await;
        for (method, path) in ROUTES {
            let response = open(&app, method, path).await;
            assert_eq!(response.header("strict-transport-security"), expected, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn an_untrusted_origin_is_logged_once() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;
    let http = server.http();
    for origin in ["https://app.example.com", "https://app.example.com", "null", "https://*"] {
        let response = http
            .send(|client, base| client.get(format!("{base}/healthz")).header("origin", origin));
        assert_eq!(response.await.unwrap().header("access-control-allow-origin"), "");
    }
    let log = server.terminate().await.stderr;
    assert_eq!(log.matches("BETTER_AUTH_TRUSTED_ORIGINS").count(), 1, "{log}");
    assert!(log.contains("pages of https://app.example.com may not read"), "{log}");
}
