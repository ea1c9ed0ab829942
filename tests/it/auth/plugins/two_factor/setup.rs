//! Turning the second factor on and off.

use serde_json::{Value, json};

use super::{EMAIL, ON, challenge, column, key_of, set_up, totp, turn_on, verify};
use crate::it::{
    auth::oauth,
    support::{Client, PASSWORD, TestApp},
};

#[tokio::test]
async fn an_app_is_set_up_with_the_password_and_turned_on_by_its_first_code() {
    let app = TestApp::start_with(&ON).await;
    let ann = app.signed_in("ann").await;
    let enable = async |body: Value| ann.post_auth("two-factor/enable", body).await;
    enable(json!({})).await.assert_error(400, "VALIDATION_ERROR");
    enable(json!({ "password": "" })).await.assert_error(400, "INVALID_PASSWORD");
    enable(json!({ "password": "wrong" })).await.assert_error(400, "INVALID_PASSWORD");
    enable(json!({ "password": "x".repeat(129) })).await.assert_error(400, "PASSWORD_TOO_LONG");
    let nobody = app.anonymous();
    let response = nobody.post_auth("two-factor/enable", json!({ "password": "x" })).await;
    response.assert_error(401, "UNAUTHORIZED");

    let answer = enable(json!({ "password": PASSWORD, "issuer": "My books" })).await.expect_ok();
    assert_eq!(answer["method"], "totp");
    let uri = answer["totpURI"].as_str().unwrap();
    assert!(uri.starts_with("otpauth://totp/My%20books:ann%40example.com?secret="), "{uri}");
    assert!(uri.ends_with("&issuer=My+books&digits=6&period=30"), "{uri}");
    assert_eq!(answer["backupCodes"].as_array().unwrap().len(), 10);
    assert_eq!(ann.session().await["user"]["twoFactorEnabled"], false);
    assert_eq!(app.anonymous().sign_in(EMAIL, PASSWORD).await.expect_ok()["redirect"], false);

    // Another attempt replaces a key that was never used.
    let factor = set_up(&ann).await;
    assert_ne!(factor.key, key_of(uri));
    let old = totp(&key_of(uri), app.clock.now());
    verify(&ann, "totp", &old).await.assert_error(401, "INVALID_CODE");
    let before = ann.session_token();
    let answer = verify(&ann, "totp", &factor.code(&app)).await.expect_ok();
    assert_eq!(answer["user"]["twoFactorEnabled"], true);
    assert_eq!(answer["token"], ann.session_token());
    assert_ne!(ann.session_token(), before, "the session is replaced");
    assert_eq!(ann.session().await["user"]["twoFactorEnabled"], true);
    let old = app.anonymous().get_with_bearer("/api/auth/get-session", &before).await;
    assert_eq!(old.expect_ok(), Value::Null);
    enable(json!({ "password": PASSWORD })).await.assert_error(400, "TOTP_ALREADY_ENABLED");
    let events =
        column(&app, r#"select "action" from "auditEvent" where "outcome" = 'done'"#).await;
    assert!(events.contains(&"enable-two-factor".to_owned()), "{events:?}");
}

#[tokio::test]
async fn the_uri_is_shown_again_with_the_password() {
    let app = TestApp::start_with(&ON).await;
    let ann = app.signed_in("ann").await;
    let uri = async |password: &str| {
        ann.post_auth("two-factor/get-totp-uri", json!({ "password": password })).await
    };
    uri(PASSWORD).await.assert_error(400, "TOTP_NOT_ENABLED");
    let factor = turn_on(&app, &ann).await;
    uri("wrong").await.assert_error(400, "INVALID_PASSWORD");
    let answer = uri(PASSWORD).await.expect_ok();
    assert_eq!(key_of(answer["totpURI"].as_str().unwrap()), factor.key);
}

#[tokio::test]
async fn turning_it_off_requires_the_password_and_replaces_the_session() {
    let app = TestApp::start_with(&ON).await;
    let ann = app.signed_in("ann").await;
    turn_on(&app, &ann).await;
    let disable = async |password: &str| {
        ann.post_auth("two-factor/disable", json!({ "password": password })).await
    };
    disable("wrong").await.assert_error(400, "INVALID_PASSWORD");
    ann.post_auth("two-factor/disable", json!({})).await.assert_error(400, "VALIDATION_ERROR");
    let open = challenge(&app, EMAIL).await;
    let before = ann.session_token();
    assert_eq!(disable(PASSWORD).await.expect_ok(), json!({ "status": true }));
    assert_ne!(ann.session_token(), before);
    assert_eq!(ann.session().await["user"]["twoFactorEnabled"], false);
    assert!(column(&app, r#"select "id" from "twoFactor""#).await.is_empty());
    verify(&open, "totp", "123456").await.assert_error(401, "INVALID_TWO_FACTOR_COOKIE");
    assert_eq!(app.anonymous().sign_in(EMAIL, PASSWORD).await.expect_ok()["redirect"], false);
}

#[tokio::test]
async fn keys_and_codes_are_stored_encrypted() {
    let app = TestApp::start_with(&ON).await;
    let factor = set_up(&app.signed_in("ann").await).await;
    let sql = r#"select "secret" || ' ' || "backupCodes" from "twoFactor""#;
    let row = column(&app, sql).await.remove(0);
    assert!(row.bytes().all(|c| c.is_ascii_hexdigit() || c == b' '), "{row}");
    assert!(!row.contains(std::str::from_utf8(&factor.key).unwrap()));
}

#[tokio::test]
async fn users_without_a_password_need_none_if_configured() {
    let flags = [ON[0], "--auth-two-factor-allow-passwordless=true"];
    let (app, providers) = TestApp::start_with_providers(&["github"], &flags).await;
    let enable = "two-factor/enable";
    let ann = app.anonymous();
    oauth::sign_in(&ann, &providers, "github").await;
    let strict = app.restart_with_providers((&providers, &["github"]), &ON).await;
    let stricter = Client::new(strict.app.router());
    stricter.cookies().clone_from(&ann.cookies());
    let body = json!({ "password": PASSWORD });
    stricter.post_auth(enable, body).await.assert_error(400, "INVALID_PASSWORD");
    ann.post_auth(enable, json!({})).await.expect_ok();
    let bob = app.signed_in("bob").await;
    bob.post_auth(enable, json!({})).await.assert_error(400, "INVALID_PASSWORD");
}

#[tokio::test]
async fn the_first_code_can_be_skipped_if_configured() {
    let flags = [ON[0], "--auth-two-factor-skip-verification-on-enable=true"];
    let app = TestApp::start_with(&flags).await;
    let ann = app.signed_in("ann").await;
    let before = ann.session_token();
    let factor = set_up(&ann).await;
    assert_ne!(ann.session_token(), before);
    assert_eq!(ann.session().await["user"]["twoFactorEnabled"], true);
    let client = challenge(&app, EMAIL).await;
    verify(&client, "totp", &factor.code(&app)).await.expect_ok();
    assert!(client.is_signed_in().await);
}

#[tokio::test]
async fn only_the_methods_of_the_settings_can_be_turned_on() {
    let app = TestApp::start_with(&ON).await;
    let ann = app.signed_in("ann").await;
    let enable = async |method: Value| {
        let body = json!({ "password": PASSWORD, "method": method });
        ann.post_auth("two-factor/enable", body).await
    };
    enable(json!("otp")).await.assert_error(400, "OTP_NOT_CONFIGURED");
    let response = enable(json!("sms")).await;
    response.assert_error(400, "VALIDATION_ERROR");
    let message = r#"[body.method] Invalid option: expected one of "otp"|"totp""#;
    assert_eq!(response.json()["message"], message);
    ann.post_auth("two-factor/send-otp", json!({})).await.assert_error(400, "OTP_NOT_CONFIGURED");

    let without = app.restart_with(&[ON[0], "--auth-two-factor-totp=false"]).await;
    let ann = Client::new(without.app.router());
    ann.sign_in(EMAIL, PASSWORD).await.expect_ok();
    let body = json!({ "password": PASSWORD });
    for route in ["enable", "get-totp-uri"] {
        let response = ann.post_auth(&format!("two-factor/{route}"), body.clone()).await;
        response.assert_error(400, "TOTP_NOT_CONFIGURED");
    }
    verify(&ann, "totp", "123456").await.assert_error(400, "TOTP_NOT_CONFIGURED");
}

#[tokio::test]
async fn without_the_plugin_there_are_no_routes_and_no_challenge() {
    let app = TestApp::start_with(&ON).await;
    let ann = app.signed_in("ann").await;
    turn_on(&app, &ann).await;
    let off = app.restart_with(&[]).await;
    let client = off.anonymous();
    let answer = client.sign_in(EMAIL, PASSWORD).await.expect_ok();
    assert!(answer["user"].get("twoFactorEnabled").is_none());
    let response = client.post_auth("two-factor/enable", json!({ "password": PASSWORD })).await;
    assert_eq!(response.status.as_u16(), 404);
}

#[tokio::test]
async fn deleting_a_user_deletes_their_second_factor() {
    let app = TestApp::start_with(&ON).await;
    let ann = app.signed_in("ann").await;
    turn_on(&app, &ann).await;
    let client = challenge(&app, EMAIL).await;
    ann.post_auth("delete-user", json!({ "password": PASSWORD })).await.expect_ok();
    assert!(column(&app, r#"select "id" from "twoFactor""#).await.is_empty());
    verify(&client, "totp", "123456").await.assert_error(401, "INVALID_TWO_FACTOR_COOKIE");
}
