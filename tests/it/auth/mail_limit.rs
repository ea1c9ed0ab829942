//! The limit of mails per recipient.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::it::support::{PASSWORD, Response, TestApp};

/// Starts an application with limits in this storage, and with the user Ann.
async fn start(storage: &str) -> TestApp {
    let flags = ["--auth-rate-limit", "true", "--auth-rate-limit-storage", storage];
    let app = TestApp::start_with(&flags).await;
    app.anonymous().at_address("192.0.2.1").sign_up("ann").await;
    // The welcome mail does not count any more.
    app.clock.advance(TimeDelta::hours(2));
    app
}

/// Returns the number of mails of one kind to an address.
async fn count_mails(app: &TestApp, to: &str, kind: &str) -> usize {
    let count_mails = app.app.mailer.messages(1_000).await.unwrap();
    count_mails.iter().filter(|mail| mail.to == to && mail.kind == kind).count()
}

/// Requests a reset link from the `n`-th client address.
async fn request_reset(app: &TestApp, n: usize, email: &str) -> Response {
    let client = app.anonymous().at_address(&format!("203.0.113.{n}"));
    client.post("/api/auth/request-password-reset", json!({ "email": email })).await
}

#[tokio::test]
async fn a_recipient_gets_five_mails_and_then_one_per_twenty_minutes() {
    for storage in ["memory", "database"] {
        let app = start(storage).await;
        let count = async || count_mails(&app, "ann@example.com", "reset").await;
        for n in 0..8 {
            assert_eq!(request_reset(&app, n, "ann@example.com").await.status.as_u16(), 200);
        }
        assert_eq!(count().await, 5, "{storage}");
        app.clock.advance(TimeDelta::minutes(20) - TimeDelta::milliseconds(1));
        request_reset(&app, 10, "ann@example.com").await;
        assert_eq!(count().await, 5, "{storage}");
        app.clock.advance(TimeDelta::milliseconds(1));
        for n in 20..23 {
            request_reset(&app, n, "Ann@Example.com").await;
        }
        assert_eq!(count().await, 6, "{storage}");
        app.clock.advance(TimeDelta::hours(1));
        for n in 30..39 {
            request_reset(&app, n, "ann@example.com").await;
        }
        assert_eq!(count().await, 9, "{storage}");
    }
}

#[tokio::test]
async fn the_response_does_not_reveal_whether_a_mail_was_sent() {
    let app = start("memory").await;
    let request = async |n, email| {
        let (response, statements) = app.count_statements(request_reset(&app, n, email)).await;
        (response.status.as_u16(), response.text, statements)
    };
    let first = request(0, "ann@example.com").await;
    assert_eq!(count_mails(&app, "ann@example.com", "reset").await, 1);
    for n in 1..10 {
        assert_eq!(request(n, "ann@example.com").await, first);
        assert_eq!(request(100 + n, "nobody@example.com").await, first);
    }
    assert_eq!(count_mails(&app, "ann@example.com", "reset").await, 5);
    assert_eq!(count_mails(&app, "nobody@example.com", "reset").await, 0);
}

#[tokio::test]
async fn requests_for_unknown_addresses_do_not_count_for_a_later_user() {
    let app = start("memory").await;
    for n in 0..8 {
        request_reset(&app, n, "bob@example.com").await;
    }
    app.anonymous().at_address("192.0.2.2").sign_up("bob").await;
    assert_eq!(count_mails(&app, "bob@example.com", "welcome").await, 1);
}

#[tokio::test]
async fn reset_requests_do_not_suppress_the_password_notice() {
    let app = start("memory").await;
    let ann = app.anonymous().at_address("192.0.2.1");
    let sign_in = json!({ "email": "ann@example.com", "password": PASSWORD });
    ann.post("/api/auth/sign-in/email", sign_in).await;
    for n in 0..8 {
        request_reset(&app, n, "ann@example.com").await;
    }
    let change = json!({ "currentPassword": PASSWORD, "newPassword": "another horse battery" });
    let changed = ann.post("/api/auth/change-password", change).await;
    assert_eq!(changed.json()["token"], Value::Null, "{}", changed.text);
    assert_eq!(count_mails(&app, "ann@example.com", "password-changed").await, 1);
}

#[tokio::test]
async fn reset_requests_do_not_suppress_mails_of_other_kinds() {
    let app = start("memory").await;
    for n in 0..8 {
        request_reset(&app, n, "ann@example.com").await;
    }
    let client = app.anonymous().at_address("192.0.2.9");
    let email = json!({ "email": "ann@example.com" });
    client.post("/api/auth/send-verification-email", email).await;
    assert_eq!(count_mails(&app, "ann@example.com", "verification").await, 1);
}

#[tokio::test]
async fn recipients_are_counted_separately_without_storing_addresses() {
    let app = start("database").await;
    app.anonymous().at_address("192.0.2.2").sign_up("bob").await;
    for n in 0..6 {
        request_reset(&app, n, "ann@example.com").await;
    }
    request_reset(&app, 50, "bob@example.com").await;
    assert_eq!(count_mails(&app, "ann@example.com", "reset").await, 5);
    assert_eq!(count_mails(&app, "bob@example.com", "reset").await, 1);
    let keys = app.database.first_column(r#"select "key" from "rateLimit""#).await;
    assert!(keys.iter().all(|key| !key.contains("ann") && !key.contains("bob")), "{keys:?}");
}

#[tokio::test]
async fn mails_are_unlimited_when_the_rate_limit_is_off() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    for n in 0..8 {
        request_reset(&app, n, "ann@example.com").await;
    }
    assert_eq!(count_mails(&app, "ann@example.com", "reset").await, 8);
}
