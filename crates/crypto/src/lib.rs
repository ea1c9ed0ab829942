//! Signatures, tokens and ciphertexts in better-auth's formats, under secrets that rotate; and
//! signatures of others ([`jwk`]). The primitives are those of `RustCrypto` and, for public keys,
//! of `ring`; this crate only composes them.
//!
//! | type | makes | used for |
//! |---|---|---|
//! | [`Signer`] | `value.signature`, in cookies and bearer tokens | sessions |
//! | [`Vault`] | ciphertexts at rest | the outbox of mails, sign-in with providers |
//! | [`jwt`] | signed tokens | links in mails, the cached session |
//! | [`Jwe`] | encrypted tokens | the cached session |
//! | [`ethereum`] | – (finds who signed) | sign-in with a wallet |
//! | [`jwk::SigningKey`] | tokens for others | Apple's client secret |
//! | [`totp::Totp`] | codes of authenticator apps | the second factor |
//!
//! [`PublicKey`] verifies the signatures of passkeys, and [`jwk::Jwks`] those of providers.
//!
//! New values are made under the first of the [`Secrets`]; values made under any of them are
//! accepted.

pub mod base64url;
pub mod ethereum;
mod jwe;
pub mod jwk;
pub mod jwt;
mod public_key;
mod secrets;
mod signer;
pub mod totp;
mod vault;

use hmac::Mac;
use sha1::Sha1;
use sha2::{Digest, Sha256};

pub use jwe::Jwe;
pub use public_key::PublicKey;
pub use secrets::Secrets;
pub use signer::Signer;
pub use vault::Vault;

/// Random bytes, for codes that users type.
#[must_use]
pub fn random_bytes(length: usize) -> Vec<u8> {
    (0..length).map(|_| rand::random()).collect()
}

/// The HMAC-SHA-256 of a text in lowercase hexadecimal, for receivers that share this key.
#[must_use]
pub fn hex_hmac(key: &str, text: &str) -> String {
    hex::encode(signer::mac(&signer::keyed(key), text).finalize().into_bytes())
}

/// The SHA-256 of a text in base64url: it identifies a secret without revealing it.
#[must_use]
pub fn digest(text: &str) -> String {
    base64url::encode(&Sha256::digest(text))
}

/// The SHA-256 of bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Random digits, for a one-time code.
#[must_use]
pub fn random_digits(count: usize) -> String {
    (0..count).map(|_| char::from(b'0' + rand::random_range(0..10_u8))).collect()
}

/// The SHA-1 of a text in uppercase hexadecimal, as lists of breached passwords have it. SHA-1
/// protects nothing.
#[must_use]
pub fn sha1_digest(text: &str) -> String {
    hex::encode_upper(Sha1::digest(text))
}

/// The SHA-256 of a text in lowercase hexadecimal.
#[must_use]
pub fn hex_digest(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}
