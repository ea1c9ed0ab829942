//! What browsers are told: which origins may ask, and not to guess.

use std::time::Duration;

use auth::Auth;
use axum::{
    Router,
    http::{
        HeaderName, HeaderValue, Method,
        header::{
            AUTHORIZATION, CONTENT_TYPE, REFERRER_POLICY, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS,
        },
    },
    middleware::map_response,
    response::Response,
};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// Lets pages of trusted origins ask with the visitor's cookie (CORS), and keeps
/// browsers from guessing content types.
pub(crate) fn layer(routes: Router, auth: &Auth) -> Router {
    let auth = auth.clone();
    let trusted = AllowOrigin::predicate(move |origin, _| {
        origin.to_str().is_ok_and(|origin| auth.is_trusted_origin(origin))
    });
    let cors = CorsLayer::new()
        .allow_origin(trusted)
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(
            ["apollo-require-preflight", "x-apollo-operation-name"]
                .map(HeaderName::from_static)
                .into_iter()
                .chain([CONTENT_TYPE, AUTHORIZATION])
                .collect::<Vec<_>>(),
        )
        .expose_headers(
            ["set-auth-token", "x-retry-after", "x-request-id"]
                .map(HeaderName::from_static)
                .into_iter()
                .chain([RETRY_AFTER])
                .collect::<Vec<_>>(),
        )
        .max_age(Duration::from_mins(10));
    routes.layer(map_response(plain)).layer(cors)
}

async fn plain(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.entry(X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
    headers.entry(REFERRER_POLICY).or_insert(HeaderValue::from_static("no-referrer"));
    response
}
