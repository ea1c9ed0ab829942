//! List, rename and deletion of passkeys.

use serde_json::json;
use tokio::task::JoinSet;

use super::{count, creation_options, register, sign_in, verify_registration, with_passkey};
use crate::it::support::{Answer, Authenticator, PASSWORD};

#[tokio::test]
async fn a_passkey_is_renamed_and_deleted() {
    let (app, ann, authenticator) = with_passkey().await;
    let list = ann.get_auth("passkey/list-user-passkeys").await.expect_ok();
    let id = list[0]["id"].as_str().unwrap();
    let fields = [("id", id), ("name", " Laptop ")];
    let renamed = ann.post_auth_strings("passkey/update-passkey", &fields).await.expect_ok();
    let mut expected = list[0].clone();
    expected["name"] = json!("Laptop");
    assert_eq!(renamed, json!({ "passkey": expected }));
    let deleted = ann.post_auth_strings("passkey/delete-passkey", &[("id", id)]).await.expect_ok();
    assert_eq!(deleted, json!({ "status": true }));
    let list = ann.get_auth("passkey/list-user-passkeys").await.expect_ok();
    assert_eq!(list, json!([]));
    let response = sign_in(&app.anonymous(), &authenticator).await;
    response.assert_error(401, "PASSKEY_NOT_FOUND");
    let response = ann.post_auth_strings("passkey/delete-passkey", &[("id", id)]).await;
    response.assert_error(404, "PASSKEY_NOT_FOUND");
}

/// GHSA-4vcf-q4xf-f48m.
#[tokio::test]
async fn the_passkey_of_another_user_is_neither_shown_nor_renamed_nor_deleted() {
    let (app, ann, authenticator) = with_passkey().await;
    let list = ann.get_auth("passkey/list-user-passkeys").await.expect_ok();
    let id = list[0]["id"].as_str().unwrap();
    let bob = app.signed_in("bob").await;
    let own = register(&bob, &Authenticator::new()).await;
    assert_eq!(bob.get_auth("passkey/list-user-passkeys").await.expect_ok(), json!([own]));
    let response = bob.post_auth_strings("passkey/delete-passkey", &[("id", id)]).await;
    assert_eq!((response.status.as_u16(), response.text.as_str()), (401, ""));
    let fields = [("id", id), ("name", "Mine")];
    let response = bob.post_auth_strings("passkey/update-passkey", &fields).await;
    response.assert_error(401, "YOU_ARE_NOT_ALLOWED_TO_REGISTER_THIS_PASSKEY");
    assert_eq!(ann.get_auth("passkey/list-user-passkeys").await.expect_ok(), list);
    sign_in(&app.anonymous(), &authenticator).await.expect_ok();
}

#[tokio::test]
async fn unknown_passkeys_and_wrong_fields_are_refused() {
    let (app, ann, _) = with_passkey().await;
    for route in ["passkey/update-passkey", "passkey/delete-passkey"] {
        let fields = [("id", "none"), ("name", "x")];
        ann.post_auth_strings(route, &fields).await.assert_error(404, "PASSKEY_NOT_FOUND");
        let fields = [("id", "no\0ne"), ("name", "x")];
        ann.post_auth_strings(route, &fields).await.assert_error(404, "PASSKEY_NOT_FOUND");
        let response = ann.post_auth_strings(route, &[("id", ""), ("name", "x")]).await;
        assert_eq!(response.json(), json!({ "message": "Missing required parameter: id" }));
        let response = app.anonymous().post_auth_strings(route, &fields).await;
        response.assert_error(401, "UNAUTHORIZED");
    }
    let fields = [("id", ""), ("name", " \u{feff}")];
    let response = ann.post_auth_strings("passkey/update-passkey", &fields).await;
    let expected = "[body.name] Too small: expected string to have >=1 characters";
    assert_eq!(response.json()["message"], expected);
    let response = app.anonymous().get_auth("passkey/list-user-passkeys").await;
    response.assert_error(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn a_deleted_user_has_no_passkeys() {
    let (app, ann, authenticator) = with_passkey().await;
    let answer = Answer::creation(&creation_options(&ann).await);
    let copy = ann.duplicate();
    let mut requests = JoinSet::new();
    let response = Authenticator::new().attest(&answer);
    requests.spawn(async move { verify_registration(&copy, response).await.status.as_u16() });
    ann.post_auth_strings("delete-user", &[("password", PASSWORD)]).await.expect_ok();
    let status = requests.join_all().await.remove(0);
    assert!(status == 200 || status == 401, "{status}");
    assert_eq!(count(&app, "passkey").await, 0);
    let response = sign_in(&app.anonymous(), &authenticator).await;
    response.assert_error(401, "PASSKEY_NOT_FOUND");
}

#[tokio::test]
async fn deleting_a_user_ends_sign_ins_in_progress() {
    let (app, ann, authenticator) = with_passkey().await;
    let mut requests = JoinSet::new();
    for _ in 0..4 {
        let client = app.anonymous();
        let answer = Answer::request(&super::request_options(&client).await);
        let response = authenticator.assert(&answer);
        requests.spawn(async move {
            super::verify_authentication(&client, response).await.status.as_u16()
        });
    }
    ann.post_auth_strings("delete-user", &[("password", PASSWORD)]).await.expect_ok();
    for status in requests.join_all().await {
        assert!([200, 400, 401].contains(&status), "{status}");
    }
    assert_eq!(count(&app, "session").await, 0);
}
