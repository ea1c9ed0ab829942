//! The rows and the page information of a page.

use serde_json::json;

use super::{field, page};
use crate::it::{
    graphql::rows::{AUTHOR, BOOK},
    support::TestApp,
};

#[tokio::test]
async fn a_page_has_its_rows_and_reports_its_neighbors() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let titles = ["a", "b", "c", "d", "e"];
    for kind in [BOOK, AUTHOR] {
        let input = |title| json!({ kind.label(): title });
        let ids = kind.create_all(&ann, &app.clock, titles.map(input)).await;
        let connection = field(kind);
        let cursors = page(&ann, connection).await.cursors();
        // `1` to `5` are replaced by the cursors of the rows.
        for (arguments, expected, previous, next) in [
            ("(first: 5)", "12345", false, false),
            ("(first: 100)", "12345", false, false),
            ("(first: 2)", "12", false, true),
            ("(first: 2, after: \"2\")", "34", true, true),
            ("(first: 2, after: \"3\")", "45", true, false),
            ("(after: \"4\")", "5", true, false),
            ("(after: \"5\")", "", true, false),
            ("(last: 2)", "45", true, false),
            ("(last: 5)", "12345", false, false),
            ("(last: 2, before: \"4\")", "23", true, true),
            ("(last: 2, before: \"3\")", "12", false, true),
            ("(before: \"3\")", "12", false, true),
            ("(before: \"1\")", "", false, true),
            ("(first: 2, after: \"1\", before: \"5\")", "23", true, true),
            ("(first: 9, after: \"1\", before: \"5\")", "234", true, true),
            ("(last: 2, after: \"1\", before: \"5\")", "34", true, true),
            ("(last: 9, after: \"1\", before: \"5\")", "234", true, true),
            ("(after: \"4\", before: \"2\")", "", true, true),
            ("(first: null, last: null, after: null, before: null)", "12345", false, false),
        ] {
            let mut connection_field = format!("{connection}{arguments}");
            for (number, cursor) in (1..).zip(&cursors) {
                connection_field =
                    connection_field.replace(&format!("\"{number}\""), &format!("\"{cursor}\""));
            }
            let page = page(&ann, &connection_field).await;
            let index =
                |id: &String| (ids.iter().position(|other| other == id).unwrap() + 1).to_string();
            let found: String = page.ids().iter().map(index).collect();
            assert_eq!(found, expected, "{arguments}");
            assert_eq!(page.has_neighbors(), (previous, next), "{arguments}");
            assert_eq!(page.start(), page.cursors().first().map(String::as_str), "{arguments}");
            assert_eq!(page.end(), page.cursors().last().map(String::as_str), "{arguments}");
            assert_eq!(page.total(), 5, "{arguments}");
        }
    }
}

#[tokio::test]
async fn an_empty_list_is_an_empty_page() {
    let app = TestApp::start().await;
    for kind in [BOOK, AUTHOR] {
        for arguments in ["", "(last: 3)"] {
            let page = page(&app.anonymous(), &format!("{}{arguments}", field(kind))).await;
            assert_eq!(page.ids(), [""; 0]);
            assert_eq!((page.start(), page.end()), (None, None));
            assert_eq!((page.has_neighbors(), page.total()), ((false, false), 0));
        }
    }
}

#[tokio::test]
async fn the_default_page_has_the_first_50_rows() {
    let app = TestApp::start_with_demo_data().await;
    for kind in [BOOK, AUTHOR] {
        let page = page(&app.anonymous(), field(kind)).await;
        assert_eq!(page.ids().len(), 50);
        assert_eq!(page.has_neighbors(), (false, true));
    }
}

#[tokio::test]
async fn a_filter_applies_to_the_page_and_the_count() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let titles = ["an apple", "a pear", "the apple", "APPLES", "a plum"];
    let books = titles.map(|title| json!({ "title": title }));
    let ids = BOOK.create_all(&ann, &app.clock, books).await;
    let filter = "filter: { title: \"apple\" }";
    let first = page(&ann, &format!("booksConnection(first: 2, {filter})")).await;
    assert_eq!(first.ids(), [ids[0].clone(), ids[2].clone()]);
    assert_eq!((first.has_neighbors(), first.total()), ((false, true), 3));
    let after = format!("after: \"{}\"", first.end().unwrap());
    let second = page(&ann, &format!("booksConnection(first: 2, {after}, {filter})")).await;
    assert_eq!(second.ids(), [ids[3].clone()]);
    assert_eq!((second.has_neighbors(), second.total()), ((true, false), 3));
}

#[tokio::test]
async fn an_invalid_filter_is_refused() {
    let app = TestApp::start().await;
    let title = "x".repeat(301);
    let connection_field =
        format!("{{ booksConnection(filter: {{ title: \"{title}\" }}) {{ totalCount }} }}");
    let refused = app.anonymous().query(&connection_field).await;
    assert_eq!(refused.error_code(), "BAD_USER_INPUT");
    assert_eq!(refused.error()["path"], json!(["booksConnection"]));
    assert!(refused.error_fields().get("title").is_some(), "{}", refused.text);
}

#[tokio::test]
async fn nodes_have_relations_and_errors_have_a_path() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    ann.create_author("Zola").await;
    let response = ann
        .query("{ authorsConnection { edges { node { name owner { name } } } nodes { owner { id } } } }")
        .await;
    assert_eq!(response.data()["authorsConnection"]["edges"][0]["node"]["owner"]["name"], "ann");
    let refused =
        ann.query("{ authorsConnection { edges { node { books(limit: 0) { id } } } } }").await;
    let path = json!(["authorsConnection", "edges", 0, "node", "books"]);
    assert_eq!(refused.error()["path"], path);
}
