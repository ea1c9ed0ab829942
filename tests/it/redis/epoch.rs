//! The validity of mailed links in Redis.

use super::Shared;
use crate::it::auth::epoch::{FLAGS, assert_link_table, link_table};

#[tokio::test]
async fn each_event_voids_links_in_redis() {
    let Some(shared) =
        Shared::start_with(&[&FLAGS[..], &["--auth-rate-limit", "false"]].concat()).await
    else {
        return;
    };
    assert_link_table(&link_table(&shared.app).await);
}

#[tokio::test]
async fn a_link_of_an_older_epoch_in_redis_is_void() {
    let Some(shared) = Shared::start().await else { return };
    let ann = shared.app.signed_in("ann").await;
    let token = super::links::link(&shared).await;
    let key = format!("verification:reset-password:{token}");
    let text = shared.redis.text(&key).unwrap();
    ann.post_auth_strings("revoke-other-sessions", &[]).await.expect_ok();
    assert_eq!(shared.redis.text(&key), None);

    // As if the link had been stored while the sessions were ended.
    shared.redis.run_command::<()>("SET", &[&format!("better-auth:{key}"), &text, "EX", "3600"]);
    let refused = ann.reset_password(&token, "another password").await;
    assert_eq!(refused.json()["code"], "INVALID_TOKEN");
}
