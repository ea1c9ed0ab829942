//! Answers that come before their requests were read: clients see them, and know that the
//! connection ends.

use std::{io::Write, process::Command};

use crate::it::support::{Process, RawConnection, ServerProcess, TestDatabase, eventually, skip};

const CLOSE: &str = "\r\nconnection: close\r\n";

fn post(path: &str, headers: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n")
}

#[tokio::test]
async fn an_answer_after_which_the_server_hangs_up_says_so() {
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
        let shown = &request[..request.len().min(200)];
        let mut connection = server.connect();
        // The server may answer and hang up before it has everything.
        _ = connection.0.write_all(request.as_bytes());
        let response = connection.read_to_end();
        assert!(response.starts_with(&format!("HTTP/1.1 {status} ")), "{shown}: {response}");
        assert!(response.contains(CLOSE), "{shown}: {response}");
    }
}

/// To ask for the body of a request that is refused would have it sent for nothing.
#[tokio::test]
async fn a_refused_body_that_waits_to_be_asked_for_is_not() {
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
async fn whoever_writes_everything_before_reading_sees_the_answer() {
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

/// A connection that was answered with 413, whose client neither sends the rest nor hangs
/// up.
fn silent(server: &ServerProcess) -> RawConnection {
    let mut connection = server.connect();
    connection.write(post("/api/auth/sign-in/email", "Content-Length: 99999999"));
    assert!(connection.read_to_end().starts_with("HTTP/1.1 413 "));
    connection
}

#[tokio::test]
async fn whoever_sends_no_more_of_a_refused_body_keeps_no_place() {
    let database = TestDatabase::create().await;
    let settings = [("HTTP_MAX_CONNECTIONS", "2"), ("HTTP_MAX_CONNECTIONS_PER_ADDRESS", "2")];
    let server = ServerProcess::start_with(&database, &["serve"], &settings).await;
    let _silent = silent(&server);
    eventually("the silent connection's place", async || {
        let mut two = [server.connect(), server.connect()];
        let answered = two.iter_mut().all(|connection| {
            connection.write("GET /api/auth/ok HTTP/1.1\r\nHost: x\r\n\r\n");
            connection.read_until("\r\n") == "HTTP/1.1 200 OK\r\n"
        });
        answered.then_some(())
    })
    .await;
}

#[tokio::test]
async fn nor_does_it_hold_up_the_end() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;
    let _silent = silent(&server);
    let ended = server.terminate().await;
    assert_eq!(ended.exit_code(), Some(0), "{}", ended.stderr);
    assert!(!ended.stderr.contains("did not finish in time"), "{}", ended.stderr);
}

/// Its library writes a whole request before it reads.
#[tokio::test]
async fn python_sees_the_answer_to_a_body_that_is_far_too_long() {
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
