//! Trusted documents of a manifest, executed by id.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{CREATE, assert_refused, document, post, sha256, url};
use crate::it::support::{Client, Response, TestApp, TestDatabase, run_bookplate};

const TITLES: &str = "query Titles { books { title } }";
const BOOK: &str = "query Book($id: ID!) { book(id: $id) { title } }";

/// Returns a manifest in the format of `generate-persisted-query-manifest`, with custom ids.
fn apollo_manifest() -> Value {
    let operation = |id: &str, name: &str, ty: &str, body: &str| json!({ "id": id, "name": name, "type": ty, "body": body });
    json!({
        "format": "apollo-persisted-query-manifest",
        "version": 1,
        "operations": [
            operation("titles-1", "Titles", "query", TITLES),
            operation("book-1", "Book", "query", BOOK),
            operation(&sha256(CREATE), "Create", "mutation", CREATE),
        ],
    })
}

/// Starts an application with this manifest and additional flags.
async fn start(manifest: &Value, flags: &[&str]) -> (TestApp, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("manifest.json");
    fs::write(&path, manifest.to_string()).unwrap();
    let manifest = ["--graphql-trusted-documents", path.to_str().unwrap()];
    (TestApp::start_with(&[&manifest, flags].concat()).await, folder)
}

/// Posts the id of a trusted document.
async fn post_id(client: &Client, id: &str) -> Response {
    post(client, &[], json!({ "documentId": id }).to_string()).await
}

/// Posts the hash of a persisted query.
async fn post_hash(client: &Client, hash: &str) -> Response {
    let extensions = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
    post(client, &[], json!({ "extensions": extensions }).to_string()).await
}

const ONLY: [&str; 2] = ["--graphql-trusted-documents-only", "true"];

#[tokio::test]
async fn a_document_is_executed_by_its_id() {
    let (app, _folder) = start(&apollo_manifest(), &[]).await;
    let anyone = app.anonymous();
    let no_books = json!({ "books": [] });
    for id in ["titles-1", &sha256(TITLES), &format!("sha256:{}", sha256(TITLES))] {
        assert_eq!(post_id(&anyone, id).await.data(), no_books, "{id}");
        assert_eq!(anyone.get(&url(&[("documentId", id)])).await.data(), no_books, "{id}");
        // Apollo's link sends ids in this form.
        assert_eq!(post_hash(&anyone, id).await.data(), no_books, "{id}");
    }
    let body = json!({ "documentId": "book-1", "variables": { "id": "x" } });
    let response = post(&anyone, &[], body.to_string()).await;
    assert_eq!(response.data(), json!({ "book": null }));
}

#[tokio::test]
async fn a_map_of_texts_is_a_manifest() {
    let (app, _folder) = start(&json!({ "a": TITLES, "b": BOOK }), &[]).await;
    assert_eq!(post_id(&app.anonymous(), "a").await.data(), json!({ "books": [] }));
}

#[tokio::test]
async fn an_unknown_id_is_refused() {
    let (app, _folder) = start(&apollo_manifest(), &[]).await;
    for id in ["titles-2", "TITLES-1", "sha256:titles", &sha256("{ a }")] {
        let refused = post_id(&app.anonymous(), id).await;
        assert_refused(&refused, 200, "PERSISTED_QUERY_NOT_IN_LIST");
    }
    let both = json!({ "documentId": "titles-1", "query": TITLES });
    assert_refused(&post(&app.anonymous(), &[], both.to_string()).await, 400, "BAD_REQUEST");
    let number = json!({ "documentId": 1 });
    assert_refused(&post(&app.anonymous(), &[], number.to_string()).await, 400, "BAD_REQUEST");
}

#[tokio::test]
async fn a_trusted_mutation_requires_post_and_a_session() {
    let (app, _folder) = start(&apollo_manifest(), &ONLY).await;
    let ann = app.signed_in("ann").await;
    let id = sha256(CREATE);
    assert_eq!(post_id(&app.anonymous(), &id).await.error_code(), "UNAUTHENTICATED");
    assert_refused(&ann.get(&url(&[("documentId", &id)])).await, 405, "METHOD_NOT_ALLOWED");
    post_id(&ann, &id).await.data();
}

#[tokio::test]
async fn other_documents_are_executed_by_default() {
    let (app, _folder) = start(&apollo_manifest(), &[]).await;
    let response = post(&app.anonymous(), &[], document("{ __typename }")).await;
    assert_eq!(response.data(), json!({ "__typename": "Query" }));
}

#[tokio::test]
async fn other_documents_are_refused_if_configured() {
    let (app, _folder) = start(&apollo_manifest(), &ONLY).await;
    let anyone = app.anonymous();
    for text in [
        "{ __typename }",
        "query Titles { books { title } } ",
        "query Titles { books { id } }",
        "{ __schema { types { name } } }",
        "{",
        "",
    ] {
        let body = json!({ "query": text, "operationName": "Titles" });
        let refused = post(&anyone, &[], body.to_string()).await;
        let code =
            if text.is_empty() { (400, "BAD_REQUEST") } else { (200, "QUERY_NOT_IN_SAFELIST") };
        assert_refused(&refused, code.0, code.1);
        if !text.is_empty() {
            let by_get = anyone.get(&url(&[("query", text)])).await;
            assert_refused(&by_get, 200, "QUERY_NOT_IN_SAFELIST");
        }
    }
    // It cannot be added as a persisted query.
    let text = "{ __typename }";
    let extensions = json!({ "persistedQuery": { "version": 1, "sha256Hash": sha256(text) } });
    let both = json!({ "query": text, "extensions": extensions }).to_string();
    assert_refused(&post(&anyone, &[], both).await, 200, "QUERY_NOT_IN_SAFELIST");
    assert_refused(&post_hash(&anyone, &sha256(text)).await, 200, "PERSISTED_QUERY_NOT_IN_LIST");
    // A batch cannot contain it either.
    let list = json!([{ "query": text }, { "documentId": "titles-1" }]);
    let responses = post(&anyone, &[], list.to_string()).await.json();
    assert_eq!(responses[0]["errors"][0]["extensions"]["code"], "QUERY_NOT_IN_SAFELIST");
    assert_eq!(responses[1]["data"], json!({ "books": [] }));
    // The text of a trusted document is accepted.
    assert_eq!(post(&anyone, &[], document(TITLES)).await.data(), json!({ "books": [] }));
}

/// Starts the binary with this manifest, and returns the error message.
async fn startup_error(manifest: &str, settings: &[(&str, &str)]) -> String {
    let database = TestDatabase::create().await;
    let path = database.folder().join("manifest.json");
    fs::write(&path, manifest).unwrap();
    let always = [
        ("DATABASE_URL", database.url()),
        ("PORT", "0"),
        ("GRAPHQL_TRUSTED_DOCUMENTS", path.to_str().unwrap()),
    ];
    run_bookplate(&database.folder(), &["serve"], &[&always, settings].concat())
        .await
        .expect_failure()
}

#[tokio::test]
async fn invalid_documents_stop_the_start_and_are_named() {
    let mut manifest = apollo_manifest();
    manifest["operations"][0]["body"] = json!("query Titles { books { tittle } }");
    manifest["operations"][1]["body"] = json!("query Book {");
    let refused = startup_error(&manifest.to_string(), &[]).await;
    for part in ["GRAPHQL_TRUSTED_DOCUMENTS", "manifest.json", "Titles:", "tittle", "Book: syntax"]
    {
        assert!(refused.contains(part), "{part} is missing in {refused}");
    }
    assert!(!refused.contains("Create:"), "{refused}");
}

#[tokio::test]
async fn a_file_in_another_format_stops_the_start() {
    let other = json!({ "format": "another", "version": 1, "operations": [] }).to_string();
    let newer = apollo_manifest().to_string().replace("\"version\":1", "\"version\":2");
    for manifest in ["", "[]", "{\"a\": 1}", "{", &other, &newer] {
        let refused = startup_error(manifest, &[]).await;
        assert!(refused.contains("GRAPHQL_TRUSTED_DOCUMENTS"), "{refused}");
        assert!(refused.contains("must be JSON"), "{refused}");
    }
}

#[tokio::test]
async fn a_missing_manifest_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("nowhere.json");
    let settings = [("PORT", "0"), ("GRAPHQL_TRUSTED_DOCUMENTS", file.to_str().unwrap())];
    let refused = run_bookplate(folder.path(), &["serve"], &settings).await.expect_failure();
    assert!(refused.contains("GRAPHQL_TRUSTED_DOCUMENTS"), "{refused}");
    assert!(refused.contains("cannot be read"), "{refused}");
    let settings = [("GRAPHQL_TRUSTED_DOCUMENTS_ONLY", "true")];
    let refused =
        run_bookplate(folder.path(), &["migrate", "up"], &settings).await.expect_failure();
    assert!(refused.contains("needs GRAPHQL_TRUSTED_DOCUMENTS"), "{refused}");
}
