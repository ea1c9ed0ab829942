//! Formats of stored password hashes, and their replacement at sign-in.

use crate::it::support::{PASSWORD, TestApp};

const EMAIL: &str = "ann@example.com";
/// Hashes of "correct horse battery": by crypt(3), and in better-auth's format.
const BCRYPT: &str = "$2b$10$Cu0y699LmbFY/4Lxq.vQFOk8pk5ts1CKuvICPa6sAdXcAD45EJx2W";
const SCRYPT: &str = "0123456789abcdef0123456789abcdef:b87ad68e260d745e9edfac97cc70f72a8fbb1771cf033e8d2b3c360d3788e3548d977bae5090f5d6cd75f5190a6fbe6b0b5737d5420119bd1e44ccdc779acfe5";

/// Replaces the stored password hash.
async fn store_hash(app: &TestApp, hash: &str) {
    app.database.execute(&format!(r#"update "account" set "password" = '{hash}'"#)).await;
}

/// Returns the stored password hash.
async fn stored_hash(app: &TestApp) -> String {
    app.database.first_column(r#"select "password" from "account""#).await.remove(0)
}

#[tokio::test]
async fn hashes_of_other_servers_are_accepted_and_replaced() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    let bcrypt = ["$2a$", "$2b$", "$2y$"].map(|prefix| BCRYPT.replacen("$2b$", prefix, 1));
    for old in bcrypt.iter().map(String::as_str).chain([SCRYPT]) {
        store_hash(&app, old).await;
        let refused = app.anonymous().sign_in(EMAIL, "wrong horse battery").await;
        refused.assert_error(401, "INVALID_EMAIL_OR_PASSWORD");
        assert_eq!(stored_hash(&app).await, old, "a wrong password changes nothing");

        app.anonymous().sign_in(EMAIL, PASSWORD).await.expect_ok();
        let new = stored_hash(&app).await;
        assert!(new.starts_with("$argon2id$"), "{new}");
        app.anonymous().sign_in(EMAIL, PASSWORD).await.expect_ok();
        assert_eq!(stored_hash(&app).await, new, "a current hash stays");
    }
}

#[tokio::test]
async fn passwords_are_stored_in_better_auths_format_if_configured() {
    let app = TestApp::start_with(&["--auth-password-hash", "scrypt"]).await;
    app.signed_in("ann").await;
    let is_scrypt = |hash: &str| {
        let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
        hash.split_once(':').is_some_and(|(salt, key)| {
            (salt.len(), key.len()) == (32, 128) && hex(salt) && hex(key)
        })
    };
    let first = stored_hash(&app).await;
    assert!(is_scrypt(&first), "{first}");
    store_hash(&app, BCRYPT).await;
    app.anonymous().sign_in(EMAIL, PASSWORD).await.expect_ok();
    assert!(is_scrypt(&stored_hash(&app).await));
}

#[tokio::test]
async fn concurrent_sign_ins_succeed_while_the_hash_is_replaced() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    store_hash(&app, BCRYPT).await;
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..5 {
        let client = app.anonymous();
        requests.spawn(async move { client.sign_in(EMAIL, PASSWORD).await.status_and_code() });
    }
    assert_eq!(requests.join_all().await, vec![(200, String::new()); 5]);
}

#[tokio::test]
async fn equal_passwords_have_different_hashes() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    app.signed_in("bob").await;
    let hashes = app.database.first_column(r#"select "password" from "account""#).await;
    assert_eq!(hashes.len(), 2);
    assert_ne!(hashes[0], hashes[1]);
    assert!(hashes.iter().all(|hash| !hash.contains(PASSWORD)));
}

#[tokio::test]
async fn passwords_are_compared_in_unicode_normal_form() {
    let app = TestApp::start().await;
    let body = serde_json::json!({
        "name": "Ann", "email": EMAIL, "password": "p\u{e4}ssw\u{f6}rd \u{fb01} \u{212b}",
    });
    app.anonymous().post_auth("sign-up/email", body).await.expect_ok();
    let decomposed = "pa\u{308}sswo\u{308}rd fi A\u{30a}";
    app.anonymous().sign_in(EMAIL, decomposed).await.expect_ok();
    let refused = app.anonymous().sign_in(EMAIL, "password fi A").await;
    refused.assert_error(401, "INVALID_EMAIL_OR_PASSWORD");
}
