//! What the service expects of a ceremony.

use super::webauthn::Expected;
use crate::context::Context;

/// The host for which passkeys are made.
pub(super) fn rp_id(context: &Context) -> &str {
    let own = context.config.base_url.host_str().unwrap_or("localhost");
    context.config.plugins.passkey.rp_id.as_deref().unwrap_or(own)
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
