//! Compression: of what is long, for those who take it.

use axum::body::to_bytes;
use tower::ServiceExt;

use super::{BOOK, document, request, url};
use crate::it::support::TestApp;

async fn library() -> TestApp {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for n in 0..40 {
        BOOK.create(&ann, serde_json::json!({ "title": format!("Book {n}") })).await.data();
    }
    app
}

/// The coding, `Vary` and length of the answer to a request with these headers.
async fn sent(app: &TestApp, text: &str, accept: &[(&str, &str)]) -> (String, String, usize) {
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
async fn a_long_answer_is_compressed_for_those_who_take_it() {
    let app = library().await;
    let long = "{ books(limit: 40) { id title createdAt } }";
    let (coding, _, plain) = sent(&app, long, &[]).await;
    assert_eq!(coding, "");
    for accept in ["gzip", "gzip, deflate, br, zstd", "br;q=1, gzip;q=0.5", "*"] {
        let (coding, vary, length) = sent(&app, long, &[("accept-encoding", accept)]).await;
        assert_eq!(coding, "gzip", "{accept}");
        assert!(vary.contains("accept-encoding"), "{vary}");
        assert!(length * 3 < plain, "{length} of {plain} bytes");
    }
    for accept in ["", "identity", "br", "gzip;q=0"] {
        let (coding, _, length) = sent(&app, long, &[("accept-encoding", accept)]).await;
        assert_eq!((coding.as_str(), length), ("", plain), "{accept}");
    }
}

#[tokio::test]
async fn a_short_answer_is_not() {
    let app = library().await;
    let (coding, _, _) =
        sent(&app, "{ books(limit: 3) { title } }", &[("accept-encoding", "gzip")]).await;
    assert_eq!(coding, "");
}

#[tokio::test]
async fn compressed_or_not_an_answer_has_one_tag() {
    let app = library().await;
    let get = url(&[("query", "{ books(limit: 40) { id title createdAt } }")]);
    let mut tags = Vec::new();
    for accept in ["gzip", "identity"] {
        let request = request("GET", &get, &[("accept-encoding", accept)], "");
        let response = app.anonymous().router().clone().oneshot(request).await.unwrap();
        tags.push(response.headers()["etag"].clone());
    }
    assert_eq!(tags[0], tags[1]);
    let known = [("accept-encoding", "gzip"), ("if-none-match", tags[0].to_str().unwrap())];
    let answer = app.anonymous().send(request("GET", &get, &known, "")).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-encoding")), (304, ""));
}
