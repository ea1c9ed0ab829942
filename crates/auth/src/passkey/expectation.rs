//! What the service expects of a ceremony.

use axum::http::HeaderMap;

use super::webauthn::Expected;
use crate::{context::Context, middleware::origin};

/// The host for which passkeys are made.
pub(super) fn rp_id(context: &Context) -> &str {
    let own = context.config.base_url.host_str().unwrap_or("localhost");
    context.config.plugins.passkey.rp_id.as_deref().unwrap_or(own)
}

/// The origins that the response of an authenticator may name: those of the settings, or else the
/// one of the trusted page that sent the request. Empty if the request names none.
pub(super) fn expected_origins(context: &Context, headers: &HeaderMap) -> Vec<String> {
    let configured = &context.config.plugins.passkey.origins;
    if configured.is_empty() {
        origin::trusted_page(&context.origins, headers).into_iter().collect()
    } else {
        configured.clone()
    }
}

/// What the service expects of the response to `challenge`.
pub(super) fn expected<'a>(
    context: &'a Context,
    challenge: &'a str,
    origins: &'a [String],
) -> Expected<'a> {
    let config = &context.config.plugins.passkey;
    Expected {
        challenge,
        origins,
        rp_id: rp_id(context),
        user_verification: config.requires_verification(),
    }
}
