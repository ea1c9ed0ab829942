//! Signed values, in better-auth's form `value.signature`.

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// Length of 32 bytes in padded base64.
const SIGNATURE_LENGTH: usize = 44;

/// Signs with HMAC-SHA-256 under the service's secret.
pub(crate) struct Signer(Hmac<Sha256>);

impl Signer {
    pub(crate) fn new(secret: &SecretString) -> Self {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mac = Hmac::new_from_slice(secret.expose_secret().as_bytes()).expect("any length");
        Self(mac)
    }

    /// `value.signature`.
    pub(crate) fn sign(&self, value: &str) -> String {
        let signature = self.mac(value).finalize().into_bytes();
        format!("{value}.{}", BASE64_STANDARD.encode(signature))
    }

    /// The value before the last dot, if the signature behind it is right. Compares
    /// in constant time.
    pub(crate) fn verify<'s>(&self, signed: &'s str) -> Option<&'s str> {
        let (value, signature) = signed.rsplit_once('.')?;
        if value.is_empty() || signature.len() != SIGNATURE_LENGTH {
            return None;
        }
        let signature = BASE64_STANDARD.decode(signature).ok()?;
        self.mac(value).verify_slice(&signature).ok()?;
        Some(value)
    }

    fn mac(&self, value: &str) -> Hmac<Sha256> {
        self.0.clone().chain_update(value.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `Set-Cookie` of better-auth 1.7.7 under this secret, 2026-11-20, decoded.
    const SECRET: &str = "test-secret-test-secret-test-secret-0001";
    const RECORDED: [&str; 3] = [
        "true.THb42C4i6re0qxtaQnfIh5DGap/H2AuM2dM4lnXppAU=",
        "3QUDyhpsiMA94loovrgO1CxlODdWmBYg.1o0M7vNw2LFODtXdZAzZYcEwm4hAsXg7oUeyUpWcI2o=",
        "J1R9BvxJamKJRHFONf2f1XLpokEqvXu4.IKk2+V6vSfW72nwr/w2KBA8Nqr1atVZKL+RDxJPjaP8=",
    ];

    fn signer() -> Signer {
        Signer::new(&SECRET.into())
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
    fn what_was_tampered_with_has_no_value() {
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
            // The same bytes to a careless decoder: only padding bits differ.
            signed.replace("I2o=", "I2p="),
            format!("{signed}="),
            format!("{value}.{value}.{signature}"),
        ] {
            assert_eq!(signer().verify(&bad), None, "{bad}");
        }
        assert_eq!(Signer::new(&"another secret".into()).verify(signed), None);
    }
}
