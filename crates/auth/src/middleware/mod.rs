//! What happens to every request before its handler.

pub(crate) mod disabled;
pub mod origin;
pub(crate) mod rate_limit;
pub mod trusted_origin;
