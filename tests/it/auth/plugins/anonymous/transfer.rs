//! What a guest owns goes to the user as whom they sign in.

use serde_json::json;

use super::{ON, become_guest, column, exists, guest_with_book, owners, start};
use crate::it::{
    auth::oauth::{location, start_with},
    support::{FakeProviders, PASSWORD, SESSION_COOKIE, TestApp},
};

const ANN: &str = "ann@example.com";

/// The audit events of transfers: the user, and the guest.
async fn transfers(app: &TestApp) -> Vec<String> {
    let sql = r#"select "actor" || ' ' || "subject" from "auditEvent"
        where "action" = 'take-over-guest'"#;
    column(app, sql).await
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
    assert_eq!(transfers(&app).await, [format!("{ann} {guest}")]);

    let (client, second) = guest_with_book(&app).await;
    client.sign_in(ANN, PASSWORD).await.expect_ok();
    assert_eq!(owners(&app).await, [ann.clone(), ann.clone()]);
    assert!(!exists(&app, &second).await);
    assert_eq!(transfers(&app).await.len(), 2);
}

#[tokio::test]
async fn a_refused_sign_in_transfers_nothing() {
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
async fn of_two_sign_ins_of_one_guest_at_once_one_gets_what_they_own() {
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
    assert_eq!(transfers(&app).await.len(), 5);
    let known = [ann.user_id().await, bob.user_id().await];
    assert!(owners(&app).await.iter().all(|owner| known.contains(owner)));
}

#[tokio::test]
async fn what_a_guest_adds_while_they_sign_in_is_transferred_or_refused() {
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
async fn a_guest_is_stored_for_the_answer_to_a_challenge() {
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
    let stored = r#"select "id" from "verification" where "identifier" like '2fa-guest-%'"#;
    assert!(column(&app, stored).await.is_empty());
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
    assert_eq!(transfers(&app).await, [format!("{id} {guest}")]);
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
