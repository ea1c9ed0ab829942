//! A clock that goes back, or forward and back: nobody waits until it is again where it was,
//! and nothing that has ended begins again.

use axum::http::{HeaderMap, header::COOKIE};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::it::support::{Client, PASSWORD, TestApp};

const EMAIL: &str = "ann@example.com";
const SIGN_IN: &str = "/api/auth/sign-in/email";
/// What [`limits`] needs.
pub(in crate::it) const LIMITED: [&str; 6] = [
    "--auth-rate-limit",
    "true",
    "--graphql-rate-limit",
    "true",
    "--graphql-rate-limit-cost",
    "500",
];

async fn ask(client: &Client) -> u16 {
    client.query("{ __typename }").await.status.as_u16()
}

/// Limits of an app with [`LIMITED`]; its windows may end by another clock.
pub(in crate::it) async fn limits(app: &TestApp) {
    let hour = TimeDelta::hours(1);
    let someone = |n: u8| app.anonymous().from_address(&format!("192.0.2.{n}"));
    let (once, often) = (someone(1), someone(2));
    once.sign_up("ann").await;
    app.clock.advance(TimeDelta::hours(2));
    // Not signed in, so that the address is counted.
    once.cookies().clear();
    assert_eq!(ask(&once).await, 200);
    assert_eq!(once.post(SIGN_IN, json!({})).await.status.as_u16(), 400);
    while ask(&often).await != 429 {}
    let mailed = async |n: u8| {
        let body = json!({ "email": EMAIL });
        someone(n).post("/api/auth/request-password-reset", body).await.expect_ok();
        app.mails("reset", EMAIL).await.len()
    };
    for n in 10..17 {
        mailed(n).await;
    }
    assert_eq!(mailed(17).await, 5);

    app.clock.advance(-hour);
    assert_eq!(ask(&once).await, 200);
    assert_eq!(once.post(SIGN_IN, json!({})).await.status.as_u16(), 400);
    // One more, and then as many as the time gives back.
    assert_eq!(ask(&often).await, 200);
    assert_eq!(ask(&often).await, 429);
    app.clock.advance(TimeDelta::minutes(1));
    assert_eq!(ask(&often).await, 200);
    assert_eq!((mailed(20).await, mailed(21).await), (6, 6));
    app.clock.advance(TimeDelta::minutes(20));
    assert_eq!((mailed(22).await, mailed(23).await), (7, 7));
}

/// Sessions of an app.
pub(in crate::it) async fn sessions(app: &TestApp) {
    let ann = app.signed_in("ann").await;
    expired_ones_stay_ended(app, &ann).await;

    // When a session began that lies in the future, nobody knows.
    let body = json!({ "email": EMAIL, "password": PASSWORD });
    ann.post(SIGN_IN, body.clone()).await.expect_ok();
    ann.get_auth("list-sessions").await.expect_ok();
    app.clock.advance(TimeDelta::hours(-1));
    ann.get_auth("list-sessions").await.assert_error(403, "SESSION_NOT_FRESH");
    ann.post(SIGN_IN, body.clone()).await.expect_ok();
    ann.get_auth("list-sessions").await.expect_ok();

    // One that was made in the future lives no longer than others.
    app.clock.advance(TimeDelta::days(365));
    let later = app.anonymous();
    later.post(SIGN_IN, body).await.expect_ok();
    app.clock.advance(TimeDelta::days(-365));
    assert!(later.is_signed_in().await);
    let until: DateTime<Utc> =
        later.session().await["session"]["expiresAt"].as_str().unwrap().parse().unwrap();
    assert_eq!(until, app.clock.now() + TimeDelta::days(7));
    app.clock.advance(TimeDelta::days(8));
    assert!(!later.is_signed_in().await);
}

/// Whether the session is asked for by a request, or for connections that stay open.
async fn expired_ones_stay_ended(app: &TestApp, ann: &Client) {
    let week = TimeDelta::days(8);
    let other = app.anonymous();
    other.sign_in(EMAIL, PASSWORD).await.expect_ok();
    let mut headers = HeaderMap::new();
    let cookies: Vec<_> = other.cookies().iter().map(|(k, v)| format!("{k}={v}")).collect();
    headers.insert(COOKIE, cookies.join("; ").parse().unwrap());
    let (_, key) = app.app.auth.recognize(&headers).await.unwrap().unwrap();
    let keys = [key];
    let still = async || app.app.auth.still_signed_in(&keys).await.unwrap().len();
    let copy = ann.duplicate();
    assert_eq!((copy.is_signed_in().await, still().await), (true, 1));

    app.clock.advance(week);
    assert_eq!((ann.session().await, still().await), (Value::Null, 0));
    app.clock.advance(-week);
    assert_eq!((copy.is_signed_in().await, still().await), (false, 0));
    assert!(!other.is_signed_in().await);
}

#[tokio::test]
async fn a_clock_that_goes_back_lets_nobody_wait() {
    for storage in ["memory", "database"] {
        let flags = [&LIMITED[..], &["--auth-rate-limit-storage", storage]].concat();
        limits(&TestApp::start_with(&flags).await).await;
    }
}

#[tokio::test]
async fn a_full_window_ends_after_its_length_though_the_clock_went_back() {
    for storage in ["memory", "database"] {
        let flags = [&LIMITED[..], &["--auth-rate-limit-storage", storage]].concat();
        let app = TestApp::start_with(&flags).await;
        let ann = app.anonymous().from_address("192.0.2.1");
        let ask = async || ann.post(SIGN_IN, json!({})).await.status.as_u16();
        while ask().await != 429 {}
        app.clock.advance(TimeDelta::hours(-1));
        assert_eq!(ask().await, 429, "{storage}");
        app.clock.advance(TimeDelta::seconds(5));
        assert_eq!(ask().await, 429, "{storage}");
        app.clock.advance(TimeDelta::seconds(5));
        assert_eq!(ask().await, 400, "{storage}");
    }
}

#[tokio::test]
async fn no_session_begins_again_when_the_clock_goes_forward_and_back() {
    sessions(&TestApp::start().await).await;
}

#[tokio::test]
async fn a_cached_session_counts_no_longer_because_the_clock_went_back() {
    let app = TestApp::start_with(&["--auth-cookie-cache", "compact"]).await;
    let ann = app.signed_in("ann").await;
    let copy = ann.duplicate();
    ann.post_auth("sign-out", json!({})).await.expect_ok();
    assert_ne!(copy.duplicate().session().await, Value::Null);
    app.clock.advance(TimeDelta::hours(-1));
    assert_eq!(copy.session().await, Value::Null);
}
