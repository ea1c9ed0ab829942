//! What clients of a NestJS server with Apollo Server 5 meet here: the same requests,
//! their status and code there, as recorded, and here.

use serde_json::{Value, json};

use super::{RESPONSE_JSON, codes, post, request, url};
use crate::it::support::{Client, Response, TestApp};

/// Status and code of an answer; no code is none, or an answer that is not GraphQL's.
type Seen = (u16, &'static str);

/// A request by POST in Apollo Client's form: what it is, its body, the answer there,
/// and here.
fn cases(book: &str) -> Vec<(&'static str, Value, Seen, Seen)> {
    let query = |text: &str| json!({ "query": text });
    let ask = |text: &str, variables: Value| json!({ "query": text, "variables": variables });
    let create = "mutation($i: CreateBookInput!) { createBook(input: $i) { title } }";
    let rename = "mutation($id: ID!) { updateBook(id: $id, input: { title: \"X\" }) { title } }";
    let invalid = (400, "GRAPHQL_VALIDATION_FAILED");
    let input = (400, "BAD_USER_INPUT");
    let unclear = (400, "OPERATION_RESOLUTION_FAILURE");
    let two = "query A { __typename } query B { __typename }";
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
        ("no such operation", json!({ "query": two, "operationName": "C" }), unclear, unclear),
        ("which operation", query(two), unclear, unclear),
        ("wrong type", ask(create, json!({ "i": { "title": 5, "authorIds": [] } })), input, input),
        ("missing field", ask(create, json!({ "i": { "title": "x" } })), input, input),
        ("missing variable", ask(create, json!({})), input, input),
        ("null", ask(create, json!({ "i": { "title": null, "authorIds": [] } })), input, input),
        (
            "unknown input field",
            ask(create, json!({ "i": { "title": "x", "authorIds": [], "bogus": 1 } })),
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
            ask(rename, json!({ "id": book })),
            (200, "FORBIDDEN"),
            (200, "FORBIDDEN"),
        ),
        // Chosen differences.
        (
            "broken rules",
            ask(create, json!({ "i": { "title": "", "authorIds": [] } })),
            (200, "BAD_REQUEST"),
            (200, "BAD_USER_INPUT"),
        ),
        (
            "unknown author",
            ask(create, json!({ "i": { "title": "x", "authorIds": ["nope"] } })),
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
            ask(rename, json!({ "id": "nope" })),
            (200, "INTERNAL_SERVER_ERROR"),
            (200, "NOT_FOUND"),
        ),
        ("twelve deep", query(&deep), (200, ""), invalid),
        ("a list", json!([query("{ __typename }")]), (400, "BAD_REQUEST"), (200, "")),
    ]
}

fn seen(response: &Response) -> (u16, String) {
    let code = codes(response).first().and_then(Value::as_str).unwrap_or_default().to_owned();
    (response.status.as_u16(), code)
}

async fn asked(client: &Client, body: &str) -> Response {
    post(client, &[("accept", RESPONSE_JSON)], body.to_owned()).await
}

#[tokio::test]
async fn the_same_request_has_the_same_status_and_code_or_a_better_one() {
    let app = TestApp::start().await;
    let book = app.signed_in("ann").await.create_book("Emma").await;
    let bob = app.signed_in("bob").await;
    let mut differences = Vec::new();
    for (what, body, there, here) in cases(&book) {
        let response = asked(&bob, &body.to_string()).await;
        assert_eq!(seen(&response), (here.0, here.1.to_owned()), "{what}: {}", response.text);
        if there != here {
            differences.push(what);
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
async fn what_is_no_graphql_differs_as_the_readme_says() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    // There: FORBIDDEN.
    let create = json!({ "query": super::CREATE }).to_string();
    let anonymous = asked(&app.anonymous(), &create).await;
    assert_eq!(seen(&anonymous), (200, "UNAUTHENTICATED".to_owned()));
    // There: Nest's own shape, with the parser's text.
    let broken = asked(&ann, "{\"query\": \"{ __typename }\"").await;
    assert_eq!(seen(&broken), (400, "BAD_REQUEST".to_owned()));
    assert_eq!(broken.error_message(), "the body is not valid JSON");
    // There: refused over 100 kB, in Nest's own shape.
    let padded = format!("{}{{\"query\": \"{{ __typename }}\"}}", " ".repeat(200_000));
    asked(&ann, &padded).await.data();
    // There: 400 without a preflight header, which urql does not send.
    app.anonymous().get(&url(&[("query", "{ __typename }")])).await.data();
    // There: 400; a form or a text is a media type that is not taken.
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "application/graphql"] {
        let headers = [("content-type", media_type)];
        let response = ann.send(request("POST", "/graphql", &headers, create.clone())).await;
        assert_eq!(seen(&response), (415, "UNSUPPORTED_MEDIA_TYPE".to_owned()));
    }
    // As there.
    let changed = ann.get(&url(&[("query", super::CREATE)])).await;
    assert_eq!((changed.status.as_u16(), changed.header("allow")), (405, "POST"));
    let put = ann.send(request("PUT", "/graphql", &[], "")).await;
    assert_eq!(put.status.as_u16(), 405);
}
