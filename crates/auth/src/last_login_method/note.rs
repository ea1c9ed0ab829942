//! What a sign-in notes.

use axum::http::HeaderValue;

use super::config::Config;
use crate::{context::Context, plugin::Plugin, sign_in::Method};

/// The cookie that tells how a user signed in; `None` without the plugin, or for methods
/// that better-auth does not note.
pub(crate) fn cookie(context: &Context, method: &Method) -> Option<HeaderValue> {
    let plugins = &context.config.plugins;
    let Config { cookie_name, max_age, .. } = &plugins.last_login_method;
    let name = method.name().filter(|_| plugins.has(Plugin::LastLoginMethod))?;
    context.cookies.readable(cookie_name, name, *max_age)
}

/// The name of a sign-in method, if the settings store it with the user.
pub(crate) fn stored_name(context: &Context, method: &Method) -> Option<String> {
    let plugins = &context.config.plugins;
    let stores =
        plugins.has(Plugin::LastLoginMethod) && plugins.last_login_method.store_in_database;
    method.name().filter(|_| stores).map(str::to_owned)
}
