//! What happens to every request before its handler.

mod custom_scheme;
pub(crate) mod detached;
pub(crate) mod disabled;
pub mod origin;
mod own_path;
pub(crate) mod proxy;
pub(crate) mod rate_limit;
pub(crate) mod size;
pub mod trusted_origin;

use axum::extract::MatchedPath;

use crate::context::Context;

/// The route that matched, below the base path, whatever the request called it.
fn route_of<'p>(context: &Context, path: &'p MatchedPath) -> &'p str {
    path.as_str().strip_prefix(&context.base_path).unwrap_or(path.as_str())
}
