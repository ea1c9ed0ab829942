//! `createBooks`: all books are created, or none.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::rows::{AUTHOR, BOOK, id, labels, row};
use crate::it::support::{Backend, TestApp};

const EMMA: &str = "9780141439587";
const OTHER: &str = "9780306406157";
const TAKEN: &str = "another book has this ISBN";

/// Returns inputs of this number of books.
fn titles(count: usize) -> Value {
    (0..count).map(|index| json!({ "title": format!("book {index:03}") })).collect()
}

#[tokio::test]
async fn books_are_returned_and_listed_in_input_order() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let jane = id(&AUTHOR.create(&ann, json!({ "name": "Jane Austen" })).await);
    let anne = id(&AUTHOR.create(&ann, json!({ "name": "Anne Brontë" })).await);
    let made = BOOK
        .create_many(
            &ann,
            json!([
                { "title": " Persuasion ", "releaseYear": 1817, "authorIds": [anne, jane, anne] },
                { "title": "Emma", "isbn": "978-0-14-143958-7", "authorIds": [jane] },
                { "title": "Anonymous", "description": "By nobody." },
            ]),
        )
        .await;
    let rows = row(&made);
    assert_eq!(labels(&rows, "title"), ["Persuasion", "Emma", "Anonymous"]);
    let written_by = |row: usize| labels(&rows[row]["authors"], "name");
    assert_eq!(written_by(0), ["Anne Brontë", "Jane Austen"]);
    assert_eq!(written_by(1), ["Jane Austen"]);
    assert_eq!(rows[1]["isbn"], EMMA);
    assert_eq!(rows[2]["owner"]["name"], "ann");
    for book in rows.as_array().unwrap() {
        assert_eq!(BOOK.find(&ann, book["id"].as_str().unwrap()).await, *book);
    }
    assert_eq!(BOOK.list(&ann, "limit: 10").await, ["Persuasion", "Emma", "Anonymous"]);
}

#[tokio::test]
async fn the_number_of_statements_does_not_depend_on_the_number_of_books() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let query =
        "mutation($inputs: [CreateBookInput!]!) { row: createBooks(inputs: $inputs) { id } }";
    let author = id(&AUTHOR.create(&ann, json!({ "name": "Jane Austen" })).await);
    for count in [1, 100] {
        let inputs: Vec<_> = (0..count)
            .map(|index| json!({ "title": format!("{index}"), "authorIds": [author] }))
            .collect();
        let request = ann.graphql(query, json!({ "inputs": inputs }));
        let (made, statements) = app.count_statements(request).await;
        assert_eq!(row(&made).as_array().unwrap().len(), count);
        // Statements: session, authors, books, authors of books, change events.
        let expected = if Backend::current() == Backend::Sqlite { 4 } else { 5 };
        assert_eq!(statements, expected, "{count}");
    }
    for count in [0, 101] {
        let refused = BOOK.create_many(&ann, titles(count)).await;
        assert_eq!(refused.error_code(), "BAD_USER_INPUT");
        assert_eq!(refused.error_fields(), json!({ "inputs": ["must be 1 to 100 books"] }));
    }
}

#[tokio::test]
async fn all_invalid_fields_of_all_inputs_are_named_and_nothing_is_stored() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    BOOK.create(&ann, json!({ "title": "Emma", "isbn": EMMA })).await.data();
    let refused = BOOK
        .create_many(
            &ann,
            json!([
                { "title": "Right" },
                { "title": "", "isbn": EMMA, "authorIds": ["unknown"] },
                { "title": "Year", "releaseYear": 3000, "isbn": "1" },
                { "title": "First", "isbn": OTHER },
                { "title": "Second", "isbn": OTHER },
                { "title": "Long", "description": "x".repeat(10_001), "isbn": "978-0-306-40615-7" },
            ]),
        )
        .await;
    assert_eq!(refused.error_code(), "BAD_USER_INPUT");
    let expected = json!({
        "inputs.1.title": ["must not be empty"],
        "inputs.1.authorIds": ["must be ids of existing authors"],
        "inputs.1.isbn": [TAKEN],
        "inputs.2.isbn": ["is not a valid ISBN-10 or ISBN-13"],
        "inputs.2.releaseYear": ["must be between -3000 and 2027"],
        "inputs.4.isbn": ["is the ISBN of inputs.3, too"],
        "inputs.5.description": ["must be at most 10,000 characters"],
        "inputs.5.isbn": ["is the ISBN of inputs.3, too"],
    });
    assert_eq!(refused.error_fields(), expected);
    assert_eq!(refused.json()["data"], json!({ "row": null }));
    assert_eq!(BOOK.list(&ann, "limit: 10").await, ["Emma"]);
}

#[tokio::test]
async fn taken_isbns_are_a_conflict() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    BOOK.create(&ann, json!({ "title": "Emma", "isbn": EMMA })).await.data();
    let alone = json!([{ "title": "New" }, { "title": "Emma", "isbn": "978-0-14-143958-7" }]);
    let refused = BOOK.create_many(&ann, alone).await;
    assert_eq!(
        (refused.error_code().as_str(), refused.error_message().as_str()),
        ("CONFLICT", TAKEN)
    );
    assert_eq!(refused.error_fields(), json!({ "inputs.1.isbn": [TAKEN] }));
    let both = json!([
        { "title": "Emma", "isbn": EMMA }, { "title": "A", "isbn": OTHER }, { "title": "B", "isbn": OTHER },
    ]);
    let refused = BOOK.create_many(&ann, both).await;
    assert_eq!(refused.error_code(), "CONFLICT");
    let too = "is the ISBN of inputs.1, too";
    assert_eq!(refused.error_fields(), json!({ "inputs.0.isbn": [TAKEN], "inputs.2.isbn": [too] }));
    assert_eq!(refused.error_message(), format!("inputs.0.isbn: {TAKEN}; inputs.2.isbn: {too}"));
    assert_eq!(BOOK.count(&ann).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_several_concurrent_mutations_with_equal_isbns_succeeds() {
    let app = Arc::new(TestApp::start().await);
    let ann = Arc::new(app.signed_in("ann").await);
    let mut racing = JoinSet::new();
    for turn in 0..10 {
        let ann = Arc::clone(&ann);
        racing.spawn(async move {
            let mut inputs = vec![
                json!({ "title": "Emma", "isbn": EMMA }),
                json!({ "title": "Other", "isbn": OTHER }),
            ];
            // Opposite orders of ISBNs would deadlock.
            inputs.rotate_left(turn % 2);
            BOOK.create_many(&ann, Value::from(inputs)).await
        });
    }
    let responses = racing.join_all().await;
    let (made, refused): (Vec<_>, Vec<_>) =
        responses.into_iter().partition(|response| response.json().get("errors").is_none());
    assert_eq!(made.len(), 1);
    for refused in refused {
        assert_eq!(refused.error_code(), "CONFLICT", "{}", refused.text);
        let expected = json!({ "inputs.0.isbn": [TAKEN], "inputs.1.isbn": [TAKEN] });
        assert_eq!(refused.error_fields(), expected);
    }
    assert_eq!(BOOK.count(&ann).await, 2);
}

#[tokio::test]
async fn a_large_selection_for_many_inputs_is_too_complex() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let query = "mutation($inputs: [CreateBookInput!]!) { createBooks(inputs: $inputs) {
        authors { books(limit: 100) { id } } } }";
    let with = |count: usize| {
        let input = json!({ "title": "x", "authorIds": [] });
        json!({ "inputs": vec![input; count] })
    };
    ann.graphql(query, with(1)).await.data();
    let refused = ann.graphql(query, with(100)).await;
    assert_eq!(refused.error_code(), "GRAPHQL_VALIDATION_FAILED");
    assert_eq!(BOOK.count(&ann).await, 1);
}
