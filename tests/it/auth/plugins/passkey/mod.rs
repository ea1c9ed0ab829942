//! The plugin `passkey`.

mod forged_registrations;
mod forged_sign_ins;
mod limits;
mod management;
mod registration;
mod settings;
mod sign_in;

use serde_json::{Value, json};

use crate::it::support::{Answer, Authenticator, Client, Response, TestApp};

const ON: [&str; 1] = ["--auth-plugins=passkey"];

/// Starts an application with a user who has a passkey. Her client is signed in.
async fn with_passkey() -> (TestApp, Client, Authenticator) {
    let app = TestApp::start_with(&ON).await;
    let (ann, authenticator) = (app.signed_in("ann").await, Authenticator::new());
    register(&ann, &authenticator).await;
    (app, ann, authenticator)
}

async fn creation_options(client: &Client) -> Value {
    client.get_auth("passkey/generate-register-options").await.expect_ok()
}

async fn request_options(client: &Client) -> Value {
    client.get_auth("passkey/generate-authenticate-options").await.expect_ok()
}

async fn verify_registration(client: &Client, response: Value) -> Response {
    client.post_auth("passkey/verify-registration", json!({ "response": response })).await
}

async fn verify_authentication(client: &Client, response: Value) -> Response {
    client.post_auth("passkey/verify-authentication", json!({ "response": response })).await
}

/// Registers the authenticator's passkey, and returns it.
async fn register(client: &Client, authenticator: &Authenticator) -> Value {
    let answer = Answer::creation(&creation_options(client).await);
    verify_registration(client, authenticator.attest(&answer)).await.expect_ok()
}

/// Signs in with an answer that `change` changes.
async fn sign_in_with(
    client: &Client,
    authenticator: &Authenticator,
    change: impl FnOnce(&mut Answer),
) -> Response {
    let mut answer = Answer::request(&request_options(client).await);
    change(&mut answer);
    verify_authentication(client, authenticator.assert(&answer)).await
}

async fn sign_in(client: &Client, authenticator: &Authenticator) -> Response {
    sign_in_with(client, authenticator, |_| ()).await
}

/// The number of rows of a table.
async fn count(app: &TestApp, table: &str) -> usize {
    app.database.first_column(&format!(r#"select "id" from "{table}""#)).await.len()
}
