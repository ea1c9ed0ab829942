//! The query of a request, checked before the handler runs.

use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};

use super::{body::Input, check::parse_query, fields::Fields, json::Object};
use crate::{context::Context, error::AuthError, middleware::origin};

/// A valid query: its fields and its redirect target were checked.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: Input> FromRequestParts<Arc<Context>> for Query<T> {
    type Rejection = AuthError;

    async fn from_request_parts(
        parts: &mut Parts,
        context: &Arc<Context>,
    ) -> Result<Self, AuthError> {
        let (input, object) = read(parts)?;
        origin::check_targets(&context.origins, None, &object)?;
        Ok(Self(input))
    }
}

/// A query whose fields were checked, and whose redirect targets the handler checks.
pub(crate) struct UncheckedQuery<T>(pub(crate) T);

impl<T: Input> FromRequestParts<Arc<Context>> for UncheckedQuery<T> {
    type Rejection = AuthError;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Context>) -> Result<Self, AuthError> {
        read(parts).map(|(input, _)| Self(input))
    }
}

fn read<T: Input>(parts: &Parts) -> Result<(T, Object), AuthError> {
    let object = parse_query(parts.uri.query().unwrap_or_default());
    let mut fields = Fields::of("query", &object);
    let input = T::read(&mut fields);
    fields.finish()??;
    Ok((input, object))
}
