//! The module's routes.

use std::sync::Arc;

use axum::Router;

use super::{
    access_token, account_info, callback, link_social, listing, one_tap, popup, proxy, social,
};
use crate::{
    context::Context,
    extract::Accepts,
    plugin::{Plugin, Plugins},
    routing::{and_post, get, get_or_head, post},
};

/// The module's routes, below `base`.
pub(crate) fn router(base: &str) -> Router<Arc<Context>> {
    Router::new()
        .route(&format!("{base}/sign-in/social"), post(social::sign_in_social))
        .route(
            &format!("{base}/callback/{{id}}"),
            and_post(
                get(callback::receive_callback),
                Accepts::FormOrJson,
                callback::receive_form_post,
            ),
        )
        .route(&format!("{base}/link-social"), post(link_social::start))
        .route(&format!("{base}/account-info"), get(account_info::show))
        .route(&format!("{base}/get-access-token"), post(access_token::get))
        .route(&format!("{base}/refresh-token"), post(access_token::refresh_now))
        .route(&format!("{base}/providers"), get_or_head(listing::list))
}

/// The routes of the plugins that are on, below `base`.
pub(crate) fn plugin_router(base: &str, plugins: &Plugins) -> Router<Arc<Context>> {
    let mut router = Router::new();
    if plugins.has(Plugin::OneTap) {
        router = router.route(&format!("{base}/one-tap/callback"), post(one_tap::sign_in));
    }
    if plugins.has(Plugin::OauthPopup) {
        router = router.route(&format!("{base}/oauth-popup/start"), get(popup::start));
    }
    if plugins.has(Plugin::OauthProxy) {
        router = router
            .route(&format!("{base}/callback/{{id}}/oauth-proxy"), get(proxy::complete_sign_in))
            .route(&format!("{base}/oauth-proxy-callback"), get(proxy::complete_at_legacy_path));
    }
    router
}
