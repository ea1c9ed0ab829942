//! The second step of signing in.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{
    CHALLENGE_COOKIE, EMAIL, ON, challenge, challenge_in, column, sessions, totp, turn_on, verify,
};
use crate::it::support::{PASSWORD, SESSION_COOKIE, TestApp};

const INVALID: (u16, &str) = (401, "INVALID_TWO_FACTOR_COOKIE");

#[tokio::test]
async fn a_password_gets_a_challenge_and_the_code_a_session() {
    let app = TestApp::start_with(&ON).await;
    let factor = turn_on(&app, &app.signed_in("ann").await).await;
    let client = app.anonymous();
    let response = client.sign_in(EMAIL, PASSWORD).await;
    let body = json!({ "twoFactorRedirect": true, "twoFactorMethods": ["totp"] });
    assert_eq!(response.expect_ok(), body);
    assert_eq!(response.header("set-auth-token"), "");
    assert!(response.set_cookies().iter().any(|line| {
        line.starts_with("better-auth.two_factor=2fa-") && line.contains("; Max-Age=600; ")
    }));
    assert!(!client.cookies().contains_key(SESSION_COOKIE));
    assert_eq!(sessions(&app).await, 1, "only the one that turned it on");
    assert!(!client.is_signed_in().await);
    assert_eq!(client.get_auth("list-sessions").await.status.as_u16(), 401);

    let copy = client.duplicate();
    let answer = verify(&client, "totp", &factor.code(&app)).await.expect_ok();
    assert_eq!(answer["token"], client.session_token());
    assert_eq!(answer["user"]["email"], EMAIL);
    assert!(!client.cookies().contains_key(CHALLENGE_COOKIE));
    assert!(client.is_signed_in().await);
    let again = verify(&copy, "totp", &factor.next_code(&app)).await;
    again.assert_error(INVALID.0, INVALID.1);
    assert!(!copy.is_signed_in().await);
}

#[tokio::test]
async fn a_code_works_once_and_not_after_the_next_period() {
    let app = TestApp::start_with(&ON).await;
    let factor = turn_on(&app, &app.signed_in("ann").await).await;
    let code = factor.code(&app);
    verify(&challenge(&app, EMAIL).await, "totp", &code).await.expect_ok();
    let client = challenge(&app, EMAIL).await;
    verify(&client, "totp", &code).await.assert_error(401, "INVALID_CODE");
    let last = factor.next_code(&app);
    let next = totp(&factor.key, app.clock.now() + TimeDelta::seconds(30));
    app.clock.advance(TimeDelta::seconds(30));
    verify(&client, "totp", &last).await.expect_ok();
    let client = challenge(&app, EMAIL).await;
    verify(&client, "totp", &last).await.assert_error(401, "INVALID_CODE");
    app.clock.advance(TimeDelta::seconds(60));
    verify(&client, "totp", &next).await.assert_error(401, "INVALID_CODE");
}

#[tokio::test]
async fn a_challenge_is_answered_in_its_own_browser_in_time_by_its_own_user() {
    let app = TestApp::start_with(&ON).await;
    let ann = turn_on(&app, &app.signed_in("ann").await).await;
    let bob = turn_on(&app, &app.signed_in("bob").await).await;
    let client = challenge(&app, EMAIL).await;
    let other = app.anonymous();
    let code = ann.code(&app);
    for kind in ["totp", "otp", "backup-code"] {
        verify(&other, kind, &code).await.assert_error(INVALID.0, INVALID.1);
    }
    for forged in ["2fa-aaaaaaaaaaaaaaaaaaaa", "2fa-aaaaaaaaaaaaaaaaaaaa.x", ""] {
        other.cookies().insert(CHALLENGE_COOKIE.to_owned(), forged.to_owned());
        verify(&other, "totp", &code).await.assert_error(INVALID.0, INVALID.1);
    }
    verify(&client, "totp", &bob.code(&app)).await.assert_error(401, "INVALID_CODE");
    verify(&client, "backup-code", &bob.backup_codes[0])
        .await
        .assert_error(401, "INVALID_BACKUP_CODE");
    app.clock.advance(TimeDelta::seconds(601));
    verify(&client, "totp", &ann.code(&app)).await.assert_error(INVALID.0, INVALID.1);
    assert!(!client.is_signed_in().await && !other.is_signed_in().await);
}

/// Another signed cookie of this service, in the place of the challenge's.
#[tokio::test]
async fn another_signed_value_is_no_challenge() {
    let app = TestApp::start_with(&ON).await;
    let factor = turn_on(&app, &app.signed_in("ann").await).await;
    let eve = app.signed_in("eve").await;
    let signed = eve.cookies()[SESSION_COOKIE].clone();
    let client = challenge(&app, EMAIL).await;
    client.cookies().insert(CHALLENGE_COOKIE.to_owned(), signed);
    let response = verify(&client, "totp", &factor.code(&app)).await;
    response.assert_error(INVALID.0, INVALID.1);
}

#[tokio::test]
async fn a_new_password_ends_challenges_and_keeps_the_second_factor() {
    let app = TestApp::start_with(&ON).await;
    let factor = turn_on(&app, &app.signed_in("ann").await).await;
    let client = challenge(&app, EMAIL).await;
    app.anonymous()
        .post_auth_strings("request-password-reset", &[("email", EMAIL)])
        .await
        .expect_ok();
    let token = app.newest_mail("reset", EMAIL).await.link_token();
    app.anonymous().reset_password(&token, "another horse battery").await.expect_ok();
    let response = verify(&client, "totp", &factor.code(&app)).await;
    response.assert_error(INVALID.0, INVALID.1);
    let client = app.anonymous();
    let answer = client.sign_in(EMAIL, "another horse battery").await.expect_ok();
    assert_eq!(answer["twoFactorRedirect"], true);
    verify(&client, "totp", &factor.code(&app)).await.expect_ok();
}

#[tokio::test]
async fn a_browser_session_stays_one() {
    let app = TestApp::start_with(&ON).await;
    let factor = turn_on(&app, &app.signed_in("ann").await).await;
    let client = app.anonymous();
    let body = json!({ "email": EMAIL, "password": PASSWORD, "rememberMe": false });
    client.post_auth("sign-in/email", body).await.expect_ok();
    let response = verify(&client, "totp", &factor.code(&app)).await;
    response.expect_ok();
    let lines = response.set_cookies();
    let session = lines.iter().find(|line| line.starts_with(SESSION_COOKIE)).unwrap();
    assert!(!session.contains("Max-Age"), "{session}");
    assert!(client.cookies().contains_key("better-auth.dont_remember"));
    app.clock.advance(TimeDelta::hours(25));
    assert!(!client.is_signed_in().await);
}

/// GHSA-xg6x-h9c9-2m83.
#[tokio::test]
async fn no_cached_session_stands_in_for_the_second_factor() {
    for format in ["compact", "jwt", "jwe"] {
        let app = TestApp::start_with(&[ON[0], "--auth-cookie-cache", format]).await;
        turn_on(&app, &app.signed_in("ann").await).await;
        let client = app.anonymous();
        let response = client.sign_in(EMAIL, PASSWORD).await;
        response.expect_ok();
        let cached = |line: &&str| line.contains("session_data") && !line.contains("Max-Age=0");
        assert!(!response.set_cookies().iter().any(cached), "{format}");
        assert_eq!(client.session().await, Value::Null, "{format}");
        // A browser whose user was signed in before is signed out by the challenge.
        let browser = app.signed_in("bob").await;
        challenge_in(&browser, EMAIL).await;
        assert_eq!(browser.session().await, Value::Null, "{format}");
    }
}

#[tokio::test]
async fn the_challenge_is_no_bearer_token() {
    let app = TestApp::start_with(&ON).await;
    turn_on(&app, &app.signed_in("ann").await).await;
    let client = challenge(&app, EMAIL).await;
    let signed = client.cookies()[CHALLENGE_COOKIE].clone();
    let signed = signed.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
    for token in [signed.as_str(), signed.split('.').next().unwrap()] {
        let response = app.anonymous().get_with_bearer("/api/auth/get-session", token).await;
        assert_eq!(response.expect_ok(), Value::Null);
    }
}

#[tokio::test]
async fn a_user_banned_after_the_first_step_is_refused() {
    let app = TestApp::start_with(&ON).await;
    let factor = turn_on(&app, &app.signed_in("ann").await).await;
    let client = challenge(&app, EMAIL).await;
    app.database.execute(r#"update "user" set "banned" = true"#).await;
    let response = verify(&client, "totp", &factor.code(&app)).await;
    response.assert_error(403, "BANNED_USER");
    assert!(!client.is_signed_in().await);
}

#[tokio::test]
async fn in_a_session_a_code_is_checked_and_the_session_stays() {
    let app = TestApp::start_with(&ON).await;
    let ann = app.signed_in("ann").await;
    let factor = turn_on(&app, &ann).await;
    let token = ann.session_token();
    let answer = verify(&ann, "totp", &factor.code(&app)).await.expect_ok();
    assert_eq!(answer["token"], token.as_str());
    verify(&ann, "totp", &factor.wrong_code(&app)).await.assert_error(401, "INVALID_CODE");
    verify(&ann, "otp", "123456").await.assert_error(400, "OTP_HAS_EXPIRED");
    assert_eq!(ann.session_token(), token);
    let sql = r#"select cast("failedVerificationCount" as text) from "twoFactor""#;
    assert_eq!(column(&app, sql).await, ["0"]);
}
