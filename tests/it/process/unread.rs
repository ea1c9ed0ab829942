//! Responses sent before their requests are read: clients receive them and learn that the
//! connection closes.

use std::{io::Write, process::Command};

use crate::it::support::{Process, RawConnection, ServerProcess, TestDatabase, eventually, skip};

const CLOSE: &str = "\r\nconnection: close\r\n";

/// Returns the head of a POST request.
fn post(path: &str, headers: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n")
}

#[tokio::test]
async fn a_response_before_a_disconnect_has_connection_close() {
    let database = TestDatabase::create().await;
    let server =
        ServerProcess::start_with(&database, &["serve"], &[("HTTP_BODY_TIMEOUT", "1")]).await;
    let json = "Content-Type: application/json\r\n";
    let long = format!("{json}Content-Length: 99999999");
    let late = format!("{json}Content-Length: 100");
    for (request, status) in [
        (post("/graphql", &long), 413),
        (post("/api/auth/sign-in/email", &long), 413),
        (post("/api/auth/sign-out", &long), 413),
        (post("/api/auth/nowhere", &long), 404),
        (post("/api/protected/me", &long), 401),
        (post("/nowhere", &long), 404),
        (post("/healthz", &long), 405),
        (post("/graphql", "Content-Type: text/plain\r\nContent-Length: 99999999"), 415),
        (post("/graphql", &format!("Accept: image/png\r\n{long}")), 406),
        (post("/graphql", &format!("{long}\r\nCookie: a=b\r\nOrigin: http://evil.example")), 403),
        (post("/graphql", &late), 408),
        (post("/api/auth/sign-in/email", &late), 408),
        ("GARBAGE\r\n\r\n".to_owned(), 400),
        (post("/graphql", &format!("X-Long: {}", "x".repeat(200_000))), 431),
        (post(&"/x".repeat(35_000), "Content-Length: 0"), 414),
    ] {
        let excerpt = &request[..request.len().min(200)];
        let mut connection = server.connect();
        // The server may respond and close before it read everything.
        _ = connection.0.write_all(request.as_bytes());
        let response = connection.read_to_end();
        assert!(response.starts_with(&format!("HTTP/1.1 {status} ")), "{excerpt}: {response}");
        assert!(response.contains(CLOSE), "{excerpt}: {response}");
    }
}

/// With `Expect: 100-continue`, a refused body is not requested.
#[tokio::test]
async fn a_refused_body_gets_no_100_continue() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;
    for (path, length) in [("/graphql", 99_999_999), ("/graphql", 5), ("/api/auth/nowhere", 5)] {
        let headers = format!("Expect: 100-continue\r\nContent-Length: {length}");
        let response = server.connect().write(post(path, &headers)).read_to_end();
        assert!(response.starts_with("HTTP/1.1 4"), "{response}");
        assert!(response.contains(CLOSE), "{response}");
    }
}

#[tokio::test]
async fn a_client_that_writes_before_reading_gets_the_response() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;
    let body = vec![b'x'; 10_000_000];
    for (path, status) in
        [("/graphql", 415), ("/api/auth/sign-in/email", 413), ("/nowhere", 404), ("/healthz", 405)]
    {
        let mut connection = server.connect();
        connection.write(post(path, "Content-Length: 10000000")).write(&body);
        let response = connection.read_to_end();
        assert!(response.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {response}");
    }
}

/// Opens a connection that got a 413 response; its client neither sends the rest nor disconnects.
fn refused_connection(server: &ServerProcess) -> RawConnection {
    let mut connection = server.connect();
    connection.write(post("/api/auth/sign-in/email", "Content-Length: 99999999"));
    assert!(connection.read_to_end().starts_with("HTTP/1.1 413 "));
    connection
}

#[tokio::test]
async fn a_refused_idle_connection_does_not_count_towards_the_limit() {
    let database = TestDatabase::create().await;
    let settings = [("HTTP_MAX_CONNECTIONS", "2"), ("HTTP_MAX_CONNECTIONS_PER_ADDRESS", "2")];
    let server = ServerProcess::start_with(&database, &["serve"], &settings).await;
    let _silent = refused_connection(&server);
    eventually("the silent connection's place", async || {
        let mut connections = [server.connect(), server.connect()];
        let answered = connections.iter_mut().all(|connection| {
            connection.write("GET /api/auth/ok HTTP/1.1\r\nHost: x\r\n\r\n");
            connection.read_until("\r\n") == "HTTP/1.1 200 OK\r\n"
        });
        answered.then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_refused_idle_connection_does_not_delay_the_shutdown() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;
    let _silent = refused_connection(&server);
    let ended = server.terminate().await;
    assert_eq!(ended.exit_code(), Some(0), "{}", ended.stderr);
    assert!(!ended.stderr.contains("did not finish in time"), "{}", ended.stderr);
}

/// Its HTTP library writes the whole request before it reads.
#[tokio::test]
async fn a_python_client_gets_the_response_to_a_too_long_body() {
    const SCRIPT: &str = r#"
import http.client, sys
for path in ["/graphql", "/api/auth/sign-in/email"]:
    for _ in range(10):
        connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
        headers = {"Content-Type": "application/json"}
        connection.request("POST", path, body=b" " * 10_000_000, headers=headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 413, answer.status
        connection.request("GET", "/healthz")
        assert connection.getresponse().status == 200
"#;
    if !Command::new("python3").arg("--version").output().is_ok_and(|it| it.status.success()) {
        return skip(skips::PYTHON);
    }
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;
    let mut python = Command::new("python3");
    python.args(["-c", SCRIPT, &server.port.to_string()]);
    Process::spawn(python).wait().await.expect_success();
}
