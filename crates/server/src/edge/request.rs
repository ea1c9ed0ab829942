//! What a request says: the query text, its variables and the operation's name.

use async_graphql::Variables;
use axum::{
    body::{Body, to_bytes},
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE},
        request::Parts,
    },
};
use serde_json::{Map, Value};

use super::response::{Refusal, bad_request};

/// A request as its client means it, not yet parsed.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) text: String,
    pub(super) operation_name: Option<String>,
    pub(super) variables: Variables,
}

/// Reads a request from its URL (GET) or its body (POST), which may have so many bytes.
pub(super) async fn read(parts: &Parts, body: Body, most: usize) -> Result<Query, Refusal> {
    match parts.method {
        Method::GET | Method::HEAD => from_url(parts.uri.query().unwrap_or_default()),
        Method::POST => {
            require_json(&parts.headers)?;
            from_body(&parts.headers, body, most).await
        }
        _ => Err(bad_request("a GraphQL request comes by GET or POST")
            .with(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED")
            .header(ALLOW, HeaderValue::from_static("GET, HEAD, POST, OPTIONS"))),
    }
}

/// Any other type needs no consent to be sent by another origin's page.
fn require_json(headers: &HeaderMap) -> Result<(), Refusal> {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let (media_type, parameters) =
        media_type.map_or(("", ""), |text| text.split_once(';').unwrap_or((text, "")));
    let charset = parameters.split(';').find_map(|p| p.trim().strip_prefix("charset="));
    let utf8 = charset.is_none_or(|name| name.trim_matches('"').eq_ignore_ascii_case("utf-8"));
    if media_type.trim().eq_ignore_ascii_case("application/json") && utf8 {
        return Ok(());
    }
    Err(bad_request("the content type must be application/json, in UTF-8")
        .with(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE"))
}

async fn from_body(headers: &HeaderMap, body: Body, most: usize) -> Result<Query, Refusal> {
    let too_large = || {
        bad_request(format!("the body has more than {most} bytes (GRAPHQL_MAX_BODY_BYTES)"))
            .with(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE")
    };
    let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if announced.and_then(|length| length.parse().ok()).is_some_and(|n: usize| n > most) {
        return Err(too_large());
    }
    let bytes = to_bytes(body, most).await.map_err(|_| too_large())?;
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(fields)) => query(fields),
        Ok(Value::Array(_)) => Err(bad_request("several requests in one body are not accepted")),
        Ok(_) => Err(bad_request("the body must be a JSON object")),
        Err(_) => Err(bad_request("the body is not valid JSON")),
    }
}

/// In a URL, `variables` and `extensions` are JSON text.
fn from_url(text: &str) -> Result<Query, Refusal> {
    let mut fields = Map::new();
    for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
        let value = match &*name {
            "query" | "operationName" => Value::String(value.into_owned()),
            "variables" | "extensions" if value.is_empty() => Value::Null,
            "variables" | "extensions" => serde_json::from_str(&value)
                .map_err(|_| bad_request(format!("{name} is not valid JSON")))?,
            _ => continue,
        };
        fields.insert(name.into_owned(), value);
    }
    query(fields)
}

/// Source: GraphQL over HTTP, "Request Parameters".
fn query(mut fields: Map<String, Value>) -> Result<Query, Refusal> {
    let mut take = |name| fields.remove(name).filter(|value| !value.is_null());
    let persisted = match take("extensions") {
        None => false,
        Some(Value::Object(extensions)) => extensions.contains_key("persistedQuery"),
        Some(_) => return Err(bad_request("extensions must be an object")),
    };
    let text = match take("query") {
        Some(Value::String(text)) if !text.is_empty() => text,
        None if persisted => return Err(Refusal::persisted_queries_are_off()),
        _ => return Err(bad_request("query must be the text of a GraphQL document")),
    };
    let operation_name = match take("operationName") {
        None => None,
        Some(Value::String(name)) => Some(name).filter(|name| !name.is_empty()),
        Some(_) => return Err(bad_request("operationName must be text")),
    };
    let variables = match take("variables") {
        None => Variables::default(),
        Some(variables @ Value::Object(_)) => Variables::from_json(variables),
        Some(_) => return Err(bad_request("variables must be an object")),
    };
    Ok(Query { text, operation_name, variables })
}
