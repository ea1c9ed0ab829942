//! Trusted documents: those of a manifest, by their ids.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{CREATE, assert_refused, document, post, sha256, url};
use crate::it::support::{Client, Response, TestApp, TestDatabase, run_bookplate};

const TITLES: &str = "query Titles { books { title } }";
const BOOK: &str = "query Book($id: ID!) { book(id: $id) { title } }";

/// As `generate-persisted-query-manifest` writes it, with ids of the app's own.
fn apollo() -> Value {
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

/// A server with this manifest, under further settings.
async fn start(manifest: &Value, flags: &[&str]) -> (TestApp, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("manifest.json");
    fs::write(&path, manifest.to_string()).unwrap();
    let manifest = ["--graphql-trusted-documents", path.to_str().unwrap()];
    (TestApp::start_with(&[&manifest, flags].concat()).await, folder)
}

async fn by_id(client: &Client, id: &str) -> Response {
    post(client, &[], json!({ "documentId": id }).to_string()).await
}

async fn by_hash(client: &Client, hash: &str) -> Response {
    let extensions = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
    post(client, &[], json!({ "extensions": extensions }).to_string()).await
}

const ONLY: [&str; 2] = ["--graphql-trusted-documents-only", "true"];

#[tokio::test]
async fn a_document_is_executed_by_its_id() {
    let (app, _folder) = start(&apollo(), &[]).await;
    let anyone = app.anonymous();
    let none = json!({ "books": [] });
    for id in ["titles-1", &sha256(TITLES), &format!("sha256:{}", sha256(TITLES))] {
        assert_eq!(by_id(&anyone, id).await.data(), none, "{id}");
        assert_eq!(anyone.get(&url(&[("documentId", id)])).await.data(), none, "{id}");
        // Apollo's link sends the manifest's ids so.
        assert_eq!(by_hash(&anyone, id).await.data(), none, "{id}");
    }
    let body = json!({ "documentId": "book-1", "variables": { "id": "x" } });
    let response = post(&anyone, &[], body.to_string()).await;
    assert_eq!(response.data(), json!({ "book": null }));
}

#[tokio::test]
async fn a_plain_map_of_texts_is_a_manifest_too() {
    let (app, _folder) = start(&json!({ "a": TITLES, "b": BOOK }), &[]).await;
    assert_eq!(by_id(&app.anonymous(), "a").await.data(), json!({ "books": [] }));
}

#[tokio::test]
async fn an_unknown_id_is_refused() {
    let (app, _folder) = start(&apollo(), &[]).await;
    for id in ["titles-2", "TITLES-1", "sha256:titles", &sha256("{ a }")] {
        let refused = by_id(&app.anonymous(), id).await;
        assert_refused(&refused, 200, "PERSISTED_QUERY_NOT_IN_LIST");
    }
    let both = json!({ "documentId": "titles-1", "query": TITLES });
    assert_refused(&post(&app.anonymous(), &[], both.to_string()).await, 400, "BAD_REQUEST");
    let number = json!({ "documentId": 1 });
    assert_refused(&post(&app.anonymous(), &[], number.to_string()).await, 400, "BAD_REQUEST");
}

#[tokio::test]
async fn a_trusted_mutation_comes_by_post_and_takes_a_sign_in() {
    let (app, _folder) = start(&apollo(), &ONLY).await;
    let ann = app.signed_in("ann").await;
    let id = sha256(CREATE);
    assert_eq!(by_id(&app.anonymous(), &id).await.error_code(), "UNAUTHENTICATED");
    assert_refused(&ann.get(&url(&[("documentId", &id)])).await, 405, "METHOD_NOT_ALLOWED");
    by_id(&ann, &id).await.data();
}

#[tokio::test]
async fn without_the_setting_other_texts_are_executed_too() {
    let (app, _folder) = start(&apollo(), &[]).await;
    let response = post(&app.anonymous(), &[], document("{ __typename }")).await;
    assert_eq!(response.data(), json!({ "__typename": "Query" }));
}

#[tokio::test]
async fn with_the_setting_nothing_else_is_executed() {
    let (app, _folder) = start(&apollo(), &ONLY).await;
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
    // Nor can it be brought in as a persisted query.
    let text = "{ __typename }";
    let extensions = json!({ "persistedQuery": { "version": 1, "sha256Hash": sha256(text) } });
    let both = json!({ "query": text, "extensions": extensions }).to_string();
    assert_refused(&post(&anyone, &[], both).await, 200, "QUERY_NOT_IN_SAFELIST");
    assert_refused(&by_hash(&anyone, &sha256(text)).await, 200, "PERSISTED_QUERY_NOT_IN_LIST");
    // A list is no way around it.
    let list = json!([{ "query": text }, { "documentId": "titles-1" }]);
    let responses = post(&anyone, &[], list.to_string()).await.json();
    assert_eq!(responses[0]["errors"][0]["extensions"]["code"], "QUERY_NOT_IN_SAFELIST");
    assert_eq!(responses[1]["data"], json!({ "books": [] }));
    // The very text of a trusted document is one.
    assert_eq!(post(&anyone, &[], document(TITLES)).await.data(), json!({ "books": [] }));
}

/// Starts the binary with a manifest of this content; it must fail.
async fn refusal(manifest: &str, settings: &[(&str, &str)]) -> String {
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
async fn documents_that_do_not_fit_stop_the_start_and_are_named() {
    let mut manifest = apollo();
    manifest["operations"][0]["body"] = json!("query Titles { books { tittle } }");
    manifest["operations"][1]["body"] = json!("query Book {");
    let refused = refusal(&manifest.to_string(), &[]).await;
    for part in ["GRAPHQL_TRUSTED_DOCUMENTS", "manifest.json", "Titles:", "tittle", "Book: syntax"]
    {
        assert!(refused.contains(part), "{part} is missing in {refused}");
    }
    assert!(!refused.contains("Create:"), "{refused}");
}

#[tokio::test]
async fn a_file_that_is_no_manifest_stops_the_start() {
    let other = json!({ "format": "another", "version": 1, "operations": [] }).to_string();
    let newer = apollo().to_string().replace("\"version\":1", "\"version\":2");
    for manifest in ["", "[]", "{\"a\": 1}", "{", &other, &newer] {
        let refused = refusal(manifest, &[]).await;
        assert!(refused.contains("GRAPHQL_TRUSTED_DOCUMENTS"), "{refused}");
        assert!(refused.contains("must be JSON"), "{refused}");
    }
}

#[tokio::test]
async fn a_manifest_that_is_missing_stops_the_start() {
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
