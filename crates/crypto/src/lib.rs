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

pub use jwe::Jwe;
pub use secrets::Secrets;
pub use signer::Signer;
pub use vault::Vault;
