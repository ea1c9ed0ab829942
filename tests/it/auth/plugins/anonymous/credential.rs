//! A guest who gets a credential, a verified address or a verified number is a guest no longer.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{column, exists, guest_with_book, owners};
use crate::it::support::{Answer, Authenticator, Client, PASSWORD, TestApp};

const ON: &str = "--auth-plugins=anonymous,phone-number,email-otp,passkey,siwe";
const NUMBER: &str = "+4930123456";
const GUS: &str = "gus@example.com";
const NEW: &str = "another horse battery";

async fn start() -> TestApp {
    let app = TestApp::start_with(&[ON, "--auth-email-otp-change-email=true"]).await;
    app.signed_in("bob").await;
    app
}

/// Whether the user has the mark of guests.
async fn is_marked(app: &TestApp, id: &str) -> bool {
    let marked = format!(r#"select "id" from "user" where "isAnonymous" and "id" = '{id}'"#);
    !column(app, &marked).await.is_empty()
}

/// Neither deletes themselves as a guest, nor is deleted by the sign-in of another user.
async fn assert_stays(app: &TestApp, client: &Client, id: &str) {
    let refused = client.post_auth("delete-anonymous-user", json!({})).await;
    refused.assert_error(403, "USER_IS_NOT_ANONYMOUS");
    client.sign_in("bob@example.com", PASSWORD).await.expect_ok();
    assert_ne!(client.user_id().await, id);
    assert!(exists(app, id).await);
    assert_eq!(owners(app).await, [id]);
}

async fn assert_became_user(app: &TestApp, client: &Client, id: &str) {
    assert!(!is_marked(app, id).await);
    let user = client.session().await["user"].clone();
    assert_eq!((&user["id"], &user["isAnonymous"]), (&json!(id), &json!(false)));
    assert_stays(app, client, id).await;
}

#[tokio::test]
async fn a_guest_who_verifies_a_number_is_a_user() {
    let app = start().await;
    let (client, id) = guest_with_book(&app).await;
    client.post_auth("phone-number/send-otp", json!({ "phoneNumber": NUMBER })).await.expect_ok();
    let text = app.newest_mail("phone-verification", NUMBER).await.text;
    let code = text.split(' ').next().unwrap();
    let body = json!({ "phoneNumber": NUMBER, "code": code, "updatePhoneNumber": true });
    let answer = client.post_auth("phone-number/verify", body).await.expect_ok();
    assert_eq!(answer["user"]["isAnonymous"], false);
    assert_became_user(&app, &client, &id).await;
}

#[tokio::test]
async fn a_guest_who_verifies_an_address_is_a_user() {
    let app = start().await;
    let (client, id) = guest_with_book(&app).await;
    let asked = client.post_auth("email-otp/request-email-change", json!({ "newEmail": GUS }));
    asked.await.expect_ok();
    let text = app.newest_mail("change-email-code", GUS).await.text;
    let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|c| c.is_ascii_digit());
    let otp = text.lines().find(is_code).unwrap();
    let body = json!({ "newEmail": GUS, "otp": otp });
    client.post_auth("email-otp/change-email", body).await.expect_ok();
    assert_became_user(&app, &client, &id).await;
}

#[tokio::test]
async fn a_guest_who_registers_a_passkey_is_a_user() {
    let app = start().await;
    let (client, id) = guest_with_book(&app).await;
    let options = client.get_auth("passkey/generate-register-options").await.expect_ok();
    let made = Authenticator::new().attest(&Answer::creation(&options));
    let body = json!({ "response": made });
    client.post_auth("passkey/verify-registration", body).await.expect_ok();
    assert_became_user(&app, &client, &id).await;
}

#[tokio::test]
async fn a_guest_who_links_an_account_is_a_user() {
    let flags = ["--auth-plugins=anonymous", "--auth-account-linking-different-emails=true"];
    let (app, providers) = TestApp::start_with_providers(&["acme"], &flags).await;
    app.signed_in("bob").await;
    let (client, id) = guest_with_book(&app).await;
    let body = json!({ "provider": "acme", "callbackURL": "/", "disableRedirect": true });
    let begun = client.post_auth("link-social", body).await.expect_ok();
    client.get(&providers.authorize("acme", begun["url"].as_str().unwrap())).await;
    assert_eq!(column(&app, &accounts_of(&id)).await, ["acme"]);
    assert_became_user(&app, &client, &id).await;
}

fn accounts_of(id: &str) -> String {
    format!(r#"select "providerId" from "account" where "userId" = '{id}'"#)
}

#[tokio::test]
async fn a_guest_who_sets_a_password_is_a_user() {
    let app = start().await;
    let (_, id) = guest_with_book(&app).await;
    let sql = format!(r#"update "user" set "email" = '{GUS}' where "id" = '{id}'"#);
    app.database.execute(&sql).await;
    let client = app.anonymous();
    let request = [("email", GUS)];
    client.post_auth_strings("request-password-reset", &request).await.expect_ok();
    let token = app.newest_mail("reset", GUS).await.link_token();
    client.reset_password(&token, NEW).await.expect_ok();
    assert!(!is_marked(&app, &id).await);
    client.sign_in(GUS, NEW).await.expect_ok();
    assert_became_user(&app, &client, &id).await;
}

/// What a better-auth server stores of a guest who got a credential: the mark stays.
fn credentials(id: &str) -> [String; 5] {
    let stored = |table: &str, columns: &str, values: &str| {
        format!(
            r#"insert into "{table}" ("id", "userId", {columns})
               select 'x', "id", {values} from "user" where "id" = '{id}'"#
        )
    };
    let account = r#""accountId", "providerId", "createdAt", "updatedAt""#;
    let passkey = r#""publicKey", "credentialID", "counter", "deviceType", "backedUp""#;
    let wallet = r#""address", "chainId", "isPrimary", "createdAt""#;
    [
        stored("account", account, r#"'1', 'github', "createdAt", "createdAt""#),
        stored("passkey", passkey, "'k', 'c', 0, 'singleDevice', false"),
        stored("walletAddress", wallet, r#"'0x1', 1, true, "createdAt""#),
        format!(r#"update "user" set "phoneNumber" = '{NUMBER}' where "id" = '{id}'"#),
        format!(r#"update "user" set "emailVerified" = true where "id" = '{id}'"#),
    ]
}

#[tokio::test]
async fn a_user_with_a_credential_and_the_mark_of_a_guest_is_neither_transferred_nor_deleted() {
    for at in 0..5 {
        let app = start().await;
        let (client, id) = guest_with_book(&app).await;
        let sql = &credentials(&id)[at];
        app.database.execute(sql).await;
        assert!(is_marked(&app, &id).await);
        assert_stays(&app, &client, &id).await;
        app.database.execute(r#"delete from "book""#).await;
        app.clock.advance(TimeDelta::days(31));
        app.app.sweep().await.unwrap();
        assert!(exists(&app, &id).await, "{sql}");
    }
}

#[tokio::test]
async fn a_sign_in_with_a_credential_removes_the_mark_of_a_guest() {
    let app = start().await;
    let ann = app.signed_in("ann").await.user_id().await;
    app.database.execute(r#"update "user" set "isAnonymous" = true"#).await;
    let (client, guest) = guest_with_book(&app).await;
    let answer: Value = client.sign_in("ann@example.com", PASSWORD).await.expect_ok();
    assert_eq!(answer["user"]["isAnonymous"], false);
    assert!(!is_marked(&app, &ann).await);
    assert_eq!(owners(&app).await, [ann], "the guest of the browser is transferred");
    assert!(!exists(&app, &guest).await);
}
