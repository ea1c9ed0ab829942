//! The limit of sessions per user.

use chrono::TimeDelta;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::it::support::{Backend, Client, PASSWORD, TestApp, without_unavailable};

const EMAIL: &str = "ann@example.com";

/// Signs in a second later, and returns the client.
async fn sign_in(app: &TestApp) -> Client {
    app.clock.advance(TimeDelta::seconds(1));
    let client = app.anonymous();
    client.sign_in(EMAIL, PASSWORD).await.expect_ok();
    client
}

/// Returns the number of listed sessions.
async fn count_sessions(client: &Client) -> usize {
    client.get_auth("list-sessions").await.expect_ok().as_array().unwrap().len()
}

#[tokio::test]
async fn a_session_over_the_limit_ends_the_one_that_expires_first() {
    let app = TestApp::start_with(&["--auth-max-sessions", "3"]).await;
    let first = app.signed_in("ann").await;
    let bob = app.signed_in("bob").await;
    let others = [sign_in(&app).await, sign_in(&app).await];
    assert_eq!(count_sessions(&first).await, 3);

    let latest = sign_in(&app).await;

    assert_eq!(first.session().await, Value::Null);
    assert!(!first.is_signed_in().await && bob.is_signed_in().await);
    for client in [&others[0], &others[1], &latest] {
        assert!(client.is_signed_in().await);
    }
    assert_eq!(count_sessions(&latest).await, 3);
    // A used session is extended and remains.
    app.clock.advance(TimeDelta::days(2));
    assert!(others[0].is_signed_in().await);
    sign_in(&app).await;
    assert!(others[0].is_signed_in().await && !others[1].is_signed_in().await);
}

#[tokio::test]
async fn a_short_session_over_the_limit_does_not_end_itself() {
    let app = TestApp::start_with(&["--auth-max-sessions", "1"]).await;
    let first = app.signed_in("ann").await;
    let client = app.anonymous();
    let body = serde_json::json!({ "email": EMAIL, "password": PASSWORD, "rememberMe": false });
    client.post_auth("sign-in/email", body).await.expect_ok();
    assert!(client.is_signed_in().await && !first.is_signed_in().await);
}

#[tokio::test]
async fn concurrent_sign_ins_do_not_exceed_the_limit() {
    let app = TestApp::start_with(&["--auth-max-sessions", "4"]).await;
    app.signed_in("ann").await;
    let mut requests = JoinSet::new();
    for _ in 0..12 {
        let client = app.anonymous();
        requests.spawn(async move { client.sign_in(EMAIL, PASSWORD).await.status_and_code() });
    }
    let outcomes = without_unavailable(requests.join_all().await);
    assert!(outcomes.iter().all(|(status, _)| *status == 200), "{outcomes:?}");
    let sessions = app.database.first_column(r#"select "id" from "session""#).await;
    assert_eq!(sessions.len(), 4.min(outcomes.len() + 1));
}

/// Inserts sessions that a better-auth server without a limit created.
pub(super) async fn insert_sessions(app: &TestApp, user: &str, count: u32, outcomes: &str) {
    let numbers = match Backend::current() {
        Backend::Sqlite => format!(
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < {count}) \
             select i from n"
        ),
        Backend::Postgres => format!("select i from generate_series(1, {count}) i"),
    };
    let insert = format!(
        r#"insert into "session" ("id", "token", "userId", "expiresAt", "createdAt", "updatedAt")
        select 'foreign' || i, 'foreign' || i, '{user}', '{outcomes}', '{outcomes}', '{outcomes}' from ({numbers}) as numbers"#
    );
    app.database.execute(&insert).await;
}

#[tokio::test]
async fn excess_sessions_of_another_server_end_at_the_next_sign_in() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    insert_sessions(&app, &ann.user_id().await, 700, "2026-11-26T00:00:00.000Z").await;
    assert_eq!(count_sessions(&ann).await, 100);
    let latest = sign_in(&app).await;
    let sessions = app.database.first_column(r#"select "id" from "session""#).await;
    assert_eq!((sessions.len(), count_sessions(&latest).await), (100, 100));
    assert!(ann.is_signed_in().await && latest.is_signed_in().await);
}
