//! Passkeys: sign-in with a key pair of an authenticator, such as a phone, a password manager or a
//! security key (WebAuthn). better-auth's plugin `passkey`.
//!
//! Endpoints: `GET passkey/generate-register-options`, `POST passkey/verify-registration`,
//! `GET passkey/generate-authenticate-options`, `POST passkey/verify-authentication`,
//! `GET passkey/list-user-passkeys`, `POST passkey/update-passkey`, `POST passkey/delete-passkey`.
//! Table: `passkey`. The table `verification`, or Redis, has the challenges.
//!
//! A ceremony is a registration or a sign-in. It begins with options, whose challenge is stored for
//! five minutes under a secret that the browser gets in a signed cookie. This challenge of WebAuthn
//! has nothing to do with the one for a second factor. The response of the authenticator consumes the challenge,
//! whatever the outcome. A sign-in needs no user name: the credential's id finds the user.
//!
//! Threats:
//! - A page that imitates this service: the signature covers the page's origin and the relying
//!   party, and both are compared.
//! - A response that was recorded: each challenge is accepted once, from the browser that got it.
//! - A cloned security key: a counter that does not increase is refused.
//! - A passkey added in an unattended browser: a fresh session is required.
//! - A lost security key: only a passkey that verified its user counts as two factors; otherwise
//!   users with a second factor are asked for it.
//! - Renaming or deleting the passkey of another user: the statements name the session's user.
//! - Rows without number: names are short, and a user has at most 100 passkeys.
//! - A credential of another user registered again: an id that is known is refused.

mod authenticators;
mod challenge;
mod config;
mod error;
mod expectation;
mod input;
mod manage;
pub(crate) mod openapi;
mod options;
mod registration;
mod routes;
mod sign_in;
mod store;
mod view;
mod webauthn;

pub use self::config::{Attachment, Config, Requirement};
pub(crate) use self::{routes::router, store::delete_all};
