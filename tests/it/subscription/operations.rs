//! Queries, mutations and what is refused, over a socket.

use serde_json::{Value, json};

use super::Library;
use crate::it::support::deeply_nested_documents;

/// The code of the errors that end an operation.
fn code(said: &Value) -> &str {
    assert_eq!(said["type"], "error", "{said}");
    said["payload"][0]["extensions"]["code"].as_str().unwrap()
}

#[tokio::test]
async fn queries_and_mutations_are_answered_once() {
    let library = Library::open().await;
    let ann = library.app.signed_in("ann").await;
    let mut socket = library.browser(&ann).await;
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
        assert_eq!(socket.hear().await, json!({ "id": id, "type": "complete" }));
    }
}

#[tokio::test]
async fn mutations_need_a_user() {
    let library = Library::open().await;
    let mut socket = library.stranger().await;
    let create = "mutation { createBook(input: { title: \"Emma\", authorIds: [] }) { title } }";
    socket.execute("1", create).await;
    let said = socket.hear().await;
    assert_eq!(said["payload"]["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{said}");
    assert_eq!(socket.hear().await, json!({ "id": "1", "type": "complete" }));
}

#[tokio::test]
async fn what_cannot_be_executed_is_an_error_of_its_own() {
    let library = Library::open().await;
    let mut socket = library.stranger().await;
    let fields = (0..300).map(|n| format!("b{}: title", n % 20)).collect::<Vec<_>>().join(" ");
    let nested = "book { authors { books { authors { books { authors { books { authors { \
                  books { id } } } } } } } } }";
    let many: Vec<_> = (0..101).map(|n| format!("\"{n}\"")).collect();
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
            &format!("subscription {{ bookChanged(ids: [{}]) {{ kind }} }}", many.join(",")),
            "BAD_USER_INPUT",
        ),
        ("subscription($id: ID!) { bookChanged(ids: [$id]) { kind } }", "BAD_USER_INPUT"),
        ("query A { me { id } } query B { me { id } }", "OPERATION_RESOLUTION_FAILURE"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("", "BAD_REQUEST"),
    ] {
        socket.execute("1", query).await;
        let said = socket.hear().await;
        assert_eq!(code(&said), expected, "{query}: {said}");
    }
    socket.hears_nothing().await;
}

#[tokio::test]
async fn a_subscription_may_be_one_of_several_operations_and_in_a_fragment() {
    let library = Library::open().await;
    let ann = library.app.signed_in("ann").await;
    let id = ann.user_id().await;
    let mut socket = library.stranger().await;
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
    socket.say(json!({ "id": "1", "type": "subscribe", "payload": payload })).await;
    socket.hears_nothing().await;

    ann.create_book("Emma").await;

    let change = json!({ "what": "CREATED", "kind": "CREATED", "book": { "title": "Emma" } });
    assert_eq!(socket.next("1").await, json!({ "changed": change }));
}

#[tokio::test]
async fn no_document_is_deeper_than_a_stack() {
    let library = Library::open().await;
    let mut socket = library.stranger().await;
    for text in deeply_nested_documents(1_700) {
        socket.execute("1", &text).await;
        assert_eq!(code(&socket.hear().await), "GRAPHQL_PARSE_FAILED", "{text:.60}");
    }
    socket.execute("1", "{ __typename }").await;
    assert_eq!(socket.next("1").await, json!({ "__typename": "Query" }));
}
