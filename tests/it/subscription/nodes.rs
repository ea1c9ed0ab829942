//! Several machines: what is changed at one is told at the others, once.

use std::sync::Arc;

use axum::http::StatusCode;
use chrono::TimeDelta;
use domain::Clock;
use serde_json::{Value, json};
use server::App;

use super::{BOOKS, Library, Socket, cookie, serve};
use crate::it::{
    redis::Redis,
    support::{
        BASE_URL, Backend, Client, PASSWORD, PgBouncer, TestApp, TestDatabase, eventually, noon,
    },
};

/// A stream of what happens to books.
async fn events(port: u16) -> reqwest::Response {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.post(format!("http://127.0.0.1:{port}/graphql"));
    let request = request.header("accept", "text/event-stream").json(&json!({ "query": BOOKS }));
    request.send().await.unwrap()
}

/// A library of two machines.
struct Two {
    here: Library,
    there: App,
    port: u16,
}

impl Two {
    async fn open(flags: &[&str]) -> Self {
        Self::of(Library::open_with(flags).await, flags).await
    }

    async fn of(here: Library, flags: &[&str]) -> Self {
        let there = TestApp::open_app(&here.app.database, &here.app.clock, flags).await;
        let port = serve(&there).await;
        Self { here, there, port }
    }

    /// A client of the other machine.
    fn there(&self, client: &Client) -> Client {
        let there = Client::new(self.there.router());
        client.cookies().clone_into(&mut there.cookies());
        there
    }

    /// Sockets at both machines that hear of all books, each other's, too.
    async fn listening(&self, client: &Client) -> [Socket; 2] {
        let mut sockets =
            [self.here.stranger().await, Socket::ready(self.port, &[], json!({})).await];
        for socket in &mut sockets {
            socket.subscribe("1", BOOKS).await;
        }
        // The machines may still be about to hear each other.
        let there = self.there(client);
        let mut heard = [false; 2];
        eventually("machines that hear each other", async || {
            client.create_book("here").await;
            there.create_book("there").await;
            for (socket, (heard, other)) in
                sockets.iter_mut().zip(heard.iter_mut().zip(["there", "here"]))
            {
                *heard |= titles(socket).await.contains(&other.to_owned());
            }
            heard.iter().all(|heard| *heard).then_some(())
        })
        .await;
        // Each machine's marks come in order: after its last, none is still on its way.
        for client in [client, &there] {
            let last = json!(client.create_book("last").await);
            for socket in &mut sockets {
                while socket.next("1").await["bookChanged"]["book"]["id"] != last {}
            }
        }
        sockets
    }
}

/// The titles of what was told until now.
pub(super) async fn titles(socket: &mut Socket) -> Vec<String> {
    let mut titles = Vec::new();
    socket.say(json!({ "type": "ping" })).await;
    loop {
        let said = socket.hear().await;
        if said["type"] == "pong" {
            return titles;
        }
        titles.push(title(&said["payload"]["data"]));
    }
}

/// The title of the book that is told of.
pub(super) fn title(data: &Value) -> String {
    data["bookChanged"]["book"]["title"].as_str().unwrap().to_owned()
}

async fn changes_are_told_everywhere_once(two: &Two) {
    let ann = two.here.app.signed_in("ann").await;
    let there = two.there(&ann);
    let mut sockets = two.listening(&ann).await;
    // Longer than PostgreSQL tells at once.
    let description = "é".repeat(10_000);
    let create = "mutation($d: String!) {
        createBook(input: { title: \"long\", description: $d, authorIds: [] }) { id } }";
    for (client, rename) in [(&ann, "renamed here"), (&there, "renamed there")] {
        let data = client.graphql(create, json!({ "d": description })).await.data();
        let id = data["createBook"]["id"].clone();
        let change = "mutation($id: ID!, $t: String!) {
            updateBook(id: $id, input: { title: $t }) { id } }";
        client.graphql(change, json!({ "id": id, "t": rename })).await.data();
        let delete = "mutation($id: ID!) { deleteBook(id: $id) { id } }";
        client.graphql(delete, json!({ "id": id })).await.data();

        for socket in &mut sockets {
            for (kind, title) in [("CREATED", "long"), ("UPDATED", rename), ("DELETED", rename)] {
                let told = socket.next("1").await["bookChanged"].clone();
                let book = json!({ "id": id, "title": title });
                let expected = json!({ "kind": kind, "book": book, "actor": { "name": "ann" } });
                assert_eq!(told, expected);
            }
        }
    }
    for socket in &mut sockets {
        socket.hears_nothing().await;
    }
}

#[tokio::test]
async fn machines_on_one_postgresql_hear_each_other() {
    // There is one process at an SQLite file.
    if Backend::current() == Backend::Postgres {
        let two = Two::open(&[]).await;
        changes_are_told_everywhere_once(&two).await;
        deleted_books_are_told_with_their_authors(&two).await;
    }
}

/// The authors of a deleted book go with it to the other machines.
async fn deleted_books_are_told_with_their_authors(two: &Two) {
    let ann = two.here.app.signed_in("ann2").await;
    let mut sockets = two.listening(&ann).await;
    for socket in &mut sockets {
        socket.say(json!({ "id": "1", "type": "complete" })).await;
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
        let told = socket.next("2").await["bookChanged"].clone();
        let authors = json!([{ "name": "Jane", "bio": bio }]);
        assert_eq!(told, json!({ "kind": "DELETED", "book": { "authors": authors } }));
    }
}

/// What is said meanwhile is lost, of which clients are told so that they ask again; what
/// is said afterwards is not.
#[tokio::test]
async fn a_machine_that_lost_its_connection_hears_the_others_again() {
    if Backend::current() != Backend::Postgres {
        return;
    }
    let two = Two::open(&[]).await;
    let ann = two.here.app.signed_in("ann").await;
    let sockets = two.listening(&ann).await;
    let mut idle = two.here.stranger().await;
    let stream = events(two.port).await;

    let cut = "select pg_terminate_backend(pid) from pg_stat_activity
               where datname = current_database() and query like 'LISTEN %'";
    two.here.app.database.execute(cut).await;

    // No write fails for it.
    ann.create_book("meanwhile").await;
    for mut socket in sockets {
        assert_eq!(socket.closed().await, (1013, "Changes may be missing".to_owned()));
    }
    // Without a word, so that clients try again.
    assert!(!stream.text().await.unwrap().contains("complete"));
    // Who listens to nothing misses nothing.
    idle.hears_nothing().await;
    two.listening(&ann).await;
}

/// They listen to the server itself.
#[tokio::test]
async fn machines_behind_a_pooler_in_transaction_mode_hear_each_other() {
    if Backend::current() != Backend::Postgres {
        return;
    }
    let database = Arc::new(TestDatabase::create().await);
    let Some(pooler) = PgBouncer::start(&database, "transaction").await else { return };
    let flags = ["--database-pooler-url", pooler.url()];
    let app = TestApp::open(database, Clock::manual(noon()), &flags).await;
    let here = Library { port: serve(&app.app).await, app };
    changes_are_told_everywhere_once(&Two::of(here, &flags).await).await;
}

/// Changes go through the database that has them, and not through Redis.
#[tokio::test]
async fn machines_with_a_redis_hear_each_other() {
    if Backend::current() != Backend::Postgres {
        return;
    }
    let Some(redis) = Redis::start().await else { return };
    let url = redis.url();
    let two = Two::open(&["--redis-url", &url]).await;
    changes_are_told_everywhere_once(&two).await;
    deleted_books_are_told_with_their_authors(&two).await;
}

#[tokio::test]
async fn a_session_that_is_revoked_at_one_machine_closes_its_sockets_at_another() {
    let Some(redis) = Redis::start().await else { return };
    let url = redis.url();
    for flags in [&[][..], &["--redis-url", &*url]] {
        let two = Two::open(flags).await;
        let ann = two.here.app.signed_in("ann").await;
        let headers = [("cookie", &*cookie(&ann)), ("origin", BASE_URL)];
        let mut socket = Socket::ready(two.port, &headers, json!({})).await;
        ann.post("/api/auth/sign-out", json!({})).await.expect_ok();
        assert_eq!(socket.closed().await, (4403, "Forbidden".to_owned()));
    }
}

/// As better-auth on Node ends sessions: it deletes the key.
#[tokio::test]
async fn a_session_that_is_gone_from_redis_or_expired_closes_its_sockets() {
    let Some(redis) = Redis::start().await else { return };
    let url = redis.url();
    let library = Library::open_with(&["--redis-url", &url]).await;
    let (ann, bob) = (library.app.signed_in("ann").await, library.app.signed_in("bob").await);
    let (mut anns, mut bobs) = (library.browser(&ann).await, library.browser(&bob).await);

    let _: () = redis.ask("DEL", &[&format!("better-auth:{}", ann.session_token())]);
    assert_eq!(anns.closed().await.0, 4403);
    bobs.hears_nothing().await;
    library.app.clock.advance(TimeDelta::days(8));
    assert_eq!(bobs.closed().await.0, 4403);
}

/// Nobody may go on for long while nobody can tell whether they are still signed in.
#[tokio::test]
async fn sockets_of_users_are_closed_while_redis_is_away_and_others_stay() {
    let Some(mut redis) = Redis::start().await else { return };
    let url = redis.url();
    let library = Library::open_with(&["--redis-url", &url]).await;
    let ann = library.app.signed_in("ann").await;
    let (mut socket, mut nobodys) = (library.browser(&ann).await, library.stranger().await);
    nobodys.subscribe("1", BOOKS).await;
    let create = "mutation { createBook(input: { title: \"Emma\", authorIds: [] }) { id } }";
    socket.execute("1", create).await;
    assert_eq!(socket.hear().await["type"], "next");
    nobodys.next("1").await;

    redis.kill();

    assert_eq!(socket.closed().await, (1013, "Sessions cannot be read".to_owned()));
    nobodys.hears_nothing().await;
    // Of changes, nothing is missed with it.
    redis.run().await;
    let ann = library.app.anonymous();
    eventually("a new session", async || {
        let credentials = json!({ "email": "ann@example.com", "password": PASSWORD });
        let response = ann.post("/api/auth/sign-in/email", credentials).await;
        (response.status == StatusCode::OK).then_some(())
    })
    .await;
    ann.create_book("Persuasion").await;
    assert_eq!(title(&nobodys.next("1").await), "Persuasion");
}
