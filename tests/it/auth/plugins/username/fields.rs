//! The fields of sign-up and updates, and their rules.

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{assert_wrong, member, sign_in, sign_up, start, update};
use crate::it::support::{PASSWORD, TestApp};

#[tokio::test]
async fn sign_up_stores_both_forms_and_refuses_bad_names() {
    let app = start(&[]).await;
    let client = app.anonymous();
    for (fields, code) in [
        (json!({ "username": "an" }), "USERNAME_TOO_SHORT"),
        (json!({ "username": "" }), "USERNAME_TOO_SHORT"),
        (json!({ "username": "a".repeat(31) }), "USERNAME_TOO_LONG"),
        (json!({ "username": "a b c" }), "INVALID_USERNAME"),
        (json!({ "username": "ann", "displayUsername": "a\u{202e}b" }), "INVALID_DISPLAY_USERNAME"),
        (json!({ "username": 5 }), "VALIDATION_ERROR"),
    ] {
        sign_up(&client, "eve", fields).await.assert_error(400, code);
    }
    for (name, fields, expected) in [
        ("ann", json!({ "username": "Ann", "displayUsername": "Ann Smith" }), ("ann", "Ann Smith")),
        ("bob", json!({ "displayUsername": "Bob" }), ("bob", "Bob")),
        ("cid", json!({ "displayUsername": "Cid Doe" }), ("", "Cid Doe")),
        ("dora", json!({ "username": null }), ("", "")),
    ] {
        let user = &sign_up(&app.anonymous(), name, fields).await.expect_ok()["user"];
        let text = |field: &str| user[field].as_str().unwrap_or_default().to_owned();
        assert_eq!(
            (text("username"), text("displayUsername")),
            (expected.0.into(), expected.1.into())
        );
    }
    let taken = sign_up(&client, "eve", json!({ "username": "ANN" })).await;
    taken.assert_error(400, "USERNAME_IS_ALREADY_TAKEN");
    let taken = sign_up(&client, "eve", json!({ "displayUsername": "Bob" })).await;
    taken.assert_error(400, "USERNAME_IS_ALREADY_TAKEN");
}

#[tokio::test]
async fn of_parallel_sign_ups_with_one_name_one_succeeds() {
    let app = start(&[]).await;
    let mut requests = JoinSet::new();
    for index in 0..8 {
        let client = app.anonymous();
        requests.spawn(async move {
            let name = format!("ann{index}");
            sign_up(&client, &name, json!({ "username": "Ann" })).await.status_and_code()
        });
    }
    let mut outcomes = requests.join_all().await;
    outcomes.sort();
    assert_eq!(outcomes.remove(0), (200, String::new()));
    let taken = (400, "USERNAME_IS_ALREADY_TAKEN".to_owned());
    assert!(outcomes.iter().all(|outcome| *outcome == taken), "{outcomes:?}");
    let users = r#"select "username" from "user""#;
    assert_eq!(app.database.first_column(users).await, ["ann"]);
}

#[tokio::test]
async fn a_name_is_changed_and_is_free_again() {
    let app = start(&[]).await;
    let ann = member(&app, "ann", "ann").await;
    let bob = member(&app, "bob", "bob").await;
    update(&ann, json!({ "username": "BOB" })).await.assert_error(400, "USERNAME_IS_ALREADY_TAKEN");
    update(&ann, json!({ "username": "" })).await.assert_error(400, "USERNAME_TOO_SHORT");
    update(&ann, json!({ "username": 5 })).await.assert_error(400, "VALIDATION_ERROR");
    update(&ann, json!({ "username": "ANN" })).await.expect_ok();
    update(&ann, json!({ "username": "Anna", "displayUsername": "Änne" })).await.expect_ok();
    let user = ann.session().await["user"].clone();
    assert_eq!((&user["username"], &user["displayUsername"]), (&json!("anna"), &json!("Änne")));
    assert_wrong(&sign_in(&app.anonymous(), "ann", PASSWORD).await);
    sign_in(&app.anonymous(), "anna", PASSWORD).await.expect_ok();
    update(&bob, json!({ "username": "ann" })).await.expect_ok();
    update(&ann, json!({ "username": null })).await.expect_ok();
    assert_eq!(ann.session().await["user"]["username"], Value::Null);
    let nobody = update(&app.anonymous(), json!({ "username": "nobody" })).await;
    nobody.assert_error(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn of_parallel_updates_to_one_name_one_succeeds() {
    let app = start(&[]).await;
    let mut requests = JoinSet::new();
    for index in 0..4 {
        let client = member(&app, &format!("ann{index}"), &format!("ann{index}")).await;
        requests.spawn(async move {
            update(&client, json!({ "username": "Queen" })).await.status_and_code()
        });
    }
    let mut outcomes = requests.join_all().await;
    outcomes.sort();
    assert_eq!(outcomes.remove(0), (200, String::new()));
    let taken = (400, "USERNAME_IS_ALREADY_TAKEN".to_owned());
    assert!(outcomes.iter().all(|outcome| *outcome == taken), "{outcomes:?}");
}

#[tokio::test]
async fn the_rules_of_names_are_settings() {
    let app = start(&[
        "--auth-username-min-length=5",
        "--auth-username-max-length=8",
        "--auth-username-validator=[a-z-]+",
        "--auth-username-validation-order=post-normalization",
        "--auth-username-immutable=true",
    ])
    .await;
    let client = app.anonymous();
    for (name, code) in [
        ("abcd", "USERNAME_TOO_SHORT"),
        ("abcdefghi", "USERNAME_TOO_LONG"),
        ("ann_lee", "INVALID_USERNAME"),
    ] {
        sign_up(&client, "ann", json!({ "username": name })).await.assert_error(400, code);
    }
    let ann = member(&app, "ann", "Ann-Lee").await;
    for fields in [json!({ "username": "other" }), json!({ "username": null })] {
        update(&ann, fields).await.assert_error(400, "USERNAME_IS_IMMUTABLE");
    }
    update(&ann, json!({ "username": "ANN-LEE", "name": "Anna" })).await.expect_ok();
    // A user without a name gets one.
    let bob = app.signed_in("bob").await;
    update(&bob, json!({ "username": "bobby" })).await.expect_ok();

    let exact = start(&["--auth-username-normalization=false"]).await;
    member(&exact, "ann", "Ann").await;
    member(&exact, "anna", "ann").await;
    let user = sign_in(&exact.anonymous(), "Ann", PASSWORD).await.expect_ok()["user"].clone();
    assert_eq!((&user["username"], &user["name"]), (&json!("Ann"), &json!("ann")));
    let plain = start(&["--auth-username-display-username=false"]).await;
    let body = sign_up(&plain.anonymous(), "ann", json!({ "displayUsername": "Ann" })).await;
    assert_eq!(body.expect_ok()["user"]["displayUsername"], Value::Null);
}

#[tokio::test]
async fn without_the_plugin_there_are_no_names() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let body = sign_up(&client, "ann", json!({ "username": "ann" })).await.expect_ok();
    assert!(body["user"].get("username").is_none());
    assert_eq!(sign_in(&client, "ann", PASSWORD).await.status.as_u16(), 404);
    update(&client, json!({ "username": "anna" })).await.assert_error(400, "");
}
