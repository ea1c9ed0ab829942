//! The body of a request, checked before the handler runs.

use std::{error::Error, io, sync::Arc};

use axum::{
    extract::{FromRequest, Request},
    http::request::Parts,
};
use http_body_util::LengthLimitError;

use super::{
    fields::{Fields, no_object},
    json::{Document, Object},
};
use crate::{
    context::Context,
    error::AuthError,
    error_code::{BAD_REQUEST, ErrorCode, PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT},
    middleware::origin,
};

/// The maximum length of a body in bytes.
pub(crate) const MAX_BODY_LEN: usize = 64 * 1024;
pub(crate) const JSON: &str = "application/json";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// The input of one endpoint: the fields of its body or query.
pub(crate) trait Input: Sized {
    /// Whether the endpoint signs in. It then checks the page that sent the request even without
    /// a cookie.
    const SIGNS_IN: bool = false;
    /// Whether the body may be absent.
    const OPTIONAL: bool = false;
    /// The types that better-auth's message names when the body is no object; none for a union.
    const EXPECTED: &'static [&'static str] = &["object"];

    /// Reads the fields. `fields` collects the errors.
    fn read(fields: &mut Fields<'_>) -> Self;
}

/// A body with any fields.
pub(crate) struct AnyObject;

impl Input for AnyObject {
    const EXPECTED: &'static [&'static str] = &["record"];

    fn read(_: &mut Fields<'_>) -> Self {
        Self
    }
}

/// The input of a request that passed [`check`](super::check). Its fields are valid, and for
/// sign-in so is the page that sent it.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: Input> FromRequest<Arc<Context>> for Body<T> {
    type Rejection = AuthError;

    async fn from_request(request: Request, context: &Arc<Context>) -> Result<Self, AuthError> {
        let (parts, _) = request.into_parts();
        let Read { input, stricter } = read(&parts, context)?;
        stricter.map(|()| Self(input))
    }
}

/// The body of a checked request. `None` is no body, or a body without `Content-Type`, which
/// better-auth ignores.
#[derive(Clone)]
pub(super) struct Content(pub(super) Option<Document>);

/// An input that better-auth would accept.
pub(crate) struct Read<T> {
    pub(crate) input: T,
    /// The result of rules that better-auth does not have. Its own refusals come first.
    pub(crate) stricter: Result<(), AuthError>,
}

/// Reads the body of a request that passed [`check`](super::check).
pub(crate) fn read<T: Input>(parts: &Parts, context: &Context) -> Result<Read<T>, AuthError> {
    let Content(document) = parts.extensions.get().ok_or_else(unchecked)?;
    let nothing = Object::new();
    let object = match document {
        Some(Document::Object(object)) => object,
        None if T::OPTIONAL => &nothing,
        Some(Document::Other(value)) => return Err(no_object(T::EXPECTED, Some(value))),
        None => return Err(no_object(T::EXPECTED, None)),
    };
    let mut fields = Fields::of("body", object);
    let input = T::read(&mut fields);
    let stricter = fields.finish()?;
    if T::SIGNS_IN {
        origin::check_sign_in(&context.origins, &parts.headers)?;
    }
    Ok(Read { input, stricter })
}

/// The error of a route that reads a body without `routing::and_post`.
fn unchecked() -> AuthError {
    domain::Error::internal("the request was not checked").into()
}

/// The refusal of a body that could not be read.
pub(crate) fn unread(error: &axum::Error) -> ErrorCode {
    if is_timed_out(error) {
        return REQUEST_TIMEOUT;
    }
    let is_too_long = error.source().is_some_and(<dyn Error>::is::<LengthLimitError>);
    if is_too_long { PAYLOAD_TOO_LARGE } else { BAD_REQUEST }
}

/// Whether a body could not be read because it did not arrive in time.
#[must_use]
pub fn is_timed_out(error: &axum::Error) -> bool {
    let is_timeout = |error: &io::Error| error.kind() == io::ErrorKind::TimedOut;
    let mut cause: Option<&dyn Error> = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref().is_some_and(is_timeout) {
            return true;
        }
        cause = error.source();
    }
    false
}
