//! Sign-in with an Ethereum wallet.

mod refusals;

use chrono::TimeDelta;
use k256::ecdsa::SigningKey;
use serde_json::{Value, json};
use sha3::{Digest, Keccak256};
use tokio::task::JoinSet;

use crate::it::support::{Client, Response, TestApp};

const ON: &str = "--auth-plugins=siwe";

/// A wallet with one key.
struct Wallet(SigningKey);

impl Wallet {
    fn new(number: u8) -> Self {
        Self(SigningKey::from_slice(&[number; 32]).unwrap())
    }

    /// The address in lower case.
    fn address(&self) -> String {
        let point = self.0.verifying_key().to_sec1_point(false);
        let hash = Keccak256::digest(&point.as_bytes()[1..]);
        format!("0x{}", hex::encode(&hash[12..]))
    }

    fn sign(&self, message: &str) -> String {
        let text = format!("\x19Ethereum Signed Message:\n{}{message}", message.len());
        let (signature, recovery) = self.0.sign_prehash_recoverable(&Keccak256::digest(text));
        format!("0x{}{:02x}", hex::encode(signature.to_bytes()), recovery.to_byte() + 27)
    }
}

async fn nonce(client: &Client) -> String {
    let body = client.post_auth("siwe/nonce", json!({})).await.expect_ok();
    body["nonce"].as_str().unwrap().to_owned()
}

/// A message of a wallet for this server.
fn message(wallet: &Wallet, nonce: &str) -> String {
    format!(
        "localhost:3000 wants you to sign in with your Ethereum account:\n{}\n\n\
        Read books.\n\n\
        URI: http://localhost:3000/login\nVersion: 1\nChain ID: 1\nNonce: {nonce}\n\
        Issued At: 2026-11-20T12:00:00.000Z",
        wallet.address()
    )
}

async fn verify(client: &Client, wallet: &Wallet, message: &str) -> Response {
    let body = json!({ "message": message, "signature": wallet.sign(message) });
    client.post_auth("siwe/verify", body).await
}

async fn sign_in(client: &Client, wallet: &Wallet) -> Response {
    let nonce = nonce(client).await;
    verify(client, wallet, &message(wallet, &nonce)).await
}

#[track_caller]
fn assert_refused(response: &Response, code: &str) {
    response.assert_error(401, code);
    assert_eq!(response.json()["status"], 401);
}

#[tokio::test]
async fn a_wallet_signs_in_and_is_a_user() {
    let app = TestApp::start_with(&[ON]).await;
    let (client, wallet) = (app.anonymous(), Wallet::new(1));
    let answer = sign_in(&client, &wallet).await.expect_ok();
    assert_eq!(answer["success"], true);
    assert_eq!(answer["user"]["chainId"], 1);
    let address = answer["user"]["walletAddress"].as_str().unwrap();
    assert_eq!(address.to_lowercase(), wallet.address());
    assert_ne!(address, wallet.address(), "the checksum has capital letters");
    let session = client.session().await;
    assert_eq!(session["session"]["token"], answer["token"]);
    let user = &session["user"];
    assert_eq!(user["id"], answer["user"]["id"]);
    assert_eq!((&user["name"], &user["image"]), (&json!(address), &json!("")));
    let email = format!("{}@siwe.placeholder.invalid", wallet.address());
    assert_eq!((&user["email"], &user["emailVerified"]), (&json!(email), &json!(false)));

    let accounts = client.get_auth("list-accounts").await.expect_ok();
    assert_eq!(accounts[0]["providerId"], "siwe");
    assert_eq!(accounts[0]["accountId"], format!("{address}:1"));
    let again = app.anonymous();
    assert_eq!(sign_in(&again, &wallet).await.expect_ok()["user"]["id"], user["id"]);
    assert_eq!(sign_in(&app.anonymous(), &Wallet::new(2)).await.expect_ok()["user"]["chainId"], 1);
    assert_eq!(app.database.first_column(r#"select "id" from "user""#).await.len(), 2);
}

#[tokio::test]
async fn a_wallet_on_another_chain_is_the_same_user() {
    let app = TestApp::start_with(&[ON]).await;
    let (client, wallet) = (app.anonymous(), Wallet::new(1));
    let first = sign_in(&client, &wallet).await.expect_ok();
    let on_polygon =
        message(&wallet, &nonce(&client).await).replace("Chain ID: 1", "Chain ID: 137");
    let second = verify(&client, &wallet, &on_polygon).await.expect_ok();
    assert_eq!(second["user"]["id"], first["user"]["id"]);
    assert_eq!(second["user"]["chainId"], 137);
    let rows = r#"select "chainId" || ' ' || case when "isPrimary" then 'first' else 'later' end
        from "walletAddress" order by "chainId""#;
    assert_eq!(app.database.first_column(rows).await, ["1 first", "137 later"]);
    assert_eq!(client.get_auth("list-accounts").await.expect_ok().as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_nonce_is_used_once_and_expires() {
    let app = TestApp::start_with(&[ON]).await;
    let (client, wallet) = (app.anonymous(), Wallet::new(1));
    let first = message(&wallet, &nonce(&client).await);
    verify(&client, &wallet, &first).await.expect_ok();
    let code = "UNAUTHORIZED_INVALID_OR_EXPIRED_NONCE";
    assert_refused(&verify(&app.anonymous(), &wallet, &first).await, code);
    let invented = message(&wallet, "abcdefgh12345678");
    assert_refused(&verify(&client, &wallet, &invented).await, code);
    let late = message(&wallet, &nonce(&client).await);
    app.clock.advance(TimeDelta::minutes(15) + TimeDelta::seconds(1));
    assert_refused(&verify(&client, &wallet, &late).await, code);

    let at_once = message(&wallet, &nonce(&client).await);
    let mut tries = JoinSet::new();
    for _ in 0..10 {
        let (client, message) = (app.anonymous(), at_once.clone());
        tries.spawn(async move { verify(&client, &Wallet::new(1), &message).await });
    }
    let answers = tries.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.status.as_u16() == 200).count(), 1);
}

#[tokio::test]
async fn a_claimed_address_is_used_if_nobody_has_it() {
    let flags =
        [ON, "--auth-siwe-anonymous", "false", "--auth-siwe-email-domain-name=w.example.com"];
    let app = TestApp::start_with(&flags).await;
    app.signed_in("ann").await;
    let claim = async |wallet: &Wallet, email: &str| {
        let client = app.anonymous();
        let text = message(wallet, &nonce(&client).await);
        let body = json!({ "message": text, "signature": wallet.sign(&text), "email": email });
        client.post_auth("siwe/verify", body).await.expect_ok();
        client.session().await["user"].clone()
    };
    let bob = claim(&Wallet::new(1), "Bob@example.com").await;
    assert_eq!((&bob["email"], &bob["emailVerified"]), (&json!("bob@example.com"), &json!(false)));
    let other = claim(&Wallet::new(2), "ann@example.com").await;
    let own = format!("{}@w.example.com", Wallet::new(2).address());
    assert_eq!(other["email"], own);
    // A known wallet keeps its address.
    assert_eq!(claim(&Wallet::new(1), "new@example.com").await["email"], "bob@example.com");
    let missing = sign_in(&app.anonymous(), &Wallet::new(3)).await;
    missing.assert_error(400, "VALIDATION_ERROR");
    let message = "[body.email] Email is required when the anonymous plugin option is disabled.";
    assert_eq!(missing.json()["message"], message);
}

#[tokio::test]
async fn of_parallel_sign_ins_of_a_new_wallet_one_creates_the_user() {
    let app = TestApp::start_with(&[ON]).await;
    let mut tries = JoinSet::new();
    for _ in 0..8 {
        let client = app.anonymous();
        tries.spawn(async move { sign_in(&client, &Wallet::new(1)).await.expect_ok() });
    }
    let answers = tries.join_all().await;
    let first: &Value = &answers[0]["user"]["id"];
    assert!(answers.iter().all(|answer| answer["user"]["id"] == *first));
    for table in ["user", "walletAddress", "account"] {
        let rows = app.database.first_column(&format!(r#"select "id" from "{table}""#)).await;
        assert_eq!(rows.len(), 1, "{table}");
    }
}

#[tokio::test]
async fn deleting_a_user_removes_their_wallet() {
    let app = TestApp::start_with(&[ON]).await;
    let (client, wallet) = (app.anonymous(), Wallet::new(1));
    let id = sign_in(&client, &wallet).await.expect_ok()["user"]["id"].clone();
    client.post_auth("delete-user", json!({})).await.expect_ok();
    assert!(app.database.first_column(r#"select "id" from "walletAddress""#).await.is_empty());
    assert_ne!(sign_in(&client, &wallet).await.expect_ok()["user"]["id"], id);
}
