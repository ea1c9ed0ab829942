//! GraphQL over HTTP: accepted requests and their responses.

mod accept;
mod admission;
mod batch;
mod body;
mod cache;
mod compression;
mod content_type;
mod cors;
mod failure;
mod health;
mod hostile;
mod hostile_cases;
mod introspection;
mod limit_settings;
mod limits;
mod memory;
mod method;
mod natural;
mod nest;
mod nesting;
mod origin;
mod parameters;
mod persisted;
mod repetition;
mod request_error;
mod request_id;
mod response;
mod slash;
mod surrogate;
mod timeout;
mod trusted;
mod upload;
mod upload_limits;

use axum::{body::Body, http::Request};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::form_urlencoded;

use super::rows::{AUTHOR, BOOK};
use crate::it::support::{Client, Response, TestApp};

/// The media type whose status reports request errors.
const RESPONSE_JSON: &str = "application/graphql-response+json";
const JSON: &str = "application/json";

/// A mutation whose execution leaves a row.
const CREATE: &str =
    "mutation Create { createBook(input: { title: \"Trace\", authorIds: [] }) { id } }";

/// Creates a request.
fn request(
    method: &str,
    uri: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Request<Body> {
    let request = Request::builder().method(method).uri(uri);
    let request =
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.body(body.into()).unwrap()
}

/// Posts a JSON body with additional headers.
async fn post(client: &Client, headers: &[(&str, &str)], body: impl Into<Body>) -> Response {
    let headers = [&[("content-type", JSON)], headers].concat();
    client.send(request("POST", "/graphql", &headers, body)).await
}

/// Returns the URL of `/graphql` with these query parameters.
fn url(parameters: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("/graphql?{query}")
}

/// Returns a request body with this document.
fn document(text: &str) -> String {
    json!({ "query": text }).to_string()
}

/// Returns the hash that identifies a persisted query.
fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

/// Returns whether [`CREATE`] was executed.
async fn was_executed(app: &TestApp) -> bool {
    BOOK.count(&app.anonymous()).await > 0
}

/// Asserts a JSON response with one error of this code and without data.
#[track_caller]
fn assert_refused(response: &Response, status: u16, code: &str) {
    assert_eq!(
        (response.status.as_u16(), response.error_code().as_str()),
        (status, code),
        "{}",
        response.text
    );
    assert!(response.json().get("data").is_none(), "{}", response.text);
    assert!(!response.error_message().is_empty());
    let form = response.header("content-type");
    assert!([JSON, RESPONSE_JSON].iter().any(|known| form.starts_with(known)), "{form}");
}

/// Asserts that the server still executes queries.
async fn assert_alive(app: &TestApp) {
    let response = app.anonymous().query("{ __typename }").await;
    assert_eq!(response.data(), json!({ "__typename": "Query" }));
}

/// Returns the codes of all errors.
fn codes(response: &Response) -> Vec<Value> {
    let errors = response.json()["errors"].as_array().cloned().unwrap_or_default();
    errors.into_iter().map(|error| error["extensions"]["code"].clone()).collect()
}
