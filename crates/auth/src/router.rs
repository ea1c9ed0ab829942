//! The feature modules, all their routes, and the layers around them.

use std::sync::Arc;

use axum::{
    Json, Router,
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS},
    },
    middleware::{from_fn, from_fn_with_state, map_response},
    response::{IntoResponse, Response},
    routing::any,
};
use database::WriteTasks;
use serde_json::{Value, json};

use crate::{
    account, anonymous, captcha,
    config::AuthConfig,
    context::Context,
    device_authorization, email_otp, email_password, email_verification, error_page, magic_link,
    middleware::{content_length, detached, disabled_paths, rate_limit, untrusted_proxy},
    multi_session, oauth, one_time_token,
    openapi::{self, COMPATIBLE_WITH, Section, Settings},
    passkey, password_reset, phone_number,
    plugin::Plugin,
    plugin_listing,
    routing::{get, not_found},
    session, sign_out, siwe, two_factor, user, username,
};

/// A feature module.
struct Feature {
    /// The plugin that opens it.
    plugin: Option<Plugin>,
    /// Its routes, below a base path.
    router: fn(&str) -> Router<Arc<Context>>,
    /// Its section of the API reference.
    section: fn(&Settings<'_>) -> Section,
}

/// The feature modules, in the order of the API reference.
const FEATURES: &[Feature] = &[
    Feature {
        plugin: None,
        router: email_password::router,
        section: email_password::openapi::section,
    },
    Feature { plugin: None, router: oauth::router, section: oauth::openapi::section },
    Feature { plugin: None, router: session::router, section: session::openapi::section },
    Feature { plugin: None, router: sign_out::router, section: sign_out::openapi::section },
    Feature {
        plugin: None,
        router: email_verification::router,
        section: email_verification::openapi::section,
    },
    Feature {
        plugin: None,
        router: password_reset::router,
        section: password_reset::openapi::section,
    },
    Feature { plugin: None, router: user::router, section: user::openapi::section },
    Feature { plugin: None, router: account::router, section: account::openapi::section },
    Feature {
        plugin: Some(Plugin::TwoFactor),
        router: two_factor::router,
        section: two_factor::openapi::section,
    },
    Feature {
        plugin: Some(Plugin::Passkey),
        router: passkey::router,
        section: passkey::openapi::section,
    },
    Feature {
        plugin: Some(Plugin::MagicLink),
        router: magic_link::router,
        section: magic_link::openapi::section,
    },
    Feature {
        plugin: Some(Plugin::EmailOtp),
        router: email_otp::router,
        section: email_otp::openapi::section,
    },
    Feature {
        plugin: Some(Plugin::Username),
        router: username::router,
        section: username::openapi::section,
    },
    Feature {
        plugin: Some(Plugin::PhoneNumber),
        router: phone_number::router,
        section: phone_number::openapi::section,
    },
    Feature {
        plugin: Some(Plugin::Anonymous),
        router: anonymous::router,
        section: anonymous::openapi::section,
    },
    Feature {
        plugin: Some(Plugin::MultiSession),
        router: multi_session::router,
        section: multi_session::openapi::section,
    },
    Feature {
        plugin: Some(Plugin::OneTimeToken),
        router: one_time_token::router,
        section: one_time_token::openapi::section,
    },
    Feature {
        plugin: Some(Plugin::DeviceAuthorization),
        router: device_authorization::router,
        section: device_authorization::openapi::section,
    },
    Feature { plugin: Some(Plugin::Siwe), router: siwe::router, section: siwe::openapi::section },
    Feature { plugin: None, router: plugin_listing::router, section: plugin_listing::section },
    Feature { plugin: None, router: error_page::router, section: error_page::openapi::section },
];

/// The service's router. A request passes the layers in better-auth's order: closed paths, rate
/// limit, captcha, then the route, which checks body and origin (see [`routing`](crate::routing)). Before
/// them, an untrusted proxy is reported; before a body is read, its announced size is checked.
/// A handler runs to its end even if the client disconnects.
pub(crate) fn build(context: &Arc<Context>, writes: &WriteTasks) -> Router {
    let base = context.config.base_path.as_str();
    let document = document(&context.config, context.mailer.is_on());
    routes(&context.config, &document)
        .route_layer(from_fn_with_state(Arc::clone(context), session::add_response_cookies))
        .route_layer(from_fn_with_state(writes.clone(), detached::run))
        .route_layer(from_fn(content_length::limit))
        .route_layer(from_fn_with_state(Arc::clone(context), captcha::require))
        .route_layer(from_fn_with_state(Arc::clone(context), rate_limit::limit))
        .route_layer(from_fn_with_state(Arc::clone(context), disabled_paths::close))
        .route_layer(from_fn_with_state(
            (Arc::clone(context), writes.clone()),
            untrusted_proxy::report,
        ))
        .route(base, any(not_found))
        .route(&format!("{base}/"), any(not_found))
        .route(&format!("{base}/{{*rest}}"), any(not_found))
        .layer(map_response(protect))
        .with_state(Arc::clone(context))
}

/// Every route of a service with these settings, with the API reference of `document`.
pub(crate) fn routes(config: &AuthConfig, document: &Value) -> Router<Arc<Context>> {
    let base = config.base_path.as_str();
    let own = Router::new()
        .route(&format!("{base}/ok"), get(ok))
        .merge(openapi::router(base, document))
        .merge(oauth::plugin_router(base, &config.plugins));
    open_features(config).fold(own, |routes, feature| routes.merge((feature.router)(base)))
}

/// The feature modules whose plugin is on, and those without one.
fn open_features(config: &AuthConfig) -> impl Iterator<Item = &'static Feature> {
    FEATURES.iter().filter(|feature| feature.plugin.is_none_or(|id| config.plugins.has(id)))
}

/// The OpenAPI document of a service with these settings; `mails` tells whether it sends mails.
/// Needs no database.
#[must_use]
pub fn document(config: &AuthConfig, mails: bool) -> Value {
    let settings = Settings { config, mails };
    openapi::document(&settings, sections(&settings))
}

/// All sections of the API reference.
pub(crate) fn sections(settings: &Settings<'_>) -> Vec<Section> {
    let sections = open_features(settings.config).map(|feature| (feature.section)(settings));
    sections.chain([openapi::service_section()]).collect()
}

async fn ok() -> Response {
    Json(json!({ "ok": true, "compatibleWith": COMPATIBLE_WITH })).into_response()
}

/// Forbids caches to store responses, which contain tokens, unless a response allows it, and
/// forbids browsers to guess its type.
async fn protect(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
