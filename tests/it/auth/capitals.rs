//! Email addresses stored with capitals by another server: their owners can sign in, and no other
//! user can register them.

use serde_json::{Value, json};

use crate::it::support::{PASSWORD, Response, TestApp};

/// Starts an application with the verified user `Ann@Example.com`.
async fn with_ann(flags: &[&str]) -> TestApp {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    let update = r#"update "user" set "email" = 'Ann@Example.com', "emailVerified" = true"#;
    app.database.execute(update).await;
    app.restart_with(flags).await
}

/// Signs Eve up with this address.
async fn sign_up(app: &TestApp, email: &str) -> Response {
    let body = json!({ "name": "Eve", "email": email, "password": PASSWORD });
    app.anonymous().post_auth("sign-up/email", body).await
}

/// Returns the email addresses of all users.
async fn addresses(app: &TestApp) -> Vec<String> {
    app.database.first_column(r#"select "email" from "user" order by "email""#).await
}

#[tokio::test]
async fn owners_sign_in_in_any_case_and_see_lower_case() {
    let app = with_ann(&[]).await;
    for spelling in ["ann@example.com", "Ann@Example.com", "ANN@EXAMPLE.COM"] {
        let ann = app.anonymous();
        ann.sign_in(spelling, PASSWORD).await.expect_ok();
        assert_eq!(ann.session().await["user"]["email"], "ann@example.com");
    }
    let ann = app.anonymous();
    ann.sign_in("ann@example.com", PASSWORD).await.expect_ok();
    ann.post_auth(
        "change-password",
        json!({ "currentPassword": PASSWORD, "newPassword": "another horse battery" }),
    )
    .await
    .expect_ok();
    app.anonymous()
        .post_auth_strings("request-password-reset", &[("email", "ann@example.com")])
        .await
        .expect_ok();
    assert_eq!(app.mails("reset", "ann@example.com").await.len(), 1);
}

#[tokio::test]
async fn a_sign_up_with_the_lower_case_address_is_refused() {
    let app = with_ann(&[]).await;
    let refused = sign_up(&app, "ann@example.com").await;
    refused.assert_error(422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL");
    assert_eq!(addresses(&app).await, ["Ann@Example.com"]);
}

/// The response equals that for an unknown address; only the mail differs.
#[tokio::test]
async fn a_hidden_sign_up_does_not_reveal_the_account() {
    let app = with_ann(&["--auth-require-email-verification", "true"]).await;
    let before = app.mail_kinds().await.len();
    let known = sign_up(&app, "ann@example.com").await.expect_ok();
    let unknown = sign_up(&app, "eve@example.com").await.expect_ok();
    let fields = |response: &Value| {
        response["user"].as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!((&known["token"], fields(&known)), (&unknown["token"], fields(&unknown)));
    assert_eq!(addresses(&app).await, ["Ann@Example.com", "eve@example.com"]);
    assert_eq!(app.mail_kinds().await.len(), before + 2);
}

#[tokio::test]
async fn no_user_can_change_to_the_lower_case_address() {
    let app = with_ann(&[]).await;
    let bob = app.signed_in("bob").await;
    bob.post_auth("change-email", json!({ "newEmail": "ann@example.com" })).await.expect_ok();
    assert_eq!(addresses(&app).await, ["Ann@Example.com", "bob@example.com"]);
    app.run_command(&["user", "set-role", "ann@example.com", "admin_rw"]).await.unwrap();
    let roles = r#"select "role" from "user" order by "email""#;
    assert_eq!(app.database.first_column(roles).await, ["admin_rw", "user"]);
}

/// An exact match takes precedence over a match that ignores case.
#[tokio::test]
async fn an_exact_lower_case_address_takes_precedence() {
    let app = with_ann(&[]).await;
    app.signed_in("bob").await;
    let update = r#"update "user" set "email" = 'ann@example.com' where "name" = 'bob'"#;
    app.database.execute(update).await;
    let client = app.anonymous();
    client.sign_in("Ann@Example.com", PASSWORD).await.expect_ok();
    assert_eq!(client.session().await["user"]["name"], "bob");
}
