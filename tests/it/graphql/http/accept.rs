//! The media type of responses, by `Accept`.

use super::{
    CREATE, JSON, RESPONSE_JSON, assert_refused, document, post, request, url, was_executed,
};
use crate::it::support::TestApp;

const APOLLO: &str = "application/graphql-response+json,application/json;q=0.9";
const URQL: &str = "application/graphql-response+json, application/graphql+json, \
                    application/json, text/event-stream, multipart/mixed";

#[tokio::test]
async fn the_response_has_the_accepted_media_type() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    for (accept, form) in [
        (JSON, JSON),
        (RESPONSE_JSON, RESPONSE_JSON),
        (APOLLO, RESPONSE_JSON),
        (URQL, RESPONSE_JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json, */*;q=0.1", JSON),
        ("application/graphql-response+json;q=0.5, application/json", JSON),
        ("APPLICATION/GRAPHQL-RESPONSE+JSON", RESPONSE_JSON),
        ("text/html, application/json;q=0.1", JSON),
        ("", JSON),
    ] {
        for body in ["{ __typename }", "{ unknown }"] {
            let response = post(&anyone, &[("accept", accept)], document(body)).await;
            let expected = format!("{form}; charset=utf-8");
            assert_eq!(response.header("content-type"), expected, "{accept}: {body}");
        }
    }
}

#[tokio::test]
async fn without_accept_the_response_is_json() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    let posted = post(&anyone, &[], document("{ __typename }")).await;
    let got = anyone.get(&url(&[("query", "{ __typename }")])).await;
    for response in [posted, got] {
        assert_eq!(response.status.as_u16(), 200);
        assert_eq!(response.header("content-type"), "application/json; charset=utf-8");
    }
}

#[tokio::test]
async fn an_unsupported_accept_is_refused_and_nothing_is_executed() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for accept in ["text/html", "text/plain, image/*", "application/json;q=0"] {
        let refused = post(&ann, &[("accept", accept)], document(CREATE)).await;
        assert_refused(&refused, 406, "NOT_ACCEPTABLE");
        assert!(refused.header("content-type").starts_with(JSON), "{accept}");
    }
    let headers = [("accept", "image/png")];
    let refused =
        ann.send(request("GET", &url(&[("query", "{ __typename }")]), &headers, "")).await;
    assert_refused(&refused, 406, "NOT_ACCEPTABLE");
    assert!(!was_executed(&app).await);
}

#[tokio::test]
async fn several_accept_headers_are_joined() {
    let app = TestApp::start().await;
    let headers = [("accept", "text/html"), ("accept", RESPONSE_JSON)];
    let response = post(&app.anonymous(), &headers, document("{ __typename }")).await;
    assert!(response.header("content-type").starts_with(RESPONSE_JSON));
}
