//! The module's routes.

use std::sync::Arc;

use axum::Router;

use super::{access_token, account_info, callback, link, listing, social};
use crate::{
    context::Context,
    extract::Accepts,
    routing::{and_post, get, get_or_head, post},
};

/// The module's routes, below `base`.
pub(crate) fn router(base: &str) -> Router<Arc<Context>> {
    Router::new()
        .route(&format!("{base}/sign-in/social"), post(social::sign_in_social))
        .route(
            &format!("{base}/callback/{{id}}"),
            and_post(get(callback::get), Accepts::FormOrJson, callback::post),
        )
        .route(&format!("{base}/link-social"), post(link::start))
        .route(&format!("{base}/account-info"), get(account_info::show))
        .route(&format!("{base}/get-access-token"), post(access_token::get))
        .route(&format!("{base}/refresh-token"), post(access_token::refresh_now))
        .route(&format!("{base}/providers"), get_or_head(listing::list))
}
