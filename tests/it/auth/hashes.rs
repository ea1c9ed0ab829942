//! Stored passwords: their forms, and how one becomes another.

use crate::it::support::{PASSWORD, TestApp};

const EMAIL: &str = "ann@example.com";
/// Of "correct horse battery", by crypt(3), and in better-auth's form.
const BCRYPT: &str = "$2b$10$Cu0y699LmbFY/4Lxq.vQFOk8pk5ts1CKuvICPa6sAdXcAD45EJx2W";
const SCRYPT: &str = "0123456789abcdef0123456789abcdef:b87ad68e260d745e9edfac97cc70f72a8fbb1771cf033e8d2b3c360d3788e3548d977bae5090f5d6cd75f5190a6fbe6b0b5737d5420119bd1e44ccdc779acfe5";

async fn store(app: &TestApp, hash: &str) {
    app.database.execute(&format!(r#"update "account" set "password" = '{hash}'"#)).await;
}

async fn stored(app: &TestApp) -> String {
    app.database.first_column(r#"select "password" from "account""#).await.remove(0)
}

#[tokio::test]
async fn passwords_of_other_servers_sign_in_and_are_stored_anew() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    let bcrypt = ["$2a$", "$2b$", "$2y$"].map(|prefix| BCRYPT.replacen("$2b$", prefix, 1));
    for old in bcrypt.iter().map(String::as_str).chain([SCRYPT]) {
        store(&app, old).await;
        let refused = app.anonymous().sign_in(EMAIL, "wrong horse battery").await;
        refused.assert_error(401, "INVALID_EMAIL_OR_PASSWORD");
        assert_eq!(stored(&app).await, old, "a wrong password changes nothing");

        app.anonymous().sign_in(EMAIL, PASSWORD).await.expect_ok();
        let new = stored(&app).await;
        assert!(new.starts_with("$argon2id$"), "{new}");
        app.anonymous().sign_in(EMAIL, PASSWORD).await.expect_ok();
        assert_eq!(stored(&app).await, new, "what is as it should be stays");
    }
}

#[tokio::test]
async fn passwords_are_stored_as_better_auth_reads_them_where_that_is_set() {
    let app = TestApp::start_with(&["--auth-password-hash", "scrypt"]).await;
    app.signed_in("ann").await;
    let is_scrypt = |hash: &str| {
        let hex = |text: &str| text.bytes().all(|c| c.is_ascii_hexdigit());
        hash.split_once(':').is_some_and(|(salt, key)| {
            (salt.len(), key.len()) == (32, 128) && hex(salt) && hex(key)
        })
    };
    let first = stored(&app).await;
    assert!(is_scrypt(&first), "{first}");
    store(&app, BCRYPT).await;
    app.anonymous().sign_in(EMAIL, PASSWORD).await.expect_ok();
    assert!(is_scrypt(&stored(&app).await));
}

#[tokio::test]
async fn many_who_sign_in_while_the_form_changes_all_get_in() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    store(&app, BCRYPT).await;
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..5 {
        let client = app.anonymous();
        tries.spawn(async move { client.sign_in(EMAIL, PASSWORD).await.status_and_code() });
    }
    assert_eq!(tries.join_all().await, vec![(200, String::new()); 5]);
}

#[tokio::test]
async fn one_password_is_stored_differently_each_time() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    app.signed_in("bob").await;
    let hashes = app.database.first_column(r#"select "password" from "account""#).await;
    assert_eq!(hashes.len(), 2);
    assert_ne!(hashes[0], hashes[1]);
    assert!(hashes.iter().all(|hash| !hash.contains(PASSWORD)));
}

#[tokio::test]
async fn a_password_fits_however_it_was_composed() {
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
