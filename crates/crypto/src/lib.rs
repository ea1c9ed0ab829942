//! Signatures, tokens and ciphertexts in better-auth's formats, under secrets that
//! rotate. The primitives are those of `RustCrypto`; only their arrangement stands here.
//!
//! | type | what it makes | who uses it |
//! |---|---|---|
//! | [`Signer`] | `value.signature`, in cookies and bearer tokens | sessions |
//! | [`Vault`] | ciphertexts at rest | the outbox of mails |
//! | [`jwt`] | signed tokens | links in mails, the cached session |
//! | [`Jwe`] | encrypted tokens | the cached session |
//!
//! What is made is made under the first of the [`Secrets`]; what was made under any
//! of them is still read.

pub mod base64url;
mod jwe;
pub mod jwt;
mod secrets;
mod signer;
mod vault;

use sha2::{Digest, Sha256};

pub use jwe::Jwe;
pub use secrets::Secrets;
pub use signer::Signer;
pub use vault::Vault;

/// A text's SHA-256 in base64url: it names a secret, and does not tell it.
#[must_use]
pub fn digest(text: &str) -> String {
    base64url::encode(&Sha256::digest(text))
}
