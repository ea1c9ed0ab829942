//! Slow clients, and more connections than the limit.

use std::{
    io::{ErrorKind, Read, Write},
    net::IpAddr,
    process::Command,
    time::{Duration, Instant},
};

use crate::it::support::{
    Process, RawConnection, ServerProcess, TestDatabase, bookplate_binary, eventually, skip,
};

/// Starts a server with additional settings.
async fn server(database: &TestDatabase, settings: &[(&str, &str)]) -> ServerProcess {
    ServerProcess::start_with(database, &["serve", "--demo"], settings).await
}

#[tokio::test]
async fn an_incomplete_head_times_out() {
    let database = TestDatabase::create().await;
    let times = [("HTTP_HEAD_TIMEOUT", "1"), ("HTTP_KEEP_ALIVE_TIMEOUT", "1")];
    let server = server(&database, &times).await;
    for beginning in ["", "G", "POST /graphql HTTP/1.1\r\nHost: x\r\nX-Slow: "] {
        let mut connection = server.connect();
        let start = Instant::now();
        connection.write(beginning);
        assert_eq!(connection.read_to_end(), "", "{beginning}");
        assert!(start.elapsed() >= Duration::from_millis(900), "{beginning}");
    }
    // The same holds for the next request of a keep-alive connection.
    let mut connection = server.connect();
    connection.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(connection.read_to_end().ends_with(r#"{"status":"ok"}"#));
    server.http().query("{ __typename }").await.data();
}

#[tokio::test]
async fn an_incomplete_body_is_answered_with_408() {
    let database = TestDatabase::create().await;
    let server = server(&database, &[("HTTP_BODY_TIMEOUT", "1")]).await;
    for (path, length) in [
        ("/graphql", "Content-Length: 100"),
        ("/graphql", "Transfer-Encoding: chunked"),
        ("/api/auth/sign-in/email", "Content-Length: 100"),
    ] {
        let mut connection = server.connect();
        connection.write(format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{length}\r\n\r\n1"
        ));
        let response = connection.read_to_end();
        assert!(response.starts_with("HTTP/1.1 408 "), "{response}");
        assert!(response.contains("REQUEST_TIMEOUT"), "{response}");
        assert_eq!(response.contains("HTTP_BODY_TIMEOUT"), path == "/graphql", "{response}");
    }
    server.http().query("{ __typename }").await.data();
}

#[tokio::test]
async fn memory_of_incomplete_long_bodies_is_limited() {
    let database = TestDatabase::create().await;
    let server = server(&database, &[]).await;
    let beginning = format!(
        "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
         Content-Length: 1048000\r\n\r\n{}",
        " ".repeat(66_000)
    );
    // 64 MiB allow 64 bodies, each counted as 1 MiB.
    let mut connections: Vec<_> = (0..65).map(|_| server.connect()).collect();
    for connection in &mut connections {
        connection.write(&beginning);
    }
    let answered = eventually("a body for which there is no memory", async || {
        connections.iter_mut().find_map(|connection| {
            connection.0.set_nonblocking(true).unwrap();
            let mut bytes = [0; 4_096];
            let length = connection.0.read(&mut bytes).ok()?;
            Some(String::from_utf8_lossy(&bytes[..length]).into_owned())
        })
    })
    .await;
    assert!(answered.starts_with("HTTP/1.1 503 "), "{answered}");
    assert!(answered.contains("SERVICE_UNAVAILABLE"), "{answered}");
    server.http().query("{ __typename }").await.data();
}

#[tokio::test]
async fn a_client_that_does_not_read_is_disconnected() {
    let database = TestDatabase::create().await;
    let server = server(&database, &[("HTTP_SEND_TIMEOUT", "1")]).await;
    let mut connection = server.connect();
    connection.0.set_nonblocking(true).unwrap();
    let request = "GET /graphql?query={books(limit:100){id%20title%20description}} HTTP/1.1\r\n\
        Host: x\r\n\r\n";
    // The server reads until its buffers are full; writes succeed until it disconnects.
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

#[tokio::test]
async fn a_used_connection_may_be_idle_longer_than_a_new_one() {
    let database = TestDatabase::create().await;
    let server = server(&database, &[("HTTP_HEAD_TIMEOUT", "1")]).await;
    let mut used = server.connect();
    used.write(PROBE).read_until(r#"{"status":"ok"}"#);
    let mut silent = server.connect();
    assert_eq!(silent.read_to_end(), "");
    used.write(PROBE).read_until(r#"{"status":"ok"}"#);
}

const PROBE: &str = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

/// Sends a request on a new connection, and returns the response.
fn exchange(server: &ServerProcess, path: &str) -> String {
    let mut connection = server.connect();
    connection.write(format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    connection.read_to_end()
}

/// Opens a connection within the limit, waiting for the connection of the dropped start client to
/// end.
async fn connect_within_limit(server: &ServerProcess) -> RawConnection {
    eventually("a place", async || {
        let mut connection = server.connect();
        connection.write("GET /api/auth/ok HTTP/1.1\r\nHost: x\r\n\r\n");
        let line = connection.read_until("\r\n");
        (line == "HTTP/1.1 200 OK\r\n").then(|| {
            connection.read_until("}");
            connection
        })
    })
    .await
}

const LIMITED_ROUTES: [&str; 2] = ["/api/auth/ok", "/graphql?query={__typename}"];

/// Asserts that probes succeed and other requests are refused.
fn assert_only_probes_succeed(server: &ServerProcess) {
    for path in ["/healthz", "/readyz"] {
        let response = exchange(server, path);
        assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{path}: {response}");
    }
    for path in LIMITED_ROUTES {
        let response = exchange(server, path);
        assert!(response.starts_with("HTTP/1.1 503 "), "{path}: {response}");
        assert!(response.contains("\r\nretry-after: 1\r\n"), "{path}: {response}");
        assert!(response.contains(r#""code":"SERVICE_UNAVAILABLE""#), "{path}: {response}");
        assert_eq!(response.contains(r#"{"errors":["#), path != LIMITED_ROUTES[0], "{response}");
    }
}

// The connection of the start client ends during the waits of these tests.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_probes_succeed_above_the_connection_limit() {
    let database = TestDatabase::create().await;
    let limits = [("HTTP_MAX_CONNECTIONS", "2"), ("HTTP_MAX_CONNECTIONS_PER_ADDRESS", "3")];
    let server = server(&database, &limits).await;
    let connections = (connect_within_limit(&server).await, connect_within_limit(&server).await);
    assert_only_probes_succeed(&server);
    let log = server.process.stderr();
    assert!(log.contains("there are more than HTTP_MAX_CONNECTIONS\n"), "{log}");
    drop(connections);
    connect_within_limit(&server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_connections_of_one_address_block_neither_others_nor_probes() {
    let database = TestDatabase::create().await;
    let limits = [
        ("HTTP_MAX_CONNECTIONS", "400"),
        ("HTTP_MAX_CONNECTIONS_PER_ADDRESS", "5"),
        ("HTTP_HEAD_TIMEOUT", "3600"),
    ];
    let server = server(&database, &limits).await;
    // More than the share of an address, and more than the reserve.
    let _silent: Vec<_> = (0..500).map(|_| server.connect()).collect();
    assert_only_probes_succeed(&server);
    let log = server.process.stderr();
    assert!(log.contains("HTTP_MAX_CONNECTIONS_PER_ADDRESS"), "{log}");
    assert!(log.contains("AUTH_TRUSTED_PROXIES"), "{log}");

    let client = reqwest::Client::builder().no_proxy().local_address(IpAddr::from([127, 0, 0, 2]));
    let url = format!("http://127.0.0.1:{}/graphql?query={{__typename}}", server.port);
    match client.build().unwrap().get(url).send().await {
        Ok(response) => assert_eq!(response.status(), 200),
        Err(_) => skip(skips::LINUX),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trusted_proxy_has_no_limit_per_address() {
    let database = TestDatabase::create().await;
    let limits = [("HTTP_MAX_CONNECTIONS_PER_ADDRESS", "1"), ("AUTH_TRUSTED_PROXIES", "127.0.0.1")];
    let server = server(&database, &limits).await;
    let _silent: Vec<_> = (0..20).map(|_| server.connect()).collect();
    for path in &LIMITED_ROUTES[..2] {
        let response = exchange(&server, path);
        assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{path}: {response}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_web_socket_counts_as_a_connection() {
    let database = TestDatabase::create().await;
    let limits = [("HTTP_MAX_CONNECTIONS", "1"), ("GRAPHQL_SUBSCRIPTIONS_INIT_TIMEOUT", "60")];
    let server = server(&database, &limits).await;
    let mut socket = connect_within_limit(&server).await;
    socket.write(
        "GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n",
    );
    let head = socket.read_until("\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    assert_only_probes_succeed(&server);
    drop(socket);
    connect_within_limit(&server).await;
}

/// The process may open fewer files than its connections need.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_exhaust_open_files_do_not_block_probes() {
    let database = TestDatabase::create().await;
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -n 300 && exec \"$0\" serve"]).arg(bookplate_binary());
    command.env_clear().env("DATABASE_URL", database.url()).env("PORT", "0");
    command.env("AUTH_TRUSTED_PROXIES", "127.0.0.1").current_dir(database.folder());
    let server = ServerProcess::wait_until_ready(Process::spawn(command)).await;
    let log = server.process.stdout();
    assert!(log.contains("only 44 connections"), "{log}");
    let _silent: Vec<_> = (0..400).map(|_| server.connect()).collect();
    assert_only_probes_succeed(&server);
    let log = server.process.stderr();
    assert!(!log.contains("cannot be accepted"), "{log}");
}
