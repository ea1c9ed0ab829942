//! How much one request may ask for.

use serde_json::json;

use super::{JSON, RESPONSE_JSON, assert_alive, assert_refused, document, post};
use crate::it::support::{Response, TestApp};

async fn ask(app: &TestApp, text: &str) -> Response {
    post(&app.anonymous(), &[("accept", RESPONSE_JSON)], document(text)).await
}

/// Asserts that a document is refused for asking too much, and why.
async fn assert_too_much(app: &TestApp, text: &str, code: &str, reason: &str) {
    let refused = ask(app, text).await;
    assert_refused(&refused, 400, code);
    assert!(refused.error_message().contains(reason), "{}", refused.text);
    let older = post(&app.anonymous(), &[("accept", JSON)], document(text)).await;
    assert_refused(&older, 200, code);
    assert_alive(app).await;
}

/// Books of authors of books …, this deep.
fn deep(levels: usize) -> String {
    let mut text = "id".to_owned();
    for level in (1..levels).rev() {
        let list = if level % 2 == 1 { "books(limit: 1)" } else { "authors" };
        text = format!("{list} {{ {text} }}");
    }
    format!("{{ {text} }}")
}

#[tokio::test]
async fn fields_nest_at_most_10_deep() {
    let app = TestApp::start().await;
    ask(&app, &deep(10)).await.data();
    assert_too_much(&app, &deep(11), "GRAPHQL_VALIDATION_FAILED", "levels of fields").await;
    let in_fragments = "{ books { ...B } } fragment B on Book { authors { ...A } }
        fragment A on Author { books { authors { books { ...C } } } }
        fragment C on Book { authors { books { authors { books { authors { id } } } } } }";
    assert_too_much(&app, in_fragments, "GRAPHQL_VALIDATION_FAILED", "levels of fields").await;
}

#[tokio::test]
async fn lists_of_lists_are_too_complex() {
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
            ask(&app, text).await.data();
        } else {
            assert_too_much(&app, text, "GRAPHQL_VALIDATION_FAILED", "complex").await;
        }
    }
}

#[tokio::test]
async fn a_limit_in_a_variable_costs_the_same() {
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
async fn what_reads_a_whole_table_is_asked_for_a_few_times() {
    let app = TestApp::start_with_demo_data().await;
    let many = |count: usize, field: &str| {
        let fields: Vec<_> = (0..count).map(|n| format!("a{n}: {field}")).collect();
        format!("{{ {} }}", fields.join(" "))
    };
    for (field, most) in [
        ("booksConnection(first: 1) { totalCount }", 9),
        ("authorsConnection(first: 1) { totalCount }", 9),
        ("books(limit: 1, search: \"e\") { id }", 4),
        ("books(limit: 1, filter: { title: \"e\" }) { id }", 5),
        ("authors(limit: 1, filter: { birthYear: { min: 1 } }) { id }", 6),
        ("books(limit: 1, offset: 2147483647) { id }", 9),
        ("booksConnection(first: 1, search: \"e\", filter: { title: \"e\" }) { totalCount }", 2),
    ] {
        ask(&app, &many(most, field)).await.data();
        for count in [most + 1, 30] {
            assert_too_much(&app, &many(count, field), "GRAPHQL_VALIDATION_FAILED", "complex")
                .await;
        }
    }
    // A page of an app: a search with filters, its length, and each author's number of books.
    let page = "{ booksConnection(first: 50, search: \"pride\", filter: {
            ownerId: \"x\", releaseYear: { min: 1800, max: 1900 } }) {
        totalCount pageInfo { hasNextPage endCursor }
        edges { cursor node { id title authors { id name } owner { id name } } } }
        authors(limit: 100) { id name booksConnection(first: 1) { totalCount } } }";
    ask(&app, page).await.data();
}

#[tokio::test]
async fn a_document_has_at_most_30_aliases() {
    let app = TestApp::start().await;
    let aliases = |count: usize| {
        let fields: Vec<_> = (0..count).map(|n| format!("a{n}: __typename")).collect();
        format!("{{ {} }}", fields.join(" "))
    };
    ask(&app, &aliases(30)).await.data();
    assert_too_much(&app, &aliases(31), "GRAPHQL_VALIDATION_FAILED", "aliases").await;
}

#[tokio::test]
async fn a_document_has_at_most_50_directives() {
    let app = TestApp::start().await;
    let directives = |count: usize| {
        let fields = "... @include(if: true) { __typename } ".repeat(count);
        format!("{{ me {{ {fields} }} }}")
    };
    ask(&app, &directives(50)).await.data();
    assert_too_much(&app, &directives(51), "GRAPHQL_VALIDATION_FAILED", "directives").await;
}

#[tokio::test]
async fn a_document_has_at_most_1000_fields_and_2000_tokens() {
    let app = TestApp::start().await;
    let many =
        |count: usize| format!("{{ book(id: \"x\") {{ {} }} }}", "__typename ".repeat(count));
    ask(&app, &many(999)).await.data();
    assert_too_much(&app, &many(1_000), "GRAPHQL_VALIDATION_FAILED", "fields").await;
    assert_too_much(&app, &many(2_000), "GRAPHQL_PARSE_FAILED", "tokens").await;
    let arguments = format!("{{ a(x: [{}]) }}", "1 ".repeat(2_000));
    assert_too_much(&app, &arguments, "GRAPHQL_PARSE_FAILED", "tokens").await;
    // Comments, commas and white space are none.
    let ignored = format!("{{ __typename {} {} }}", ",".repeat(5_000), "# x y z\n".repeat(5_000));
    ask(&app, &ignored).await.data();
}

#[tokio::test]
async fn a_bomb_of_fragments_does_not_go_off() {
    let app = TestApp::start().await;
    // Each fragment spreads the next one ten times: 10^20 fields.
    let fragment = |n: usize| {
        let spreads = format!("...F{} ", n + 1).repeat(10);
        format!("fragment F{n} on Query {{ {spreads} }}")
    };
    let fragments: Vec<_> = (0..20).map(fragment).collect();
    let bomb =
        format!("{{ ...F0 }} {} fragment F20 on Query {{ __typename }}", fragments.join(" "));
    assert_too_much(&app, &bomb, "GRAPHQL_VALIDATION_FAILED", "fields").await;
}

#[tokio::test]
async fn a_bomb_without_a_field_does_not_go_off() {
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
        assert_too_much(&app, &bomb, "GRAPHQL_VALIDATION_FAILED", reason).await;
    }
}

#[tokio::test]
async fn questions_about_the_schema_multiply_its_lists() {
    let app = TestApp::start().await;
    let lists = |count: usize| {
        let (open, close) = ("fields { type { ofType { ".repeat(count), "} } }".repeat(count));
        format!("{{ __schema {{ types {{ {open} name {close} }} }} }}")
    };
    ask(&app, &lists(2)).await.data();
    let reason = "points of introspection";
    assert_too_much(&app, &lists(4), "GRAPHQL_VALIDATION_FAILED", reason).await;
    let wide = format!("{{ __schema {{ types {{ fields {{ {} }} }} }} }}", "name ".repeat(400));
    assert_too_much(&app, &wide, "GRAPHQL_VALIDATION_FAILED", reason).await;
}

#[tokio::test]
async fn a_circle_of_fragments_is_refused() {
    let app = TestApp::start().await;
    for text in [
        "{ ...A } fragment A on Query { ...A }",
        "{ ...A } fragment A on Query { ...B } fragment B on Query { __typename ...A }",
        "{ books { ...A } } fragment A on Book { authors { books { ...A } } }",
        "{ __schema { ...A } } fragment A on __Schema { types { ...B } }
            fragment B on __Type { ofType { ...B } }",
    ] {
        let refused = ask(&app, text).await;
        assert_eq!(refused.status.as_u16(), 400, "{text}: {}", refused.text);
        assert!(refused.json().get("data").is_none(), "{text}");
        assert_alive(&app).await;
    }
}

#[tokio::test]
async fn limits_hold_for_operations_that_are_not_executed_too() {
    let app = TestApp::start().await;
    let text = format!("query A {{ __typename }} query B {}", deep(11));
    let body = json!({ "query": text, "operationName": "A" }).to_string();
    let refused = post(&app.anonymous(), &[], body).await;
    assert_refused(&refused, 200, "GRAPHQL_VALIDATION_FAILED");
}
