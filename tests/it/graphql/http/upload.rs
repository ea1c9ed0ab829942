//! File uploads as variables.

use serde_json::{Value, json};

use super::{BOOK, assert_alive, assert_refused, post};
use crate::it::support::{Client, Response, TestApp, multipart_form};

pub(super) const IMPORT: &str =
    "mutation Import($file: Upload!) { importBooks(file: $file) { title isbn } }";
pub(super) const PREFLIGHT: [(&str, &str); 1] = [("graphql-require-preflight", "1")];

/// Returns the operation that imports a file.
pub(super) fn import() -> Value {
    json!({ "query": IMPORT, "variables": { "file": null } })
}

/// Uploads a file as the only variable.
pub(super) async fn send(client: &Client, file: &[u8]) -> Response {
    client.upload(&import(), &json!({ "0": ["variables.file"] }), &[file]).await
}

/// Posts a form with exactly these fields.
pub(super) async fn send_fields(client: &Client, fields: &[(&str, &[u8])]) -> Response {
    let fields: Vec<_> = fields.iter().map(|(name, content)| (*name, None, *content)).collect();
    client.post_multipart(&PREFLIGHT, multipart_form(&fields)).await
}

#[tokio::test]
async fn a_file_is_the_value_of_its_variable() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let response = send(&ann, b"title,isbn\nEmma,9780141439587\nPersuasion,\n").await;
    let expected = json!([
        { "title": "Emma", "isbn": "9780141439587" },
        { "title": "Persuasion", "isbn": null },
    ]);
    assert_eq!(response.data()["importBooks"], expected);
    assert_eq!(BOOK.count(&ann).await, 2);
}

#[tokio::test]
async fn several_files_are_assigned_by_the_map() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let query = "mutation($a: Upload!, $b: [Upload!]!) { a: importBooks(file: $a) { title } }";
    let both = "mutation($a: Upload!, $b: Upload!) {
        a: importBooks(file: $a) { title } b: importBooks(file: $b) { title } }";
    let operations = json!({ "query": both, "variables": { "a": null, "b": null } });
    let map = json!({ "0": ["variables.b"], "1": ["variables.a"] });
    let response = ann.upload(&operations, &map, &[b"title\nEmma\n", b"title\nPersuasion\n"]).await;
    let expected = json!({ "a": [{ "title": "Persuasion" }], "b": [{ "title": "Emma" }] });
    assert_eq!(response.data(), expected);
    // One file may be the value of several variables.
    let map = json!({ "0": ["variables.a", "variables.b"] });
    let response = ann.upload(&operations, &map, &[b"title\nSanditon\n"]).await;
    assert_eq!(response.data()["a"], response.data()["b"]);
    // A path may lead into a list. The unused variable is reported as always.
    let operations = json!({ "query": query, "variables": { "a": null, "b": [null] } });
    let map = json!({ "0": ["variables.a", "variables.b.0"] });
    let response = ann.upload(&operations, &map, &[b"title\nX\n"]).await;
    assert_eq!(response.error_code(), "GRAPHQL_VALIDATION_FAILED");
}

#[tokio::test]
async fn a_batch_can_contain_files() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let operations = json!([import(), import()]);
    let map = json!({ "0": ["0.variables.file"], "1": ["1.variables.file"] });
    let response = ann.upload(&operations, &map, &[b"title\nEmma\n", b"title\nPersuasion\n"]).await;
    let titles = [0, 1].map(|at| response.json()[at]["data"]["importBooks"][0]["title"].clone());
    assert_eq!(titles, ["Emma", "Persuasion"]);
}

#[tokio::test]
async fn a_form_requires_a_preflight_header() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let operations = import().to_string();
    let fields = multipart_form(&[
        ("operations", None, operations.as_bytes()),
        ("map", None, b"{\"0\":[\"variables.file\"]}"),
        ("0", Some("books.csv"), b"title\nEmma\n"),
    ]);
    for headers in [&[][..], &[("graphql-require-preflight", "")], &[("x-other", "1")]] {
        let refused = ann.post_multipart(headers, fields.clone()).await;
        assert_refused(&refused, 415, "UNSUPPORTED_MEDIA_TYPE");
        assert!(refused.error_message().contains("graphql-require-preflight"), "{}", refused.text);
    }
    assert_eq!(BOOK.count(&ann).await, 0);
    for header in
        ["graphql-require-preflight", "apollo-require-preflight", "x-apollo-operation-name"]
    {
        ann.post_multipart(&[(header, "1")], fields.clone()).await.data();
    }
    let foreign = [PREFLIGHT[0], ("origin", "https://evil.example")];
    assert_refused(&ann.post_multipart(&foreign, fields).await, 403, "INVALID_ORIGIN");
}

#[tokio::test]
async fn anonymous_clients_cannot_upload() {
    let app = TestApp::start().await;
    let refused = send(&app.anonymous(), b"title\nEmma\n").await;
    assert_refused(&refused, 401, "UNAUTHENTICATED");
}

#[tokio::test]
async fn an_invalid_form_is_refused() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let operations = import().to_string();
    let operations = operations.as_bytes();
    let map = b"{\"0\":[\"variables.file\"]}";
    let file = b"title\nEmma\n";
    for fields in [
        &[][..],
        &[("map", &map[..]), ("operations", operations), ("0", file)],
        &[("0", file), ("operations", operations), ("map", map)],
        &[("operations", operations), ("0", file), ("map", map)],
        &[("operations", operations)],
        &[("operations", operations), ("map", map)],
        &[("operations", operations), ("map", map), ("1", file)],
        &[("operations", operations), ("map", map), ("0", file), ("0", file)],
        &[("operations", operations), ("map", map), ("0", file), ("1", file)],
        &[("operations", b"{"), ("map", map), ("0", file)],
        &[("operations", b"1"), ("map", map), ("0", file)],
        &[("operations", b"[]"), ("map", map), ("0", file)],
    ] {
        assert_refused(&send_fields(&ann, fields).await, 400, "BAD_REQUEST");
    }
    for map in [
        "",
        "[]",
        "{\"0\": \"variables.file\"}",
        "{\"0\": []}",
        "{\"0\": [1]}",
        "{\"0\": [\"\"]}",
        "{\"0\": [\"file\"]}",
        "{\"0\": [\"variables\"]}",
        "{\"0\": [\"variables.\"]}",
        "{\"0\": [\"variables.other\"]}",
        "{\"0\": [\"variables.file.0\"]}",
        "{\"0\": [\"variables.file\", \"variables.file\"]}",
        "{\"0\": [\"query\"]}",
        "{\"0\": [\"0.variables.file\"]}",
    ] {
        let fields = [("operations", operations), ("map", map.as_bytes()), ("0", &file[..])];
        let refused = send_fields(&ann, &fields).await;
        assert_refused(&refused, 400, "BAD_REQUEST");
    }
    // An existing value is not overwritten.
    let occupied = json!({ "query": IMPORT, "variables": { "file": "x" } });
    let refused = ann.upload(&occupied, &json!({ "0": ["variables.file"] }), &[file]).await;
    assert_refused(&refused, 400, "BAD_REQUEST");
    assert_eq!(BOOK.count(&ann).await, 0);
}

#[tokio::test]
async fn a_truncated_form_is_refused() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let operations = import().to_string();
    let whole = multipart_form(&[
        ("operations", None, operations.as_bytes()),
        ("map", None, b"{\"0\":[\"variables.file\"]}"),
        ("0", Some("books.csv"), b"title\nEmma\n"),
    ]);
    for length in (0..whole.len() - 10).step_by(7) {
        let refused = ann.post_multipart(&PREFLIGHT, whole[..length].to_vec()).await;
        assert_refused(&refused, 400, "BAD_REQUEST");
    }
    let headers = [PREFLIGHT[0], ("content-encoding", "gzip")];
    let refused = ann.post_multipart(&headers, whole).await;
    assert_refused(&refused, 415, "UNSUPPORTED_MEDIA_TYPE");
    assert_eq!(BOOK.count(&ann).await, 0);
}

#[tokio::test]
async fn only_files_are_accepted_as_uploads() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for value in [json!("x"), json!(0), json!("#__graphql_file__:0"), json!([]), Value::Null] {
        let body = json!({ "query": IMPORT, "variables": { "file": value } });
        assert_eq!(
            post(&ann, &[], body.to_string()).await.error_code(),
            "BAD_USER_INPUT",
            "{value}"
        );
    }
    let body = json!({ "query": "mutation { importBooks(file: \"x\") { title } }" });
    assert_eq!(post(&ann, &[], body.to_string()).await.error_code(), "GRAPHQL_VALIDATION_FAILED");
    // A file is not a string.
    let query = "mutation($x: String!) { createBook(input: { title: $x, authorIds: [] }) { id } }";
    let operations = json!({ "query": query, "variables": { "x": null } });
    let response = ann.upload(&operations, &json!({ "0": ["variables.x"] }), &[b"Emma"]).await;
    assert_eq!(response.error_code(), "BAD_USER_INPUT");
    assert_alive(&app).await;
}

#[tokio::test]
async fn uploads_can_be_disabled() {
    let app = TestApp::start_with(&["--graphql-upload-files", "0"]).await;
    let ann = app.signed_in("ann").await;
    assert_refused(&send(&ann, b"title\nEmma\n").await, 415, "UNSUPPORTED_MEDIA_TYPE");
}
