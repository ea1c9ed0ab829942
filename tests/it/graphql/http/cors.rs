//! CORS: which pages of other origins may read responses.

use super::{document, post, request};
use crate::it::support::{BASE_URL, Response, TestApp};

const APP: &str = "https://app.example.com";

/// Starts an application that trusts [`APP`].
async fn start() -> TestApp {
    TestApp::start_with(&["--better-auth-trusted-origins", APP]).await
}

/// Returns the names in a list header in lower case.
fn names(response: &Response, header: &str) -> Vec<String> {
    let values = response.headers.get_all(header).iter().map(|value| value.to_str().unwrap());
    let names = values.flat_map(|value| value.split(','));
    names.map(|name| name.trim().to_lowercase()).collect()
}

/// Sends a CORS preflight request to `/graphql`.
async fn preflight(app: &TestApp, origin: &str) -> Response {
    preflight_to(app, "/graphql", origin, "authorization,content-type").await
}

/// Sends a CORS preflight request to a path.
async fn preflight_to(app: &TestApp, path: &str, origin: &str, headers: &str) -> Response {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", headers),
    ];
    app.anonymous().send(request("OPTIONS", path, &headers, "")).await
}

#[tokio::test]
async fn a_trusted_page_may_read_responses_with_cookies() {
    let app = start().await;
    for origin in [APP, BASE_URL] {
        for (text, accept) in [
            ("{ __typename }", "application/json"),
            ("{", "application/graphql-response+json"),
            ("{ __typename }", "image/png"),
        ] {
            let headers = [("origin", origin), ("accept", accept)];
            let response = post(&app.anonymous(), &headers, document(text)).await;
            assert_eq!(response.header("access-control-allow-origin"), origin);
            assert_eq!(response.header("access-control-allow-credentials"), "true");
            assert!(names(&response, "vary").contains(&"origin".to_owned()));
            let exposed = names(&response, "access-control-expose-headers");
            for header in [
                "set-auth-token",
                "set-auth-jwt",
                "set-ott",
                "x-retry-after",
                "retry-after",
                "x-request-id",
                "etag",
            ] {
                assert!(exposed.contains(&header.to_owned()), "{header}: {exposed:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_foreign_page_may_not_read_responses() {
    let app = start().await;
    for origin in ["https://evil.example", "null", "https://app.example.com.evil.example"] {
        let response =
            post(&app.anonymous(), &[("origin", origin)], document("{ __typename }")).await;
        for name in ["origin", "credentials", "headers", "methods"] {
            let header = format!("access-control-allow-{name}");
            assert_eq!(response.header(&header), "", "{origin} {header}");
        }
        assert!(names(&response, "vary").contains(&"origin".to_owned()));
    }
    let response = post(&app.anonymous(), &[], document("{ __typename }")).await;
    assert_eq!(response.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn a_preflight_of_a_trusted_page_lists_methods_and_headers() {
    let app = start().await;
    let response = preflight(&app, APP).await;
    assert!(response.status.is_success(), "{}", response.status);
    assert_eq!(response.header("access-control-allow-origin"), APP);
    assert_eq!(response.header("access-control-allow-credentials"), "true");
    let methods = names(&response, "access-control-allow-methods");
    assert!(["get", "post"].iter().all(|method| methods.contains(&(*method).to_owned())));
    let headers = names(&response, "access-control-allow-headers");
    for header in ["content-type", "authorization"] {
        assert!(headers.contains(&header.to_owned()), "{header} is missing in {headers:?}");
    }
    assert_eq!(response.text, "");
}

/// Headers of common libraries: Apollo Client, Sentry, W3C trace context, our clients.
#[tokio::test]
async fn a_trusted_page_may_send_any_header() {
    const HEADERS: &str = "apollographql-client-name,apollographql-client-version,baggage,\
        content-type,if-none-match,sentry-trace,traceparent,x-request-id";
    let app = start().await;
    for path in ["/graphql", "/graphql/", "/api/auth/sign-in/email", "/api/protected/me"] {
        let response = preflight_to(&app, path, APP, HEADERS).await;
        assert_eq!(response.header("access-control-allow-headers"), HEADERS, "{path}");
        assert!(names(&response, "vary").contains(&"access-control-request-headers".to_owned()));
        let foreign = preflight_to(&app, path, "https://evil.example", HEADERS).await;
        assert_eq!(foreign.header("access-control-allow-headers"), "", "{path}");
    }
    for headers in ["x-a,,x-b", "no name", &"x".repeat(5_000), &"x-a,".repeat(99)] {
        let response = preflight_to(&app, "/graphql", APP, headers).await;
        assert_eq!(response.header("access-control-allow-headers"), "", "{headers}");
        assert_eq!(response.header("access-control-allow-origin"), APP);
    }
}

/// A web view of a native app sends CORS requests as browsers do.
#[tokio::test]
async fn a_native_app_may_read_responses() {
    let flags = ["--better-auth-trusted-origins", "capacitor://localhost,myapp://"];
    let app = TestApp::start_with(&flags).await;
    for origin in ["capacitor://localhost", "myapp://"] {
        let response = preflight(&app, origin).await;
        assert_eq!(response.header("access-control-allow-origin"), origin);
        let headers = [("origin", origin), ("cookie", "a=b")];
        let response = post(&app.anonymous(), &headers, document("{ __typename }")).await;
        assert_eq!(response.data()["__typename"], "Query");
        assert_eq!(response.header("access-control-allow-origin"), origin);
    }
    for origin in ["capacitor://localhost.evil", "ionic://localhost", "null"] {
        assert_eq!(preflight(&app, origin).await.header("access-control-allow-origin"), "");
    }
}

#[tokio::test]
async fn a_preflight_of_a_foreign_page_has_no_cors_headers() {
    let app = start().await;
    for origin in ["https://evil.example", "null"] {
        let response = preflight(&app, origin).await;
        for name in ["origin", "credentials", "headers", "methods"] {
            let header = format!("access-control-allow-{name}");
            assert_eq!(response.header(&header), "", "{origin} {header}");
        }
    }
}

#[tokio::test]
async fn private_network_access_is_not_granted() {
    let app = start().await;
    for (origin, name) in
        [(APP, "network"), (APP, "local-network"), ("https://evil.example", "network")]
    {
        let headers = format!("access-control-request-private-{name}");
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            (headers.as_str(), "true"),
        ];
        let response = app.anonymous().send(request("OPTIONS", "/graphql", &headers, "")).await;
        assert_eq!(response.header("access-control-allow-private-network"), "");
        assert_eq!(response.header("access-control-allow-local-network"), "");
    }
}

#[tokio::test]
async fn a_wildcard_does_not_trust_pages_without_an_origin() {
    let app = TestApp::start_with(&["--better-auth-trusted-origins", "http://*.localhost"]).await;
    for origin in ["null", "", "file://", "data:"] {
        let response = preflight(&app, origin).await;
        assert_eq!(response.header("access-control-allow-origin"), "", "{origin}");
    }
}

#[tokio::test]
async fn options_lists_the_methods() {
    let app = start().await;
    let plain = app.anonymous().send(request("OPTIONS", "/graphql", &[], "")).await;
    for response in
        [plain, preflight(&app, APP).await, preflight(&app, "https://evil.example").await]
    {
        assert!(response.status.is_success(), "{}", response.status);
        assert_eq!(names(&response, "allow"), ["get", "head", "post", "options"]);
    }
}
