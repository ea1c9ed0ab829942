//! Rows of a better-auth server on Node.

use super::{EMAIL, ON, challenge, verify};
use crate::it::support::TestApp;

/// `symmetricEncrypt` of better-auth 1.7.25 with the secret of the tests: a key, codes, and a key of
/// another service. The key's code at noon is that of `createOTP`.
const KEY: &str = "ac50f9bacbd80d823eca5a07f306d4b9227319388e6a2a7d80d614c70646f3f563b3690b35a86c7ddf8052f974c6ca0d093b62d772a1fd1d671c4a73be468ceb649e1e21af7c02ae";
const CODE_AT_NOON: &str = "578463";
const BACKUP_CODES: &str = "ca1eb62d0802e4ab6fec75757bf6c0e754cb0ecef4d58d9ef5e4d8eb596c475ec276ad16db152c15c510a77f51d13034286c931765224a0f835d06e57624861a4b44864e97";
const IMPORTED_KEY: &str = "102f94451d101c8c87e184ad18f4eaafe13d40f595be4b53e32ae673f21644dfaaba508f164764b4b9ea1152766d6718587625a580f2ebd7b5b0d79b38a8ea";

async fn with_row(key: &str, codes: &str, verified: &str) -> TestApp {
    let app = TestApp::start_with(&ON).await;
    let id = app.signed_in("ann").await.user_id().await;
    let insert = format!(
        r#"insert into "twoFactor" ("id", "secret", "backupCodes", "userId", "verified")
        values ('t', '{key}', '{codes}', '{id}', {verified})"#
    );
    app.database.execute(&insert).await;
    app.database.execute(r#"update "user" set "twoFactorEnabled" = true"#).await;
    app
}

#[tokio::test]
async fn a_key_and_codes_of_node_work() {
    let app = with_row(KEY, BACKUP_CODES, "true").await;
    let client = challenge(&app, EMAIL).await;
    verify(&client, "totp", CODE_AT_NOON).await.expect_ok();
    let client = challenge(&app, EMAIL).await;
    verify(&client, "backup-code", "ccccc-ddddd").await.expect_ok();
    let client = challenge(&app, EMAIL).await;
    verify(&client, "backup-code", "ccccc-ddddd").await.assert_error(401, "INVALID_BACKUP_CODE");
}

#[tokio::test]
async fn a_row_of_an_old_server_and_a_key_of_another_service_work() {
    let app = with_row(IMPORTED_KEY, r#"["aaaaa-bbbbb"]"#, "null").await;
    let code = super::totp(b"Hello!\xde\xad\xbe\xef", app.clock.now());
    let client = challenge(&app, EMAIL).await;
    for _ in 0..2 {
        verify(&client, "totp", "not it").await.assert_error(401, "INVALID_CODE");
    }
    verify(&client, "totp", &code).await.expect_ok();
    let client = challenge(&app, EMAIL).await;
    verify(&client, "backup-code", "aaaaa-bbbbb").await.expect_ok();
}

#[tokio::test]
async fn a_key_whose_secret_was_removed_is_a_failure_and_no_way_in() {
    let app = with_row(&KEY.replace("ac", "bd"), BACKUP_CODES, "true").await;
    let client = challenge(&app, EMAIL).await;
    let response = verify(&client, "totp", CODE_AT_NOON).await;
    response.assert_error(500, "INTERNAL_SERVER_ERROR");
    assert!(!client.is_signed_in().await);
    verify(&client, "backup-code", "ccccc-ddddd").await.expect_ok();
}
