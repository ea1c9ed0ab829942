//! How many mails one person gets.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::it::support::{PASSWORD, Response, TestApp};

async fn start(storage: &str) -> TestApp {
    let flags = ["--auth-rate-limit", "true", "--auth-rate-limit-storage", storage];
    let app = TestApp::start_with(&flags).await;
    app.anonymous().from_address("192.0.2.1").sign_up("ann").await;
    // Ann's welcome is long ago.
    app.clock.advance(TimeDelta::hours(2));
    app
}

/// How many mails of a kind an address got.
async fn mails(app: &TestApp, to: &str, kind: &str) -> usize {
    let mails = app.app.mailer.messages(1_000).await.unwrap();
    mails.iter().filter(|mail| mail.to == to && mail.kind == kind).count()
}

/// Asks for a link, from an address of its own.
async fn ask(app: &TestApp, n: usize, email: &str) -> Response {
    let client = app.anonymous().from_address(&format!("203.0.113.{n}"));
    client.post("/api/auth/request-password-reset", json!({ "email": email })).await
}

#[tokio::test]
async fn one_person_gets_five_mails_at_once_and_then_one_in_twenty_minutes() {
    for storage in ["memory", "database"] {
        let app = start(storage).await;
        let got = async || mails(&app, "ann@example.com", "reset").await;
        for n in 0..8 {
            assert_eq!(ask(&app, n, "ann@example.com").await.status.as_u16(), 200);
        }
        assert_eq!(got().await, 5, "{storage}");
        app.clock.advance(TimeDelta::minutes(20) - TimeDelta::milliseconds(1));
        ask(&app, 10, "ann@example.com").await;
        assert_eq!(got().await, 5, "{storage}");
        app.clock.advance(TimeDelta::milliseconds(1));
        for n in 20..23 {
            ask(&app, n, "Ann@Example.com").await;
        }
        assert_eq!(got().await, 6, "{storage}");
        app.clock.advance(TimeDelta::hours(1));
        for n in 30..39 {
            ask(&app, n, "ann@example.com").await;
        }
        assert_eq!(got().await, 9, "{storage}");
    }
}

#[tokio::test]
async fn whether_a_mail_was_sent_is_not_told() {
    let app = start("memory").await;
    let work = async |n, email| {
        let (response, statements) = app.count_statements(ask(&app, n, email)).await;
        (response.status.as_u16(), response.text, statements)
    };
    let first = work(0, "ann@example.com").await;
    assert_eq!(mails(&app, "ann@example.com", "reset").await, 1);
    for n in 1..10 {
        assert_eq!(work(n, "ann@example.com").await, first);
        assert_eq!(work(100 + n, "nobody@example.com").await, first);
    }
    assert_eq!(mails(&app, "ann@example.com", "reset").await, 5);
    assert_eq!(mails(&app, "nobody@example.com", "reset").await, 0);
}

#[tokio::test]
async fn whoever_asks_for_links_of_nobody_takes_no_mail_of_who_signs_up_later() {
    let app = start("memory").await;
    for n in 0..8 {
        ask(&app, n, "bob@example.com").await;
    }
    app.anonymous().from_address("192.0.2.2").sign_up("bob").await;
    assert_eq!(mails(&app, "bob@example.com", "welcome").await, 1);
}

#[tokio::test]
async fn a_notice_of_a_changed_password_comes_though_links_were_asked_for() {
    let app = start("memory").await;
    let ann = app.anonymous().from_address("192.0.2.1");
    let sign_in = json!({ "email": "ann@example.com", "password": PASSWORD });
    ann.post("/api/auth/sign-in/email", sign_in).await;
    for n in 0..8 {
        ask(&app, n, "ann@example.com").await;
    }
    let change = json!({ "currentPassword": PASSWORD, "newPassword": "another horse battery" });
    let changed = ann.post("/api/auth/change-password", change).await;
    assert_eq!(changed.json()["token"], Value::Null, "{}", changed.text);
    assert_eq!(mails(&app, "ann@example.com", "password-changed").await, 1);
}

#[tokio::test]
async fn whoever_asks_for_links_to_reset_suppresses_no_mail_of_another_kind() {
    let app = start("memory").await;
    for n in 0..8 {
        ask(&app, n, "ann@example.com").await;
    }
    let client = app.anonymous().from_address("192.0.2.9");
    let email = json!({ "email": "ann@example.com" });
    client.post("/api/auth/send-verification-email", email).await;
    assert_eq!(mails(&app, "ann@example.com", "verification").await, 1);
}

#[tokio::test]
async fn people_are_counted_apart_and_without_their_addresses() {
    let app = start("database").await;
    app.anonymous().from_address("192.0.2.2").sign_up("bob").await;
    for n in 0..6 {
        ask(&app, n, "ann@example.com").await;
    }
    ask(&app, 50, "bob@example.com").await;
    assert_eq!(mails(&app, "ann@example.com", "reset").await, 5);
    assert_eq!(mails(&app, "bob@example.com", "reset").await, 1);
    let keys = app.database.first_column(r#"select "key" from "rateLimit""#).await;
    assert!(keys.iter().all(|key| !key.contains("ann") && !key.contains("bob")), "{keys:?}");
}

#[tokio::test]
async fn switched_off_mails_are_not_counted() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    for n in 0..8 {
        ask(&app, n, "ann@example.com").await;
    }
    assert_eq!(mails(&app, "ann@example.com", "reset").await, 8);
}
