//! The bodies of the routes.

use crate::extract::{Fields, Input};

/// The body of `siwe/nonce`, which has no field.
pub(super) struct NonceRequest;

impl Input for NonceRequest {
    const OPTIONAL: bool = true;

    fn read(fields: &mut Fields<'_>) -> Self {
        fields.allow_only(&[]);
        Self
    }
}

/// The body of `siwe/verify`.
pub(super) struct SignedMessage {
    pub(super) message: String,
    pub(super) signature: String,
    pub(super) email: Option<String>,
}

impl Input for SignedMessage {
    const SIGNS_IN: bool = true;

    fn read(fields: &mut Fields<'_>) -> Self {
        let input = Self {
            message: filled(fields, "message"),
            signature: filled(fields, "signature"),
            email: fields.has("email").then(|| fields.claimed_email("email")),
        };
        fields.allow_only(&["message", "signature", "email"]);
        input
    }
}

/// Reads a required text of one character or more.
fn filled(fields: &mut Fields<'_>, name: &str) -> String {
    let text = fields.string(name);
    if text == Some("") {
        fields.fail(name, "Too small: expected string to have >=1 characters");
    }
    text.unwrap_or_default().to_owned()
}
