//! Redirects of the authentication routes: only to pages of this server and of trusted origins.

use serde_json::json;
use url::Url;

use crate::it::support::{BASE_URL, PASSWORD, TestApp};

/// Paths that some browsers, proxies or routers resolve to another host.
pub(super) const AMBIGUOUS_PATHS: [&str; 36] = [
    "//evil.example",
    "///evil.example",
    "//",
    "/..//evil.example",
    "/../..//evil.example",
    "/.//evil.example",
    "/./..//evil.example",
    "/a/..//evil.example",
    "/a/b/../..//evil.example",
    "/a/.././/evil.example",
    "/%2e%2e//evil.example",
    "/%2E.//evil.example",
    "/.%2e/%2e//evil.example",
    "/%2e//evil.example",
    "/;//evil.example",
    "/;//",
    "/..;//evil.example",
    "/.;a=b//evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "\t//evil.example",
    "/ /evil.example",
    "/%09/evil.example",
    "/%0a/evil.example",
    "/%0d%0a/evil.example",
    "/%00/evil.example",
    "/%20/evil.example",
    "/\\evil.example",
    "/%5cevil.example",
    "/%2fevil.example",
    "/%2Fevil.example",
    "\\/evil.example",
    "/.\\/evil.example",
    "/x%0d%0aSet-Cookie:a=b",
    "/\u{7f}/evil.example",
];

/// URLs of other hosts and URLs that run scripts.
pub(super) const FOREIGN_URLS: [&str; 9] = [
    "https://evil.example",
    "http://localhost:3000@evil.example",
    "http://localhost:3000.evil.example",
    "http:evil.example",
    "http:/evil.example",
    "http:///evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
];

const ALLOWED_PATHS: [&str; 9] = [
    "/",
    "/books",
    "/books/../authors",
    "/books//emma",
    "/books?next=//evil.example",
    "/books?a=%2f%5c#//x",
    "/b\u{fc}cher/%C3%BC",
    "http://localhost:3000/books",
    "http://localhost:3000",
];

#[tokio::test]
async fn redirects_to_foreign_targets_are_refused() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    for url in AMBIGUOUS_PATHS.into_iter().chain(FOREIGN_URLS) {
        for (field, code) in [
            ("callbackURL", "INVALID_CALLBACK_URL"),
            ("redirectTo", "INVALID_REDIRECT_URL"),
            ("errorCallbackURL", "INVALID_ERROR_CALLBACK_URL"),
            ("newUserCallbackURL", "INVALID_NEW_USER_CALLBACK_URL"),
        ] {
            for path in ["sign-in/email", "sign-up/email", "request-password-reset"] {
                let body = json!({ "email": "ann@example.com", "password": PASSWORD, "name": "Ann", field: url });
                let refused = app.anonymous().post(&format!("/api/auth/{path}"), body).await;
                assert_eq!(refused.status.as_u16(), 403, "{path} {field}={url:?}");
                assert_eq!(refused.json()["code"], code, "{path} {field}={url:?}");
            }
        }
        for path in ["verify-email", "reset-password/token", "delete-user/callback"] {
            let query = [("token", "x"), ("callbackURL", url)]
                .map(|(name, value)| (name, value.to_owned()));
            let query =
                url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
            let refused = app.anonymous().get(&format!("/api/auth/{path}?{query}")).await;
            assert_eq!(refused.status.as_u16(), 403, "{path} {url:?}: {}", refused.text);
            assert_eq!(refused.header("location"), "", "{path} {url:?}");
        }
    }
}

#[tokio::test]
async fn accepted_targets_resolve_to_the_own_origin_in_a_browser() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    let base = Url::parse(BASE_URL).unwrap();
    for url in ALLOWED_PATHS {
        let body = json!({ "email": "ann@example.com", "password": PASSWORD, "callbackURL": url });
        let response = app.anonymous().post("/api/auth/sign-in/email", body).await;
        assert_eq!(response.status.as_u16(), 200, "{url}: {}", response.text);
        let target = base.join(response.header("location")).unwrap();
        assert_eq!(target.origin(), base.origin(), "{url}");
        assert!(!target.path().starts_with("//"), "{url}");
    }
}
