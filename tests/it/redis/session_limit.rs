//! The limit of sessions per user, and scripts over all sessions of a user.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{
    Shared,
    sessions::{session, sign_in},
};
use crate::it::support::{Client, PASSWORD};

/// Returns the number of scripts that Redis ran since its start.
fn scripts(shared: &Shared) -> u64 {
    let info: String = shared.redis.run_command("INFO", &["commandstats"]);
    let line = info.lines().find(|line| line.starts_with("cmdstat_eval:")).unwrap_or_default();
    line.split(['=', ',']).nth(1).map_or(0, |calls| calls.parse().unwrap())
}

#[tokio::test]
async fn one_script_updates_the_user_in_all_sessions() {
    let Some(shared) = Shared::start().await else { return };
    let ann = shared.app.signed_in("ann").await;
    let mut ran = Vec::new();
    for name in ["Ann Lee", "Ann Poe"] {
        let before = scripts(&shared);
        ann.post("/api/auth/update-user", json!({ "name": name })).await;
        ran.push(scripts(&shared) - before);
        for _ in 0..5 {
            sign_in(&shared.app.anonymous(), "ann").await;
        }
    }
    assert_eq!(ran[0], ran[1]);
    ann.post("/api/auth/update-user", json!({ "name": "Ann Fox" })).await;
    let sessions = ann.get("/api/auth/list-sessions").await.json();
    for session in sessions.as_array().unwrap() {
        let token = session["token"].as_str().unwrap();
        assert_eq!(shared.redis.json(token)["user"]["name"], "Ann Fox");
    }
}

#[tokio::test]
async fn a_session_over_the_limit_ends_the_one_that_expires_first() {
    let Some(shared) = Shared::start_with(&["--auth-max-sessions", "3"]).await else { return };
    let another = shared.open_another().await;
    let ann = shared.app.signed_in("ann").await;
    let mut tokens = Vec::new();
    for number in 0..4 {
        shared.app.clock.advance(TimeDelta::seconds(1));
        let router = if number % 2 == 0 { shared.app.app.router() } else { another.router() };
        tokens.push(sign_in(&Client::new(router), "ann").await);
    }
    assert_eq!(session(&ann).await, Value::Null);
    assert_eq!(shared.redis.text(&tokens[0]), None);
    assert!(tokens[1..].iter().all(|token| shared.redis.text(token).is_some()));
    let mut keys = shared.redis.keys("");
    keys.retain(|key| key.len() == 32);
    assert_eq!(keys.len(), 3);

    // The newest session stays, though it expires first.
    let client = shared.app.anonymous();
    let body = json!({ "email": "ann@example.com", "password": PASSWORD, "rememberMe": false });
    client.post("/api/auth/sign-in/email", body).await;
    assert_ne!(session(&client).await, Value::Null);
    assert_eq!(client.get("/api/auth/list-sessions").await.json().as_array().unwrap().len(), 3);
}

/// Stores a list of this many sessions as Node servers do, and only some of the sessions.
fn store_list(shared: &Shared, id: &str, count: i64) -> Vec<String> {
    // Expiries from 2026-11-21, in ascending order.
    let entry = |n| json!({ "token": format!("{n:032}"), "expiresAt": 1_795_262_400_000 + n });
    let list: Value = (0..count).map(entry).collect();
    let _: () = shared
        .redis
        .run_command("SET", &[&format!("better-auth:active-sessions-{id}"), &list.to_string()]);
    let tokens: Vec<_> = (0..count).step_by(997).map(|n| format!("{n:032}")).collect();
    for token in &tokens {
        let session = json!({ "session": { "token": token, "userId": id } }).to_string();
        let _: () = shared.redis.run_command("SET", &[&format!("better-auth:{token}"), &session]);
    }
    tokens
}

#[tokio::test]
async fn a_too_long_list_of_another_server_is_cut_at_the_next_change() {
    let Some(shared) = Shared::start().await else { return };
    let ann = shared.app.signed_in("ann").await;
    let id = ann.user_id().await;
    let tokens = store_list(&shared, &id, 20_000);

    let latest = shared.app.anonymous();
    let token = sign_in(&latest, "ann").await;

    let list = shared.redis.json(&format!("active-sessions-{id}"));
    let list = list.as_array().unwrap();
    assert_eq!(list.len(), 100);
    assert_eq!(
        (&list[98]["token"], &list[99]["token"]),
        (&json!(format!("{:032}", 19_999)), &json!(token))
    );
    let is_listed = |token: &String| list.iter().any(|entry| entry["token"] == **token);
    for token in &tokens {
        assert_eq!(shared.redis.text(token).is_some(), is_listed(token), "{token}");
    }
    assert!(shared.redis.keys("bookplate:long-list").is_empty());

    // Revoking all sessions ends any number of them.
    let tokens = store_list(&shared, &id, 20_000);
    latest.post("/api/auth/revoke-sessions", json!({})).await;
    assert!(tokens.iter().all(|token| shared.redis.text(token).is_none()));
}

#[tokio::test]
async fn an_invalid_list_is_replaced() {
    let Some(shared) = Shared::start().await else { return };
    let ann = shared.app.signed_in("ann").await;
    let key = format!("better-auth:active-sessions-{}", ann.user_id().await);
    for text in ["x".repeat(300_000), format!("[{{{}", "\"".repeat(200_000)), "null".to_owned()] {
        let _: () = shared.redis.run_command("SET", &[&key, &text]);
        let client = shared.app.anonymous();
        sign_in(&client, "ann").await;
        assert_eq!(client.get("/api/auth/list-sessions").await.json().as_array().unwrap().len(), 1);
    }
}
