//! The mail worker in a server process: start screen and logs.

use super::{FROM, LINK, write};
use crate::it::support::{
    ProcessOutput, SECRET, ServerProcess, SmtpBehavior, SmtpServer, TestApp, eventually,
};

/// Returns the settings of a server that sends mails to this port.
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
async fn a_server_sends_queued_mails_and_logs_no_private_data() {
    let app = TestApp::start_with(&["--smtp-host=127.0.0.1", "--smtp-from", FROM]).await;
    write(&app.app, &["ann@books.org"]).await;
    let smtp = SmtpServer::start().await;
    smtp.set_behavior(SmtpBehavior::ReplyToRecipient(
        "550 <ann@books.org> unknown, see http://x.example/ann",
    ));
    let port = smtp.port.to_string();
    let settings = [&settings(&port)[..], &[("APP_ENV", "production")]].concat();

    let server = ServerProcess::start_with(&app.database, &["serve"], &settings).await;

    let refused = async || server.process.stderr().contains("mail refused").then_some(());
    eventually("a refused mail", refused).await;
    assert_eq!(
        app.run_command(&["mail", "retry", "--all"]).await.map_err(|it| it.to_string()),
        Ok(())
    );
    smtp.set_behavior(SmtpBehavior::Accept);
    smtp.wait_for_mails(1).await;
    assert!(!smtp.mails()[0].text.is_empty());
    let sent = async || server.process.stderr().contains("mail sent").then_some(());
    eventually("a sent mail", sent).await;

    let ProcessOutput { status, stdout, stderr } = server.terminate().await;
    assert!(status.success(), "{stderr}");
    let printed = stdout + &stderr;
    let line = printed.lines().find(|line| line.contains("mail refused")).unwrap();
    assert!(line.contains(r#""kind":"verification""#) && line.contains("ERROR"), "{line}");
    for secret in ["ann@books.org", "x.example", "s3cret", LINK, FROM] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
}

#[tokio::test]
async fn a_killed_server_loses_no_mail() {
    let app = TestApp::start_with(&["--smtp-host=127.0.0.1", "--smtp-from", FROM]).await;
    let smtp = SmtpServer::start().await;
    smtp.set_behavior(SmtpBehavior::Disconnect);
    let port = smtp.port.to_string();
    write(&app.app, &["ann@books.org", "bob@books.org"]).await;
    let server = ServerProcess::start_with(&app.database, &["serve"], &settings(&port)).await;
    // A mail in progress would be retried only after its lease.
    let delayed = async || {
        let count = server.process.stderr().matches("mail delayed").count();
        (count >= 2).then_some(())
    };
    eventually("two delayed mails", delayed).await;
    server.process.send_signal("KILL");
    server.process.wait().await;

    smtp.set_behavior(SmtpBehavior::Accept);
    let _server = ServerProcess::start_with(&app.database, &["serve"], &settings(&port)).await;

    smtp.wait_for_mails(2).await;
}

#[tokio::test]
async fn the_start_screen_links_to_the_mailbox_if_enabled() {
    let app = TestApp::start().await;
    let server = ServerProcess::start(&app.database).await;
    let screen = server.process.stdout();
    let line = screen.lines().find(|line| line.contains("Mail inbox (dev)")).unwrap();
    assert!(line.ends_with("/dev/mail"), "{line}");
    assert_eq!(server.http().get("/dev/mail").await.status, 200);
    drop(server);

    let settings = [("SMTP_HOST", "127.0.0.1"), ("SMTP_FROM", FROM)];
    let server = ServerProcess::start_with(&app.database, &["serve"], &settings).await;
    assert!(!server.process.stdout().contains("/dev/mail"));
}
