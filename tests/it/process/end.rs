//! SIGTERM and SIGINT: requests in flight finish, then the process ends well.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::it::support::{Ended, RawConnection, Server, TestDatabase, eventually};

const QUERY: &str = r#"{"query":"query Slow { __typename }"}"#;

/// A request whose head and half of whose body were sent, and which a handler is
/// reading: that is when the server asks for the body.
fn half_a_request(server: &Server) -> RawConnection {
    let mut connection = server.connect();
    connection.write(format!(
        "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
         Expect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        QUERY.len()
    ));
    connection.read_until("HTTP/1.1 100 Continue\r\n\r\n");
    connection.write(&QUERY[..10]);
    connection
}

/// A connection kept alive after a request.
fn idle(server: &Server) -> RawConnection {
    let mut connection = server.connect();
    connection.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    connection.read_until(r#"{"status":"ok"}"#);
    connection
}

async fn told_to_end(server: &Server) {
    eventually("the end's beginning", async || {
        server.process.stderr().contains("requests in flight may finish").then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_request_in_flight_finishes_and_idle_connections_are_closed() {
    for signal in ["TERM", "INT"] {
        let database = TestDatabase::create().await;
        let server = Server::start(&database).await;
        let mut slow = half_a_request(&server);
        let mut kept: Vec<_> = (0..5).map(|_| idle(&server)).collect();
        kept.extend((0..2).map(|_| server.connect()));

        let start = Instant::now();
        server.process.signal(signal);
        told_to_end(&server).await;
        for connection in &mut kept {
            assert_eq!(connection.read_to_end(), "");
        }
        slow.write(&QUERY[10..]);
        let answer = slow.read_to_end();

        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["data"]["__typename"], "Query");
        let Ended { status, stderr, .. } = server.process.end().await;
        assert_eq!(status.code(), Some(0), "{stderr}");
        assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
    }
}

#[tokio::test]
async fn a_request_that_never_comes_to_its_end_is_not_waited_for() {
    let database = TestDatabase::create().await;
    let server = Server::start(&database).await;
    let _slow = half_a_request(&server);
    let mut slower = server.connect();
    slower.write("POST /graphql HTT");

    let start = Instant::now();
    let Ended { status, stderr, .. } = server.terminate().await;

    assert_eq!(status.code(), Some(0), "{stderr}");
    // Ten seconds are allowed; the rest is for a busy machine.
    assert!(start.elapsed() < Duration::from_secs(12), "{:?}", start.elapsed());
}

#[tokio::test]
async fn an_idle_server_ends_at_once_and_closes_its_database() {
    let database = TestDatabase::create().await;
    let server = Server::start(&database).await;
    server.http().sign_up("ann").await;

    let start = Instant::now();
    let Ended { status, stderr, .. } = server.terminate().await;

    assert_eq!(status.code(), Some(0), "{stderr}");
    assert!(stderr.contains("ended"), "{stderr}");
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    // SQLite's log of writes is folded into the file.
    assert!(!database.folder().join("bookplate.db-wal").exists());
}
