//! Tests of the complexity of operations on this schema.

use async_graphql::{Name, Value, value};
use bytes::Bytes;

use super::*;

#[test]
fn lists_multiply_the_cost_of_their_items() {
    for (text, expected) in [
        ("{ __typename }", 1),
        ("{ book(id: 1) { id title } }", 3),
        ("{ books { id } }", 51),
        ("{ books(limit: 3) { id title } }", 7),
        ("{ books(limit: -3) { id title } }", 1),
        ("{ books(limit: 2) { authors { name books(limit: 4) { id } } } }", 39),
        // Nested pages have a smaller default.
        ("{ authors(limit: 2) { books { id } } }", 23),
        ("{ authors(limit: 2) { booksConnection { nodes { id } } } }", 43),
        ("{ authors(limit: 2) { booksConnection(last: 4) { nodes { id } } } }", 19),
        ("{ authorsConnection { nodes { id } } }", 101),
        ("{ books(limit: 2) { authorsConnection { nodes { id } } } }", 15),
        ("{ books(limit: 2) { id ...B ...B } } fragment B on Book { id owner { id } }", 7),
        ("{ books(limit: 2) { id } books(limit: 2) { id owner { id } } }", 7),
        ("{ a: books(limit: 2) { id } b: books(limit: 2) { id } }", 6),
        ("{ ... on Query { ...Q } } fragment Q on Query { books(limit: 2) { id } }", 3),
        ("query($n: Int! = 7) { books(limit: $n) { id } }", 8),
        ("mutation { deleteBook(id: 1) { authors { id } } }", 5),
        ("mutation { createBooks(inputs: [{}, {}, {}]) { id title } }", 7),
        ("{ unknown { books(limit: 10) { id } } }", 3),
    ] {
        assert_eq!(points(text, value!({})), expected, "{text}");
    }
    assert_eq!(points("query($n: Int! = 7) { books(limit: $n) { id } }", value!({ "n": 9 })), 10);
    let create = "mutation($b: [CreateBookInput!]!) { createBooks(inputs: $b) { id } }";
    let import = "mutation($f: Upload!) { importBooks(file: $f) { id } }";
    let file = Value::Object([(Name::new("f"), Value::Binary(Bytes::new()))].into_iter().collect());
    assert_eq!(points(import, file), 101);
    assert_eq!(
        points(
            create,
            value!({ "b": [{ "title": "a", "authorIds": [] }, { "title": "b", "authorIds": [] }] })
        ),
        3
    );
}

#[test]
fn the_largest_numbers_do_not_overflow() {
    let text = "{ books(limit: 99999999999999999999) { owner { books(limit: 2147483647) {
        owner { books(limit: 9223372036854775807) { id } } } } } }";
    assert_eq!(points(text, value!({})), usize::MAX);
}
