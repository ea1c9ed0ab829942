//! `plugins`: the plugins that users can use, so that pages show only these. Not in better-auth.
//!
//! Endpoint: `GET plugins`. Tables: none. It tells nothing that the routes themselves do not tell.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::{
    context::Context,
    openapi::{ApiResponse, Operation, Schema, Section, Settings, required},
    plugin::Plugin,
    routing::get,
};

/// better-auth's id of the plugin that is always on.
const BEARER: &str = "bearer";

/// The module's routes, below `base`.
pub(crate) fn router(base: &str) -> Router<Arc<Context>> {
    Router::new().route(&format!("{base}/plugins"), get(list))
}

#[derive(Serialize)]
struct PluginsView {
    plugins: Vec<&'static str>,
}

async fn list(State(context): State<Arc<Context>>) -> Response {
    let needs_mail = |plugin: Plugin| matches!(plugin, Plugin::MagicLink | Plugin::EmailOtp);
    let on = context.config.plugins.on.iter();
    let on = on.filter(|plugin| context.mailer.is_on() || !needs_mail(**plugin));
    let on = on.map(|plugin| plugin.id());
    Json(PluginsView { plugins: [BEARER].into_iter().chain(on).collect() }).into_response()
}

/// The module's section of the API reference.
pub(crate) fn section(_: &Settings<'_>) -> Section {
    let id = Schema::string().about("better-auth's id, e.g. `magic-link`.");
    let answer = Schema::object([required("plugins", id.list())]);
    let operation = Operation::get("/plugins", "listPlugins", "List plugins")
        .described(
            "Not in better-auth: the plugins that users can use, for the pages of an application.",
        )
        .unfailing()
        .responds(ApiResponse::json("The plugins.", answer));
    Section::new("Plugins", "What this service has.").with(operation)
}
