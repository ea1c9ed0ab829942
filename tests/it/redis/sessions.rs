//! Sessions in Redis: better-auth's layout, shared by nodes, and ended at once.

use axum::{
    body::Body,
    http::{Request, StatusCode, header::AUTHORIZATION},
};
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{Shared, at_node, run_concurrently, token};
use crate::it::support::{Client, PASSWORD};

const WEEK: i64 = 604_800;

/// Returns the body of `get-session`.
pub(super) async fn session(client: &Client) -> Value {
    let response = client.get("/api/auth/get-session").await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.text);
    response.json()
}

/// Signs in as `name`, and returns the token.
pub(super) async fn sign_in(client: &Client, name: &str) -> String {
    let body = json!({ "email": format!("{name}@example.com"), "password": PASSWORD });
    let response = client.post("/api/auth/sign-in/email", body).await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.text);
    response.json()["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_session_is_in_redis_alone_in_better_auths_layout() {
    let Some(shared) = Shared::start().await else { return };
    let ann = shared.app.signed_in("ann").await;

    let count = "select cast(count(*) as text) from session";
    assert_eq!(shared.app.database.first_column(count).await, ["0"]);
    let (token, id) = (token(&ann).await, ann.user_id().await);
    let stored = shared.redis.json(&token);
    let session = stored["session"]["id"].as_str().unwrap();
    // Equal to the bytes that better-auth wrote on 2026-11-21, except ids and dates.
    assert_eq!(
        shared.redis.text(&token).unwrap(),
        format!(
            r#"{{"session":{{"id":"{session}","ipAddress":"","userAgent":"","expiresAt":"2026-11-27T12:00:00.000Z","userId":"{id}","token":"{token}","createdAt":"2026-11-20T12:00:00.000Z","updatedAt":"2026-11-20T12:00:00.000Z"}},"user":{{"name":"ann","email":"ann@example.com","emailVerified":false,"image":null,"createdAt":"2026-11-20T12:00:00.000Z","updatedAt":"2026-11-20T12:00:00.000Z","role":"user","id":"{id}"}}}}"#
        )
    );
    assert_eq!(
        shared.redis.text(&format!("active-sessions-{id}")).unwrap(),
        format!(r#"[{{"token":"{token}","expiresAt":1795780800000}}]"#)
    );
    for key in [token, format!("active-sessions-{id}")] {
        let seconds = shared.redis.seconds(&key);
        assert!((WEEK - 60..=WEEK).contains(&seconds), "{seconds}");
    }
}

#[tokio::test]
async fn nodes_share_sessions_and_their_ends() {
    let Some(shared) = Shared::start().await else { return };
    let another = shared.open_another().await;
    let ann = shared.app.signed_in("ann").await;
    let at_second_node = at_node(&another, &ann);
    assert_eq!(session(&at_second_node).await, session(&ann).await);
    assert_eq!(at_second_node.user_id().await, ann.user_id().await);

    ann.post("/api/auth/sign-out", json!({})).await;

    assert_eq!(session(&at_second_node).await, Value::Null);
    assert_eq!(at_second_node.query("{ me { id } }").await.data()["me"], Value::Null);
    assert_eq!(shared.redis.keys(""), Vec::<String>::new());
}

#[tokio::test]
async fn users_list_and_revoke_their_sessions() {
    let Some(shared) = Shared::start().await else { return };
    let another = shared.open_another().await;
    let ann = shared.app.signed_in("ann").await;
    let bob = shared.app.signed_in("bob").await;
    let others = [Client::new(another.router()), Client::new(another.router())];
    let first = sign_in(&others[0], "ann").await;
    sign_in(&others[1], "ann").await;
    let count = async || ann.get("/api/auth/list-sessions").await.json().as_array().unwrap().len();
    assert_eq!(count().await, 3);

    // Sessions of other users cannot be ended.
    bob.post("/api/auth/revoke-session", json!({ "token": first })).await;
    assert_eq!(count().await, 3);
    ann.post("/api/auth/revoke-session", json!({ "token": first })).await;
    assert_eq!(count().await, 2);
    assert_eq!(session(&others[0]).await, Value::Null);
    assert_ne!(session(&others[1]).await, Value::Null);

    ann.post("/api/auth/revoke-other-sessions", json!({})).await;
    assert_eq!(count().await, 1);
    assert_eq!(session(&others[1]).await, Value::Null);

    sign_in(&others[0], "ann").await;
    others[0].post("/api/auth/revoke-sessions", json!({})).await;
    assert_eq!(session(&ann).await, Value::Null);
    assert_ne!(session(&bob).await, Value::Null);
    assert_eq!(shared.redis.keys("active-sessions-"), [bob.user_id().await]);
}

#[tokio::test]
async fn sessions_begun_before_a_revocation_of_all_are_invalid() {
    let Some(shared) = Shared::start().await else { return };
    let ann = shared.app.signed_in("ann").await;
    let another = shared.app.anonymous();
    let second = sign_in(&another, "ann").await;
    let id = ann.user_id().await;
    let key = format!("better-auth:revoked-sessions-before-{id}");
    let now = shared.app.clock.now().timestamp_millis();

    // The format of better-auth on Node. A session begun in the same millisecond is valid.
    let _: () = shared.redis.run_command("SET", &[&key, &now.to_string()]);
    assert_ne!(session(&ann).await, Value::Null);
    assert_eq!(ann.get("/api/auth/list-sessions").await.json().as_array().unwrap().len(), 2);
    let _: () = shared.redis.run_command("SET", &[&key, &(now + 1000).to_string()]);
    assert_eq!(session(&ann).await, Value::Null);
    assert_eq!(another.query("{ me { id } }").await.data()["me"], Value::Null);
    assert!(!shared.redis.keys("").contains(&second), "{second}");

    // A node with a slow clock still signs in, and its revocations are complete.
    sign_in(&ann, "ann").await;
    assert_ne!(session(&ann).await, Value::Null);
    ann.post("/api/auth/revoke-sessions", json!({})).await;
    assert_eq!(
        shared.redis.text(&format!("revoked-sessions-before-{id}")).unwrap(),
        (now + 1000).to_string()
    );
    let third = shared.app.anonymous();
    let lost = sign_in(&third, "ann").await;
    let stored = shared.redis.text(&lost).unwrap();
    shared.app.clock.advance(TimeDelta::minutes(1));
    sign_in(&ann, "ann").await;
    ann.post("/api/auth/revoke-sessions", json!({})).await;

    // Node stored the key when all sessions were revoked.
    let _: () = shared.redis.run_command("SET", &[&format!("better-auth:{lost}"), &stored]);
    assert_eq!(session(&third).await, Value::Null);
    let seconds = shared.redis.seconds(&format!("revoked-sessions-before-{id}"));
    assert!((WEEK - 60..=WEEK).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn a_changed_role_applies_at_once_to_copies_in_redis() {
    let Some(shared) = Shared::start().await else { return };
    let ann = shared.app.with_role("ann", "admin_rw").await;
    let (token, url) = (token(&ann).await, shared.redis.url());
    assert_eq!(session(&ann).await["user"]["role"], "admin_rw");
    assert_eq!(shared.redis.json(&token)["user"]["role"], "user");

    // The command updates the copies in Redis.
    let change = ["user", "set-role", "ann@example.com", "admin_ro", "--redis-url", &url];
    shared.app.run_command(&change).await.unwrap();
    assert_eq!(session(&ann).await["user"]["role"], "admin_ro");
    assert_eq!(shared.redis.json(&token)["user"]["role"], "admin_ro");
}

#[tokio::test]
async fn a_changed_user_is_updated_in_copies_and_other_fields_stay() {
    let Some(shared) = Shared::start().await else { return };
    let ann = shared.app.signed_in("ann").await;
    let token = token(&ann).await;
    let mut stored = shared.redis.json(&token);
    stored["user"]["nickname"] = "Annie".into();
    stored["session"]["activeOrganizationId"] = "42".into();
    let key = format!("better-auth:{token}");
    let _: () = shared.redis.run_command("SET", &[&key, &stored.to_string(), "KEEPTTL"]);

    ann.post("/api/auth/update-user", json!({ "name": "Ann Lee" })).await;
    stored["user"]["name"] = "Ann Lee".into();
    assert_eq!(shared.redis.json(&token), stored);
    assert!(shared.redis.seconds(&token) > WEEK - 60);

    shared.app.clock.advance(TimeDelta::days(2));
    session(&ann).await;
    stored["session"]["expiresAt"] = "2026-11-29T12:00:00.000Z".into();
    stored["session"]["updatedAt"] = "2026-11-22T12:00:00.000Z".into();
    assert_eq!(shared.redis.text(&token).unwrap(), stored.to_string());
}

#[tokio::test]
async fn a_used_session_is_extended_with_its_entry_in_the_list() {
    let Some(shared) = Shared::start().await else { return };
    let ann = shared.app.signed_in("ann").await;
    let (token, id) = (token(&ann).await, ann.user_id().await);
    shared.app.clock.advance(TimeDelta::days(6));

    let response = ann.get("/api/auth/get-session").await;

    assert!(response.header("set-cookie").contains("Max-Age=604800"), "{:?}", response.headers);
    assert_eq!(response.json()["session"]["expiresAt"], "2026-12-03T12:00:00.000Z");
    assert_eq!(
        shared.redis.json(&format!("active-sessions-{id}")),
        json!([{ "token": token, "expiresAt": 1_796_299_200_000_i64 }])
    );
    assert!(shared.redis.seconds(&token) > WEEK - 60);
    // The session was ended meanwhile, and is not restored.
    shared.app.clock.advance(TimeDelta::days(6));
    let _: () = shared.redis.run_command("DEL", &[&format!("better-auth:{token}")]);
    assert_eq!(session(&ann).await, Value::Null);
    assert_eq!(shared.redis.text(&token), None);
}

#[tokio::test]
async fn an_expired_session_in_redis_is_invalid() {
    let Some(shared) = Shared::start().await else { return };
    let ann = shared.app.signed_in("ann").await;
    let token = token(&ann).await;
    shared.app.clock.advance(TimeDelta::days(8));
    assert!(shared.redis.text(&token).is_some());

    assert_eq!(session(&ann).await, Value::Null);
    assert_eq!(shared.redis.keys(""), Vec::<String>::new());
}

/// GHSA-2vg6-77g8-24mp
#[tokio::test]
async fn deleting_a_user_ends_the_sessions() {
    let Some(shared) = Shared::start().await else { return };
    let another = shared.open_another().await;
    let ann = shared.app.signed_in("ann").await;
    let at_second_node = Client::new(another.router());
    sign_in(&at_second_node, "ann").await;
    let (token, signed) = (token(&at_second_node).await, at_second_node.signed_session_token());
    let stored = shared.redis.text(&token).unwrap();

    ann.post("/api/auth/delete-user", json!({ "password": PASSWORD })).await;
    assert_eq!(session(&at_second_node).await, Value::Null);
    assert_eq!(shared.redis.text(&token), None);

    // A session written back by another server is invalid as well.
    let _: () = shared.redis.run_command("SET", &[&format!("better-auth:{token}"), &stored]);
    let at_second_node = Client::new(another.router());
    let request = Request::get("/api/auth/get-session")
        .header(AUTHORIZATION, format!("Bearer {signed}"))
        .body(Body::empty());
    assert_eq!(at_second_node.send(request.unwrap()).await.json(), Value::Null);
}

#[tokio::test]
async fn a_bearer_token_cannot_name_other_keys() {
    let raw = ["--auth-bearer-require-signature", "false"];
    let Some(shared) = Shared::start_with(&raw).await else { return };
    let ann = shared.app.signed_in("ann").await;
    let id = ann.user_id().await;
    ann.post("/api/auth/request-password-reset", json!({ "email": "ann@example.com" })).await;
    let stored = shared.redis.text(&token(&ann).await).unwrap();
    let _: () = shared.redis.run_command("SET", &["better-auth:elsewhere", &stored]);

    let link = shared.redis.keys("verification:").pop().unwrap();
    for bearer in [
        format!("active-sessions-{id}"),
        format!("verification:{link}"),
        format!("bookplate:verifications:{id}"),
        "elsewhere".to_owned(),
    ] {
        let request = Request::get("/api/auth/get-session")
            .header(AUTHORIZATION, format!("Bearer {bearer}"))
            .body(Body::empty());
        let response = shared.app.anonymous().send(request.unwrap()).await;
        assert_eq!((response.status, &*response.text), (StatusCode::OK, "null"), "{bearer}");
    }
}

#[tokio::test]
async fn fifty_parallel_sign_ins_are_all_in_the_list() {
    let Some(shared) = Shared::start().await else { return };
    let another = shared.open_another().await;
    let ann = shared.app.signed_in("ann").await;
    let first = token(&ann).await;

    let tokens = run_concurrently((0..50).map(|number| {
        let router = if number % 2 == 0 { shared.app.app.router() } else { another.router() };
        async move { sign_in(&Client::new(router), "ann").await }
    }));
    let mut tokens = tokens.await;

    tokens.push(first);
    tokens.sort();
    let list = shared.redis.json(&format!("active-sessions-{}", ann.user_id().await));
    let entries = list.as_array().unwrap().iter();
    let mut sessions_in_list: Vec<_> =
        entries.map(|entry| entry["token"].as_str().unwrap().to_owned()).collect();
    sessions_in_list.sort();
    assert_eq!(sessions_in_list, tokens);
    assert_eq!(ann.get("/api/auth/list-sessions").await.json().as_array().unwrap().len(), 51);
}
