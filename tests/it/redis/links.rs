//! Mailed links stored in Redis.

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::json;

use super::{Shared, run_concurrently};
use crate::it::support::Client;

/// Requests a reset link, and returns its token.
pub(super) async fn link(shared: &Shared) -> String {
    let before = shared.redis.keys("verification:reset-password:");
    let body = json!({ "email": "ann@example.com" });
    let response = shared.app.anonymous().post("/api/auth/request-password-reset", body).await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.text);
    let after = shared.redis.keys("verification:reset-password:");
    after.into_iter().find(|token| !before.contains(token)).unwrap()
}

#[tokio::test]
async fn a_link_is_in_redis_alone_in_better_auths_layout() {
    let Some(shared) = Shared::start().await else { return };
    let ann = shared.app.signed_in("ann").await;
    let id = ann.user_id().await;

    let token = link(&shared).await;

    let key = format!("verification:reset-password:{token}");
    assert_eq!(
        shared.redis.text(&key).unwrap(),
        format!(
            r#"{{"createdAt":"2026-11-20T12:00:00.000Z","updatedAt":"2026-11-20T12:00:00.000Z","value":"{id}","identifier":"reset-password:{token}","expiresAt":"2026-11-20T13:00:00.000Z","epoch":0}}"#
        )
    );
    assert!((3_540..=3_600).contains(&shared.redis.seconds(&key)));
    let count = "select cast(count(*) as text) from verification";
    assert_eq!(shared.app.database.first_column(count).await, ["0"]);
}

#[tokio::test]
async fn a_link_works_on_another_node_once_and_for_an_hour() {
    let Some(shared) = Shared::start().await else { return };
    shared.app.signed_in("ann").await;
    let another = Client::new(shared.open_another().await.router());
    let (used, late) = (link(&shared).await, link(&shared).await);

    assert_eq!(another.reset_password("made-up", "another password").await.status, 400);
    assert_eq!(another.reset_password(&used, "another password").await.status, 200);
    assert_eq!(
        another.reset_password(&used, "a third password").await.json()["code"],
        "INVALID_TOKEN"
    );
    assert_eq!(
        another.reset_password(&late, "a third password").await.json()["code"],
        "INVALID_TOKEN"
    );

    let late = link(&shared).await;
    shared.app.clock.advance(TimeDelta::minutes(61));
    assert_eq!(
        another.reset_password(&late, "a third password").await.json()["code"],
        "INVALID_TOKEN"
    );
}

#[tokio::test]
async fn links_that_another_server_made_before_a_reset_are_void_after_it() {
    let Some(shared) = Shared::start().await else { return };
    let ann = shared.app.signed_in("ann").await;
    let id = ann.user_id().await;
    let foreign_link = |token: &str, created_at: &str| {
        let identifier = format!("reset-password:{token}");
        let value = json!({
            "createdAt": created_at,
            "updatedAt": created_at,
            "value": id,
            "identifier": identifier,
            "expiresAt": "2026-11-20T13:00:00.000Z",
        });
        let key = format!("better-auth:verification:{identifier}");
        shared.redis.run_command::<()>("SET", &[&key, &value.to_string(), "EX", "3600"]);
    };
    foreign_link("before", "2026-11-20T11:59:59.000Z");
    foreign_link("after", "2026-11-20T12:00:01.000Z");

    let client = shared.app.anonymous();
    assert_eq!(client.reset_password(&link(&shared).await, "another password").await.status, 200);

    let refused = client.reset_password("before", "a third password").await;
    assert_eq!(refused.json()["code"], "INVALID_TOKEN");
    assert_eq!(client.reset_password("after", "a third password").await.status, 200);
}

#[tokio::test]
async fn one_of_fifty_concurrent_uses_of_a_link_succeeds() {
    let Some(shared) = Shared::start().await else { return };
    shared.app.signed_in("ann").await;
    let another = shared.open_another().await;
    let token = link(&shared).await;

    let statuses = run_concurrently((0..50).map(|number| {
        let router = if number % 2 == 0 { shared.app.app.router() } else { another.router() };
        let token = token.clone();
        async move {
            Client::new(router).reset_password(&token, &format!("password {number}")).await.status
        }
    }))
    .await;

    let (done, refused): (Vec<_>, Vec<_>) =
        statuses.into_iter().partition(|status| *status == StatusCode::OK);
    assert_eq!(done.len(), 1);
    assert!(refused.iter().all(|status| *status == StatusCode::BAD_REQUEST), "{refused:?}");
}

#[tokio::test]
async fn a_used_link_stays_used_on_another_node_and_after_redis_lost_it() {
    let Some(shared) = Shared::start_with(&["--auth-delete-user-verification", "true"]).await
    else {
        return;
    };
    let ann = shared.app.signed_in("ann").await;
    let another = Client::new(shared.open_another().await.router());
    let path = format!("/api/auth/reset-password/{}?callbackURL=", link(&shared).await);
    assert_eq!(another.get(&path).await.status, StatusCode::OK);
    let fields = [("newPassword", "another password"), ("repeatedPassword", "another password")];
    assert_eq!(shared.app.anonymous().post_form(&path, &fields, &[]).await.status, StatusCode::OK);

    ann.sign_in("ann@example.com", "another password").await.expect_ok();
    ann.post_auth_strings("delete-user", &[("callbackURL", "/bye")]).await.expect_ok();
    let deletion = shared.app.newest_mail("delete-account", "ann@example.com").await;
    assert_eq!(ann.open_link(&deletion).await.header("location"), "/bye");

    shared.redis.run_command::<()>("FLUSHALL", &[]);
    let used = another.get(&path).await;
    assert!(used.header("location").ends_with("?error=RESET_LINK_USED"), "{}", used.text);
    assert_eq!(another.open_link(&deletion).await.header("location"), "/bye");
    shared.app.clock.advance(TimeDelta::days(3));
    assert!(shared.app.app.sweep().await.unwrap() > 0);
    let count = "select cast(count(*) as text) from verification";
    assert_eq!(shared.app.database.first_column(count).await, ["0"]);
}
