//! Ciphertexts at rest, in better-auth's format: hex of nonce, ciphertext and tag of
//! XChaCha20-Poly1305 under the secret's SHA-256; with versions `$ba$VERSION$hex`.

use std::fmt;

use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce, aead::Aead};
use sha2::{Digest, Sha256};

use crate::Secrets;

const NONCE: usize = 24;
const ENVELOPE: &str = "$ba$";

/// Encrypts data against a stolen database. Cheap to clone.
#[derive(Clone)]
pub struct Vault(Secrets);

impl Vault {
    /// Encrypts under the current secret, and decrypts under all of them.
    #[must_use]
    pub fn new(secrets: Secrets) -> Self {
        Self(secrets)
    }

    /// Encrypts `plain`, differently each time.
    #[must_use]
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "only a text of 256 GiB is too long"
    )]
    pub fn seal(&self, plain: &str) -> String {
        let (version, secret) = self.0.current();
        let nonce: [u8; NONCE] = rand::random();
        let text = cipher(secret).encrypt(&XNonce::from(nonce), plain.as_bytes());
        let sealed = hex::encode([&nonce, &*text.expect("short enough")].concat());
        version.map_or_else(|| sealed.clone(), |version| format!("{ENVELOPE}{version}${sealed}"))
    }

    /// Decrypts a ciphertext of [`Vault::seal`]. Returns `None` if it was modified or its secret was
    /// removed.
    #[must_use]
    pub fn open(&self, sealed: &str) -> Option<String> {
        let (version, sealed) = match sealed.strip_prefix(ENVELOPE) {
            Some(envelope) => {
                let (version, sealed) = envelope.split_once('$')?;
                (Some(version.parse().ok()?), sealed)
            }
            None => (None, sealed),
        };
        let secret = self.0.of_version(version)?;
        let sealed = hex::decode(sealed).ok()?;
        let (nonce, text) = sealed.split_first_chunk::<NONCE>()?;
        let plain = cipher(secret).decrypt(&XNonce::from(*nonce), text).ok()?;
        String::from_utf8(plain).ok()
    }
}

fn cipher(secret: &str) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&Sha256::digest(secret))
}

/// Shows no secrets.
impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "test-secret-test-secret-test-secret-0001";
    const OLDER: &str = "older-secret-older-secret-older-0002";
    /// `symmetricEncrypt` of better-auth, 2026-11-21: without versions, and
    /// with the secret as version 2.
    const PLAIN: &str = "801c518ac5f71033a1461b8d294c86e7313c0e9c6580ee9170f65de2da4720602793dfe63\
        e8a52c0555ef171af278c6d7d59";
    const VERSIONED: &str = "$ba$2$cfd75849d3729370e08d40de47f75b70bcaf15863a2b6095698ae1fb543b9e9aa\
        46e398a0870e3ce8d546e4017764cdf86a2";
    const TEXT: &str = "pässwörd";

    fn rotated(plain: Option<&str>) -> Vault {
        let older = vec![(1, OLDER.into())];
        Vault::new(Secrets::versioned((2, SECRET.into()), older, plain.map(Into::into)))
    }

    #[test]
    fn ciphertexts_of_better_auth_are_read() {
        let single = Vault::new(Secrets::single(SECRET.into()));
        assert_eq!(single.open(PLAIN).as_deref(), Some(TEXT));
        assert_eq!(rotated(None).open(VERSIONED).as_deref(), Some(TEXT));
        assert_eq!(rotated(Some(SECRET)).open(PLAIN).as_deref(), Some(TEXT));
        assert_eq!(rotated(None).open(PLAIN), None);
        assert_eq!(single.open(VERSIONED), None);
    }

    #[test]
    fn sealed_texts_are_read_and_have_better_auths_format() {
        let single = Vault::new(Secrets::single(SECRET.into()));
        let sealed = single.seal(TEXT);
        assert_eq!(sealed.len(), PLAIN.len());
        assert_ne!(sealed, single.seal(TEXT));
        assert_eq!(single.open(&sealed).as_deref(), Some(TEXT));
        let sealed = rotated(None).seal(TEXT);
        assert!(sealed.starts_with("$ba$2$"), "{sealed}");
        assert_eq!(rotated(None).open(&sealed).as_deref(), Some(TEXT));
    }

    #[test]
    fn modified_ciphertexts_are_refused() {
        let vault = rotated(Some(SECRET));
        let short = &PLAIN[..PLAIN.len() - 2];
        let changed = PLAIN.replacen("80", "81", 1);
        for bad in ["", "zz", "$ba$", "$ba$2$", "$ba$9$00", "$ba$x$00", short, &changed] {
            assert_eq!(vault.open(bad), None, "{bad}");
        }
    }
}
