//! Invalid arguments of connections.

use serde_json::{Value, json};

use super::{field, query_page};
use crate::it::{
    graphql::rows::{AUTHOR, BOOK},
    support::TestApp,
};

#[tokio::test]
async fn a_page_has_1_to_100_rows() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    for kind in [BOOK, AUTHOR] {
        for size in ["first", "last"] {
            for number in [1, 100] {
                query_page(&anyone, "", &format!("{}({size}: {number})", field(kind))).await.data();
            }
            for number in [0, -1, 101, i32::MIN] {
                let refused =
                    query_page(&anyone, "", &format!("{}({size}: {number})", field(kind))).await;
                assert_eq!(refused.error_code(), "BAD_USER_INPUT");
                let expected = json!({ size: ["must be between 1 and 100"] });
                assert_eq!(refused.error_fields(), expected, "{number}");
                assert_eq!(refused.error()["path"], json!(["page"]));
                assert_eq!(refused.json()["data"], Value::Null);
            }
        }
    }
}

#[tokio::test]
async fn first_and_last_together_are_refused() {
    let app = TestApp::start().await;
    let refused = query_page(&app.anonymous(), "", "booksConnection(first: 1, last: 1)").await;
    assert_eq!(refused.error_code(), "BAD_USER_INPUT");
    let expected = json!({
        "first": ["cannot be combined with last"],
        "last": ["cannot be combined with first"],
    });
    assert_eq!(refused.error_fields(), expected);
}

#[tokio::test]
async fn all_invalid_arguments_are_named() {
    let app = TestApp::start().await;
    let connection = "booksConnection(first: 0, after: \"x\", before: \"y\")";
    let refused = query_page(&app.anonymous(), "", connection).await;
    let invalid_cursor = "must be a cursor of this list, in this order";
    let expected = json!({
        "first": ["must be between 1 and 100"], "after": [invalid_cursor], "before": [invalid_cursor],
    });
    assert_eq!(refused.error_fields(), expected);
}

/// Apollo Client sends an empty `endCursor` for the first page.
#[tokio::test]
async fn an_empty_cursor_is_ignored() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for kind in [BOOK, AUTHOR] {
        kind.create(&ann, json!({ kind.label(): "One" })).await.data();
        let field = field(kind);
        let label = kind.label();
        for cursors in ["after: \"\"", "before: \"\"", "after: \"\", before: \"\""] {
            let query =
                format!("{{ page: {field}(first: 1, {cursors}) {{ nodes {{ {label} }} }} }}");
            let page = ann.query(&query).await.data()["page"].clone();
            assert_eq!(page["nodes"][0][label], "One", "{cursors}");
        }
    }
}

#[tokio::test]
async fn nested_connections_have_the_same_rules() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let author = ann.create_author("Zola").await;
    let book = ann.create_book("Nana").await;
    for (parent, connection) in [
        (format!("author(id: \"{author}\")"), "booksConnection"),
        (format!("book(id: \"{book}\")"), "authorsConnection"),
        ("me".to_owned(), "booksConnection"),
        ("me".to_owned(), "authorsConnection"),
    ] {
        for (arguments, field) in
            [("first: 0", "first"), ("last: 101", "last"), ("after: \"x\"", "after")]
        {
            let refused = query_page(&ann, &parent, &format!("{connection}({arguments})")).await;
            assert_eq!(refused.error_code(), "BAD_USER_INPUT", "{parent} {connection}");
            assert!(refused.error_fields().get(field).is_some(), "{}", refused.text);
        }
    }
}

#[tokio::test]
async fn complexity_counts_the_rows_of_nodes_and_edges() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    for rows in ["edges { node { ROW } }", "nodes { ROW }"] {
        for (size, allowed) in [("first: 2", true), ("first: 100", false), ("last: 100", false)] {
            let row = format!("authors {{ booksConnection({size}) {{ nodes {{ id title }} }} }}");
            let rows = rows.replace("ROW", &row);
            let response =
                anyone.query(&format!("{{ booksConnection({size}) {{ {rows} }} }}")).await;
            assert_eq!(response.json().get("errors").is_none(), allowed, "{size} {rows}");
        }
    }
}
