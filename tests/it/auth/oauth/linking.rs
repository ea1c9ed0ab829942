//! Linking accounts of providers to a signed-in user.

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{SORRY, count, location, sign_in, sorry};
use crate::it::support::{Client, FakeProviders, PASSWORD, TestApp};

const ACCOUNT: &str = "/account";
const UNABLE: &str = "unable_to_link_account";

/// Begins to link the current account of a provider, and returns the provider's answer.
async fn begin(client: &Client, providers: &FakeProviders, provider: &str) -> String {
    let body = json!({
        "provider": provider, "callbackURL": ACCOUNT, "errorCallbackURL": SORRY,
        "disableRedirect": true,
    });
    let begun = client.post_auth("link-social", body).await;
    assert_eq!(begun.header("location"), "");
    providers.authorize(provider, begun.expect_ok()["url"].as_str().unwrap())
}

/// Links the current account of a provider, and returns where the browser is led.
async fn link(client: &Client, providers: &FakeProviders, provider: &str) -> String {
    location(&client.get(&begin(client, providers, provider).await).await)
}

/// Returns the providers of a user's accounts, sorted.
async fn linked(client: &Client) -> Vec<String> {
    let accounts = client.get_auth("list-accounts").await.expect_ok();
    let of = |account: &Value| account["providerId"].as_str().unwrap().to_owned();
    let mut linked: Vec<_> = accounts.as_array().unwrap().iter().map(of).collect();
    linked.sort();
    linked
}

/// Returns a column of the accounts of providers.
async fn stored(app: &TestApp, column: &str) -> Vec<String> {
    let sql = format!(r#"select "{column}" from "account" where "providerId" <> 'credential'"#);
    app.database.first_column(&sql).await
}

#[tokio::test]
async fn a_linked_account_signs_in_and_creates_no_session_before() {
    let (app, providers) = TestApp::start_with_providers(&["acme"], &[]).await;
    let ann = app.signed_in("ann").await;
    assert_eq!(link(&ann, &providers, "acme").await, ACCOUNT);
    assert_eq!(linked(&ann).await, ["acme", "credential"]);
    assert_eq!(count(&app, "session").await, 1);
    let events = app.database.first_column(r#"select "action" from "auditEvent""#).await;
    assert_eq!(events.iter().filter(|action| *action == "link-account").count(), 1);

    let other = app.anonymous();
    sign_in(&other, &providers, "acme").await;
    assert_eq!(other.user_id().await, ann.user_id().await);
    let me = ann.query("{ me { accounts { provider createdAt } } }").await.data();
    let at = "2026-11-20T12:00:00.000Z";
    let of = |provider| json!({ "provider": provider, "createdAt": at });
    assert_eq!(me["me"]["accounts"].as_array().unwrap().len(), 2);
    for account in [of("credential"), of("acme")] {
        assert!(me["me"]["accounts"].as_array().unwrap().contains(&account), "{me}");
    }
}

#[tokio::test]
async fn an_account_of_another_user_is_not_linked() {
    let (app, providers) = TestApp::start_with_providers(&["acme"], &[]).await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    assert_eq!(link(&ann, &providers, "acme").await, ACCOUNT);
    let tokens = stored(&app, "accessToken").await;
    providers.set_account("acme", "1001", "bob@example.com", true);
    let taken = sorry("account_already_linked_to_different_user");
    assert_eq!(link(&bob, &providers, "acme").await, taken);
    assert_eq!(linked(&bob).await, ["credential"]);
    assert_eq!(stored(&app, "accessToken").await, tokens);
}

#[tokio::test]
async fn of_two_users_who_link_one_account_at_once_one_has_it() {
    let flags = ["--auth-account-linking-different-emails", "true"];
    let (app, providers) = TestApp::start_with_providers(&["acme"], &flags).await;
    let mut requests = JoinSet::new();
    for name in ["ann", "bob", "cy"] {
        let client = app.signed_in(name).await;
        let answer = begin(&client, &providers, "acme").await;
        requests.spawn(async move { location(&client.get(&answer).await) });
    }
    let mut outcomes = requests.join_all().await;
    outcomes.sort();
    let taken = sorry("account_already_linked_to_different_user");
    assert_eq!(outcomes, [ACCOUNT.to_owned(), taken.clone(), taken]);
    assert_eq!(stored(&app, "id").await.len(), 1);
}

#[tokio::test]
async fn an_account_that_is_linked_again_gets_new_tokens_and_more_scopes() {
    let (app, providers) = TestApp::start_with_providers(&["acme"], &[]).await;
    let ann = app.signed_in("ann").await;
    let of_scope = |scope: &str| {
        providers.change("acme", |state| _ = state.tokens.insert("scope".to_owned(), json!(scope)));
    };
    of_scope("openid email");
    assert_eq!(link(&ann, &providers, "acme").await, ACCOUNT);
    let first = stored(&app, "accessToken").await;
    of_scope("calendar openid");
    assert_eq!(link(&ann, &providers, "acme").await, ACCOUNT);
    assert_ne!(stored(&app, "accessToken").await, first);
    assert_eq!(stored(&app, "scope").await, ["openid,email,calendar"]);
}

#[tokio::test]
async fn an_account_with_another_address_or_an_unverified_one_is_not_linked() {
    let (app, providers) = TestApp::start_with_providers(&["acme", "github"], &[]).await;
    let ann = app.signed_in("ann").await;
    providers.set_account("acme", "1", "other@example.com", true);
    assert_eq!(link(&ann, &providers, "acme").await, sorry("email_does_not_match"));
    for provider in ["acme", "github"] {
        providers.set_account(provider, "1", "ann@example.com", false);
        assert_eq!(link(&ann, &providers, provider).await, sorry(UNABLE), "{provider}");
    }
    providers.set_account("acme", "1", "ANN@example.com", true);
    assert_eq!(link(&ann, &providers, "acme").await, ACCOUNT);

    let flags = [
        ["--auth-account-linking-different-emails", "true"],
        ["--auth-account-linking-trusted-providers", "github"],
        ["--auth-account-linking-update-user-info", "true"],
    ];
    let ids = ["acme", "github"];
    let app = app.restart_with_providers((&providers, &ids), flags.as_flattened()).await;
    let bob = app.signed_in("bob").await;
    providers.set_account("github", "2", "somebody@example.com", false);
    assert_eq!(link(&bob, &providers, "github").await, ACCOUNT);
    let user = bob.session().await["user"].clone();
    assert_eq!((&user["name"], &user["email"]), (&json!("Ann Example"), &json!("bob@example.com")));
    assert_eq!(user["emailVerified"], false);
    providers.set_account("acme", "2", "somebody@example.com", false);
    assert_eq!(link(&bob, &providers, "acme").await, sorry(UNABLE));
}

#[tokio::test]
async fn nothing_is_linked_where_the_settings_forbid_it() {
    let flags = ["--auth-account-linking", "false"];
    let (app, providers) = TestApp::start_with_providers(&["acme"], &flags).await;
    let ann = app.signed_in("ann").await;
    assert_eq!(link(&ann, &providers, "acme").await, sorry(UNABLE));
    assert_eq!(linked(&ann).await, ["credential"]);
}

#[tokio::test]
async fn a_session_that_ended_meanwhile_links_nothing() {
    let (app, providers) = TestApp::start_with_providers(&["acme"], &[]).await;
    for (name, ends) in [
        ("ann", json!({ "route": "sign-out", "body": {} })),
        ("bob", json!({ "route": "revoke-sessions", "body": {} })),
        ("cy", json!({ "route": "delete-user", "body": { "password": PASSWORD } })),
        (
            "dan",
            json!({ "route": "change-password", "body": {
                "currentPassword": PASSWORD, "newPassword": "another horse battery",
                "revokeOtherSessions": true,
            } }),
        ),
    ] {
        let client = app.signed_in(name).await;
        providers.set_account("acme", name, &format!("{name}@example.com"), true);
        let answer = begin(&client, &providers, "acme").await;
        let browser = client.duplicate();
        let route = ends["route"].as_str().unwrap();
        client.post_auth(route, ends["body"].clone()).await.expect_ok();
        assert_eq!(location(&browser.get(&answer).await), sorry(UNABLE), "{route}");
        assert_eq!(stored(&app, "id").await, Vec::<String>::new(), "{route}");
    }
}

#[tokio::test]
async fn a_session_that_expired_meanwhile_links_nothing() {
    let flags = ["--auth-session-expires-in", "300"];
    let (app, providers) = TestApp::start_with_providers(&["acme"], &flags).await;
    let ann = app.signed_in("ann").await;
    let answer = begin(&ann, &providers, "acme").await;
    app.clock.advance(chrono::TimeDelta::seconds(301));
    assert_eq!(location(&ann.get(&answer).await), sorry(UNABLE));
    assert_eq!(stored(&app, "id").await, Vec::<String>::new());
}

/// The attacker planted the cookie of the state into the browser of a user.
#[tokio::test]
async fn nothing_is_linked_in_the_browser_of_another_user() {
    let flags = ["--auth-account-linking-different-emails", "true"];
    let (app, providers) = TestApp::start_with_providers(&["acme"], &flags).await;
    let (mallory, ann) = (app.signed_in("mallory").await, app.signed_in("ann").await);
    let answer = begin(&mallory, &providers, "acme").await;
    let state = mallory.cookies().get("better-auth.state").cloned().unwrap();
    ann.cookies().insert("better-auth.state".to_owned(), state);
    assert_eq!(location(&ann.get(&answer).await), sorry(UNABLE));
    assert_eq!(linked(&mallory).await, ["credential"]);
}

#[tokio::test]
async fn an_id_token_links_an_account() {
    let (app, providers) = TestApp::start_with_providers(&["google", "github"], &[]).await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    let by_token = async |client: &Client, provider: &str, nonce: Option<&str>| {
        let token = providers.id_token("google", Some("n-1"));
        let id_token = json!({ "token": token, "nonce": nonce, "accessToken": "given" });
        let mut body = json!({ "provider": provider, "idToken": id_token });
        if nonce.is_none() {
            body["idToken"].as_object_mut().unwrap().remove("nonce");
        }
        client.post_auth("link-social", body).await
    };
    by_token(&ann, "github", None).await.assert_error(404, "ID_TOKEN_NOT_SUPPORTED");
    by_token(&ann, "none", None).await.assert_error(404, "PROVIDER_NOT_FOUND");
    by_token(&ann, "google", Some("n-2")).await.assert_error(401, "INVALID_TOKEN");
    let done = by_token(&ann, "google", Some("n-1")).await.expect_ok();
    assert_eq!(done, json!({ "url": "", "status": true, "redirect": false }));
    assert_eq!(linked(&ann).await, ["credential", "google"]);
    assert_eq!(stored(&app, "accessToken").await, ["given"]);
    by_token(&bob, "google", Some("n-1")).await.assert_error(409, "SOCIAL_ACCOUNT_ALREADY_LINKED");
    providers.set_account("google", "2", "other@example.com", true);
    let refused = by_token(&bob, "google", Some("n-1")).await;
    refused.assert_error(401, "LINKING_DIFFERENT_EMAILS_NOT_ALLOWED");
    providers.set_account("google", "2", "bob@example.com", false);
    by_token(&bob, "google", Some("n-1")).await.assert_error(401, "LINKING_NOT_ALLOWED");
    let anonymous = by_token(&app.anonymous(), "google", Some("n-1")).await;
    anonymous.assert_error(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn an_unlinked_account_signs_in_no_more_and_its_tokens_are_gone() {
    let flags = ["--auth-account-linking-implicit", "false"];
    let (app, providers) = TestApp::start_with_providers(&["acme"], &flags).await;
    let ann = app.signed_in("ann").await;
    assert_eq!(link(&ann, &providers, "acme").await, ACCOUNT);
    let id = stored(&app, "id").await.remove(0);
    ann.post_auth_strings("unlink-account", &[("accountId", &id)]).await.expect_ok();
    assert_eq!(stored(&app, "accessToken").await, Vec::<String>::new());
    let other = app.anonymous();
    assert_eq!(sign_in(&other, &providers, "acme").await, sorry("account_not_linked"));
    let gone = ann.post_auth_strings("get-access-token", &[("accountId", &id)]).await;
    gone.assert_error(400, "ACCOUNT_NOT_FOUND");
}
