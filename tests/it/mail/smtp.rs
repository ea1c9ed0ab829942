//! The SMTP dialog.

use mailer::Recipient;

use super::{LINK, MailApp, verification};

/// `\0ann\0hunter2` in base64.
const LOGIN: &str = "AGFubgBodW50ZXIy";

#[tokio::test]
async fn a_mail_has_standard_headers_and_encoding() {
    let post = MailApp::start_with(&[
        "--smtp-tls=none",
        "--smtp-user=ann",
        "--smtp-password=hunter2",
        "--mail-product-name=Bücher",
    ])
    .await;
    post.write(&["eve@readers.org"]).await;
    post.work().await;

    let mail = post.smtp.mails()[0].clone();
    assert_eq!((&*mail.from, &*mail.to), ("no-reply@books.org", "eve@readers.org"));
    assert!(
        post.smtp.commands().contains(&format!("AUTH PLAIN {LOGIN}")),
        "{:?}",
        post.smtp.commands()
    );
    let (headers, body) = mail.text.split_once("\n\n").unwrap();
    for header in [
        "From: Bookplate <no-reply@books.org>",
        "To: eve@readers.org",
        "Subject: Confirm your address for =?utf-8?b?QsO8Y2hlcg==?=",
        "Date: Fri, 20 Nov 2026 12:00:00 +0000",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
    ] {
        assert!(headers.lines().any(|line| line == header), "{header} is missing in {headers}");
    }
    assert!(headers.contains("Content-Type: multipart/alternative;"), "{headers}");
    let id = headers.lines().find_map(|line| line.strip_prefix("Message-ID: <")).unwrap();
    assert!(id.ends_with("@books.org>") && id.len() == 32 + "@books.org>".len(), "{id}");
    let (text, html) = (body.find("text/plain").unwrap(), body.find("text/html").unwrap());
    assert!(text < html, "{body}");
    assert_eq!(body.matches("Content-Type:").count(), 2);
    let unfolded = body.replace("=\n", "").replace("=3D", "=");
    assert!(unfolded.contains(LINK), "{unfolded}");
}

#[tokio::test]
async fn a_line_break_in_a_name_adds_no_header() {
    let post = MailApp::start().await;
    let app = &post.app.app;
    let tx = app.db.begin().await.unwrap();
    let message = verification("Ann\r\nBcc: spy@books.org\r\n.\r\nRCPT TO:<spy@books.org>");
    app.mailer.enqueue(tx.connection(), Recipient::User("ann@books.org"), &message).await.unwrap();
    let address = "bob@books.org>\r\nRCPT TO:<spy@books.org";
    app.mailer
        .enqueue(tx.connection(), Recipient::User(address), &verification("Bob"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    post.work().await;

    assert_eq!(post.smtp.mails().len(), 1);
    assert!(!post.smtp.mails()[0].text.contains("spy"));
    assert!(post.smtp.commands().iter().all(|line| !line.contains("spy")));
    assert_eq!(post.states().await, ["sent 1", "failed 1 the address is not valid"]);
}

#[tokio::test]
async fn a_server_without_starttls_gets_no_password_and_no_mail() {
    let post = MailApp::start_with(&["--smtp-user=ann", "--smtp-password=hunter2"]).await;
    post.write(&["ann@books.org"]).await;
    post.work().await;

    assert!(post.smtp.mails().is_empty());
    for line in &*post.smtp.commands() {
        assert!(line.starts_with("EHLO") || line == "QUIT", "{line}");
    }
    let states = post.states().await;
    assert!(states[0].starts_with("waiting 1 "), "{states:?}");
    assert!(states[0].to_uppercase().contains("STARTTLS"), "{states:?}");
}

#[tokio::test]
async fn one_connection_sends_several_mails() {
    let post = MailApp::start().await;
    for address in ["ann@books.org", "bob@books.org", "eve@books.org"] {
        post.write(&[address]).await;
        post.work().await;
        // A task returns the connection to the pool.
        tokio::task::yield_now().await;
    }
    assert_eq!(post.smtp.mails().len(), 3);
    let greetings = post.smtp.commands().iter().filter(|line| line.starts_with("EHLO")).count();
    assert_eq!(greetings, 1);
}
