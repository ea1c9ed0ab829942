//! Default limits of GraphQL documents.

use serde_json::json;

use super::{JSON, RESPONSE_JSON, assert_alive, assert_refused, document, post};
use crate::it::support::{Response, TestApp};

/// Executes a document.
async fn query(app: &TestApp, text: &str) -> Response {
    post(&app.anonymous(), &[("accept", RESPONSE_JSON)], document(text)).await
}

/// Asserts that a document is refused with this code and reason.
async fn assert_limited(app: &TestApp, text: &str, code: &str, reason: &str) {
    let refused = query(app, text).await;
    assert_refused(&refused, 400, code);
    assert!(refused.error_message().contains(reason), "{}", refused.text);
    let older = post(&app.anonymous(), &[("accept", JSON)], document(text)).await;
    assert_refused(&older, 200, code);
    assert_alive(app).await;
}

/// Nests books and their authors this deep.
fn nested_books(levels: usize) -> String {
    let mut text = "id".to_owned();
    for level in (1..levels).rev() {
        let list = if level % 2 == 1 { "books(limit: 1)" } else { "authors" };
        text = format!("{list} {{ {text} }}");
    }
    format!("{{ {text} }}")
}

#[tokio::test]
async fn the_depth_is_limited_to_10() {
    let app = TestApp::start().await;
    query(&app, &nested_books(10)).await.data();
    assert_limited(&app, &nested_books(11), "GRAPHQL_VALIDATION_FAILED", "levels of fields").await;
    let in_fragments = "{ books { ...B } } fragment B on Book { authors { ...A } }
        fragment A on Author { books { authors { books { ...C } } } }
        fragment C on Book { authors { books { authors { books { authors { id } } } } } }";
    assert_limited(&app, in_fragments, "GRAPHQL_VALIDATION_FAILED", "levels of fields").await;
}

#[tokio::test]
async fn nested_lists_are_too_complex() {
    let app = TestApp::start().await;
    for (text, ok) in [
        ("{ books(limit: 100) { id title owner { name } authors { name } } }", true),
        ("{ books(limit: 100) { authors { books(limit: 31) { id } } } }", true),
        ("{ books(limit: 100) { authors { books(limit: 32) { id } } } }", false),
        ("{ books(limit: 100) { owner { books(limit: 100) { id } } } }", false),
        (
            "{ a: books(limit: 100) { owner { books(limit: 60) { id } } }
            b: books(limit: 100) { owner { books(limit: 60) { id } } } }",
            false,
        ),
    ] {
        if ok {
            query(&app, text).await.data();
        } else {
            assert_limited(&app, text, "GRAPHQL_VALIDATION_FAILED", "complex").await;
        }
    }
}

#[tokio::test]
async fn a_page_size_in_a_variable_has_the_same_complexity() {
    let app = TestApp::start().await;
    let query = "query($n: Int!) { books(limit: $n) { owner { books(limit: $n) { id } } } }";
    for (limit, ok) in [(90, true), (100, false)] {
        let body = json!({ "query": query, "variables": { "n": limit } }).to_string();
        let response = post(&app.anonymous(), &[], body).await;
        if ok {
            response.data();
        } else {
            assert_refused(&response, 200, "GRAPHQL_VALIDATION_FAILED");
        }
    }
}

#[tokio::test]
async fn fields_that_read_a_whole_table_are_limited() {
    let app = TestApp::start_with_demo_data().await;
    let repeat = |count: usize, field: &str| {
        let fields: Vec<_> = (0..count).map(|n| format!("a{n}: {field}")).collect();
        format!("{{ {} }}", fields.join(" "))
    };
    for (field, limit) in [
        ("booksConnection(first: 1) { totalCount }", 9),
        ("authorsConnection(first: 1) { totalCount }", 9),
        ("books(limit: 1, search: \"e\") { id }", 4),
        ("books(limit: 1, filter: { title: \"e\" }) { id }", 5),
        ("authors(limit: 1, filter: { birthYear: { min: 1 } }) { id }", 6),
        ("books(limit: 1, offset: 2147483647) { id }", 9),
        ("booksConnection(first: 1, search: \"e\", filter: { title: \"e\" }) { totalCount }", 2),
    ] {
        query(&app, &repeat(limit, field)).await.data();
        for count in [limit + 1, 30] {
            assert_limited(&app, &repeat(count, field), "GRAPHQL_VALIDATION_FAILED", "complex")
                .await;
        }
    }
    // A page of an application: a filtered search, its count, and each author's number of books.
    let page = "{ booksConnection(first: 50, search: \"pride\", filter: {
            ownerId: \"x\", releaseYear: { min: 1800, max: 1900 } }) {
        totalCount pageInfo { hasNextPage endCursor }
        edges { cursor node { id title authors { id name } owner { id name } } } }
        authors(limit: 100) { id name booksConnection(first: 1) { totalCount } } }";
    query(&app, page).await.data();
}

#[tokio::test]
async fn a_document_has_at_most_30_aliases() {
    let app = TestApp::start().await;
    let aliases = |count: usize| {
        let fields: Vec<_> = (0..count).map(|n| format!("a{n}: __typename")).collect();
        format!("{{ {} }}", fields.join(" "))
    };
    query(&app, &aliases(30)).await.data();
    assert_limited(&app, &aliases(31), "GRAPHQL_VALIDATION_FAILED", "aliases").await;
}

#[tokio::test]
async fn a_document_has_at_most_50_directives() {
    let app = TestApp::start().await;
    let directives = |count: usize| {
        let fields = "... @include(if: true) { __typename } ".repeat(count);
        format!("{{ me {{ {fields} }} }}")
    };
    query(&app, &directives(50)).await.data();
    assert_limited(&app, &directives(51), "GRAPHQL_VALIDATION_FAILED", "directives").await;
}

#[tokio::test]
async fn a_document_has_at_most_1000_fields_and_2000_tokens() {
    let app = TestApp::start().await;
    let repeat =
        |count: usize| format!("{{ book(id: \"x\") {{ {} }} }}", "__typename ".repeat(count));
    query(&app, &repeat(999)).await.data();
    assert_limited(&app, &repeat(1_000), "GRAPHQL_VALIDATION_FAILED", "fields").await;
    assert_limited(&app, &repeat(2_000), "GRAPHQL_PARSE_FAILED", "tokens").await;
    let arguments = format!("{{ a(x: [{}]) }}", "1 ".repeat(2_000));
    assert_limited(&app, &arguments, "GRAPHQL_PARSE_FAILED", "tokens").await;
    // Comments, commas and white space are not tokens.
    let ignored = format!("{{ __typename {} {} }}", ",".repeat(5_000), "# x y z\n".repeat(5_000));
    query(&app, &ignored).await.data();
}

#[tokio::test]
async fn exponential_fragments_are_refused() {
    let app = TestApp::start().await;
    // Each fragment spreads the next ten times: 10^20 fields.
    let fragment = |n: usize| {
        let spreads = format!("...F{} ", n + 1).repeat(10);
        format!("fragment F{n} on Query {{ {spreads} }}")
    };
    let fragments: Vec<_> = (0..20).map(fragment).collect();
    let bomb =
        format!("{{ ...F0 }} {} fragment F20 on Query {{ __typename }}", fragments.join(" "));
    assert_limited(&app, &bomb, "GRAPHQL_VALIDATION_FAILED", "fields").await;
}

#[tokio::test]
async fn exponential_fragments_without_fields_are_refused() {
    let app = TestApp::start().await;
    for (last, reason) in [
        ("...Nowhere", "fields"),
        ("...F0", "within itself"),
        ("... on Query { ...F0 }", "within itself"),
    ] {
        let fragment = |n: usize| {
            let spreads = if n < 20 { format!("...F{} ", n + 1).repeat(10) } else { last.into() };
            format!("fragment F{n} on Query {{ {spreads} }}")
        };
        let fragments: Vec<_> = (0..=20).map(fragment).collect();
        let bomb = format!("{{ ...F0 }} {}", fragments.join(" "));
        assert_limited(&app, &bomb, "GRAPHQL_VALIDATION_FAILED", reason).await;
    }
}

#[tokio::test]
async fn introspection_complexity_multiplies_lists() {
    let app = TestApp::start().await;
    let lists = |count: usize| {
        let (open, close) = ("fields { type { ofType { ".repeat(count), "} } }".repeat(count));
        format!("{{ __schema {{ types {{ {open} name {close} }} }} }}")
    };
    query(&app, &lists(2)).await.data();
    let reason = "points of introspection";
    assert_limited(&app, &lists(4), "GRAPHQL_VALIDATION_FAILED", reason).await;
    let wide = format!("{{ __schema {{ types {{ fields {{ {} }} }} }} }}", "name ".repeat(400));
    assert_limited(&app, &wide, "GRAPHQL_VALIDATION_FAILED", reason).await;
}

#[tokio::test]
async fn cyclic_fragments_are_refused() {
    let app = TestApp::start().await;
    for text in [
        "{ ...A } fragment A on Query { ...A }",
        "{ ...A } fragment A on Query { ...B } fragment B on Query { __typename ...A }",
        "{ books { ...A } } fragment A on Book { authors { books { ...A } } }",
        "{ __schema { ...A } } fragment A on __Schema { types { ...B } }
            fragment B on __Type { ofType { ...B } }",
    ] {
        let refused = query(&app, text).await;
        assert_eq!(refused.status.as_u16(), 400, "{text}: {}", refused.text);
        assert!(refused.json().get("data").is_none(), "{text}");
        assert_alive(&app).await;
    }
}

#[tokio::test]
async fn limits_apply_to_operations_that_are_not_executed() {
    let app = TestApp::start().await;
    let text = format!("query A {{ __typename }} query B {}", nested_books(11));
    let body = json!({ "query": text, "operationName": "A" }).to_string();
    let refused = post(&app.anonymous(), &[], body).await;
    assert_refused(&refused, 200, "GRAPHQL_VALIDATION_FAILED");
}
