//! Installations in several schemas of one database are independent.

use domain::Clock;
use serde_json::json;
use server::App;

use super::{
    BOOKS, Socket,
    nodes::{title, titles},
    serve,
};
use crate::it::support::{Backend, Client, TestApp, TestDatabase, eventually, noon};

/// An application in a schema of its own.
struct Installation {
    app: App,
    port: u16,
}

impl Installation {
    /// Opens an application in this schema.
    async fn open(database: &TestDatabase, schema: &str) -> Self {
        database.execute(&format!(r#"create schema if not exists "{schema}""#)).await;
        let url = database.url_with(|url| {
            url.query_pairs_mut().append_pair("options[search_path]", &format!("\"{schema}\""));
        });
        let clock = Clock::manual(noon());
        let app = TestApp::open_app(database, &clock, &["--database-url", &url]).await;
        let port = serve(&app).await;
        Self { app, port }
    }

    /// Returns a client of a new user.
    async fn user(&self, name: &str) -> Client {
        let client = Client::new(self.app.router());
        client.sign_up(name).await;
        client
    }

    /// Opens a socket.
    async fn socket(&self) -> Socket {
        let mut socket = Socket::ready(self.port, &[], json!({})).await;
        socket.subscribe("1", BOOKS).await;
        socket
    }
}

#[tokio::test]
async fn installations_in_two_schemas_do_not_exchange_changes() {
    if Backend::current() != Backend::Postgres {
        return;
    }
    let database = TestDatabase::create().await;
    // One name has the maximal length, which does not fit into a channel's name; the other has
    // capitals.
    let long = "x".repeat(63);
    let here = Installation::open(&database, "Here").await;
    let [there, node] = [&*long, &*long].map(|schema| Installation::open(&database, schema));
    let (there, node) = (there.await, node.await);
    let (ann, bob) = (here.user("ann").await, there.user("bob").await);
    let (mut heres, mut nodes) = (here.socket().await, node.socket().await);

    ann.create_book("private").await;
    assert_eq!(title(&heres.next("1").await), "private");
    // Messages between nodes of one schema arrive in order.
    let mut received = Vec::new();
    eventually("nodes that hear each other", async || {
        bob.create_book("theirs").await;
        received.extend(titles(&mut nodes).await);
        (!received.is_empty()).then_some(())
    })
    .await;
    assert!(received.iter().all(|title| title == "theirs"), "{received:?}");
    heres.assert_no_message().await;
}
