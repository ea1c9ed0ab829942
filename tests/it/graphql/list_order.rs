//! Sorting of lists.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::rows::{AUTHOR, BOOK, labels};
use crate::it::support::{Client, Response, TestApp};

/// Titles and years in creation order, one millisecond apart.
const ROWS: [(&str, Option<i32>); 7] = [
    ("cherry", Some(1815)),
    ("Émile", None),
    ("apple", Some(-725)),
    ("Banana", Some(0)),
    ("apple", Some(1815)),
    ("zebra", None),
    ("école", Some(2000)),
];

/// [`ROWS`] as books and as authors.
struct SortedRows {
    _app: TestApp,
    client: Client,
    /// The position in [`ROWS`] of each id, beginning with 1.
    positions: HashMap<String, usize>,
}

impl SortedRows {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let client = app.signed_in("ann").await;
        let books = ROWS.map(|(title, year)| json!({ "title": title, "releaseYear": year }));
        let authors = ROWS.map(|(name, year)| json!({ "name": name, "birthYear": year }));
        let books = BOOK.create_all(&client, &app.clock, books).await;
        let authors = AUTHOR.create_all(&client, &app.clock, authors).await;
        let positions = books.into_iter().zip(1..).chain(authors.into_iter().zip(1..)).collect();
        Self { _app: app, client, positions }
    }

    /// Returns the positions of a list of books with this argument, for example `2134567`.
    async fn books(&self, order: &str) -> String {
        self.positions(&self.client.query(&format!("{{ rows: books{order} {{ id }} }}")).await)
    }

    /// Returns the positions of a list of authors with this argument.
    async fn authors(&self, order: &str) -> String {
        self.positions(&self.client.query(&format!("{{ rows: authors{order} {{ id }} }}")).await)
    }

    /// Returns the positions of the rows of a response.
    fn positions(&self, response: &Response) -> String {
        let ids = labels(&response.data()["rows"], "id");
        ids.iter().map(|id| self.positions[id].to_string()).collect()
    }
}

#[tokio::test]
async fn every_sort_key_works_in_both_directions() {
    let library = SortedRows::new().await;
    for (book_order, author_order, expected) in [
        // Letters outside ASCII follow z on every database; equal titles are sorted by id in the
        // same direction.
        ("TITLE_ASC", "NAME_ASC", "3541672"),
        ("TITLE_DESC", "NAME_DESC", "2761453"),
        // Rows without a year are last in both directions.
        ("RELEASE_YEAR_ASC", "BIRTH_YEAR_ASC", "3415726"),
        ("RELEASE_YEAR_DESC", "BIRTH_YEAR_DESC", "7514362"),
        ("CREATED_AT_ASC", "CREATED_AT_ASC", "1234567"),
        ("CREATED_AT_DESC", "CREATED_AT_DESC", "7654321"),
    ] {
        let books = library.books(&format!("(orderBy: [{book_order}])")).await;
        assert_eq!(books, expected, "{book_order}");
        let authors = library.authors(&format!("(orderBy: [{author_order}])")).await;
        assert_eq!(authors, expected, "{author_order}");
    }
}

#[tokio::test]
async fn rows_are_sorted_by_creation_by_default() {
    let library = SortedRows::new().await;
    for order in ["", "(orderBy: null)", "(orderBy: [])"] {
        assert_eq!(library.books(order).await, "1234567", "{order}");
        assert_eq!(library.authors(order).await, "1234567", "{order}");
    }
}

#[tokio::test]
async fn later_keys_sort_rows_with_equal_earlier_keys() {
    let library = SortedRows::new().await;
    for (order, expected) in [
        ("RELEASE_YEAR_DESC, TITLE_ASC", "7514362"),
        ("TITLE_ASC, RELEASE_YEAR_DESC", "5341672"),
        ("RELEASE_YEAR_ASC, CREATED_AT_DESC", "3451762"),
        // Sorting again by a sorted column has no effect.
        ("RELEASE_YEAR_DESC, RELEASE_YEAR_ASC", "7514362"),
    ] {
        let books = library.books(&format!("(orderBy: [{order}])")).await;
        assert_eq!(books, expected, "{order}");
        let order = order.replace("RELEASE", "BIRTH").replace("TITLE", "NAME");
        let authors = library.authors(&format!("(orderBy: [{order}])")).await;
        assert_eq!(authors, expected, "{order}");
    }
}

#[tokio::test]
async fn rows_of_equal_times_are_sorted_by_id_in_the_same_direction() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let mut ids = Vec::new();
    for title in ["c", "a", "b", "d"] {
        ids.push(ann.create_book(title).await);
    }
    ids.sort();
    for order in ["CREATED_AT_ASC", "RELEASE_YEAR_ASC", "CREATED_AT_DESC", "RELEASE_YEAR_DESC"] {
        if order == "CREATED_AT_DESC" {
            ids.reverse();
        }
        let response = ann.query(&format!("{{ books(orderBy: [{order}]) {{ id }} }}")).await;
        assert_eq!(labels(&response.data()["books"], "id"), ids, "{order}");
    }
}

#[tokio::test]
async fn a_single_key_is_coerced_to_a_list() {
    let library = SortedRows::new().await;
    assert_eq!(library.books("(orderBy: TITLE_ASC)").await, "3541672");
    assert_eq!(library.authors("(orderBy: NAME_ASC)").await, "3541672");
    let query = "query($order: [BookOrder!]) { rows: books(orderBy: $order) { id } }";
    for (order, expected) in [
        (json!("TITLE_ASC"), "3541672"),
        (json!(["TITLE_ASC"]), "3541672"),
        (json!([]), "1234567"),
        (Value::Null, "1234567"),
    ] {
        let response = library.client.graphql(query, json!({ "order": order })).await;
        assert_eq!(library.positions(&response), expected, "{order}");
    }
}

#[tokio::test]
async fn an_unknown_key_is_refused() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    let literal = anyone.query("{ books(orderBy: [PRICE_ASC]) { id } }").await;
    assert_eq!(literal.error_code(), "GRAPHQL_VALIDATION_FAILED");
    let query = "query($order: [BookOrder!]) { books(orderBy: $order) { id } }";
    for order in [json!("PRICE_ASC"), json!(["TITLE_ASC", null]), json!([["TITLE_ASC"]]), json!(1)]
    {
        let variable = anyone.graphql(query, json!({ "order": order })).await;
        assert_eq!(variable.error_code(), "BAD_USER_INPUT", "{order}");
    }
}

#[tokio::test]
async fn a_thousand_keys_are_accepted() {
    let library = SortedRows::new().await;
    let keys: Vec<_> = ["TITLE_ASC", "RELEASE_YEAR_DESC", "CREATED_AT_ASC"].repeat(333);
    let query = "query($order: [BookOrder!]) { rows: books(orderBy: $order) { id } }";
    let response = library.client.graphql(query, json!({ "order": keys })).await;
    assert_eq!(library.positions(&response), "5341672");
    let keys: Vec<_> = ["NAME_ASC", "BIRTH_YEAR_DESC", "CREATED_AT_ASC"].repeat(333);
    let query = "query($order: [AuthorOrder!]) { rows: authors(orderBy: $order) { id } }";
    let response = library.client.graphql(query, json!({ "order": keys })).await;
    assert_eq!(library.positions(&response), "5341672");
}
