//! The routes `update-user`, `list-accounts` and `unlink-account`.

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::it::support::{Client, PASSWORD, TestApp};

/// Adds an account of an identity provider to a user.
async fn add_github_account(app: &TestApp, id: &str, user: &str) {
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

/// Returns the ids of a user's accounts.
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
async fn list_accounts_returns_no_secrets() {
    let app = TestApp::start().await;
    let (ann, _) = (app.signed_in("ann").await, app.signed_in("bob").await);
    add_github_account(&app, "github-1", &ann.user_id().await).await;
    let response = ann.get_auth("list-accounts").await;
    assert!(!response.text.contains("-secret"), "{}", response.text);
    let accounts = response.expect_ok();
    assert_eq!(accounts.as_array().unwrap().len(), 2);
    let github =
        accounts.as_array().unwrap().iter().find(|account| account["id"] == "github-1").unwrap();
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
async fn the_last_account_cannot_be_unlinked() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let credential = accounts(&ann).await.remove(0);
    for id in [&*credential, "unknown"] {
        let refused = ann.post_auth_strings("unlink-account", &[("accountId", id)]).await;
        refused.assert_error(400, "FAILED_TO_UNLINK_LAST_ACCOUNT");
    }
    add_github_account(&app, "github-1", &ann.user_id().await).await;
    ann.post_auth_strings("unlink-account", &[("accountId", &credential)]).await.expect_ok();
    assert_eq!(accounts(&ann).await, ["github-1"]);
    let refused = app.anonymous().sign_in("ann@example.com", PASSWORD).await;
    refused.assert_error(401, "INVALID_EMAIL_OR_PASSWORD");

    let permissive = app.restart_with(&["--auth-unlink-last-account", "true"]).await;
    let client = permissive.anonymous();
    client.cookies().clone_from(&ann.cookies());
    client.post_auth_strings("unlink-account", &[("accountId", "github-1")]).await.expect_ok();
    assert!(accounts(&ann).await.is_empty());
}

#[tokio::test]
async fn a_user_cannot_unlink_the_account_of_another_user() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    for (id, client) in [("github-1", &ann), ("github-2", &bob)] {
        add_github_account(&app, id, &client.user_id().await).await;
    }
    let refused = bob.post_auth_strings("unlink-account", &[("accountId", "github-1")]).await;
    refused.assert_error(400, "ACCOUNT_NOT_FOUND");
    assert_eq!(accounts(&ann).await.len(), 2);
}

#[tokio::test]
async fn two_concurrent_unlinks_leave_one_account() {
    let app = TestApp::start().await;
    for name in ["ann", "bob", "cy"] {
        let client = app.signed_in(name).await;
        add_github_account(&app, &format!("github-{name}"), &client.user_id().await).await;
        let mut requests = JoinSet::new();
        for id in accounts(&client).await {
            let client = client.duplicate();
            requests.spawn(async move {
                client
                    .post_auth_strings("unlink-account", &[("accountId", &id)])
                    .await
                    .status_and_code()
            });
        }
        let mut outcomes = requests.join_all().await;
        outcomes.sort();
        let last = (400, "FAILED_TO_UNLINK_LAST_ACCOUNT".to_owned());
        assert_eq!(outcomes, [(200, String::new()), last]);
        assert_eq!(accounts(&client).await.len(), 1);
    }
}
