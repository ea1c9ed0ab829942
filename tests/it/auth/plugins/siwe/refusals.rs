//! Messages, wallets and pages that are refused.

use serde_json::json;

use super::{ON, Wallet, assert_refused, message, nonce, sign_in, verify};
use crate::it::support::{PASSWORD, TestApp};

#[tokio::test]
async fn a_message_for_another_site_or_time_or_of_another_signer_is_refused() {
    let app = TestApp::start_with(&[ON]).await;
    let (client, wallet) = (app.anonymous(), Wallet::new(1));
    let mismatch = "UNAUTHORIZED_SIWE_MESSAGE_MISMATCH";
    let now = "Issued At: 2026-11-20T12:00:00.000Z";
    for (from, to, code) in [
        ("localhost:3000 wants", "evil.example wants", mismatch),
        ("localhost:3000 wants", "localhost wants", mismatch),
        ("URI: http://localhost:3000", "URI: https://evil.example", mismatch),
        ("Version: 1", "Version: 2", mismatch),
        ("Chain ID: 1", "Chain ID: 0", mismatch),
        ("0x", "0xg", mismatch),
        (now, "Issued At: 2026-11-20T12:10:00Z", "UNAUTHORIZED_SIWE_MESSAGE_NOT_YET_VALID"),
        (
            now,
            "Issued At: 2026-11-20T11:00:00Z\nExpiration Time: 2026-11-20T12:00:00Z",
            "UNAUTHORIZED_SIWE_MESSAGE_EXPIRED",
        ),
        (
            now,
            "Issued At: 2026-11-20T12:00:00Z\nNot Before: 2026-11-20T12:00:01Z",
            "UNAUTHORIZED_SIWE_MESSAGE_NOT_YET_VALID",
        ),
        (now, "Issued At: 2026-11-20T12:00:00Z\nExpiration Time: never", mismatch),
    ] {
        let text = message(&wallet, &nonce(&client).await).replacen(from, to, 1);
        assert_refused(&verify(&client, &wallet, &text).await, code);
    }
    let text = message(&wallet, &nonce(&client).await);
    let refused = verify(&client, &Wallet::new(2), &text).await;
    assert_refused(&refused, "");
    assert_eq!(refused.json()["message"], "Unauthorized: Invalid SIWE signature");
    // The signature of another message, and none.
    for signature in [wallet.sign("another"), "0x00".to_owned(), "hush".to_owned()] {
        let text = message(&wallet, &nonce(&client).await);
        let body = json!({ "message": text, "signature": signature });
        assert_refused(&client.post_auth("siwe/verify", body).await, "");
    }
    assert!(app.database.first_column(r#"select "id" from "user""#).await.is_empty());
    for (body, expected) in [
        (
            json!({}),
            "[body.message] Invalid input: expected string, received undefined; \
            [body.signature] Invalid input: expected string, received undefined",
        ),
        (
            json!({ "message": "", "signature": "x" }),
            "[body.message] Too small: expected string to have >=1 characters",
        ),
        (
            json!({ "message": "x", "signature": "x", "chainId": 1 }),
            "[body] Unrecognized key: \"chainId\"",
        ),
        (
            json!({ "message": "x", "signature": "x", "email": "x" }),
            "[body.email] Invalid email address",
        ),
    ] {
        let response = client.post_auth("siwe/verify", body).await;
        response.assert_error(400, "VALIDATION_ERROR");
        assert_eq!(response.json()["message"], expected);
    }
    let extra = client.post_auth("siwe/nonce", json!({ "walletAddress": "0x" })).await;
    extra.assert_error(400, "VALIDATION_ERROR");
}

#[tokio::test]
async fn a_user_with_the_placeholder_of_a_wallet_does_not_keep_its_owner_out() {
    let app = TestApp::start_with(&[ON]).await;
    let squatter = app.signed_in("ann").await.session().await["user"]["id"].clone();
    let wallet = Wallet::new(1);
    let placeholder = format!("{}@siwe.placeholder.invalid", wallet.address());
    let update = format!(r#"update "user" set "email" = '{placeholder}'"#);
    app.database.execute(&update).await;
    let owner = app.anonymous();
    let id = sign_in(&owner, &wallet).await.expect_ok()["user"]["id"].clone();
    assert_ne!(id, squatter);
    let email = owner.session().await["user"]["email"].as_str().unwrap().to_owned();
    assert!(email.ends_with(&format!(".{placeholder}")), "{email}");
    assert_eq!(sign_in(&app.anonymous(), &wallet).await.expect_ok()["user"]["id"], id);
}

#[tokio::test]
async fn a_wallet_does_not_walk_around_second_factor_ban_and_unlinking() {
    let app = TestApp::start_with(&["--auth-plugins=siwe,two-factor"]).await;
    let (ann, wallet) = (app.anonymous(), Wallet::new(1));
    let id = sign_in(&ann, &wallet).await.expect_ok()["user"]["id"].clone();
    app.database.execute(r#"update "user" set "twoFactorEnabled" = true"#).await;
    let challenged = app.anonymous();
    let answer = sign_in(&challenged, &wallet).await.expect_ok();
    assert_eq!(answer["twoFactorRedirect"], true);
    assert!(!challenged.is_signed_in().await);
    app.database.execute(r#"update "user" set "twoFactorEnabled" = false, "banned" = true"#).await;
    sign_in(&app.anonymous(), &wallet).await.assert_error(403, "BANNED_USER");

    // Its user removed the wallet.
    app.database
        .execute(r#"update "user" set "banned" = false, "email" = 'ann@example.com'"#)
        .await;
    app.database.execute(r#"delete from "account" where "providerId" = 'siwe'"#).await;
    let other = sign_in(&app.anonymous(), &wallet).await.expect_ok();
    assert_ne!(other["user"]["id"], id);
}

#[tokio::test]
async fn pages_of_others_and_disabled_routes_are_refused() {
    let app = TestApp::start_with(&[ON, "--auth-disabled-paths=/siwe/nonce"]).await;
    let ann = app.signed_in("ann").await;
    let headers = [("origin", "https://evil.example")];
    let body = json!({ "message": "x", "signature": "x" });
    let foreign = ann.post_with_headers("/api/auth/siwe/verify", &headers, body).await;
    foreign.assert_error(403, "INVALID_ORIGIN");
    for route in ["siwe/nonce", "siwe/get-nonce"] {
        assert_eq!(ann.post_auth(route, json!({})).await.status.as_u16(), 404, "{route}");
    }
    let app = TestApp::start_with(&[ON, "--auth-siwe-domain=books.example.com"]).await;
    let (client, wallet) = (app.anonymous(), Wallet::new(1));
    let text = message(&wallet, &nonce(&client).await);
    let text = text.replace("localhost:3000 wants", "books.example.com wants");
    // The URI is of this server, which is trusted.
    verify(&client, &wallet, &text).await.expect_ok();
    let ann = app.signed_in("ann").await;
    ann.sign_in("ann@example.com", PASSWORD).await.expect_ok();
    let app = TestApp::start().await;
    assert_eq!(app.anonymous().post_auth("siwe/nonce", json!({})).await.status.as_u16(), 404);
}

#[tokio::test]
async fn where_nobody_can_sign_up_an_unknown_wallet_is_refused() {
    let open = TestApp::start_with(&[ON]).await;
    let (known, unknown) = (Wallet::new(1), Wallet::new(2));
    sign_in(&open.anonymous(), &known).await.expect_ok();
    let app = open.restart_with(&[ON, "--auth-disable-sign-up=true"]).await;
    sign_in(&app.anonymous(), &known).await.expect_ok();
    let refused = sign_in(&app.anonymous(), &unknown).await;
    refused.assert_error(403, "SIGN_UP_DISABLED");
    assert_eq!(refused.json()["status"], 403);
    assert_eq!(app.database.first_column(r#"select "id" from "user""#).await.len(), 1);
}
