//! Signatures of others: JWKS (JWK, RFC 7517) and the tokens that their keys sign (JWS compact
//! serialization, RFC 7515). The primitives are those of `ring`.
//!
//! | algorithm | key |
//! |---|---|
//! | RS256, RS384, RS512, PS256, PS384, PS512 | RSA, 2048 to 8192 bits |
//! | ES256, ES384 | EC on P-256, on P-384 |
//! | `EdDSA` (also named Ed25519) | OKP on Ed25519 |
//!
//! ES512 and Ed448 are not supported, because `ring` has neither P-521 nor Ed448. `none` and the
//! algorithms with a shared secret (HS256 and so on) are no [`Algorithm`]: a public key is never
//! used as a secret. The caller names the algorithms; the token's header only selects one of them.

mod algorithm;
mod key;
mod refused;
mod sign;
mod token;

use serde_json::Value;

pub use self::{algorithm::Algorithm, refused::Refused, sign::SigningKey};
use self::{key::Key, token::Token};
use crate::jwt::Claims;

/// The number of keys that are read from a set. Providers publish two to ten.
const MAX_KEYS: usize = 64;

/// The public keys of a signer.
#[derive(Clone, Debug, Default)]
pub struct Jwks {
    keys: Vec<Key>,
}

impl Jwks {
    /// Reads a JWKS. Skips keys of other types, keys that are not for signatures, weak keys
    /// and private keys. `None` if `document` is no set.
    #[must_use]
    pub fn parse(document: &Value) -> Option<Self> {
        let keys = document.get("keys")?.as_array()?;
        Some(Self { keys: keys.iter().take(MAX_KEYS).filter_map(Key::parse).collect() })
    }

    /// Whether no key of the set can be used.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Returns the claims of a token that a key of this set signed with one of the allowed
    /// algorithms. Does not check the claims.
    ///
    /// A key is used only for algorithms of its type, and only for its own algorithm if it names
    /// one (`alg`). A token with a key id is verified with the keys of that id alone.
    pub fn verify(&self, token: &str, allowed: &[Algorithm]) -> Result<Claims, Refused> {
        let token = Token::parse(token)?;
        let algorithm = token.algorithm().ok_or(Refused::Algorithm)?;
        if !allowed.contains(&algorithm) {
            return Err(Refused::Algorithm);
        }
        let id = token.key_id()?;
        let mut refused = Refused::UnknownKey;
        for key in self.keys.iter().filter(|key| key.is_for(algorithm, id)) {
            if key.verifies(algorithm, token.signed, &token.signature) {
                return token.claims();
            }
            if id.is_some() {
                refused = Refused::Signature;
            }
        }
        Err(refused)
    }
}

/// Returns the claims of a token without verifying its signature: for tokens that came from
/// their issuer over TLS.
#[must_use]
pub fn decode_unverified(token: &str) -> Option<Claims> {
    Token::parse(token).ok()?.claims().ok()
}

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
