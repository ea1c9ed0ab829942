//! HTTP methods: POST for all operations, and GET for queries.

use serde_json::json;

use super::{CREATE, assert_refused, request, url, was_executed};
use crate::it::support::TestApp;

#[tokio::test]
async fn a_query_is_accepted_by_get() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    let document = "query A { __typename } query B($id: ID!) { book(id: $id) { id } }";
    for (parameters, data) in [
        (&[("query", "{ __typename }")][..], json!({ "__typename": "Query" })),
        (&[("query", document), ("operationName", "A")], json!({ "__typename": "Query" })),
        (
            &[("query", document), ("operationName", "B"), ("variables", "{\"id\": \"x\"}")],
            json!({ "book": null }),
        ),
        (
            &[
                ("query", "{ __typename }"),
                ("operationName", ""),
                ("variables", ""),
                ("extensions", "{\"clientLibrary\":{\"name\":\"urql\"}}"),
                ("cacheBuster", "1"),
            ],
            json!({ "__typename": "Query" }),
        ),
    ] {
        let response = anyone.get(&url(parameters)).await;
        assert_eq!((response.status.as_u16(), response.data()), (200, data));
    }
}

#[tokio::test]
async fn a_query_with_a_session_is_accepted_by_get() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let response = ann.get(&url(&[("query", "{ me { name } }")])).await;
    assert_eq!(response.data()["me"]["name"], "ann");
}

#[tokio::test]
async fn a_mutation_is_refused_by_get() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let both = format!("query Read {{ __typename }} {CREATE}");
    for parameters in [
        &[("query", CREATE)][..],
        &[("query", CREATE), ("operationName", "Create")],
        &[("query", &both), ("operationName", "Create")],
    ] {
        let refused = ann.get(&url(parameters)).await;
        assert_refused(&refused, 405, "METHOD_NOT_ALLOWED");
        assert_eq!(refused.header("allow"), "POST");
    }
    ann.get(&url(&[("query", &both), ("operationName", "Read")])).await.data();
    assert!(!was_executed(&app).await);
}

#[tokio::test]
async fn a_mutation_is_refused_by_head() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let refused = ann.send(request("HEAD", &url(&[("query", CREATE)]), &[], "")).await;
    assert!(!was_executed(&app).await, "a HEAD request executed a mutation");
    assert_eq!((refused.status.as_u16(), refused.header("allow")), (405, "POST"));
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let app = TestApp::start().await;
    let url = url(&[("query", "{ __typename }")]);
    let response = app.anonymous().send(request("HEAD", &url, &[], "")).await;
    assert_eq!((response.status.as_u16(), response.text.as_str()), (200, ""));
    assert!(response.header("content-type").starts_with("application/json"));
}

#[tokio::test]
async fn other_methods_are_refused_with_the_allowed_ones() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let body = json!({ "query": CREATE }).to_string();
    for method in ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"] {
        for url in ["/graphql".to_owned(), url(&[("query", CREATE)])] {
            let headers = [("content-type", "application/json")];
            let refused = ann.send(request(method, &url, &headers, body.clone())).await;
            assert_refused(&refused, 405, "METHOD_NOT_ALLOWED");
            let allowed: Vec<_> = refused.header("allow").split(", ").collect();
            assert!(["GET", "POST"].iter().all(|known| allowed.contains(known)), "{allowed:?}");
        }
    }
    assert!(!was_executed(&app).await);
}

#[tokio::test]
async fn a_browser_gets_the_graphiql_page() {
    let app = TestApp::start().await;
    let accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    let page = app.anonymous().send(request("GET", "/graphql", &[("accept", accept)], "")).await;
    assert_eq!(page.status.as_u16(), 200);
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.text.contains("GraphiQL"));
}
