//! Limits of uploads, per request, per user and in total, and malformed forms.

use std::convert::Infallible;

use axum::{body::Body, http::Request};
use futures_util::{StreamExt, stream};
use serde_json::json;
use tokio::{sync::mpsc, task::JoinHandle};
use tower::ServiceExt;

use super::{
    BOOK, assert_alive, assert_refused,
    upload::{IMPORT, PREFLIGHT, import, send, send_fields},
};
use crate::it::support::{Client, MULTIPART_TYPE, TestApp, multipart_form};

#[tokio::test]
async fn files_have_limits() {
    let flags = ["--graphql-upload-files", "2", "--graphql-upload-file-bytes", "2000"];
    let app = TestApp::start_with(&flags).await;
    let ann = app.signed_in("ann").await;
    let padded = |size: usize| format!("title\n{}", "\n".repeat(size - 6)).into_bytes();
    assert_eq!(send(&ann, &padded(2000)).await.error_code(), "BAD_USER_INPUT");
    assert_refused(&send(&ann, &padded(2001)).await, 413, "PAYLOAD_TOO_LARGE");
    assert_refused(&send(&ann, &padded(5_000_000)).await, 413, "PAYLOAD_TOO_LARGE");
    let map = json!({ "0": ["variables.a"], "1": ["variables.b"], "2": ["variables.c"] });
    let refused = ann.upload(&import(), &map, &[b"", b"", b""]).await;
    assert_refused(&refused, 413, "PAYLOAD_TOO_LARGE");
    // The other fields have limits as well.
    let large = json!({ "query": IMPORT, "operationName": "x".repeat(1_100_000) });
    let refused = ann.upload(&large, &json!({ "0": ["variables.file"] }), &[b"title\n"]).await;
    assert_refused(&refused, 413, "PAYLOAD_TOO_LARGE");
    let paths: Vec<_> = (0..1_001).map(|index| format!("variables.{index}")).collect();
    let refused = ann.upload(&import(), &json!({ "0": paths }), &[b"title\n"]).await;
    assert_refused(&refused, 413, "PAYLOAD_TOO_LARGE");
}

#[tokio::test]
async fn files_of_all_requests_have_a_common_limit() {
    let app = TestApp::start_with(&["--graphql-upload-total-bytes", "20000"]).await;
    let ann = app.signed_in("ann").await;
    let refused = send(&ann, &vec![b'\n'; 11_000]).await;
    assert_refused(&refused, 429, "RATE_LIMITED");
    assert_eq!(refused.header("retry-after"), "1");
    // The bytes before the first field count as well, since they are buffered.
    let mut long = vec![b'x'; 11_000];
    long.extend(multipart_form(&[("operations", None, b"{}")]));
    assert_refused(&ann.post_multipart(&PREFLIGHT, long).await, 429, "RATE_LIMITED");
    // Reservations are released after refusals and successes.
    for index in 0..5 {
        let mut file = format!("title\nBook {index}\n").into_bytes();
        file.resize(8_000, b'\n');
        send(&ann, &file).await.data();
    }
}

/// Starts to post a form of which `bytes` bytes arrive and are buffered.
async fn unfinished(ann: &Client, bytes: usize) -> (JoinHandle<()>, mpsc::Sender<Vec<u8>>) {
    let (chunks, body) = mpsc::channel::<Vec<u8>>(1);
    let operations = import().to_string();
    let fields = [
        ("operations", None, operations.as_bytes()),
        ("map", None, &b"{\"0\":[\"variables.file\"]}"[..]),
        ("0", Some("books.csv"), &vec![b'\n'; 100_000][..]),
    ];
    chunks.send(multipart_form(&fields)[..bytes].to_vec()).await.unwrap();
    let cookies: Vec<_> =
        ann.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let body = stream::unfold(body, async |mut body| Some((body.recv().await?, body)));
    let request = Request::post("/graphql")
        .header("content-type", MULTIPART_TYPE)
        .header("graphql-require-preflight", "1")
        .header("cookie", cookies.join("; "))
        .body(Body::from_stream(body.map(Ok::<_, Infallible>)));
    let answered = ann.router().clone().oneshot(request.unwrap());
    let sending = tokio::spawn(async move {
        answered.await.unwrap();
    });
    // The reservation is released after the upload.
    drop(chunks.reserve().await.unwrap());
    (sending, chunks)
}

#[tokio::test]
async fn a_slow_upload_does_not_block_other_users() {
    let app = TestApp::start_with(&["--graphql-upload-total-bytes", "20000"]).await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    // Both forms belong to one user, and use that user's limit completely.
    let forms = [unfinished(&ann, 6_000).await, unfinished(&ann, 3_900).await];
    assert_refused(&send(&ann, b"title\nEmma\n").await, 429, "RATE_LIMITED");
    let mut file = b"title\nPersuasion\n".to_vec();
    file.resize(4_000, b'\n');
    send(&bob, &file).await.data();
    file.resize(8_000, b'\n');
    let refused = send(&bob, &file).await;
    assert_refused(&refused, 503, "SERVICE_UNAVAILABLE");
    assert_eq!(refused.header("retry-after"), "1");
    // The reservation is released when the client disconnects.
    for (sending, _chunks) in forms {
        sending.abort();
        assert!(sending.await.unwrap_err().is_cancelled());
    }
    send(&bob, &file).await.data();
    send(&ann, &file).await.data();
}

#[tokio::test]
async fn a_file_may_be_longer_than_variables() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let mut file = b"title\nEmma\n".to_vec();
    file.resize(1_000_000, b'\n');
    send(&ann, &file).await.data();
    assert_eq!(BOOK.count(&ann).await, 1);
}

#[tokio::test]
async fn hostile_forms_are_refused() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let operations = import().to_string();
    let with_map = |map: String| {
        let fields = [("operations", None, operations.as_bytes()), ("map", None, map.as_bytes())];
        multipart_form(&[&fields[..], &[("0", Some("books.csv"), b"title\nEmma\n")]].concat())
    };
    let steps = |step: &str| format!("{{\"0\":[\"variables.file{}\"]}}", step.repeat(100_000));
    let names: Vec<_> =
        (0..50_000).map(|index| format!("\"{index}\":[\"variables.file\"]")).collect();
    let paths = vec!["\"variables.file\""; 50_000].join(",");
    for (map, status, code) in [
        (steps(".0"), 400, "BAD_REQUEST"),
        (steps("."), 400, "BAD_REQUEST"),
        ("[".repeat(100_000), 400, "BAD_REQUEST"),
        (format!("{{{}}}", names.join(",")), 413, "PAYLOAD_TOO_LARGE"),
        (format!("{{\"0\":[{paths}]}}"), 413, "PAYLOAD_TOO_LARGE"),
        (" ".repeat(1_100_000), 413, "PAYLOAD_TOO_LARGE"),
    ] {
        assert_refused(&ann.post_multipart(&PREFLIGHT, with_map(map)).await, status, code);
        assert_alive(&app).await;
    }
    let deep = format!("{{\"query\":\"\",\"variables\":{}", "{\"a\":".repeat(100_000));
    let parts: Vec<_> = (0..20_000).map(|index| index.to_string()).collect();
    let parts: Vec<_> = parts.iter().map(|name| (name.as_str(), &b"x"[..])).collect();
    let paths = [&[("operations", operations.as_bytes()), ("map", b"{}")][..], &parts].concat();
    for fields in [&[("operations", deep.as_bytes())][..], &paths, &parts] {
        assert_refused(&send_fields(&ann, fields).await, 400, "BAD_REQUEST");
        assert_alive(&app).await;
    }
    // A part header without an end, and parts without content.
    for hostile in [vec![b'x'; 6_000_000], b"--x\r\n".repeat(200_000)] {
        assert_refused(&ann.post_multipart(&PREFLIGHT, hostile).await, 400, "BAD_REQUEST");
    }
    assert_eq!(BOOK.count(&ann).await, 0);
}
