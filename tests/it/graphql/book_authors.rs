//! The list of a book's authors.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::rows::{AUTHOR, BOOK, id, labels, row};
use crate::it::support::{Client, TestApp};

/// Creates an author for each name, and returns the ids.
async fn create_authors<const N: usize>(client: &Client, names: [&str; N]) -> [String; N] {
    let mut ids = [const { String::new() }; N];
    for (id, name) in ids.iter_mut().zip(names) {
        *id = client.create_author(name).await;
    }
    ids
}

/// Returns the names of a book's authors.
fn names(book: &Value) -> String {
    labels(&book["authors"], "name").concat()
}

#[tokio::test]
async fn authors_keep_the_order_of_the_input() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let [a, b, c] = create_authors(&ann, ["A", "B", "C"]).await;
    for (order, expected) in
        [([&c, &a, &b], "CAB"), ([&b, &c, &a], "BCA"), ([&a, &b, &c], "ABC"), ([&c, &b, &a], "CBA")]
    {
        let made = BOOK.create(&ann, json!({ "title": expected, "authorIds": order })).await;
        assert_eq!(names(&row(&made)), expected);
        assert_eq!(names(&BOOK.find(&ann, &id(&made)).await), expected);
    }
}

#[tokio::test]
async fn a_repeated_author_stays_at_its_first_position() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let [a, b] = create_authors(&ann, ["A", "B"]).await;
    let made = BOOK.create(&ann, json!({ "title": "Emma", "authorIds": [b, a, b, a] })).await;
    assert_eq!(names(&row(&made)), "BA");
    let changed = BOOK.update(&ann, &id(&made), json!({ "authorIds": [a, a, b] })).await;
    assert_eq!(names(&row(&changed)), "AB");
}

#[tokio::test]
async fn a_single_id_is_coerced_to_a_list() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let [a] = create_authors(&ann, ["A"]).await;
    let made = BOOK.create(&ann, json!({ "title": "Emma", "authorIds": a })).await;
    assert_eq!(names(&row(&made)), "A");
}

#[tokio::test]
async fn a_hundred_authors_are_allowed_and_one_more_is_not() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let mut ids = Vec::new();
    for index in 0..100 {
        ids.push(ann.create_author(&index.to_string()).await);
    }
    // Duplicates do not count towards the limit.
    let all = [ids.clone(), ids.clone()].concat();
    let made = row(&BOOK.create(&ann, json!({ "title": "Emma", "authorIds": all })).await);
    let expected: Vec<_> = (0..100).map(|index| index.to_string()).collect();
    assert_eq!(labels(&made["authors"], "name"), expected);

    ids.push("one more".to_owned());
    let refused = BOOK.create(&ann, json!({ "title": "Emma", "authorIds": ids })).await;
    assert_eq!(refused.error_fields(), json!({ "authorIds": ["must be at most 100"] }));
}

#[tokio::test]
async fn an_unknown_author_is_refused_and_nothing_is_stored() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let [a] = create_authors(&ann, ["A"]).await;
    for unknown in ["", "x", "019a9f00-0000-7000-8000-000000000000"] {
        let input = json!({ "title": "Emma", "authorIds": [a, unknown] });
        let refused = BOOK.create(&ann, input).await;
        assert_eq!(refused.error_code(), "BAD_USER_INPUT", "{unknown:?}");
        assert_eq!(
            refused.error_fields(),
            json!({ "authorIds": ["must be ids of existing authors"] })
        );
        assert_eq!(BOOK.count(&ann).await, 0, "{unknown:?}");
    }
}

#[tokio::test]
async fn an_update_with_an_unknown_author_changes_nothing() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let [a, b] = create_authors(&ann, ["A", "B"]).await;
    let book = id(&BOOK.create(&ann, json!({ "title": "Emma", "authorIds": [a] })).await);
    let before = BOOK.find(&ann, &book).await;
    let refused = BOOK.update(&ann, &book, json!({ "title": "II", "authorIds": [b, "x"] })).await;
    assert_eq!(refused.error_fields(), json!({ "authorIds": ["must be ids of existing authors"] }));
    assert_eq!(BOOK.find(&ann, &book).await, before);
}

#[tokio::test]
async fn an_update_replaces_clears_or_keeps_the_authors() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let [a, b, c] = create_authors(&ann, ["A", "B", "C"]).await;
    let book = id(&BOOK.create(&ann, json!({ "title": "Emma", "authorIds": [a, b] })).await);
    for (input, expected) in [
        (json!({ "authorIds": [c, b] }), "CB"),
        (json!({ "title": "Emma II" }), "CB"),
        (json!({ "authorIds": [] }), ""),
        (json!({ "authorIds": [a, c] }), "AC"),
        (json!({ "authorIds": null }), ""),
    ] {
        let changed = BOOK.update(&ann, &book, input).await;
        assert_eq!(names(&row(&changed)), expected);
        assert_eq!(names(&BOOK.find(&ann, &book).await), expected);
    }
}

#[tokio::test]
async fn a_book_may_have_authors_of_other_users() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    let [a] = create_authors(&ann, ["A"]).await;
    let made = BOOK.create(&bob, json!({ "title": "Emma", "authorIds": [a] })).await;
    assert_eq!(names(&row(&made)), "A");
}

#[tokio::test]
async fn books_of_a_deleted_author_stay_without_the_author() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let [a, b, c] = create_authors(&ann, ["A", "B", "C"]).await;
    let three = id(&BOOK.create(&ann, json!({ "title": "Three", "authorIds": [c, b, a] })).await);
    let alone = id(&BOOK.create(&ann, json!({ "title": "Alone", "authorIds": [b] })).await);

    AUTHOR.delete(&ann, &b).await.data();

    assert_eq!(names(&BOOK.find(&ann, &three).await), "CA");
    assert_eq!(names(&BOOK.find(&ann, &alone).await), "");
    let changed = BOOK.update(&ann, &three, json!({ "authorIds": [a, c] })).await;
    assert_eq!(names(&row(&changed)), "AC");
}

#[tokio::test]
async fn an_author_can_be_deleted_while_books_are_created() {
    let app = TestApp::start().await;
    let ann = Arc::new(app.signed_in("ann").await);
    for _ in 0..10 {
        let [going, staying] = create_authors(&ann, ["A", "B"]).await;
        let both = json!({ "title": "Emma", "authorIds": [going, staying] });
        let book = id(&BOOK.create(&ann, both.clone()).await);
        let mut work = JoinSet::new();
        let client = Arc::clone(&ann);
        work.spawn(async move { AUTHOR.delete(&client, &going).await });
        for index in 0..4 {
            let (client, book, both) = (Arc::clone(&ann), book.clone(), both.clone());
            work.spawn(async move {
                match index % 2 {
                    0 => BOOK.update(&client, &book, both).await,
                    _ => BOOK.create(&client, both).await,
                }
            });
        }
        for response in work.join_all().await {
            let text = &response.text;
            assert!(
                response.json().get("errors").is_none()
                    || response.error_code() == "BAD_USER_INPUT",
                "{text}"
            );
        }
        assert_eq!(names(&BOOK.find(&ann, &book).await), "B");
    }
}
