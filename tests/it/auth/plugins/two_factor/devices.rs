//! Trusted devices.

use chrono::TimeDelta;
use serde_json::json;
use tokio::task::JoinSet;

use super::{EMAIL, Factor, ON, TRUST_COOKIE, challenge, challenge_in, column, turn_on, verify};
use crate::it::support::{Client, PASSWORD, TestApp};

/// Signs in with the second factor, and trusts the browser.
async fn trusted(app: &TestApp, factor: &Factor) -> Client {
    let client = challenge(app, EMAIL).await;
    let body = json!({ "code": factor.next_code(app), "trustDevice": true });
    client.post_auth("two-factor/verify-totp", body).await.expect_ok();
    assert!(client.cookies().contains_key(TRUST_COOKIE));
    client
}

/// Signs in with the password. Returns whether it was enough.
async fn is_enough(client: &Client) -> bool {
    let answer = client.sign_in(EMAIL, PASSWORD).await.expect_ok();
    let is_enough = answer.get("twoFactorRedirect").is_none();
    assert_eq!(client.is_signed_in().await, is_enough, "{answer}");
    is_enough
}

#[tokio::test]
async fn a_trusted_device_needs_no_code_and_its_cookie_changes_at_each_use() {
    let app = TestApp::start_with(&ON).await;
    let factor = turn_on(&app, &app.signed_in("ann").await).await;
    let client = trusted(&app, &factor).await;
    for _ in 0..3 {
        let copy = client.duplicate();
        let before = client.cookies()[TRUST_COOKIE].clone();
        app.clock.advance(TimeDelta::days(29));
        assert!(is_enough(&client).await);
        assert_ne!(client.cookies()[TRUST_COOKIE], before);
        // The old cookie, which a thief may have.
        assert!(!is_enough(&copy).await);
        assert!(!copy.cookies().contains_key(TRUST_COOKIE));
    }
    let sql = r#"select "identifier" from "verification" where "identifier" like 'trust-device-%'"#;
    assert_eq!(column(&app, sql).await.len(), 1);
    app.clock.advance(TimeDelta::days(30) + TimeDelta::seconds(1));
    assert!(!is_enough(&client).await);
}

#[tokio::test]
async fn a_cookie_of_another_user_is_worth_nothing() {
    let app = TestApp::start_with(&ON).await;
    let ann = turn_on(&app, &app.signed_in("ann").await).await;
    turn_on(&app, &app.signed_in("bob").await).await;
    let anns = trusted(&app, &ann).await;
    let bobs = app.anonymous();
    let stolen = anns.cookies()[TRUST_COOKIE].clone();
    bobs.cookies().insert(TRUST_COOKIE.to_owned(), stolen);
    challenge_in(&bobs, "bob@example.com").await;
    assert!(is_enough(&anns).await, "the cookie of its owner still works");
}

#[tokio::test]
async fn of_parallel_uses_of_one_cookie_one_signs_in() {
    let app = TestApp::start_with(&ON).await;
    let factor = turn_on(&app, &app.signed_in("ann").await).await;
    let client = trusted(&app, &factor).await;
    let mut requests = JoinSet::new();
    for _ in 0..6 {
        let copy = client.duplicate();
        requests.spawn(async move { copy.sign_in(EMAIL, PASSWORD).await.expect_ok() });
    }
    let answers = requests.join_all().await;
    let signed_in = answers.iter().filter(|answer| answer.get("token").is_some()).count();
    assert_eq!(signed_in, 1, "{answers:?}");
}

#[tokio::test]
async fn a_new_password_ends_the_trust() {
    let app = TestApp::start_with(&ON).await;
    let factor = turn_on(&app, &app.signed_in("ann").await).await;
    let client = trusted(&app, &factor).await;
    let new = "another horse battery";
    let body = json!({ "currentPassword": PASSWORD, "newPassword": new });
    client.post_auth("change-password", body).await.expect_ok();
    let answer = client.sign_in(EMAIL, new).await.expect_ok();
    assert_eq!(answer["twoFactorRedirect"], true);
}

/// better-auth ends the trust of the browser that turns it off, and no other.
#[tokio::test]
async fn turning_it_off_and_on_ends_the_trust_of_all_devices() {
    let app = TestApp::start_with(&ON).await;
    let ann = app.signed_in("ann").await;
    let factor = turn_on(&app, &ann).await;
    let (own, other) = (trusted(&app, &factor).await, trusted(&app, &factor).await);
    own.post_auth("two-factor/disable", json!({ "password": PASSWORD })).await.expect_ok();
    assert!(!own.cookies().contains_key(TRUST_COOKIE));
    assert!(is_enough(&other).await);
    turn_on(&app, &own).await;
    assert!(!is_enough(&other).await);
}

#[tokio::test]
async fn a_browser_session_on_a_trusted_device_forgets_its_mark() {
    let app = TestApp::start_with(&ON).await;
    let factor = turn_on(&app, &app.signed_in("ann").await).await;
    let client = app.anonymous();
    let body = json!({ "email": EMAIL, "password": PASSWORD, "rememberMe": false });
    client.post_auth("sign-in/email", body).await.expect_ok();
    let body = json!({ "code": factor.code(&app), "trustDevice": true });
    client.post_auth("two-factor/verify-totp", body).await.expect_ok();
    assert!(!client.cookies().contains_key("better-auth.dont_remember"));
    app.clock.advance(TimeDelta::hours(25));
    assert!(!client.is_signed_in().await, "the session still ends after a day");
}

#[tokio::test]
async fn the_code_of_a_wrong_answer_trusts_nothing() {
    let app = TestApp::start_with(&ON).await;
    let factor = turn_on(&app, &app.signed_in("ann").await).await;
    let client = challenge(&app, EMAIL).await;
    let body = json!({ "code": factor.wrong_code(&app), "trustDevice": true });
    let response = client.post_auth("two-factor/verify-totp", body).await;
    response.assert_error(401, "INVALID_CODE");
    assert!(!client.cookies().contains_key(TRUST_COOKIE));
    let open = verify(&client, "totp", &factor.code(&app)).await;
    open.expect_ok();
    assert!(!client.cookies().contains_key(TRUST_COOKIE));
}
