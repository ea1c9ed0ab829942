//! Users whom a sign-in with a provider creates.

use std::sync::Arc;

use domain::{AbilityFactory, Clock, Error, NewUser, Result, UserId};
use serde_json::{Value, json};
use server::App;

use super::{BOOKS, EMAIL, location, sign_in, sorry, start, start_with};
use crate::it::support::{Client, FakeProviders, TestApp, TestDatabase, noon};

#[tokio::test]
async fn a_new_user_has_the_providers_data_and_a_session() {
    let (app, providers) = TestApp::start_with_providers(&["github"], &[]).await;
    let ann = app.anonymous();
    let pages = json!({ "newUserCallbackURL": "/welcome" });
    let url = start_with(&ann, "github", pages.clone()).await;
    let answer = ann.get(&providers.authorize("github", &url)).await;
    assert_eq!(location(&answer), "/welcome");
    let session = ann.session().await;
    assert_eq!(session["user"]["name"], "Ann Example");
    assert_eq!(session["user"]["email"], EMAIL);
    assert_eq!(session["user"]["emailVerified"], true);
    assert_eq!(session["user"]["image"], "https://images.example/ann.png");
    assert_eq!(session["user"]["role"], "user");
    assert_eq!(app.mail_kinds().await, [("welcome".to_owned(), EMAIL.to_owned())]);
    let events = app.database.first_column(r#"select "action" from "auditEvent" order by "id""#);
    let mut events = events.await;
    events.sort();
    assert_eq!(events, ["sign-in", "sign-up"]);

    let again = app.anonymous();
    let url = start_with(&again, "github", pages).await;
    let answer = again.get(&providers.authorize("github", &url)).await;
    assert_eq!(location(&answer), BOOKS);
    assert_eq!(again.session().await["user"]["id"], session["user"]["id"]);
}

#[tokio::test]
async fn absurd_data_of_a_provider_is_bounded() {
    let (app, providers) = TestApp::start_with_providers(&["acme"], &[]).await;
    let long = "a".repeat(4_096);
    providers.change("acme", |state| {
        state.user = json!({
            "sub": "1", "email": "Ann@Example.com", "email_verified": true,
            "name": format!("A\n\u{202e}nn\0 {long}"), "picture": "javascript:alert(1)",
        });
    });
    let ann = app.anonymous();
    assert_eq!(sign_in(&ann, &providers, "acme").await, BOOKS);
    let user = ann.session().await["user"].clone();
    assert_eq!(user["name"].as_str().unwrap().chars().count(), 300);
    assert!(user["name"].as_str().unwrap().starts_with("Ann aaa"));
    assert_eq!(user["email"], EMAIL);
    assert_eq!(user["image"], Value::Null);
    for (field, value, code) in [
        ("email", json!("not an address"), "email_not_found"),
        ("email", json!("a@localhost"), "email_not_found"),
        ("email", json!(format!("{long}@example.com")), "email_not_found"),
        ("email", json!("a\0@example.com"), "email_not_found"),
        ("email", Value::Null, "email_not_found"),
        ("sub", json!(long), "unable_to_get_user_info"),
        ("sub", json!("a\0"), "unable_to_get_user_info"),
        ("sub", json!(""), "unable_to_get_user_info"),
        ("sub", Value::Null, "unable_to_get_user_info"),
    ] {
        providers.set_account("acme", "2", "bob@example.com", true);
        providers.change("acme", |state| state.user[field] = value.clone());
        let client = app.anonymous();
        assert_eq!(sign_in(&client, &providers, "acme").await, sorry(code), "{field}: {value}");
    }
    assert_eq!(super::count(&app, "user").await, 1);
}

#[tokio::test]
async fn a_pending_sign_up_does_not_lock_the_owner_of_its_address_out() {
    let flags = ["--auth-require-email-verification=true"];
    let (app, providers) = TestApp::start_with_providers(&["acme", "umbrella"], &flags).await;
    // Mallory signs up with Ann's address; Ann never opens the link.
    let mallory = app.anonymous();
    mallory.sign_up("ann").await;
    let link = app.newest_mail("verification", EMAIL).await;

    // A provider that did not verify the address proves nothing.
    providers.set_account("acme", "7", EMAIL, false);
    assert_eq!(sign_in(&app.anonymous(), &providers, "acme").await, sorry("account_not_linked"));

    let ann = app.anonymous();
    providers.set_account("umbrella", "1001", EMAIL, true);
    assert_eq!(sign_in(&ann, &providers, "umbrella").await, BOOKS);
    assert!(ann.is_email_verified().await);
    let refused = mallory.sign_in(EMAIL, crate::it::support::PASSWORD).await;
    refused.assert_error(401, "INVALID_EMAIL_OR_PASSWORD");
    let response = mallory.open_link(&link).await;
    assert!(response.header("location").contains("INVALID_TOKEN"), "{:?}", response.headers);
    assert_eq!(super::count(&app, "account").await, 1);
}

/// Starts an application in which users of GitHub must verify their addresses. At GitHub, Mallory
/// has an account with Ann's address, which GitHub did not verify.
async fn start_with_required_verification(flags: &[&str]) -> (TestApp, FakeProviders) {
    let clock = Clock::manual(noon());
    let providers = FakeProviders::start(&clock).await;
    let database = Arc::new(TestDatabase::create().await);
    let mut config = TestApp::config_with_providers(&database, (&providers, &["github"]), flags);
    config.oauth.providers[0].require_email_verification = true;
    let abilities = AbilityFactory::default();
    let (app, _) = App::open(&config, clock.clone(), abilities, 3000, true).await.unwrap();
    providers.set_account("github", "666", EMAIL, false);
    (TestApp { app, clock, database }, providers)
}

#[tokio::test]
async fn the_mail_to_a_pending_user_names_the_provider() {
    let (app, providers) = start_with_required_verification(&[]).await;
    let mallory = app.anonymous();
    assert_eq!(sign_in(&mallory, &providers, "github").await, sorry("email_not_verified"));
    let body = json!({ "email": EMAIL });
    mallory.post_auth("send-verification-email", body).await.expect_ok();
    let mails = app.mails("verification", EMAIL).await;
    assert_eq!(mails.len(), 2);
    for mail in mails {
        assert!(mail.text.contains("with the GitHub account of Ann Example."), "{}", mail.text);
        assert!(mail.text.contains("If this was not you, ignore this mail"), "{}", mail.text);
    }
}

#[tokio::test]
async fn a_sign_up_by_password_replaces_a_pending_user_of_a_provider() {
    for flags in
        [&[][..], &["--auth-auto-sign-in=false"], &["--auth-require-email-verification=true"]]
    {
        let (app, providers) = start_with_required_verification(flags).await;
        let mallory = app.anonymous();
        assert_eq!(sign_in(&mallory, &providers, "github").await, sorry("email_not_verified"));
        let link = app.newest_mail("verification", EMAIL).await;

        app.anonymous().sign_up("ann").await;
        let ids = app.database.first_column(r#"select "id" from "user""#).await;
        assert_eq!(ids.len(), 1, "{flags:?}");
        // Neither the provider account nor the link belongs to the new user.
        let opened = mallory.open_link(&link).await;
        assert!(opened.header("location").contains("INVALID_TOKEN"), "{:?}", opened.headers);
        assert_eq!(sign_in(&mallory, &providers, "github").await, sorry("account_not_linked"));
        let linked = app.database.first_column(r#"select "providerId" from "account""#).await;
        assert!(!linked.contains(&"github".to_owned()), "{linked:?}");
    }
}

/// Assigns ids, refuses one domain, and gives one user another address.
fn hook(mut user: NewUser) -> Result<NewUser> {
    if user.email.ends_with("@rival.example") {
        return Err(Error::invalid("email", "belongs to a rival"));
    }
    if user.email == "alias@example.com" {
        "real@example.com".clone_into(&mut user.email);
    }
    user.id = UserId(format!("user-{}", user.email));
    Ok(user)
}

#[tokio::test]
async fn a_hook_changes_or_refuses_new_users() {
    let clock = Clock::manual(noon());
    let providers = FakeProviders::start(&clock).await;
    let database = TestDatabase::create().await;
    let mut config = TestApp::config_with_providers(&database, (&providers, &["github"]), &[]);
    config.before_create = Some(hook);
    let (app, _) = App::open(&config, clock, AbilityFactory::default(), 3000, true).await.unwrap();
    let client = || Client::new(app.router());

    let ann = client();
    assert_eq!(sign_in(&ann, &providers, "github").await, BOOKS);
    assert_eq!(ann.user_id().await, "user-ann@example.com");

    providers.set_account("github", "2", "bob@rival.example", true);
    let bob = client();
    let url = start(&bob, "github").await;
    let refused = location(&bob.get(&providers.authorize("github", &url)).await);
    assert!(refused.starts_with("/sorry?error=BAD_USER_INPUT&error_description="), "{refused}");

    // The provider did not verify the address of the hook.
    providers.set_account("github", "3", "alias@example.com", true);
    let carla = client();
    assert_eq!(sign_in(&carla, &providers, "github").await, BOOKS);
    let user = carla.session().await["user"].clone();
    assert_eq!(user["email"], "real@example.com");
    assert_eq!(user["emailVerified"], false);
}
