//! The body of a request, checked before a handler sees it.

use std::{error::Error, io, sync::Arc};

use axum::{
    body::{Bytes, to_bytes},
    extract::{FromRequest, Request},
    http::{HeaderMap, header::CONTENT_TYPE},
};
use http_body_util::LengthLimitError;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::fields::{Fields, no_object};
use crate::{
    code::{BAD_REQUEST, Code, PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT, UNSUPPORTED_MEDIA_TYPE},
    context::Context,
    error::AuthError,
    middleware::origin,
};

/// The longest body, in bytes.
pub(crate) const LONGEST_BODY: usize = 64 * 1024;
pub(crate) const JSON: &str = "application/json";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// What a body or a query must be for one endpoint.
pub(crate) trait Input: Sized {
    /// Whether the endpoint signs in. It then takes forms, too, and guards against
    /// sign-in from foreign pages even without a cookie.
    const SIGNS_IN: bool = false;
    /// Whether the body may be a form.
    const TAKES_FORMS: bool = Self::SIGNS_IN;
    /// Whether there may be no body.
    const OPTIONAL: bool = false;
    /// What better-auth says that it expects when the body is something else.
    const EXPECTED: &'static [&'static str] = &["object"];

    /// Takes the fields out, noting what is wrong.
    fn read(fields: &mut Fields<'_>) -> Self;
}

/// A body of any fields.
pub(crate) struct AnyObject;

impl Input for AnyObject {
    const EXPECTED: &'static [&'static str] = &["record"];

    fn read(_: &mut Fields<'_>) -> Self {
        Self
    }
}

/// An input that passed all checks, in better-auth's order: type, syntax, targets
/// of redirects, fields, and for sign-in the page that sent it.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: Input> FromRequest<Arc<Context>> for Body<T> {
    type Rejection = AuthError;

    async fn from_request(request: Request, context: &Arc<Context>) -> Result<Self, AuthError> {
        let (parts, body) = request.into_parts();
        let bytes = to_bytes(body, LONGEST_BODY).await;
        let bytes = bytes.map_err(|error| unread(&error))?;
        let value = parse(&parts.headers, &bytes, T::TAKES_FORMS)?;
        let query = parts.uri.query().unwrap_or_default();
        origin::check_targets(&context.origins, value.as_ref(), query)?;
        let nothing = Map::new();
        let object = match &value {
            Some(Value::Object(object)) => object,
            None if T::OPTIONAL => &nothing,
            value => return Err(no_object(T::EXPECTED, value.as_ref())),
        };
        let mut fields = Fields::of("body", object);
        let input = T::read(&mut fields);
        fields.finish()?;
        if T::SIGNS_IN {
            origin::check_sign_in(&context.origins, &parts.headers)?;
        }
        Ok(Self(input))
    }
}

/// Why a body could not be read.
pub(crate) fn unread(error: &axum::Error) -> Code {
    if is_late(error) {
        return REQUEST_TIMEOUT;
    }
    let is_too_long = error.source().is_some_and(<dyn Error>::is::<LengthLimitError>);
    if is_too_long { PAYLOAD_TOO_LARGE } else { BAD_REQUEST }
}

/// Whether a body could not be read because it did not come in time.
#[must_use]
pub fn is_late(error: &axum::Error) -> bool {
    let is_timed_out = |error: &io::Error| error.kind() == io::ErrorKind::TimedOut;
    let mut cause: Option<&dyn Error> = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref().is_some_and(is_timed_out) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// `None` is no body, or one of no type, which better-auth overlooks.
fn parse(headers: &HeaderMap, bytes: &Bytes, forms: bool) -> Result<Option<Value>, AuthError> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if bytes.is_empty() || kind.is_empty() {
        return Ok(None);
    }
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        JSON => serde_json::from_slice(bytes).map(Some).map_err(|_| BAD_REQUEST.into()),
        FORM if forms => {
            let fields = form_urlencoded::parse(bytes);
            Ok(Some(fields.map(|(name, value)| (name.into_owned(), Value::from(value))).collect()))
        }
        _ => {
            let allowed = if forms { format!("{FORM}, {JSON}") } else { JSON.to_owned() };
            let message =
                format!("Content-Type \"{kind}\" is not allowed. Allowed types: {allowed}");
            Err(AuthError::explained(UNSUPPORTED_MEDIA_TYPE, message))
        }
    }
}
