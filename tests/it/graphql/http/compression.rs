//! Compression of long responses.

use axum::body::to_bytes;
use tower::ServiceExt;

use super::{BOOK, document, request, url};
use crate::it::support::TestApp;

/// Starts an application with 40 books.
async fn start_with_books() -> TestApp {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for index in 0..40 {
        BOOK.create(&ann, serde_json::json!({ "title": format!("Book {index}") })).await.data();
    }
    app
}

/// Returns content encoding, `Vary` and length of the response to a request with these headers.
async fn encoding_of(
    app: &TestApp,
    text: &str,
    accept: &[(&str, &str)],
) -> (String, String, usize) {
    let headers = [&[("content-type", "application/json")], accept].concat();
    let request = request("POST", "/graphql", &headers, document(text));
    let response = app.anonymous().router().clone().oneshot(request).await.unwrap();
    let header = |name| {
        let values = response.headers().get_all(name).iter();
        values.map(|value| value.to_str().unwrap()).collect::<Vec<_>>().join(", ")
    };
    let (coding, vary) = (header("content-encoding"), header("vary"));
    (coding, vary, to_bytes(response.into_body(), usize::MAX).await.unwrap().len())
}

#[tokio::test]
async fn a_long_response_is_compressed_if_accepted() {
    let app = start_with_books().await;
    let long = "{ books(limit: 40) { id title createdAt } }";
    let (coding, _, plain) = encoding_of(&app, long, &[]).await;
    assert_eq!(coding, "");
    for accept in ["gzip", "gzip, deflate, br, zstd", "br;q=1, gzip;q=0.5", "*"] {
        let (coding, vary, length) = encoding_of(&app, long, &[("accept-encoding", accept)]).await;
        assert_eq!(coding, "gzip", "{accept}");
        assert!(vary.contains("accept-encoding"), "{vary}");
        assert!(length * 3 < plain, "{length} of {plain} bytes");
    }
    for accept in ["", "identity", "br", "gzip;q=0"] {
        let (coding, _, length) = encoding_of(&app, long, &[("accept-encoding", accept)]).await;
        assert_eq!((coding.as_str(), length), ("", plain), "{accept}");
    }
}

#[tokio::test]
async fn a_short_response_is_not_compressed() {
    let app = start_with_books().await;
    let (coding, _, _) =
        encoding_of(&app, "{ books(limit: 3) { title } }", &[("accept-encoding", "gzip")]).await;
    assert_eq!(coding, "");
}

#[tokio::test]
async fn compressed_and_plain_responses_have_one_etag() {
    let app = start_with_books().await;
    let get = url(&[("query", "{ books(limit: 40) { id title createdAt } }")]);
    let mut tags = Vec::new();
    for accept in ["gzip", "identity"] {
        let request = request("GET", &get, &[("accept-encoding", accept)], "");
        let response = app.anonymous().router().clone().oneshot(request).await.unwrap();
        tags.push(response.headers()["etag"].clone());
    }
    assert_eq!(tags[0], tags[1]);
    let known = [("accept-encoding", "gzip"), ("if-none-match", tags[0].to_str().unwrap())];
    let response = app.anonymous().send(request("GET", &get, &known, "")).await;
    assert_eq!((response.status.as_u16(), response.header("content-encoding")), (304, ""));
}
