//! Answers that are made once for several clients: what befalls one of them is not told to
//! the others, nor what only one of them may see.

use std::sync::Arc;

use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection};
use tokio::sync::{Mutex, mpsc};

use super::{BOOKS, Library, Socket};
use crate::it::support::Backend;

/// A socket of somebody at another address, who is not signed in.
async fn at(library: &Library, address: &str) -> Socket {
    Socket::ready(library.port, &[("x-forwarded-for", address)], json!({})).await
}

/// The code of the first error in what was said.
fn code(said: &Value) -> Option<&str> {
    let errors =
        if said["type"] == "error" { &said["payload"] } else { &said["payload"]["errors"] };
    errors[0]["extensions"]["code"].as_str()
}

/// Asks until all points are spent.
async fn spend(socket: &mut Socket) {
    let lists: Vec<_> = (0..10)
        .map(|n| format!("b{n}: books(limit: 100) {{ id title isbn description releaseYear }}"))
        .collect();
    for query in [format!("{{ {} }}", lists.join(" ")), "{ __typename }".to_owned()] {
        loop {
            socket.execute("spend", &query).await;
            let said = socket.hear().await;
            if said["type"] == "error" {
                assert_eq!(code(&said), Some("RATE_LIMITED"), "{said}");
                break;
            }
            assert_eq!(socket.hear().await["type"], "complete");
        }
    }
}

#[tokio::test]
async fn who_has_spent_their_points_is_refused_alone() {
    let library = Library::open_with(&[
        "--graphql-rate-limit=true",
        "--graphql-rate-limit-cost=6000",
        "--auth-trusted-proxies=127.0.0.1",
    ])
    .await;
    let ann = library.app.signed_in("ann").await;
    let mut poor = [at(&library, "192.0.2.1").await, at(&library, "192.0.2.1").await];
    let [first, second] = &mut poor;
    for socket in [&mut *first, &mut *second] {
        socket.subscribe("1", BOOKS).await;
    }
    spend(first).await;
    let mut others = Vec::new();
    for n in 2..5 {
        let mut socket = at(&library, &format!("192.0.2.{n}")).await;
        socket.subscribe("1", BOOKS).await;
        others.push(socket);
    }

    for n in 0..40 {
        let title = format!("Book {n}");
        ann.create_book(&title).await;
        for socket in &mut others {
            assert_eq!(socket.next("1").await["bookChanged"]["book"]["title"], title);
        }
        // Whoever asks after others is given what they paid for.
        for socket in &mut poor {
            let said = socket.hear().await;
            let told = &said["payload"]["data"]["bookChanged"]["book"]["title"];
            assert!(*told == title || code(&said) == Some("RATE_LIMITED"), "{said}");
        }
    }
    for socket in poor.iter_mut().chain(&mut others) {
        socket.hears_nothing().await;
    }
}

/// The first one's time is up while somebody holds what is read; the others' is not.
#[tokio::test]
async fn an_execution_that_takes_too_long_is_tried_again_for_the_others() {
    if Backend::current() == Backend::Sqlite {
        // Whoever reads waits for nobody.
        return;
    }
    let library = Library::open_with(&["--graphql-timeout-ms=4000"]).await;
    let ann = library.app.signed_in("ann").await;
    let query = "subscription { bookChanged { book { title authors { name } } } }";
    let (sender, mut heard) = mpsc::unbounded_channel();
    let mut sockets = Vec::new();
    for _ in 0..4 {
        let mut socket = library.stranger().await;
        socket.subscribe("1", query).await;
        let socket = Arc::new(Mutex::new(socket));
        sockets.push(Arc::clone(&socket));
        let sender = sender.clone();
        tokio::spawn(async move { sender.send(socket.lock().await.hear().await) });
    }
    let mut server = PgConnection::connect(library.app.database.url()).await.unwrap();
    server.execute("begin").await.unwrap();
    server.execute(r#"lock table "author" in access exclusive mode"#).await.unwrap();

    ann.create_book("Emma").await;

    let said = heard.recv().await.unwrap();
    assert_eq!(code(&said), Some("TIMEOUT"), "{said}");
    server.execute("rollback").await.unwrap();
    for _ in 1..4 {
        let said = heard.recv().await.unwrap();
        let book = json!({ "title": "Emma", "authors": [] });
        assert_eq!(said["payload"]["data"]["bookChanged"]["book"], book, "{said}");
    }
    for socket in sockets {
        socket.lock().await.hears_nothing().await;
    }
}

#[tokio::test]
async fn viewers_of_different_rights_never_share_an_answer_that_depends_on_them() {
    let library = Library::open().await;
    let app = &library.app;
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
            (library.stranger().await, seen(false, None)),
            (library.browser(&writer).await, seen(true, email)),
            (library.browser(&bob).await, seen(false, None)),
            (library.browser(&ann).await, seen(true, email)),
            (library.browser(&reader).await, seen(false, email)),
        ]);
    }
    let query = "subscription { bookChanged {
        book { title viewerCan { update delete } owner { name email } } actor { email } } }";
    // Each kind of field alone, too, as one of them may tell the others' secret.
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
            // Another one is the first to ask.
            sockets.rotate_left(3);
        }
        for (socket, _) in &mut sockets {
            socket.say(json!({ "id": id, "type": "complete" })).await;
            socket.hears_nothing().await;
        }
    }
}
