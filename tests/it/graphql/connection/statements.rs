//! The number of SQL statements of connections.

use serde_json::json;

use super::{page, page_of};
use crate::it::{
    graphql::rows::{AUTHOR, BOOK},
    support::TestApp,
};

#[tokio::test]
async fn unselected_fields_cause_no_statement() {
    let app = TestApp::start_with_demo_data().await;
    let anyone = app.anonymous();
    let cursor = page(&anyone, "booksConnection(first: 5)").await.end().unwrap().to_owned();
    let after = format!("(first: 5, after: \"{cursor}\")");
    for (arguments, fields, statements) in [
        ("", "__typename", 0),
        ("", "totalCount", 1),
        ("", "edges { cursor }", 1),
        ("", "edges { cursor node { id } } nodes { id } pageInfo { endCursor hasNextPage }", 1),
        ("", "pageInfo { hasPreviousPage hasNextPage }", 1),
        ("", "nodes { id } totalCount", 2),
        (&after, "nodes { id } pageInfo { endCursor hasNextPage }", 1),
        (&after, "nodes { id } pageInfo { hasPreviousPage }", 2),
        ("(first: 0)", "nodes { id }", 0),
        ("(after: \"x\")", "nodes { id } totalCount", 0),
    ] {
        let query = format!("{{ booksConnection{arguments} {{ {fields} }} }}");
        let (_, spent) = app.count_statements(anyone.query(&query)).await;
        assert_eq!(spent, statements, "{arguments} {fields}");
    }
}

#[tokio::test]
async fn all_parents_of_a_level_share_their_statements() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for authors in [2, 20] {
        let names = (0..authors).map(|n| json!({ "name": format!("author {n}") }));
        let ids = AUTHOR.create_all(&ann, &app.clock, names).await;
        let books = ids.iter().map(|id| json!({ "title": "x", "authorIds": [id] }));
        BOOK.create_all(&ann, &app.clock, books).await;
        let first = "booksConnection(first: 2) { edges { node { id } } totalCount }";
        // The authors, their books, and the numbers of books.
        assert_eq!(count_statements(&app, &format!("{{ authors {{ {first} }} }}")).await, 3);
        let me = page_of(&ann, &format!("author(id: \"{}\")", ids[0]), "booksConnection").await;
        let next = format!(
            "booksConnection(first: 2, after: \"{}\") {{
                nodes {{ authorsConnection(first: 3) {{ nodes {{ name }} totalCount }} }}
                pageInfo {{ hasPreviousPage hasNextPage }} }}",
            me.start().unwrap()
        );
        // The authors, their books, the existence of previous books, the books' authors, and the
        // numbers.
        assert_eq!(
            count_statements(&app, &format!("{{ authors(limit: 20) {{ {next} }} }}")).await,
            5
        );
        let users = "{ booksConnection(first: 20) { nodes { owner {
            booksConnection(first: 1) { nodes { id } } authorsConnection(first: 1) { totalCount } } } } }";
        assert_eq!(count_statements(&app, users).await, 4);
    }
}

/// Returns the number of statements of an anonymous query.
async fn count_statements(app: &TestApp, query: &str) -> u64 {
    let (response, statements) = app.count_statements(app.anonymous().query(query)).await;
    response.data();
    statements
}
