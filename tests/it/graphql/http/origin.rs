//! Cross-site requests: `Origin`, `Sec-Fetch-*`, cookies and bearer tokens.

use axum::http::header::AUTHORIZATION;
use serde_json::{Value, json};

use super::{CREATE, assert_refused, document, post, request, url, was_executed};
use crate::it::support::{BASE_URL, PASSWORD, TestApp};

const FOREIGN: [&str; 9] = [
    "https://evil.example",
    "null",
    "http://localhost",
    "https://localhost:3000",
    "http://localhost:3001",
    "http://localhost:3000.evil.example",
    "http://evil.example/http://localhost:3000",
    "http://localhost:3000@evil.example",
    "é",
];

#[tokio::test]
async fn a_cookie_from_a_foreign_page_is_refused() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for origin in FOREIGN {
        let refused = post(&ann, &[("origin", origin)], document(CREATE)).await;
        assert_refused(&refused, 403, "INVALID_ORIGIN");
        let get = url(&[("query", "{ me { email } }")]);
        let refused = ann.send(request("GET", &get, &[("origin", origin)], "")).await;
        assert_refused(&refused, 403, "INVALID_ORIGIN");
    }
    assert!(!was_executed(&app).await);
}

#[tokio::test]
async fn own_pages_and_clients_without_origin_are_accepted() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for headers in [&[("origin", BASE_URL)][..], &[]] {
        let response = post(&ann, headers, document("{ me { name } }")).await;
        assert_eq!(response.data()["me"]["name"], "ann");
    }
}

/// Headers of browsers by kind of request, and whether the cookie is accepted.
const PAGES: [(&[(&str, &str)], bool); 13] = [
    // Own page: urql by GET, EventSource, fetch by POST.
    (&[("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors")], true),
    (&[("sec-fetch-site", "same-origin"), ("sec-fetch-dest", "empty")], true),
    (&[("sec-fetch-site", "same-origin"), ("origin", BASE_URL)], true),
    // A typed URL in a browser that accepts JSON.
    (&[("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate")], true),
    // A client that is no browser.
    (&[], true),
    // A trusted page of the same site, and one of another site.
    (&[("sec-fetch-site", "same-site"), ("origin", TRUSTED), ("sec-fetch-mode", "cors")], true),
    (&[("sec-fetch-site", "cross-site"), ("origin", TRUSTED), ("sec-fetch-mode", "cors")], true),
    // A URL embedded as an image or script, and a link or form of another page.
    (&[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")], false),
    (&[("sec-fetch-site", "same-site"), ("sec-fetch-mode", "no-cors")], false),
    (&[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")], false),
    (&[("sec-fetch-site", "same-site"), ("sec-fetch-mode", "navigate")], false),
    // An untrusted page, of the same and of another site.
    (&[("sec-fetch-site", "same-site"), ("origin", "http://evil.localhost")], false),
    (&[("sec-fetch-site", "something-new")], false),
];
const TRUSTED: &str = "https://app.example.com";

#[tokio::test]
async fn fetch_metadata_decides_about_the_cookie() {
    let app = TestApp::start_with(&["--better-auth-trusted-origins", TRUSTED]).await;
    let ann = app.signed_in("ann").await;
    for (headers, ok) in PAGES {
        let get = request("GET", &url(&[("query", "{ me { name } }")]), headers, "");
        let posted = post(&ann, headers, document("{ me { name } }")).await;
        for response in [ann.send(get).await, posted] {
            if ok {
                assert_eq!(response.data()["me"]["name"], "ann", "{headers:?}");
            } else {
                assert_refused(&response, 403, "INVALID_ORIGIN");
            }
        }
        // A request without a cookie cannot be misused.
        let anyone = post(&app.anonymous(), headers, document("{ __typename }")).await;
        assert_eq!(anyone.data()["__typename"], "Query");
    }
}

#[tokio::test]
async fn a_link_from_another_site_shows_the_page_and_executes_nothing() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    let headers =
        [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("accept", accept)];
    for text in ["{ me { email } }", CREATE] {
        let page = ann.send(request("GET", &url(&[("query", text)]), &headers, "")).await;
        assert_eq!(page.status.as_u16(), 200);
        assert!(page.header("content-type").starts_with("text/html"));
        assert!(!page.text.contains("ann@example.com"));
    }
    assert!(!was_executed(&app).await);
}

#[tokio::test]
async fn a_foreign_page_without_a_cookie_reads_public_data() {
    let app = TestApp::start().await;
    let headers = [("origin", "https://evil.example")];
    let response = post(&app.anonymous(), &headers, document("{ books { id } me { id } }")).await;
    assert_eq!(response.data(), json!({ "books": [], "me": null }));
    let refused = post(&app.anonymous(), &headers, document(CREATE)).await;
    assert_eq!(refused.error_code(), "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_trusted_origin_may_use_the_cookie() {
    let app = TestApp::start_with(&[
        "--better-auth-trusted-origins",
        "https://app.example.com, https://*.books.example",
    ])
    .await;
    let ann = app.signed_in("ann").await;
    for (origin, ok) in [
        ("https://app.example.com", true),
        ("https://shop.books.example", true),
        ("http://app.example.com", false),
        ("https://app.example.com:8443", false),
        ("https://app.example.com.evil.example", false),
        ("https://books.example", false),
        ("https://evilbooks.example", false),
    ] {
        let response = post(&ann, &[("origin", origin)], document("{ me { name } }")).await;
        if ok {
            assert_eq!(response.data()["me"]["name"], "ann", "{origin}");
        } else {
            assert_refused(&response, 403, "INVALID_ORIGIN");
        }
    }
}

#[tokio::test]
async fn the_signed_session_token_is_a_bearer_token() {
    let app = TestApp::start().await;
    let signed_up = app.anonymous().sign_up("ann").await;
    let body = json!({ "email": "ann@example.com", "password": PASSWORD });
    let signed_in = app.anonymous().post("/api/auth/sign-in/email", body).await;
    for response in [signed_up, signed_in] {
        let token = response.header("set-auth-token");
        for scheme in ["Bearer", "bearer"] {
            let header = format!("{scheme} {token}");
            let headers = [(AUTHORIZATION.as_str(), header.as_str())];
            let me = post(&app.anonymous(), &headers, document("{ me { email } }")).await;
            assert_eq!(me.data()["me"]["email"], "ann@example.com");
        }
    }
}

#[tokio::test]
async fn a_bearer_token_is_accepted_from_any_origin() {
    let app = TestApp::start().await;
    let signed_up = app.anonymous().sign_up("ann").await;
    let bearer = format!("Bearer {}", signed_up.header("set-auth-token"));
    // Browsers do not add bearer tokens by themselves.
    let headers = [("authorization", bearer.as_str()), ("origin", "https://tool.example")];
    post(&app.anonymous(), &headers, document(CREATE)).await.data();
    assert!(was_executed(&app).await);
}

#[tokio::test]
async fn an_invalid_bearer_token_has_no_session() {
    let app = TestApp::start().await;
    let signed_up = app.anonymous().sign_up("ann").await;
    let token = signed_up.header("set-auth-token");
    for header in [
        format!("Bearer {}", signed_up.json()["token"].as_str().unwrap()),
        format!("Bearer {}", &token[1..]),
        format!("Bearer {token}x"),
        format!("Bearer {}", token.to_lowercase()),
        format!("Basic {token}"),
        token.to_owned(),
        "Bearer 00000000000000000000000000000000".to_owned(),
        "Bearer ' or ''='".to_owned(),
    ] {
        let headers = [("authorization", header.as_str())];
        let response = post(&app.anonymous(), &headers, document("{ me { id } }")).await;
        assert_eq!(response.data()["me"], Value::Null, "{header}");
    }
}

#[tokio::test]
async fn a_modified_cookie_has_no_session() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let name = "better-auth.session_token".to_owned();
    let cookie = ann.cookies()[&name].clone();
    let token = cookie.split('.').next().unwrap().to_owned();
    for wrong in [format!("x{cookie}"), format!("{cookie}x"), token, String::new()] {
        ann.cookies().insert(name.clone(), wrong.clone());
        assert_eq!(ann.query("{ me { id } }").await.data()["me"], Value::Null, "{wrong}");
    }
    ann.cookies().insert(name, cookie);
    assert_eq!(ann.query("{ me { name } }").await.data()["me"]["name"], "ann");
}
