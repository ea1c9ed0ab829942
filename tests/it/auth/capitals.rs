//! Addresses with capitals, which another server may have stored: their owners sign in, and
//! nobody else takes them.

use serde_json::{Value, json};

use crate::it::support::{PASSWORD, Response, TestApp};

/// A library in which Ann, who has proved her address, has it with capitals.
async fn with_ann(flags: &[&str]) -> TestApp {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    let spell = r#"update "user" set "email" = 'Ann@Example.com', "emailVerified" = true"#;
    app.database.execute(spell).await;
    app.restart_with(flags).await
}

async fn sign_up(app: &TestApp, email: &str) -> Response {
    let body = json!({ "name": "Eve", "email": email, "password": PASSWORD });
    app.anonymous().post_auth("sign-up/email", body).await
}

async fn addresses(app: &TestApp) -> Vec<String> {
    app.database.first_column(r#"select "email" from "user" order by "email""#).await
}

#[tokio::test]
async fn their_owners_sign_in_and_are_known_by_them_in_lower_case() {
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
async fn a_sign_up_with_one_finds_it_taken() {
    let app = with_ann(&[]).await;
    let refused = sign_up(&app, "ann@example.com").await;
    refused.assert_error(422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL");
    assert_eq!(addresses(&app).await, ["Ann@Example.com"]);
}

/// As one of a stranger, but for the mail.
#[tokio::test]
async fn a_sign_up_that_must_not_tell_tells_nothing() {
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
async fn nobody_takes_one_by_a_change_of_address() {
    let app = with_ann(&[]).await;
    let bob = app.signed_in("bob").await;
    bob.post_auth("change-email", json!({ "newEmail": "ann@example.com" })).await.expect_ok();
    assert_eq!(addresses(&app).await, ["Ann@Example.com", "bob@example.com"]);
    app.run_command(&["user", "set-role", "ann@example.com", "admin_rw"]).await.unwrap();
    let roles = r#"select "role" from "user" order by "email""#;
    assert_eq!(app.database.first_column(roles).await, ["admin_rw", "user"]);
}

/// Who has an address as it is, has it before others who differ in capitals.
#[tokio::test]
async fn of_two_users_the_one_in_lower_case_signs_in() {
    let app = with_ann(&[]).await;
    app.signed_in("bob").await;
    let spell = r#"update "user" set "email" = 'ann@example.com' where "name" = 'bob'"#;
    app.database.execute(spell).await;
    let client = app.anonymous();
    client.sign_in("Ann@Example.com", PASSWORD).await.expect_ok();
    assert_eq!(client.session().await["user"]["name"], "bob");
}
