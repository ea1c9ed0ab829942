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
//! | [`jwk::SigningKey`] | tokens for others | Apple's client secret |
//!
//! New values are made under the first of the [`Secrets`]; values made under any of them are
//! accepted.

pub mod base64url;
mod jwe;
pub mod jwk;
pub mod jwt;
mod secrets;
mod signer;
mod vault;

use sha2::{Digest, Sha256};

pub use jwe::Jwe;
pub use secrets::Secrets;
pub use signer::Signer;
pub use vault::Vault;

/// The SHA-256 of a text in base64url: it identifies a secret without revealing it.
#[must_use]
pub fn digest(text: &str) -> String {
    base64url::encode(&Sha256::digest(text))
}

/// The SHA-256 of a text in lowercase hexadecimal.
#[must_use]
pub fn hex_digest(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}
