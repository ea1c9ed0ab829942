//! Caching of responses: `Cache-Control`, `ETag` and `Vary`.

use serde_json::json;

use super::{RESPONSE_JSON, Response, document, post, request, url};
use crate::it::support::{BASE_URL, Client, TestApp};

const PRIVATE: &str = "private, no-store";
const PUBLIC: &str = "public, max-age=0, must-revalidate";
const TITLES: &str = "{ books { title } }";

/// Executes a query by GET with these headers.
async fn get(client: &Client, headers: &[(&str, &str)]) -> Response {
    client.send(request("GET", &url(&[("query", TITLES)]), headers, "")).await
}

#[tokio::test]
async fn a_public_query_by_get_is_cacheable() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    let response = get(&anyone, &[]).await;
    assert_eq!((response.status.as_u16(), response.header("cache-control")), (200, PUBLIC));
    let tag = response.header("etag");
    assert!(tag.starts_with("W/\"") && tag.len() == 36, "{tag}");

    // The tag changes only with the data.
    assert_eq!(get(&anyone, &[]).await.header("etag"), tag);
    app.signed_in("ann").await.create_book("Emma").await;
    assert_ne!(get(&anyone, &[]).await.header("etag"), tag);
}

#[tokio::test]
async fn a_matching_etag_returns_304() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    let tag = get(&anyone, &[]).await.header("etag").to_owned();
    let strong = tag.trim_start_matches("W/").to_owned();
    let among = format!("\"x\", {tag}");
    for known in [&tag, &strong, &among, "*"] {
        for method in ["GET", "HEAD"] {
            let headers = [("if-none-match", known)];
            let response =
                anyone.send(request(method, &url(&[("query", TITLES)]), &headers, "")).await;
            assert_eq!((response.status.as_u16(), response.text.as_str()), (304, ""), "{known}");
            assert_eq!(response.header("etag"), tag);
            assert_eq!(response.header("cache-control"), PUBLIC);
            assert_eq!(response.header("content-type"), "");
        }
    }
    for other in ["\"x\"", "W/\"x\"", ""] {
        assert_eq!(get(&anyone, &[("if-none-match", other)]).await.status.as_u16(), 200);
    }
    app.signed_in("ann").await.create_book("Emma").await;
    let response = get(&anyone, &[("if-none-match", &tag)]).await;
    assert_eq!(response.data(), json!({ "books": [{ "title": "Emma" }] }));
}

#[tokio::test]
async fn responses_to_a_session_are_not_cacheable() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let bearer = [("authorization", "Bearer x")];
    let cookie = [("cookie", "theme=dark")];
    for response in [
        get(&ann, &[]).await,
        get(&app.anonymous(), &bearer).await,
        get(&app.anonymous(), &cookie).await,
        get(&ann, &[("if-none-match", "*")]).await,
    ] {
        assert_eq!(response.status.as_u16(), 200);
        assert_eq!((response.header("cache-control"), response.header("etag")), (PRIVATE, ""));
    }
}

#[tokio::test]
async fn errors_and_posts_are_not_cacheable() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    let mut responses = vec![post(&anyone, &[], document(TITLES)).await];
    for text in
        ["{ unknown }", "{ books(limit: 0) { id } }", "{ a: __typename book(id: \"\") { x } }"]
    {
        responses.push(anyone.get(&url(&[("query", text)])).await);
    }
    for response in responses {
        assert_eq!((response.header("cache-control"), response.header("etag")), (PRIVATE, ""));
    }
}

#[tokio::test]
async fn vary_names_all_headers_a_response_depends_on() {
    let app = TestApp::start().await;
    let page =
        app.anonymous().send(request("GET", "/graphql", &[("accept", "text/html")], "")).await;
    for response in [
        page,
        get(&app.anonymous(), &[]).await,
        get(&app.signed_in("ann").await, &[("origin", BASE_URL)]).await,
        get(&app.anonymous(), &[("accept", "image/png")]).await,
        get(&app.anonymous(), &[("if-none-match", "*")]).await,
    ] {
        let values = response.headers.get_all("vary").iter().map(|value| value.to_str().unwrap());
        let names: Vec<_> = values.flat_map(|value| value.split(", ")).collect();
        for name in ["accept", "authorization", "cookie", "origin", "accept-encoding"] {
            assert!(names.contains(&name), "{name} is missing in {names:?}");
        }
    }
    // The media type is part of the tag.
    let json = get(&app.anonymous(), &[]).await;
    let newer = get(&app.anonymous(), &[("accept", RESPONSE_JSON)]).await;
    assert_ne!(json.header("content-type"), newer.header("content-type"));
}

#[tokio::test]
async fn the_maximum_age_is_configurable() {
    let app = TestApp::start_with(&["--graphql-cache-max-age", "60"]).await;
    let response = get(&app.anonymous(), &[]).await;
    assert_eq!(response.header("cache-control"), "public, max-age=60, must-revalidate");
    let ann = app.signed_in("ann").await;
    assert_eq!(get(&ann, &[]).await.header("cache-control"), PRIVATE);
}
