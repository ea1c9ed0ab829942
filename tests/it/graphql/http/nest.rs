//! Differences from a NestJS server with Apollo Server 5: the same requests, with the status and
//! code recorded there and expected here.

use serde_json::{Value, json};

use super::{RESPONSE_JSON, codes, post, request, url};
use crate::it::support::{Client, Response, TestApp};

/// Status and error code of a response. The code is empty without a GraphQL error.
type Outcome = (u16, &'static str);

/// Returns requests as Apollo Client posts them: description, body, recorded and expected response.
fn cases(book: &str) -> Vec<(&'static str, Value, Outcome, Outcome)> {
    let query = |text: &str| json!({ "query": text });
    let request = |text: &str, variables: Value| json!({ "query": text, "variables": variables });
    let create = "mutation($i: CreateBookInput!) { createBook(input: $i) { title } }";
    let rename = "mutation($id: ID!) { updateBook(id: $id, input: { title: \"X\" }) { title } }";
    let invalid = (400, "GRAPHQL_VALIDATION_FAILED");
    let input = (400, "BAD_USER_INPUT");
    let unclear = (400, "OPERATION_RESOLUTION_FAILURE");
    let operations = "query A { __typename } query B { __typename }";
    let deep = format!("{}id{}", "{ books { authors ".repeat(6) + "{ ", " }".repeat(13));
    vec![
        ("__typename", query("{ __typename }"), (200, ""), (200, "")),
        ("unknown id in a query", query("{ book(id: \"nope\") { id } }"), (200, ""), (200, "")),
        (
            "syntax",
            query("{ books { id "),
            (400, "GRAPHQL_PARSE_FAILED"),
            (400, "GRAPHQL_PARSE_FAILED"),
        ),
        ("unknown field", query("{ books { nope } }"), invalid, invalid),
        ("no selection", query("{ books }"), invalid, invalid),
        ("unknown argument", query("{ books(x: 1) { id } }"), invalid, invalid),
        ("wrong literal", query("{ book(id: { a: 1 }) { id } }"), invalid, invalid),
        ("too large a literal", query("{ books(limit: 99999999999) { id } }"), invalid, invalid),
        (
            "no such operation",
            json!({ "query": operations, "operationName": "C" }),
            unclear,
            unclear,
        ),
        ("which operation", query(operations), unclear, unclear),
        (
            "wrong type",
            request(create, json!({ "i": { "title": 5, "authorIds": [] } })),
            input,
            input,
        ),
        ("missing field", request(create, json!({ "i": { "title": "x" } })), input, input),
        ("missing variable", request(create, json!({})), input, input),
        ("null", request(create, json!({ "i": { "title": null, "authorIds": [] } })), input, input),
        (
            "unknown input field",
            request(create, json!({ "i": { "title": "x", "authorIds": [], "bogus": 1 } })),
            input,
            input,
        ),
        ("no query", json!({}), (400, "BAD_REQUEST"), (400, "BAD_REQUEST")),
        ("no text", json!({ "query": 5 }), (400, "BAD_REQUEST"), (400, "BAD_REQUEST")),
        (
            "no object",
            json!({ "query": "{ a }", "variables": "x" }),
            (400, "BAD_REQUEST"),
            (400, "BAD_REQUEST"),
        ),
        (
            "not the owner's",
            request(rename, json!({ "id": book })),
            (200, "FORBIDDEN"),
            (200, "FORBIDDEN"),
        ),
        // Intended differences.
        (
            "broken rules",
            request(create, json!({ "i": { "title": "", "authorIds": [] } })),
            (200, "BAD_REQUEST"),
            (200, "BAD_USER_INPUT"),
        ),
        (
            "unknown author",
            request(create, json!({ "i": { "title": "x", "authorIds": ["nope"] } })),
            (200, "BAD_REQUEST"),
            (200, "BAD_USER_INPUT"),
        ),
        (
            "too large a page",
            query("{ books(limit: 100000) { id } }"),
            (200, "BAD_REQUEST"),
            (400, "GRAPHQL_VALIDATION_FAILED"),
        ),
        (
            "unknown id in a mutation",
            request(rename, json!({ "id": "nope" })),
            (200, "INTERNAL_SERVER_ERROR"),
            (200, "NOT_FOUND"),
        ),
        ("twelve deep", query(&deep), (200, ""), invalid),
        ("a list", json!([query("{ __typename }")]), (400, "BAD_REQUEST"), (200, "")),
    ]
}

/// Returns status and code of a response.
fn outcome(response: &Response) -> (u16, String) {
    let code = codes(response).first().and_then(Value::as_str).unwrap_or_default().to_owned();
    (response.status.as_u16(), code)
}

/// Posts a body as Apollo Client does.
async fn send(client: &Client, body: &str) -> Response {
    post(client, &[("accept", RESPONSE_JSON)], body.to_owned()).await
}

#[tokio::test]
async fn requests_have_the_recorded_or_intended_outcome() {
    let app = TestApp::start().await;
    let book = app.signed_in("ann").await.create_book("Emma").await;
    let bob = app.signed_in("bob").await;
    let mut differences = Vec::new();
    for (description, body, recorded, expected) in cases(&book) {
        let response = send(&bob, &body.to_string()).await;
        assert_eq!(
            outcome(&response),
            (expected.0, expected.1.to_owned()),
            "{description}: {}",
            response.text
        );
        if recorded != expected {
            differences.push(description);
        }
    }
    let chosen = [
        "broken rules",
        "unknown author",
        "too large a page",
        "unknown id in a mutation",
        "twelve deep",
        "a list",
    ];
    assert_eq!(differences, chosen);
}

#[tokio::test]
async fn requests_outside_graphql_differ_as_documented() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    // NestJS: FORBIDDEN.
    let create = json!({ "query": super::CREATE }).to_string();
    let anonymous = send(&app.anonymous(), &create).await;
    assert_eq!(outcome(&anonymous), (200, "UNAUTHENTICATED".to_owned()));
    // NestJS: its own format with the parser's message.
    let broken = send(&ann, "{\"query\": \"{ __typename }\"").await;
    assert_eq!(outcome(&broken), (400, "BAD_REQUEST".to_owned()));
    assert_eq!(broken.error_message(), "the body is not valid JSON");
    // NestJS: refused above 100 kB, in its own format.
    let padded = format!("{}{{\"query\": \"{{ __typename }}\"}}", " ".repeat(200_000));
    send(&ann, &padded).await.data();
    // NestJS: 400 without a preflight header, which urql does not send.
    app.anonymous().get(&url(&[("query", "{ __typename }")])).await.data();
    // NestJS: 400. Here, a form or a text is an unsupported media type.
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "application/graphql"] {
        let headers = [("content-type", media_type)];
        let response = ann.send(request("POST", "/graphql", &headers, create.clone())).await;
        assert_eq!(outcome(&response), (415, "UNSUPPORTED_MEDIA_TYPE".to_owned()));
    }
    // Equal to NestJS.
    let changed = ann.get(&url(&[("query", super::CREATE)])).await;
    assert_eq!((changed.status.as_u16(), changed.header("allow")), (405, "POST"));
    let put = ann.send(request("PUT", "/graphql", &[], "")).await;
    assert_eq!(put.status.as_u16(), 405);
}
