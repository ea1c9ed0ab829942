//! Expiry and aggregation of stored rows.

use chrono::TimeDelta;
use serde_json::json;

use super::session_limit::insert_sessions;
use crate::it::support::{PASSWORD, TestApp};

const EMAIL: &str = "ann@example.com";

/// Returns the number of rows of a table.
async fn count(app: &TestApp, table: &str) -> usize {
    app.database.first_column(&format!(r#"select "id" from "{table}""#)).await.len()
}

/// Returns action, outcome and count of refused requests, the latest last.
async fn refused(app: &TestApp) -> Vec<String> {
    let sql = r#"select "action" || ' ' || coalesce("subject", '-') || ' ' || "count" from "auditEvent"
        where "outcome" <> 'done' order by "at", "count""#;
    app.database.first_column(sql).await
}

#[tokio::test]
async fn expired_rows_are_removed_after_their_retention() {
    let flags = ["--auth-rate-limit", "true", "--auth-rate-limit-storage", "database"];
    let app = TestApp::start_with(&flags).await;
    let ann = app.signed_in("ann").await;
    ann.post_auth_strings("request-password-reset", &[("email", EMAIL)]).await.expect_ok();
    let mut remaining = Vec::new();
    for wait in [
        TimeDelta::minutes(61),
        TimeDelta::days(2),
        TimeDelta::days(6),
        TimeDelta::days(356),
        TimeDelta::days(2),
    ] {
        app.clock.advance(wait);
        assert!(app.app.sweep().await.unwrap() > 0, "{wait}");
        assert_eq!(app.app.sweep().await.unwrap(), 0, "{wait}");
        let mut rows = Vec::new();
        for table in ["rateLimit", "verification", "session", "mail", "auditEvent"] {
            rows.push(count(&app, table).await > 0);
        }
        remaining.push(rows);
    }
    // Counters of mails expire 20 minutes later.
    let expected = [
        [true; 5],
        [false, false, true, true, true],
        [false, false, false, true, true],
        [false, false, false, false, true],
        [false; 5],
    ];
    assert_eq!(remaining, expected);
}

#[tokio::test]
async fn many_expired_rows_are_removed_in_batches() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    insert_sessions(&app, &ann.user_id().await, 1_200, "2026-11-01T00:00:00.000Z").await;
    let other = app.restart_with(&[]).await;

    let (swept, statements) = app.count_statements(app.app.sweep()).await;
    assert_eq!(swept.unwrap(), 1_200);
    assert_eq!(
        statements, 10,
        "one statement per 500 rows, one for device codes, and one for mails of a wrong clock"
    );
    assert_eq!(count(&app, "session").await, 1);

    insert_sessions(&app, &ann.user_id().await, 1_200, "2026-11-01T00:00:00.000Z").await;
    let (here, there) = tokio::join!(app.app.sweep(), other.app.sweep());
    assert!(here.unwrap() + there.unwrap() <= 1_200);
    app.app.sweep().await.unwrap();
    assert!(ann.is_signed_in().await);
    assert_eq!(count(&app, "session").await, 1);
}

#[tokio::test]
async fn refused_sign_ins_of_one_hour_share_an_event() {
    let app = TestApp::start().await;
    let ann = app.anonymous().at_address("192.0.2.1");
    ann.sign_up("ann").await;
    let id = ann.user_id().await;
    let try_at = async |address: &str, email: &str| {
        app.clock.advance(TimeDelta::seconds(1));
        let client = app.anonymous().at_address(address);
        client
            .sign_in(email, "wrong horse battery")
            .await
            .assert_error(401, "INVALID_EMAIL_OR_PASSWORD");
    };
    for n in 0..5 {
        try_at(&format!("2001:db8:1:{n}::7"), EMAIL).await;
        try_at("192.0.2.7", EMAIL).await;
        try_at("192.0.2.7", &format!("nobody-{n}@example.com")).await;
    }
    let one = |subject: &str, count| format!("sign-in {subject} {count}");
    assert_eq!(refused(&app).await, [one(&id, 5), one(&id, 5), one("-", 5)]);
    app.clock.advance(TimeDelta::hours(1));
    try_at("192.0.2.7", EMAIL).await;
    assert_eq!(refused(&app).await, [one(&id, 5), one(&id, 5), one("-", 5), one(&id, 1)]);

    // Each successful action is an event of its own.
    for _ in 0..3 {
        ann.sign_in(EMAIL, PASSWORD).await.expect_ok();
    }
    app.database.execute(r#"update "user" set "role" = 'admin_ro'"#).await;
    let events = ann.get("/api/protected/audit-events").await.json();
    let of = |action: &str, outcome: &str| -> Vec<_> {
        let events = events.as_array().unwrap().iter();
        let events =
            events.filter(|event| event["action"] == action && event["outcome"] == outcome);
        events.map(|event| event["count"].clone()).collect()
    };
    assert_eq!(of("sign-in", "INVALID_EMAIL_OR_PASSWORD"), [1, 5, 5, 5].map(|count| json!(count)));
    assert_eq!(of("sign-in", "done"), [1; 4].map(|count| json!(count)));
}

#[tokio::test]
async fn repeated_requests_without_effect_do_not_grow_the_tables() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let before = count(&app, "auditEvent").await;
    for n in 0..20 {
        let email = format!("nobody-{n}@example.com");
        app.anonymous()
            .post_auth_strings("request-password-reset", &[("email", &email)])
            .await
            .expect_ok();
        ann.post_auth_strings("revoke-session", &[("token", "x")]).await.expect_ok();
    }
    assert_eq!(count(&app, "auditEvent").await - before, 2);
}
