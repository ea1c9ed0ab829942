//! The secrets of a service, newest first.

use std::fmt;

use hkdf::Hkdf;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// better-auth's salt of keys for one purpose.
const PURPOSE_SALT: &[u8] = b"better-auth:oauth-encryption:v1";

/// One secret, or several with versions (better-auth's `BETTER_AUTH_SECRETS`).
#[derive(Clone)]
pub struct Secrets {
    /// The current secret first.
    versioned: Vec<(u32, SecretString)>,
    /// The secret without a version (`BETTER_AUTH_SECRET`).
    plain: Option<SecretString>,
}

impl Secrets {
    /// The secret of a service that never rotated it.
    #[must_use]
    pub fn single(secret: SecretString) -> Self {
        Self { versioned: Vec::new(), plain: Some(secret) }
    }

    /// `first` is current; it and the `older` ones have different versions. `plain` is the secret
    /// without a version, if it is still accepted.
    #[must_use]
    pub fn versioned(
        first: (u32, SecretString),
        older: Vec<(u32, SecretString)>,
        plain: Option<SecretString>,
    ) -> Self {
        Self { versioned: [first].into_iter().chain(older).collect(), plain }
    }

    /// The secrets for one purpose of sign-in with providers, e.g. `oauth-state-cookie`: better-auth's
    /// `derivePurposeKey`. A value made for one purpose is not valid for another.
    #[must_use]
    pub fn derived(&self, purpose: &str) -> Self {
        let derive = |secret: &SecretString| derive(secret.expose_secret(), purpose);
        let versioned = self.versioned.iter();
        Self {
            versioned: versioned.map(|(version, secret)| (*version, derive(secret))).collect(),
            plain: self.plain.as_ref().map(derive),
        }
    }

    /// The versions, the current one first; empty without versions.
    pub fn versions(&self) -> impl Iterator<Item = u32> {
        self.versioned.iter().map(|(version, _)| *version)
    }

    /// The current secret and its version, if it has one.
    pub(crate) fn current(&self) -> (Option<u32>, &str) {
        match (self.versioned.first(), &self.plain) {
            (Some((version, secret)), _) => (Some(*version), secret.expose_secret()),
            (None, Some(secret)) => (None, secret.expose_secret()),
            // The constructors make no such value.
            (None, None) => (None, ""),
        }
    }

    /// All accepted secrets, the current one first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &str> {
        let versioned = self.versioned.iter().map(|(_, secret)| secret);
        versioned.chain(&self.plain).map(ExposeSecret::expose_secret)
    }

    /// The secret of a version; `None` is the secret without one.
    pub(crate) fn of_version(&self, version: Option<u32>) -> Option<&str> {
        let Some(version) = version else {
            return self.plain.as_ref().map(ExposeSecret::expose_secret);
        };
        let (_, secret) = self.versioned.iter().find(|(known, _)| *known == version)?;
        Some(secret.expose_secret())
    }
}

/// HKDF-SHA256 of a secret's text, in hex.
fn derive(secret: &str, purpose: &str) -> SecretString {
    let info = format!("better-auth:{purpose}:v1");
    let mut key = [0; 32];
    #[expect(clippy::expect_used, reason = "HKDF-SHA256 yields up to 8,160 bytes")]
    Hkdf::<Sha256>::new(Some(PURPOSE_SALT), secret.as_bytes())
        .expand(info.as_bytes(), &mut key)
        .expect("short enough");
    hex::encode(key).into()
}

/// Shows no secrets.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let versions: Vec<_> = self.versioned.iter().map(|(version, _)| version).collect();
        f.debug_struct("Secrets").field("versions", &versions).finish_non_exhaustive()
    }
}
