//! Responses shared by several subscriptions: errors and private fields of one viewer do not reach
//! others.

use std::sync::Arc;

use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection};
use tokio::sync::{Mutex, mpsc};

use super::{BOOKS, ServedApp, Socket};
use crate::it::support::Backend;

/// Opens a socket without a session from another address.
async fn socket_from(served: &ServedApp, address: &str) -> Socket {
    Socket::ready(served.port, &[("x-forwarded-for", address)], json!({})).await
}

/// Returns the code of the first error in a message.
fn code(message: &Value) -> Option<&str> {
    let errors = if message["type"] == "error" {
        &message["payload"]
    } else {
        &message["payload"]["errors"]
    };
    errors[0]["extensions"]["code"].as_str()
}

/// Sends queries until all points are spent.
async fn spend(socket: &mut Socket) {
    let lists: Vec<_> = (0..10)
        .map(|index| {
            format!("b{index}: books(limit: 100) {{ id title isbn description releaseYear }}")
        })
        .collect();
    for query in [format!("{{ {} }}", lists.join(" ")), "{ __typename }".to_owned()] {
        loop {
            socket.execute("spend", &query).await;
            let message = socket.receive().await;
            if message["type"] == "error" {
                assert_eq!(code(&message), Some("RATE_LIMITED"), "{message}");
                break;
            }
            assert_eq!(socket.receive().await["type"], "complete");
        }
    }
}

#[tokio::test]
async fn only_the_viewer_without_points_is_refused() {
    let served = ServedApp::open_with(&[
        "--graphql-rate-limit=true",
        "--graphql-rate-limit-cost=6000",
        "--auth-trusted-proxies=127.0.0.1",
    ])
    .await;
    let ann = served.app.signed_in("ann").await;
    let mut poor =
        [socket_from(&served, "192.0.2.1").await, socket_from(&served, "192.0.2.1").await];
    let [first, second] = &mut poor;
    for socket in [&mut *first, &mut *second] {
        socket.subscribe("1", BOOKS).await;
    }
    spend(first).await;
    let mut other_sockets = Vec::new();
    for index in 2..5 {
        let mut socket = socket_from(&served, &format!("192.0.2.{index}")).await;
        socket.subscribe("1", BOOKS).await;
        other_sockets.push(socket);
    }

    for index in 0..40 {
        let title = format!("Book {index}");
        ann.create_book(&title).await;
        for socket in &mut other_sockets {
            assert_eq!(socket.next("1").await["bookChanged"]["book"]["title"], title);
        }
        // A viewer with enough points gets the response.
        for socket in &mut poor {
            let message = socket.receive().await;
            let received_title = &message["payload"]["data"]["bookChanged"]["book"]["title"];
            assert!(
                *received_title == title || code(&message) == Some("RATE_LIMITED"),
                "{message}"
            );
        }
    }
    for socket in poor.iter_mut().chain(&mut other_sockets) {
        socket.assert_no_message().await;
    }
}

/// The first execution runs into its time limit while a lock is held; the others do not.
#[tokio::test]
async fn an_execution_over_its_time_limit_is_repeated_for_the_others() {
    if Backend::current() == Backend::Sqlite {
        // Only on PostgreSQL can a lock block reads.
        return;
    }
    let served = ServedApp::open_with(&["--graphql-timeout-ms=4000"]).await;
    let ann = served.app.signed_in("ann").await;
    let query = "subscription { bookChanged { book { title authors { name } } } }";
    let (sender, mut messages) = mpsc::unbounded_channel();
    let mut sockets = Vec::new();
    for _ in 0..4 {
        let mut socket = served.anonymous_socket().await;
        socket.subscribe("1", query).await;
        let socket = Arc::new(Mutex::new(socket));
        sockets.push(Arc::clone(&socket));
        let sender = sender.clone();
        tokio::spawn(async move { sender.send(socket.lock().await.receive().await) });
    }
    let mut connection = PgConnection::connect(served.app.database.url()).await.unwrap();
    connection.execute("begin").await.unwrap();
    connection.execute(r#"lock table "author" in access exclusive mode"#).await.unwrap();

    ann.create_book("Emma").await;

    let message = messages.recv().await.unwrap();
    assert_eq!(code(&message), Some("TIMEOUT"), "{message}");
    connection.execute("rollback").await.unwrap();
    for _ in 1..4 {
        let message = messages.recv().await.unwrap();
        let book = json!({ "title": "Emma", "authors": [] });
        assert_eq!(message["payload"]["data"]["bookChanged"]["book"], book, "{message}");
    }
    for socket in sockets {
        socket.lock().await.assert_no_message().await;
    }
}

#[tokio::test]
async fn viewers_with_different_permissions_do_not_share_dependent_responses() {
    let served = ServedApp::open().await;
    let app = &served.app;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    let reader = app.with_role("reader", "admin_ro").await;
    let writer = app.with_role("writer", "admin_rw").await;
    let seen = |may_change: bool, email: Option<&str>| {
        json!({
            "book": {
                "title": "Emma",
                "viewerCan": { "update": may_change, "delete": may_change },
                "owner": { "name": "ann", "email": email },
            },
            "actor": { "email": email },
        })
    };
    let email = Some("ann@example.com");
    let mut sockets = Vec::new();
    for _ in 0..2 {
        sockets.extend([
            (served.anonymous_socket().await, seen(false, None)),
            (served.socket_of(&writer).await, seen(true, email)),
            (served.socket_of(&bob).await, seen(false, None)),
            (served.socket_of(&ann).await, seen(true, email)),
            (served.socket_of(&reader).await, seen(false, email)),
        ]);
    }
    let query = "subscription { bookChanged {
        book { title viewerCan { update delete } owner { name email } } actor { email } } }";
    // Each field is also tested alone, since one private field could hide another's failure.
    for (id, (query, pick)) in [
        (query, None),
        (
            "subscription { bookChanged { book { viewerCan { update delete } } } }",
            Some("viewerCan"),
        ),
        ("subscription { bookChanged { book { owner { name email } } } }", Some("owner")),
    ]
    .into_iter()
    .enumerate()
    {
        let id = id.to_string();
        for (socket, _) in &mut sockets {
            socket.subscribe(&id, query).await;
        }
        for _ in 0..4 {
            ann.create_book("Emma").await;
            for (socket, expected) in &mut sockets {
                let expected = match pick {
                    None => expected.clone(),
                    Some(field) => json!({ "book": { field: expected["book"][field] } }),
                };
                assert_eq!(socket.next(&id).await["bookChanged"], expected);
            }
            // In the second round, another viewer subscribes first.
            sockets.rotate_left(3);
        }
        for (socket, _) in &mut sockets {
            socket.send(json!({ "id": id, "type": "complete" })).await;
            socket.assert_no_message().await;
        }
    }
}
