//! How many SQL statements a query costs: a number that its text fixes.

use serde_json::json;

use super::rows::{AUTHOR, BOOK};
use crate::it::support::{Client, TestApp};

/// Adds authors, each with books of their own, one of them by their neighbour, too.
async fn grow(app: &TestApp, client: &Client, authors: usize) {
    let names = (0..authors).map(|n| json!({ "name": format!("author {n}") }));
    let ids = AUTHOR.create_all(client, &app.clock, names).await;
    let books = ids.iter().zip(ids.iter().cycle().skip(1)).flat_map(|(author, neighbour)| {
        [
            json!({ "title": "alone", "authorIds": [author] }),
            json!({ "title": "together", "authorIds": [author, neighbour] }),
        ]
    });
    BOOK.create_all(client, &app.clock, books).await;
}

/// What `query` costs somebody who is not signed in.
async fn cost(app: &TestApp, query: &str) -> u64 {
    let (response, statements) = app.count_statements(app.anonymous().query(query)).await;
    response.data();
    statements
}

fn nested(limit: usize) -> String {
    format!(
        "{{ books(limit: {limit}) {{ title owner {{ name }}
            authors {{ name owner {{ name }} books(limit: 2) {{ title }} }} }} }}"
    )
}

#[tokio::test]
async fn a_nested_query_costs_one_statement_for_each_relation() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    grow(&app, &ann, 2).await;
    // books with their authors, the owners of both, the authors' books
    assert_eq!(cost(&app, &nested(1)).await, 3);
    assert_eq!(cost(&app, &nested(100)).await, 3);
    grow(&app, &bob, 20).await;
    for limit in [1, 5, 20, 44, 100] {
        assert_eq!(cost(&app, &nested(limit)).await, 3, "limit {limit}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_threads_change_nothing_in_it() {
    let app = TestApp::start_with_demo_data().await;
    for _ in 0..5 {
        assert_eq!(cost(&app, &nested(100)).await, 3);
    }
}

#[tokio::test]
async fn users_cost_one_statement_for_each_list() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    let query = "{ books { owner { books(limit: 3) { title } authors(limit: 3) { name } } } }";
    ann.create_book("Emma").await;
    ann.create_author("Jane Austen").await;
    assert_eq!(cost(&app, query).await, 4);
    grow(&app, &ann, 5).await;
    grow(&app, &bob, 5).await;
    assert_eq!(cost(&app, query).await, 4);
}

#[tokio::test]
async fn each_page_asked_for_costs_one_statement() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    grow(&app, &ann, 3).await;
    let pages = "{ authors { a: books(limit: 1) { id } b: books(limit: 1, offset: 1) { id } } }";
    assert_eq!(cost(&app, pages).await, 3);
    grow(&app, &ann, 10).await;
    assert_eq!(cost(&app, pages).await, 3);
    // The same page under two names is one.
    let same = "{ authors { a: books(limit: 1) { id } b: books(limit: 1) { id title } } }";
    assert_eq!(cost(&app, same).await, 2);
}

#[tokio::test]
async fn what_is_not_asked_for_costs_nothing() {
    let app = TestApp::start_with_demo_data().await;
    for (query, statements) in [
        ("{ __typename }", 0),
        ("{ __schema { queryType { name } } }", 0),
        ("{ me { id } }", 0),
        ("{ books { id title createdAt } }", 1),
        ("{ book(id: \"x\") { owner { name } authors { name } } }", 1),
        ("{ books(filter: { title: \"no book has this title\" }) { owner { name } } }", 1),
        ("{ books(limit: 0) { id } }", 0),
    ] {
        let (_, spent) = app.count_statements(app.anonymous().query(query)).await;
        assert_eq!(spent, statements, "{query}");
    }
}

#[tokio::test]
async fn a_signed_in_query_costs_one_statement_more() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    ann.create_book("Emma").await;
    let (_, spent) = app.count_statements(ann.query("{ books { title } }")).await;
    assert_eq!(spent, 2);
}
