//! Machines that die and connections that are lost: what was changed is told, or that it may
//! have been.

use domain::Clock;
use serde_json::json;
use tokio::sync::mpsc;

use super::{BOOKS, Library, Socket, serve};
use crate::it::{
    redis::Redis,
    support::{Backend, ServerProcess, TestApp, TestDatabase, eventually, noon},
};

/// Told with the commit, a change is heard whatever becomes of its machine.
#[tokio::test]
async fn what_a_machine_committed_before_it_died_is_heard() {
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
    // Nothing that is said over Redis is heard, while what is read is read.
    let _: () = redis.ask("CLIENT", &["PAUSE", "600000", "WRITE"]);

    let (sender, mut acknowledged) = mpsc::unbounded_channel();
    for n in 0..24 {
        let (ann, sender) = (ann.clone(), sender.clone());
        tokio::spawn(async move {
            let create = "mutation($t: String!) {
                createBook(input: { title: $t, authorIds: [] }) { title } }";
            let body = json!({ "query": create, "variables": { "t": format!("Book {n}") } });
            // Of the others nobody knows whether they are there.
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
        let told = socket.next("1").await["bookChanged"]["book"]["title"].clone();
        titles.retain(|title| *title != told);
    }
}

/// Whether it lasts, nobody here knows: there may be changes that nobody here was told of.
#[tokio::test]
async fn a_commit_whose_outcome_is_unknown_is_a_gap() {
    if Backend::current() != Backend::Postgres {
        return;
    }
    let library = Library::open().await;
    let ann = library.app.signed_in("ann").await;
    let mut socket = library.stranger().await;
    socket.subscribe("1", BOOKS).await;
    let database = &library.app.database;
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
    assert_eq!(socket.closed().await, (1013, "Changes may be missing".to_owned()));
}
