//! The page that explains why a link or a sign-in with a provider failed.
//!
//! Endpoint: `GET error`. Table: none.
//!
//! In development the page also advises the developer, see [`advice`].
//!
//! Threats: a page that shows text of an attacker (the page shows only the code, and only if it
//! consists of letters, digits, `-` and `_`; only development shows the provider's description,
//! escaped).

mod advice;
mod explanation;
mod foreign_start;
pub(crate) mod openapi;

use std::{borrow::Cow, sync::Arc};

use axum::{
    Router,
    extract::{RawQuery, State},
    http::HeaderMap,
    response::Response,
};
use url::form_urlencoded;

pub(crate) use self::foreign_start::ForeignStart;
use crate::{
    context::Context,
    error::{AuthError, Refusal},
    page::Page,
    redirect,
    routing::get,
};

/// The code for an invalid one.
const UNKNOWN: &str = "UNKNOWN";

/// The module's routes, below `base`.
pub(crate) fn router(base: &str) -> Router<Arc<Context>> {
    Router::new().route(&format!("{base}/error"), get(show))
}

async fn show(
    State(context): State<Arc<Context>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, AuthError> {
    let query = query.unwrap_or_default();
    let code = value(&query, "error").unwrap_or_default();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    let is_code = (1..=64).contains(&code.len()) && code.chars().all(is_plain);
    let code = if is_code { code.as_ref() } else { UNKNOWN };
    let mut page = Page::new("That did not work", explanation::explanation(code)).code(code);
    if context.config.developer_advice {
        let description = value(&query, "error_description");
        for text in advice::advice(code, description.as_deref(), &context, &headers) {
            page = page.paragraph(text);
        }
    }
    Ok(page.response()?)
}

/// The first value of this name in a query.
fn value<'q>(query: &'q str, name: &str) -> Option<Cow<'q, str>> {
    form_urlencoded::parse(query.as_bytes()).find(|(known, _)| known == name).map(|(_, it)| it)
}

/// Redirects a browser to the page that explains a refusal.
pub(crate) fn redirect_to(context: &Context, refusal: &Refusal) -> Result<Response, AuthError> {
    redirect::to(&context.url_for("/error", &[("error", refusal.code.unwrap_or(UNKNOWN))]))
}
