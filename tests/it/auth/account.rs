//! `update-user`, `list-accounts`, `unlink-account`.

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::it::support::{Client, PASSWORD, TestApp};

/// A second way to sign in, as an identity provider would leave it.
async fn link(app: &TestApp, id: &str, user: &str) {
    let date = "'2026-11-20T12:00:00.000Z'";
    app.database
        .execute(&format!(
            r#"insert into "account" ("id", "accountId", "providerId", "userId", "accessToken",
            "refreshToken", "scope", "createdAt", "updatedAt") values
            ('{id}', '42', 'github', '{user}', 'access-secret', 'refresh-secret',
            'read:user, user:email repo', {date}, {date})"#
        ))
        .await;
}

/// The ids of a user's ways to sign in.
async fn accounts(client: &Client) -> Vec<String> {
    let accounts = client.get_auth("list-accounts").await.expect_ok();
    let id = |account: &Value| account["id"].as_str().unwrap().to_owned();
    accounts.as_array().unwrap().iter().map(id).collect()
}

#[tokio::test]
async fn a_user_changes_name_and_picture() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let response =
        ann.post_auth_strings("update-user", &[("name", "Ann II"), ("image", "/x.png")]).await;
    assert_eq!(response.expect_ok(), json!({ "status": true }));
    assert_eq!(response.set_cookies().len(), 1);
    let user = ann.session().await["user"].clone();
    assert_eq!((&user["name"], &user["image"]), (&json!("Ann II"), &json!("/x.png")));
    ann.post_auth("update-user", json!({ "image": null })).await.expect_ok();
    assert_eq!(ann.session().await["user"]["image"], Value::Null);

    let none = ann.post_auth("update-user", json!({ "unknown": 1 })).await;
    assert_eq!(none.text, r#"{"message":"No fields to update"}"#);
    for (name, value) in
        [("name", json!("x".repeat(301))), ("name", json!({})), ("image", json!(5))]
    {
        let mut body = json!({});
        body[name] = value;
        ann.post_auth("update-user", body).await.assert_error(400, "VALIDATION_ERROR");
    }
    let anonymous = app.anonymous().post_auth_strings("update-user", &[("name", "x")]).await;
    anonymous.assert_error(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn ways_to_sign_in_are_listed_without_their_secrets() {
    let app = TestApp::start().await;
    let (ann, _) = (app.signed_in("ann").await, app.signed_in("bob").await);
    link(&app, "github-1", &ann.user_id().await).await;
    let response = ann.get_auth("list-accounts").await;
    assert!(!response.text.contains("-secret"), "{}", response.text);
    let listed = response.expect_ok();
    assert_eq!(listed.as_array().unwrap().len(), 2);
    let github = listed.as_array().unwrap().iter().find(|it| it["id"] == "github-1").unwrap();
    assert_eq!(
        *github,
        json!({
            "accountId": "42", "providerId": "github", "userId": ann.user_id().await,
            "createdAt": "2026-11-20T12:00:00.000Z", "updatedAt": "2026-11-20T12:00:00.000Z",
            "id": "github-1", "scopes": ["read:user", "user:email repo"],
        })
    );
    app.anonymous().get_auth("list-accounts").await.assert_error(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn the_last_way_to_sign_in_stays() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let own = accounts(&ann).await.remove(0);
    for id in [&*own, "unknown"] {
        let refused = ann.post_auth_strings("unlink-account", &[("accountId", id)]).await;
        refused.assert_error(400, "FAILED_TO_UNLINK_LAST_ACCOUNT");
    }
    link(&app, "github-1", &ann.user_id().await).await;
    ann.post_auth_strings("unlink-account", &[("accountId", &own)]).await.expect_ok();
    assert_eq!(accounts(&ann).await, ["github-1"]);
    let refused = app.anonymous().sign_in("ann@example.com", PASSWORD).await;
    refused.assert_error(401, "INVALID_EMAIL_OR_PASSWORD");

    let may = app.restart_with(&["--auth-unlink-last-account", "true"]).await;
    let client = may.anonymous();
    client.cookies().clone_from(&ann.cookies());
    client.post_auth_strings("unlink-account", &[("accountId", "github-1")]).await.expect_ok();
    assert!(accounts(&ann).await.is_empty());
}

#[tokio::test]
async fn nobody_unlinks_what_is_somebody_elses() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    for (id, client) in [("github-1", &ann), ("github-2", &bob)] {
        link(&app, id, &client.user_id().await).await;
    }
    let refused = bob.post_auth_strings("unlink-account", &[("accountId", "github-1")]).await;
    refused.assert_error(400, "ACCOUNT_NOT_FOUND");
    assert_eq!(accounts(&ann).await.len(), 2);
}

#[tokio::test]
async fn of_two_that_are_unlinked_at_once_one_stays() {
    let app = TestApp::start().await;
    for name in ["ann", "bob", "cy"] {
        let client = app.signed_in(name).await;
        link(&app, &format!("github-{name}"), &client.user_id().await).await;
        let mut tries = JoinSet::new();
        for id in accounts(&client).await {
            let client = client.duplicate();
            tries.spawn(async move {
                client
                    .post_auth_strings("unlink-account", &[("accountId", &id)])
                    .await
                    .status_and_code()
            });
        }
        let mut ends = tries.join_all().await;
        ends.sort();
        let last = (400, "FAILED_TO_UNLINK_LAST_ACCOUNT".to_owned());
        assert_eq!(ends, [(200, String::new()), last]);
        assert_eq!(accounts(&client).await.len(), 1);
    }
}
