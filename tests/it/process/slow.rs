//! Clients that speak or listen too slowly, and more of them than there are places.

use std::{
    io::{ErrorKind, Read, Write},
    time::{Duration, Instant},
};

use crate::it::support::{Server, TestDatabase, eventually};

async fn server(database: &TestDatabase, settings: &[(&str, &str)]) -> Server {
    Server::start_with(database, &["serve", "--demo"], settings).await
}

#[tokio::test]
async fn a_head_that_does_not_come_to_its_end_is_not_waited_for() {
    let database = TestDatabase::create().await;
    let server = server(&database, &[("HTTP_HEAD_TIMEOUT", "1")]).await;
    for beginning in ["", "G", "POST /graphql HTTP/1.1\r\nHost: x\r\nX-Slow: "] {
        let mut connection = server.connect();
        let start = Instant::now();
        connection.write(beginning);
        assert_eq!(connection.read_to_end(), "", "{beginning}");
        assert!(start.elapsed() >= Duration::from_millis(900), "{beginning}");
    }
    // Nor is the next request of a connection that was used.
    let mut connection = server.connect();
    connection.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(connection.read_to_end().ends_with(r#"{"status":"ok"}"#));
    server.http().query("{ __typename }").await.data();
}

#[tokio::test]
async fn a_body_that_does_not_come_to_its_end_is_answered_with_408() {
    let database = TestDatabase::create().await;
    let server = server(&database, &[("HTTP_BODY_TIMEOUT", "1")]).await;
    for length in ["Content-Length: 100", "Transfer-Encoding: chunked"] {
        let mut connection = server.connect();
        connection.write(format!(
            "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{length}\r\n\r\n1"
        ));
        let answer = connection.read_to_end();
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert!(answer.contains("REQUEST_TIMEOUT"), "{answer}");
        assert!(answer.contains("HTTP_BODY_TIMEOUT"), "{answer}");
    }
    server.http().query("{ __typename }").await.data();
}

#[tokio::test]
async fn whoever_does_not_read_is_hung_up_on() {
    let database = TestDatabase::create().await;
    let server = server(&database, &[("HTTP_SEND_TIMEOUT", "1")]).await;
    let mut connection = server.connect();
    connection.0.set_nonblocking(true).unwrap();
    let request = "GET /graphql?query={books(limit:100){id%20title%20description}} HTTP/1.1\r\n\
        Host: x\r\n\r\n";
    // Until the server takes no more it answers, and until it hangs up nothing fails.
    eventually("the end of the connection", async || {
        for _ in 0..100 {
            match connection.0.write(request.as_bytes()) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return None,
                Err(error) => return Some(error),
            }
        }
        None
    })
    .await;
    server.http().query("{ __typename }").await.data();
}

// The client of the start, which is dropped, hangs up while this test waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_connections_than_there_are_places_wait_for_one() {
    let database = TestDatabase::create().await;
    let server = server(&database, &[("HTTP_MAX_CONNECTIONS", "2")]).await;
    let request = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    let mut first = server.connect();
    first.write(request).read_until(r#"{"status":"ok"}"#);
    let mut second = server.connect();
    second.write(request).read_until(r#"{"status":"ok"}"#);

    let mut third = server.connect();
    third.write(request);
    third.0.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    let waits = third.0.read(&mut [0]).unwrap_err();
    assert!(matches!(waits.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{waits}");
    drop(first);
    third.0.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    third.read_until(r#"{"status":"ok"}"#);
}
