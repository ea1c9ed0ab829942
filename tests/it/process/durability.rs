//! Acknowledged changes survive the death of the process.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::json;

use crate::it::{
    faults::{print_figures, rounds},
    support::{HttpClient, ServerProcess, TestDatabase, eventually},
};

const KILLS: usize = 5;
const WRITERS: usize = 8;
const CREATE: &str =
    "mutation($input: CreateBookInput!) { createBook(input: $input) { id title } }";

/// Creates books until the server is killed, and returns the acknowledged ids.
async fn create_books(http: HttpClient, acknowledged: Arc<AtomicUsize>) -> Vec<String> {
    let mut ids = Vec::new();
    loop {
        let input = json!({ "title": format!("Book {}", ids.len()), "authorIds": [] });
        let body = json!({ "query": CREATE, "variables": { "input": input } });
        let Ok(response) = http.try_post("/graphql", &body).await else { return ids };
        let id = response.data()["createBook"]["id"].as_str().unwrap().to_owned();
        ids.push(id);
        acknowledged.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn acknowledged_books_survive_kill_9() {
    let database = TestDatabase::create().await;
    let mut server = ServerProcess::start(&database).await;
    let mut ann = server.http();
    ann.sign_up("ann").await;
    let (mut acknowledged, mut slowest) = (BTreeSet::new(), Duration::ZERO);
    let kills = KILLS * rounds();

    for kill in 1..=kills {
        let count = Arc::new(AtomicUsize::new(0));
        let http = server.http().with_token(ann.token.clone());
        let writers: Vec<_> = (0..WRITERS)
            .map(|_| tokio::spawn(create_books(http.clone(), Arc::clone(&count))))
            .collect();
        // Each kill happens at another time under full load.
        let enough = WRITERS * 3 + kill % (2 * KILLS) * 7;
        eventually("acknowledgements", async || {
            (count.load(Ordering::Relaxed) >= enough).then_some(())
        })
        .await;
        server.process.send_signal("KILL");
        let killed = Instant::now();
        for writer in writers {
            acknowledged.extend(writer.await.unwrap());
        }
        assert!(
            server.process.wait().await.exit_code().is_none(),
            "the server was not killed by a signal"
        );

        server = ServerProcess::start(&database).await;
        slowest = slowest.max(killed.elapsed());
        let stored = database.first_column(r#"select "id" from "book""#).await;
        let lost: Vec<_> =
            acknowledged.difference(&stored.into_iter().collect()).cloned().collect();
        assert_eq!(lost, [""; 0], "after kill {kill} of {} books", acknowledged.len());
    }
    // The session created before the first kill is still valid.
    let ann = server.http().with_token(ann.token);
    assert_eq!(ann.query("{ me { name } }").await.data()["me"]["name"], "ann");
    server.terminate().await.expect_success();
    print_figures(&format!(
        "SIGKILL: {kills} times, {} acknowledged, 0 lost, {} ms to be ready again at most",
        acknowledged.len(),
        slowest.as_millis()
    ));
}
