//! Whom an identity signs in, if its address or the identity itself belongs to a user.

use serde_json::json;

use super::{BOOKS, EMAIL, location, sign_in, sorry, start, verify};
use crate::it::support::{PASSWORD, TestApp};

/// GHSA-g38m-r43w-p2q7
#[tokio::test]
async fn an_identity_is_not_linked_to_a_user_who_did_not_verify_the_address() {
    let flags = ["--auth-account-linking-trusted-providers=acme,github"];
    let (app, providers) = TestApp::start_with_providers(&["acme", "github"], &flags).await;
    // Mallory signed up with Ann's address, and is signed in.
    let mallory = app.signed_in("ann").await;
    for provider in ["acme", "github"] {
        let ann = app.anonymous();
        assert_eq!(sign_in(&ann, &providers, provider).await, sorry("account_not_linked"));
        assert!(!ann.is_signed_in().await);
    }
    assert!(mallory.is_signed_in().await);
    assert_eq!(super::count(&app, "account").await, 1);
}

#[tokio::test]
async fn an_identity_is_linked_to_the_user_who_verified_its_address() {
    let (app, providers) = TestApp::start_with_providers(&["acme", "umbrella"], &[]).await;
    let id = app.signed_in("ann").await.user_id().await;
    verify(&app, EMAIL).await;
    providers.set_account("acme", "1001", EMAIL, false);
    let ann = app.anonymous();
    assert_eq!(sign_in(&ann, &providers, "acme").await, sorry("account_not_linked"));
    providers.set_account("acme", "1001", "ANN@example.com", true);
    assert_eq!(sign_in(&ann, &providers, "acme").await, BOOKS);
    assert_eq!(ann.user_id().await, id);
    let events = app.database.first_column(r#"select "action" from "auditEvent""#).await;
    assert!(events.iter().any(|action| action == "link-account"), "{events:?}");
    // The password still works.
    app.anonymous().sign_in(EMAIL, PASSWORD).await.expect_ok();
}

#[tokio::test]
async fn an_identity_belongs_to_its_user_whatever_its_address_is() {
    let (app, providers) = TestApp::start_with_providers(&["acme"], &[]).await;
    let ann = app.anonymous();
    assert_eq!(sign_in(&ann, &providers, "acme").await, BOOKS);
    let id = ann.user_id().await;
    app.signed_in("bob").await;
    verify(&app, "bob@example.com").await;
    // The address of another user, with whom Ann must not be signed in.
    for email in ["bob@example.com", "new@example.com"] {
        providers.set_account("acme", "1001", email, true);
        let again = app.anonymous();
        assert_eq!(sign_in(&again, &providers, "acme").await, BOOKS);
        assert_eq!(again.user_id().await, id);
        assert_eq!(again.session().await["user"]["email"], EMAIL);
    }
    // The same subject at another provider is another identity.
    assert_eq!(super::count(&app, "account").await, 2);
}

#[tokio::test]
async fn a_user_who_was_deleted_meanwhile_is_not_signed_in() {
    let (app, providers) = TestApp::start_with_providers(&["acme"], &[]).await;
    let ann = app.anonymous();
    assert_eq!(sign_in(&ann, &providers, "acme").await, BOOKS);
    let id = ann.user_id().await;
    let again = app.anonymous();
    let answer = providers.authorize("acme", &start(&again, "acme").await);
    ann.post_auth("delete-user", json!({})).await.expect_ok();
    // The identity is free, so the owner of the address begins anew.
    assert_eq!(location(&again.get(&answer).await), BOOKS);
    assert_ne!(again.user_id().await, id);
    // An account that a server sharing the database left behind.
    let sql = format!(r#"update "account" set "userId" = '{id}'"#);
    app.database.execute(&sql).await;
    let ended = app.anonymous();
    assert_eq!(sign_in(&ended, &providers, "acme").await, sorry("unable_to_link_account"));
    assert!(!ended.is_signed_in().await);
}

/// An attacker whose provider does not verify addresses signed up before the owner.
#[tokio::test]
async fn a_reset_by_the_owner_of_the_mailbox_unlinks_providers_that_did_not_verify_it() {
    for (flags, is_unlinked) in
        [(&[][..], true), (&["--auth-account-linking-trusted-providers=acme"][..], false)]
    {
        let (app, providers) = TestApp::start_with_providers(&["acme"], flags).await;
        providers.set_account("acme", "666", EMAIL, false);
        let mallory = app.anonymous();
        assert_eq!(sign_in(&mallory, &providers, "acme").await, BOOKS);
        let fields = [("email", EMAIL)];
        app.anonymous().post_auth_strings("request-password-reset", &fields).await.expect_ok();
        let token = app.newest_mail("reset", EMAIL).await.link_token();
        app.anonymous().reset_password(&token, PASSWORD).await.expect_ok();
        assert!(!mallory.is_signed_in().await);
        let again = sign_in(&app.anonymous(), &providers, "acme").await;
        let expected = if is_unlinked { sorry("account_not_linked") } else { BOOKS.to_owned() };
        assert_eq!(again, expected);
        app.anonymous().sign_in(EMAIL, PASSWORD).await.expect_ok();
    }
}
