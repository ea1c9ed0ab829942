//! Queries that new users type into GraphiQL succeed with the default limits.

use serde_json::json;

use super::{assert_refused, document, post};
use crate::it::support::TestApp;

/// Queries without page sizes.
const QUERIES: [&str; 16] = [
    "{ books { title } }",
    "{ authors { books { title authors { name } } } }",
    "{ books { title authors { name books { title } } } }",
    "{ books { title owner { name } authors { name } } }",
    "{ books { title authors { name books { title authors { name } } } } }",
    "{ books { title owner { name books { title authors { name } } } } }",
    "{ authors { name owner { name } books { title owner { name } authors { name } } } }",
    "{ authors { name owner { name authors { name books { title } } } } }",
    "{ me { name books { title authors { name } } authors { name books { title } } } }",
    "{ books(search: \"pride\") { title authors { name books { title } } } }",
    "{ books(filter: { title: \"the\" }) { title authors { name books { title } } } }",
    "{ books { id title isbn releaseYear description createdAt updatedAt owner { id name }
        authors { id name bio birthYear deathYear books { id title releaseYear } } } }",
    "{ authors { id name bio birthYear deathYear owner { id name }
        books { id title isbn releaseYear description owner { id name } authors { id name } } } }",
    "{ booksConnection { totalCount pageInfo { hasNextPage endCursor } nodes { title
        authorsConnection { nodes { name booksConnection { nodes { title } } } } } } }",
    "{ authorsConnection { edges { node { name booksConnection { edges { node { title
        authorsConnection { edges { node { name } } } } } } } } } }",
    "{ booksConnection { edges { cursor node { id title owner { id name }
        authors { id name books { id title } } } } } }",
];

#[tokio::test]
async fn queries_of_new_users_succeed() {
    let app = TestApp::start_with_demo_data().await;
    let ann = app.signed_in("ann").await;
    for text in QUERIES {
        let response = post(&ann, &[], document(text)).await;
        assert!(response.json().get("errors").is_none(), "{text}: {}", response.text);
    }
}

/// A refusal tells the user how to reduce the complexity.
#[tokio::test]
async fn a_refusal_names_the_remedy() {
    let app = TestApp::start().await;
    let text = "{ authors { books { authors { books { authors { name } } } } } }";
    let refused = post(&app.anonymous(), &[], document(text)).await;
    assert_refused(&refused, 200, "GRAPHQL_VALIDATION_FAILED");
    for words in ["points of complexity", "by limit, first or last", "(GRAPHQL_MAX_COMPLEXITY)"] {
        assert!(refused.error_message().contains(words), "{}", refused.text);
    }
}

#[tokio::test]
async fn nested_pages_have_10_rows_by_default() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let author = "mutation { createAuthor(input: { name: \"Jane Austen\" }) { id } }";
    let author = ann.query(author).await.data()["createAuthor"]["id"].clone();
    let inputs: Vec<_> =
        (0..12).map(|n| json!({ "title": format!("Book {n}"), "authorIds": [author] })).collect();
    let create = "mutation($inputs: [CreateBookInput!]!) { createBooks(inputs: $inputs) { id } }";
    ann.graphql(create, json!({ "inputs": inputs })).await.data();

    let lists = |arguments: &str, last: &str| {
        format!(
            "{{ books {{ id }} booksConnection {{ nodes {{ id }} }} authors {{
                books{arguments} {{ id }} booksConnection {last} {{ nodes {{ id }} }} }}
                me {{ books{arguments} {{ id }} booksConnection {last} {{ nodes {{ id }} }} }} }}"
        )
    };
    for (arguments, last, expected) in [("", "", 10), ("(limit: 12)", "(last: 12)", 12)] {
        let data = ann.query(&lists(arguments, last)).await.data();
        let count = |place: &str| data.pointer(place).unwrap().as_array().unwrap().len();
        assert_eq!((count("/books"), count("/booksConnection/nodes")), (12, 12));
        for parent in ["/authors/0", "/me"] {
            for list in ["books", "booksConnection/nodes"] {
                assert_eq!(count(&format!("{parent}/{list}")), expected, "{parent}/{list}");
            }
        }
    }
}
