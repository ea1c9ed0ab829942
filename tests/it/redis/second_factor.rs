//! Challenges, sent codes, backup codes and trusted devices, shared by several nodes.

use serde_json::json;

use super::{Shared, at_node, run_concurrently};
use crate::it::{
    auth::plugins::two_factor::{
        EMAIL, ON, TRUST_COOKIE, challenge, challenge_in, turn_on, verify,
    },
    support::PASSWORD,
};

const STORED_IN_DATABASE: &str =
    r#"select "identifier" from "verification" where "identifier" like '2fa-%'"#;

#[tokio::test]
async fn a_challenge_is_answered_on_another_node_once() {
    let Some(shared) = Shared::start_with(&ON).await else { return };
    let app = &shared.app;
    let factor = turn_on(app, &app.signed_in("ann").await).await;
    let client = challenge(app, EMAIL).await;
    assert_eq!(shared.redis.keys("verification:2fa-attempts-").len(), 1);
    assert!(app.database.first_column(STORED_IN_DATABASE).await.is_empty());

    let another = shared.open_another().await;
    let at_another = at_node(&another, &client);
    let wrong = verify(&at_another, "totp", &factor.wrong_code(app)).await;
    assert_eq!(wrong.status_and_code(), (401, "INVALID_CODE".to_owned()));
    let code = factor.next_code(app);
    let tries = (0..10).map(|number| {
        let client = if number % 2 == 0 { client.duplicate() } else { at_node(&another, &client) };
        let code = code.clone();
        async move { verify(&client, "totp", &code).await.status }
    });
    let ends = run_concurrently(tries).await;

    assert_eq!(ends.iter().filter(|status| **status == 200).count(), 1, "{ends:?}");
    assert!(shared.redis.keys("verification:2fa-").is_empty());
}

#[tokio::test]
async fn failed_attempts_at_a_challenge_count_over_all_nodes() {
    let Some(shared) = Shared::start_with(&ON).await else { return };
    let app = &shared.app;
    let factor = turn_on(app, &app.signed_in("ann").await).await;
    let client = challenge(app, EMAIL).await;
    let another = shared.open_another().await;
    let wrong = factor.wrong_code(app);
    let tries = (0..12).map(|number| {
        let client = if number % 2 == 0 { client.duplicate() } else { at_node(&another, &client) };
        let wrong = wrong.clone();
        async move { verify(&client, "totp", &wrong).await.status_and_code().1 }
    });
    let codes = run_concurrently(tries).await;

    let judged = codes.iter().filter(|code| *code == "INVALID_CODE").count();
    assert_eq!(judged, 5, "{codes:?}");
    let late = verify(&client, "totp", &factor.next_code(app)).await;
    assert_ne!(late.status, 200, "{}", late.text);
}

#[tokio::test]
async fn a_device_is_trusted_by_another_node_until_the_password_changes() {
    let Some(shared) = Shared::start_with(&ON).await else { return };
    let app = &shared.app;
    let ann = app.signed_in("ann").await;
    let factor = turn_on(app, &ann).await;
    let client = challenge(app, EMAIL).await;
    let body = json!({ "code": factor.next_code(app), "trustDevice": true });
    client.post_auth("two-factor/verify-totp", body).await.expect_ok();
    assert_eq!(shared.redis.keys("verification:trust-device-").len(), 1);

    let another = shared.open_another().await;
    let at_another = at_node(&another, &client);
    let answer = at_another.sign_in(EMAIL, PASSWORD).await.expect_ok();
    assert!(answer.get("twoFactorRedirect").is_none(), "{answer}");
    assert_ne!(at_another.cookies()[TRUST_COOKIE], client.cookies()[TRUST_COOKIE]);
    // The first cookie was replaced.
    challenge_in(&client, EMAIL).await;

    let new = "another horse battery";
    let body = json!({ "currentPassword": PASSWORD, "newPassword": new });
    ann.post_auth("change-password", body).await.expect_ok();
    let answer = at_another.sign_in(EMAIL, new).await.expect_ok();
    assert_eq!(answer["twoFactorRedirect"], true, "{answer}");
}
