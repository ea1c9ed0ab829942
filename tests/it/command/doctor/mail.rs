//! What `doctor` finds about mail.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    thread,
};

use super::{PRODUCTION, assert_found, examined, migrated};

/// A mail server that takes this password, and tells what it was told.
fn mail_server(password: &'static str) -> (u16, thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let told = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut responses = stream.try_clone().unwrap();
        responses.write_all(b"220 mx\r\n").unwrap();
        let mut told = Vec::new();
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let response = match line.split(' ').next().unwrap() {
                "EHLO" => "250-mx\r\n250 AUTH PLAIN\r\n",
                // base64 of NUL user NUL password
                "AUTH" if line.ends_with(password) => "235 ok\r\n",
                "AUTH" => "535 no, ann@example.com\r\n",
                "QUIT" => "221 bye\r\n",
                _ => "250 ok\r\n",
            };
            told.push(line);
            responses.write_all(response.as_bytes()).unwrap();
        }
        told
    });
    (port, told)
}

#[tokio::test]
async fn the_mail_server_is_signed_in_to_and_sent_nothing() {
    let database = migrated().await;
    // printf '\0ann\0hunter2' | base64
    for (password, state) in [("AGFubgBodW50ZXIy", "ok"), ("another", "wrong")] {
        let (port, told) = mail_server(password);
        let port = port.to_string();
        let smtp = [
            ("SMTP_HOST", "127.0.0.1"),
            ("SMTP_PORT", &*port),
            ("SMTP_TLS", "none"),
            ("SMTP_USER", "ann"),
            ("SMTP_PASSWORD", "hunter2"),
            ("SMTP_FROM", "books@bookplate.org"),
        ];
        let (report, status) = examined(&database, &[&PRODUCTION[..], &smtp].concat()).await;

        assert_found(&report, "SMTP_HOST", state, "127.0.0.1");
        assert_found(&report, "SMTP_TLS", "warning", "can be read");
        assert_eq!(status, Some(i32::from(state == "wrong")));
        let shown = report.to_string();
        assert!(!shown.contains("hunter2") && !shown.contains("ann@example.com"), "{shown}");
        let told = told.join().unwrap();
        assert!(told.iter().any(|line| line.starts_with("AUTH ")), "{told:?}");
        assert!(!told.iter().any(|line| line.starts_with("MAIL")), "{told:?}");
    }

    let closed = [("SMTP_HOST", "127.0.0.1"), ("SMTP_PORT", "1"), ("SMTP_FROM", "b@books.org")];
    let (report, status) = examined(&database, &closed).await;
    assert_found(&report, "SMTP_HOST", "wrong", "no mail can be handed in");
    assert_eq!(status, Some(1));
}

#[tokio::test]
async fn production_does_not_start_when_nobody_could_prove_their_address() {
    let database = migrated().await;
    let settings = [&PRODUCTION[..], &[("AUTH_REQUIRE_EMAIL_VERIFICATION", "true")]].concat();

    let refused = database.bookplate_with(&["serve"], &settings).await.expect_failure();

    assert!(refused.contains("AUTH_REQUIRE_EMAIL_VERIFICATION is true"), "{refused}");
    assert!(refused.contains("SMTP_HOST"), "{refused}");
    let (report, status) = examined(&database, &settings).await;
    assert_found(&report, "AUTH_REQUIRE_EMAIL_VERIFICATION", "wrong", "SMTP_HOST");
    assert_eq!(status, Some(1));
}
