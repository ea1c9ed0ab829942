//! PayPal's id token and profile must have the same subject.

use crypto::jwk::decode_unverified;
use serde_json::Value;

use super::super::Provider;
use crate::oauth::tokens::Tokens;

/// Checks that the profile is of the user of the id token, if there is one.
pub(super) fn check_subject(provider: &Provider, tokens: &Tokens, profile: &Value) -> Option<()> {
    let Some(token) = &tokens.id_token else { return Some(()) };
    let claims = decode_unverified(token)?;
    let expected = claims.get("sub").and_then(Value::as_str).filter(|sub| !sub.is_empty())?;
    let found = profile.get("sub").filter(|sub| !sub.is_null()).or(profile.get("user_id"));
    if found.and_then(Value::as_str) == Some(expected) {
        return Some(());
    }
    tracing::warn!(provider = provider.id(), "profile and id token differ in the subject");
    None
}
