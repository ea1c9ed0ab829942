//! The layers around all routes, and the checks of origins.

pub(crate) mod content_length;
mod custom_scheme;
pub(crate) mod detached;
pub(crate) mod disabled_paths;
mod local_path;
pub mod origin;
pub(crate) mod paths;
pub(crate) mod pattern;
pub(crate) mod rate_limit;
pub mod trusted_origin;
pub(crate) mod untrusted_proxy;

use axum::extract::MatchedPath;

use crate::context::Context;

/// The matched route, below the base path, whatever the spelling of the request's path.
pub(crate) fn route_of<'p>(context: &Context, path: &'p MatchedPath) -> &'p str {
    path.as_str().strip_prefix(&context.config.base_path).unwrap_or(path.as_str())
}
