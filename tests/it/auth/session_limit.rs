//! How many sessions one user has.

use chrono::TimeDelta;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::it::support::{Backend, Client, PASSWORD, TestApp, without_unavailable};

const EMAIL: &str = "ann@example.com";

async fn sign_in(app: &TestApp) -> Client {
    app.clock.advance(TimeDelta::seconds(1));
    let client = app.anonymous();
    client.sign_in(EMAIL, PASSWORD).await.expect_ok();
    client
}

async fn listed(client: &Client) -> usize {
    client.get_auth("list-sessions").await.expect_ok().as_array().unwrap().len()
}

#[tokio::test]
async fn at_one_too_many_the_session_that_would_end_first_ends() {
    let app = TestApp::start_with(&["--auth-max-sessions", "3"]).await;
    let first = app.signed_in("ann").await;
    let bob = app.signed_in("bob").await;
    let others = [sign_in(&app).await, sign_in(&app).await];
    assert_eq!(listed(&first).await, 3);

    let latest = sign_in(&app).await;

    assert_eq!(first.session().await, Value::Null);
    assert!(!first.is_signed_in().await && bob.is_signed_in().await);
    for client in [&others[0], &others[1], &latest] {
        assert!(client.is_signed_in().await);
    }
    assert_eq!(listed(&latest).await, 3);
    // One that is used goes on.
    app.clock.advance(TimeDelta::days(2));
    assert!(others[0].is_signed_in().await);
    sign_in(&app).await;
    assert!(others[0].is_signed_in().await && !others[1].is_signed_in().await);
}

#[tokio::test]
async fn a_session_that_shall_not_be_remembered_does_not_end_as_it_begins() {
    let app = TestApp::start_with(&["--auth-max-sessions", "1"]).await;
    let first = app.signed_in("ann").await;
    let client = app.anonymous();
    let body = serde_json::json!({ "email": EMAIL, "password": PASSWORD, "rememberMe": false });
    client.post_auth("sign-in/email", body).await.expect_ok();
    assert!(client.is_signed_in().await && !first.is_signed_in().await);
}

#[tokio::test]
async fn sign_ins_at_once_leave_no_more_than_there_may_be() {
    let app = TestApp::start_with(&["--auth-max-sessions", "4"]).await;
    app.signed_in("ann").await;
    let mut tries = JoinSet::new();
    for _ in 0..12 {
        let client = app.anonymous();
        tries.spawn(async move { client.sign_in(EMAIL, PASSWORD).await.status_and_code() });
    }
    let ends = without_unavailable(tries.join_all().await);
    assert!(ends.iter().all(|(status, _)| *status == 200), "{ends:?}");
    let sessions = app.database.first_column(r#"select "id" from "session""#).await;
    assert_eq!(sessions.len(), 4.min(ends.len() + 1));
}

/// Sessions of a user that a Node server made, which has no limit.
pub(super) async fn foreign_sessions(app: &TestApp, user: &str, many: u32, ends: &str) {
    let numbers = match Backend::current() {
        Backend::Sqlite => format!(
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < {many}) \
             select i from n"
        ),
        Backend::Postgres => format!("select i from generate_series(1, {many}) i"),
    };
    let insert = format!(
        r#"insert into "session" ("id", "token", "userId", "expiresAt", "createdAt", "updatedAt")
        select 'foreign' || i, 'foreign' || i, '{user}', '{ends}', '{ends}', '{ends}' from ({numbers}) as numbers"#
    );
    app.database.execute(&insert).await;
}

#[tokio::test]
async fn what_another_server_made_is_too_much_is_cut_at_the_next_sign_in() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    foreign_sessions(&app, &ann.user_id().await, 700, "2026-11-26T00:00:00.000Z").await;
    assert_eq!(listed(&ann).await, 100);
    let latest = sign_in(&app).await;
    let sessions = app.database.first_column(r#"select "id" from "session""#).await;
    assert_eq!((sessions.len(), listed(&latest).await), (100, 100));
    assert!(ann.is_signed_in().await && latest.is_signed_in().await);
}
