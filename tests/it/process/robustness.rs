//! Malformed requests, which must not stop the server.

use std::{io::Write, thread};

use axum::http::StatusCode;

use crate::it::support::{ServerProcess, TestDatabase};

const QUERY: &str = r#"{"query":"{ __typename }"}"#;

/// Returns the status of the only response; the server then closes the connection.
fn status(response: &str) -> u16 {
    let line =
        response.strip_prefix("HTTP/1.1 ").unwrap_or_else(|| panic!("no answer: {response:?}"));
    line[..3].parse().unwrap()
}

/// Asserts that the server still executes queries.
async fn assert_answers(server: &ServerProcess) {
    let response = server.http().query("{ __typename }").await;
    assert_eq!(response.data()["__typename"], "Query");
}

#[tokio::test]
async fn garbage_is_refused() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;

    for garbage in [
        &b"GARBAGE\r\n\r\n"[..],
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\0\0\0\0\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /graphql HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
    ] {
        let request = String::from_utf8_lossy(garbage).into_owned();
        let mut connection = server.connect();
        connection.write(garbage);
        _ = connection.0.shutdown(std::net::Shutdown::Write);
        let response = connection.read_to_end();
        assert!(response.is_empty() || status(&response) == 400, "{request:?}: {response}");
    }
    assert_answers(&server).await;
}

#[tokio::test]
async fn a_request_sent_byte_by_byte_is_answered() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;
    let mut connection = server.connect();
    connection.0.set_nodelay(true).unwrap();

    let request = format!(
        "POST /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{QUERY}",
        QUERY.len()
    );
    for byte in request.bytes() {
        connection.write([byte]);
        thread::yield_now();
    }

    assert_eq!(status(&connection.read_to_end()), 200);
}

#[tokio::test]
async fn huge_heads_are_refused() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;

    let headers = "X-Header: x\r\n".repeat(500);
    let long = format!("X-Long: {}\r\n", "x".repeat(200_000));
    let cookie = format!("Cookie: {}\r\n", "a=b; ".repeat(200_000));
    for header in [headers, long, cookie] {
        let mut connection = server.connect();
        // The server may respond and close before it read everything.
        let head = format!("GET /healthz HTTP/1.1\r\nHost: x\r\n{header}\r\n");
        _ = connection.0.write_all(head.as_bytes());
        assert_eq!(status(&connection.read_to_end()), 431);
    }
    let mut connection = server.connect();
    _ = connection.0.write_all(format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(100_000)).as_bytes());
    assert!([404, 414].contains(&status(&connection.read_to_end())));
    assert_answers(&server).await;
}

#[tokio::test]
async fn unsupported_methods_are_refused() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;

    for method in ["TRACE", "PUT", "DELETE", "PATCH", "CONNECT", "BREW", "get"] {
        for path in ["/", "/graphql", "/api/auth/ok", "/api/auth/sign-in/email", "/healthz"] {
            let mut connection = server.connect();
            let cookie = "Cookie: better-auth.session_token=hunter2\r\n";
            connection.write(format!(
                "{method} {path} HTTP/1.1\r\nHost: x\r\n{cookie}Connection: close\r\nContent-Length: 0\r\n\r\n"
            ));
            let response = connection.read_to_end();
            assert!(
                [400, 403, 404, 405].contains(&status(&response)),
                "{method} {path}: {response}"
            );
            // TRACE would return headers that scripts must not see.
            assert!(!response.contains("hunter2"), "{method} {path}");
        }
    }
    assert_answers(&server).await;
}

/// Returns a chunked body, which announces no length.
fn chunked(length: usize) -> Vec<u8> {
    let mut request = b"POST /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
        Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        .to_vec();
    let mut body = QUERY.as_bytes().to_vec();
    body.resize(length.max(body.len()), b' ');
    for chunk in body.chunks(16 * 1024) {
        request.extend(format!("{:x}\r\n", chunk.len()).bytes());
        request.extend(chunk);
        request.extend(b"\r\n");
    }
    request.extend(b"0\r\n\r\n");
    request
}

#[tokio::test]
async fn a_chunked_body_is_limited_to_1_mb() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;

    for (length, expected) in
        [(0, 200), (1024 * 1024, 200), (1024 * 1024 + 1, 413), (8_000_000, 413)]
    {
        let mut connection = server.connect();
        let mut writer = connection.0.try_clone().unwrap();
        // The body is written while the response is read, as the server may respond and close
        // early.
        let writing = thread::spawn(move || _ = writer.write_all(&chunked(length)));
        let response = connection.read_to_end();
        assert_eq!(status(&response), expected, "{length} bytes");
        writing.join().unwrap();
    }
    assert_answers(&server).await;
}

#[tokio::test]
async fn a_content_length_over_1_mb_is_refused() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;

    let mut connection = server.connect();
    connection.write(
        "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
         Content-Length: 100000000000\r\n\r\n",
    );
    assert_eq!(status(&connection.read_until("\r\n")), 413);

    // A client that writes before it reads gets the response instead of a reset connection.
    let http = server.http();
    for path in ["/graphql", "/api/auth/sign-in/email"] {
        let body = "x".repeat(1_100_000);
        let sent = http.send(|client, base| {
            let request = client.post(format!("{base}{path}"));
            request.header("content-type", "application/json").body(body)
        });
        assert_eq!(sent.await.unwrap().status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
    }
    let mut connection = server.connect();
    let head = "POST /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
        Content-Type: application/json\r\nContent-Length: 4000000\r\n\r\n";
    connection.write(head);
    connection.write(" ".repeat(4_000_000));
    assert_eq!(status(&connection.read_to_end()), 413);
    assert_answers(&server).await;
}

#[tokio::test]
async fn clients_that_disconnect_early_do_no_harm() {
    let database = TestDatabase::create().await;
    let mut server = ServerProcess::start(&database).await;

    let start = "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{";
    for end in 1..start.len() {
        server.connect().write(&start[..end]);
    }
    // Incomplete requests do not delay other clients.
    let waiting: Vec<_> = (0..200)
        .map(|index| {
            let mut connection = server.connect();
            connection.write(&start[..index % start.len()]);
            connection
        })
        .collect();
    assert_answers(&server).await;
    drop(waiting);
    assert_eq!(server.http().get("/readyz").await.status, StatusCode::OK);
    assert!(server.process.is_running());
    assert!(!server.process.stderr().contains("panicked"));
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;
    let mut connection = server.connect();

    connection.write(
        "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n\
         GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    );
    let responses = connection.read_to_end();
    let statuses: Vec<_> =
        responses.split("HTTP/1.1 ").skip(1).map(|response| &response[..3]).collect();
    assert_eq!(statuses, ["200", "404", "200"]);
}
