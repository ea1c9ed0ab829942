//! Queries, mutations and errors over a socket.

use serde_json::{Value, json};

use super::ServedApp;
use crate::it::support::deeply_nested_documents;

/// Returns the code of the errors that end an operation.
fn code(message: &Value) -> &str {
    assert_eq!(message["type"], "error", "{message}");
    message["payload"][0]["extensions"]["code"].as_str().unwrap()
}

#[tokio::test]
async fn queries_and_mutations_have_one_response() {
    let served = ServedApp::open().await;
    let ann = served.app.signed_in("ann").await;
    let mut socket = served.socket_of(&ann).await;
    for (id, query, response) in [
        ("1", "{ me { name } }", json!({ "me": { "name": "ann" } })),
        (
            "2",
            "mutation { createBook(input: { title: \"Emma\", authorIds: [] }) { title } }",
            json!({ "createBook": { "title": "Emma" } }),
        ),
    ] {
        socket.execute(id, query).await;
        assert_eq!(socket.next(id).await, response);
        assert_eq!(socket.receive().await, json!({ "id": id, "type": "complete" }));
    }
}

#[tokio::test]
async fn mutations_require_a_session() {
    let served = ServedApp::open().await;
    let mut socket = served.anonymous_socket().await;
    let create = "mutation { createBook(input: { title: \"Emma\", authorIds: [] }) { title } }";
    socket.execute("1", create).await;
    let message = socket.receive().await;
    assert_eq!(
        message["payload"]["errors"][0]["extensions"]["code"], "UNAUTHENTICATED",
        "{message}"
    );
    assert_eq!(socket.receive().await, json!({ "id": "1", "type": "complete" }));
}

#[tokio::test]
async fn request_errors_are_error_messages() {
    let served = ServedApp::open().await;
    let mut socket = served.anonymous_socket().await;
    let fields =
        (0..300).map(|index| format!("b{}: title", index % 20)).collect::<Vec<_>>().join(" ");
    let nested = "book { authors { books { authors { books { authors { books { authors { \
                  books { id } } } } } } } } }";
    let ids: Vec<_> = (0..101).map(|index| format!("\"{index}\"")).collect();
    for (query, expected) in [
        ("subscription { bookChanged", "GRAPHQL_PARSE_FAILED"),
        ("subscription { bookChanged { nothing } }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        (
            "subscription { bookChanged { kind } authorChanged { kind } }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ("subscription { __typename }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { bookChanged @skip(if: false) { kind } }", "GRAPHQL_VALIDATION_FAILED"),
        (&format!("subscription {{ bookChanged {{ {nested} }} }}"), "GRAPHQL_VALIDATION_FAILED"),
        (
            &format!("subscription {{ bookChanged {{ book {{ {fields} }} }} }}"),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            &format!("subscription {{ bookChanged(ids: [{}]) {{ kind }} }}", ids.join(",")),
            "BAD_USER_INPUT",
        ),
        ("subscription($id: ID!) { bookChanged(ids: [$id]) { kind } }", "BAD_USER_INPUT"),
        ("query A { me { id } } query B { me { id } }", "OPERATION_RESOLUTION_FAILURE"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("", "BAD_REQUEST"),
    ] {
        socket.execute("1", query).await;
        let message = socket.receive().await;
        assert_eq!(code(&message), expected, "{query}: {message}");
    }
    socket.assert_no_message().await;
}

#[tokio::test]
async fn a_document_may_have_several_operations_and_fragments() {
    let served = ServedApp::open().await;
    let ann = served.app.signed_in("ann").await;
    let id = ann.user_id().await;
    let mut socket = served.anonymous_socket().await;
    let payload = json!({
        "operationName": "Mine",
        "query": "query Me { me { id } }
            subscription Mine($owner: ID, $with: Boolean = false) { ...Changes }
            fragment Changes on Subscription {
                changed: bookChanged(ownerId: $owner) {
                    ...Kind kind actor @include(if: $with) { id } book { title @skip(if: $with) }
                }
            }
            fragment Kind on BookChange { what: kind }",
        "variables": { "owner": id },
    });
    socket.send(json!({ "id": "1", "type": "subscribe", "payload": payload })).await;
    socket.assert_no_message().await;

    ann.create_book("Emma").await;

    let change = json!({ "what": "CREATED", "kind": "CREATED", "book": { "title": "Emma" } });
    assert_eq!(socket.next("1").await, json!({ "changed": change }));
}

#[tokio::test]
async fn deeply_nested_documents_are_refused() {
    let served = ServedApp::open().await;
    let mut socket = served.anonymous_socket().await;
    for text in deeply_nested_documents(1_700) {
        socket.execute("1", &text).await;
        assert_eq!(code(&socket.receive().await), "GRAPHQL_PARSE_FAILED", "{text:.60}");
    }
    socket.execute("1", "{ __typename }").await;
    assert_eq!(socket.next("1").await, json!({ "__typename": "Query" }));
}
