//! Crashed nodes and lost connections: subscriptions receive committed changes, or end when changes
//! may be missing.

use domain::Clock;
use serde_json::json;
use tokio::sync::mpsc;

use super::{BOOKS, ServedApp, Socket, serve};
use crate::it::{
    redis::Redis,
    support::{Backend, ServerProcess, TestApp, TestDatabase, eventually, noon},
};

/// A change is published with its commit, so the death of the node does not lose it.
#[tokio::test]
async fn changes_committed_by_a_crashed_node_are_delivered() {
    if Backend::current() != Backend::Postgres {
        return;
    }
    let Some(redis) = Redis::start().await else { return };
    let url = redis.url();
    let database = TestDatabase::create().await;
    let there = ServerProcess::start_with(&database, &["serve"], &[("REDIS_URL", &*url)]).await;
    let here = TestApp::open_app(&database, &Clock::manual(noon()), &["--redis-url", &url]).await;
    let mut socket = Socket::ready(serve(&here).await, &[], json!({})).await;
    socket.subscribe("1", BOOKS).await;
    let mut ann = there.http();
    ann.sign_up("ann").await;
    // Messages through Redis are lost, while the database can be read.
    let _: () = redis.run_command("CLIENT", &["PAUSE", "600000", "WRITE"]);

    let (sender, mut acknowledged) = mpsc::unbounded_channel();
    for index in 0..24 {
        let (ann, sender) = (ann.clone(), sender.clone());
        tokio::spawn(async move {
            let create = "mutation($t: String!) {
                createBook(input: { title: $t, authorIds: [] }) { title } }";
            let body = json!({ "query": create, "variables": { "t": format!("Book {index}") } });
            // The outcome of the other requests is unknown.
            if let Ok(response) = ann.try_post("/graphql", &body).await {
                let title = response.data()["createBook"]["title"].clone();
                sender.send(title.as_str().unwrap().to_owned()).unwrap();
            }
        });
    }
    drop(sender);
    let mut titles = Vec::new();
    while let Some(title) = acknowledged.recv().await {
        titles.push(title);
        if titles.len() == 12 {
            there.process.send_signal("KILL");
        }
    }

    assert!(titles.len() >= 12, "{titles:?}");
    while !titles.is_empty() {
        let received = socket.next("1").await["bookChanged"]["book"]["title"].clone();
        titles.retain(|title| *title != received);
    }
}

/// No node knows the outcome of the commit, so changes may be missing.
#[tokio::test]
async fn a_commit_with_an_unknown_outcome_ends_subscriptions() {
    if Backend::current() != Backend::Postgres {
        return;
    }
    let served = ServedApp::open().await;
    let ann = served.app.signed_in("ann").await;
    let mut socket = served.anonymous_socket().await;
    socket.subscribe("1", BOOKS).await;
    let database = &served.app.database;
    let slow = r#"
        create function slow() returns trigger language plpgsql as
            'begin perform pg_sleep(600); return null; end';
        create constraint trigger slow after insert on "book"
            deferrable initially deferred for each row execute function slow()"#;
    database.execute(slow).await;

    let create = "mutation { createBook(input: { title: \"Emma\", authorIds: [] }) { id } }";
    let cut = async {
        let cut = "select pg_terminate_backend(pid)::text from pg_stat_activity
            where datname = current_database() and state = 'active' and query ilike '%commit'";
        eventually("a commit under way", async || {
            (database.first_column(cut).await == ["true"]).then_some(())
        })
        .await;
    };
    let (response, ()) = tokio::join!(ann.query(create), cut);

    assert_eq!(response.error_code(), "INTERNAL_SERVER_ERROR");
    assert_eq!(socket.close_code().await, (1013, "Changes may be missing".to_owned()));
}
