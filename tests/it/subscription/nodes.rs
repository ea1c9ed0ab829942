//! Several nodes: a change on one node is delivered once on every node.

use std::sync::Arc;

use axum::http::StatusCode;
use chrono::TimeDelta;
use domain::Clock;
use serde_json::{Value, json};
use server::App;

use super::{BOOKS, ServedApp, Socket, cookie, serve};
use crate::it::{
    redis::Redis,
    support::{
        BASE_URL, Backend, Client, PASSWORD, PgBouncer, TestApp, TestDatabase, eventually, noon,
    },
};

/// Opens a stream of book changes.
async fn events(port: u16) -> reqwest::Response {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.post(format!("http://127.0.0.1:{port}/graphql"));
    let request = request.header("accept", "text/event-stream").json(&json!({ "query": BOOKS }));
    request.send().await.unwrap()
}

/// Two nodes with one database.
struct TwoNodes {
    first: ServedApp,
    second: App,
    port: u16,
}

impl TwoNodes {
    /// Starts two nodes with additional flags.
    async fn open(flags: &[&str]) -> Self {
        Self::open_second(ServedApp::open_with(flags).await, flags).await
    }

    /// Starts a second node on the database of the first.
    async fn open_second(first: ServedApp, flags: &[&str]) -> Self {
        let second = TestApp::open_app(&first.app.database, &first.app.clock, flags).await;
        let port = serve(&second).await;
        Self { first, second, port }
    }

    /// Returns the client at the second node.
    fn second(&self, client: &Client) -> Client {
        let second = Client::new(self.second.router());
        client.cookies().clone_into(&mut second.cookies());
        second
    }

    /// Opens sockets on both nodes that receive the changes of both nodes.
    async fn open_sockets(&self, client: &Client) -> [Socket; 2] {
        let mut sockets =
            [self.first.anonymous_socket().await, Socket::ready(self.port, &[], json!({})).await];
        for socket in &mut sockets {
            socket.subscribe("1", BOOKS).await;
        }
        // The nodes may not receive each other's messages yet.
        let second = self.second(client);
        let mut received = [false; 2];
        eventually("machines that hear each other", async || {
            client.create_book("here").await;
            second.create_book("there").await;
            for (socket, (received, other)) in
                sockets.iter_mut().zip(received.iter_mut().zip(["there", "here"]))
            {
                *received |= titles(socket).await.contains(&other.to_owned());
            }
            received.iter().all(|received| *received).then_some(())
        })
        .await;
        // Messages of a node arrive in order: after its last marker, none is outstanding.
        for client in [client, &second] {
            let last = json!(client.create_book("last").await);
            for socket in &mut sockets {
                while socket.next("1").await["bookChanged"]["book"]["id"] != last {}
            }
        }
        sockets
    }
}

/// Returns the titles received so far.
pub(super) async fn titles(socket: &mut Socket) -> Vec<String> {
    let mut titles = Vec::new();
    socket.send(json!({ "type": "ping" })).await;
    loop {
        let message = socket.receive().await;
        if message["type"] == "pong" {
            return titles;
        }
        titles.push(title(&message["payload"]["data"]));
    }
}

/// Returns the title of the changed book.
pub(super) fn title(data: &Value) -> String {
    data["bookChanged"]["book"]["title"].as_str().unwrap().to_owned()
}

/// Asserts that both nodes deliver each change once.
async fn assert_changes_are_delivered_once(nodes: &TwoNodes) {
    let ann = nodes.first.app.signed_in("ann").await;
    let second = nodes.second(&ann);
    let mut sockets = nodes.open_sockets(&ann).await;
    // The message exceeds the size of a PostgreSQL notification.
    let description = "é".repeat(10_000);
    let create = "mutation($d: String!) {
        createBook(input: { title: \"long\", description: $d, authorIds: [] }) { id } }";
    for (client, rename) in [(&ann, "renamed here"), (&second, "renamed there")] {
        let data = client.graphql(create, json!({ "d": description })).await.data();
        let id = data["createBook"]["id"].clone();
        let change = "mutation($id: ID!, $t: String!) {
            updateBook(id: $id, input: { title: $t }) { id } }";
        client.graphql(change, json!({ "id": id, "t": rename })).await.data();
        let delete = "mutation($id: ID!) { deleteBook(id: $id) { id } }";
        client.graphql(delete, json!({ "id": id })).await.data();

        for socket in &mut sockets {
            for (kind, title) in [("CREATED", "long"), ("UPDATED", rename), ("DELETED", rename)] {
                let delivered = socket.next("1").await["bookChanged"].clone();
                let book = json!({ "id": id, "title": title });
                let expected = json!({ "kind": kind, "book": book, "actor": { "name": "ann" } });
                assert_eq!(delivered, expected);
            }
        }
    }
    for socket in &mut sockets {
        socket.assert_no_message().await;
    }
}

#[tokio::test]
async fn nodes_on_one_postgresql_exchange_changes() {
    // SQLite supports one process per file.
    if Backend::current() == Backend::Postgres {
        let nodes = TwoNodes::open(&[]).await;
        assert_changes_are_delivered_once(&nodes).await;
        assert_deleted_books_have_their_authors(&nodes).await;
    }
}

/// The authors of a deleted book are sent to the other nodes.
async fn assert_deleted_books_have_their_authors(nodes: &TwoNodes) {
    let ann = nodes.first.app.signed_in("ann2").await;
    let mut sockets = nodes.open_sockets(&ann).await;
    for socket in &mut sockets {
        socket.send(json!({ "id": "1", "type": "complete" })).await;
        socket
            .subscribe("2", "subscription { bookChanged { kind book { authors { name bio } } } }")
            .await;
    }
    let bio = "é".repeat(6_000);
    let create = "mutation($bio: String!) {
        createAuthor(input: { name: \"Jane\", bio: $bio }) { id } }";
    let jane =
        ann.graphql(create, json!({ "bio": bio })).await.data()["createAuthor"]["id"].clone();
    let create = "mutation($authors: [ID!]!) {
        createBook(input: { title: \"Emma\", authorIds: $authors }) { id } }";
    let emma = ann.graphql(create, json!({ "authors": [jane] })).await.data();
    let delete = "mutation($book: ID!, $author: ID!) {
        deleteBook(id: $book) { id } deleteAuthor(id: $author) { id } }";
    let ids = json!({ "book": emma["createBook"]["id"], "author": jane });
    ann.graphql(delete, ids).await.data();

    for socket in &mut sockets {
        socket.next("2").await;
        let delivered = socket.next("2").await["bookChanged"].clone();
        let authors = json!([{ "name": "Jane", "bio": bio }]);
        assert_eq!(delivered, json!({ "kind": "DELETED", "book": { "authors": authors } }));
    }
}

/// Messages are lost meanwhile, so subscriptions end and clients query again. Later messages
/// arrive.
#[tokio::test]
async fn a_node_reconnects_after_losing_its_listener() {
    if Backend::current() != Backend::Postgres {
        return;
    }
    let nodes = TwoNodes::open(&[]).await;
    let ann = nodes.first.app.signed_in("ann").await;
    let sockets = nodes.open_sockets(&ann).await;
    let mut idle = nodes.first.anonymous_socket().await;
    let stream = events(nodes.port).await;

    let cut = "select pg_terminate_backend(pid) from pg_stat_activity
               where datname = current_database() and query like 'LISTEN %'";
    nodes.first.app.database.execute(cut).await;

    // Writes still succeed.
    ann.create_book("meanwhile").await;
    for mut socket in sockets {
        assert_eq!(socket.close_code().await, (1013, "Changes may be missing".to_owned()));
    }
    // The stream ends without a final message, so clients reconnect.
    assert!(!stream.text().await.unwrap().contains("complete"));
    // Sockets without subscriptions stay open.
    idle.assert_no_message().await;
    nodes.open_sockets(&ann).await;
}

/// The nodes listen on a direct connection to the server.
#[tokio::test]
async fn nodes_behind_a_pooler_exchange_changes() {
    if Backend::current() != Backend::Postgres {
        return;
    }
    let database = Arc::new(TestDatabase::create().await);
    let Some(pooler) = PgBouncer::start(&database, "transaction").await else { return };
    let flags = ["--database-pooler-url", pooler.url()];
    let app = TestApp::open(database, Clock::manual(noon()), &flags).await;
    let first = ServedApp { port: serve(&app.app).await, app };
    assert_changes_are_delivered_once(&TwoNodes::open_second(first, &flags).await).await;
}

/// Changes are published through the database of their rows, not through Redis.
#[tokio::test]
async fn nodes_with_redis_exchange_changes() {
    if Backend::current() != Backend::Postgres {
        return;
    }
    let Some(redis) = Redis::start().await else { return };
    let url = redis.url();
    let nodes = TwoNodes::open(&["--redis-url", &url]).await;
    assert_changes_are_delivered_once(&nodes).await;
    assert_deleted_books_have_their_authors(&nodes).await;
}

#[tokio::test]
async fn a_session_revoked_on_one_node_closes_sockets_on_another() {
    let Some(redis) = Redis::start().await else { return };
    let url = redis.url();
    for flags in [&[][..], &["--redis-url", &*url]] {
        let nodes = TwoNodes::open(flags).await;
        let ann = nodes.first.app.signed_in("ann").await;
        let headers = [("cookie", &*cookie(&ann)), ("origin", BASE_URL)];
        let mut socket = Socket::ready(nodes.port, &headers, json!({})).await;
        ann.post("/api/auth/sign-out", json!({})).await.expect_ok();
        assert_eq!(socket.close_code().await, (4403, "Forbidden".to_owned()));
    }
}

/// better-auth on Node ends sessions by deleting their keys.
#[tokio::test]
async fn a_session_deleted_in_redis_or_expired_closes_its_sockets() {
    let Some(redis) = Redis::start().await else { return };
    let url = redis.url();
    let served = ServedApp::open_with(&["--redis-url", &url]).await;
    let (ann, bob) = (served.app.signed_in("ann").await, served.app.signed_in("bob").await);
    let (mut anns, mut bobs) = (served.socket_of(&ann).await, served.socket_of(&bob).await);

    let _: () = redis.run_command("DEL", &[&format!("better-auth:{}", ann.session_token())]);
    assert_eq!(anns.close_code().await.0, 4403);
    bobs.assert_no_message().await;
    served.app.clock.advance(TimeDelta::days(8));
    assert_eq!(bobs.close_code().await.0, 4403);
}

/// A session that cannot be checked must not stay active for long.
#[tokio::test]
async fn sockets_with_a_session_close_while_redis_is_down() {
    let Some(mut redis) = Redis::start().await else { return };
    let url = redis.url();
    let served = ServedApp::open_with(&["--redis-url", &url]).await;
    let ann = served.app.signed_in("ann").await;
    let (mut socket, mut nobodys) = (served.socket_of(&ann).await, served.anonymous_socket().await);
    nobodys.subscribe("1", BOOKS).await;
    let create = "mutation { createBook(input: { title: \"Emma\", authorIds: [] }) { id } }";
    socket.execute("1", create).await;
    assert_eq!(socket.receive().await["type"], "next");
    nobodys.next("1").await;

    redis.kill();

    assert_eq!(socket.close_code().await, (1013, "Sessions cannot be read".to_owned()));
    nobodys.assert_no_message().await;
    // No changes are lost.
    redis.run().await;
    let ann = served.app.anonymous();
    eventually("a new session", async || {
        let credentials = json!({ "email": "ann@example.com", "password": PASSWORD });
        let response = ann.post("/api/auth/sign-in/email", credentials).await;
        (response.status == StatusCode::OK).then_some(())
    })
    .await;
    ann.create_book("Persuasion").await;
    assert_eq!(title(&nobodys.next("1").await), "Persuasion");
}
