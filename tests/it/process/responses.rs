//! Responses of routes outside GraphQL and better-auth.

use reqwest::{
    Method, StatusCode,
    header::{ACCEPT, CONTENT_LENGTH},
};

use crate::it::support::{HttpClient, Response, ServerProcess, TestDatabase};

const PAGE: &str = "text/html,*/*;q=0.8";

/// Sends a request with the `Accept` header of a browser.
async fn request(http: &HttpClient, method: &Method, path: &str) -> Response {
    let sent = http.send(|client, base| {
        client.request(method.clone(), format!("{base}{path}")).header(ACCEPT, PAGE)
    });
    sent.await.unwrap()
}

#[tokio::test]
async fn head_equals_get_without_a_body_outside_better_auths_routes() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;
    let http = server.http();
    let files = async |page: &str, start: &str| {
        let page = request(&http, &Method::GET, page).await.text;
        let file = page.split('"').find(|word| word.starts_with(start)).map(str::to_owned);
        file.unwrap_or_else(|| panic!("{start} is not in {page}"))
    };
    let assets = files("/graphql", "/graphql/assets/").await;
    let scripts = files("/api/auth/reference", "/api/auth/reference/").await;
    for path in [
        "/graphql",
        "/graphql?query=%7B__typename%7D",
        "/",
        &assets,
        "/healthz",
        "/readyz",
        "/dev/mail",
        "/api/auth/reference",
        "/api/auth/docs",
        "/api/auth/open-api/generate-schema",
        &scripts,
        "/api/protected/me",
        "/nowhere",
    ] {
        let (get, head) =
            (request(&http, &Method::GET, path).await, request(&http, &Method::HEAD, path).await);
        assert_eq!((head.status, head.text.as_str()), (get.status, ""), "{path}");
        for name in ["content-type", "cache-control", "etag", "location"] {
            assert_eq!(head.headers.get(name), get.headers.get(name), "{path}: {name}");
        }
        if let Some(length) = head.headers.get(CONTENT_LENGTH) {
            assert_eq!(*length, get.text.len().to_string(), "{path}");
        }
    }
    // better-auth's routes have none.
    for path in ["/api/auth/ok", "/api/auth/get-session", "/api/auth/error"] {
        assert_eq!(
            request(&http, &Method::HEAD, path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test]
async fn unknown_paths_return_404() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;
    let http = server.http();
    for (method, path, status, code) in [
        (Method::GET, "/nowhere", 404, "NOT_FOUND"),
        (Method::POST, "/graphq", 404, "NOT_FOUND"),
        (Method::GET, "/api", 404, "NOT_FOUND"),
        (Method::GET, "/graphql/assets/none/page.js", 404, "NOT_FOUND"),
        (Method::DELETE, "/healthz", 405, "METHOD_NOT_ALLOWED"),
        (Method::POST, "/dev/mail", 405, "METHOD_NOT_ALLOWED"),
    ] {
        let response = request(&http, &method, path).await;
        assert_eq!(response.status.as_u16(), status, "{method} {path}");
        assert_eq!(response.json()["code"], code, "{method} {path}: {}", response.text);
        assert!(response.json()["message"].is_string(), "{}", response.text);
    }
    // better-auth's client expects an empty response.
    assert_eq!(request(&http, &Method::GET, "/api/auth/nowhere").await.text, "");
}
