//! Sessions: better-auth's layout, shared at once, ended at once.

use axum::{
    body::Body,
    http::{Request, StatusCode, header::AUTHORIZATION},
};
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{Shared, at, at_once, token};
use crate::it::support::{Client, PASSWORD};

const WEEK: i64 = 604_800;

pub(super) async fn session(client: &Client) -> Value {
    let response = client.get("/api/auth/get-session").await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.text);
    response.json()
}

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
    let kept = shared.redis.json(&token);
    let session = kept["session"]["id"].as_str().unwrap();
    // Byte for byte what better-auth wrote, 2026-11-21, but for ids and dates.
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
async fn machines_share_sessions_and_their_ends() {
    let Some(shared) = Shared::start().await else { return };
    let another = shared.another().await;
    let ann = shared.app.signed_in("ann").await;
    let there = at(&another, &ann);
    assert_eq!(session(&there).await, session(&ann).await);
    assert_eq!(there.user_id().await, ann.user_id().await);

    ann.post("/api/auth/sign-out", json!({})).await;

    assert_eq!(session(&there).await, Value::Null);
    assert_eq!(there.query("{ me { id } }").await.data()["me"], Value::Null);
    assert_eq!(shared.redis.keys(""), Vec::<String>::new());
}

#[tokio::test]
async fn users_list_their_sessions_and_revoke_one_the_others_or_all() {
    let Some(shared) = Shared::start().await else { return };
    let another = shared.another().await;
    let ann = shared.app.signed_in("ann").await;
    let bob = shared.app.signed_in("bob").await;
    let others = [Client::new(another.router()), Client::new(another.router())];
    let first = sign_in(&others[0], "ann").await;
    sign_in(&others[1], "ann").await;
    let count = async || ann.get("/api/auth/list-sessions").await.json().as_array().unwrap().len();
    assert_eq!(count().await, 3);

    // Nobody ends another user's.
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
async fn sessions_that_began_before_all_were_revoked_count_for_nobody() {
    let Some(shared) = Shared::start().await else { return };
    let ann = shared.app.signed_in("ann").await;
    let another = shared.app.anonymous();
    let second = sign_in(&another, "ann").await;
    let id = ann.user_id().await;
    let key = format!("better-auth:revoked-sessions-before-{id}");
    let now = shared.app.clock.now().timestamp_millis();

    // As better-auth on Node writes it. The session that began in its millisecond counts.
    let _: () = shared.redis.ask("SET", &[&key, &now.to_string()]);
    assert_ne!(session(&ann).await, Value::Null);
    assert_eq!(ann.get("/api/auth/list-sessions").await.json().as_array().unwrap().len(), 2);
    let _: () = shared.redis.ask("SET", &[&key, &(now + 1000).to_string()]);
    assert_eq!(session(&ann).await, Value::Null);
    assert_eq!(another.query("{ me { id } }").await.data()["me"], Value::Null);
    assert!(!shared.redis.keys("").contains(&second), "{second}");

    // Whose clock is behind signs in nevertheless, and revokes no less than before.
    sign_in(&ann, "ann").await;
    assert_ne!(session(&ann).await, Value::Null);
    ann.post("/api/auth/revoke-sessions", json!({})).await;
    assert_eq!(
        shared.redis.text(&format!("revoked-sessions-before-{id}")).unwrap(),
        (now + 1000).to_string()
    );
    let third = shared.app.anonymous();
    let lost = sign_in(&third, "ann").await;
    let kept = shared.redis.text(&lost).unwrap();
    shared.app.clock.advance(TimeDelta::minutes(1));
    sign_in(&ann, "ann").await;
    ann.post("/api/auth/revoke-sessions", json!({})).await;

    // Node wrote it to its key when all were revoked.
    let _: () = shared.redis.ask("SET", &[&format!("better-auth:{lost}"), &kept]);
    assert_eq!(session(&third).await, Value::Null);
    let seconds = shared.redis.seconds(&format!("revoked-sessions-before-{id}"));
    assert!((WEEK - 60..=WEEK).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn a_new_role_counts_at_once_though_redis_has_a_copy_of_the_user() {
    let Some(shared) = Shared::start().await else { return };
    let ann = shared.app.with_role("ann", "admin_rw").await;
    let (token, url) = (token(&ann).await, shared.redis.url());
    assert_eq!(session(&ann).await["user"]["role"], "admin_rw");
    assert_eq!(shared.redis.json(&token)["user"]["role"], "user");

    // A command that knows of Redis tells those who answer from the copy.
    let change = ["user", "set-role", "ann@example.com", "admin_ro", "--redis-url", &url];
    shared.app.run_command(&change).await.unwrap();
    assert_eq!(session(&ann).await["user"]["role"], "admin_ro");
    assert_eq!(shared.redis.json(&token)["user"]["role"], "admin_ro");
}

#[tokio::test]
async fn a_changed_user_is_changed_in_the_copies_too_and_fields_of_others_stay() {
    let Some(shared) = Shared::start().await else { return };
    let ann = shared.app.signed_in("ann").await;
    let token = token(&ann).await;
    let mut kept = shared.redis.json(&token);
    kept["user"]["nickname"] = "Annie".into();
    kept["session"]["activeOrganizationId"] = "42".into();
    let key = format!("better-auth:{token}");
    let _: () = shared.redis.ask("SET", &[&key, &kept.to_string(), "KEEPTTL"]);

    ann.post("/api/auth/update-user", json!({ "name": "Ann Lee" })).await;
    kept["user"]["name"] = "Ann Lee".into();
    assert_eq!(shared.redis.json(&token), kept);
    assert!(shared.redis.seconds(&token) > WEEK - 60);

    shared.app.clock.advance(TimeDelta::days(2));
    session(&ann).await;
    kept["session"]["expiresAt"] = "2026-11-29T12:00:00.000Z".into();
    kept["session"]["updatedAt"] = "2026-11-22T12:00:00.000Z".into();
    assert_eq!(shared.redis.text(&token).unwrap(), kept.to_string());
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
    // It was ended meanwhile: nothing brings it back.
    shared.app.clock.advance(TimeDelta::days(6));
    let _: () = shared.redis.ask("DEL", &[&format!("better-auth:{token}")]);
    assert_eq!(session(&ann).await, Value::Null);
    assert_eq!(shared.redis.text(&token), None);
}

#[tokio::test]
async fn an_expired_session_counts_nothing_even_while_redis_has_it() {
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
async fn no_session_survives_its_user() {
    let Some(shared) = Shared::start().await else { return };
    let another = shared.another().await;
    let ann = shared.app.signed_in("ann").await;
    let there = Client::new(another.router());
    sign_in(&there, "ann").await;
    let (token, signed) = (token(&there).await, there.signed_session_token());
    let kept = shared.redis.text(&token).unwrap();

    ann.post("/api/auth/delete-user", json!({ "password": PASSWORD })).await;
    assert_eq!(session(&there).await, Value::Null);
    assert_eq!(shared.redis.text(&token), None);

    // Not even one that another server writes back.
    let _: () = shared.redis.ask("SET", &[&format!("better-auth:{token}"), &kept]);
    let there = Client::new(another.router());
    let request = Request::get("/api/auth/get-session")
        .header(AUTHORIZATION, format!("Bearer {signed}"))
        .body(Body::empty());
    assert_eq!(there.send(request.unwrap()).await.json(), Value::Null);
}

#[tokio::test]
async fn a_bearer_names_sessions_and_no_other_keys() {
    let raw = ["--auth-bearer-require-signature", "false"];
    let Some(shared) = Shared::start_with(&raw).await else { return };
    let ann = shared.app.signed_in("ann").await;
    let id = ann.user_id().await;
    ann.post("/api/auth/request-password-reset", json!({ "email": "ann@example.com" })).await;
    let kept = shared.redis.text(&token(&ann).await).unwrap();
    let _: () = shared.redis.ask("SET", &["better-auth:elsewhere", &kept]);

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
    let another = shared.another().await;
    let ann = shared.app.signed_in("ann").await;
    let first = token(&ann).await;

    let tokens = at_once((0..50).map(|number| {
        let router = if number % 2 == 0 { shared.app.app.router() } else { another.router() };
        async move { sign_in(&Client::new(router), "ann").await }
    }));
    let mut tokens = tokens.await;

    tokens.push(first);
    tokens.sort();
    let list = shared.redis.json(&format!("active-sessions-{}", ann.user_id().await));
    let entries = list.as_array().unwrap().iter();
    let mut listed: Vec<_> =
        entries.map(|entry| entry["token"].as_str().unwrap().to_owned()).collect();
    listed.sort();
    assert_eq!(listed, tokens);
    assert_eq!(ann.get("/api/auth/list-sessions").await.json().as_array().unwrap().len(), 51);
}
