//! The body of a request, checked before a handler sees it.

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

/// The longest body, in bytes.
pub(crate) const MAX_BODY_LEN: usize = 64 * 1024;
pub(crate) const JSON: &str = "application/json";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// What a body or a query must be for one endpoint.
pub(crate) trait Input: Sized {
    /// Whether the endpoint signs in. It then guards against sign-in from foreign pages
    /// even without a cookie.
    const SIGNS_IN: bool = false;
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

/// An input of a request that passed [`check`](super::check): the fields are right, and for
/// sign-in the page that sent it.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: Input> FromRequest<Arc<Context>> for Body<T> {
    type Rejection = AuthError;

    async fn from_request(request: Request, context: &Arc<Context>) -> Result<Self, AuthError> {
        let (parts, _) = request.into_parts();
        let Read { input, own } = read(&parts, context)?;
        own.map(|()| Self(input))
    }
}

/// The body of a checked request. `None` is no body, or a body without `Content-Type`, which
/// better-auth ignores.
#[derive(Clone)]
pub(super) struct Content(pub(super) Option<Document>);

/// An input that better-auth would take.
pub(crate) struct Read<T> {
    pub(crate) input: T,
    /// What is refused although better-auth takes it. Its own refusals come first.
    pub(crate) own: Result<(), AuthError>,
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
    let own = fields.finish()?;
    if T::SIGNS_IN {
        origin::check_sign_in(&context.origins, &parts.headers)?;
    }
    Ok(Read { input, own })
}

/// A route that `routing::and_post` does not serve takes no body.
fn unchecked() -> AuthError {
    domain::Error::internal("the request was not checked").into()
}

/// Why a body could not be read.
pub(crate) fn unread(error: &axum::Error) -> ErrorCode {
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
