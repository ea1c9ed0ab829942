//! What a request says: which document it means, its variables and the operation's
//! name.

use std::fmt;

use async_graphql::Variables;
use axum::{
    body::{Body, BodyDataStream, Bytes, to_bytes},
    http::{
        HeaderMap, Method, StatusCode,
        header::{
            ACCEPT_ENCODING, ALLOW, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE,
        },
        request::Parts,
    },
};
use futures_util::StreamExt;
use serde::{
    Deserialize, Deserializer,
    de::{
        MapAccess, SeqAccess, Visitor,
        value::{MapAccessDeserializer, SeqAccessDeserializer},
    },
};
use serde_json::{Map, Value};

use super::response::{Refusal, bad_request};
use crate::connections::paced::Late;

/// The methods of the route.
pub(super) const METHODS: &str = "GET, HEAD, POST, OPTIONS";
/// How much of a refused body is read, in bytes.
const MAX_DRAINED: usize = 8 * 1024 * 1024;

/// How much a body may hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct BodyLimits {
    /// Bytes.
    pub(super) bytes: usize,
    /// Requests in a list; 0 takes no lists.
    pub(super) batch: usize,
}

/// What a body asks for.
#[derive(Debug)]
pub(super) enum Asked {
    /// One request.
    One(Query),
    /// A list of them; what is wrong with one is that one's affair.
    Several(Vec<Result<Query, Refusal>>),
}

/// A request as its client means it, not yet parsed.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) source: Source,
    pub(super) operation_name: Option<String>,
    pub(super) variables: Variables,
}

/// How a request says which document it means.
#[derive(Debug)]
pub(super) enum Source {
    /// By its text.
    Text(String),
    /// By its text, which is to be known by this hash from now on.
    Persist {
        /// The document.
        text: String,
        /// Of the text, as the client says.
        hash: String,
    },
    /// By the hash of a text that was sent before, or the id of a trusted document.
    Hash(String),
    /// By the id of a trusted document.
    Id(String),
}

/// Reads a request from its URL (GET) or its body (POST), which may be a list of them.
pub(super) async fn read(parts: &Parts, body: Body, limits: BodyLimits) -> Result<Asked, Refusal> {
    match parts.method {
        Method::GET | Method::HEAD => {
            from_url(parts.uri.query().unwrap_or_default()).map(Asked::One)
        }
        Method::POST => {
            require_json(&parts.headers)?;
            from_body(&parts.headers, body, limits).await
        }
        _ => Err(bad_request("a GraphQL request comes by GET or POST")
            .with(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED")
            .header(ALLOW, METHODS)),
    }
}

/// Reads the rest of a body that is refused, up to a bound: most clients look for an
/// answer only when they have sent everything, and take a closed connection for a
/// broken one.
pub(super) async fn drain(mut body: BodyDataStream) {
    let mut left = MAX_DRAINED;
    while let Some(Ok(chunk)) = body.next().await {
        left = left.saturating_sub(chunk.len());
        if left == 0 {
            break;
        }
    }
}

pub(super) fn unsupported(message: &str) -> Refusal {
    bad_request(message).with(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE")
}

pub(super) fn too_large(message: &str) -> Refusal {
    bad_request(message).with(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE")
}

/// The connection is of no use any more: the rest of the body may come on it.
fn late() -> Refusal {
    bad_request("the body did not come in time (HTTP_BODY_TIMEOUT)")
        .with(StatusCode::REQUEST_TIMEOUT, "REQUEST_TIMEOUT")
        .header(CONNECTION, "close")
}

/// A small body may unpack to an endless one, and clients' queries are short.
pub(super) fn require_plain(headers: &HeaderMap) -> Result<(), Refusal> {
    let codings = headers.get_all(CONTENT_ENCODING).iter();
    let plain = |coding: &[u8]| coding.is_empty() || coding.eq_ignore_ascii_case(b"identity");
    if codings.into_iter().all(|coding| plain(coding.as_bytes())) {
        return Ok(());
    }
    Err(unsupported("the body must not be compressed").header(ACCEPT_ENCODING, "identity"))
}

/// Any other type needs no consent to be sent by another origin's page.
fn require_json(headers: &HeaderMap) -> Result<(), Refusal> {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let (media_type, parameters) =
        media_type.map_or(("", ""), |text| text.split_once(';').unwrap_or((text, "")));
    let charset = parameters.split(';').find_map(|p| p.trim().strip_prefix("charset="));
    let utf8 = charset.is_none_or(|name| name.trim_matches('"').eq_ignore_ascii_case("utf-8"));
    if media_type.trim().eq_ignore_ascii_case("application/json") && utf8 {
        return require_plain(headers);
    }
    Err(unsupported("the content type must be application/json, in UTF-8"))
}

async fn from_body(headers: &HeaderMap, body: Body, limits: BodyLimits) -> Result<Asked, Refusal> {
    asked(&bytes(headers, body, limits.bytes).await?, "the body", limits.batch)
}

/// The object in a body of JSON.
pub(super) async fn object(
    headers: &HeaderMap,
    body: Body,
    limits: BodyLimits,
) -> Result<Map<String, Value>, Refusal> {
    require_json(headers)?;
    let json = bytes(headers, body, limits.bytes).await?;
    serde_json::from_slice(&json).map_err(|_| bad_request("the body must be a JSON object"))
}

/// All of a body.
async fn bytes(headers: &HeaderMap, body: Body, most: usize) -> Result<Bytes, Refusal> {
    let large =
        || too_large(&format!("the body has more than {most} bytes (GRAPHQL_MAX_BODY_BYTES)"));
    let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let announced = announced.and_then(|length| length.parse().ok()).unwrap_or(0);
    if announced > most {
        if announced <= MAX_DRAINED {
            Box::pin(drain(body.into_data_stream())).await;
        }
        return Err(large());
    }
    let bytes = to_bytes(body, most).await;
    bytes.map_err(|error| if Late::caused(&error) { late() } else { large() })
}

/// The fields of a request, of whose values nothing is known; one that is null is absent,
/// and one that is there twice is no request.
///
/// Source: GraphQL over HTTP, "Request Parameters".
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Fields {
    query: Option<Value>,
    document_id: Option<Value>,
    operation_name: Option<Value>,
    variables: Option<Value>,
    extensions: Option<Value>,
}

impl From<Map<String, Value>> for Fields {
    fn from(mut fields: Map<String, Value>) -> Self {
        let mut take = |name| fields.swap_remove(name).filter(|value| !value.is_null());
        Self {
            query: take("query"),
            document_id: take("documentId"),
            operation_name: take("operationName"),
            variables: take("variables"),
            extensions: take("extensions"),
        }
    }
}

/// What somebody sent as JSON.
enum Sent {
    /// Boxed, as a list may have very many of the others.
    Object(Box<Fields>),
    List(Vec<Self>),
    Other,
}

impl<'de> Deserialize<'de> for Sent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Sent;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Sent, A::Error> {
        Box::deserialize(MapAccessDeserializer::new(map)).map(Sent::Object)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Sent, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(Sent::List)
    }

    fn visit_str<E>(self, _: &str) -> Result<Sent, E> {
        Ok(Sent::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Sent, E> {
        Ok(Sent::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Sent, E> {
        Ok(Sent::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Sent, E> {
        Ok(Sent::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Sent, E> {
        Ok(Sent::Other)
    }

    fn visit_unit<E>(self) -> Result<Sent, E> {
        Ok(Sent::Other)
    }
}

/// What the JSON of a body's part called `place` asks for.
pub(super) fn asked(json: &[u8], place: &str, batch_limit: usize) -> Result<Asked, Refusal> {
    let sent = serde_json::from_slice(json);
    match sent.map_err(|_| bad_request(format!("{place} is not valid JSON")))? {
        Sent::Object(fields) => query(*fields).map(Asked::One),
        Sent::List(_) if batch_limit == 0 => {
            Err(bad_request("several requests in one body are not accepted"))
        }
        Sent::List(requests) if requests.is_empty() => {
            Err(bad_request(format!("{place} lists no request")))
        }
        Sent::List(requests) if requests.len() > batch_limit => {
            Err(bad_request(format!("{place} lists more than {batch_limit} requests")))
        }
        Sent::List(requests) => {
            Ok(Asked::Several(requests.into_iter().map(one_of_several).collect()))
        }
        Sent::Other => Err(bad_request(format!("{place} must be a JSON object"))),
    }
}

fn one_of_several(request: Sent) -> Result<Query, Refusal> {
    match request {
        Sent::Object(fields) => query(*fields),
        _ => Err(bad_request("each request must be a JSON object")),
    }
}

/// In a URL, `variables` and `extensions` are JSON text.
fn from_url(text: &str) -> Result<Query, Refusal> {
    let mut fields = Fields::default();
    for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
        let (field, is_json) = match &*name {
            "query" => (&mut fields.query, false),
            "documentId" => (&mut fields.document_id, false),
            "operationName" => (&mut fields.operation_name, false),
            "variables" => (&mut fields.variables, true),
            "extensions" => (&mut fields.extensions, true),
            _ => continue,
        };
        *field = match value {
            value if !is_json => Some(Value::String(value.into_owned())),
            value if value.is_empty() => None,
            value => serde_json::from_str(&value)
                .map_err(|_| bad_request(format!("{name} is not valid JSON")))?,
        };
    }
    query(fields)
}

/// The request that these fields are.
pub(super) fn query(fields: Fields) -> Result<Query, Refusal> {
    let Fields { query, document_id, operation_name, variables, extensions } = fields;
    let hash = match extensions {
        None => None,
        Some(Value::Object(extensions)) => persisted_hash(extensions.get("persistedQuery"))?,
        Some(_) => return Err(bad_request("extensions must be an object")),
    };
    let source = source(query, document_id, hash)?;
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
    Ok(Query { source, operation_name, variables })
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

fn source(text: Option<Value>, id: Option<Value>, hash: Option<String>) -> Result<Source, Refusal> {
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
        (Some(_), Some(_), _) => Err(bad_request("either query or documentId says what to do")),
        (Some(text), None, Some(hash)) => Ok(Source::Persist { text, hash }),
        (Some(text), None, None) => Ok(Source::Text(text)),
        (None, Some(id), _) => Ok(Source::Id(id)),
        (None, None, Some(hash)) => Ok(Source::Hash(hash)),
        (None, None, None) => Err(bad_request(NO_TEXT)),
    }
}
