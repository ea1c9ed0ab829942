//! Concurrent requests of one user.

use serde_json::json;
use tokio::task::JoinSet;

use crate::it::support::{Client, PASSWORD, TestApp};

const EMAIL: &str = "ann@example.com";
const NEW: &str = "another horse battery";

/// Starts sign-ins with the old password while `client` posts to a route as the second request.
/// Returns the status of that post.
async fn post_during_sign_ins(
    app: &TestApp,
    client: Client,
    route: &'static str,
    body: serde_json::Value,
) -> u16 {
    let mut requests = JoinSet::new();
    let sign_in = |requests: &mut JoinSet<_>| {
        let client = app.anonymous();
        requests.spawn(async move {
            let (status, _) = client.sign_in(EMAIL, PASSWORD).await.status_and_code();
            assert!(status == 200 || status == 401, "{status}");
            None
        });
    };
    sign_in(&mut requests);
    requests.spawn(async move { Some(client.post_auth(route, body).await.status.as_u16()) });
    for _ in 0..6 {
        sign_in(&mut requests);
    }
    requests.join_all().await.into_iter().flatten().next().unwrap()
}

/// Returns the ids of all sessions.
async fn sessions(app: &TestApp) -> Vec<String> {
    app.database.first_column(r#"select "token" from "session""#).await
}

#[tokio::test]
async fn a_reset_ends_sign_ins_in_progress() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    app.anonymous()
        .post_auth_strings("request-password-reset", &[("email", EMAIL)])
        .await
        .expect_ok();
    let token = app.newest_mail("reset", EMAIL).await.link_token();
    let body = json!({ "token": token, "newPassword": NEW });
    assert_eq!(post_during_sign_ins(&app, app.anonymous(), "reset-password", body).await, 200);
    assert_eq!(sessions(&app).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_password_change_with_revocation_ends_sign_ins_in_progress() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let body = json!({
        "currentPassword": PASSWORD, "newPassword": NEW, "revokeOtherSessions": true,
    });
    assert_eq!(post_during_sign_ins(&app, ann, "change-password", body).await, 200);
    assert_eq!(sessions(&app).await.len(), 1);
}

#[tokio::test]
async fn deleting_a_user_ends_sign_ins_in_progress() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let body = json!({ "password": PASSWORD });
    assert_eq!(post_during_sign_ins(&app, ann, "delete-user", body).await, 200);
    assert_eq!(sessions(&app).await, Vec::<String>::new());
    for audit in app.database.first_column(r#"select "outcome" from "auditEvent""#).await {
        assert!(audit == "done" || audit == "INVALID_EMAIL_OR_PASSWORD", "{audit}");
    }
}

#[tokio::test]
async fn concurrent_deletions_delete_once() {
    let app = TestApp::start().await;
    for name in ["ann", "bob", "cy"] {
        let client = app.signed_in(name).await;
        let mut requests = JoinSet::new();
        for _ in 0..4 {
            let client = client.duplicate();
            requests.spawn(async move {
                client.post_auth_strings("delete-user", &[]).await.status_and_code()
            });
        }
        let mut outcomes = requests.join_all().await;
        outcomes.sort();
        assert_eq!(outcomes.remove(0), (200, String::new()));
        assert_eq!(outcomes, vec![(401, "UNAUTHORIZED".to_owned()); 3]);
    }
    let deleted = app
        .database
        .first_column(r#"select "id" from "auditEvent" where "action" = 'delete-user'"#);
    assert_eq!(deleted.await.len(), 3);
}

#[tokio::test]
async fn a_link_opened_concurrently_verifies_the_address_once() {
    let flags = [
        "--auth-send-verification-on-sign-up",
        "true",
        "--auth-auto-sign-in-after-verification",
        "true",
    ];
    let app = TestApp::start_with(&flags).await;
    let ann = app.signed_in("ann").await;
    let mail = app.newest_mail("verification", EMAIL).await;
    let page = app.anonymous().open_link(&mail).await;
    let mut requests = JoinSet::new();
    for _ in 0..10 {
        let (client, page) = (app.anonymous(), page.clone());
        requests.spawn(async move {
            assert_eq!(client.submit_page(&page).await.header("location"), "/");
            client.is_signed_in().await
        });
    }
    let signed_in = requests.join_all().await.into_iter().filter(|is| *is).count();
    assert_eq!(signed_in, 1);
    assert_eq!(app.mails("welcome", EMAIL).await.len(), 1);
    assert_eq!(ann.session().await["user"]["emailVerified"], true);
}

#[tokio::test]
async fn concurrent_changes_of_one_account_do_not_deadlock() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for round in 0..5 {
        ann.sign_in(EMAIL, PASSWORD).await.expect_ok();
        let mut tokens = Vec::new();
        for _ in 0..2 {
            app.anonymous()
                .post_auth_strings("request-password-reset", &[("email", EMAIL)])
                .await
                .expect_ok();
            tokens.push(app.newest_mail("reset", EMAIL).await.link_token());
        }
        let mut requests = JoinSet::new();
        for token in tokens {
            let client = app.anonymous();
            requests.spawn(async move {
                let fields = [("token", &*token), ("newPassword", PASSWORD)];
                client.post_auth_strings("reset-password", &fields).await.status_and_code()
            });
        }
        let client = ann.duplicate();
        requests.spawn(async move {
            let fields = [("currentPassword", PASSWORD), ("newPassword", PASSWORD)];
            client.post_auth_strings("change-password", &fields).await.status_and_code()
        });
        let client = ann.duplicate();
        requests.spawn(async move {
            client.post_auth_strings("update-user", &[("name", "x")]).await.status_and_code()
        });
        for (status, code) in requests.join_all().await {
            assert!(status < 500, "round {round}: {status} {code}");
        }
    }
}

#[tokio::test]
async fn a_concurrent_email_change_does_not_fail_a_name_change() {
    let app = TestApp::start_with(&["--auth-change-unverified-email", "true"]).await;
    let ann = app.signed_in("ann").await;
    for round in 0..5 {
        let (first, second) = (ann.duplicate(), ann.duplicate());
        let (email, name) = (format!("ann{round}@example.com"), format!("Ann {round}"));
        let (renamed, moved) = tokio::join!(
            first.post_auth("update-user", json!({ "name": name })),
            second.post_auth("change-email", json!({ "newEmail": email })),
        );
        renamed.expect_ok();
        moved.expect_ok();
        let user = ann.session().await["user"].clone();
        assert_eq!((&user["name"], &user["email"]), (&json!(name), &json!(email)));
    }
}
