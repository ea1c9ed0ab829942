//! The whole server: its worker, its start screen, its log.

use super::{FROM, LINK, write};
use crate::it::support::{Ended, Manner, SECRET, Server, Smtp, TestApp, eventually};

fn settings(port: &str) -> [(&str, &str); 7] {
    [
        ("SMTP_HOST", "127.0.0.1"),
        ("SMTP_PORT", port),
        ("SMTP_TLS", "none"),
        ("SMTP_FROM", FROM),
        ("BETTER_AUTH_SECRET", SECRET),
        ("LOG_FORMAT", "json"),
        ("RUST_LOG", "debug"),
    ]
}

#[tokio::test]
async fn a_server_sends_what_waits_and_logs_no_address_and_no_link() {
    let app = TestApp::start_with(&["--smtp-host=127.0.0.1", "--smtp-from", FROM]).await;
    write(&app.app, &["ann@books.org"]).await;
    let smtp = Smtp::start().await;
    smtp.is(Manner::Answers("550 <ann@books.org> unknown, see http://x.example/ann"));
    let port = smtp.port.to_string();
    let settings = [&settings(&port)[..], &[("APP_ENV", "production")]].concat();

    let server = Server::start_with(&app.database, &["serve"], &settings).await;

    let refused = async || server.process.stderr().contains("mail refused").then_some(());
    eventually("a refused mail", refused).await;
    assert_eq!(app.run(&["mail", "retry", "--all"]).await.map_err(|it| it.to_string()), Ok(()));
    smtp.is(Manner::Takes);
    smtp.has_taken(1).await;
    assert!(!smtp.taken()[0].text.is_empty());
    let sent = async || server.process.stderr().contains("mail sent").then_some(());
    eventually("a sent mail", sent).await;

    let Ended { status, stdout, stderr } = server.terminate().await;
    assert!(status.success(), "{stderr}");
    let printed = stdout + &stderr;
    let line = printed.lines().find(|line| line.contains("mail refused")).unwrap();
    assert!(line.contains(r#""kind":"verification""#) && line.contains("ERROR"), "{line}");
    for secret in ["ann@books.org", "x.example", "s3cret", LINK, FROM] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
}

#[tokio::test]
async fn a_server_that_is_killed_loses_no_mail() {
    let app = TestApp::start_with(&["--smtp-host=127.0.0.1", "--smtp-from", FROM]).await;
    let smtp = Smtp::start().await;
    smtp.is(Manner::IsOut);
    let port = smtp.port.to_string();
    write(&app.app, &["ann@books.org", "bob@books.org"]).await;
    let server = Server::start_with(&app.database, &["serve"], &settings(&port)).await;
    let delayed = async || server.process.stderr().contains("mail delayed").then_some(());
    eventually("a delayed mail", delayed).await;
    server.process.signal("KILL");
    server.process.end().await;

    smtp.is(Manner::Takes);
    let _server = Server::start_with(&app.database, &["serve"], &settings(&port)).await;

    smtp.has_taken(2).await;
}

#[tokio::test]
async fn the_start_screen_shows_the_mailbox_where_there_is_one() {
    let app = TestApp::start().await;
    let server = Server::start(&app.database).await;
    let screen = server.process.stdout();
    let line = screen.lines().find(|line| line.contains("Mail inbox (dev)")).unwrap();
    assert!(line.ends_with("/dev/mail"), "{line}");
    assert_eq!(server.http().get("/dev/mail").await.status, 200);
    drop(server);

    let settings = [("SMTP_HOST", "127.0.0.1"), ("SMTP_FROM", FROM)];
    let server = Server::start_with(&app.database, &["serve"], &settings).await;
    assert!(!server.process.stdout().contains("/dev/mail"));
}
