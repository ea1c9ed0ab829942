//! Read rules of subscriptions: a change is delivered to viewers who may read the row.

use serde_json::{Value, json};

use super::{ServedApp, serve};
use crate::it::{
    graphql::{
        readable::hide_some_rows,
        rows::{BOOK, id},
    },
    support::{Client, TestApp},
};

const QUERY: &str = "subscription { bookChanged { kind book { title authors { name } } } }";

#[tokio::test]
async fn a_change_of_a_hidden_row_is_not_delivered() {
    let app = TestApp::start().await.with_rules(hide_some_rows).await;
    let port = serve(&app.app).await;
    let served = ServedApp { app, port };
    let (ann, bob) = (served.app.signed_in("ann").await, served.app.signed_in("bob").await);
    let ghost = ann.create_author("Ghost").await;
    let mut sockets = Vec::new();
    for (mut socket, sees_hidden) in [
        (served.socket_of(&ann).await, true),
        (served.socket_of(&bob).await, false),
        (served.anonymous_socket().await, false),
        (served.socket_of(&ann).await, true),
        (served.socket_of(&bob).await, false),
    ] {
        socket.subscribe("1", QUERY).await;
        sockets.push((socket, sees_hidden));
    }
    let create = async |client: &Client, title: &str| {
        let input = json!({ "title": title, "authorIds": [ghost] });
        id(&BOOK.create(client, input).await)
    };

    let change = |kind: &str, title: &str, sees_hidden: bool| -> Value {
        let authors = if sees_hidden { json!([{ "name": "Ghost" }]) } else { json!([]) };
        json!({ "bookChanged": { "kind": kind, "book": { "title": title, "authors": authors } } })
    };

    create(&ann, "Draft").await;
    let emma = create(&ann, "Emma").await;
    // A delivery reads the authors, so all sockets receive the creation before the book is deleted.
    for (socket, sees_hidden) in &mut sockets {
        if *sees_hidden {
            assert_eq!(socket.next("1").await, change("CREATED", "Draft", true));
        }
        assert_eq!(socket.next("1").await, change("CREATED", "Emma", *sees_hidden));
    }
    ann.graphql("mutation($id: ID!) { deleteBook(id: $id) { id } }", json!({ "id": emma })).await;
    for (socket, sees_hidden) in &mut sockets {
        assert_eq!(socket.next("1").await, change("DELETED", "Emma", *sees_hidden));
        socket.assert_no_message().await;
    }
}
