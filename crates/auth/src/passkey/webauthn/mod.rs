//! The ceremonies of WebAuthn (Level 3, sections 7.1 and 7.2), without storage and HTTP.
//!
//! [`verify_registration`] and [`verify_assertion`] check what an authenticator and a browser
//! returned. Attestation is not requested (`none`), so of the statements only `none` and the
//! self-signed form of `packed` are known. The oracle of a test is `@simplewebauthn/server`, which
//! better-auth uses.

mod attestation;
mod authenticator_data;
mod cbor;
mod ceremony;
mod client_data;
mod cose;
mod credential;
mod expected;

pub(super) use self::{
    ceremony::{Assertion, NewCredential, verify_assertion, verify_registration},
    credential::Credential,
    expected::{Expected, Refused},
};

#[cfg(test)]
mod oracle;
