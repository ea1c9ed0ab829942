//! The request id that finds a request in the logs.

use std::collections::HashSet;

use super::{document, post, request};
use crate::it::support::TestApp;

#[tokio::test]
async fn a_valid_request_id_is_returned() {
    let app = TestApp::start().await;
    for id in ["x", "proxy-1_a.B", &"a".repeat(64)] {
        let headers = [("x-request-id", id)];
        let response = post(&app.anonymous(), &headers, document("{ __typename }")).await;
        assert_eq!(response.header("x-request-id"), id);
    }
}

#[tokio::test]
async fn a_request_without_an_id_gets_a_new_one() {
    let app = TestApp::start().await;
    let mut ids = HashSet::new();
    for path in ["/graphql", "/healthz", "/readyz", "/api/auth/ok", "/unknown", "/"] {
        let id = app.anonymous().get(path).await.header("x-request-id").to_owned();
        assert_eq!(id.len(), 36, "{path}: {id:?}");
        ids.insert(id);
    }
    assert_eq!(ids.len(), 6);
}

#[tokio::test]
async fn an_invalid_request_id_is_replaced() {
    let app = TestApp::start().await;
    let long = "a".repeat(65);
    for hostile in ["", "a b", "<script>", "a,b", "a;b=c", "{\"a\":1}", "é", "a\tb", long.as_str()]
    {
        let headers = [("x-request-id", hostile), ("content-type", "application/json")];
        let request = request("POST", "/graphql", &headers, document("{ __typename }"));
        let response = app.anonymous().send(request).await;
        let id = response.header("x-request-id");
        assert!(id.len() == 36 && id != hostile, "{hostile:?} became {id:?}");
    }
}
