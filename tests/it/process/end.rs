//! SIGTERM and SIGINT: requests in flight finish, then the process ends well.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::it::support::{ProcessOutput, RawConnection, ServerProcess, TestDatabase, eventually};

const QUERY: &str = r#"{"query":"query Slow { __typename }"}"#;

/// What is logged when requests are given up.
const NOT_IN_TIME: &str = "did not finish in time";

/// A request whose head and half of whose body were sent, and which a handler is
/// reading: that is when the server asks for the body.
fn half_a_request(server: &ServerProcess) -> RawConnection {
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
fn idle(server: &ServerProcess) -> RawConnection {
    let mut connection = server.connect();
    connection.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    connection.read_until(r#"{"status":"ok"}"#);
    connection
}

async fn told_to_end(server: &ServerProcess) {
    eventually("the end's beginning", async || {
        server.process.stderr().contains("requests in flight may finish").then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_request_in_flight_finishes_and_idle_connections_are_closed() {
    for signal in ["TERM", "INT"] {
        let database = TestDatabase::create().await;
        let server = ServerProcess::start(&database).await;
        let mut slow = half_a_request(&server);
        let mut kept: Vec<_> = (0..5).map(|_| idle(&server)).collect();
        kept.extend((0..2).map(|_| server.connect()));

        server.process.send_signal(signal);
        told_to_end(&server).await;
        slow.write(&QUERY[10..]);
        let response = slow.read_to_end();
        for connection in &mut kept {
            assert_eq!(connection.read_to_end(), "");
        }

        assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
        let (_, body) = response.split_once("\r\n\r\n").unwrap();
        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["data"]["__typename"], "Query");
        let ProcessOutput { status, stderr, .. } = server.process.wait().await;
        assert_eq!(status.code(), Some(0), "{stderr}");
        assert!(!stderr.contains(NOT_IN_TIME), "{stderr}");
    }
}

#[tokio::test]
async fn a_request_that_never_comes_to_its_end_holds_nothing_up() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;
    let mut slow = half_a_request(&server);
    let mut slower = server.connect();
    slower.write("POST /graphql HTT");

    let ProcessOutput { status, stderr, .. } = server.terminate().await;

    assert_eq!(status.code(), Some(0), "{stderr}");
    assert!(!stderr.contains(NOT_IN_TIME), "{stderr}");
    let response = slow.read_to_end();
    assert!(response.starts_with("HTTP/1.1 408 "), "{response}");
    assert_eq!(slower.read_to_end(), "");
}

/// What came while the process had no time for anything.
fn while_stopped<T>(server: &ServerProcess, come: impl FnOnce() -> T) -> T {
    server.process.send_signal("STOP");
    let come = come();
    server.process.send_signal("CONT");
    come
}

#[tokio::test]
async fn requests_that_wait_to_be_accepted_are_answered() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;

    let mut queued = while_stopped(&server, || {
        let queued: Vec<_> = (0..50)
            .map(|_| {
                let mut connection = server.connect();
                connection.write(format!(
                    "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
                     Content-Length: {}\r\n\r\n{QUERY}",
                    QUERY.len()
                ));
                connection
            })
            .collect();
        server.process.send_signal("TERM");
        queued
    });

    for connection in &mut queued {
        let response = connection.read_to_end();
        assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    }
    let ProcessOutput { status, stderr, .. } = server.process.wait().await;
    assert_eq!(status.code(), Some(0), "{stderr}");
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;
    let _slow = half_a_request(&server);

    while_stopped(&server, || {
        server.process.send_signal("TERM");
        server.process.send_signal("INT");
    });

    let stderr = server.process.wait().await.expect_failure();
    assert!(stderr.contains("ending at once; requests in flight are lost"), "{stderr}");
}

#[tokio::test]
async fn an_idle_server_ends_at_once_and_closes_its_database() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;
    server.http().sign_up("ann").await;

    let start = Instant::now();
    let ProcessOutput { status, stderr, .. } = server.terminate().await;

    assert_eq!(status.code(), Some(0), "{stderr}");
    assert!(stderr.contains("ended"), "{stderr}");
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    // SQLite's log of writes is folded into the file.
    assert!(!database.folder().join("bookplate.db-wal").exists());
}
