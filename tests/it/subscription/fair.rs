//! Subscriptions of one socket get their results in the order of the changes.

use serde_json::json;

use super::{BOOKS, Library};

/// A change for each subscription that another has not got yet, and one that is just being sent.
const LEAD: usize = 2;

#[tokio::test]
async fn subscriptions_of_one_socket_take_turns() {
    const SUBSCRIPTIONS: usize = 20;
    const CHANGES: usize = 100;
    let library = Library::open().await;
    let ann = library.app.signed_in("ann").await;
    let mut socket = library.stranger().await;
    for id in 0..SUBSCRIPTIONS {
        socket.subscribe(&id.to_string(), BOOKS).await;
    }
    let book = |n| json!({ "title": format!("Book {n}"), "authorIds": [] });
    let books: Vec<_> = (0..CHANGES).map(book).collect();
    let create = "mutation($books: [CreateBookInput!]!) { createBooks(inputs: $books) { id } }";

    ann.graphql(create, json!({ "books": books })).await.data();

    let mut counts = [0; SUBSCRIPTIONS];
    for _ in 0..SUBSCRIPTIONS * CHANGES {
        let said = socket.hear().await;
        let id: usize = said["id"].as_str().unwrap().parse().unwrap();
        let title = &said["payload"]["data"]["bookChanged"]["book"]["title"];
        assert_eq!(*title, format!("Book {}", counts[id]), "{said}");
        counts[id] += 1;
        let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
        assert!(most - least <= LEAD, "{counts:?}");
    }
    socket.hears_nothing().await;
}
