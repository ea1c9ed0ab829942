//! Parameters of a request: document, operation name and variables.
//!
//! async-graphql-axum's `GraphQLRequest` and `GraphQLBatchRequest` lack `documentId` (trusted
//! documents), limits of the body and of a list, a URL's `operationName`, and errors that name
//! the wrong parameter. For `{ __typename }` they take 5,300 instructions instead of 2,000,
//! which is 8 % of the request; with variables 28,300 instead of 29,800.

use async_graphql::Variables;
use axum::{
    body::Body,
    http::{HeaderMap, Method, StatusCode, header::ALLOW, request::Parts},
};
use serde_json::Value;

use super::{
    body, json,
    params::{GraphqlParams, JsonBody},
    response::{Refusal, bad_request},
};

/// The methods of the endpoint.
pub(crate) const METHODS: &str = "GET, HEAD, POST, OPTIONS";
/// Limits of a request's body.
#[derive(Clone, Copy, Debug)]
pub(super) struct BodyLimits {
    pub(super) bytes: usize,
    /// Maximum number of requests in a batch; 0 refuses batches.
    pub(super) batch: usize,
}

/// The requests of a body.
#[derive(Debug)]
pub(super) enum RequestBody {
    One(GraphqlRequest),
    /// A list of requests. An error in one does not affect the others.
    Several(Vec<Result<GraphqlRequest, Refusal>>),
}

/// The parameters of a request, whose document is not parsed yet.
#[derive(Debug)]
pub(super) struct GraphqlRequest {
    pub(super) document: DocumentRef,
    pub(super) operation_name: Option<String>,
    pub(super) variables: Variables,
}

/// Reference to a request's document.
#[derive(Debug)]
pub(super) enum DocumentRef {
    Text(String),
    /// A text, to be stored under its hash.
    Persist {
        text: String,
        /// The hash that the client sent.
        hash: String,
    },
    /// The hash of a text that was sent before, or the id of a trusted document.
    Hash(String),
    /// The id of a trusted document.
    Id(String),
}

/// Reads a request from its URL (GET), or one or several from its body (POST).
pub(super) async fn read(
    parts: &Parts,
    body: Body,
    limits: BodyLimits,
) -> Result<RequestBody, Refusal> {
    match parts.method {
        Method::GET | Method::HEAD => {
            from_url(parts.uri.query().unwrap_or_default()).map(RequestBody::One)
        }
        Method::POST => {
            body::require_json(&parts.headers)?;
            from_body(&parts.headers, body, limits).await
        }
        _ => Err(bad_request("a GraphQL request must use GET or POST")
            .with(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED")
            .header(ALLOW, METHODS)),
    }
}

async fn from_body(
    headers: &HeaderMap,
    body: Body,
    limits: BodyLimits,
) -> Result<RequestBody, Refusal> {
    parse(&body::bytes(headers, body, limits.bytes).await?, "the body", limits.batch)
}

/// Parses JSON, which errors call `name`.
pub(super) fn parse(bytes: &[u8], name: &str, batch_limit: usize) -> Result<RequestBody, Refusal> {
    if body::has_too_many_values(bytes) {
        return Err(body::too_many_values(name));
    }
    let body = json::read(bytes).map_err(|error| {
        let fault = if error.is_data() { "has a field twice" } else { "is not valid JSON" };
        bad_request(format!("{name} {fault}"))
    });
    match body? {
        JsonBody::Object(params) => request(*params).map(RequestBody::One),
        JsonBody::List(_) if batch_limit == 0 => {
            Err(bad_request("several requests in one body are not accepted"))
        }
        JsonBody::List(requests) if requests.is_empty() => {
            Err(bad_request(format!("{name} lists no request")))
        }
        JsonBody::List(requests) if requests.len() > batch_limit => {
            Err(bad_request(format!("{name} lists more than {batch_limit} requests")))
        }
        JsonBody::List(requests) => {
            Ok(RequestBody::Several(requests.into_iter().map(one_of_several).collect()))
        }
        JsonBody::Other => Err(bad_request(format!("{name} must be a JSON object"))),
    }
}

fn one_of_several(body: JsonBody) -> Result<GraphqlRequest, Refusal> {
    match body {
        JsonBody::Object(params) => request(*params),
        _ => Err(bad_request("each request must be a JSON object")),
    }
}

/// Parses the query of a URL, where `variables` and `extensions` are JSON text.
fn from_url(text: &str) -> Result<GraphqlRequest, Refusal> {
    let mut params = GraphqlParams::default();
    for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
        let (field, is_json) = match &*name {
            "query" => (&mut params.query, false),
            "documentId" => (&mut params.document_id, false),
            "operationName" => (&mut params.operation_name, false),
            "variables" => (&mut params.variables, true),
            "extensions" => (&mut params.extensions, true),
            _ => continue,
        };
        if field.is_some() {
            return Err(bad_request(format!("the URL has {name} twice")));
        }
        *field = match value {
            value if !is_json => Some(Value::String(value.into_owned())),
            value if value.is_empty() => None,
            value => json::read(value.as_bytes())
                .map_err(|_| bad_request(format!("{name} is not valid JSON")))?,
        };
    }
    request(params)
}

/// Checks the types of the parameters.
pub(super) fn request(params: GraphqlParams) -> Result<GraphqlRequest, Refusal> {
    let GraphqlParams { query, document_id, operation_name, variables, extensions } = params;
    let hash = match extensions {
        None => None,
        Some(Value::Object(extensions)) => persisted_hash(extensions.get("persistedQuery"))?,
        Some(_) => return Err(bad_request("extensions must be an object")),
    };
    let document = document(query, document_id, hash)?;
    let operation_name = match operation_name {
        None => None,
        Some(Value::String(name)) => Some(name).filter(|name| !name.is_empty()),
        Some(_) => return Err(bad_request("operationName must be text")),
    };
    let variables = match variables {
        None => Variables::default(),
        Some(variables @ Value::Object(_)) => Variables::from_json(variables),
        Some(_) => return Err(bad_request("variables must be an object")),
    };
    Ok(GraphqlRequest { document, operation_name, variables })
}

/// Source: Apollo's protocol of automatic persisted queries.
fn persisted_hash(extension: Option<&Value>) -> Result<Option<String>, Refusal> {
    let Some(extension) = extension.filter(|value| !value.is_null()) else { return Ok(None) };
    let known = extension.get("version").and_then(Value::as_u64) == Some(1);
    let hash = extension.get("sha256Hash").and_then(Value::as_str).filter(|_| known);
    let hash = hash.ok_or_else(|| {
        bad_request("extensions.persistedQuery must be {\"version\": 1, \"sha256Hash\": text}")
    })?;
    Ok(Some(hash.to_owned()))
}

fn document(
    text: Option<Value>,
    id: Option<Value>,
    hash: Option<String>,
) -> Result<DocumentRef, Refusal> {
    const NO_TEXT: &str = "query must be the text of a GraphQL document";
    let text = match text {
        None => None,
        Some(Value::String(text)) => Some(text),
        Some(_) => return Err(bad_request(NO_TEXT)),
    };
    let id = match id {
        None => None,
        Some(Value::String(id)) => Some(id).filter(|id| !id.is_empty()),
        Some(_) => return Err(bad_request("documentId must be text")),
    };
    match (text.filter(|text| !text.is_empty()), id, hash) {
        (Some(_), Some(_), _) => Err(bad_request("query and documentId must not be combined")),
        (Some(text), None, Some(hash)) => Ok(DocumentRef::Persist { text, hash }),
        (Some(text), None, None) => Ok(DocumentRef::Text(text)),
        (None, Some(id), _) => Ok(DocumentRef::Id(id)),
        (None, None, Some(hash)) => Ok(DocumentRef::Hash(hash)),
        (None, None, None) => Err(bad_request(NO_TEXT)),
    }
}
