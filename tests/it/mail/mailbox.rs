//! The development mailbox: available in development, and only to this machine.

use axum::{
    body::Body,
    http::{
        Request, StatusCode, Version,
        header::{ACCEPT, HOST},
    },
};
use chrono::TimeDelta;
use mailer::{Message, Recipient};

use super::{FROM, LINK, verification, write};
use crate::it::support::{Client, Response, TestApp};

/// Opens the mailbox from this machine with additional headers.
async fn open_mailbox(app: &TestApp, headers: &[(&str, &str)]) -> Response {
    open_mailbox_as(&app.anonymous().at_address("127.0.0.1"), headers).await
}

/// Opens the mailbox as `client` with additional headers.
async fn open_mailbox_as(client: &Client, headers: &[(&str, &str)]) -> Response {
    let request = headers
        .iter()
        .fold(Request::get("/dev/mail"), |request, (name, value)| request.header(*name, *value));
    client.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn mails_are_in_the_mailbox_at_once() {
    let app = TestApp::start().await;
    write(&app.app, &["ann@books.org"]).await;
    let tx = app.app.db.begin().await.unwrap();
    let welcome = Message::Welcome { name: "Bob".to_owned() };
    app.app
        .mailer
        .enqueue(tx.connection(), Recipient::User("bob@books.org"), &welcome)
        .await
        .unwrap();
    app.app
        .mailer
        .enqueue(tx.connection(), Recipient::Simulated("nobody@books.org"), &welcome)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let response = open_mailbox(&app, &[(ACCEPT.as_str(), "application/json")]).await;

    assert_eq!(response.header("cache-control"), "no-store");
    let mails = response.json();
    // Newest first, although both have the same time.
    let kinds: Vec<_> = mails.as_array().unwrap().iter().map(|mail| &mail["kind"]).collect();
    assert_eq!(kinds, ["welcome", "verification"]);
    let keys: Vec<_> = mails[0].as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        ["id", "channel", "to", "kind", "subject", "text", "html", "link", "createdAt"]
    );
    assert_eq!((&mails[0]["link"], &mails[1]["link"]), (&().into(), &LINK.into()));
    assert_eq!((&mails[1]["channel"], &mails[1]["to"]), (&"mail".into(), &"ann@books.org".into()));
    assert_eq!(mails[1]["subject"], "Confirm your address for Bookplate");
    assert_eq!(mails[1]["createdAt"], "2026-11-20T12:00:00.000Z");
    assert!(mails[1]["text"].as_str().unwrap().contains(LINK));
    assert!(mails[1]["html"].as_str().unwrap().contains(LINK));

    // The worker removes simulated mails and keeps the others.
    assert_eq!(app.app.mailer.run_once().await.unwrap(), 1);
    assert_eq!(app.app.mailer.run_once().await.unwrap(), 0);
    assert_eq!(app.app.mailer.messages(10).await.unwrap().len(), 2);
    app.clock.advance(TimeDelta::days(30));
    assert_eq!(app.app.sweep().await.unwrap(), 0);
    app.clock.advance(TimeDelta::seconds(1));
    assert_eq!(app.app.sweep().await.unwrap(), 2);
}

#[tokio::test]
async fn the_page_escapes_the_content_of_mails() {
    let app = TestApp::start().await;
    let empty = open_mailbox(&app, &[(ACCEPT.as_str(), "text/html,*/*;q=0.8")]).await;
    assert!(empty.text.contains("No mail yet"), "{}", empty.text);

    let tx = app.app.db.begin().await.unwrap();
    let (name, url) = ("<script>alert(1)</script>".to_owned(), format!("{LINK}&x=\"><script>"));
    let message = Message::Reset { name, url, expires_in: None };
    let to = "\"<script>\"@books.org";
    app.app.mailer.enqueue(tx.connection(), Recipient::User(to), &message).await.unwrap();
    tx.commit().await.unwrap();
    let page = open_mailbox(&app, &[(ACCEPT.as_str(), "text/html,*/*;q=0.8")]).await;

    assert!(page.header("content-type").starts_with("text/html"), "{:?}", page.headers);
    assert_eq!(page.header("cache-control"), "no-store");
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none';") && !policy.contains("script"), "{policy}");
    assert!(!page.text.contains("<script"), "{}", page.text);
    let frame = page.text.split("<iframe").nth(1).unwrap().split('>').next().unwrap();
    assert!(frame.contains("sandbox=\"allow-popups allow-popups-to-escape-sandbox\""), "{frame}");
    assert!(page.text.contains("target=\"_blank\" rel=\"noreferrer\">Open the link</a>"));
}

#[tokio::test]
async fn the_mailbox_requires_a_host_name_of_this_machine() {
    let app = TestApp::start().await;
    for (host, status) in [
        ("localhost:3000", StatusCode::OK),
        ("LOCALHOST", StatusCode::OK),
        ("books.localhost:3000", StatusCode::OK),
        ("127.0.0.1:3000", StatusCode::OK),
        ("[::1]:3000", StatusCode::OK),
        ("books.example.com", StatusCode::FORBIDDEN),
        ("evil.example:3000", StatusCode::FORBIDDEN),
        ("localhost.evil.example", StatusCode::FORBIDDEN),
        ("127.0.0.1.evil.example", StatusCode::FORBIDDEN),
        ("", StatusCode::FORBIDDEN),
    ] {
        for accept in ["text/html", "application/json"] {
            let response =
                open_mailbox(&app, &[(HOST.as_str(), host), (ACCEPT.as_str(), accept)]).await;
            assert_eq!(response.status, status, "{host}");
        }
    }
}

#[tokio::test]
async fn the_mailbox_requires_a_local_client() {
    let app = TestApp::start().await;
    for (address, status) in [
        ("127.0.0.1", StatusCode::OK),
        ("127.9.9.9", StatusCode::OK),
        ("::1", StatusCode::OK),
        ("::ffff:127.0.0.1", StatusCode::OK),
        ("192.168.1.7", StatusCode::FORBIDDEN),
        ("172.17.0.1", StatusCode::FORBIDDEN),
        ("2001:db8::1", StatusCode::FORBIDDEN),
    ] {
        let client = app.anonymous().at_address(address);
        let response = open_mailbox_as(&client, &[(HOST.as_str(), "localhost:3000")]).await;
        assert_eq!(response.status, status, "{address}");
    }
    assert_eq!(open_mailbox_as(&app.anonymous(), &[]).await.status, StatusCode::FORBIDDEN);
    for header in [
        "client-ip",
        "x-forwarded",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "Forwarded",
        "Via",
        "X-Real-IP",
        "X-Client-IP",
        "True-Client-IP",
        "CF-Connecting-IP",
        "CF-Ray",
        "CDN-Loop",
        "X-Envoy-External-Address",
        "X-Amzn-Trace-Id",
        "Fly-Client-IP",
    ] {
        let headers = [(HOST.as_str(), "localhost:3000"), (header, "127.0.0.1")];
        assert_eq!(open_mailbox(&app, &headers).await.status, StatusCode::FORBIDDEN, "{header}");
    }
    let old = Request::get("/dev/mail").version(Version::HTTP_10).body(Body::empty()).unwrap();
    let response = app.anonymous().at_address("127.0.0.1").send(old).await;
    assert_eq!(response.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn there_is_no_mailbox_with_a_public_base_url() {
    for url in ["https://books.example.com", "http://192.168.1.7:3000", "http://0.0.0.0:3000"] {
        let app = TestApp::start_with(&["--better-auth-url", url]).await;
        for host in ["localhost:3000", "books.example.com"] {
            let response = open_mailbox(&app, &[(HOST.as_str(), host)]).await;
            assert_eq!(response.status, StatusCode::NOT_FOUND, "{url} {host}");
        }
    }
}

#[tokio::test]
async fn there_is_no_mailbox_in_production_or_with_a_mail_server() {
    for flags in [
        &["--app-env=production"][..],
        &["--smtp-host=127.0.0.1", "--smtp-from", FROM],
        &["--app-env=production", "--smtp-host=127.0.0.1", "--smtp-from", FROM],
    ] {
        let app = TestApp::start_with(flags).await;
        let response = open_mailbox(&app, &[(HOST.as_str(), "localhost:3000")]).await;
        assert_eq!(response.status, StatusCode::NOT_FOUND, "{flags:?}");
    }
}

#[tokio::test]
async fn mails_encrypted_with_a_removed_secret_are_omitted() {
    let app = TestApp::start().await;
    write(&app.app, &["ann@books.org"]).await;
    let tx = app.app.db.begin().await.unwrap();
    app.app
        .mailer
        .enqueue(tx.connection(), Recipient::User("bob@books.org"), &verification("Bob"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let spoil = r#"update "mail" set "content" = '00' where "recipient" = 'ann@books.org'"#;
    app.database.execute(spoil).await;
    let mails = app.app.mailer.messages(10).await.unwrap();
    assert_eq!(mails.len(), 1);
    assert!(!format!("{mails:?}").contains("bob") && !format!("{mails:?}").contains("token"));
}

/// This holds for trusted origins as well, with and without the visitor's cookie.
#[tokio::test]
async fn pages_of_other_origins_cannot_read_the_mailbox() {
    let trusted = "http://localhost:5173";
    let app = TestApp::start_with(&["--better-auth-trusted-origins", trusted]).await;
    let host = (HOST.as_str(), "localhost:3000");
    let site = |site| ("sec-fetch-site", site);
    for headers in [
        &[host, ("origin", trusted)][..],
        &[host, ("origin", "null")],
        &[host, site("same-site")],
        &[host, site("cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")],
    ] {
        let refused = open_mailbox(&app, headers).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{headers:?}");
        assert!(!refused.headers.contains_key("access-control-allow-origin"), "{headers:?}");
    }
    for headers in [
        &[host, ("origin", "http://localhost:3000"), site("same-origin")][..],
        &[host, site("none")],
        // A followed link is accepted.
        &[host, site("cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")],
    ] {
        let page = open_mailbox(&app, headers).await;
        assert_eq!(page.status, StatusCode::OK, "{headers:?}");
        assert!(!page.headers.contains_key("access-control-allow-origin"), "{headers:?}");
    }
}
