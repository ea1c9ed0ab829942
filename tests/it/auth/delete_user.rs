//! Deleting users, and the rows that remain.

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::it::support::{PASSWORD, TestApp};

const EMAIL: &str = "ann@example.com";
const BY_MAIL: [&str; 2] = ["--auth-delete-user-verification", "true"];

/// Returns whether the database has exactly one deleted user.
async fn has_deleted_user(app: &TestApp) -> bool {
    let rows =
        app.database.first_column(r#"select "name" from "user" where "deletedAt" is not null"#);
    rows.await == ["Deleted user"]
}

#[tokio::test]
async fn a_deleted_user_leaves_an_anonymous_row_and_the_books() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    let (id, book) = (ann.user_id().await, ann.create_book("Emma").await);
    ann.post_auth_strings("request-password-reset", &[("email", EMAIL)]).await.expect_ok();
    ann.post_auth_strings("update-user", &[("image", "/me.png")]).await.expect_ok();
    app.run_command(&["user", "set-role", EMAIL, "admin_rw"]).await.unwrap();
    let copy = ann.duplicate();

    let response = ann.post_auth_strings("delete-user", &[("password", PASSWORD)]).await;
    assert_eq!(response.expect_ok(), json!({ "success": true, "message": "User deleted" }));
    assert!(ann.has_no_session());
    assert!(has_deleted_user(&app).await);
    for table in ["session", "account"] {
        let sql = format!(r#"select "id" from "{table}" where "userId" = '{id}'"#);
        assert!(app.database.first_column(&sql).await.is_empty(), "{table}");
    }
    assert!(app.database.first_column(r#"select "id" from "verification""#).await.is_empty());
    let row = format!(
        r#"select "email" || ' ' || coalesce("image", '-') || ' ' || "role" from "user" where "id" = '{id}'"#
    );
    let row = app.database.first_column(&row).await.remove(0);
    assert!(row.ends_with("@deleted.invalid - user") && !row.contains(&id), "{row}");

    let query = "query($id: ID!) { book(id: $id) { title owner { id name image email } } }";
    let owner = bob.graphql(query, json!({ "id": book })).await.data()["book"]["owner"].clone();
    assert_eq!(owner, json!({ "id": id, "name": "Deleted user", "image": null, "email": null }));
    assert_eq!(copy.session().await, Value::Null);
    assert!(!copy.is_signed_in().await);
    let new_client = app.anonymous();
    new_client.sign_in(EMAIL, PASSWORD).await.assert_error(401, "INVALID_EMAIL_OR_PASSWORD");
    new_client.sign_up("ann").await;
    assert_ne!(new_client.user_id().await, id);
}

#[tokio::test]
async fn a_wrong_password_or_a_stale_session_deletes_nothing() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    ann.post_auth_strings("delete-user", &[("password", "wrong horse battery")])
        .await
        .assert_error(400, "INVALID_PASSWORD");
    app.anonymous().post_auth_strings("delete-user", &[]).await.assert_error(401, "UNAUTHORIZED");
    app.clock.advance(TimeDelta::days(1));
    ann.post_auth_strings("delete-user", &[]).await.assert_error(400, "SESSION_EXPIRED");
    ann.post_auth_strings("delete-user", &[("password", "")])
        .await
        .assert_error(400, "SESSION_EXPIRED");
    assert!(!has_deleted_user(&app).await && ann.is_signed_in().await);
    ann.post_auth_strings("delete-user", &[("password", PASSWORD)]).await.expect_ok();
    assert!(has_deleted_user(&app).await);
}

#[tokio::test]
async fn a_fresh_session_deletes_without_the_password() {
    let app = TestApp::start().await;
    app.signed_in("ann").await.post_auth_strings("delete-user", &[]).await.expect_ok();
    assert!(has_deleted_user(&app).await);
}

#[tokio::test]
async fn a_mailed_link_deletes_the_user_if_configured() {
    let app = TestApp::start_with(&BY_MAIL).await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    let wrong = ann.post_auth_strings("delete-user", &[("password", "wrong horse battery")]).await;
    wrong.assert_error(400, "INVALID_PASSWORD");
    let fields = [("password", PASSWORD), ("callbackURL", "/bye?x=1")];
    let response = ann.post_auth_strings("delete-user", &fields).await.expect_ok();
    assert_eq!(response["message"], "Verification email sent");
    assert!(ann.is_signed_in().await);

    let mail = app.newest_mail("delete-account", EMAIL).await;
    app.anonymous().open_link(&mail).await.assert_error(404, "FAILED_TO_GET_USER_INFO");
    bob.open_link(&mail).await.assert_error(404, "INVALID_TOKEN");
    bob.post_auth_strings("delete-user", &[("token", &mail.link_token())])
        .await
        .assert_error(404, "INVALID_TOKEN");
    assert!(!has_deleted_user(&app).await && bob.is_signed_in().await);

    // The failed attempts did not consume the link.
    let response = ann.open_link(&mail).await;
    assert_eq!((response.status, response.header("location")), (StatusCode::FOUND, "/bye?x=1"));
    assert!(ann.has_no_session() && has_deleted_user(&app).await && bob.is_signed_in().await);
}

#[tokio::test]
async fn the_token_of_the_link_may_be_posted() {
    let app = TestApp::start_with(&BY_MAIL).await;
    let ann = app.signed_in("ann").await;
    ann.post_auth_strings("delete-user", &[]).await.expect_ok();
    let token = app.newest_mail("delete-account", EMAIL).await.link_token();
    ann.post_auth_strings("delete-user", &[("token", "x")])
        .await
        .assert_error(404, "INVALID_TOKEN");
    ann.post_auth_strings("delete-user", &[("token", &token)]).await.expect_ok();
    assert!(has_deleted_user(&app).await);
}

#[tokio::test]
async fn a_deletion_link_expires_and_resets_no_password() {
    let app = TestApp::start_with(&BY_MAIL).await;
    let ann = app.signed_in("ann").await;
    ann.post_auth_strings("delete-user", &[]).await.expect_ok();
    let mail = app.newest_mail("delete-account", EMAIL).await;
    let reset = [("token", &*mail.link_token()), ("newPassword", "evil horse battery")];
    ann.post_auth_strings("reset-password", &reset).await.assert_error(400, "INVALID_TOKEN");
    app.clock.advance(TimeDelta::milliseconds(86_400_001));
    ann.open_link(&mail).await.assert_error(404, "INVALID_TOKEN");
    assert!(!has_deleted_user(&app).await);
}

#[tokio::test]
async fn deletion_can_be_disabled() {
    let app = TestApp::start_with(&["--auth-delete-user", "false"]).await;
    let ann = app.signed_in("ann").await;
    let refused = ann.post_auth_strings("delete-user", &[("password", PASSWORD)]).await;
    assert_eq!((refused.status, &*refused.text), (StatusCode::NOT_FOUND, ""));
    ann.get_auth("delete-user/callback?token=x").await.assert_error(404, "NOT_FOUND");
    assert!(ann.is_signed_in().await);
}

#[tokio::test]
async fn a_registered_placeholder_address_does_not_block_deletion() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    // Databases migrated from other servers may hold ids in lower case.
    let id = ann.user_id().await;
    let lower_case = id.to_lowercase();
    let eve = app.anonymous();
    eve.sign_up("eve").await;
    let rename =
        format!(r#"update "user" set "email" = '{id}@deleted.invalid' where "name" = 'eve'"#);
    app.database.execute(&rename).await;
    let body = json!({ "name": "x", "email": format!("{lower_case}@deleted.invalid"), "password": PASSWORD });
    // The address differs only in case, so it is taken.
    let refused = app.anonymous().post_auth("sign-up/email", body).await;
    refused.assert_error(422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL");

    ann.post_auth_strings("delete-user", &[("password", PASSWORD)]).await.expect_ok();
    assert!(has_deleted_user(&app).await);
}
