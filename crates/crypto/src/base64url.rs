//! Base64 for URLs, without padding (RFC 4648, section 5).

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

/// Encodes bytes.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes a canonical text.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(text).ok()
}
