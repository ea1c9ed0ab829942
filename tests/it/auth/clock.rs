//! A system clock that moves backwards: no limit lasts longer, and no expired session becomes valid
//! again.

use axum::http::{HeaderMap, header::COOKIE};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::it::support::{Client, PASSWORD, TestApp};

const EMAIL: &str = "ann@example.com";
const SIGN_IN: &str = "/api/auth/sign-in/email";
/// The flags that [`assert_limits`] needs.
pub(in crate::it) const LIMITED: [&str; 6] = [
    "--auth-rate-limit",
    "true",
    "--graphql-rate-limit",
    "true",
    "--graphql-rate-limit-cost",
    "500",
];

/// Returns the status of a short GraphQL query.
async fn query_status(client: &Client) -> u16 {
    client.query("{ __typename }").await.status.as_u16()
}

/// Checks limits of an application with [`LIMITED`] after the clock moved back by an hour. Windows
/// may expire by another clock.
pub(in crate::it) async fn assert_limits(app: &TestApp) {
    let hour = TimeDelta::hours(1);
    let client_at = |n: u8| app.anonymous().at_address(&format!("192.0.2.{n}"));
    let (occasional, frequent) = (client_at(1), client_at(2));
    occasional.sign_up("ann").await;
    app.clock.advance(TimeDelta::hours(2));
    // A request without a session counts for the address.
    occasional.cookies().clear();
    assert_eq!(query_status(&occasional).await, 200);
    assert_eq!(occasional.post(SIGN_IN, json!({})).await.status.as_u16(), 400);
    while query_status(&frequent).await != 429 {}
    let count_mails = async |n: u8| {
        let body = json!({ "email": EMAIL });
        client_at(n).post("/api/auth/request-password-reset", body).await.expect_ok();
        app.mails("reset", EMAIL).await.len()
    };
    for n in 10..17 {
        count_mails(n).await;
    }
    assert_eq!(count_mails(17).await, 5);

    app.clock.advance(-hour);
    assert_eq!(query_status(&occasional).await, 200);
    assert_eq!(occasional.post(SIGN_IN, json!({})).await.status.as_u16(), 400);
    // The bucket holds one request and refills with time.
    assert_eq!(query_status(&frequent).await, 200);
    assert_eq!(query_status(&frequent).await, 429);
    app.clock.advance(TimeDelta::minutes(1));
    assert_eq!(query_status(&frequent).await, 200);
    assert_eq!((count_mails(20).await, count_mails(21).await), (6, 6));
    app.clock.advance(TimeDelta::minutes(20));
    assert_eq!((count_mails(22).await, count_mails(23).await), (7, 7));
}

/// Checks sessions of an application whose clock moves.
pub(in crate::it) async fn assert_sessions(app: &TestApp) {
    let ann = app.signed_in("ann").await;
    assert_expired_sessions_stay_ended(app, &ann).await;

    // A session from the future has an unknown age.
    let body = json!({ "email": EMAIL, "password": PASSWORD });
    ann.post(SIGN_IN, body.clone()).await.expect_ok();
    ann.get_auth("list-sessions").await.expect_ok();
    app.clock.advance(TimeDelta::hours(-1));
    ann.get_auth("list-sessions").await.assert_error(403, "SESSION_NOT_FRESH");
    ann.post(SIGN_IN, body.clone()).await.expect_ok();
    ann.get_auth("list-sessions").await.expect_ok();

    // A session created in the future expires no later than others.
    app.clock.advance(TimeDelta::days(365));
    let later = app.anonymous();
    later.post(SIGN_IN, body).await.expect_ok();
    app.clock.advance(TimeDelta::days(-365));
    assert!(later.is_signed_in().await);
    let expires_at: DateTime<Utc> =
        later.session().await["session"]["expiresAt"].as_str().unwrap().parse().unwrap();
    assert_eq!(expires_at, app.clock.now() + TimeDelta::days(7));
    app.clock.advance(TimeDelta::days(8));
    assert!(!later.is_signed_in().await);
}

/// Checks that expired sessions stay ended, for requests and for open connections.
async fn assert_expired_sessions_stay_ended(app: &TestApp, ann: &Client) {
    let week = TimeDelta::days(8);
    let other = app.anonymous();
    other.sign_in(EMAIL, PASSWORD).await.expect_ok();
    let mut headers = HeaderMap::new();
    let cookies: Vec<_> =
        other.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
    headers.insert(COOKIE, cookies.join("; ").parse().unwrap());
    let (_, key) = app.app.auth.recognize(&headers).await.unwrap().unwrap();
    let keys = [key];
    let signed_in = async || app.app.auth.still_signed_in(&keys).await.unwrap().len();
    let copy = ann.duplicate();
    assert_eq!((copy.is_signed_in().await, signed_in().await), (true, 1));

    app.clock.advance(week);
    assert_eq!((ann.session().await, signed_in().await), (Value::Null, 0));
    app.clock.advance(-week);
    assert_eq!((copy.is_signed_in().await, signed_in().await), (false, 0));
    assert!(!other.is_signed_in().await);
}

#[tokio::test]
async fn a_clock_moved_back_extends_no_limit() {
    for storage in ["memory", "database"] {
        let flags = [&LIMITED[..], &["--auth-rate-limit-storage", storage]].concat();
        assert_limits(&TestApp::start_with(&flags).await).await;
    }
}

#[tokio::test]
async fn a_full_window_ends_after_its_length_when_the_clock_moves_back() {
    for storage in ["memory", "database"] {
        let flags = [&LIMITED[..], &["--auth-rate-limit-storage", storage]].concat();
        let app = TestApp::start_with(&flags).await;
        let ann = app.anonymous().at_address("192.0.2.1");
        let query_status = async || ann.post(SIGN_IN, json!({})).await.status.as_u16();
        while query_status().await != 429 {}
        app.clock.advance(TimeDelta::hours(-1));
        assert_eq!(query_status().await, 429, "{storage}");
        app.clock.advance(TimeDelta::seconds(5));
        assert_eq!(query_status().await, 429, "{storage}");
        app.clock.advance(TimeDelta::seconds(5));
        assert_eq!(query_status().await, 400, "{storage}");
    }
}

#[tokio::test]
async fn expired_sessions_stay_ended_when_the_clock_moves_back() {
    assert_sessions(&TestApp::start().await).await;
}

#[tokio::test]
async fn a_cached_session_ends_when_the_clock_moves_back() {
    let app = TestApp::start_with(&["--auth-cookie-cache", "compact"]).await;
    let ann = app.signed_in("ann").await;
    let copy = ann.duplicate();
    ann.post_auth("sign-out", json!({})).await.expect_ok();
    assert_ne!(copy.duplicate().session().await, Value::Null);
    app.clock.advance(TimeDelta::hours(-1));
    assert_eq!(copy.session().await, Value::Null);
}
