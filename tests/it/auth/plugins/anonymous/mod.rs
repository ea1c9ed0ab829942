//! Guests.

mod credential;
mod deletion;
mod transfer;

use chrono::TimeDelta;
use serde_json::json;

use crate::it::support::{Client, TestApp};

const ON: &str = "--auth-plugins=anonymous";
const TWICE: &str = "ANONYMOUS_USERS_CANNOT_SIGN_IN_AGAIN_ANONYMOUSLY";

async fn start() -> TestApp {
    TestApp::start_with(&[ON]).await
}

/// Signs a client in as a guest, and returns the guest's id.
async fn become_guest(client: &Client) -> String {
    let answer = client.post_auth("sign-in/anonymous", json!({})).await.expect_ok();
    answer["user"]["id"].as_str().unwrap().to_owned()
}

/// A client of a new guest who owns a book, and the guest's id.
async fn guest_with_book(app: &TestApp) -> (Client, String) {
    let client = app.anonymous();
    let id = become_guest(&client).await;
    client.create_book("Emma").await;
    (client, id)
}

async fn column(app: &TestApp, sql: &str) -> Vec<String> {
    app.database.first_column(sql).await
}

/// The owners of all books.
async fn owners(app: &TestApp) -> Vec<String> {
    column(app, r#"select "userId" from "book" order by "title""#).await
}

async fn exists(app: &TestApp, user: &str) -> bool {
    !column(app, &format!(r#"select "id" from "user" where "id" = '{user}'"#)).await.is_empty()
}

#[tokio::test]
async fn a_guest_has_a_session_and_a_placeholder_as_address() {
    let app = start().await;
    let guest = app.anonymous();
    let response = guest.post_auth("sign-in/anonymous", json!({})).await;
    let answer = response.expect_ok();
    let user = &answer["user"];
    assert_eq!(user["isAnonymous"], true);
    assert_eq!(user["name"], "Anonymous");
    assert_eq!(user["emailVerified"], false);
    let (random, domain) = user["email"].as_str().unwrap().split_once('@').unwrap();
    assert_eq!((random.len(), domain), (32, "anonymous.placeholder.invalid"));
    assert!(random.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()));
    let session = guest.session().await;
    assert_eq!(session["session"]["token"], answer["token"]);
    assert_eq!(session["user"], *user);
    assert!(guest.is_signed_in().await);
    guest.post_auth("sign-in/anonymous", json!({})).await.assert_error(400, TWICE);
    guest.create_book("Emma").await;
}

#[tokio::test]
async fn the_settings_name_the_guest_and_the_domain() {
    let flags = [
        ON,
        "--auth-anonymous-email-domain-name=guests.example.com",
        "--auth-anonymous-generate-name=Visitor",
    ];
    let app = TestApp::start_with(&flags).await;
    let answer = app.anonymous().post_auth("sign-in/anonymous", json!({})).await.expect_ok();
    let email = answer["user"]["email"].as_str().unwrap();
    assert!(email.starts_with("temp-") && email.ends_with("@guests.example.com"), "{email}");
    assert_eq!(answer["user"]["name"], "Visitor");
}

#[tokio::test]
async fn a_guest_can_delete_themselves() {
    let app = start().await;
    let client = app.anonymous();
    let guest = become_guest(&client).await;
    let elsewhere = client.duplicate();
    let answer = client.post_auth("delete-anonymous-user", json!({})).await.expect_ok();
    assert_eq!(answer, json!({ "success": true }));
    assert!(client.has_no_session() && !elsewhere.is_signed_in().await);
    assert!(!exists(&app, &guest).await);

    let (client, guest) = guest_with_book(&app).await;
    client.post_auth("delete-anonymous-user", json!({})).await.expect_ok();
    assert_eq!(owners(&app).await, std::slice::from_ref(&guest), "the book remains");
    let name = format!(r#"select "name" from "user" where "id" = '{guest}'"#);
    assert_eq!(column(&app, &name).await, ["Deleted user"]);

    let ann = app.signed_in("ann").await;
    let refused = ann.post_auth("delete-anonymous-user", json!({})).await;
    refused.assert_error(403, "USER_IS_NOT_ANONYMOUS");
    let refused = app.anonymous().post_auth("delete-anonymous-user", json!({})).await;
    refused.assert_error(401, "UNAUTHORIZED");
    assert!(ann.is_signed_in().await);
}

#[tokio::test]
async fn a_setting_keeps_guests() {
    let flags = [ON, "--auth-anonymous-disable-delete-anonymous-user=true"];
    let app = TestApp::start_with(&flags).await;
    let (client, guest) = guest_with_book(&app).await;
    let refused = client.post_auth("delete-anonymous-user", json!({})).await;
    refused.assert_error(400, "DELETE_ANONYMOUS_USER_DISABLED");
    let elsewhere = client.duplicate();
    client.sign_up("ann").await;
    assert_eq!(owners(&app).await, [client.user_id().await]);
    assert_eq!(elsewhere.user_id().await, guest);
}

#[tokio::test]
async fn guests_who_cannot_come_back_are_swept() {
    let app = start().await;
    let empty = become_guest(&app.anonymous()).await;
    let (_, owner) = guest_with_book(&app).await;
    let linked = become_guest(&app.anonymous()).await;
    let account = format!(
        r#"insert into "account" ("id", "accountId", "providerId", "userId", "createdAt", "updatedAt")
            select 'x', '1', 'github', "id", "createdAt", "createdAt" from "user" where "id" = '{linked}'"#
    );
    app.database.execute(&account).await;
    let user = app.signed_in("ann").await.user_id().await;
    app.clock.advance(TimeDelta::days(29));
    let active = app.anonymous();
    let recent = become_guest(&active).await;
    app.app.sweep().await.unwrap();
    assert!(exists(&app, &empty).await, "too early");
    app.clock.advance(TimeDelta::days(2));
    app.app.sweep().await.unwrap();
    assert!(!exists(&app, &empty).await);
    for kept in [&owner, &linked, &user, &recent] {
        assert!(exists(&app, kept).await);
    }
    // A session that is used keeps its guest.
    for _ in 0..10 {
        app.clock.advance(TimeDelta::days(5));
        assert_eq!(active.user_id().await, recent);
        app.app.sweep().await.unwrap();
    }
    assert!(exists(&app, &recent).await);
    let other = app.restart_with(&[ON, "--auth-anonymous-sweep-after=0"]).await;
    let last = become_guest(&other.anonymous()).await;
    other.clock.advance(TimeDelta::days(400));
    other.app.sweep().await.unwrap();
    assert!(exists(&app, &last).await);
}

#[tokio::test]
async fn guests_are_swept_after_the_domain_of_their_addresses_changed() {
    const DOMAIN: &str = "--auth-anonymous-email-domain-name=guests.example.com";
    let app = start().await;
    let first = become_guest(&app.anonymous()).await;
    let app = app.restart_with(&[ON, DOMAIN]).await;
    let second = become_guest(&app.anonymous()).await;
    let with_address = become_guest(&app.anonymous()).await;
    let sql =
        format!(r#"update "user" set "email" = 'a@b.example.com' where "id" = '{with_address}'"#);
    app.database.execute(&sql).await;
    let app = app.restart_with(&[ON]).await;
    app.clock.advance(TimeDelta::days(31));
    app.app.sweep().await.unwrap();
    assert!(!exists(&app, &first).await && !exists(&app, &second).await);
    assert!(exists(&app, &with_address).await);
}

#[tokio::test]
async fn no_mail_is_sent_to_a_placeholder() {
    let app = start().await;
    let guest = app.anonymous();
    become_guest(&guest).await;
    let email = guest.session().await["user"]["email"].as_str().unwrap().to_owned();
    guest.post_auth("send-verification-email", json!({ "email": email })).await.expect_ok();
    assert!(app.mail_kinds().await.iter().all(|(_, to)| !to.contains(".invalid")));
}

#[tokio::test]
async fn a_page_of_another_site_makes_no_guest() {
    let app = start().await;
    let path = "/api/auth/sign-in/anonymous";
    let headers = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")];
    let refused = app.anonymous().post_with_headers(path, &headers, json!({})).await;
    refused.assert_error(403, "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED");
    let ann = app.signed_in("ann").await;
    let headers = [("origin", "https://evil.example")];
    let refused = ann.post_with_headers(path, &headers, json!({})).await;
    refused.assert_error(403, "INVALID_ORIGIN");
    assert!(ann.is_signed_in().await);
    let app = TestApp::start().await;
    for route in ["sign-in/anonymous", "delete-anonymous-user"] {
        assert_eq!(status_of(&app, route).await, 404, "{route}");
    }
}

async fn status_of(app: &TestApp, route: &str) -> u16 {
    app.anonymous().post_auth(route, json!({})).await.status.as_u16()
}

#[tokio::test]
async fn where_nobody_can_sign_up_there_are_no_new_guests() {
    let app = TestApp::start_with(&[ON, "--auth-disable-sign-up=true"]).await;
    let refused = app.anonymous().post_auth("sign-in/anonymous", json!({})).await;
    refused.assert_error(403, "SIGN_UP_DISABLED");
    assert!(column(&app, r#"select "id" from "user""#).await.is_empty());
}
