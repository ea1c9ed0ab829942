//! `/graphql` as HTTP: what is accepted, how it is answered, who may ask.

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

/// The form of answers whose status tells how it went.
const RESPONSE_JSON: &str = "application/graphql-response+json";
const JSON: &str = "application/json";

/// A mutation that would leave a trace.
const CREATE: &str =
    "mutation Create { createBook(input: { title: \"Trace\", authorIds: [] }) { id } }";

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

/// Posts a body as JSON, under further headers.
async fn post(client: &Client, headers: &[(&str, &str)], body: impl Into<Body>) -> Response {
    let headers = [&[("content-type", JSON)], headers].concat();
    client.send(request("POST", "/graphql", &headers, body)).await
}

/// `/graphql` with these parameters.
fn url(parameters: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("/graphql?{query}")
}

/// A request's body with this document.
fn document(text: &str) -> String {
    json!({ "query": text }).to_string()
}

/// What clients take for a text's name.
fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

/// Whether a request of [`CREATE`] was executed.
async fn was_executed(app: &TestApp) -> bool {
    BOOK.count(&app.anonymous()).await > 0
}

/// Asserts that an answer is one error of this code, in JSON, without data.
#[track_caller]
fn assert_refused(answer: &Response, status: u16, code: &str) {
    assert_eq!(
        (answer.status.as_u16(), answer.error_code().as_str()),
        (status, code),
        "{}",
        answer.text
    );
    assert!(answer.json().get("data").is_none(), "{}", answer.text);
    assert!(!answer.error_message().is_empty());
    let form = answer.header("content-type");
    assert!([JSON, RESPONSE_JSON].iter().any(|known| form.starts_with(known)), "{form}");
}

/// Asserts that the server still answers.
async fn assert_alive(app: &TestApp) {
    let answer = app.anonymous().query("{ __typename }").await;
    assert_eq!(answer.data(), json!({ "__typename": "Query" }));
}

/// An error's code, wherever there are several.
fn codes(answer: &Response) -> Vec<Value> {
    let errors = answer.json()["errors"].as_array().cloned().unwrap_or_default();
    errors.into_iter().map(|error| error["extensions"]["code"].clone()).collect()
}
