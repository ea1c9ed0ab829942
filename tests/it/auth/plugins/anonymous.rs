//! Guests, and what becomes of what they own.

mod deletion;

use chrono::TimeDelta;
use serde_json::json;

use crate::it::{
    auth::oauth::{location, start_with},
    support::{Client, FakeProviders, PASSWORD, SESSION_COOKIE, TestApp},
};

const ON: &str = "--auth-plugins=anonymous";
const ANN: &str = "ann@example.com";
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

/// The audit events of the ends of guests: the user, and the guest.
async fn take_overs(app: &TestApp) -> Vec<String> {
    let sql = r#"select "actor" || ' ' || "subject" from "auditEvent"
        where "action" = 'take-over-guest'"#;
    column(app, sql).await
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
async fn a_guest_who_signs_up_or_in_keeps_what_they_own() {
    let app = start().await;
    let (client, guest) = guest_with_book(&app).await;
    client.create_author("Jane").await;
    let elsewhere = client.duplicate();
    client.sign_up("ann").await;
    let ann = client.user_id().await;
    assert_eq!(owners(&app).await, std::slice::from_ref(&ann));
    assert_eq!(column(&app, r#"select "userId" from "author""#).await, std::slice::from_ref(&ann));
    assert_eq!(client.session().await["user"]["isAnonymous"], false);
    assert!(!exists(&app, &guest).await);
    assert!(!elsewhere.is_signed_in().await);
    assert_eq!(take_overs(&app).await, [format!("{ann} {guest}")]);

    let (client, second) = guest_with_book(&app).await;
    client.sign_in(ANN, PASSWORD).await.expect_ok();
    assert_eq!(owners(&app).await, [ann.clone(), ann.clone()]);
    assert!(!exists(&app, &second).await);
    assert_eq!(take_overs(&app).await.len(), 2);
}

#[tokio::test]
async fn a_refused_sign_in_takes_nothing_over() {
    let app = start().await;
    app.signed_in("ann").await;
    let (client, guest) = guest_with_book(&app).await;
    assert_eq!(client.sign_in(ANN, "a wrong password").await.status.as_u16(), 401);
    let ban =
        |banned: bool| format!(r#"update "user" set "banned" = {banned} where "email" = '{ANN}'"#);
    app.database.execute(&ban(true)).await;
    client.sign_in(ANN, PASSWORD).await.assert_error(403, "BANNED_USER");
    assert_eq!(owners(&app).await, std::slice::from_ref(&guest));
    assert_eq!(client.user_id().await, guest);
    app.database.execute(&ban(false)).await;
    client.sign_in(ANN, PASSWORD).await.expect_ok();
    assert_ne!(owners(&app).await, [guest]);
}

#[tokio::test]
async fn of_two_sign_ins_of_one_guest_at_once_one_takes_over() {
    let app = start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    for _ in 0..5 {
        let (first, guest) = guest_with_book(&app).await;
        let second = first.duplicate();
        let before = owners(&app).await.len();
        let (one, two) = tokio::join!(
            first.sign_in(ANN, PASSWORD),
            second.sign_in("bob@example.com", PASSWORD),
        );
        one.expect_ok();
        two.expect_ok();
        let owners = owners(&app).await;
        assert_eq!(owners.len(), before);
        assert!(!owners.contains(&guest));
        assert!(!exists(&app, &guest).await);
        assert!(first.is_signed_in().await && second.is_signed_in().await);
    }
    assert_eq!(take_overs(&app).await.len(), 5);
    let known = [ann.user_id().await, bob.user_id().await];
    assert!(owners(&app).await.iter().all(|owner| known.contains(owner)));
}

#[tokio::test]
async fn what_a_guest_adds_while_they_sign_in_is_taken_over_or_refused() {
    let app = start().await;
    let ann = app.signed_in("ann").await.user_id().await;
    for _ in 0..5 {
        let client = app.anonymous();
        let guest = become_guest(&client).await;
        let writer = client.duplicate();
        let books = async {
            let mutation = r#"mutation { createBook(input: { title: "Emma" }) { id } }"#;
            for _ in 0..5 {
                writer.query(mutation).await;
            }
        };
        let (response, ()) = tokio::join!(client.sign_in(ANN, PASSWORD), books);
        response.expect_ok();
        assert!(!exists(&app, &guest).await);
    }
    assert!(owners(&app).await.iter().all(|owner| *owner == ann));
}

async fn callback_of_guest(keeps_cookie: bool) {
    let (app, providers) = TestApp::start_with_providers(&["github"], &[ON]).await;
    let (client, guest) = guest_with_book(&app).await;
    let url = start_with(&client, "github", json!({})).await;
    if !keeps_cookie {
        client.cookies().remove(SESSION_COOKIE);
    }
    location(&client.get(&providers.authorize("github", &url)).await);
    let user = client.user_id().await;
    assert_ne!(user, guest);
    assert_eq!(owners(&app).await, [user]);
    assert!(!exists(&app, &guest).await);
}

#[tokio::test]
async fn a_guest_who_signs_in_with_a_provider_keeps_what_they_own() {
    callback_of_guest(true).await;
}

/// An app opens a browser that has the state's cookie alone.
#[tokio::test]
async fn the_state_of_a_sign_in_names_its_guest() {
    callback_of_guest(false).await;
}

#[tokio::test]
async fn a_state_does_not_name_a_guest_who_signed_out() {
    let (app, providers) = TestApp::start_with_providers(&["github"], &[ON]).await;
    let (client, guest) = guest_with_book(&app).await;
    let url = start_with(&client, "github", json!({})).await;
    let elsewhere = client.duplicate();
    client.cookies().remove(SESSION_COOKIE);
    elsewhere.post_auth("sign-out", json!({})).await.expect_ok();
    location(&client.get(&FakeProviders::authorize(&providers, "github", &url)).await);
    assert!(client.is_signed_in().await);
    assert_eq!(owners(&app).await, [guest]);
}

#[tokio::test]
async fn a_link_that_verifies_an_address_and_signs_in_ends_the_guest() {
    let flags = [
        ON,
        "--auth-require-email-verification=true",
        "--auth-auto-sign-in-after-verification=true",
    ];
    let app = TestApp::start_with(&flags).await;
    let (client, guest) = guest_with_book(&app).await;
    client.sign_up("ann").await;
    assert_eq!(client.user_id().await, guest, "signing up does not sign in");
    let mail = app.newest_mail("verification", ANN).await;
    client.confirm_link(&mail).await;
    let ann = client.user_id().await;
    assert_ne!(ann, guest);
    assert_eq!(owners(&app).await, [ann]);
}

#[tokio::test]
async fn a_guest_who_meets_a_challenge_is_kept_with_it() {
    let app = TestApp::start_with(&["--auth-plugins=anonymous,two-factor"]).await;
    app.signed_in("ann").await;
    app.signed_in("bob").await;
    let sql = format!(r#"update "user" set "twoFactorEnabled" = true where "email" = '{ANN}'"#);
    app.database.execute(&sql).await;
    let (client, guest) = guest_with_book(&app).await;
    let answer = client.sign_in(ANN, PASSWORD).await.expect_ok();
    assert_eq!(answer["twoFactorRedirect"], true);
    assert!(!client.is_signed_in().await);
    assert_eq!(owners(&app).await, std::slice::from_ref(&guest), "the factor was not given yet");
    // Another browser has no cookie of the challenge.
    let stranger = app.anonymous();
    stranger.cookies().insert("better-auth.two_factor".to_owned(), "2fa-x.y".to_owned());
    stranger.sign_in("bob@example.com", PASSWORD).await.expect_ok();
    assert_eq!(owners(&app).await, std::slice::from_ref(&guest));
    // A further attempt, or another user without a second factor, keeps it.
    client.sign_in(ANN, PASSWORD).await.expect_ok();
    client.sign_in("bob@example.com", PASSWORD).await.expect_ok();
    assert_eq!(owners(&app).await, [client.user_id().await]);
    assert!(!exists(&app, &guest).await);
    let kept = r#"select "id" from "verification" where "identifier" like '2fa-guest-%'"#;
    assert!(column(&app, kept).await.is_empty());
}

#[tokio::test]
async fn a_guest_who_answers_the_challenge_keeps_what_they_own() {
    let app = TestApp::start_with(&["--auth-plugins=anonymous,two-factor"]).await;
    let ann = app.signed_in("ann").await;
    let id = ann.user_id().await;
    let enabled = ann.post_auth("two-factor/enable", json!({ "password": PASSWORD })).await;
    let code = enabled.expect_ok()["backupCodes"][0].clone();
    for sql in [
        r#"update "user" set "twoFactorEnabled" = true"#,
        r#"update "twoFactor" set "verified" = true"#,
    ] {
        app.database.execute(sql).await;
    }
    let (client, guest) = guest_with_book(&app).await;
    client.sign_in(ANN, PASSWORD).await.expect_ok();
    let verify = async |code: &serde_json::Value| {
        client.post_auth("two-factor/verify-backup-code", json!({ "code": code })).await
    };
    assert_eq!(verify(&json!("wrong-codes")).await.status.as_u16(), 401);
    assert_eq!(owners(&app).await, std::slice::from_ref(&guest));
    verify(&code).await.expect_ok();
    assert_eq!(client.user_id().await, id);
    assert_eq!(owners(&app).await, std::slice::from_ref(&id));
    assert_eq!(take_overs(&app).await, [format!("{id} {guest}")]);
    assert!(!exists(&app, &guest).await);
}

#[tokio::test]
async fn a_mailed_link_ends_the_guest_of_its_browser_alone() {
    let app = TestApp::start_with(&["--auth-plugins=anonymous,magic-link"]).await;
    let (client, guest) = guest_with_book(&app).await;
    let link = async || {
        let body = json!({ "email": ANN });
        client.post_auth("sign-in/magic-link", body).await.expect_ok();
        app.newest_mail("magic-link", ANN).await
    };
    app.anonymous().open_link(&link().await).await;
    assert_eq!(owners(&app).await, std::slice::from_ref(&guest), "another browser");
    client.open_link(&link().await).await;
    let ann = client.user_id().await;
    assert_ne!(ann, guest);
    assert_eq!(owners(&app).await, [ann]);
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
