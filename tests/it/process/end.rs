//! Shutdown by SIGTERM and SIGINT: requests in flight are completed, then the process exits with 0.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::it::support::{ProcessOutput, RawConnection, ServerProcess, TestDatabase, eventually};

const QUERY: &str = r#"{"query":"query Slow { __typename }"}"#;

/// The log message about aborted requests.
const NOT_IN_TIME: &str = "did not finish in time";

/// Sends a head and half of a body, and waits until a handler reads it: the server then asks for
/// the body.
fn send_half_a_request(server: &ServerProcess) -> RawConnection {
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

/// Opens a keep-alive connection after one request.
fn idle(server: &ServerProcess) -> RawConnection {
    let mut connection = server.connect();
    connection.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    connection.read_until(r#"{"status":"ok"}"#);
    connection
}

/// Waits until the server logged the beginning of its shutdown.
async fn wait_until_shutdown_begins(server: &ServerProcess) {
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
        let mut slow = send_half_a_request(&server);
        let mut connections: Vec<_> = (0..5).map(|_| idle(&server)).collect();
        connections.extend((0..2).map(|_| server.connect()));

        server.process.send_signal(signal);
        wait_until_shutdown_begins(&server).await;
        slow.write(&QUERY[10..]);
        let response = slow.read_to_end();
        for connection in &mut connections {
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
async fn an_incomplete_request_delays_the_shutdown_only_for_a_limited_time() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;
    let mut slow = send_half_a_request(&server);
    let mut slower = server.connect();
    slower.write("POST /graphql HTT");

    let ProcessOutput { status, stderr, .. } = server.terminate().await;

    assert_eq!(status.code(), Some(0), "{stderr}");
    assert!(!stderr.contains(NOT_IN_TIME), "{stderr}");
    let response = slow.read_to_end();
    assert!(response.starts_with("HTTP/1.1 408 "), "{response}");
    assert_eq!(slower.read_to_end(), "");
}

/// Runs `action` while the process is stopped by SIGSTOP.
fn while_stopped<T>(server: &ServerProcess, action: impl FnOnce() -> T) -> T {
    server.process.send_signal("STOP");
    let action = action();
    server.process.send_signal("CONT");
    action
}

#[tokio::test]
async fn requests_in_the_accept_queue_are_answered() {
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
async fn a_second_signal_ends_the_process_at_once() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;
    let _slow = send_half_a_request(&server);

    while_stopped(&server, || {
        server.process.send_signal("TERM");
        server.process.send_signal("INT");
    });

    let stderr = server.process.wait().await.expect_failure();
    assert!(stderr.contains("ending at once; requests in flight are lost"), "{stderr}");
}

#[tokio::test]
async fn an_idle_server_exits_at_once_and_closes_its_database() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;
    server.http().sign_up("ann").await;

    let start = Instant::now();
    let ProcessOutput { status, stderr, .. } = server.terminate().await;

    assert_eq!(status.code(), Some(0), "{stderr}");
    assert!(stderr.contains("ended"), "{stderr}");
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    // SQLite's write-ahead log is merged into the database file.
    assert!(!database.folder().join("bookplate.db-wal").exists());
}
