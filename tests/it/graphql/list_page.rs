//! Pages by `limit` and `offset`, in lists of the root and of other types.

use serde_json::{Value, json};

use super::rows::{AUTHOR, BOOK, labels};
use crate::it::support::{Client, TestApp};

/// Returns the titles of a nested list, for example `books(limit: 1)` of a user.
async fn nested(client: &Client, parent: &str, list: &str) -> Vec<String> {
    let field = if list.starts_with("books") { "title" } else { "name" };
    let query = format!("{{ parent: {parent} {{ rows: {list} {{ {field} }} }} }}");
    labels(&client.query(&query).await.data()["parent"]["rows"], field)
}

/// Returns inputs of books with these one-letter titles.
fn titled(titles: &str) -> impl Iterator<Item = Value> {
    titles.chars().map(|title| json!({ "title": title }))
}

/// Returns inputs of authors with these one-letter names.
fn named(names: &str) -> impl Iterator<Item = Value> {
    names.chars().map(|name| json!({ "name": name }))
}

#[tokio::test]
async fn a_page_has_1_to_100_rows() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    for kind in [BOOK, AUTHOR] {
        for limit in [1, 100] {
            kind.query_list(&anyone, &format!("limit: {limit}")).await.data();
        }
        for limit in [0, 101, -1, i32::MIN] {
            let refused = kind.query_list(&anyone, &format!("limit: {limit}")).await;
            assert_eq!(refused.error_code(), "BAD_USER_INPUT", "{limit}");
            let expected = json!({ "limit": ["must be between 1 and 100"] });
            assert_eq!(refused.error_fields(), expected, "{limit}");
            assert_eq!(refused.json()["data"], Value::Null);
        }
    }
}

#[tokio::test]
async fn negative_offsets_are_refused_and_both_errors_are_named() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    let refused = BOOK.query_list(&anyone, "offset: -1").await;
    assert_eq!(refused.error_fields(), json!({ "offset": ["must not be negative"] }));
    let refused = AUTHOR.query_list(&anyone, "limit: 0, offset: -1").await;
    assert_eq!(
        refused.error_fields(),
        json!({ "limit": ["must be between 1 and 100"], "offset": ["must not be negative"] })
    );
    assert_eq!(BOOK.list(&anyone, "offset: 2147483647").await, [""; 0]);
}

#[tokio::test]
async fn nested_lists_have_the_same_limits() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    ann.create_author("Zola").await;
    for list in ["me { authors(limit: 0) { id } }", "authors { books(limit: 101) { id } }"] {
        let refused = ann.query(&format!("{{ {list} }}")).await;
        assert_eq!(refused.error_code(), "BAD_USER_INPUT");
        assert_eq!(refused.error_fields(), json!({ "limit": ["must be between 1 and 100"] }));
    }
}

#[tokio::test]
async fn the_default_page_has_the_first_50_rows() {
    let app = TestApp::start_with_demo_data().await;
    let anyone = app.anonymous();
    for (kind, list) in [(BOOK, "books { title }"), (AUTHOR, "authors { name }")] {
        let response = anyone.query(&format!("{{ rows: {list} }}")).await.data();
        let field = if list.starts_with("books") { "title" } else { "name" };
        let rows = labels(&response["rows"], field);
        assert_eq!(rows.len(), 50);
        assert_eq!(rows, kind.list(&anyone, "limit: 50, offset: 0").await);
    }
}

#[tokio::test]
async fn an_omitted_nullable_variable_takes_the_default() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    ann.create_book("Emma").await;
    // Source: GraphQL specification of October 2021. Section 6.4.1: an argument whose variable has
    // no value takes its default. Section 5.8.5: a nullable variable is allowed here.
    for (query, variables) in [
        ("query($limit: Int = 1) { books(limit: $limit) { title } }", json!({})),
        (
            "query($limit: Int) { ...Page } fragment Page on Query { books(limit: $limit) { title } }",
            json!({}),
        ),
        (
            "query($limit: Int, $offset: Int) { books(limit: $limit, offset: $offset) { title } }",
            json!({}),
        ),
        (
            "query($limit: Int, $offset: Int) { books(limit: $limit, offset: $offset) { title } }",
            json!({ "limit": 1 }),
        ),
    ] {
        let response = ann.graphql(query, variables).await.data();
        assert_eq!(response["books"][0]["title"], "Emma", "{query}");
    }
    // `null` is a value, and not a valid one.
    let query = "query($limit: Int) { books(limit: $limit) { title } }";
    let refused = ann.graphql(query, json!({ "limit": null })).await;
    assert!(refused.json().get("errors").is_some(), "{}", refused.text);
}

#[tokio::test]
async fn consecutive_pages_contain_the_whole_list() {
    let app = TestApp::start_with_demo_data().await;
    let anyone = app.anonymous();
    for kind in [BOOK, AUTHOR] {
        let (whole, mut pages) = (kind.list(&anyone, "limit: 100").await, Vec::new());
        for offset in [0, 7, 14, 21, 28, 35, 42, 49, 56] {
            pages.extend(kind.list(&anyone, &format!("limit: 7, offset: {offset}")).await);
        }
        assert!(pages.len() > 56, "{}", pages.len());
        assert_eq!(pages, whole[..pages.len()]);
        assert_eq!(kind.list(&anyone, "offset: 1000000").await, [""; 0]);
    }
}

#[tokio::test]
async fn a_users_rows_are_paged_in_creation_order() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    for letter in ["c", "a", "d", "b"] {
        BOOK.create_all(&ann, &app.clock, titled(letter)).await;
        BOOK.create_all(&bob, &app.clock, titled("x")).await;
        AUTHOR.create_all(&ann, &app.clock, named(letter)).await;
    }
    let user = format!("user(id: \"{}\")", ann.user_id().await);
    for list in ["books", "authors"] {
        for (page, expected) in [
            ("limit: 100", "cadb"),
            ("limit: 2", "ca"),
            ("limit: 2, offset: 1", "ad"),
            ("limit: 2, offset: 3", "b"),
            ("offset: 4", ""),
        ] {
            let rows = nested(&bob, &user, &format!("{list}({page})")).await;
            assert_eq!(rows.concat(), expected, "{list} {page}");
        }
    }
}

#[tokio::test]
async fn each_author_has_a_page_of_the_authors_books() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let ids = AUTHOR.create_all(&ann, &app.clock, named("123")).await;
    let by = |title: &str, authors: &[usize]| {
        let authors: Vec<_> = authors.iter().map(|author| &ids[*author]).collect();
        json!({ "title": title, "authorIds": authors })
    };
    let books =
        [by("d", &[0]), by("c", &[1, 0]), by("b", &[0, 1]), by("a", &[0]), by("nobody's", &[])];
    BOOK.create_all(&ann, &app.clock, books).await;
    for (page, expected) in [
        ("limit: 100", ["dcba", "cb", ""]),
        ("limit: 1", ["d", "c", ""]),
        ("limit: 2, offset: 1", ["cb", "b", ""]),
        ("limit: 2, offset: 3", ["a", "", ""]),
    ] {
        let query = format!("{{ authors {{ name books({page}) {{ title }} }} }}");
        let response = ann.query(&query).await.data();
        let found: Vec<_> = response["authors"].as_array().unwrap().iter().collect();
        let found: Vec<_> = found.iter().map(|a| labels(&a["books"], "title").concat()).collect();
        assert_eq!(found, expected, "{page}");
    }
}

#[tokio::test]
async fn a_query_can_have_several_pages_of_one_list() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    BOOK.create_all(&ann, &app.clock, titled("abc")).await;
    let response = ann
        .query("{ me { first: books(limit: 1) { title } rest: books(offset: 1) { title } } }")
        .await
        .data();
    assert_eq!(labels(&response["me"]["first"], "title").concat(), "a");
    assert_eq!(labels(&response["me"]["rest"], "title").concat(), "bc");
}
