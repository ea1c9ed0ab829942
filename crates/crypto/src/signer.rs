//! Signed values, in better-auth's form `value.signature`.

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{Secrets, base64url};

/// The length of 32 bytes in padded base64.
const SIGNATURE_LENGTH: usize = 44;

/// Signs with HMAC-SHA-256.
pub struct Signer {
    current: Hmac<Sha256>,
    older: Vec<Hmac<Sha256>>,
}

impl Signer {
    /// Signs under the current secret, and verifies under all of them.
    #[must_use]
    pub fn new(secrets: &Secrets) -> Self {
        let current = keyed(secrets.current().1);
        Self { current, older: secrets.all().skip(1).map(keyed).collect() }
    }

    /// Returns `value.signature`, the signature in padded base64.
    #[must_use]
    pub fn sign(&self, value: &str) -> String {
        let signature = mac(&self.current, value).finalize().into_bytes();
        format!("{value}.{}", BASE64_STANDARD.encode(signature))
    }

    /// Returns the value before the last dot, if the signature after it is valid. Compares in
    /// constant time.
    #[must_use]
    pub fn verify<'s>(&self, signed: &'s str) -> Option<&'s str> {
        let (value, signature) = signed.rsplit_once('.')?;
        if value.is_empty() || signature.len() != SIGNATURE_LENGTH {
            return None;
        }
        let signature = BASE64_STANDARD.decode(signature).ok()?;
        let matches = |key| mac(key, value).verify_slice(&signature).is_ok();
        (matches(&self.current) || self.older.iter().any(matches)).then_some(value)
    }

    /// Returns the signature of `text` without the text, in base64url.
    #[must_use]
    pub fn signature(&self, text: &str) -> String {
        base64url::encode(&mac(&self.current, text).finalize().into_bytes())
    }

    /// Whether [`Signer::signature`] made this signature, under any of the secrets. Compares in
    /// constant time.
    #[must_use]
    pub fn verifies(&self, text: &str, signature: &str) -> bool {
        let Some(signature) = base64url::decode(signature) else { return false };
        let matches = |key| mac(key, text).verify_slice(&signature).is_ok();
        matches(&self.current) || self.older.iter().any(matches)
    }
}

/// HMAC-SHA-256 under a secret's text.
pub(crate) fn keyed(secret: &str) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    Hmac::new_from_slice(secret.as_bytes()).expect("any length")
}

pub(crate) fn mac(key: &Hmac<Sha256>, value: &str) -> Hmac<Sha256> {
    key.clone().chain_update(value.as_bytes())
}

/// Shows no keys.
impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `Set-Cookie` of better-auth under this secret, 2026-11-20, decoded.
    const SECRET: &str = "test-secret-test-secret-test-secret-0001";
    const RECORDED: [&str; 3] = [
        "true.THb42C4i6re0qxtaQnfIh5DGap/H2AuM2dM4lnXppAU=",
        "3QUDyhpsiMA94loovrgO1CxlODdWmBYg.1o0M7vNw2LFODtXdZAzZYcEwm4hAsXg7oUeyUpWcI2o=",
        "J1R9BvxJamKJRHFONf2f1XLpokEqvXu4.IKk2+V6vSfW72nwr/w2KBA8Nqr1atVZKL+RDxJPjaP8=",
    ];

    fn signer() -> Signer {
        Signer::new(&Secrets::single(SECRET.into()))
    }

    #[test]
    fn values_are_signed_as_by_better_auth() {
        for signed in RECORDED {
            let (value, _) = signed.split_once('.').unwrap();
            assert_eq!(signer().sign(value), signed);
            assert_eq!(signer().verify(signed), Some(value));
        }
    }

    #[test]
    fn modified_values_are_refused() {
        let signed = RECORDED[1];
        let (value, signature) = signed.split_once('.').unwrap();
        for bad in [
            String::new(),
            ".".to_owned(),
            value.to_owned(),
            format!("{value}."),
            format!(".{signature}"),
            format!("x{signed}"),
            format!("{value}.{}", signature.trim_end_matches('=')),
            format!("{value}.{}", signature.to_lowercase()),
            // The same bytes to a lenient decoder: only padding bits differ.
            signed.replace("I2o=", "I2p="),
            format!("{signed}="),
            format!("{value}.{value}.{signature}"),
        ] {
            assert_eq!(signer().verify(&bad), None, "{bad}");
        }
        assert_eq!(Signer::new(&Secrets::single("another secret".into())).verify(signed), None);
    }

    #[test]
    fn old_secrets_verify_until_they_are_removed() {
        let old = || (1, SECRET.into());
        let new = || (2, "another secret".into());
        let rotated = Signer::new(&Secrets::versioned(new(), vec![old()], None));
        let removed = Signer::new(&Secrets::versioned(new(), vec![], None));
        assert_eq!(rotated.verify(RECORDED[0]), Some("true"));
        assert_eq!(removed.verify(RECORDED[0]), None);
        assert_eq!(removed.verify(&rotated.sign("x")), Some("x"));
    }
}
