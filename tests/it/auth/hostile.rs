//! Malformed requests to the authentication routes.

use crate::it::support::{ServerProcess, TestDatabase};

/// Sends bytes, and returns the response; the server closes the connection.
fn exchange(server: &ServerProcess, bytes: &[u8]) -> String {
    server.connect().write(bytes).read_to_end()
}

/// Returns the status code of a response's first line.
fn status(response: &str) -> &str {
    response.strip_prefix("HTTP/1.1 ").map_or("none", |rest| &rest[..3])
}

#[tokio::test]
async fn a_content_length_over_64_kb_is_refused_unread() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;
    for path in ["sign-in/email", "sign-up/email", "sign-out", "change-password", "verify-email"] {
        for length in [64 * 1024 + 1, 100_000_000_000_u64] {
            let mut connection = server.connect();
            connection.write(format!(
                "POST /api/auth/{path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
                 Content-Length: {length}\r\n\r\n"
            ));
            let line = connection.read_until("\r\n");
            assert_eq!(status(&line), "413", "{path}");
        }
    }
    let body = format!("{{\"email\":\"{}\"}}", "x".repeat(64 * 1024 - 12));
    assert_eq!(body.len(), 64 * 1024);
    let http = server.http();
    let sent = http.send(|client, base| {
        let request = client.post(format!("{base}/api/auth/sign-in/email"));
        request.header("content-type", "application/json").body(body)
    });
    assert_eq!(sent.await.unwrap().status.as_u16(), 400);
}

#[tokio::test]
async fn unsupported_methods_return_404() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;
    for method in ["TRACE", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "BREW", "get", "PROPFIND"]
    {
        for path in ["/api/auth", "/api/auth/ok", "/api/auth/sign-in/email", "/api/auth/nowhere"] {
            let request = format!(
                "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Secret: hunter2\r\n\r\n"
            );
            let response = exchange(&server, request.as_bytes());
            // CORS preflight requests succeed on every path.
            let expected = if method == "OPTIONS" { "200" } else { "404" };
            assert_eq!(status(&response), expected, "{method} {path}");
            assert!(!response.contains("hunter2"), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn the_server_survives_invalid_bytes() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;
    for bytes in [
        &b"GET /api/auth/\xff\xfe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"[..],
        b"GET /api/auth/ok\0 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /api/auth/ok?\xff=\xfe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /api/auth/error?error=%ff%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /api/auth/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET api/auth/ok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"\xffGET /api/auth/ok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /api/auth/get-session HTTP/1.1\r\nHost: \xff\r\nX-Forwarded-For: \xff\r\nOrigin: \xfe\r\n\
          Cookie: \xff=\xfe\r\nUser-Agent: \xff\r\nAuthorization: Bearer \xff\r\nConnection: close\r\n\r\n",
        b"POST /api/auth/sign-in/email HTTP/1.1\r\nHost: x\r\nContent-Type: \xff\r\nContent-Length: 4\r\n\
          Connection: close\r\n\r\n\xff\xfe\xfd\xfc",
        b"POST /api/auth/sign-in/email HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
          Content-Length: 4\r\nConnection: close\r\n\r\n\xff\xfe\xfd\xfc",
    ] {
        let request = String::from_utf8_lossy(bytes).into_owned();
        let response = exchange(&server, bytes);
        let expected = ["none", "200", "400", "404", "415", "403"];
        assert!(expected.contains(&status(&response)), "{request}: {response}");
    }
    assert_eq!(server.http().get("/api/auth/ok").await.status.as_u16(), 200);
    assert!(!server.terminate().await.stderr.contains("panicked"));
}
