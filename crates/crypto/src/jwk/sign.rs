//! Tokens that this service signs for a provider, e.g. Apple's client secret.

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use serde_json::{Value, json};

use crate::{base64url::encode, jwt::Claims};

/// A private key on P-256, which signs with ES256.
pub struct SigningKey(EcdsaKeyPair);

impl SigningKey {
    /// Reads a key in PEM (`PRIVATE KEY`, PKCS #8). Line ends may be written as `\n`, as in
    /// environment variables. `None` for other texts and other keys.
    #[must_use]
    pub fn from_pem(pem: &str) -> Option<Self> {
        let (_, rest) = pem.split_once("-----BEGIN PRIVATE KEY-----")?;
        let (body, _) = rest.split_once("-----END PRIVATE KEY-----")?;
        let body: String = body.replace("\\r", "").replace("\\n", "").split_whitespace().collect();
        let der = BASE64_STANDARD.decode(body).ok()?;
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        EcdsaKeyPair::from_pkcs8(algorithm, &der, &SystemRandom::new()).ok().map(Self)
    }

    /// Signs claims. `None` if the system has no random numbers.
    #[must_use]
    pub fn sign(&self, key_id: &str, claims: &Claims) -> Option<String> {
        let header = json!({ "alg": "ES256", "kid": key_id }).to_string();
        let claims = Value::from(claims.clone()).to_string();
        let signed = format!("{}.{}", encode(header.as_bytes()), encode(claims.as_bytes()));
        let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes()).ok()?;
        Some(format!("{signed}.{}", encode(signature.as_ref())))
    }
}

/// Shows no key.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey")
    }
}
