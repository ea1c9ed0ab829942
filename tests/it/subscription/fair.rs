//! Fairness among the subscriptions of one socket.

use serde_json::json;

use super::ServedApp;

/// The limit of the difference in received results between two subscriptions.
const MAX_LEAD: usize = 2;
/// A subscription that reads nothing from the database, so several results are ready at once.
const TITLES: &str = "subscription { bookChanged { book { title } } }";

#[tokio::test]
async fn subscriptions_of_one_socket_take_turns() {
    const SUBSCRIPTIONS: usize = 20;
    const CHANGES: usize = 100;
    let served = ServedApp::open().await;
    let ann = served.app.signed_in("ann").await;
    let mut socket = served.anonymous_socket().await;
    for id in 0..SUBSCRIPTIONS {
        socket.subscribe(&id.to_string(), TITLES).await;
    }
    let book = |n| json!({ "title": format!("Book {n}"), "authorIds": [] });
    let books: Vec<_> = (0..CHANGES).map(book).collect();
    let create = "mutation($books: [CreateBookInput!]!) { createBooks(inputs: $books) { id } }";

    ann.graphql(create, json!({ "books": books })).await.data();

    let mut counts = [0; SUBSCRIPTIONS];
    for _ in 0..SUBSCRIPTIONS * CHANGES {
        let received = socket.receive().await;
        let id: usize = received["id"].as_str().unwrap().parse().unwrap();
        let title = &received["payload"]["data"]["bookChanged"]["book"]["title"];
        assert_eq!(*title, format!("Book {}", counts[id]), "{received}");
        counts[id] += 1;
        let (min, max) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
        assert!(max - min <= MAX_LEAD, "{counts:?}");
    }
    socket.assert_no_message().await;
}
