//! Subscriptions of one socket get their results in the order of the changes.

use serde_json::json;

use super::{BOOKS, ServedApp};

/// A change for each subscription that another has not got yet, and one that is just being sent.
const LEAD: usize = 2;

#[tokio::test]
async fn subscriptions_of_one_socket_take_turns() {
    const SUBSCRIPTIONS: usize = 20;
    const CHANGES: usize = 100;
    let served = ServedApp::open().await;
    let ann = served.app.signed_in("ann").await;
    let mut socket = served.anonymous_socket().await;
    for id in 0..SUBSCRIPTIONS {
        socket.subscribe(&id.to_string(), BOOKS).await;
    }
    let book = |n| json!({ "title": format!("Book {n}"), "authorIds": [] });
    let books: Vec<_> = (0..CHANGES).map(book).collect();
    let create = "mutation($books: [CreateBookInput!]!) { createBooks(inputs: $books) { id } }";

    ann.graphql(create, json!({ "books": books })).await.data();

    let mut counts = [0; SUBSCRIPTIONS];
    for _ in 0..SUBSCRIPTIONS * CHANGES {
        let message = socket.receive().await;
        let id: usize = message["id"].as_str().unwrap().parse().unwrap();
        let title = &message["payload"]["data"]["bookChanged"]["book"]["title"];
        assert_eq!(*title, format!("Book {}", counts[id]), "{message}");
        counts[id] += 1;
        let (min, max) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
        assert!(max - min <= LEAD, "{counts:?}");
    }
    socket.assert_no_message().await;
}
