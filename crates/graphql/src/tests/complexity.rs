use async_graphql::value;

use super::*;
use crate::{Document, Limits};

fn points(text: &str, variables: &Variables) -> usize {
    let prices = Prices::from_sdl(&crate::sdl()).unwrap();
    let document = Document::parse(text, &Limits::default()).unwrap();
    let operation = document.operation(None).unwrap();
    prices.of(operation.definition(), document.fragments(), variables, 101)
}

#[test]
fn lists_multiply_what_is_asked_of_each_item() {
    for (text, expected) in [
        ("{ __typename }", 1),
        ("{ book(id: 1) { id title } }", 3),
        ("{ books { id } }", 51),
        ("{ books(limit: 3) { id title } }", 7),
        ("{ books(limit: -3) { id title } }", 1),
        ("{ books(limit: 2) { authors { name books(limit: 4) { id } } } }", 39),
        // Pages of children are shorter.
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
        ("mutation($f: Upload!) { importBooks(file: $f) { id } }", 101),
        ("{ unknown { books(limit: 10) { id } } }", 3),
    ] {
        assert_eq!(points(text, &Variables::default()), expected, "{text}");
    }
    let variables = Variables::from_value(value!({ "n": 9 }));
    assert_eq!(points("query($n: Int! = 7) { books(limit: $n) { id } }", &variables), 10);
    let variables = Variables::from_value(value!({ "b": [{}, {}] }));
    let create = "mutation($b: [CreateBookInput!]!) { createBooks(inputs: $b) { id } }";
    assert_eq!(points(create, &variables), 3);
}

#[test]
fn what_has_too_many_fields_is_left_to_their_limit() {
    let many = format!("{{ me {{ {} }} }}", "id ".repeat(99));
    assert_eq!(points(&many, &Variables::default()), 2);
    let more = format!("{{ me {{ {} }} }}", "id ".repeat(101));
    assert_eq!(points(&more, &Variables::default()), 0);
}

#[test]
fn the_largest_numbers_do_not_overflow() {
    let text = "{ books(limit: 99999999999999999999) { owner { books(limit: 2147483647) {
        owner { books(limit: 9223372036854775807) { id } } } } } }";
    assert_eq!(points(text, &Variables::default()), usize::MAX);
}
