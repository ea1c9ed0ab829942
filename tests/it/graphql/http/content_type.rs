//! Content types: only JSON is accepted, as pages of other origins can send others without a CORS
//! preflight.

use super::{CREATE, assert_refused, document, post, request, was_executed};
use crate::it::support::TestApp;

#[tokio::test]
async fn json_is_accepted_in_every_spelling() {
    let app = TestApp::start().await;
    for spelling in [
        "application/json",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "application/json; charset=\"utf-8\"",
        "Application/JSON",
    ] {
        let headers = [("content-type", spelling)];
        let query = request("POST", "/graphql", &headers, document("{ __typename }"));
        let response = app.anonymous().send(query).await;
        assert_eq!(response.status.as_u16(), 200, "{spelling}");
        assert_eq!(response.data()["__typename"], "Query", "{spelling}");
    }
}

#[tokio::test]
async fn other_content_types_are_refused_and_nothing_is_executed() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for other in [
        "text/plain",
        "text/plain; charset=utf-8",
        "text/plain; application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/graphql-response+json",
        "application/jsonp",
        "text/json",
        "application/json; charset=utf-16",
        "",
        "é",
    ] {
        let headers = [("content-type", other)];
        let refused = ann.send(request("POST", "/graphql", &headers, document(CREATE))).await;
        assert_refused(&refused, 415, "UNSUPPORTED_MEDIA_TYPE");
    }
    assert!(!was_executed(&app).await);
}

#[tokio::test]
async fn a_missing_content_type_is_refused_and_nothing_is_executed() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let refused = ann.send(request("POST", "/graphql", &[], document(CREATE))).await;
    assert_refused(&refused, 415, "UNSUPPORTED_MEDIA_TYPE");
    assert!(!was_executed(&app).await);
}

#[tokio::test]
async fn a_form_with_a_query_is_refused_and_nothing_is_executed() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let form = super::url(&[("query", CREATE)]).split_once('?').unwrap().1.to_owned();
    let multipart = format!(
        "--x\r\ncontent-disposition: form-data; name=\"operations\"\r\n\r\n{}\r\n\
         --x\r\ncontent-disposition: form-data; name=\"map\"\r\n\r\n{{}}\r\n--x--\r\n",
        document(CREATE)
    );
    for (media_type, body) in [
        ("application/x-www-form-urlencoded", form),
        ("multipart/form-data; boundary=x", multipart),
    ] {
        let headers = [("content-type", media_type)];
        let refused = ann.send(request("POST", "/graphql", &headers, body)).await;
        assert_refused(&refused, 415, "UNSUPPORTED_MEDIA_TYPE");
    }
    assert!(!was_executed(&app).await);
}

#[tokio::test]
async fn the_query_string_of_a_post_is_ignored() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let headers = [("content-type", "application/json")];
    let url = super::url(&[("query", CREATE)]);
    let refused = ann.send(request("POST", &url, &headers, "{}")).await;
    assert_refused(&refused, 400, "BAD_REQUEST");
    assert!(!was_executed(&app).await);
    // The same mutation in the body is executed.
    post(&ann, &[], document(CREATE)).await.data();
    assert!(was_executed(&app).await);
}
