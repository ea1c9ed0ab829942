//! Request bodies: one JSON object of at most 1 MB.

use super::{CREATE, assert_refused, document, post, was_executed};
use crate::it::support::{TestApp, multipart_form};

/// 1 MB.
const MAX: usize = 1024 * 1024;

#[tokio::test]
async fn a_body_that_is_no_json_object_is_refused() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    for body in [
        "",
        " ",
        "{",
        "{\"query\": \"{ __typename }\"",
        "{\"query\": \"{ __typename }\"} x",
        "{'query': '{ __typename }'}",
        "query={ __typename }",
        "{ __typename }",
        "{\"query\": \"{ __typename }\", \"variables\": {\"x\": 1e400}}",
        "null",
        "true",
        "1",
        "\"{ __typename }\"",
    ] {
        let refused = post(&anyone, &[], body).await;
        assert_refused(&refused, 400, "BAD_REQUEST");
    }
    let refused = post(&anyone, &[], vec![b'{', 0xff, 0xfe, b'}']).await;
    assert_refused(&refused, 400, "BAD_REQUEST");
}

/// A proxy that inspects requests may read the other of two duplicate fields.
#[tokio::test]
async fn a_duplicate_field_is_refused() {
    let app = TestApp::start().await;
    for body in [
        r#"{"query": "{ __typename }", "query": "{ users { id } }"}"#,
        r#"[{"query": "{ __typename }", "variables": {}, "variables": null}]"#,
    ] {
        let refused = post(&app.anonymous(), &[], body).await;
        assert_refused(&refused, 400, "BAD_REQUEST");
        assert_eq!(refused.error_message(), "the body has a field twice");
    }
    let twice = "/graphql?query=%7B__typename%7D&query=%7Busers%7Bid%7D%7D";
    let refused = app.anonymous().get(twice).await;
    assert_refused(&refused, 400, "BAD_REQUEST");
    assert_eq!(refused.error_message(), "the URL has query twice");
}

#[tokio::test]
async fn a_body_has_at_most_1_mb() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    // The server must read and skip the white space before the document.
    let sized = |size: usize| {
        let body = document(CREATE);
        format!("{}{body}", " ".repeat(size - body.len()))
    };
    for size in [MAX + 1, 4 * MAX] {
        let body = sized(size);
        let length = body.len().to_string();
        let announced = post(&ann, &[("content-length", &length)], body.clone()).await;
        assert_refused(&announced, 413, "PAYLOAD_TOO_LARGE");
        let unannounced = post(&ann, &[], body).await;
        assert_refused(&unannounced, 413, "PAYLOAD_TOO_LARGE");
    }
    assert!(!was_executed(&app).await);
    post(&ann, &[], sized(MAX)).await.data();
    assert!(was_executed(&app).await);
}

#[tokio::test]
async fn a_large_content_length_is_refused() {
    let app = TestApp::start().await;
    let refused = post(&app.anonymous(), &[("content-length", "99999999")], "{}").await;
    assert_refused(&refused, 413, "PAYLOAD_TOO_LARGE");
}

/// Some programs begin every text with a byte order mark.
#[tokio::test]
async fn a_byte_order_mark_before_a_body_is_skipped() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let marked = |body: String| format!("\u{feff}{body}");
    let response = post(&ann, &[], marked(document("{ __typename }"))).await;
    assert_eq!(response.data()["__typename"], "Query");
    let list = marked(format!("[{}]", document("{ __typename }")));
    assert_eq!(post(&ann, &[], list).await.text, r#"[{"data":{"__typename":"Query"}}]"#);
    let fields = [
        ("operations", None, marked(document("{ __typename }"))),
        ("map", None, marked("{}".to_owned())),
    ];
    let fields = fields.each_ref().map(|(name, file, text)| (*name, *file, text.as_bytes()));
    let response =
        ann.post_multipart(&[("graphql-require-preflight", "1")], multipart_form(&fields)).await;
    assert_eq!(response.data()["__typename"], "Query");
    // Only one mark is skipped, and only at the beginning.
    for body in
        [marked(marked(document("{ __typename }"))), document("{ __typename }") + "\u{feff}"]
    {
        assert_refused(&post(&ann, &[], body).await, 400, "BAD_REQUEST");
    }
}

#[tokio::test]
async fn a_compressed_body_is_refused_and_nothing_is_executed() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for coding in ["gzip", "br", "deflate", "zstd", "identity, gzip"] {
        let refused = post(&ann, &[("content-encoding", coding)], document(CREATE)).await;
        assert_refused(&refused, 415, "UNSUPPORTED_MEDIA_TYPE");
        assert_eq!(refused.header("accept-encoding"), "identity");
    }
    assert!(!was_executed(&app).await);
    post(&ann, &[("content-encoding", "identity")], document(CREATE)).await.data();
}
