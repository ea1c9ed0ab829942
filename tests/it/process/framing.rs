//! HTTP/1.1 framing: valid and invalid requests.

use crate::it::support::{ServerProcess, TestDatabase};

/// Returns the status of the only response; the server then closes the connection.
fn status(server: &ServerProcess, request: &str) -> String {
    let response = server.connect().write(request).read_to_end();
    assert_eq!(response.matches("x-request-id: ").count(), 1, "{request}: {response}");
    response["HTTP/1.1 ".len()..][..3].to_owned()
}

#[tokio::test]
async fn a_request_must_have_one_host() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;
    for (head, expected) in [
        ("HTTP/1.1\r\n", "400"),
        ("HTTP/1.1\r\nHost: a\r\nHost: a\r\n", "400"),
        ("HTTP/1.1\r\nHost: a, b\r\n", "400"),
        ("HTTP/1.1\r\nHost: http://a/\r\n", "400"),
        ("HTTP/1.0\r\nHost: a\r\nHost: b\r\n", "400"),
        ("HTTP/1.0\r\n", "200"),
        ("HTTP/1.1\r\nConnection: close\r\nHost: 127.0.0.1:3000\r\n", "200"),
        ("HTTP/1.1\r\nConnection: close\r\nHost: [::1]:3000\r\n", "200"),
        ("HTTP/1.1\r\nConnection: close\r\nHost: my_service\r\n", "200"),
        ("HTTP/1.1\r\nConnection: close\r\nHost:\r\n", "200"),
    ] {
        for path in ["/healthz", "/graphql?query={__typename}", "/api/auth/ok"] {
            let request = format!("GET {path} {head}\r\n");
            assert_eq!(status(&server, &request), expected, "{request}");
        }
    }
    let response = server.connect().write("GET /graphql HTTP/1.1\r\n\r\n").read_to_end();
    assert!(response.contains("\r\nconnection: close\r\n"), "{response}");
    assert!(response.contains(r#""message":"HTTP/1.1 needs the header Host""#), "{response}");
    assert!(response.contains("\r\nx-request-id: "), "{response}");
}

#[tokio::test]
async fn a_request_target_may_be_an_absolute_url() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;
    for (target, expected) in [
        ("http://books.example/healthz", "200"),
        ("http://books.example/graphql/?query={__typename}", "200"),
        ("http://books.example/api/auth/ok", "200"),
        ("http://books.example/api/auth/ok/", "404"),
        ("http://books.example/nowhere", "404"),
        ("books.example", "400"),
    ] {
        let request =
            format!("GET {target} HTTP/1.1\r\nHost: books.example\r\nConnection: close\r\n\r\n");
        assert_eq!(status(&server, &request), expected, "{target}");
    }
}

/// Different interpretations of the length would allow request smuggling.
#[tokio::test]
async fn a_request_with_two_lengths_closes_the_connection() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;
    let hidden = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    for lengths in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
    ] {
        for path in ["/graphql", "/api/auth/sign-out", "/healthz"] {
            let request =
                format!("POST {path} HTTP/1.1\r\nHost: x\r\n{lengths}\r\n\r\n0\r\n\r\n{hidden}");
            let response = server.connect().write(&request).read_to_end();
            assert_eq!(response.matches("HTTP/1.1 ").count(), 1, "{request}: {response}");
            assert!(response.contains("\r\nconnection: close\r\n"), "{response}");
        }
    }
}

#[tokio::test]
async fn a_malformed_chunk_is_a_bad_request() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;
    for path in ["/graphql", "/api/auth/sign-in/email", "/api/auth/sign-out"] {
        for chunks in ["zz\r\n{}\r\n0\r\n\r\n", "2\r\n{}0\r\n\r\n", "-1\r\n{}\r\n0\r\n\r\n"] {
            let mut connection = server.connect();
            connection.write(format!(
                "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
                 Transfer-Encoding: chunked\r\n\r\n{chunks}"
            ));
            let response = connection.read_to_end();
            assert!(response.starts_with("HTTP/1.1 400 "), "{path} {chunks:?}: {response}");
            assert!(response.contains("\r\nconnection: close\r\n"), "{response}");
        }
    }
}

#[tokio::test]
async fn upgrades_to_other_protocols_are_ignored() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;
    let response = server
        .connect()
        .write(
            "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings, close\r\n\
             Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",
        )
        .read_to_end();
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
}

#[tokio::test]
async fn a_web_socket_opens_at_a_path_with_a_trailing_slash() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;
    let mut socket = server.connect();
    socket.write(
        "GET /graphql/ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n",
    );
    assert!(socket.read_until("\r\n\r\n").starts_with("HTTP/1.1 101 "));
}
