//! Tokens and profiles of linked accounts: `get-access-token`, `refresh-token`, `account-info`.

use chrono::TimeDelta;
use serde_json::json;
use tokio::task::JoinSet;

use super::{BOOKS, count, sign_in, start};
use crate::it::support::{Client, FakeProviders, Fault, Response, TestApp};

/// A client that signed in at a provider, and the id of its account.
struct Linked {
    client: Client,
    account: String,
}

impl Linked {
    async fn at(app: &TestApp, providers: &FakeProviders, provider: &str) -> Self {
        let client = app.anonymous();
        assert_eq!(sign_in(&client, providers, provider).await, BOOKS);
        let accounts = client.get_auth("list-accounts").await.expect_ok();
        Self { client, account: accounts[0]["id"].as_str().unwrap().to_owned() }
    }

    async fn post(&self, route: &str) -> Response {
        self.client.post_auth_strings(route, &[("accountId", &self.account)]).await
    }

    async fn access_token(&self) -> String {
        let answer = self.post("get-access-token").await.expect_ok();
        answer["accessToken"].as_str().unwrap().to_owned()
    }

    /// The same client of another node.
    fn at_node(&self, node: &TestApp) -> Self {
        let client = node.anonymous();
        client.cookies().clone_from(&self.client.cookies());
        Self { client, account: self.account.clone() }
    }
}

/// Returns a column of the only account.
async fn stored(app: &TestApp, column: &str) -> String {
    app.database.first_column(&format!(r#"select "{column}" from "account""#)).await.remove(0)
}

/// Returns the number of refreshes that a provider received.
fn refreshes(providers: &FakeProviders, provider: &str) -> usize {
    let requests = providers.requests(provider, "token");
    requests.iter().filter(|request| request.parameters["grant_type"] == "refresh_token").count()
}

#[tokio::test]
async fn an_access_token_is_refreshed_when_it_ends_in_five_seconds() {
    let (app, providers) = TestApp::start_with_providers(&["acme"], &[]).await;
    let ann = Linked::at(&app, &providers, "acme").await;
    let first = ann.access_token().await;
    assert_eq!(first, stored(&app, "accessToken").await);
    app.clock.advance(TimeDelta::seconds(3_595));
    assert_eq!(ann.access_token().await, first);
    assert_eq!(refreshes(&providers, "acme"), 0);
    app.clock.advance(TimeDelta::milliseconds(1));

    let answer = ann.post("get-access-token").await.expect_ok();
    assert_ne!(answer["accessToken"], json!(first));
    assert_eq!(answer["accessToken"], json!(stored(&app, "accessToken").await));
    assert_eq!(answer["idToken"], json!(stored(&app, "idToken").await));
    assert_eq!(answer["accessTokenExpiresAt"], "2026-11-20T13:59:55.001Z");
    assert_eq!(answer["scopes"], json!(["openid"]));
    assert_eq!(answer.as_object().unwrap().len(), 4);
    assert_eq!(ann.access_token().await, stored(&app, "accessToken").await);
    assert_eq!(refreshes(&providers, "acme"), 1);
    assert_eq!(count(&app, "session").await, 1);
    assert_eq!(count(&app, "verification").await, 0);
}

#[tokio::test]
async fn tokens_are_refreshed_on_request() {
    let (app, providers) = TestApp::start_with_providers(&["acme"], &[]).await;
    let ann = Linked::at(&app, &providers, "acme").await;
    let answer = ann.post("refresh-token").await.expect_ok();
    assert_eq!(
        answer,
        json!({
            "accessToken": stored(&app, "accessToken").await,
            "refreshToken": stored(&app, "refreshToken").await,
            "accessTokenExpiresAt": "2026-11-20T13:00:00.000Z",
            "refreshTokenExpiresAt": null,
            "scope": "openid",
            "idToken": stored(&app, "idToken").await,
            "providerId": "acme",
            "accountId": ann.account,
        })
    );
    let refused = ann.client.post_auth_strings("refresh-token", &[("accountId", "none")]).await;
    refused.assert_error(400, "ACCOUNT_NOT_FOUND");
    app.database.execute(r#"update "account" set "refreshToken" = null"#).await;
    ann.post("refresh-token").await.assert_error(400, "REFRESH_TOKEN_NOT_FOUND");
    assert_eq!(count(&app, "session").await, 1);
}

#[tokio::test]
async fn fifty_requests_at_once_cause_one_refresh() {
    let (app, providers) = TestApp::start_with_providers(&["acme"], &[]).await;
    let ann = Linked::at(&app, &providers, "acme").await;
    app.clock.advance(TimeDelta::hours(2));
    let mut requests = JoinSet::new();
    for _ in 0..50 {
        let ann = ann.at_node(&app);
        requests.spawn(async move { ann.access_token().await });
    }
    let mut tokens = requests.join_all().await;
    tokens.dedup();
    assert_eq!(tokens, [stored(&app, "accessToken").await]);
    assert_eq!(refreshes(&providers, "acme"), 1);
}

#[tokio::test]
async fn two_nodes_refresh_a_token_once() {
    let (app, providers) = TestApp::start_with_providers(&["acme"], &[]).await;
    let other = app.restart_with_providers((&providers, &["acme"]), &[]).await;
    let ann = Linked::at(&app, &providers, "acme").await;
    for round in 1..=4 {
        app.clock.advance(TimeDelta::hours(2));
        let mut requests = JoinSet::new();
        for node in [&app, &other, &app, &other] {
            let ann = ann.at_node(node);
            requests.spawn(async move { ann.access_token().await });
        }
        let mut tokens = requests.join_all().await;
        tokens.dedup();
        assert_eq!(tokens, [stored(&app, "accessToken").await]);
        assert_eq!(refreshes(&providers, "acme"), round);
    }
}

#[tokio::test]
async fn forced_refreshes_at_once_use_no_refresh_token_twice() {
    let (app, providers) = TestApp::start_with_providers(&["acme"], &[]).await;
    let other = app.restart_with_providers((&providers, &["acme"]), &[]).await;
    let ann = Linked::at(&app, &providers, "acme").await;
    let mut requests = JoinSet::new();
    for node in [&app, &other].repeat(5) {
        let ann = ann.at_node(node);
        requests.spawn(async move { ann.post("refresh-token").await.expect_ok() });
    }
    requests.join_all().await;
    let requests = providers.requests("acme", "token");
    let mut sent: Vec<_> =
        requests.iter().filter_map(|one| one.parameters.get("refresh_token")).collect();
    let all = sent.len();
    sent.sort();
    sent.dedup();
    assert_eq!(sent.len(), all);
    assert_eq!(ann.access_token().await, stored(&app, "accessToken").await);
}

#[tokio::test]
async fn a_provider_that_fails_leaves_the_tokens_as_they_are() {
    let (app, providers) = TestApp::start_with_providers(&["acme"], &[]).await;
    let ann = Linked::at(&app, &providers, "acme").await;
    app.clock.advance(TimeDelta::hours(2));
    let row = async || {
        let mut row = Vec::new();
        for column in ["accessToken", "refreshToken", "idToken"] {
            row.push(stored(&app, column).await);
        }
        row
    };
    let before = row().await;
    for fault in [Fault::Error, Fault::Html, Fault::Malformed, Fault::Empty, Fault::Huge] {
        providers.break_endpoint("acme", "token", fault);
        ann.post("get-access-token").await.assert_error(400, "FAILED_TO_GET_ACCESS_TOKEN");
        ann.post("refresh-token").await.assert_error(400, "FAILED_TO_REFRESH_ACCESS_TOKEN");
        let path = format!("account-info?accountId={}", ann.account);
        let info = ann.client.get_auth(&path).await;
        info.assert_error(400, "FAILED_TO_GET_ACCESS_TOKEN");
        assert_eq!(row().await, before, "{fault:?}");
    }
    providers.change("acme", |state| state.faults.clear());
    assert_ne!(ann.access_token().await, before[0]);
}

#[tokio::test]
async fn requests_that_wait_for_a_failed_refresh_do_not_ask_the_provider_again() {
    let (app, providers) = TestApp::start_with_providers(&["acme"], &[]).await;
    let ann = Linked::at(&app, &providers, "acme").await;
    app.clock.advance(TimeDelta::hours(2));
    providers.break_endpoint("acme", "token", Fault::Close);
    let mut requests = JoinSet::new();
    for _ in 0..20 {
        let ann = ann.at_node(&app);
        requests.spawn(async move { ann.post("get-access-token").await.status_and_code() });
    }
    for outcome in requests.join_all().await {
        assert_eq!(outcome, (400, "FAILED_TO_GET_ACCESS_TOKEN".to_owned()));
    }
    assert!(refreshes(&providers, "acme") < 20);
}

#[tokio::test]
async fn a_node_that_ended_during_a_refresh_blocks_the_account_for_a_minute_at_most() {
    let (app, providers) = TestApp::start_with_providers(&["acme"], &[]).await;
    let ann = Linked::at(&app, &providers, "acme").await;
    app.clock.advance(TimeDelta::hours(2));
    let name = format!("token-refresh:{}", ann.account);
    let (now, until) = ("2026-11-20T14:00:00.000Z", "2026-11-20T14:00:59.000Z");
    app.database
        .execute(&format!(
            r#"insert into "verification"
            ("id", "identifier", "value", "expiresAt", "createdAt", "updatedAt")
            values ('{name}', '{name}', 'another-node', '{until}', '{now}', '{now}')"#
        ))
        .await;
    let waiting = ann.at_node(&app);
    let waiting = tokio::spawn(async move { waiting.access_token().await });
    tokio::task::yield_now().await;
    assert_eq!(refreshes(&providers, "acme"), 0);
    app.clock.advance(TimeDelta::seconds(60));
    assert_eq!(waiting.await.unwrap(), stored(&app, "accessToken").await);
    assert_eq!(refreshes(&providers, "acme"), 1);
}

#[tokio::test]
async fn tokens_of_a_user_are_for_that_user_alone() {
    let (app, providers) = TestApp::start_with_providers(&["acme"], &[]).await;
    let ann = Linked::at(&app, &providers, "acme").await;
    let bob = Linked { client: app.signed_in("bob").await, account: ann.account.clone() };
    let info = format!("account-info?accountId={}", ann.account);
    for route in ["get-access-token", "refresh-token"] {
        bob.post(route).await.assert_error(400, "ACCOUNT_NOT_FOUND");
        let body = json!({ "accountId": ann.account, "userId": ann.client.user_id().await });
        bob.client.post_auth(route, body).await.assert_error(400, "ACCOUNT_NOT_FOUND");
        let anonymous = Linked { client: app.anonymous(), account: ann.account.clone() };
        let refused = anonymous.post(route).await;
        assert_eq!((refused.status.as_u16(), &*refused.text), (401, ""));
    }
    bob.client.get_auth(&info).await.assert_error(400, "ACCOUNT_NOT_FOUND");
    assert_eq!(app.anonymous().get_auth(&info).await.status.as_u16(), 401);
}

#[tokio::test]
async fn no_other_answer_contains_a_token() {
    let (app, providers) = TestApp::start_with_providers(&["acme"], &[]).await;
    let ann = Linked::at(&app, &providers, "acme").await;
    let mut tokens = Vec::new();
    for column in ["accessToken", "refreshToken", "idToken"] {
        tokens.push(stored(&app, column).await);
    }
    let info = format!("account-info?accountId={}", ann.account);
    let graphql = ann.client.query("{ me { accounts { provider createdAt } } }").await;
    providers.break_endpoint("acme", "token", Fault::Error);
    for answer in [
        ann.client.get_auth("list-accounts").await,
        ann.client.get_auth("get-session").await,
        ann.client.get_auth("list-sessions").await,
        ann.client.get_auth(&info).await,
        ann.post("refresh-token").await,
        graphql,
    ] {
        for token in &tokens {
            assert!(!answer.text.contains(token), "{}", answer.text);
        }
    }
}

#[tokio::test]
async fn the_profile_of_an_account_is_that_at_the_provider_now() {
    let (app, providers) = TestApp::start_with_providers(&["acme", "github"], &[]).await;
    let ann = Linked::at(&app, &providers, "acme").await;
    let path = format!("account-info?accountId={}", ann.account);
    providers.set_account("acme", "1001", "new@example.com", false);
    let info = ann.client.get_auth(&path).await.expect_ok();
    // The fake answers with the account of the sign-in.
    assert_eq!(info["user"]["email"], "ann@example.com");
    assert_eq!(info["user"]["emailVerified"], true);
    assert_eq!(info["data"]["sub"], "1001");
    let key = json!({ "id": ann.account, "providerId": "acme", "accountId": "1001" });
    assert_eq!(info["account"], key);
    providers.break_endpoint("acme", "user", Fault::Error);
    app.database.execute(r#"update "account" set "idToken" = null"#).await;
    ann.client.get_auth(&path).await.assert_error(401, "FAILED_TO_GET_USER_INFO");
    app.database.execute(r#"update "account" set "accessToken" = null"#).await;
    ann.client.get_auth(&path).await.assert_error(400, "ACCESS_TOKEN_NOT_FOUND");
}

#[tokio::test]
async fn encrypted_tokens_are_unreadable_in_the_database() {
    let flags = ["--auth-encrypt-oauth-tokens", "true"];
    let (app, providers) = TestApp::start_with_providers(&["acme"], &flags).await;
    let ann = Linked::at(&app, &providers, "acme").await;
    let is_sealed = |text: &str| text.len() > 80 && text.bytes().all(|b| b.is_ascii_hexdigit());
    for column in ["accessToken", "refreshToken"] {
        assert!(is_sealed(&stored(&app, column).await), "{column}");
    }
    let first = ann.access_token().await;
    assert!(first.starts_with("access-"), "{first}");
    app.clock.advance(TimeDelta::hours(2));
    let second = ann.access_token().await;
    assert!(second.starts_with("access-") && second != first, "{second}");
    assert!(is_sealed(&stored(&app, "refreshToken").await));
    ann.post("refresh-token").await.expect_ok();

    // Without the setting, sealed texts are not opened: a provider could have chosen them.
    let sealed = stored(&app, "accessToken").await;
    let plain = app.restart_with_providers((&providers, &["acme"]), &[]).await;
    assert_eq!(ann.at_node(&plain).access_token().await, sealed);

    // Plain tokens from before the setting are readable.
    app.database.execute(r#"update "account" set "accessToken" = 'plain.token'"#).await;
    assert_eq!(ann.access_token().await, "plain.token");
}

#[tokio::test]
async fn the_offered_providers_are_public() {
    let (app, _providers) = TestApp::start_with_providers(&["github", "acme"], &[]).await;
    let listed = async || app.anonymous().get_auth("providers").await.expect_ok();
    let of = |id: &str, name: &str| json!({ "id": id, "name": name });
    // A provider is absent until its discovery document was read.
    assert_eq!(listed().await, json!([of("github", "GitHub")]));
    start(&app.anonymous(), "acme").await;
    let mut both = listed().await.as_array().unwrap().clone();
    both.sort_by_key(|provider| provider["id"].to_string());
    assert_eq!(both, [of("acme", "acme"), of("github", "GitHub")]);
    let none = TestApp::start().await;
    assert_eq!(none.anonymous().get_auth("providers").await.expect_ok(), json!([]));
}
