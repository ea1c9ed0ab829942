//! Links and codes that sign in, stored in Redis.

use axum::http::StatusCode;
use serde_json::json;

use super::{Shared, run_concurrently};
use crate::it::support::Client;

const EMAIL: &str = "ann@example.com";

async fn sign_in(client: &Client, otp: &str) -> (u16, String) {
    let body = json!({ "email": EMAIL, "otp": otp });
    client.post_auth("sign-in/email-otp", body).await.status_and_code()
}

#[tokio::test]
async fn a_code_is_in_redis_with_its_tries_and_signs_in_once() {
    let Some(shared) = Shared::start_with(&["--auth-plugins", "email-otp"]).await else { return };
    let body = json!({ "email": EMAIL, "type": "sign-in" });
    let client = shared.app.anonymous();
    client.post_auth("email-otp/send-verification-otp", body).await.expect_ok();
    let key = format!("verification:sign-in-otp-{EMAIL}");
    let stored = || shared.redis.json(&key)["value"].as_str().unwrap().to_owned();
    let code = stored().strip_suffix(":0").unwrap().to_owned();
    assert!((240..=300).contains(&shared.redis.seconds(&key)));
    assert_eq!(sign_in(&client, "00000x").await, (400, "INVALID_OTP".to_owned()));
    assert_eq!(stored(), format!("{code}:1"));

    let tries = (0..20).map(|_| {
        let (client, code) = (shared.app.anonymous(), code.clone());
        async move { sign_in(&client, &code).await.0 }
    });
    let ends = run_concurrently(tries).await;

    assert_eq!(ends.iter().filter(|status| **status == 200).count(), 1, "{ends:?}");
    assert!(shared.redis.text(&key).is_none());
}

#[tokio::test]
async fn a_magic_link_works_on_another_node_once() {
    let Some(shared) = Shared::start_with(&["--auth-plugins", "magic-link"]).await else { return };
    let client = shared.app.anonymous();
    client.post_auth("sign-in/magic-link", json!({ "email": EMAIL })).await.expect_ok();
    let token = shared.app.newest_mail("magic-link", EMAIL).await.link_token();
    assert!(shared.redis.text(&format!("verification:magic-link:{token}")).is_some());
    let another = Client::new(shared.open_another().await.router());
    let path = format!("magic-link/verify?token={token}");
    assert_eq!(another.get_auth(&path).await.expect_ok()["user"]["email"], EMAIL);
    assert_eq!(client.get_auth(&path).await.status, StatusCode::FOUND);
    assert!(another.is_signed_in().await && !client.is_signed_in().await);
}
