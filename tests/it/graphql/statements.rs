//! The number of SQL statements per query, which its text determines.

use serde_json::json;

use super::rows::{AUTHOR, BOOK};
use crate::it::support::{Client, TestApp};

/// Creates authors, each with own books, one of them shared with the next author.
async fn add_authors(app: &TestApp, client: &Client, authors: usize) {
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

/// Returns the number of statements of an anonymous query.
async fn count_statements(app: &TestApp, query: &str) -> u64 {
    let (response, statements) = app.count_statements(app.anonymous().query(query)).await;
    response.data();
    statements
}

/// Returns a query of four levels.
fn nested(limit: usize) -> String {
    format!(
        "{{ books(limit: {limit}) {{ title owner {{ name }}
            authors {{ name owner {{ name }} books(limit: 2) {{ title }} }} }} }}"
    )
}

#[tokio::test]
async fn a_nested_query_causes_one_statement_per_relation() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    add_authors(&app, &ann, 2).await;
    // Books with their authors, the owners of both, and the authors' books.
    assert_eq!(count_statements(&app, &nested(1)).await, 3);
    assert_eq!(count_statements(&app, &nested(100)).await, 3);
    add_authors(&app, &bob, 20).await;
    for limit in [1, 5, 20, 44, 100] {
        assert_eq!(count_statements(&app, &nested(limit)).await, 3, "limit {limit}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_number_of_statements_does_not_depend_on_threads() {
    let app = TestApp::start_with_demo_data().await;
    for _ in 0..5 {
        assert_eq!(count_statements(&app, &nested(100)).await, 3);
    }
}

#[tokio::test]
async fn users_cause_one_statement_per_list() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    let query = "{ books { owner { books(limit: 3) { title } authors(limit: 3) { name } } } }";
    ann.create_book("Emma").await;
    ann.create_author("Jane Austen").await;
    assert_eq!(count_statements(&app, query).await, 4);
    add_authors(&app, &ann, 5).await;
    add_authors(&app, &bob, 5).await;
    assert_eq!(count_statements(&app, query).await, 4);
}

#[tokio::test]
async fn each_page_causes_one_statement() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    add_authors(&app, &ann, 3).await;
    let pages = "{ authors { a: books(limit: 1) { id } b: books(limit: 1, offset: 1) { id } } }";
    assert_eq!(count_statements(&app, pages).await, 3);
    add_authors(&app, &ann, 10).await;
    assert_eq!(count_statements(&app, pages).await, 3);
    // One page under two aliases is read once.
    let same = "{ authors { a: books(limit: 1) { id } b: books(limit: 1) { id title } } }";
    assert_eq!(count_statements(&app, same).await, 2);
}

#[tokio::test]
async fn unselected_fields_cause_no_statement() {
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
async fn the_accounts_of_all_users_of_a_level_cause_one_statement() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    ann.create_book("Emma").await;
    bob.create_book("Persuasion").await;
    let query = "{ books { owner { accounts { provider } } } }";
    // No other user's accounts are read.
    let (_, spent) = app.count_statements(app.anonymous().query(query)).await;
    assert_eq!(spent, 2);
    let root = app.with_role("root", "admin_rw").await;
    let (response, spent) = app.count_statements(root.query(query)).await;
    let accounts = json!({ "owner": { "accounts": [{ "provider": "credential" }] } });
    assert_eq!(response.data(), json!({ "books": [accounts, accounts] }));
    assert_eq!(spent, 4);
}

#[tokio::test]
async fn a_session_causes_one_more_statement() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    ann.create_book("Emma").await;
    let (_, spent) = app.count_statements(ann.query("{ books { title } }")).await;
    assert_eq!(spent, 2);
}
