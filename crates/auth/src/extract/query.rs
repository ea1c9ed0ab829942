//! The query of a request, checked before a handler sees it.

use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};
use serde_json::{Map, Value, map::Entry};
use url::form_urlencoded;

use super::{body::Input, fields::Fields};
use crate::{context::Context, error::AuthError, middleware::origin};

/// A query that passed all checks: fields, then the target of a redirect.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: Input> FromRequestParts<Arc<Context>> for Query<T> {
    type Rejection = AuthError;

    async fn from_request_parts(
        parts: &mut Parts,
        context: &Arc<Context>,
    ) -> Result<Self, AuthError> {
        let query = parts.uri.query().unwrap_or_default();
        let mut object = Map::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let value = Value::from(value);
            match object.entry(name.into_owned()) {
                Entry::Vacant(place) => _ = place.insert(value),
                // A name given twice has a list, which no field expects.
                Entry::Occupied(mut place) => _ = place.insert(Value::Array(vec![value])),
            }
        }
        let mut fields = Fields::of("query", &object);
        let input = T::read(&mut fields);
        fields.finish()?;
        origin::check_targets(&context.origins, Some(&object.into()), "")?;
        Ok(Self(input))
    }
}
