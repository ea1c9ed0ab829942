//! Paths in logs: patterns of routes, never what a client sent.

use super::logs::lines;
use crate::it::support::{ProcessOutput, ServerProcess, TestDatabase};

/// A mistyped link still contains its secret.
#[tokio::test]
async fn a_link_in_a_misspelled_path_is_not_logged() {
    const SECRET: &str = "hunter2hunter2hunter2abc";
    let database = TestDatabase::create().await;
    let settings = [("LOG_FORMAT", "json"), ("RUST_LOG", "trace")];
    let server = ServerProcess::start_with(&database, &["serve"], &settings).await;
    let paths = [
        "/api/auth/reset-password/TOKEN",
        "/api/auth/reset-password/TOKEN/",
        "/api/auth/reset-pasword/TOKEN",
        "/api/auth//reset-password/TOKEN",
        "/api/auth/reset-password//TOKEN",
        "/api/auth/reset%2Dpassword/TOKEN",
        "/api/auth/reset-password%2FTOKEN",
        "/api/auth/Reset-Password/TOKEN",
        "/api/auth/verify-email/TOKEN",
        "/api/auth/TOKEN",
        "/api/auth/reset-password/x?token=TOKEN",
        "/api/auth?token=TOKEN",
        "/api/authTOKEN",
        "/API/auth/reset-password/TOKEN",
        "/reset-password/TOKEN",
        "/TOKEN",
        "//TOKEN",
        "/api/protected/TOKEN",
        "/graphql/TOKEN",
        "/graphql/stream/TOKEN",
        "/graphql?token=TOKEN",
        "/dev/mail/TOKEN",
        "/%68unter2hunter2hunter2abc",
    ];
    for path in paths.map(|path| path.replace("TOKEN", SECRET)) {
        for method in ["GET", "HEAD", "POST", "OPTIONS", "DELETE", "FOO"] {
            let request = format!(
                "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            );
            server.connect().write(request).read_to_end();
        }
    }
    // The absolute form that proxies receive.
    let whole = format!(
        "GET http://localhost/reset-password/{SECRET} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    );
    server.connect().write(whole).read_to_end();

    let ProcessOutput { stdout, stderr, .. } = server.terminate().await;
    let printed = stdout + &stderr;
    let line = printed.lines().find(|line| line.contains("unter2hunter2"));
    assert_eq!(line, None);
    let logged = lines(&stderr);
    let paths: Vec<_> = logged.iter().filter_map(|line| line["path"].as_str()).collect();
    for path in ["/api/auth/reset-password/{token}", "/api/auth/{*rest}", "/…", "/graphql"] {
        assert!(paths.contains(&path), "{path}: {paths:?}");
    }
}
