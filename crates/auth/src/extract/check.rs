//! The checks of a request before its handler runs, in better-auth's order: the media type of
//! the body, its syntax, the page that sent it, and its redirect targets.

use std::sync::Arc;

use axum::{
    body::{Bytes, to_bytes},
    extract::Request,
    http::{
        HeaderMap, HeaderValue,
        header::{CONTENT_TYPE, TRANSFER_ENCODING},
    },
};
use url::form_urlencoded;

use super::{
    body::{Content, FORM, JSON, MAX_BODY_LEN, unread},
    json::{self, Document, Object, Value},
};
use crate::{
    context::Context,
    error::AuthError,
    error_code::{BAD_REQUEST, UNSUPPORTED_MEDIA_TYPE},
    middleware::origin,
};

/// The bodies that a route accepts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Accepts {
    Json,
    /// JSON, or a browser's form.
    FormOrJson,
    /// The route does not read the body.
    Anything,
}

/// Checks a request, and stores its [`Content`] as an extension for the handler's extractor.
pub(crate) async fn check(
    context: &Arc<Context>,
    request: Request,
    accepts: Accepts,
) -> Result<Request, AuthError> {
    let (mut parts, body) = request.into_parts();
    let bytes = to_bytes(body, MAX_BODY_LEN).await;
    let bytes = bytes.map_err(|error| unread(&error))?;
    let document = parse(&parts.headers, &bytes, accepts)?;
    origin::check_change(&context.origins, &parts.method, &parts.headers)?;
    let query = parts.uri.query().unwrap_or_default();
    origin::check_targets(&context.origins, document.as_ref(), &parse_query(query))?;
    parts.extensions.insert(Content(document));
    Ok(Request::from_parts(parts, bytes.into()))
}

/// The values of a query. A repeated name has a list, which no field accepts.
pub(crate) fn parse_query(query: &str) -> Object {
    let mut object = Object::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let value = Value::Text(value.into_owned());
        object
            .entry(name.into_owned())
            .and_modify(|known| *known = Value::empty_list())
            .or_insert(value);
    }
    object
}

fn parse(
    headers: &HeaderMap,
    bytes: &Bytes,
    accepts: Accepts,
) -> Result<Option<Document>, AuthError> {
    let kind = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    // The length of a chunked body is unknown in advance, so an empty one is a body, too.
    let is_absent = bytes.is_empty() && !headers.contains_key(TRANSFER_ENCODING);
    let allowed = match accepts {
        Accepts::Anything => return Ok(None),
        _ if is_absent || kind.is_empty() => return Ok(None),
        Accepts::Json => [JSON].as_slice(),
        Accepts::FormOrJson => &[FORM, JSON],
    };
    // Decoded as Node decodes a header.
    let kind: String = kind.iter().copied().map(char::from).collect();
    let essence = kind.split(';').next().unwrap_or_default().trim().to_lowercase();
    if !allowed.contains(&essence.as_str()) {
        let allowed = allowed.join(", ");
        let message = format!("Content-Type \"{kind}\" is not allowed. Allowed types: {allowed}");
        return Err(AuthError::explained(UNSUPPORTED_MEDIA_TYPE, message));
    }
    if essence == FORM {
        let fields = form_urlencoded::parse(bytes);
        let fields = fields.map(|(name, value)| (name.into_owned(), Value::Text(value.into())));
        return Ok(Some(Document::Object(fields.collect())));
    }
    json::parse(bytes).map(Some).ok_or_else(|| BAD_REQUEST.into())
}
