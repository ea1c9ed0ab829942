//! Tests of the cost of searches, filters, counts and skipped rows.

use async_graphql::{Value, value};

use super::*;

#[test]
fn a_scan_of_a_table_adds_points() {
    for (text, expected) in [
        ("{ booksConnection(first: 1) { totalCount } }", 1_002),
        (
            "{ booksConnection(first: 1) { ...C ...C } } fragment C on BookConnection { totalCount }",
            1_002,
        ),
        (
            "{ a: booksConnection(first: 1) { totalCount } b: booksConnection(first: 1) { totalCount } }",
            2_004,
        ),
        // One statement counts for all authors.
        ("{ authors(limit: 100) { booksConnection(first: 1) { totalCount } } }", 1_201),
        ("{ books(limit: 1, search: \"emma\") { id } }", 2_002),
        ("{ books(limit: 1, search: null) { id } }", 2),
        ("{ books(limit: 1, filter: { title: \"emma\" }) { id } }", 1_902),
        (
            "{ books(limit: 1, filter: { isbn: \"1\", releaseYear: { min: 1, max: null } }) { id } }",
            1_702,
        ),
        (
            "{ books(limit: 1, filter: { or: [{ title: \"a\" }, { not: { title: \"b\" } }] }) { id } }",
            2_302,
        ),
        ("{ books(limit: 1, filter: {}) { id } }", 1_502),
        ("{ books(limit: 1, offset: 99) { id } }", 2),
        ("{ books(limit: 1, offset: 5000) { id } }", 52),
        ("{ books(limit: 1, offset: 2147483647) { id } }", 1_002),
        ("{ books(limit: 1, offset: -1) { id } }", 2),
        ("query($q: String = \"emma\") { books(limit: 1, search: $q) { id } }", 2_002),
        ("query($q: String) { books(limit: 1, search: $q, filter: { title: $q }) { id } }", 1_502),
        // An input object is not a filter.
        ("mutation { createBook(input: { title: \"a\", authorIds: [] }) { id } }", 2),
    ] {
        assert_eq!(points(text, value!({})), expected, "{text}");
    }
}

#[test]
fn variables_cost_as_much_as_their_values() {
    for (text, variables, expected) in [
        ("query($q: String) { books(limit: 1, search: $q) { id } }", value!({ "q": "a" }), 2_002),
        (
            "query($f: BookFilter) { books(limit: 1, filter: $f) { id } }",
            value!({ "f": { "and": [{ "title": "a" }, { "ownerId": "b" }] } }),
            2_002,
        ),
        (
            "query($t: String) { books(limit: 1, filter: { or: [{ title: $t }, { title: $t }] }) { id } }",
            value!({ "t": "a" }),
            2_302,
        ),
        ("query($f: BookFilter) { books(limit: 1, filter: $f) { id } }", value!({}), 2),
        ("query($n: Int) { books(limit: 1, offset: $n) { id } }", value!({ "n": 7_000 }), 72),
    ] {
        assert_eq!(points(text, variables.clone()), expected, "{text} {variables}");
    }
}

#[test]
fn the_cost_of_large_filters_is_computed_quickly() {
    let filters = vec![value!({}); 1_000];
    let filters = Value::List(filters);
    let text = format!(
        "query($f: [BookFilter!]) {{ books(limit: 1, filter: {{ or: [{}] }}) {{ id }} }}",
        "$f ".repeat(450)
    );
    assert_eq!(points(&text, value!({ "f": filters })), usize::MAX);
    let text = "query($f: BookFilter) { books(limit: 1, filter: $f) { id } }";
    let nested = value!({ "f": { "or": (Value::List(vec![value!({}); 1_000])) } });
    assert_eq!(points(text, nested), usize::MAX);
}
