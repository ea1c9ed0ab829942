//! The query of a request, checked before a handler sees it.

use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};

use super::{body::Input, check::queried, fields::Fields};
use crate::{context::Context, error::AuthError, middleware::origin};

/// A query that passed all checks: fields, then the target of a redirect.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: Input> FromRequestParts<Arc<Context>> for Query<T> {
    type Rejection = AuthError;

    async fn from_request_parts(
        parts: &mut Parts,
        context: &Arc<Context>,
    ) -> Result<Self, AuthError> {
        let object = queried(parts.uri.query().unwrap_or_default());
        let mut fields = Fields::of("query", &object);
        let input = T::read(&mut fields);
        fields.finish()??;
        origin::check_targets(&context.origins, None, &object)?;
        Ok(Self(input))
    }
}
