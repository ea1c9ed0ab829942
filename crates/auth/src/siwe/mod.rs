//! Sign-in with an Ethereum wallet (EIP-4361), better-auth's plugin `siwe`.
//!
//! A client requests a nonce, the wallet signs a message with it, and the client presents both.
//!
//! Endpoints: `POST siwe/nonce` (alias `siwe/get-nonce`), `POST siwe/verify`. Tables:
//! `walletAddress`, and a row of `account` for each address and chain, as better-auth writes them.
//!
//! Threats:
//! - A message for another site: domain and URI must be this server's.
//! - A replay: the nonce is deleted before anything else is checked, and lives for 15 minutes.
//! - A message that is signed by another key, or whose fields are elsewhere than the wallet shows
//!   them: `message` follows the grammar, and the signer's address must be the message's.
//! - Another user's email address: an address that a client claims is not verified, is used only
//!   if no user has it, and the answer does not reveal that.
//! - A wallet that its user unlinked, or that a reset of the password removed, signs in: a row of
//!   `walletAddress` without its account is deleted.
//! - Two sign-ins of a new wallet at once: they lock the identity, and the second finds the user.
//!
//! Wallets that are contracts (EIP-1271) need a node of Ethereum, and cannot sign in.

mod config;
mod error;
mod input;
mod message;
mod nonce;
pub(crate) mod openapi;
mod routes;
mod store;
mod user;
mod verification;

pub use self::config::Config;
pub(crate) use self::{routes::router, store::delete_all};
