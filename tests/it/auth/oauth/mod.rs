//! Sign-in with providers, as clients and attackers use it.

mod access_tokens;
mod answers;
mod linking;
mod new_users;
mod one_tap;
mod owners;
mod popup;
mod proxy;
mod races;
mod sealed_state;
mod secrets_in_logs;
mod start;
mod unreliable;

use serde_json::{Value, json};
use url::Url;

use crate::it::support::{BASE_URL, Client, FakeProviders, Response, TestApp};

/// The address of the account that signs in at the providers.
const EMAIL: &str = "ann@example.com";
/// The pages of the sign-ins, for a user and for errors.
pub(super) const BOOKS: &str = "/books";
const SORRY: &str = "/sorry";
/// The error page of an unknown sign-in.
const UNKNOWN_STATE: &str = "http://localhost:3000/api/auth/error?error=state_mismatch";

/// Starts a sign-in, and returns the provider's URL.
async fn start(client: &Client, provider: &str) -> String {
    start_with(client, provider, json!({})).await
}

/// Starts a sign-in with additional fields.
pub(super) async fn start_with(client: &Client, provider: &str, fields: Value) -> String {
    let mut body = json!({
        "provider": provider, "callbackURL": BOOKS, "errorCallbackURL": SORRY,
    });
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    let answer = client.post_auth("sign-in/social", body).await.expect_ok();
    answer["url"].as_str().unwrap().to_owned()
}

/// Signs in at a provider as its current account, and returns where the browser is led.
pub(super) async fn sign_in(client: &Client, providers: &FakeProviders, provider: &str) -> String {
    let url = start(client, provider).await;
    location(&client.get(&providers.authorize(provider, &url)).await)
}

/// Returns the target of a redirect.
#[track_caller]
pub(super) fn location(response: &Response) -> String {
    assert_eq!(response.status.as_u16(), 302, "{}", response.text);
    response.header("location").to_owned()
}

/// Returns where a refused sign-in leads.
fn sorry(code: &str) -> String {
    format!("{SORRY}?error={code}")
}

/// Returns a value in the query of a URL.
fn value_in(url: &str, name: &str) -> String {
    let url = Url::parse(BASE_URL).unwrap().join(url).unwrap();
    let mut values = url.query_pairs().filter(|(known, _)| known == name);
    values.next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// Returns a URL with another value in its query.
fn with_value(url: &str, name: &str, value: &str) -> String {
    let (path, query) = url.split_once('?').unwrap();
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    let pairs = pairs.map(|(known, old)| {
        let value = if known == name { value.to_owned() } else { old.into_owned() };
        (known, value)
    });
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{path}?{query}")
}

/// Returns the number of rows of a table.
async fn count(app: &TestApp, table: &str) -> usize {
    app.database.first_column(&format!(r#"select "id" from "{table}""#)).await.len()
}

/// Marks the address of a user as verified.
async fn verify(app: &TestApp, email: &str) {
    let sql = format!(r#"update "user" set "emailVerified" = true where "email" = '{email}'"#);
    app.database.execute(&sql).await;
}
