//! Findings of `doctor` about mail.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    thread,
};

use super::{PRODUCTION, assert_found, run_doctor};
use crate::it::support::TestDatabase;

/// Starts a mail server that accepts this password, and returns the received lines.
fn mail_server(password: &'static str) -> (u16, thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let received = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut responses = stream.try_clone().unwrap();
        responses.write_all(b"220 mx\r\n").unwrap();
        let mut received = Vec::new();
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let response = match line.split(' ').next().unwrap() {
                "EHLO" => "250-mx\r\n250 AUTH PLAIN\r\n",
                // base64 of NUL user NUL password
                "AUTH" if line.ends_with(password) => "235 ok\r\n",
                "AUTH" => "535 no, ann@example.com\r\n",
                "QUIT" => "221 bye\r\n",
                _ => "250 ok\r\n",
            };
            received.push(line);
            responses.write_all(response.as_bytes()).unwrap();
        }
        received
    });
    (port, received)
}

#[tokio::test]
async fn doctor_logs_in_to_the_mail_server_and_sends_nothing() {
    let database = TestDatabase::migrated().await;
    // printf '\0ann\0hunter2' | base64
    for (password, state) in [("AGFubgBodW50ZXIy", "ok"), ("another", "wrong")] {
        let (port, received) = mail_server(password);
        let port = port.to_string();
        let smtp = [
            ("SMTP_HOST", "127.0.0.1"),
            ("SMTP_PORT", &*port),
            ("SMTP_TLS", "none"),
            ("SMTP_USER", "ann"),
            ("SMTP_PASSWORD", "hunter2"),
            ("SMTP_FROM", "books@bookplate.org"),
        ];
        let (report, status) = run_doctor(&database, &[&PRODUCTION[..], &smtp].concat()).await;

        assert_found(&report, "SMTP_HOST", state, "127.0.0.1");
        assert_found(&report, "SMTP_TLS", "warning", "can be read");
        assert_eq!(status, Some(i32::from(state == "wrong")));
        let text = report.to_string();
        assert!(!text.contains("hunter2") && !text.contains("ann@example.com"), "{text}");
        let received = received.join().unwrap();
        assert!(received.iter().any(|line| line.starts_with("AUTH ")), "{received:?}");
        assert!(!received.iter().any(|line| line.starts_with("MAIL")), "{received:?}");
    }

    let closed = [("SMTP_HOST", "127.0.0.1"), ("SMTP_PORT", "1"), ("SMTP_FROM", "b@books.org")];
    let (report, status) = run_doctor(&database, &closed).await;
    assert_found(&report, "SMTP_HOST", "wrong", "accepts no mails");
    assert_eq!(status, Some(1));
}

#[tokio::test]
async fn required_verification_without_a_mail_server_stops_production() {
    let database = TestDatabase::migrated().await;
    let settings = [&PRODUCTION[..], &[("AUTH_REQUIRE_EMAIL_VERIFICATION", "true")]].concat();

    let refused = database.bookplate_with(&["serve"], &settings).await.expect_failure();

    assert!(refused.contains("AUTH_REQUIRE_EMAIL_VERIFICATION is true"), "{refused}");
    assert!(refused.contains("SMTP_HOST"), "{refused}");
    let (report, status) = run_doctor(&database, &settings).await;
    assert_found(&report, "AUTH_REQUIRE_EMAIL_VERIFICATION", "wrong", "SMTP_HOST");
    assert_eq!(status, Some(1));
}
